//! From a normalised path and a method to an operation of an API.
//!
//! Templates are those of OpenAPI: a segment is fixed text or one parameter (`{sessionId}`). Fixed text goes before a
//! parameter. A template that another route already answers to, or that begins with a segment of our own pages and
//! endpoints, is refused when the table is built.

use std::collections::HashMap;

use http::Method;

use crate::path::{Path, is_versioned};

/// First segments that belong to Gatehouse itself: an API cannot be put in front of them.
pub const RESERVED: &[&str] = &[
    ".well-known",
    "admin",
    "api",
    "apis",
    "applications",
    "assets",
    "connected-applications",
    "device",
    "docs",
    "favicon.ico",
    "forgot-password",
    "healthz",
    "invitations",
    "manage",
    "metrics",
    "oauth2",
    "organizations",
    "profile",
    "readyz",
    "requests",
    "reset-password",
    "reveal",
    "review",
    "robots.txt",
    "set-up",
    "sign-in",
    "sign-out",
    "sign-up",
    "verify-email",
    "workspaces",
];

/// Which operation of which API: places in the lists of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Place of the API.
    pub api: usize,
    /// Place of the operation within the API.
    pub operation: usize,
}

/// Why a template cannot be a route.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// Not a path, or not in its canonical spelling.
    #[error("`{0}` is no path template in canonical spelling, such as /v2/things/{{id}}")]
    Malformed(String),
    /// Begins with a segment of our own.
    #[error("`{0}` begins with a segment that belongs to Gatehouse itself")]
    Reserved(String),
    /// Another route answers to the same method and path.
    #[error("`{0}` is answered by another route already")]
    Taken(String),
}

/// What the table says of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// This operation.
    Found(Target),
    /// The path exists with other methods, named as `Allow` wants them.
    MethodNotAllowed(String),
    /// Nothing is there.
    NotFound,
}

/// All routes.
#[derive(Clone, Debug, Default)]
pub struct RouteTable {
    root: Node,
}

#[derive(Clone, Debug, Default)]
struct Node {
    fixed: HashMap<Box<str>, Node>,
    parameter: Option<Box<Node>>,
    methods: Vec<(Method, Target)>,
}

enum Segment<'a> {
    Fixed(&'a str),
    Parameter,
}

impl RouteTable {
    /// Adds a route.
    ///
    /// # Errors
    /// See [`RouteError`]; the table stays as it was.
    pub fn insert(&mut self, method: &Method, template: &str, target: Target) -> Result<(), RouteError> {
        let segments = parse_template(template).ok_or_else(|| RouteError::Malformed(template.to_owned()))?;
        match segments.first() {
            Some(Segment::Fixed(first)) if RESERVED.contains(first) => {
                return Err(RouteError::Reserved(template.to_owned()));
            }
            // A parameter in the first place would stand for our own segments too.
            Some(Segment::Parameter) => return Err(RouteError::Reserved(template.to_owned())),
            _ => {}
        }
        let mut node = &mut self.root;
        for segment in segments {
            node = match segment {
                Segment::Fixed(text) => node.fixed.entry(text.into()).or_default(),
                Segment::Parameter => node.parameter.get_or_insert_default(),
            };
        }
        if node.methods.iter().any(|(taken, _)| taken == method) {
            return Err(RouteError::Taken(template.to_owned()));
        }
        node.methods.push((method.clone(), target));
        Ok(())
    }

    /// Whether a path that is not normalised yet begins like one of the gate: with `v` and a number, `api`, or the first
    /// segment of a route. The gate then answers, even if only with 404.
    pub fn is_ours(&self, raw: &str) -> bool {
        let first = raw.strip_prefix('/').and_then(|rest| rest.split('/').next()).unwrap_or_default();
        first == "api" || is_versioned(raw) || self.root.fixed.contains_key(first)
    }

    /// Finds the operation. `HEAD` is served where `GET` is (RFC 9110 §9.3.2).
    pub fn find(&self, method: &Method, path: &Path<'_>) -> Lookup {
        let segments: Vec<&str> = path.segments().collect();
        let Some((node, last)) = self.root.walk(&segments, Last::Fixed) else { return Lookup::NotFound };
        if path.had_trailing_slash() && last == Last::Parameter {
            return Lookup::NotFound;
        }
        node.method(method)
    }
}

/// Of which kind the last segment of the found template is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    Fixed,
    Parameter,
}

impl Node {
    /// Depth is bounded by the number of segments; both branches are tried only where templates share a prefix.
    fn walk(&self, segments: &[&str], last: Last) -> Option<(&Node, Last)> {
        let Some((first, rest)) = segments.split_first() else {
            return (!self.methods.is_empty()).then_some((self, last));
        };
        let fixed = self.fixed.get(*first).and_then(|node| node.walk(rest, Last::Fixed));
        fixed.or_else(|| self.parameter.as_ref()?.walk(rest, Last::Parameter))
    }

    fn method(&self, method: &Method) -> Lookup {
        let find = |wanted: &Method| self.methods.iter().find(|(have, _)| have == wanted).map(|(_, target)| *target);
        let found = find(method).or_else(|| if method == Method::HEAD { find(&Method::GET) } else { None });
        found.map_or_else(|| Lookup::MethodNotAllowed(self.allow()), Lookup::Found)
    }

    fn allow(&self) -> String {
        let mut names: Vec<&str> = self.methods.iter().map(|(method, _)| method.as_str()).collect();
        if names.contains(&"GET") && !names.contains(&"HEAD") {
            names.push("HEAD");
        }
        names.sort_unstable();
        names.join(", ")
    }
}

fn parse_template(template: &str) -> Option<Vec<Segment<'_>>> {
    let segments = template.strip_prefix('/')?.split('/').map(parse_segment).collect::<Option<Vec<_>>>()?;
    // `/api/v2/…` is an alias and would never be looked up.
    let aliased = template.strip_prefix("/api").is_some_and(is_versioned);
    (!segments.is_empty() && !aliased).then_some(segments)
}

fn parse_segment(text: &str) -> Option<Segment<'_>> {
    if let Some(name) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        return (!name.is_empty() && !name.contains(['{', '}'])).then_some(Segment::Parameter);
    }
    let whole = format!("/{text}");
    let canonical = Path::parse(&whole).is_ok_and(|path| path.as_str() == whole && whole.len() > 1);
    canonical.then_some(Segment::Fixed(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEMPLATES: &[&str] = &[
        "/v2/sessionResults",
        "/v2/sessionResults/{sessionId}",
        "/v2/sessionResults/{sessionId}/transcript",
        "/v2/sessionResults/latest/{part}",
        "/v3/sessionResults/{sessionId}",
    ];

    fn table() -> RouteTable {
        let mut table = RouteTable::default();
        for (operation, template) in TEMPLATES.iter().enumerate() {
            table.insert(&Method::GET, template, Target { api: 0, operation }).expect(template);
        }
        table.insert(&Method::POST, TEMPLATES[0], Target { api: 0, operation: 9 }).expect("another method");
        table
    }

    fn find(method: &Method, path: &str) -> Lookup {
        table().find(method, &Path::parse(path).expect(path))
    }

    fn found(operation: usize) -> Lookup {
        Lookup::Found(Target { api: 0, operation })
    }

    #[test]
    fn finds_operations() {
        for (path, operation) in [
            ("/v2/sessionResults", 0),
            ("/v2/sessionResults/", 0),
            ("/api/v2/sessionResults", 0),
            ("/api/v2/sessionResults/", 0),
            ("/v2/sessionResults/x", 1),
            ("/v2/sessionResults/latest", 1),
            ("/v2/sessionResults/x/transcript", 2),
            ("/v2/sessionResults/x/transcript/", 2),
            ("/v2/sessionResults/latest/transcript", 3),
            ("/v3/sessionResults/x", 4),
            ("/api/v3/sessionResults/x", 4),
        ] {
            assert_eq!(find(&Method::GET, path), found(operation), "{path}");
            assert_eq!(find(&Method::HEAD, path), found(operation), "HEAD {path}");
        }
        assert_eq!(find(&Method::POST, "/v2/sessionResults"), found(9));
    }

    #[test]
    fn finds_nothing_else() {
        for path in [
            "/",
            "/v2",
            "/v2/",
            "/v2/sessionresults",
            "/V2/sessionResults",
            "/v2/sessionResults/x/",
            "/v2/sessionResults/x/y",
            "/v2/sessionResults/x/transcript/y",
            "/v2/sessionResults/latest/x/",
            "/v3/sessionResults",
            "/api/sessionResults",
            "/api/api/v2/sessionResults",
        ] {
            assert_eq!(find(&Method::GET, path), Lookup::NotFound, "{path}");
        }
    }

    #[test]
    fn knows_its_own_beginnings() {
        let mut table = table();
        table.insert(&Method::GET, "/pets/{id}", Target { api: 1, operation: 0 }).expect("inserts");
        for path in ["/v2", "/v2/", "/v9/x", "/v2//x", "/v2/%2e", "/api", "/api/x", "/pets", "/pets/1/2"] {
            assert!(table.is_ours(path), "{path}");
        }
        for path in ["/", "", "//v2/x", "/apis", "/v", "/v2x", "/sign-in", "/%76%32/x", "/PETS"] {
            assert!(!table.is_ours(path), "{path}");
        }
    }

    #[test]
    fn names_the_methods_that_work() {
        for (method, path, allow) in [
            (Method::DELETE, "/v2/sessionResults", "GET, HEAD, POST"),
            (Method::POST, "/v2/sessionResults/x", "GET, HEAD"),
            (Method::OPTIONS, "/v3/sessionResults/x", "GET, HEAD"),
        ] {
            assert_eq!(find(&method, path), Lookup::MethodNotAllowed(allow.to_owned()));
        }
    }

    #[test]
    fn refuses_templates() {
        let mut table = table();
        for template in [
            "",
            "v2",
            "/",
            "/v2/",
            "/v2//x",
            "/v2/x{id}",
            "/v2/{}",
            "/v2/{a}{b}",
            "/v2/%2e",
            "/v2/..",
            "/v2/a;b",
            "/v2/%c3%a9",
            "/api/v2/x",
        ] {
            let error = table.insert(&Method::GET, template, Target { api: 1, operation: 0 });
            assert_eq!(error, Err(RouteError::Malformed(template.to_owned())), "{template}");
        }
        for template in ["/oauth2/x", "/manage/v1/apis", "/sign-in", "/{any}/x", "/api/x", "/.well-known/x"] {
            let error = table.insert(&Method::GET, template, Target { api: 1, operation: 0 });
            assert_eq!(error, Err(RouteError::Reserved(template.to_owned())), "{template}");
        }
        let template = "/v2/sessionResults/{other}";
        let error = table.insert(&Method::GET, template, Target { api: 1, operation: 0 });
        assert_eq!(error, Err(RouteError::Taken(template.to_owned())));
    }

    proptest! {
        /// What is found is what a plain segment-by-segment reading of the forwarded path gives: an upstream that
        /// reads the forwarded path by the same templates comes to the same operation.
        #[test]
        fn matches_what_is_forwarded(raw in "(/api)?/v[23]/(sessionResults|SessionResults|s%65ssionResults)(/(latest|transcript|[a-b.%;2eE]{0,5})){0,3}/?") {
            let Ok(path) = Path::parse(&raw) else { return Ok(()) };
            let Lookup::Found(target) = table().find(&Method::GET, &path) else { return Ok(()) };
            let forwarded: Vec<&str> = path.as_str().split('/').collect();
            let template: Vec<&str> = TEMPLATES[target.operation].split('/').collect();
            prop_assert_eq!(forwarded.len(), template.len());
            for (have, want) in forwarded.iter().zip(template) {
                let decoded = percent_encoding::percent_decode_str(have).decode_utf8().expect("UTF-8");
                prop_assert!(want.starts_with('{') || decoded == want, "{} read as {}", raw, want);
                prop_assert!(!decoded.contains(['/', '\\', ';', '\0']) && decoded != "." && decoded != "..");
            }
        }
    }
}
