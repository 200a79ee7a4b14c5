//! Lines of a file of any size in the memory of one line.

use std::io;

use gatehouse_core::results::import::MAX_LINE;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _};

/// Reads lines up to [`MAX_LINE`] bytes; of longer ones only the end is looked for.
pub(super) struct Lines<'r> {
    source: &'r mut (dyn AsyncBufRead + Unpin + Send),
    line: Vec<u8>,
    /// Bytes read so far.
    pub(super) bytes: u64,
}

/// One line, without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'l> {
    /// In full.
    Whole(&'l [u8]),
    /// Thrown away.
    TooLong,
}

impl<'r> Lines<'r> {
    pub(super) fn new(source: &'r mut (dyn AsyncBufRead + Unpin + Send)) -> Self {
        Self { source, line: Vec::new(), bytes: 0 }
    }

    /// The next line; none at the end. A last line needs no line feed.
    pub(super) async fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.line.clear();
        let mut too_long = false;
        let mut any = false;
        loop {
            let chunk = self.source.fill_buf().await?;
            if chunk.is_empty() {
                break;
            }
            any = true;
            // `contains` looks at many bytes at once, `position` at one: it matters in the midst of a long line.
            let ends = chunk.contains(&b'\n');
            let end = if ends { chunk.iter().position(|byte| *byte == b'\n') } else { None };
            let part = &chunk[..end.unwrap_or(chunk.len())];
            too_long |= self.line.len() + part.len() > MAX_LINE;
            if !too_long {
                self.line.extend_from_slice(part);
            }
            let used = end.map_or(chunk.len(), |end| end + 1);
            self.source.consume(used);
            self.bytes += used as u64;
            if end.is_some() {
                break;
            }
        }
        Ok(match (any, too_long) {
            (false, _) => None,
            (true, true) => Some(Line::TooLong),
            (true, false) => Some(Line::Whole(&self.line)),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use tokio::io::{AsyncRead, BufReader, ReadBuf};

    use super::*;

    /// So many bytes `x`, then the text.
    struct Long(u64, &'static [u8]);

    impl AsyncRead for Long {
        fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            if self.0 > 0 {
                let many = buf.remaining().min(usize::try_from(self.0).unwrap_or(usize::MAX));
                buf.initialize_unfilled_to(many).fill(b'x');
                buf.advance(many);
                self.0 -= many as u64;
            } else {
                let many = buf.remaining().min(self.1.len());
                buf.put_slice(&self.1[..many]);
                self.1 = &self.1[many..];
            }
            Poll::Ready(Ok(()))
        }
    }

    async fn all(text: &'static [u8], buffer: usize) -> Vec<Vec<u8>> {
        let mut source = BufReader::with_capacity(buffer, text);
        let mut lines = Lines::new(&mut source);
        let mut all = Vec::new();
        while let Some(line) = lines.next().await.expect("reads") {
            let Line::Whole(line) = line else { panic!("is short") };
            all.push(line.to_vec());
        }
        assert_eq!(lines.bytes, text.len() as u64);
        all
    }

    #[tokio::test]
    async fn splits_whatever_the_buffer() {
        for buffer in [1, 2, 3, 100] {
            assert_eq!(all(b"", buffer).await, Vec::<Vec<u8>>::new());
            assert_eq!(all(b"\n", buffer).await, [b""]);
            assert_eq!(all(b"ab\r\n\ncd", buffer).await, [b"ab\r".as_slice(), b"", b"cd"]);
        }
    }

    #[tokio::test]
    async fn a_line_of_a_gigabyte_is_skipped_without_being_held() {
        let mut source = BufReader::with_capacity(1 << 18, Long(1 << 30, b"\n{}\n"));
        let mut lines = Lines::new(&mut source);
        assert_eq!(lines.next().await.expect("reads"), Some(Line::TooLong));
        assert_eq!(lines.next().await.expect("reads"), Some(Line::Whole(b"{}")));
        assert_eq!(lines.next().await.expect("reads"), None);
        assert!(lines.line.capacity() <= 2 * MAX_LINE, "{}", lines.line.capacity());
    }

    #[tokio::test]
    async fn a_line_of_exactly_the_limit_is_read() {
        for (length, whole) in [(MAX_LINE, true), (MAX_LINE + 1, false)] {
            let mut source = BufReader::new(Long(length as u64, b"\n"));
            let mut lines = Lines::new(&mut source);
            let line = lines.next().await.expect("reads").expect("there is one");
            assert_eq!(matches!(line, Line::Whole(_)), whole, "{length}");
        }
    }
}
