//! Clients as strangers use them: over a socket.

use std::time::Duration;

use super::TestApp;

/// No proxy, no redirects followed, impatient.
pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(30))
        .build()
        .expect("a client")
}

impl TestApp {
    /// `GET` of a path.
    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        self.http.get(format!("{}{path}", self.base)).send().await.expect("an answer")
    }

    /// `GET` on the operator's listener.
    pub(crate) async fn get_operator(&self, path: &str) -> reqwest::Response {
        self.http.get(format!("{}{path}", self.operator_base)).send().await.expect("an answer")
    }

    /// A request to build further.
    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method.parse().expect("a method"), format!("{}{path}", self.base))
    }
}
