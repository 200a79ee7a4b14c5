//! The one table of configuration keys: file, environment, flags, checks and the reference page come from it.

/// One key.
#[derive(Debug)]
pub struct Key {
    /// As written in the file; `GATEHOUSE_` + upper case in the environment; with `-` for `_` as a flag.
    pub name: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// What holds when nothing is given, in words for the reference page.
    pub default: &'static str,
    /// What it does, as the reference page and the help say it.
    pub help: &'static str,
    /// A value for the reference page, as TOML.
    pub example: &'static str,
}

/// The kinds of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One text.
    Text,
    /// Texts: an array in the file, separated by commas elsewhere.
    List,
    /// A whole number in a range.
    Number {
        /// Smallest value accepted.
        min: u64,
        /// Largest value accepted.
        max: u64,
    },
    /// A path; a relative one in the file starts at the file's folder.
    Path,
    /// A text that is masked when printed, has no flag, and can come from a file (`…_file`).
    Secret,
    /// The same as a list; a line each in the file.
    SecretList,
    /// An address whose password is masked when printed; can come from a file (`…_file`).
    SecretUrl,
}

impl Kind {
    /// Whether `{name}_file` names a file that holds the value.
    pub fn from_file(self) -> bool {
        matches!(self, Self::Secret | Self::SecretList | Self::SecretUrl)
    }

    /// Whether the value may stand on a command line, where every user of the machine can read it.
    pub fn has_flag(self) -> bool {
        !matches!(self, Self::Secret | Self::SecretList)
    }

    /// For the reference page.
    pub fn words(self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::List => "list of texts".to_owned(),
            Self::Number { min, max } => format!("number, {min}–{max}"),
            Self::Path => "path".to_owned(),
            Self::Secret => "secret".to_owned(),
            Self::SecretList => "list of secrets".to_owned(),
            Self::SecretUrl => "address".to_owned(),
        }
    }
}

/// The key of this name.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// Every key, in the order of the reference page.
pub const KEYS: &[Key] = &[
    Key {
        name: "portal_url",
        kind: Kind::Text,
        default: "none: `serve` does not start without it",
        help: "Base address of the portal: scheme and host, no path. Plain http only for loopback hosts.",
        example: "\"https://developer.example.com\"",
    },
    Key {
        name: "issuer_url",
        kind: Kind::Text,
        default: "`portal_url`",
        help: "Base address of the authorization servers. Part of every issuer: changing it invalidates all tokens.",
        example: "\"https://auth.example.com\"",
    },
    Key {
        name: "api_url",
        kind: Kind::Text,
        default: "`portal_url`",
        help: "Base address of the gate, where callers reach the APIs. A host of its own keeps upstreams away from the \
               portal's origin.",
        example: "\"https://api.example.com\"",
    },
    Key {
        name: "listen",
        kind: Kind::List,
        default: "`127.0.0.1:8080`",
        help: "Addresses and ports to listen on, HTTP/1.1 and HTTP/2 without TLS. A proxy in front terminates TLS.",
        example: "[\"0.0.0.0:8080\"]",
    },
    Key {
        name: "operator_listen",
        kind: Kind::List,
        default: "none: `/healthz`, `/readyz` and `/metrics` are not served",
        help: "Addresses and ports of the operator's listener: `/healthz`, `/readyz`, `/metrics`. Keep it private.",
        example: "[\"127.0.0.1:9090\"]",
    },
    Key {
        name: "trusted_proxies",
        kind: Kind::List,
        default: "none: a request comes from whoever connects",
        help: "Addresses or networks of the proxies in front. What they append to `X-Forwarded-For` is believed, by the \
               audit log, the lists of sessions and the limits on guessing; what others send is not.",
        example: "[\"127.0.0.1\", \"10.0.0.0/8\"]",
    },
    Key {
        name: "outbound_allow",
        kind: Kind::List,
        default: "none: only public addresses, by https",
        help: "Addresses or networks that are called for applications (back-channel logout, sector identifiers) although \
               they are not on the public internet, by plain `http` too. Addresses of cloud metadata are never called.",
        example: "[\"10.20.0.0/16\"]",
    },
    Key {
        name: "data_folder",
        kind: Kind::Path,
        default: "`gatehouse-data`",
        help: "Where files live that have no key of their own.",
        example: "\"/var/lib/gatehouse\"",
    },
    Key {
        name: "database_url",
        kind: Kind::SecretUrl,
        default: "`sqlite:` + `gatehouse.db` in `data_folder`",
        help: "`sqlite:PATH` for one node, `postgres://user:password@host/database` for one or many.",
        example: "\"postgres://gatehouse@db.internal/gatehouse?sslmode=verify-full\"",
    },
    Key {
        name: "key_encryption_keys",
        kind: Kind::SecretList,
        default: "none: nothing that signs or encrypts starts without it",
        help: "Keys that encrypt private signing keys in the database, each 32 random bytes in base64 \
               (`openssl rand -base64 32`). The first encrypts, all decrypt: to change keys, put a new one in front.",
        example: "[\"3q2+7w…\"]",
    },
    Key {
        name: "secret_prefix",
        kind: Kind::Text,
        default: "`gh`",
        help: "What stands before `_cs_`, `_ok_` and the like in bearer values, for secret scanners: 2 to 16 lower-case \
               letters and digits.",
        example: "\"acme\"",
    },
    Key {
        name: "audit_heads_folder",
        kind: Kind::Path,
        default: "`audit-heads` in `data_folder`",
        help: "Where the head of the audit chain is exported every hour, so that a cut tail is found.",
        example: "\"/mnt/worm/gatehouse-heads\"",
    },
    Key {
        name: "mail_folder",
        kind: Kind::Path,
        default: "`mail` in `data_folder`",
        help: "Where mails land as files, as long as there is no `smtp_url`.",
        example: "\"/var/spool/gatehouse\"",
    },
    Key {
        name: "smtp_url",
        kind: Kind::Text,
        default: "none: mails land in `mail_folder`",
        help: "The mail server: `smtps://user@host` (TLS from the first byte, port 465), `smtp://user@host` (STARTTLS, \
               without which no mail leaves, port 587) or `smtp+plain://host` (no TLS, port 25; with a user only on a \
               loopback host). The user is left out where the server asks for none.",
        example: "\"smtps://gatehouse@mail.example.com\"",
    },
    Key {
        name: "smtp_password",
        kind: Kind::Secret,
        default: "none",
        help: "The password of the user in `smtp_url`.",
        example: "\"…\"",
    },
    Key {
        name: "smtp_ca_file",
        kind: Kind::Path,
        default: "the system's",
        help: "The authorities (PEM) that the mail server's certificate is checked against.",
        example: "\"/etc/ssl/internal-ca.pem\"",
    },
    Key {
        name: "mail_from",
        kind: Kind::Text,
        default: "`Gatehouse`, `no-reply` at the host of `portal_url`",
        help: "In whose name mails are sent: an address, or a name and an address.",
        example: "\"Example APIs <no-reply@example.com>\"",
    },
    Key {
        name: "mail_reply_to",
        kind: Kind::Text,
        default: "none",
        help: "Where answers to mails go.",
        example: "\"API team <apis@example.com>\"",
    },
    Key {
        name: "time_zone",
        kind: Kind::Text,
        default: "`UTC`",
        help: "Time zone of the review desk (IANA name). Due times are counted in it.",
        example: "\"Europe/Berlin\"",
    },
    Key {
        name: "working_hours",
        kind: Kind::Text,
        default: "`09:00-17:00`",
        help: "Working hours of the review desk, Monday to Friday.",
        example: "\"08:30-16:30\"",
    },
    Key {
        name: "holidays",
        kind: Kind::List,
        default: "none",
        help: "Days on which the review desk is closed, `YYYY-MM-DD`.",
        example: "[\"2026-12-25\", \"2027-01-01\"]",
    },
    Key {
        name: "log_format",
        kind: Kind::Text,
        default: "`text`",
        help: "`text` for people or `json` for programs; written to standard error.",
        example: "\"json\"",
    },
    Key {
        name: "log_level",
        kind: Kind::Text,
        default: "`info`",
        help: "`error`, `warn`, `info`, `debug`, `trace`, or directives such as `info,gatehouse_store=debug`.",
        example: "\"warn\"",
    },
    Key {
        name: "max_connections",
        kind: Kind::Number { min: 1, max: 1_000_000 },
        default: "`10000`",
        help: "Connections served at the same time; further ones wait to be accepted.",
        example: "20000",
    },
    Key {
        name: "drain_seconds",
        kind: Kind::Number { min: 0, max: 3600 },
        default: "`20`",
        help: "How long requests under way may take to finish after Ctrl-C or SIGTERM.",
        example: "60",
    },
];
