//! A token request as it goes over the wire, and what is expected of the answer.

use base64::Engine as _;

/// Values of `Authorization` lines.
pub(super) type Headers = Vec<Vec<u8>>;

/// One request.
pub(super) struct TokenRequest {
    method: &'static str,
    server: &'static str,
    query: Option<String>,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
}

/// One refusal, whole.
pub(super) struct Expected {
    status: u16,
    error: &'static str,
    description: String,
    challenged: bool,
}

impl TokenRequest {
    pub(super) fn new(body: &str) -> Self {
        Self::bytes(body.as_bytes())
    }

    pub(super) fn bytes(body: &[u8]) -> Self {
        let form = b"application/x-www-form-urlencoded".to_vec();
        Self {
            method: "POST",
            server: "default",
            query: None,
            headers: vec![("content-type", form)],
            body: body.into(),
        }
    }

    pub(super) fn method(self, method: &'static str) -> Self {
        Self { method, ..self }
    }

    pub(super) fn server(self, server: &'static str) -> Self {
        Self { server, ..self }
    }

    pub(super) fn query(self, query: &str) -> Self {
        Self { query: Some(query.to_owned()), ..self }
    }

    pub(super) fn headers(self, headers: Vec<(&'static str, Vec<u8>)>) -> Self {
        Self { headers, ..self }
    }

    pub(super) fn authorization(mut self, lines: Headers) -> Self {
        self.headers.extend(lines.into_iter().map(|line| ("authorization", line)));
        self
    }

    pub(super) async fn send(&self, base: &str) -> reqwest::Response {
        let query = self.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        let url = format!("{base}/oauth2/{}/v1/token{query}", self.server);
        let method = self.method.parse().expect("a method");
        let mut request = crate::support::http().request(method, url).body(self.body.clone());
        for (name, value) in &self.headers {
            request = request.header(*name, reqwest::header::HeaderValue::from_bytes(value).expect("a header value"));
        }
        request.send().await.expect("an answer")
    }
}

impl Expected {
    pub(super) fn new(status: u16, error: &'static str, description: &str) -> Self {
        Self { status, error, description: description.to_owned(), challenged: false }
    }

    /// With `WWW-Authenticate: Basic`.
    pub(super) fn challenged(self) -> Self {
        Self { challenged: true, ..self }
    }

    /// Compares everything: status, headers, each member of the body and that there is no other.
    pub(super) async fn check(&self, name: &str, answer: reqwest::Response, portal: &str) {
        let header = |wanted: &str| answer.headers().get(wanted).map(|v| v.to_str().expect("text").to_owned());
        assert_eq!(answer.status().as_u16(), self.status, "{name}");
        assert_eq!(header("content-type").as_deref(), Some("application/json"), "{name}");
        assert_eq!(header("cache-control").as_deref(), Some("no-store"), "{name}");
        let challenge = self.challenged.then_some(r#"Basic realm="Gatehouse", charset="UTF-8""#);
        assert_eq!(header("www-authenticate").as_deref(), challenge, "{name}");
        let request_id = header("x-request-id").expect("a request id");
        let body: serde_json::Value = answer.json().await.expect("JSON");
        let expected = serde_json::json!({
            "error": self.error,
            "error_description": self.description,
            "error_uri": format!("{portal}/docs/oauth#{}", self.error),
            "request_id": request_id,
        });
        assert_eq!(body, expected, "{name}");
    }
}

/// A form body.
pub(super) fn form(pairs: &[(&str, &str)]) -> String {
    let encode = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b' ' => "+".to_owned(),
                b'_' => "_".to_owned(),
                byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            })
            .collect()
    };
    pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&")
}

/// `Basic …` of a text.
pub(super) fn basic(credentials: &str) -> Vec<u8> {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(credentials)).into_bytes()
}
