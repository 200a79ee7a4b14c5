//! Operations out of the paths.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{Errors, MOST_OPERATIONS, Method, Operation, escape, scopes};

const METHODS: &[(&str, Method)] = &[
    ("get", Method::Get),
    ("head", Method::Head),
    ("post", Method::Post),
    ("put", Method::Put),
    ("patch", Method::Patch),
    ("delete", Method::Delete),
    ("options", Method::Options),
];

pub(super) fn read(root: &Map<String, Value>, errors: &mut Errors) -> Vec<Operation> {
    let Some(paths) = root.get("paths").and_then(Value::as_object) else {
        errors.add("/paths", "is required");
        return Vec::new();
    };
    let prefix = server_path(root, errors);
    let mut operations = Vec::new();
    let mut seen = HashSet::new();
    for (path, item) in paths.iter().filter(|(path, _)| !path.starts_with("x-")) {
        let pointer = format!("/paths/{}", escape(path));
        let Some(item) = item.as_object() else {
            errors.add(pointer, "must be an object");
            continue;
        };
        if !is_template(path) {
            errors.add(pointer, "a path begins with / and each {parameter} is a whole segment");
            continue;
        }
        check_item(item, &pointer, errors);
        for (member, method) in METHODS {
            let Some(operation) = item.get(*member) else { continue };
            let pointer = format!("{pointer}/{member}");
            let path_template = format!("{prefix}{path}");
            if !seen.insert((*method, shape(&path_template))) {
                errors.add(pointer, "another path of this document differs only in the names of its parameters");
                continue;
            }
            operations.push(Operation {
                method: *method,
                path_template,
                operation_id: operation.get("operationId").and_then(Value::as_str).map(str::to_owned),
                any_of_scopes: any_of_scopes(root, operation, &pointer, errors),
            });
        }
    }
    if operations.len() > MOST_OPERATIONS {
        errors.add("/paths", format!("more than {MOST_OPERATIONS} operations"));
        operations.clear();
    }
    operations
}

/// Members that would change what a path means in ways that are not read here.
fn check_item(item: &Map<String, Value>, pointer: &str, errors: &mut Errors) {
    for (member, message) in [
        ("$ref", "references between paths are not followed: write the path out"),
        ("servers", "servers of a single path are not read: put the path's prefix into the path"),
        ("trace", "TRACE is never served: it echoes tokens"),
    ] {
        if item.contains_key(member) {
            errors.add(format!("{pointer}/{member}"), message);
        }
    }
}

/// The method of a member of a path item.
pub(super) fn method(member: &str) -> Option<Method> {
    METHODS.iter().find(|(name, _)| *name == member).map(|(_, method)| *method)
}

/// The path of the first server's address, without a slash at the end; operations are served under it.
pub(super) fn server_path(root: &Map<String, Value>, errors: &mut Errors) -> String {
    let first = root.get("servers").and_then(|servers| servers.get(0)).and_then(|server| server.get("url"));
    let Some(address) = first.and_then(Value::as_str) else { return String::new() };
    let path = match address.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
        None => address,
    };
    let path = path.trim_end_matches('/');
    if path.contains(['{', '?', '#']) || !(path.is_empty() || path.starts_with('/')) {
        errors.add("/servers/0/url", "must be an address or a path without variables, query and fragment");
        return String::new();
    }
    path.to_owned()
}

/// Braces only around whole segments.
fn is_template(path: &str) -> bool {
    path.strip_prefix('/').is_some_and(|rest| {
        rest.split('/').all(|segment| {
            let inner = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(segment);
            !inner.contains(['{', '}']) && (segment != "{}")
        })
    })
}

/// The template without the names of its parameters: two of one shape answer to the same paths.
fn shape(template: &str) -> String {
    let segments = template.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

/// The alternatives of the operation's own `security`, else of the document's.
fn any_of_scopes(root: &Map<String, Value>, operation: &Value, pointer: &str, errors: &mut Errors) -> Vec<Vec<String>> {
    let (pointer, requirements) = match (operation.get("security"), root.get("security")) {
        (Some(own), _) => (format!("{pointer}/security"), own),
        (None, Some(all)) => ("/security".to_owned(), all),
        (None, None) => {
            errors.add(pointer, "no security requirement: name the scopes that may call this operation");
            return Vec::new();
        }
    };
    let Some(requirements) = requirements.as_array().filter(|requirements| !requirements.is_empty()) else {
        errors.add(pointer, "an operation without authorization cannot be behind the gate: name the scopes");
        return Vec::new();
    };
    let each = requirements.iter().enumerate();
    each.filter_map(|(at, requirement)| scopes_of(root, requirement, &format!("{pointer}/{at}"), errors)).collect()
}

fn scopes_of(
    root: &Map<String, Value>,
    requirement: &Value,
    pointer: &str,
    errors: &mut Errors,
) -> Option<Vec<String>> {
    let schemes = requirement.as_object().filter(|schemes| !schemes.is_empty());
    let Some(schemes) = schemes else {
        errors.add(pointer, "an empty requirement would let everybody call: name an OAuth 2.0 scheme and scopes");
        return None;
    };
    if let Some((name, _)) = schemes.iter().find(|(name, _)| !scopes::is_oauth(root, name)) {
        let message = "the gate checks OAuth 2.0 tokens only: this is no scheme of type oauth2 or openIdConnect";
        errors.add(format!("{pointer}/{}", escape(name)), message);
        return None;
    }
    let mut names: Vec<String> = Vec::new();
    for name in schemes.values().filter_map(Value::as_array).flatten().filter_map(Value::as_str) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    if names.is_empty() {
        errors.add(pointer, "names no scope: every application with any token for this API could call");
        return None;
    }
    Some(names)
}
