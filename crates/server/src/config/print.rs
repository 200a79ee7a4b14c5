//! The configuration as TOML with every secret masked.

use super::{Config, MailConfig};

const MASK: &str = "********";

/// What is in force, as a file could say it; secrets are masked.
pub fn masked(config: &Config) -> String {
    let mut out = String::new();
    if let Some(addresses) = &config.addresses {
        line(&mut out, "portal_url", &quoted(addresses.portal.as_str()));
        line(&mut out, "issuer_url", &quoted(addresses.issuer.as_str()));
        line(&mut out, "api_url", &quoted(addresses.api.as_str()));
    }
    line(&mut out, "listen", &list(config.listen.iter().map(ToString::to_string)));
    line(&mut out, "operator_listen", &list(config.operator_listen.iter().map(ToString::to_string)));
    line(&mut out, "trusted_proxies", &list(config.trusted_proxies.iter().map(ToString::to_string)));
    line(&mut out, "outbound_allow", &list(config.outbound_allow.iter().map(ToString::to_string)));
    line(&mut out, "data_folder", &quoted(&config.data_folder.display().to_string()));
    line(&mut out, "database_url", &quoted(&without_password(config.database_url.expose())));
    line(&mut out, "key_encryption_keys", &list(config.key_encryption_keys.iter().map(|_| MASK.to_owned())));
    line(&mut out, "secret_prefix", &quoted(&config.secret_prefix));
    line(&mut out, "audit_heads_folder", &quoted(&config.audit_heads_folder.display().to_string()));
    mail(&mut out, &config.mail);
    let review = &config.review;
    line(&mut out, "time_zone", &quoted(&review.time_zone));
    line(&mut out, "working_hours", &quoted(&format!("{}-{}", clock(review.opens), clock(review.closes))));
    line(&mut out, "holidays", &list(review.holidays.iter().cloned()));
    line(&mut out, "log_format", &quoted(config.log.format.as_str()));
    line(&mut out, "log_level", &quoted(&config.log.level));
    line(&mut out, "max_connections", &config.max_connections.to_string());
    line(&mut out, "drain_seconds", &config.drain_seconds.to_string());
    out
}

/// The folder stands for itself only where no mail server is named: the two exclude each other.
fn mail(out: &mut String, mail: &MailConfig) {
    match &mail.smtp {
        None => line(out, "mail_folder", &quoted(&mail.folder.display().to_string())),
        Some(smtp) => {
            line(out, "smtp_url", &quoted(&smtp.url()));
            if smtp.login.is_some() {
                line(out, "smtp_password", &quoted(MASK));
            }
            if let Some(file) = &smtp.ca_file {
                line(out, "smtp_ca_file", &quoted(&file.display().to_string()));
            }
        }
    }
    for (name, mailbox) in [("mail_from", &mail.from), ("mail_reply_to", &mail.reply_to)] {
        if let Some(mailbox) = mailbox {
            line(out, name, &quoted(&mailbox.text()));
        }
    }
}

/// A database address as messages may show it.
pub(super) fn without_password(url: &str) -> String {
    if url.starts_with("sqlite:") {
        return url.to_owned();
    }
    match url::Url::parse(url) {
        Ok(mut parsed) => {
            if parsed.password().is_some() && parsed.set_password(Some(MASK)).is_err() {
                return MASK.to_owned();
            }
            let pairs: Vec<(String, String)> = parsed
                .query_pairs()
                .map(|(name, value)| {
                    let secret = name.contains("password");
                    (name.into_owned(), if secret { MASK.to_owned() } else { value.into_owned() })
                })
                .collect();
            if !pairs.is_empty() {
                parsed.query_pairs_mut().clear().extend_pairs(pairs);
            }
            parsed.into()
        }
        Err(_) => MASK.to_owned(),
    }
}

fn line(out: &mut String, name: &str, value: &str) {
    out.push_str(name);
    out.push_str(" = ");
    out.push_str(value);
    out.push('\n');
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn list(items: impl Iterator<Item = String>) -> String {
    toml::Value::from(items.collect::<Vec<_>>()).to_string()
}

fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}
