//! `GET /docs` and `GET /docs/{page}`: the documentation of this very version, built into the program.

mod markdown;

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{StatusCode, header};
use rust_embed::RustEmbed;

use self::markdown::Rendered;
use super::chrome::{Chrome, Section};
use super::visitor::Visitor;
use super::{not_found, page};
use crate::state::AppState;

/// The folder `docs/` of the source.
#[derive(RustEmbed)]
#[folder = "../../docs"]
struct Files;

/// A part of the list at the side.
struct Group {
    words: &'static str,
    /// Address and title, in the order of reading.
    pages: &'static [(&'static str, &'static str)],
}

const CONTENTS: &[Group] = &[
    Group {
        words: "Use an API",
        pages: &[
            ("first-call", "Your first call"),
            ("request-access", "Ask for access"),
            ("sign-in", "Sign a customer in"),
            ("samples", "Samples"),
            ("applications", "Applications"),
            ("teams", "Organizations and workspaces"),
            ("accounts", "Accounts"),
            ("oauth", "Authorization server"),
            ("authorize", "Signing customers in"),
            ("device", "Devices without a browser"),
            ("gate", "Gate"),
            ("results-api", "Results API"),
            ("errors", "Errors"),
        ],
    },
    Group { words: "Review", pages: &[("review", "Reviewing requests")] },
    Group {
        words: "Operate",
        pages: &[
            ("get-started", "Get started"),
            ("apis", "Adding an API"),
            ("keys", "Keys"),
            ("results-import", "Importing results"),
            ("operating", "Operating"),
            ("databases", "Databases"),
            ("mail", "Mails"),
            ("audit-log", "Audit log"),
            ("performance", "Performance"),
        ],
    },
    Group {
        words: "Reference",
        pages: &[
            ("management-api", "Management API"),
            ("reference/configuration", "Configuration"),
            ("reference/cli", "Command line"),
        ],
    },
    Group {
        words: "Security",
        pages: &[
            ("security/authorize", "Authorization endpoint"),
            ("security/conformance", "OpenID certification"),
            ("security/token-endpoint", "Token endpoint"),
            ("security/device", "Devices"),
            ("security/tokens", "Tokens that are out"),
            ("security/gate", "Gate"),
            ("security/keys", "Keys"),
            ("security/logout", "Back-channel logout"),
            ("security/outbound", "Calls to applications"),
            ("security/accounts", "Accounts"),
            ("security/teams", "Organizations"),
            ("security/authority", "Authority"),
            ("security/applications", "Applications"),
            ("security/management", "Management API"),
        ],
    },
];

#[derive(Template)]
#[template(path = "docs.html")]
struct Docs<'a> {
    chrome: Chrome<'a>,
    title: String,
    contents: &'static [Group],
    page: &'a str,
    body: String,
    headings: Vec<(String, String)>,
}

/// The first page.
pub async fn index() -> Redirect {
    Redirect::to("/docs/first-call")
}

/// One page, or a picture of one.
pub async fn get(
    State(app): State<AppState>,
    Path(page): Path<String>,
    visitor: Visitor,
    request: Request,
) -> Response {
    // The addresses that problem documents carry as `type`.
    if let Some(code) =
        page.strip_prefix("errors/").filter(|code| code.bytes().all(|b| b == b'_' || b.is_ascii_lowercase()))
    {
        return Redirect::permanent(&format!("/docs/errors#{code}")).into_response();
    }
    if let Some(kind) = file_type(&page)
        && let Some(file) = Files::get(&page)
    {
        let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, "sandbox")];
        return (headers, file.data).into_response();
    }
    let Some(text) = source(&page) else { return not_found::any(State(app), request).await };
    match docs(visitor.chrome(Section::Docs), &page, &text) {
        Ok(docs) => page::seen_by(&visitor, StatusCode::OK, &docs),
        Err(error) => {
            tracing::error!(%error, page, "page.not_rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Of the kinds of files that pages show or link to.
fn file_type(page: &str) -> Option<&'static str> {
    let (_, extension) = page.rsplit_once('.')?;
    match extension {
        "svg" => Some("image/svg+xml"),
        "webp" => Some("image/webp"),
        "png" => Some("image/png"),
        "json" => Some("application/json"),
        _ => None,
    }
}

/// A sample of the page *Samples*, by the name in the comment before it.
pub fn sample(name: &str) -> Option<String> {
    let page = source("samples")?;
    let (_, after) = page.split_once(&format!("<!-- sample: {name} -->\n```"))?;
    let (_, block) = after.split_once('\n')?;
    block.split_once("\n```").map(|(text, _)| text.to_owned())
}

/// The Markdown of a page; none for what is for those who change the program.
fn source(page: &str) -> Option<String> {
    let internal = page == "testing";
    let file = if internal { None } else { Files::get(&format!("{page}.md")) };
    file.and_then(|file| String::from_utf8(file.data.into_owned()).ok())
}

fn docs<'a>(chrome: Chrome<'a>, page: &'a str, text: &str) -> Result<Docs<'a>, String> {
    let Rendered { title, body, headings } = markdown::render(text)?;
    Ok(Docs { chrome, title, contents: CONTENTS, page, body, headings })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_in_the_list_once() {
        let mut listed: Vec<&str> = CONTENTS.iter().flat_map(|group| group.pages).map(|(page, _)| *page).collect();
        for page in Files::iter().filter_map(|name| name.strip_suffix(".md").map(str::to_owned)) {
            let is_read_elsewhere = page == "testing" || page.starts_with("decisions/");
            assert_eq!(listed.contains(&page.as_str()), !is_read_elsewhere, "{page}");
        }
        assert!(listed.iter().all(|page| source(page).is_some()));
        let all = listed.len();
        listed.sort_unstable();
        listed.dedup();
        assert_eq!(listed.len(), all);
    }

    fn render(page: &str, text: &str) -> Result<String, String> {
        docs(Chrome::public(Section::Docs), page, text)?.render().map_err(|error| error.to_string())
    }

    #[test]
    fn every_page_renders_and_its_links_lead_somewhere() {
        let pages = Files::iter().filter_map(|name| name.strip_suffix(".md").map(str::to_owned));
        let pages: Vec<String> = pages.filter(|page| source(page).is_some()).collect();
        assert!(pages.iter().any(|page| page == "oauth"));
        for page in &pages {
            let html = render(page, &source(page).expect("is there")).expect("renders");
            for target in links(&html) {
                let target = resolve(page, &target);
                let found = pages.contains(&target) || Files::get(&target).is_some();
                assert!(found, "docs/{page}.md links to {target}");
            }
        }
    }

    #[test]
    fn files_are_what_pages_show_or_link_to_and_nothing_else() {
        assert_eq!(file_type("pictures/catalogue.webp"), Some("image/webp"));
        assert_eq!(file_type("pictures/catalogue.png"), Some("image/png"));
        assert_eq!(file_type("overview.svg"), Some("image/svg+xml"));
        assert_eq!(file_type("reference/manage-openapi.json"), Some("application/json"));
        for page in ["oauth", "oauth.md", "overview.html", "webp"] {
            assert_eq!(file_type(page), None, "{page}");
        }
    }

    #[test]
    fn each_error_has_its_anchor() {
        let html = render("oauth", &source("oauth").expect("is there")).expect("renders");
        for code in gatehouse_core::oauth::error::ErrorCode::ALL {
            assert!(html.contains(&format!("id=\"{code}\"")), "docs/oauth.md explains {code}");
        }
    }

    /// Relative targets of a page, without fragments.
    fn links(html: &str) -> Vec<String> {
        html.split("href=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .filter(|url| !url.contains("://") && !url.starts_with(['/', '#']) && !url.is_empty())
            .map(|url| url.split('#').next().unwrap_or_default().to_owned())
            .collect()
    }

    fn resolve(page: &str, target: &str) -> String {
        let mut parts: Vec<&str> = page.split('/').collect();
        parts.pop();
        for part in target.split('/') {
            match part {
                "." => {}
                ".." => drop(parts.pop()),
                name => parts.push(name),
            }
        }
        parts.join("/")
    }
}
