//! Delivers to a mail server (RFC 5321), one connection for several mails.
//!
//! Only an answer about this recipient or this mail ends it. Whatever speaks about us or about the server (a password
//! that is no longer right, a server that is away, a sender that it does not know) puts mails off: an outage loses
//! nothing. A connection that is cut after the text was sent leaves open whether the mail arrived; it is sent again
//! under the same `Message-ID`.

use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};

use super::message::{self, Charset};
use super::{Failure, Letter, Letterhead};
use crate::config::{Encryption, SmtpConfig};

/// Connecting with all that belongs to it.
const TO_CONNECT: Duration = Duration::from_secs(20);
/// One mail; less than what remains of the outbox's lease when a delivery begins.
const TO_DELIVER: Duration = Duration::from_secs(50);
const MECHANISMS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];

/// A mail server.
pub(crate) struct Smtp {
    config: SmtpConfig,
    tls: Option<TlsParameters>,
    hello: ClientId,
    sender: Address,
    letterhead: Letterhead,
}

/// A conversation with it.
pub(crate) struct Connection<'a> {
    smtp: &'a Smtp,
    stream: AsyncSmtpConnection,
    /// Something went wrong that leaves open where the conversation stands.
    broken: bool,
}

impl Smtp {
    /// Nothing is asked yet.
    pub(crate) fn new(config: SmtpConfig, letterhead: Letterhead) -> Result<Self, String> {
        let address = &letterhead.from.address;
        let sender = ascii_host(address).parse().map_err(|_| format!("no mail can come from `{address}`"))?;
        let tls = match config.encryption {
            Encryption::Plain => None,
            Encryption::Tls | Encryption::StartTls => Some(tls(&config)?),
        };
        let hello = ClientId::Domain(letterhead.host.clone());
        Ok(Self { config, tls, hello, sender, letterhead })
    }

    /// Connects, encrypts, signs in.
    pub(crate) async fn connect(&self) -> Result<Connection<'_>, Failure> {
        let connecting = Box::pin(self.connect_in_time());
        let stream = tokio::time::timeout(TO_CONNECT, connecting).await.unwrap_or_else(|_| Err(late()))?;
        Ok(Connection { smtp: self, stream, broken: false })
    }

    async fn connect_in_time(&self) -> Result<AsyncSmtpConnection, Failure> {
        let config = &self.config;
        let server = (config.host.as_str(), config.port);
        let at_once = self.tls.clone().filter(|_| config.encryption == Encryption::Tls);
        let connected = AsyncSmtpConnection::connect_tokio1(server, Some(TO_CONNECT), &self.hello, at_once, None).await;
        let mut stream = connected.map_err(|error| postponed("connecting", &error))?;
        if let Some(tls) = self.tls.clone().filter(|_| config.encryption == Encryption::StartTls) {
            if !stream.can_starttls() {
                return Err(Failure::Postponed("the mail server offers no STARTTLS".to_owned()));
            }
            stream.starttls(tls, &self.hello).await.map_err(|error| postponed("STARTTLS", &error))?;
        }
        if let Some(login) = &config.login {
            let credentials = Credentials::new(login.user.clone(), login.password.expose().to_owned());
            stream.auth(&MECHANISMS, &credentials).await.map_err(|error| postponed("signing in", &error))?;
        }
        Ok(stream)
    }
}

fn tls(config: &SmtpConfig) -> Result<TlsParameters, String> {
    let mut builder = TlsParametersBuilder::new(config.host.clone());
    if let Some(path) = &config.ca_file {
        let wrong = |error: &dyn std::fmt::Display| format!("`smtp_ca_file` {}: {error}", path.display());
        let pem = std::fs::read(path).map_err(|error| wrong(&error))?;
        let certificate = Certificate::from_pem(&pem).map_err(|error| wrong(&error))?;
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(certificate);
    }
    builder.build().map_err(|error| format!("TLS to the mail server: {error}"))
}

impl Connection<'_> {
    /// Whether another conversation has to begin.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    /// Ends the conversation; what the server says to that changes nothing.
    pub(crate) async fn quit(mut self) {
        if !self.broken {
            drop(tokio::time::timeout(TO_CONNECT, self.stream.quit()).await);
        }
    }

    /// Hands one mail over.
    pub(crate) async fn deliver(&mut self, letter: &Letter) -> Result<(), Failure> {
        // Dropped half-way, or out of time: nobody knows where the conversation stands.
        self.broken = true;
        let delivering = Box::pin(self.converse(letter));
        let (outcome, standing) =
            tokio::time::timeout(TO_DELIVER, delivering).await.unwrap_or_else(|_| (Err(late()), Standing::Unknown));
        self.broken = match standing {
            Standing::Known if outcome.is_ok() => false,
            Standing::Known => self.stream.command(Rset).await.is_err(),
            Standing::Unknown => true,
        };
        outcome
    }

    async fn converse(&mut self, letter: &Letter) -> (Result<(), Failure>, Standing) {
        let charset = if self.supports(Extension::EightBitMime) { Charset::Utf8 } else { Charset::Ascii };
        let recipient = match self.recipient(&letter.mail.to) {
            Ok(recipient) => recipient,
            Err(failure) => return (Err(failure), Standing::Known),
        };
        let text = message::render(letter, &self.smtp.letterhead, charset);
        let mut options = Vec::new();
        if !text.is_ascii() {
            options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        if !AsRef::<str>::as_ref(&recipient).is_ascii() {
            options.push(MailParameter::SmtpUtfEight);
        }
        if let Err(error) = self.stream.command(MailFrom::new(Some(self.smtp.sender.clone()), options)).await {
            return (Err(postponed("naming the sender", &error)), standing(&error));
        }
        if let Err(error) = self.stream.command(Rcpt::new(recipient, Vec::new())).await {
            return (Err(judged("naming the recipient", &error)), standing(&error));
        }
        if let Err(error) = self.stream.command(Data).await {
            return (Err(judged("beginning the text", &error)), standing(&error));
        }
        // The end of the text brings its own line end.
        let text = text.strip_suffix("\r\n").unwrap_or(&text);
        match self.stream.message(text.as_bytes()).await {
            Ok(_) => (Ok(()), Standing::Known),
            Err(error) => (Err(judged("sending the text", &error)), standing(&error)),
        }
    }

    fn recipient(&self, to: &str) -> Result<Address, Failure> {
        let refused = |why: &str| Failure::Refused(format!("the recipient's address {why}"));
        let address: Address = ascii_host(to).parse().map_err(|_| refused("cannot be written in SMTP"))?;
        if !AsRef::<str>::as_ref(&address).is_ascii() && !self.supports(Extension::SmtpUtfEight) {
            return Err(refused("has letters beyond ASCII, which the mail server does not take"));
        }
        Ok(address)
    }

    fn supports(&self, extension: Extension) -> bool {
        self.stream.server_info().supports_feature(extension)
    }
}

/// Whether we know what the server expects next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Known,
    Unknown,
}

/// After an answer we do; after a cut or an answer that nobody understands we do not.
fn standing(error: &Error) -> Standing {
    if error.status().is_some() { Standing::Known } else { Standing::Unknown }
}

fn late() -> Failure {
    Failure::Postponed("the mail server did not answer in time".to_owned())
}

fn postponed(what: &str, error: &Error) -> Failure {
    Failure::Postponed(format!("{what}: {}", words(error)))
}

/// A lasting refusal (5yz) at a point that is about this mail, unless the code speaks about us: a command that the
/// server does not know (50z), or that we must sign in first (RFC 4954 §6).
fn judged(what: &str, error: &Error) -> Failure {
    let code = error.status().map_or(0, u16::from);
    let text = format!("{what}: {}", words(error));
    match code {
        500..=504 | 530 | 534 | 535 | 538 => Failure::Postponed(text),
        505..=599 => Failure::Refused(text),
        _ => Failure::Postponed(text),
    }
}

/// The server's own text names people; its code and enhanced code (RFC 3463) do not.
fn words(error: &Error) -> String {
    let source = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    match error.status() {
        Some(code) => match source.split_whitespace().next().filter(|word| is_enhanced_code(word)) {
            Some(enhanced) => format!("the mail server answered {code} {enhanced}"),
            None => format!("the mail server answered {code}"),
        },
        None if error.is_response() => {
            "the mail server ended the connection or said what nobody understands".to_owned()
        }
        None if source.is_empty() => error.to_string(),
        None => source,
    }
}

fn is_enhanced_code(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    parts.len() == 3
        && parts.iter().all(|part| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()))
}

/// The address with its host in ASCII, which every server takes.
fn ascii_host(address: &str) -> String {
    let parsed = gatehouse_core::identity::email::Email::parse(address);
    match (address.rsplit_once('@'), parsed) {
        (Some((local, host)), Ok(email)) if !host.is_ascii() => format!("{local}@{}", email.host()),
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_written_in_ascii() {
        assert_eq!(ascii_host("Ann@BÜCHER.example"), "Ann@xn--bcher-kva.example");
        assert_eq!(ascii_host("Ann@Example.com"), "Ann@Example.com");
    }

    #[test]
    fn enhanced_codes() {
        for good in ["5.1.1", "4.7.28"] {
            assert!(is_enhanced_code(good), "{good}");
        }
        for bad in ["5.1", "5.1.1.1", "<ann@b.c>", "5.1.x", "..", "10.0.0.1234"] {
            assert!(!is_enhanced_code(bad), "{bad}");
        }
    }
}
