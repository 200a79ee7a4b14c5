//! Foreign judges in Rust, against the started binary. Those in other languages are in `tests/clients/`.

mod customer;
mod oauth2;
mod openidconnect;

use ::oauth2::{HttpRequest, HttpResponse};

use crate::support::http;

/// The crates bring no client of their own here: they are given this one.
async fn send(request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let (parts, body) = request.into_parts();
    let answer = http().request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body).send().await?;
    let mut response = HttpResponse::new(Vec::new());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    *response.body_mut() = answer.bytes().await?.to_vec();
    Ok(response)
}
