//! A mail as RFC 5322 writes it, with UTF-8 where RFC 6532 allows it and encoded words (RFC 2047) in the subject.
//!
//! A line break in a header field would let whoever chose the text add fields of their own: control characters become
//! blanks there.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gatehouse_core::id::OutboxId;
use gatehouse_core::time::Timestamp;

use super::Mail;

/// Longest line that RFC 5322 §2.1.1 allows.
const LONGEST_LINE: usize = 998;
/// Bytes of text in one encoded word: 45 bytes are 60 characters of base64, a word has at most 75.
const WORD: usize = 45;

/// The whole message with CRLF line ends. `host` stands in sender and message id.
pub(super) fn render(id: OutboxId, mail: &Mail, host: &str, written: Timestamp) -> String {
    let (encoding, body) = body(&mail.text);
    let date = written.to_jiff().strftime("%a, %d %b %Y %H:%M:%S +0000");
    [
        format!("From: Gatehouse <no-reply@{}>", one_line(host)),
        format!("To: {}", one_line(&mail.to)),
        format!("Subject: {}", subject(&one_line(&mail.subject))),
        format!("Date: {date}"),
        format!("Message-ID: <{id}@{}>", one_line(host)),
        "MIME-Version: 1.0".to_owned(),
        "Content-Type: text/plain; charset=utf-8".to_owned(),
        format!("Content-Transfer-Encoding: {encoding}"),
        "Auto-Submitted: auto-generated".to_owned(),
        String::new(),
        body,
    ]
    .join("\r\n")
}

fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn subject(text: &str) -> String {
    if text.is_ascii() && text.len() <= 200 && !text.contains("=?") {
        return text.to_owned();
    }
    let mut words = Vec::new();
    let mut word = String::new();
    for letter in text.chars() {
        if word.len() + letter.len_utf8() > WORD {
            words.push(std::mem::take(&mut word));
        }
        word.push(letter);
    }
    words.push(word);
    let words: Vec<_> = words.iter().map(|word| format!("=?utf-8?B?{}?=", STANDARD.encode(word))).collect();
    words.join("\r\n ")
}

/// Readable as it is unless a line is too long.
fn body(text: &str) -> (&'static str, String) {
    let lines: Vec<&str> = text.lines().collect();
    if lines.iter().all(|line| line.len() <= LONGEST_LINE) {
        return ("8bit", lines.join("\r\n") + "\r\n");
    }
    let encoded = STANDARD.encode(lines.join("\r\n") + "\r\n");
    let mut body = String::with_capacity(encoded.len() + encoded.len() / 36);
    for (at, letter) in encoded.chars().enumerate() {
        if at > 0 && at % 76 == 0 {
            body.push_str("\r\n");
        }
        body.push(letter);
    }
    ("base64", body + "\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(to: &str, subject: &str, text: &str) -> String {
        let id = "out_01m81ewnr0er7s7nk74eycf1x7".parse().unwrap();
        let mail = Mail { to: to.to_owned(), subject: subject.to_owned(), text: text.to_owned() };
        render(id, &mail, "portal.example", Timestamp::from_secs(1_795_345_500))
    }

    #[test]
    fn has_the_form_of_rfc_5322() {
        let message = rendered("ada@example.org", "A secret was revoked", "Hello Ada,\nit is gone.\n");
        let expected = "From: Gatehouse <no-reply@portal.example>\r\n\
                        To: ada@example.org\r\n\
                        Subject: A secret was revoked\r\n\
                        Date: Sun, 22 Nov 2026 11:05:00 +0000\r\n\
                        Message-ID: <out_01m81ewnr0er7s7nk74eycf1x7@portal.example>\r\n\
                        MIME-Version: 1.0\r\n\
                        Content-Type: text/plain; charset=utf-8\r\n\
                        Content-Transfer-Encoding: 8bit\r\n\
                        Auto-Submitted: auto-generated\r\n\
                        \r\n\
                        Hello Ada,\r\nit is gone.\r\n";
        assert_eq!(message, expected);
    }

    #[test]
    fn no_text_can_add_a_header_field() {
        let message = rendered("a@b.c\r\nBcc: x@y.z", "Hi\r\n\r\nBcc: x@y.z\n", "text");
        let (head, _) = message.split_once("\r\n\r\n").unwrap();
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{message}");
        assert_eq!(head.lines().count(), 9);
    }

    #[test]
    fn long_and_foreign_subjects_are_encoded_words() {
        let text = "Übergröße ".repeat(20);
        let message = rendered("a@b.c", &text, "text");
        let field = message.split_once("Subject: ").unwrap().1.split_once("\r\nDate").unwrap().0;
        let words = field.split("\r\n ").map(|word| {
            assert!(word.len() <= 75, "{word}");
            STANDARD.decode(word.strip_prefix("=?utf-8?B?").unwrap().strip_suffix("?=").unwrap()).unwrap()
        });
        assert_eq!(String::from_utf8(words.flatten().collect()).unwrap(), text);
    }

    #[test]
    fn long_lines_are_encoded() {
        let text = "x".repeat(5_000);
        let message = rendered("a@b.c", "s", &text);
        assert!(message.contains("Content-Transfer-Encoding: base64\r\n"));
        assert!(message.lines().all(|line| line.len() <= 200));
        let body: String = message.split_once("\r\n\r\n").unwrap().1.lines().collect();
        assert_eq!(STANDARD.decode(body).unwrap(), format!("{text}\r\n").into_bytes());
    }
}
