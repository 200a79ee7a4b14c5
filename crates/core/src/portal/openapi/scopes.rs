//! Scopes out of the security schemes.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{DescribedScope, Errors, escape};
use crate::oauth::grant_type::GrantType;

/// The flows that there are here, and the grant types by which they are served. `implicit` and `password` are gone
/// from OAuth 2.1 and are passed over. OpenAPI cannot name the device flow before 3.2: what customers may allow an
/// application in their browser, they may allow it on a device.
const FLOWS: &[(&str, &[GrantType])] = &[
    ("clientCredentials", &[GrantType::ClientCredentials]),
    ("authorizationCode", &[GrantType::AuthorizationCode, GrantType::DeviceCode]),
];

pub(super) fn read(root: &Map<String, Value>, errors: &mut Errors) -> Vec<DescribedScope> {
    let mut scopes: BTreeMap<String, DescribedScope> = BTreeMap::new();
    for (scheme_name, scheme) in schemes(root) {
        let pointer = format!("/components/securitySchemes/{}", escape(scheme_name));
        if scheme.get("$ref").is_some() {
            errors.add(pointer, "references are not followed here: write the scheme out");
            continue;
        }
        for (flow, grant_types) in FLOWS {
            let listed = scheme.pointer(&format!("/flows/{flow}/scopes")).and_then(Value::as_object);
            for (name, description) in listed.into_iter().flatten() {
                let scope = scopes.entry(name.clone()).or_insert_with(|| DescribedScope {
                    name: name.clone(),
                    description: description.as_str().unwrap_or_default().trim().to_owned(),
                    grant_types: Vec::new(),
                });
                let new = grant_types.iter().filter(|one| !scope.grant_types.contains(one)).copied();
                scope.grant_types.extend(new.collect::<Vec<_>>());
            }
        }
    }
    scopes.into_values().collect()
}

/// Whether the security scheme of this name gives OAuth 2.0 tokens.
pub(super) fn is_oauth(root: &Map<String, Value>, scheme_name: &str) -> bool {
    schemes(root)
        .find(|(name, _)| *name == scheme_name)
        .and_then(|(_, scheme)| scheme.get("type")?.as_str())
        .is_some_and(|kind| matches!(kind, "oauth2" | "openIdConnect"))
}

fn schemes(root: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    let schemes = root.get("components").and_then(|components| components.get("securitySchemes"));
    schemes.and_then(Value::as_object).into_iter().flatten()
}
