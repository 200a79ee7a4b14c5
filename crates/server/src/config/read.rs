//! From texts to the typed configuration; every mistake is collected, none stops the others.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use gatehouse_core::jose::encryption::KeyEncryptionKeys;
use gatehouse_core::secret::Secret;

use crate::serve::Network;

use super::keys::{Kind, find};
use super::layers::{GivenValue, Values};
use super::{Addresses, BaseUrl, Config, DATA_FOLDER, Log, LogFormat, MailConfig, Mailbox, ReviewHours, SmtpConfig};

pub(super) fn config(values: &Values, problems: &mut Vec<String>) -> Config {
    let mut reader = Reader { values, problems };
    let data_folder = reader.path("data_folder").unwrap_or_else(|| PathBuf::from(DATA_FOLDER));
    Config {
        addresses: addresses(&mut reader),
        listen: reader.socket_addresses("listen").unwrap_or_else(|| vec![SocketAddr::from(([127, 0, 0, 1], 8080))]),
        operator_listen: reader.socket_addresses("operator_listen").unwrap_or_default(),
        trusted_proxies: reader.each("trusted_proxies", Network::parse),
        outbound_allow: reader.each("outbound_allow", Network::parse),
        database_url: database_url(&mut reader, &data_folder),
        key_encryption_keys: key_encryption_keys(&mut reader),
        secret_prefix: reader.checked("secret_prefix", secret_prefix).unwrap_or_else(|| "gh".to_owned()),
        audit_heads_folder: reader.path("audit_heads_folder").unwrap_or_else(|| data_folder.join("audit-heads")),
        mail: mail(&mut reader, &data_folder),
        review: review_hours(&mut reader),
        log: log(&mut reader),
        max_connections: usize::try_from(reader.number("max_connections").unwrap_or(10_000)).unwrap_or(usize::MAX),
        drain_seconds: reader.number("drain_seconds").unwrap_or(20),
        data_folder,
    }
}

fn addresses(reader: &mut Reader<'_>) -> Option<Addresses> {
    let given = ["issuer_url", "api_url"].into_iter().find(|name| reader.values.contains_key(name));
    let issuer = reader.checked("issuer_url", BaseUrl::parse);
    let api = reader.checked("api_url", BaseUrl::parse);
    if let (Some(name), false) = (given, reader.values.contains_key("portal_url")) {
        reader.problems.push(format!("`{name}` is given without `portal_url`: give both"));
    }
    let portal = reader.checked("portal_url", BaseUrl::parse)?;
    Some(Addresses {
        issuer: issuer.unwrap_or_else(|| portal.clone()),
        api: api.unwrap_or_else(|| portal.clone()),
        portal,
    })
}

fn database_url(reader: &mut Reader<'_>, data_folder: &Path) -> Secret {
    let base = reader.values.get("database_url").map(|given| given.base.clone()).unwrap_or_default();
    let url = reader.checked("database_url", |text| match text.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => Ok(format!("sqlite:{}", base.join(path).display())),
        Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => Ok(text.to_owned()),
        _ => Err("must be `sqlite:PATH` or `postgres://user:password@host/database`".to_owned()),
    });
    Secret::new(url.unwrap_or_else(|| format!("sqlite:{}", data_folder.join("gatehouse.db").display())))
}

/// Messages never repeat the value: it may be a key with a typing mistake.
fn key_encryption_keys(reader: &mut Reader<'_>) -> Vec<Secret> {
    let keys: Vec<Secret> =
        reader.texts("key_encryption_keys").unwrap_or_default().into_iter().map(Secret::new).collect();
    if !keys.is_empty()
        && let Err(error) = KeyEncryptionKeys::from_base64(keys.iter().map(Secret::expose))
    {
        reader.wrong("key_encryption_keys", &format!("cannot be used: {error}"));
    }
    keys
}

fn secret_prefix(text: &str) -> Result<String, String> {
    let plain = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if plain && (2..=16).contains(&text.len()) {
        Ok(text.to_owned())
    } else {
        Err("must be 2 to 16 lower-case letters and digits".to_owned())
    }
}

fn mail(reader: &mut Reader<'_>, data_folder: &Path) -> MailConfig {
    let folder = reader.path("mail_folder");
    let password = reader.checked("smtp_password", |text| match text {
        "" => Err("is empty".to_owned()),
        text => Ok(Secret::new(text.to_owned())),
    });
    let ca_file = reader.path("smtp_ca_file");
    if reader.values.contains_key("smtp_url") {
        if folder.is_some() {
            reader.wrong("mail_folder", "and `smtp_url` exclude each other: keep one");
        }
    } else {
        for name in ["smtp_password", "smtp_ca_file"].into_iter().filter(|name| reader.values.contains_key(name)) {
            reader.wrong(name, "is given without `smtp_url`: give both");
        }
    }
    let smtp = reader.checked("smtp_url", |text| SmtpConfig::parse(text, password.clone()));
    MailConfig {
        folder: folder.unwrap_or_else(|| data_folder.join("mail")),
        smtp: smtp.map(|smtp| SmtpConfig { ca_file, ..smtp }),
        from: reader.checked("mail_from", Mailbox::parse),
        reply_to: reader.checked("mail_reply_to", Mailbox::parse),
    }
}

fn review_hours(reader: &mut Reader<'_>) -> ReviewHours {
    let (opens, closes) = reader.checked("working_hours", working_hours).unwrap_or((9 * 60, 17 * 60));
    let time_zone = reader.checked("time_zone", |text| {
        jiff::tz::TimeZone::get(text).map(|_| text.to_owned()).map_err(|_| "is not an IANA time zone".to_owned())
    });
    let holidays = reader.each("holidays", |text| {
        text.parse::<jiff::civil::Date>()
            .map(|date| date.to_string())
            .map_err(|_| format!("holds `{text}`, which is not a day like 2026-12-25"))
    });
    ReviewHours { time_zone: time_zone.unwrap_or_else(|| "UTC".to_owned()), opens, closes, holidays }
}

fn working_hours(text: &str) -> Result<(u16, u16), String> {
    let minutes = |time: &str| {
        let time = time.trim().parse::<jiff::civil::Time>().ok()?;
        u16::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute())).ok()
    };
    match text.split_once('-').map(|(opens, closes)| (minutes(opens), minutes(closes))) {
        Some((Some(opens), Some(closes))) if opens < closes => Ok((opens, closes)),
        _ => Err("must be two times of a day, the earlier first, such as 09:00-17:00".to_owned()),
    }
}

fn log(reader: &mut Reader<'_>) -> Log {
    let format = reader
        .checked("log_format", |text| text.parse::<LogFormat>().map_err(|_| "must be `text` or `json`".to_owned()));
    Log {
        format: format.unwrap_or(LogFormat::Text),
        level: reader.checked("log_level", |text| Ok(text.to_owned())).unwrap_or_else(|| "info".to_owned()),
    }
}

struct Reader<'a> {
    values: &'a Values,
    problems: &'a mut Vec<String>,
}

impl Reader<'_> {
    /// The texts of a key, read from its file where `…_file` was given.
    fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        match &self.values.get(name)?.value {
            GivenValue::Inline(texts) => Some(texts.clone()),
            GivenValue::File(path) => match std::fs::read_to_string(path) {
                Ok(text) => Some(lines(&text, name)),
                Err(error) => {
                    self.wrong(name, &format!("cannot be read from {}: {error}", path.display()));
                    None
                }
            },
        }
    }

    fn checked<T>(&mut self, name: &'static str, check: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let text = self.texts(name)?.into_iter().next().unwrap_or_default();
        match check(&text) {
            Ok(value) => Some(value),
            Err(why) => {
                self.wrong(name, &why);
                None
            }
        }
    }

    fn each<T>(&mut self, name: &'static str, check: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        let mut out = Vec::new();
        for text in self.texts(name).unwrap_or_default() {
            match check(&text) {
                Ok(value) => out.push(value),
                Err(why) => self.wrong(name, &why),
            }
        }
        out
    }

    fn path(&mut self, name: &'static str) -> Option<PathBuf> {
        let base = self.values.get(name)?.base.clone();
        // Through its components, so that `.` leaves no trace in messages.
        let path = |text: &str| base.join(text).components().collect::<PathBuf>();
        self.checked(name, |text| if text.is_empty() { Err("is empty".to_owned()) } else { Ok(path(text)) })
    }

    fn socket_addresses(&mut self, name: &'static str) -> Option<Vec<SocketAddr>> {
        self.values.get(name)?;
        let parse = |text: &str| {
            text.parse().map_err(|_| format!("holds `{text}`, which is not an address and port like 127.0.0.1:8080"))
        };
        Some(self.each(name, parse))
    }

    fn number(&mut self, name: &'static str) -> Option<u64> {
        let Some(Kind::Number { min, max }) = find(name).map(|key| key.kind) else { return None };
        self.checked(name, |text| match text.parse::<u64>() {
            Ok(number) if (min..=max).contains(&number) => Ok(number),
            _ => Err(format!("must be a whole number from {min} to {max}")),
        })
    }

    fn wrong(&mut self, name: &str, why: &str) {
        let place = self.values.get(name).map_or("", |given| given.place.as_str());
        self.problems.push(format!("{place}: `{name}` {why}"));
    }
}

/// A file of secrets: a line each, blank lines and comments left out; of a single secret, the first line.
fn lines(text: &str, name: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    match find(name).map(|key| key.kind) {
        Some(Kind::SecretList) => lines.map(str::to_owned).collect(),
        _ => lines.take(1).map(str::to_owned).collect(),
    }
}
