//! `gatehouse reveal URL`: opens a link that shows a secret once, where a browser cannot. Needs no configuration and no
//! database, only the portal that the link names.

use gatehouse_core::jose::from_base64url;
use gatehouse_core::portal::client_secret_link::PATH;
use gatehouse_core::portal::link_key::LinkKey;
use gatehouse_core::secret::{Secret, SecretKind, well_formed};
use gatehouse_server::outbound::{Outbound, PATIENCE};
use gatehouse_server::serve::Network;
use serde_json::json;
use url::{Host, Url};

use super::failure::UsageError;
use super::global::Global;

const LOOPBACK: [&str; 2] = ["127.0.0.0/8", "::1"];
/// By https the portal may be anywhere: whoever calls this named it.
const EVERYWHERE: [&str; 4] = ["0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1"];
const CUT: &str = "this link is not whole: copy it from https:// up to its last character, and put it between single quotes. \
                   Nothing was used up";

/// Open a link that shows a secret once
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The whole link, with what stands behind the #
    url: String,
}

/// What the portal answers.
#[derive(serde::Deserialize)]
struct Revealed {
    sealed: String,
}

/// Runs the command.
pub(super) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<()> {
    let (url, key) = parse(&arguments.url)?;
    let allow = if url.scheme() == "https" { &EVERYWHERE[..] } else { &LOOPBACK };
    let allow = allow.iter().map(|text| Network::parse(text)).collect::<Result<Vec<_>, _>>();
    let client = Outbound::new(allow.map_err(anyhow::Error::msg)?, PATIENCE);
    let answer = client.post_form_from(&url.origin().ascii_serialization(), url.as_str(), String::new()).await;
    let answer = answer.map_err(|error| anyhow::anyhow!("the portal did not answer: {error}"))?;
    match answer.status.as_u16() {
        200 => {}
        410 => anyhow::bail!("this link was used, or its time is over: ask whoever sent it for another one"),
        status => anyhow::bail!("the portal answered {status}: is this a link of Gatehouse? Try again in a moment"),
    }
    let changed = "what the link held cannot be read, for the link was changed on its way: ask for another one";
    let revealed: Revealed = serde_json::from_slice(&answer.body).map_err(|_| anyhow::anyhow!(changed))?;
    let sealed = from_base64url(&revealed.sealed).unwrap_or_default();
    let text = key.open(&sealed).map_err(|_| anyhow::anyhow!(changed))?;
    global.output().done(&harmless(&text), &json!({ "text": text.expose() }))
}

/// The address without the key, and the key. Looked at before anything is sent: a link that was cut is used up by nobody.
fn parse(link: &str) -> Result<(Url, LinkKey), UsageError> {
    let cut = || UsageError(CUT.to_owned());
    let mut url = Url::parse(link.trim()).map_err(|_| cut())?;
    let key = url.fragment().and_then(LinkKey::parse).ok_or_else(cut)?;
    url.set_fragment(None);
    url.path().strip_prefix(PATH).filter(|token| well_formed(SecretKind::OneTimeLink, token)).ok_or_else(cut)?;
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if url.scheme() == "https" || (url.scheme() == "http" && is_here) {
        return Ok((url, key));
    }
    Err(UsageError("this link does not begin with https://: whoever listens could take what it shows".to_owned()))
}

/// The sender chose the text, and a terminal obeys control characters.
fn harmless(text: &Secret) -> String {
    text.expose().chars().filter(|letter| *letter == '\n' || !letter.is_control()).collect()
}

#[cfg(test)]
mod tests;
