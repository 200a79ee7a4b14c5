//! `GET /docs` and `GET /docs/{page}`: the documentation of this very version, built into the program.

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use comrak::nodes::NodeValue;
use comrak::{Arena, Options, format_html, parse_document};
use http::{StatusCode, header};
use rust_embed::RustEmbed;

use super::not_found;
use crate::state::AppState;

/// The folder `docs/` of the source.
#[derive(RustEmbed)]
#[folder = "../../docs"]
struct Files;

/// Pages of the list at the side, in the order of reading.
const CONTENTS: &[(&str, &str)] = &[
    ("get-started", "Get started"),
    ("samples", "Samples"),
    ("oauth", "Authorization server"),
    ("keys", "Keys"),
    ("applications", "Applications"),
    ("apis", "Adding an API"),
    ("gate", "Gate"),
    ("results-api", "Results API"),
    ("errors", "Errors"),
    ("results-import", "Importing results"),
    ("operating", "Operating"),
    ("databases", "Databases"),
    ("audit-log", "Audit log"),
    ("management-api", "Management API"),
    ("reference/configuration", "Configuration"),
    ("reference/cli", "Command line"),
    ("performance", "Performance"),
];

#[derive(Template)]
#[template(path = "docs.html")]
struct Docs {
    title: String,
    contents: Vec<(&'static str, &'static str, Place)>,
    body: String,
}

/// Whether an entry of the list is the page that is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Here,
    Elsewhere,
}

/// The first page.
pub async fn index() -> Redirect {
    Redirect::to("/docs/get-started")
}

/// One page, or a picture of one.
pub async fn get(State(app): State<AppState>, Path(page): Path<String>, request: Request) -> Response {
    // The addresses that problem documents carry as `type`.
    if let Some(code) =
        page.strip_prefix("errors/").filter(|code| code.bytes().all(|b| b == b'_' || b.is_ascii_lowercase()))
    {
        return Redirect::permanent(&format!("/docs/errors#{code}")).into_response();
    }
    if let Some(kind) = picture_type(&page)
        && let Some(file) = Files::get(&page)
    {
        let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, "sandbox")];
        return (headers, file.data).into_response();
    }
    let Some(text) = source(&page) else { return not_found::any(State(app), request).await };
    match render(&page, &text) {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, page, "page.not_rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Of the kinds of files that pages show.
fn picture_type(page: &str) -> Option<&'static str> {
    let (_, extension) = page.rsplit_once('.')?;
    match extension {
        "svg" => Some("image/svg+xml"),
        "webp" => Some("image/webp"),
        "png" => Some("image/png"),
        _ => None,
    }
}

/// The Markdown of a page; none for what is for those who change the program.
fn source(page: &str) -> Option<String> {
    let internal = page == "testing";
    let file = if internal { None } else { Files::get(&format!("{page}.md")) };
    file.and_then(|file| String::from_utf8(file.data.into_owned()).ok())
}

fn render(page: &str, text: &str) -> Result<String, String> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.header_id_prefix = Some(String::new());
    let arena = Arena::new();
    let root = parse_document(&arena, text, &options);
    for node in root.descendants() {
        if let NodeValue::Link(link) = &mut node.data.borrow_mut().value {
            link.url = address(&link.url);
        }
    }
    let mut body = String::new();
    format_html(root, &options, &mut body).map_err(|error| error.to_string())?;
    let title = text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or("Documentation").to_owned();
    let contents = CONTENTS
        .iter()
        .filter(|(name, _)| source(name).is_some())
        .map(|&(name, words)| (name, words, if name == page { Place::Here } else { Place::Elsewhere }))
        .collect();
    Docs { title, contents, body }.render().map_err(|error| error.to_string())
}

/// Links between files of the source become links between pages.
fn address(url: &str) -> String {
    let (path, fragment) = url.split_once('#').map_or((url, None), |(path, fragment)| (path, Some(fragment)));
    if url.contains("://") || !path.ends_with(".md") {
        return url.to_owned();
    }
    let page = path.trim_end_matches(".md");
    fragment.map_or_else(|| page.to_owned(), |fragment| format!("{page}#{fragment}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_between_files_lead_to_pages() {
        for (source, page) in [
            ("oauth.md", "oauth"),
            ("../oauth.md#errors", "../oauth#errors"),
            ("#errors", "#errors"),
            ("https://example.com/a.md", "https://example.com/a.md"),
        ] {
            assert_eq!(address(source), page);
        }
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
    fn pictures_are_what_pages_show_and_nothing_else() {
        assert_eq!(picture_type("pictures/catalogue.webp"), Some("image/webp"));
        assert_eq!(picture_type("pictures/catalogue.png"), Some("image/png"));
        assert_eq!(picture_type("overview.svg"), Some("image/svg+xml"));
        for page in ["oauth", "oauth.md", "reference/manage-openapi.json", "webp"] {
            assert_eq!(picture_type(page), None, "{page}");
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
            .filter(|url| !url.contains("://") && !url.starts_with(['/', '#']))
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
