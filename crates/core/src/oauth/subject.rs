//! How a customer is named to an application (OpenID Connect Core §8).
//!
//! Public subjects are user ids; pairwise ones are derived from sector and user, so that two applications cannot tell
//! that they have the same customer. Neither form can collide with a client id, which is the subject of an application's
//! own tokens: a user id has a prefix, a pairwise subject 43 characters.

use aws_lc_rs::{digest, hmac};
use url::Url;

use crate::id::{SessionId, UserId};
use crate::jose::base64url;
use crate::oauth::grant_type::GrantType;
use crate::portal::application::{Application, SubjectType};

/// Keys pairwise subjects of an installation. It never changes, or every customer would become a stranger.
pub struct PairwiseKey(hmac::Key);

impl PairwiseKey {
    /// From 32 random bytes.
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }
}

impl std::fmt::Debug for PairwiseKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PairwiseKey")
    }
}

/// `sub` of a user at an application.
pub fn subject(application: &Application, user: UserId, key: &PairwiseKey) -> String {
    match application.subject_type {
        SubjectType::Public => user.to_string(),
        SubjectType::Pairwise => {
            // No host holds a line end.
            let text = format!("{}\n{user}", sector(application));
            base64url(hmac::sign(&key.0, text.as_bytes()).as_ref())
        }
    }
}

/// `sid`: a browser's session, as one application knows it (OpenID Connect Back-Channel Logout §2.1). Two applications
/// cannot tell by it that they have the same customer.
pub fn session_id(session: SessionId, client_id: &str) -> String {
    let text = format!("sid\n{session}\n{client_id}");
    base64url(&digest::digest(&digest::SHA256, text.as_bytes()).as_ref()[..16])
}

/// The sector: host of `sector_identifier_uri`, else the one host of the redirect URIs, else the client id. Addresses on
/// a person's own device are nobody's host: programs that have nothing to do with each other share them.
fn sector(application: &Application) -> String {
    let of_the_web = |uri: &String| Url::parse(uri).ok().filter(|url| url.scheme() == "https");
    let host = |uri: &String| of_the_web(uri).and_then(|url| url.host_str().map(str::to_owned));
    if let Some(uri) = &application.sector_identifier_uri {
        return host(uri).unwrap_or_else(|| application.client_id.clone());
    }
    // A device shows no redirect URI: whatever is registered proves nothing.
    if application.application_type.may_use(GrantType::DeviceCode) {
        return application.client_id.clone();
    }
    let mut hosts: Vec<_> = application.redirect_uris.iter().map(host).collect();
    hosts.sort();
    hosts.dedup();
    match hosts.as_slice() {
        [Some(one)] => one.clone(),
        _ => application.client_id.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portal::application::ApplicationType;
    use crate::portal::application::tests::sample;
    use crate::random::SeededRandom;
    use crate::time::Timestamp;

    fn pairwise(redirect_uris: &[&str], sector_identifier_uri: Option<&str>, client_id: &str) -> Application {
        Application {
            subject_type: SubjectType::Pairwise,
            redirect_uris: redirect_uris.iter().map(|uri| (*uri).to_owned()).collect(),
            sector_identifier_uri: sector_identifier_uri.map(str::to_owned),
            client_id: client_id.to_owned(),
            ..sample(ApplicationType::Web)
        }
    }

    #[test]
    fn pairwise_by_sector() {
        let key = PairwiseKey::new(&[1; 32]);
        let now = Timestamp::from_secs(1);
        let (ann, bob) = (UserId::new(now, &SeededRandom::new(1)), UserId::new(now, &SeededRandom::new(2)));
        let of = |application: &Application| subject(application, ann, &key);
        let one = pairwise(&["https://a.example/cb", "https://a.example/other"], None, "c1");
        let same = pairwise(&["https://b.example/cb"], Some("https://a.example/sector.json"), "c2");
        let other = pairwise(&["https://b.example/cb"], None, "c3");
        let mixed = pairwise(&["https://a.example/cb", "https://b.example/cb"], None, "c4");
        assert_eq!(of(&one).len(), 43);
        assert_eq!(of(&one), of(&same));
        assert_ne!(of(&one), of(&other));
        assert!(![of(&one), of(&other)].contains(&of(&mixed)));
        assert_ne!(of(&one), subject(&one, bob, &key));
        assert_ne!(of(&one), subject(&one, ann, &PairwiseKey::new(&[2; 32])));
    }

    #[test]
    fn addresses_on_a_device_are_no_sector() {
        let key = PairwiseKey::new(&[1; 32]);
        let ann = UserId::new(Timestamp::from_secs(1), &SeededRandom::new(1));
        let of = |uris: &[&str], client_id: &str| subject(&pairwise(uris, None, client_id), ann, &key);
        for uri in ["http://127.0.0.1/cb", "http://localhost:1/cb", "http://[::1]/cb", "com.example.app:/cb"] {
            assert_ne!(of(&[uri], "c1"), of(&[uri], "c2"), "{uri}");
            assert_eq!(of(&[uri, "https://a.example/cb"], "c1"), of(&[], "c1"), "{uri}: no one host");
        }
        assert_ne!(of(&["com.one.app://callback"], "c1"), of(&["org.two.app://callback"], "c2"), "one so-called host");
        let device = |client_id| Application {
            application_type: ApplicationType::Native,
            ..pairwise(&["https://a.example/cb"], None, client_id)
        };
        let of = |application: &Application| subject(application, ann, &key);
        assert_ne!(of(&device("c1")), of(&device("c2")), "no browser went to that host");
    }

    #[test]
    fn a_session_has_another_name_for_each_application() {
        let session = SessionId::new(Timestamp::from_secs(1), &SeededRandom::new(1));
        assert_eq!(session_id(session, "a"), session_id(session, "a"));
        assert_ne!(session_id(session, "a"), session_id(session, "b"));
        assert_eq!(session_id(session, "a").len(), 22);
    }

    #[test]
    fn public_is_the_user_id() {
        let ann = UserId::new(Timestamp::from_secs(1), &SeededRandom::new(1));
        assert_eq!(subject(&sample(ApplicationType::Web), ann, &PairwiseKey::new(&[1; 32])), ann.to_string());
    }
}
