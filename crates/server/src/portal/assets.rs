//! `GET /assets/{file}`: what pages load, built into the program.
//!
//! Pages name a file with a fingerprint of its content, so that a browser may keep it for a year and still has the new
//! one at once after an upgrade.

use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Deserialize;

/// One file.
struct Asset {
    name: &'static str,
    kind: &'static str,
    content: &'static [u8],
    fingerprint: u64,
}

const APPLICATIONS: &[u8] = include_bytes!("../../assets/applications.css");
const AUTHORIZE: &[u8] = include_bytes!("../../assets/authorize.css");
const CSS: &[u8] = include_bytes!("../../assets/gatehouse.css");
const READING: &[u8] = include_bytes!("../../assets/reading.css");
const REVIEW: &[u8] = include_bytes!("../../assets/review.css");
const REQUESTS: &[u8] = include_bytes!("../../assets/requests.css");
const FORM_POST: &[u8] = include_bytes!("../../assets/form-post.js");
const JS: &[u8] = include_bytes!("../../assets/gatehouse.js");
const PASSKEYS: &[u8] = include_bytes!("../../assets/passkeys.js");
const REVEAL: &[u8] = include_bytes!("../../assets/reveal.js");
const LOGO: &[u8] = include_bytes!("../../assets/logo.svg");

/// Everything that there is.
static FILES: [Asset; 11] = [
    asset("applications.css", "text/css; charset=utf-8", APPLICATIONS),
    asset("authorize.css", "text/css; charset=utf-8", AUTHORIZE),
    asset("form-post.js", "text/javascript; charset=utf-8", FORM_POST),
    asset("gatehouse.css", "text/css; charset=utf-8", CSS),
    asset("gatehouse.js", "text/javascript; charset=utf-8", JS),
    asset("passkeys.js", "text/javascript; charset=utf-8", PASSKEYS),
    asset("reading.css", "text/css; charset=utf-8", READING),
    asset("reveal.js", "text/javascript; charset=utf-8", REVEAL),
    asset("review.css", "text/css; charset=utf-8", REVIEW),
    asset("requests.css", "text/css; charset=utf-8", REQUESTS),
    asset("logo.svg", "image/svg+xml", LOGO),
];

/// What may stand behind the `?`.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    v: Option<String>,
}

/// A file, or 404. Only the address with the right fingerprint may be kept long.
pub async fn get(Path(file): Path<String>, Query(wanted): Query<Wanted>) -> Response {
    let Some(asset) = find(&file) else { return StatusCode::NOT_FOUND.into_response() };
    let keep = if wanted.v.is_some_and(|v| v == asset.fingerprint()) {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=300"
    };
    ([(header::CONTENT_TYPE, asset.kind), (header::CACHE_CONTROL, keep)], asset.content).into_response()
}

/// Where pages load a file from.
pub fn address(file: &str) -> String {
    match find(file) {
        Some(asset) => format!("/assets/{file}?v={}", asset.fingerprint()),
        None => format!("/assets/{file}"),
    }
}

impl Asset {
    fn fingerprint(&self) -> String {
        format!("{:016x}", self.fingerprint)
    }
}

fn find(name: &str) -> Option<&'static Asset> {
    FILES.iter().find(|asset| asset.name == name)
}

const fn asset(name: &'static str, kind: &'static str, content: &'static [u8]) -> Asset {
    Asset { name, kind, content, fingerprint: fnv(content) }
}

/// FNV-1a: tells versions of our own files apart; nothing secret hangs on it.
const fn fnv(content: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut at = 0;
    while at < content.len() {
        hash = (hash ^ content[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_follow_the_content() {
        // Of the reference implementation.
        assert_eq!(fnv(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv(b"foobar"), 0x8594_4171_f739_67e8);
        assert!(address("gatehouse.css").starts_with("/assets/gatehouse.css?v="));
        assert_ne!(FILES[0].fingerprint, FILES[1].fingerprint);
    }

    #[test]
    fn files_keep_their_size() {
        for (content, largest) in
            [(CSS, 25), (AUTHORIZE, 4), (READING, 14), (REQUESTS, 4), (JS, 8), (PASSKEYS, 4), (REVEAL, 4), (LOGO, 1)]
        {
            assert!(content.len() <= largest * 1024, "{} of {largest} KiB", content.len());
        }
    }

    #[tokio::test]
    async fn only_the_right_fingerprint_is_kept_long() {
        let kept = async |v: Option<String>| {
            let response = get(Path("gatehouse.css".into()), Query(Wanted { v })).await;
            response.headers()[header::CACHE_CONTROL].to_str().expect("text").to_owned()
        };
        let right = find("gatehouse.css").map(Asset::fingerprint);
        assert!(kept(right).await.contains("immutable"));
        assert_eq!(kept(Some("0".into())).await, "public, max-age=300");
        assert_eq!(kept(None).await, "public, max-age=300");
        assert_eq!(get(Path("none.css".into()), Query(Wanted { v: None })).await.status(), StatusCode::NOT_FOUND);
    }
}
