//! How mails leave: through a mail server, or into a folder.

use std::net::IpAddr;
use std::path::PathBuf;

use gatehouse_core::identity::email::Email;
use gatehouse_core::secret::Secret;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// How mails leave, and in whose name.
#[derive(Clone, Debug)]
pub struct MailConfig {
    /// Where mails land as files when there is no mail server.
    pub folder: PathBuf,
    /// The mail server.
    pub smtp: Option<SmtpConfig>,
    /// In whose name; `None` for `no-reply` at the portal's host.
    pub from: Option<Mailbox>,
    /// Where answers go; `None` for no such field.
    pub reply_to: Option<Mailbox>,
}

/// A mail server and how to talk to it.
#[derive(Clone, Debug)]
pub struct SmtpConfig {
    /// Name or address.
    pub host: String,
    /// Where it listens.
    pub port: u16,
    /// Whether others on the way can read along.
    pub encryption: Encryption,
    /// Who we are to it; `None` for a server that asks nobody.
    pub login: Option<SmtpLogin>,
    /// The authorities that its certificate is checked against; the system's when not given.
    pub ca_file: Option<PathBuf>,
}

/// Who we are to a mail server.
#[derive(Clone, Debug)]
pub struct SmtpLogin {
    /// Its name for us.
    pub user: String,
    /// Proves it.
    pub password: Secret,
}

/// How a connection to a mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// TLS from the first byte (RFC 8314): `smtps://`.
    Tls,
    /// TLS by STARTTLS, without which no mail leaves (RFC 3207): `smtp://`.
    StartTls,
    /// None: `smtp+plain://`.
    Plain,
}

/// An address with the name that people see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// May be empty.
    pub name: String,
    /// `local@host`.
    pub address: String,
}

impl Encryption {
    /// The scheme of `smtp_url`.
    pub const fn scheme(self) -> &'static str {
        match self {
            Self::Tls => "smtps",
            Self::StartTls => "smtp",
            Self::Plain => "smtp+plain",
        }
    }

    const fn usual_port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::StartTls => 587,
            Self::Plain => 25,
        }
    }
}

impl Mailbox {
    /// Reads `Name <local@host>` or `local@host`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, address) = match text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
            Some((name, address)) => (name.trim().trim_matches('"'), address),
            None => ("", text),
        };
        if name.chars().any(|letter| letter.is_control() || "\"\\<>".contains(letter)) {
            return Err("has a name with a quote, a bracket or a control character in it".to_owned());
        }
        let address = Email::parse(address).map_err(|error| format!("is not an address: {error}"))?;
        Ok(Self { name: name.to_owned(), address: address.as_typed().to_owned() })
    }

    /// As [`Mailbox::parse`] reads it.
    pub fn text(&self) -> String {
        if self.name.is_empty() { self.address.clone() } else { format!("{} <{}>", self.name, self.address) }
    }
}

impl SmtpConfig {
    /// Reads `smtps://user@host:port` and the like, with the password from beside it.
    pub(super) fn parse(text: &str, password: Option<Secret>) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("is not an address ({error})"))?;
        let encryption = [Encryption::Tls, Encryption::StartTls, Encryption::Plain]
            .into_iter()
            .find(|encryption| encryption.scheme() == url.scheme())
            .ok_or("must begin with smtps://, smtp:// or smtp+plain://")?;
        let host = url.host().filter(|host| *host != Host::Domain("")).ok_or("has no host")?;
        if url.password().is_some() {
            return Err("must not hold a password: give it by `smtp_password` or `smtp_password_file`".to_owned());
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err("must end after the host (and port): no path, no query".to_owned());
        }
        let user = percent_decode_str(url.username()).decode_utf8().map_err(|_| "has a user that is not UTF-8")?;
        let login = match (user.as_ref(), password) {
            ("", None) => None,
            ("", Some(_)) => return Err("has no user for the password: smtps://USER@host".to_owned()),
            (_, None) => {
                return Err("has a user without a password: give `smtp_password` or `smtp_password_file`".to_owned());
            }
            (user, Some(password)) => Some(SmtpLogin { user: user.to_owned(), password }),
        };
        if encryption == Encryption::Plain && login.is_some() && !is_loopback(&host) {
            return Err("would send the password in clear: use smtps:// or smtp://".to_owned());
        }
        let host = host.to_string().trim_matches(['[', ']']).to_owned();
        let port = url.port().unwrap_or(encryption.usual_port());
        Ok(Self { host, port, encryption, login, ca_file: None })
    }

    /// As `smtp_url` says it.
    pub fn url(&self) -> String {
        let (scheme, port) = (self.encryption.scheme(), self.port);
        let user = self.login.as_ref().map_or_else(String::new, |login| {
            let user = percent_encoding::utf8_percent_encode(&login.user, percent_encoding::NON_ALPHANUMERIC);
            format!("{user}@")
        });
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        format!("{scheme}://{user}{host}:{port}")
    }
}

/// The scheme is not one of the web's, so an address of numbers is a text to the parser.
fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, password: &str) -> Result<SmtpConfig, String> {
        SmtpConfig::parse(text, (!password.is_empty()).then(|| Secret::new(password.to_owned())))
    }

    #[test]
    fn mail_servers() {
        for (text, password, expected) in [
            ("smtps://ann%40x@mail.example.com", "p", "smtps://ann%40x@mail.example.com:465"),
            ("smtp://u@mail.example.com/", "p", "smtp://u@mail.example.com:587"),
            ("smtp+plain://relay.internal", "", "smtp+plain://relay.internal:25"),
            ("smtp+plain://u@127.0.0.1:2525", "p", "smtp+plain://u@127.0.0.1:2525"),
            ("smtp+plain://u@[::1]:2525", "p", "smtp+plain://u@[::1]:2525"),
        ] {
            assert_eq!(parse(text, password).map(|smtp| smtp.url()), Ok(expected.to_owned()));
        }
        for (text, password) in [
            ("mail.example.com", ""),
            ("https://mail.example.com", ""),
            ("smtps://", ""),
            ("smtps://u:p@mail.example.com", ""),
            ("smtps://mail.example.com/x", ""),
            ("smtps://mail.example.com?x", ""),
            ("smtps://u@mail.example.com", ""),
            ("smtps://mail.example.com", "p"),
            ("smtp+plain://u@mail.example.com", "p"),
        ] {
            let refused = parse(text, password).expect_err(text);
            assert!(!refused.contains("u:p"), "{refused}");
        }
    }

    #[test]
    fn senders() {
        let read = |text: &str| Mailbox::parse(text).map(|mailbox| (mailbox.name, mailbox.address));
        let is = |name: &str, address: &str| Ok((name.to_owned(), address.to_owned()));
        assert_eq!(read("no-reply@example.com"), is("", "no-reply@example.com"));
        assert_eq!(read("Example APIs <no-reply@example.com>"), is("Example APIs", "no-reply@example.com"));
        assert_eq!(read("\"Zoë\" <zoe@example.com>"), is("Zoë", "zoe@example.com"));
        for bad in ["", "Example", "A <>", "a@b.c\r\nBcc: x@y.z", "A\r\nB <a@b.c>", "A \"B <a@b.c>", "<a@b.c> x"] {
            assert!(Mailbox::parse(bad).is_err(), "{bad}");
        }
    }
}
