//! An API of the catalogue and its versions. Scopes, audience and entitlements hang on the API, not on a version.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::application_fields::check_web_address;
use crate::field::FieldError;
use crate::id::{ApiId, ApiVersionId};
use crate::identity::name;
use crate::oauth::authorization_server::{ServerId, check_audience, is_slug};
use crate::time::Timestamp;

/// Longest description in characters.
const LONGEST_DESCRIPTION: usize = 20_000;

/// Longest label of a version in characters.
const LONGEST_LABEL: usize = 64;

/// Most questions of a request form.
pub const MOST_QUESTIONS: usize = 20;

/// An API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Api {
    /// Its id.
    pub id: ApiId,
    /// Its name in addresses.
    pub slug: String,
    /// The server that gives out its tokens.
    pub server_id: ServerId,
    /// As people see it.
    pub name: String,
    /// Markdown.
    pub description: String,
    /// `aud` of its tokens; unique overall.
    pub audience: String,
    /// What is behind the gate; nothing for an API that is only described here.
    pub upstream: Option<Upstream>,
    /// What its tokens look like.
    pub token_format: TokenFormat,
    /// How many calls an application may make.
    pub plan: Plan,
    /// Who decides on access requests.
    pub review_policy: ReviewPolicy,
    /// What an access request must answer.
    pub request_questions: Vec<RequestQuestion>,
    /// Where its terms of use are; whoever asks for access accepts them.
    pub terms_url: Option<String>,
    /// Whether it is seen and served.
    pub state: ApiState,
    /// When it was made.
    pub created_at: Timestamp,
    /// Of the last change.
    pub updated_at: Timestamp,
    /// Rises with every change.
    pub version: i64,
}

/// A version of an API: one OpenAPI document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiVersion {
    /// Its id.
    pub id: ApiVersionId,
    /// Of which API.
    pub api_id: ApiId,
    /// As people name it; unique within the API.
    pub label: String,
    /// The OpenAPI document as it came in (JSON).
    pub document: String,
    /// Whether it is seen and served.
    pub state: VersionState,
    /// When it will be, or was, switched off.
    pub sunset_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Of the last change.
    pub updated_at: Timestamp,
}

crate::text_enum! {
    /// Whether an API is seen and served.
    ApiState, "API state" {
        /// Neither seen nor served.
        Draft = "draft",
        /// Seen and served.
        Published = "published",
        /// Served no more.
        Retired = "retired",
    }
}

crate::text_enum! {
    /// Whether a version is seen and served.
    VersionState, "version state" {
        /// Neither seen nor served.
        Draft = "draft",
        /// Seen and served.
        Published = "published",
        /// Served, but announced to end.
        Deprecated = "deprecated",
        /// Served no more.
        Retired = "retired",
    }
}

crate::text_enum! {
    /// What the tokens of an API look like.
    TokenFormat, "token format" {
        /// Signed, checked without asking.
        Jwt = "jwt",
        /// A reference that only the authorization server can read.
        Opaque = "opaque",
    }
}

/// Calls per window and application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Calls.
    pub limit: i64,
    /// Seconds of the window.
    pub window: i64,
}

impl Default for Plan {
    fn default() -> Self {
        Self { limit: 10, window: 60 }
    }
}

/// Who decides on access requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReviewPolicy {
    /// What is approved without a reviewer.
    pub auto_approve: AutoApprove,
    /// Whether organizations of free-mail addresses are declined at once.
    pub decline_free_mail: bool,
    /// Most scopes of one request.
    pub most_scopes: Option<u32>,
    /// How new redirect URIs of production applications that have access go live.
    pub redirect_uri_changes: RedirectUriChanges,
}

crate::text_enum! {
    /// How new redirect URIs of production applications that have access go live. Of several APIs the strictest counts.
    #[derive(Default)]
    RedirectUriChanges, "handling of redirect URI changes" {
        /// After a reviewer has approved them; the old ones work until then.
        #[default]
        Review = "review",
        /// When they are saved.
        AtOnce = "at_once",
    }
}

crate::text_enum! {
    /// What is approved without a reviewer.
    #[derive(Default)]
    AutoApprove, "auto-approval" {
        /// Nothing: people decide.
        #[default]
        Nothing = "nothing",
        /// Scopes of normal sensitivity.
        NormalScopes = "normal_scopes",
        /// Whatever a verified organization asks for.
        VerifiedOrganizations = "verified_organizations",
        /// Everything.
        Everything = "everything",
    }
}

/// A question of the request form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestQuestion {
    /// Key of the answer; never changes.
    pub name: String,
    /// The question.
    pub label: String,
    /// Whether it must be answered.
    pub required: bool,
}

/// What is behind the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upstream {
    /// The built-in Results API: `builtin:results`.
    Results,
}

/// An upstream that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// An address, for which the gate has no proxy yet.
    #[error("addresses cannot be upstreams yet: use builtin:results, or leave the upstream out")]
    NotYet,
    /// Anything else.
    #[error("an upstream is builtin:results")]
    Unknown,
}

impl FromStr for Upstream {
    type Err = UpstreamError;

    fn from_str(text: &str) -> Result<Self, UpstreamError> {
        match text {
            "builtin:results" => Ok(Self::Results),
            _ if text.starts_with("http://") || text.starts_with("https://") => Err(UpstreamError::NotYet),
            _ => Err(UpstreamError::Unknown),
        }
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Results => f.write_str("builtin:results"),
        }
    }
}

impl Serialize for Upstream {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Upstream {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Everything that is wrong with an API; empty when it can be saved.
pub fn check(api: &Api) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if !is_slug(&api.slug) {
        let message = "use 1 to 63 characters of a-z, 0-9 and -, not beginning with -";
        errors.push(FieldError::new("slug", "invalid", message));
    }
    if let Err(error) = name::parse(&api.name) {
        errors.push(FieldError::new("name", error.code(), error.to_string()));
    }
    if api.description.chars().count() > LONGEST_DESCRIPTION {
        let message = format!("use at most {LONGEST_DESCRIPTION} characters");
        errors.push(FieldError::new("description", "too_long", message));
    } else if api.description.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        errors.push(FieldError::new("description", "invalid_character", "leave out control characters"));
    }
    if let Err(error) = check_audience(&api.audience) {
        errors.push(error);
    }
    if !(1..=1_000_000_000).contains(&api.plan.limit) {
        errors.push(FieldError::new("plan.limit", "out_of_range", "use 1 to 1000000000 calls"));
    }
    if !(1..=86_400).contains(&api.plan.window) {
        errors.push(FieldError::new("plan.window", "out_of_range", "use 1 to 86400 seconds"));
    }
    check_questions(&api.request_questions, &mut errors);
    check_web_address("terms_url", api.terms_url.as_deref(), &mut errors);
    errors
}

fn check_questions(questions: &[RequestQuestion], errors: &mut Vec<FieldError>) {
    if questions.len() > MOST_QUESTIONS {
        let message = format!("ask at most {MOST_QUESTIONS} questions");
        errors.push(FieldError::new("request_questions", "too_many", message));
        return;
    }
    for (at, question) in questions.iter().enumerate() {
        let place = |field: &str| format!("request_questions[{at}].{field}");
        if !is_slug(&question.name) {
            let message = "use 1 to 63 characters of a-z, 0-9 and -, not beginning with -";
            errors.push(FieldError::new(place("name"), "invalid", message));
        } else if questions[..at].iter().any(|other| other.name == question.name) {
            errors.push(FieldError::new(place("name"), "duplicate", "name each question differently"));
        }
        if question.label.trim().is_empty() || question.label.chars().count() > 300 {
            errors.push(FieldError::new(place("label"), "invalid", "ask in 1 to 300 characters"));
        }
    }
}

/// Whether a text can label a version: 1–64 visible characters.
pub fn check_label(label: &str) -> Result<(), FieldError> {
    let good = (1..=LONGEST_LABEL).contains(&label.chars().count())
        && !label.chars().any(|c| c.is_control() || c.is_whitespace() || name::is_invisible(c));
    let message = format!("a version label has 1 to {LONGEST_LABEL} visible characters without blanks");
    if good { Ok(()) } else { Err(FieldError::new("label", "invalid", message)) }
}

/// A slug out of a name: `Results API` becomes `results-api`. `None` when nothing is left.
pub fn slug_of(name: &str) -> Option<String> {
    let mut slug = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(63);
    let slug = slug.trim_end_matches('-');
    (!slug.is_empty()).then(|| slug.to_owned())
}

/// A transition that the state of a version does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// Not from here.
    #[error("a {from} version cannot become {to}")]
    State {
        /// Where it stands.
        from: VersionState,
        /// What was asked for.
        to: VersionState,
    },
    /// A sunset in the past.
    #[error("the sunset must lie in the future")]
    Sunset,
}

impl ApiVersion {
    /// `draft | deprecated → published`.
    pub fn publish(&self, now: Timestamp) -> Result<Self, VersionError> {
        self.change(VersionState::Published, &[VersionState::Draft, VersionState::Deprecated], None, now)
    }

    /// `published | deprecated → deprecated`, with the day on which it will be switched off.
    pub fn deprecate(&self, sunset_at: Option<Timestamp>, now: Timestamp) -> Result<Self, VersionError> {
        if sunset_at.is_some_and(|at| at <= now) {
            return Err(VersionError::Sunset);
        }
        let from = &[VersionState::Published, VersionState::Deprecated];
        self.change(VersionState::Deprecated, from, sunset_at, now)
    }

    /// `draft | published | deprecated → retired`.
    pub fn retire(&self, now: Timestamp) -> Result<Self, VersionError> {
        let from = &[VersionState::Draft, VersionState::Published, VersionState::Deprecated];
        self.change(VersionState::Retired, from, self.sunset_at.or(Some(now)), now)
    }

    /// Whether the gate answers for it.
    pub fn is_served(&self) -> bool {
        matches!(self.state, VersionState::Published | VersionState::Deprecated)
    }

    fn change(
        &self,
        to: VersionState,
        from: &[VersionState],
        sunset_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Self, VersionError> {
        if !from.contains(&self.state) {
            return Err(VersionError::State { from: self.state, to });
        }
        Ok(Self { state: to, sunset_at, updated_at: now, ..self.clone() })
    }
}

#[cfg(test)]
mod tests;
