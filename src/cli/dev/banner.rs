//! What the development start prints.

use std::io::{IsTerminal as _, stdout};

use gatehouse_server::config::MailConfig;

use super::env_file::EnvFile;
use super::install::Installation;

/// The page, with two commands that work as they stand in any POSIX shell.
pub(super) fn banner(installation: &Installation, env: &EnvFile, env_path: &str) -> String {
    let (bold, plain) = if stdout().is_terminal() { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
    let portal = &installation.addresses.portal;
    let operator = match installation.config.operator_listen.first() {
        Some(address) => format!("  Operator        http://{address}/metrics  /healthz  /readyz\n"),
        None => String::new(),
    };
    let mut out = format!(
        "\n{bold}Gatehouse is running at {portal}{plain}   (Ctrl-C stops it)\n\n  \
           Authorization   {portal}/oauth2/default/.well-known/oauth-authorization-server\n  \
           Management API  {portal}/manage/v1   (key in dev.env)\n  \
           Documentation   {portal}/docs\n\
         {operator}  \
           Mails           {}\n  \
           Data            {}   credentials in {env_path}\n\n",
        mails(&installation.config.mail),
        installation.folder.display(),
    );
    for (who, email, password) in [
        ("Admin", "ADMIN_EMAIL", "ADMIN_PASSWORD"),
        ("Reviewer", "REVIEWER_EMAIL", "REVIEWER_PASSWORD"),
        ("Developer", "DEVELOPER_EMAIL", "DEVELOPER_PASSWORD"),
        ("Customer", "CUSTOMER_EMAIL", "CUSTOMER_PASSWORD"),
    ] {
        out.push_str(&format!("  {who:<14}  {:<24} {}\n", env.get(email), env.get(password)));
    }
    out.push_str("\n  An account of your own sees no data yet: sign in as the customer, who owns the workspace with the\n  sample data, and invite it there.\n");
    out.push_str(&format!("\n{bold}1. Get a token{plain}\n\n{}\n", token_command(env)));
    out.push_str(&format!("{bold}2. Call the API with it{plain}\n\n{}\n", call_command(env)));
    out.push_str(&format!(
        "{bold}More{plain}\n\n{} --config {} applications list\n\n",
        std::env::args().next().unwrap_or_else(|| "gatehouse".to_owned()),
        installation.configuration().display()
    ));
    out
}

/// Where they land.
fn mails(mail: &MailConfig) -> String {
    match &mail.smtp {
        Some(smtp) => smtp.url(),
        None => format!("{}   a file each", mail.folder.display()),
    }
}

/// Keeps the token in `TOKEN` and shows it.
pub(super) fn token_command(env: &EnvFile) -> String {
    format!(
        "TOKEN=$(curl -sS {} \\\n  \
           --data-urlencode 'grant_type=client_credentials' \\\n  \
           --data-urlencode 'client_id={}' \\\n  \
           --data-urlencode 'client_secret={}' \\\n  \
           --data-urlencode 'scope={}' \\\n  \
           | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/'); echo \"$TOKEN\"\n",
        env.get("TOKEN_URL"),
        env.get("CLIENT_ID"),
        env.get("CLIENT_SECRET"),
        env.get("SCOPE"),
    )
}

/// Uses `TOKEN`.
pub(super) fn call_command(env: &EnvFile) -> String {
    format!(
        "curl -sS '{}/v2/sessionResults?testId={}&limit=5' -H \"token: $TOKEN\"\n",
        env.get("API_URL"),
        env.get("TEST_ID"),
    )
}
