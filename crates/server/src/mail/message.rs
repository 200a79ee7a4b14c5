//! A mail as RFC 5322 writes it, with UTF-8 where RFC 6532 allows it and encoded words (RFC 2047) in the subject.
//!
//! A line break in a header field would let whoever chose the text add fields of their own: control characters become
//! blanks there.

use super::{Letter, Letterhead};
use crate::config::Mailbox;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Longest line that RFC 5322 §2.1.1 allows.
const LONGEST_LINE: usize = 998;
/// Bytes of text in one encoded word: 45 bytes are 60 characters of base64, a word has at most 75.
const WORD: usize = 45;

/// What the way out carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    /// A server without 8BITMIME (RFC 6152): the text is encoded.
    Ascii,
    /// Everything.
    Utf8,
}

/// The whole message with CRLF line ends.
pub(super) fn render(letter: &Letter, head: &Letterhead, charset: Charset) -> String {
    let mail = &letter.mail;
    let (encoding, body) = body(&mail.text, charset);
    let date = letter.written.to_jiff().strftime("%a, %d %b %Y %H:%M:%S +0000");
    let mut fields = vec![
        format!("From: {}", mailbox(&head.from)),
        format!("To: {}", one_line(&mail.to)),
        format!("Subject: {}", unstructured(&one_line(&mail.subject))),
        format!("Date: {date}"),
        format!("Message-ID: <{}@{}>", letter.id, one_line(&head.host)),
    ];
    fields.extend(head.reply_to.iter().map(|reply_to| format!("Reply-To: {}", mailbox(reply_to))));
    fields.extend([
        "MIME-Version: 1.0".to_owned(),
        "Content-Type: text/plain; charset=utf-8".to_owned(),
        format!("Content-Transfer-Encoding: {encoding}"),
        "Auto-Submitted: auto-generated".to_owned(),
        String::new(),
        body,
    ]);
    fields.join("\r\n")
}

/// A name of letters, digits and blanks stands as it is, another ASCII one in quotes, the rest in encoded words.
fn mailbox(mailbox: &Mailbox) -> String {
    let (name, address) = (one_line(&mailbox.name), one_line(&mailbox.address));
    if name.is_empty() {
        address
    } else if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ') {
        format!("{name} <{address}>")
    } else if name.is_ascii() && !name.contains(['"', '\\']) {
        format!("\"{name}\" <{address}>")
    } else {
        format!("{} <{address}>", words(&name))
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn unstructured(text: &str) -> String {
    if text.is_ascii() && text.len() <= 200 && !text.contains("=?") { text.to_owned() } else { words(text) }
}

/// Encoded words, folded.
fn words(text: &str) -> String {
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

/// A bare CR, which servers read differently (SMTP smuggling), becomes a blank like every control character.
///
/// Readable as it is unless a line is too long, or has letters that the way out does not carry.
fn body(text: &str, charset: Charset) -> (&'static str, String) {
    let lines: Vec<String> = text.lines().map(one_line).collect();
    let carried = text.is_ascii() || charset == Charset::Utf8;
    if carried && lines.iter().all(|line| line.len() <= LONGEST_LINE) {
        return (if text.is_ascii() { "7bit" } else { "8bit" }, lines.join("\r\n") + "\r\n");
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
    use gatehouse_core::time::Timestamp;

    use super::*;
    use crate::mail::Mail;

    fn mailbox_of(name: &str) -> Mailbox {
        Mailbox { name: name.to_owned(), address: "no-reply@portal.example".to_owned() }
    }

    fn letter(to: &str, subject: &str, text: &str) -> Letter {
        let mail = Mail { to: to.to_owned(), subject: subject.to_owned(), text: text.to_owned() };
        let id = "out_01m81ewnr0er7s7nk74eycf1x7".parse().unwrap();
        Letter { id, mail, written: Timestamp::from_secs(1_795_345_500) }
    }

    fn rendered(to: &str, subject: &str, text: &str) -> String {
        let head = Letterhead { from: mailbox_of("Gatehouse"), reply_to: None, host: "portal.example".to_owned() };
        render(&letter(to, subject, text), &head, Charset::Utf8)
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
                        Content-Transfer-Encoding: 7bit\r\n\
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
    fn no_text_can_end_the_mail_early() {
        let message = rendered("a@b.c", "s", "one\r.\r\ntwo\n.\rMAIL FROM:<x@y.z>\0\n");
        assert!(message.ends_with("\r\n\r\none .\r\ntwo\r\n. MAIL FROM:<x@y.z> \r\n"), "{message:?}");
    }

    #[test]
    fn names_of_senders_are_quoted_or_encoded() {
        for (name, expected) in [
            ("", "no-reply@portal.example"),
            ("Example APIs", "Example APIs <no-reply@portal.example>"),
            ("Example, Inc.", "\"Example, Inc.\" <no-reply@portal.example>"),
            ("Zoë", "=?utf-8?B?Wm/Dqw==?= <no-reply@portal.example>"),
            ("A\r\nBcc: x@y.z", "\"A  Bcc: x@y.z\" <no-reply@portal.example>"),
        ] {
            assert_eq!(mailbox(&mailbox_of(name)), expected);
        }
        let head = Letterhead { from: mailbox_of(""), reply_to: Some(mailbox_of("Help")), host: "h".to_owned() };
        let message = render(&letter("a@b.c", "s", "t"), &head, Charset::Utf8);
        assert!(message.contains("\r\nReply-To: Help <no-reply@portal.example>\r\n"), "{message}");
    }

    #[test]
    fn a_server_without_8bitmime_gets_ascii() {
        let head = Letterhead { from: mailbox_of("Zoë"), reply_to: None, host: "portal.example".to_owned() };
        let message = render(&letter("a@b.c", "Übergröße", "Grüße\n"), &head, Charset::Ascii);
        assert!(message.is_ascii(), "{message}");
        let body: String = message.split_once("\r\n\r\n").unwrap().1.lines().collect();
        assert_eq!(STANDARD.decode(body).unwrap(), "Grüße\r\n".as_bytes());
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
