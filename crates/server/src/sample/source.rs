//! Lines as a stream of bytes, made while they are read.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};

/// Reads what an iterator of lines gives, each with a line feed.
pub(super) struct Source<I> {
    lines: I,
    line: Vec<u8>,
    at: usize,
}

impl<I: Iterator<Item = String>> Source<I> {
    pub(super) fn new(lines: I) -> Self {
        Self { lines, line: Vec::new(), at: 0 }
    }
}

impl<I: Iterator<Item = String> + Unpin> AsyncRead for Source<I> {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        while buf.remaining() > 0 {
            if self.at == self.line.len() {
                let Some(line) = self.lines.next() else { break };
                self.line = line.into_bytes();
                self.line.push(b'\n');
                self.at = 0;
            }
            let end = self.line.len().min(self.at + buf.remaining());
            buf.put_slice(&self.line[self.at..end]);
            self.at = end;
        }
        Poll::Ready(Ok(()))
    }
}
