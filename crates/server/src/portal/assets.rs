//! `GET /assets/{file}`: what pages load, built into the program.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};

/// Name, type, content.
const FILES: &[(&str, &str, &[u8])] = &[
    ("gatehouse.css", "text/css; charset=utf-8", include_bytes!("../../assets/gatehouse.css")),
    ("logo.svg", "image/svg+xml", include_bytes!("../../assets/logo.svg")),
];

/// A file, or 404.
pub async fn get(Path(file): Path<String>) -> Response {
    match FILES.iter().find(|(name, ..)| *name == file) {
        Some((_, kind, content)) => {
            ([(header::CONTENT_TYPE, *kind), (header::CACHE_CONTROL, "public, max-age=300")], *content).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
