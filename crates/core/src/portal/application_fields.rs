//! What the fields of an application must be: a row of named checks over the assembled value, the same for a new
//! application and for a changed one. Each failed check names its field, what is wrong and what to do.

mod addresses;

use std::collections::BTreeSet;

use self::addresses::check_https_address;
pub(super) use self::addresses::check_web_address;
use super::application::{Application, ApplicationType, ClientAuthMethod, SignInScope, SubjectType};
use crate::field::FieldError;
use crate::identity::email::Email;
use crate::identity::name;
use crate::oauth::redirect_uri;

/// Longest description, in characters.
pub const MAX_DESCRIPTION: usize = 2_000;
/// Most contact addresses.
pub const MAX_CONTACTS: usize = 10;
/// Longest key set, in bytes as JSON.
pub const MAX_JWKS: usize = 32 * 1024;

/// Everything that is wrong with the fields of an application; empty when it can be saved.
pub fn check(application: &Application) -> Vec<FieldError> {
    let mut errors = Vec::new();
    check_name(application, &mut errors);
    check_description(application, &mut errors);
    check_web_address("homepage", application.homepage.as_deref(), &mut errors);
    check_https_address("logo_url", application.logo_url.as_deref(), application.environment, &mut errors);
    check_contacts(application, &mut errors);
    check_redirect_uris(application, &mut errors);
    check_auth_methods(application, &mut errors);
    check_pkce(application, &mut errors);
    check_subject_type(application, &mut errors);
    check_backchannel_logout(application, &mut errors);
    check_max_age(application, &mut errors);
    check_sign_in_scopes(application, &mut errors);
    check_keys(application, &mut errors);
    errors
}

fn check_name(application: &Application, errors: &mut Vec<FieldError>) {
    match name::parse(&application.name) {
        Err(error) => errors.push(FieldError::new("name", error.code(), error.to_string())),
        Ok(stored) if stored != application.name => {
            let message = "leave out blanks at the ends, and write letters with marks as one character (NFC)";
            errors.push(FieldError::new("name", "invalid_character", message));
        }
        Ok(_) => {}
    }
}

fn check_description(application: &Application, errors: &mut Vec<FieldError>) {
    let Some(description) = &application.description else { return };
    let unseen = |c: char| (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || name::is_invisible(c);
    if description.chars().count() > MAX_DESCRIPTION {
        let message = format!("use at most {MAX_DESCRIPTION} characters");
        errors.push(FieldError::new("description", "too_long", message));
    } else if description.chars().any(unseen) {
        let message = "use visible characters and line ends only";
        errors.push(FieldError::new("description", "invalid_character", message));
    }
}

fn check_contacts(application: &Application, errors: &mut Vec<FieldError>) {
    if application.contacts.len() > MAX_CONTACTS {
        errors.push(FieldError::new("contacts", "too_many", format!("name at most {MAX_CONTACTS} addresses")));
        return;
    }
    for (at, contact) in application.contacts.iter().enumerate() {
        if let Err(error) = Email::parse(contact) {
            errors.push(FieldError::new(format!("contacts[{at}]"), error.code(), error.to_string()));
        }
    }
}

fn check_redirect_uris(application: &Application, errors: &mut Vec<FieldError>) {
    let lists = [
        ("redirect_uris", &application.redirect_uris),
        ("post_logout_redirect_uris", &application.post_logout_redirect_uris),
    ];
    for (field, uris) in lists {
        check_uri_list(application, field, uris, errors);
    }
    if application.application_type == ApplicationType::Browser && application.redirect_uris.is_empty() {
        let message = "a browser application signs people in: register at least one redirect URI";
        errors.push(FieldError::new("redirect_uris", "required", message));
    }
}

fn check_uri_list(application: &Application, field: &str, uris: &[String], errors: &mut Vec<FieldError>) {
    if application.application_type == ApplicationType::Service && !uris.is_empty() {
        let message =
            "a service application signs nobody in and has no redirect URIs: create a web application for that";
        errors.push(FieldError::new(field, "not_allowed", message));
        return;
    }
    if uris.len() > redirect_uri::MAX_URIS {
        let message = format!("register at most {} addresses", redirect_uri::MAX_URIS);
        errors.push(FieldError::new(field, "too_many", message));
        return;
    }
    for (at, uri) in uris.iter().enumerate() {
        let place = || format!("{field}[{at}]");
        if let Err(error) = redirect_uri::check(uri, application.application_type, application.environment) {
            errors.push(FieldError::new(place(), error.code(), error.to_string()));
        } else if uris[..at].contains(uri) {
            errors.push(FieldError::new(place(), "duplicate", "this address is in the list already"));
        }
    }
}

fn check_auth_methods(application: &Application, errors: &mut Vec<FieldError>) {
    let field = "token_endpoint_auth_methods";
    let methods = &application.token_endpoint_auth_methods;
    let different: BTreeSet<_> = methods.iter().collect();
    let public = methods.contains(&ClientAuthMethod::None);
    if methods.is_empty() {
        errors.push(FieldError::new(field, "required", "name at least one method"));
    } else if different.len() != methods.len() {
        errors.push(FieldError::new(field, "duplicate", "name each method once"));
    } else if application.application_type.is_confidential() && public {
        let message = "web and service applications must authenticate: `none` is for browser and native ones";
        errors.push(FieldError::new(field, "not_allowed", message));
    } else if !application.application_type.is_confidential() && different.len() + usize::from(!public) > 1 {
        let message = "browser and native applications keep no secret: only `none` is possible";
        errors.push(FieldError::new(field, "not_allowed", message));
    }
}

fn check_pkce(application: &Application, errors: &mut Vec<FieldError>) {
    if !application.require_pkce && !application.application_type.is_confidential() {
        let message = "browser and native applications cannot do without PKCE";
        errors.push(FieldError::new("require_pkce", "not_allowed", message));
    }
}

fn check_subject_type(application: &Application, errors: &mut Vec<FieldError>) {
    let sector = application.sector_identifier_uri.as_deref();
    check_https_address("sector_identifier_uri", sector, application.environment, errors);
    let hosts: BTreeSet<_> = application.redirect_uris.iter().filter_map(|uri| redirect_uri::host(uri)).collect();
    if application.subject_type == SubjectType::Pairwise && sector.is_none() && hosts.len() > 1 {
        let message = "pairwise subjects over several hosts need a sector identifier URI (OpenID Connect Core, 8.1)";
        errors.push(FieldError::new("sector_identifier_uri", "required", message));
    }
}

fn check_backchannel_logout(application: &Application, errors: &mut Vec<FieldError>) {
    let uri = application.backchannel_logout_uri.as_deref();
    check_https_address("backchannel_logout_uri", uri, application.environment, errors);
    if uri.is_some() && application.application_type == ApplicationType::Service {
        let message = "a service application signs nobody in, and hears of nobody who signs out";
        errors.push(FieldError::new("backchannel_logout_uri", "not_allowed", message));
    }
    if uri.is_none() && application.backchannel_logout_session_required {
        let message = "without a back-channel logout URI there is nobody to send a session id to";
        errors.push(FieldError::new("backchannel_logout_session_required", "not_allowed", message));
    }
}

fn check_max_age(application: &Application, errors: &mut Vec<FieldError>) {
    if application.default_max_age.is_some_and(|seconds| !(0..=31_536_000).contains(&seconds)) {
        let message = "give seconds between 0 and 31536000 (a year)";
        errors.push(FieldError::new("default_max_age", "out_of_range", message));
    }
}

fn check_sign_in_scopes(application: &Application, errors: &mut Vec<FieldError>) {
    let field = "sign_in_scopes";
    let scopes = &application.sign_in_scopes;
    let different: BTreeSet<_> = scopes.iter().collect();
    if different.len() != scopes.len() {
        errors.push(FieldError::new(field, "duplicate", "name each scope once"));
    } else if application.application_type == ApplicationType::Service && !scopes.is_empty() {
        let message = "a service application signs nobody in";
        errors.push(FieldError::new(field, "not_allowed", message));
    } else if !scopes.is_empty()
        && !scopes.contains(&SignInScope::Openid)
        && different.len() > usize::from(scopes.contains(&SignInScope::OfflineAccess))
    {
        let message = "profile, email, address and phone need `openid` (OpenID Connect Core, 5.4)";
        errors.push(FieldError::new(field, "openid_missing", message));
    }
}

fn check_keys(application: &Application, errors: &mut Vec<FieldError>) {
    check_https_address("jwks_uri", application.jwks_uri.as_deref(), application.environment, errors);
    if application.jwks.is_some() && application.jwks_uri.is_some() {
        let message = "give the keys or their address, not both (RFC 7591, 2)";
        errors.push(FieldError::new("jwks", "not_allowed", message));
    }
    if let Some(jwks) = &application.jwks {
        check_key_set(jwks, errors);
    }
    let signs = application.token_endpoint_auth_methods.contains(&ClientAuthMethod::PrivateKeyJwt);
    if signs && application.jwks.is_none() && application.jwks_uri.is_none() {
        errors.push(FieldError::new("jwks", "required", "private_key_jwt needs the public keys or their address"));
    }
}

fn check_key_set(jwks: &serde_json::Value, errors: &mut Vec<FieldError>) {
    let keys = jwks.get("keys").and_then(serde_json::Value::as_array);
    let Some(keys) = keys.filter(|keys| !keys.is_empty() && keys.iter().all(serde_json::Value::is_object)) else {
        let message = "write a JSON Web Key Set: {\"keys\": [{…}]} (RFC 7517, 5)";
        errors.push(FieldError::new("jwks", "invalid_jwks", message));
        return;
    };
    // RFC 7518 §6: members that only private or symmetric keys have.
    let private = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
    if keys.iter().any(|key| private.iter().any(|member| key.get(member).is_some())) {
        let message = "this set holds a private key: make a new pair and register the public half only";
        errors.push(FieldError::new("jwks", "private_key", message));
    } else if jwks.to_string().len() > MAX_JWKS {
        errors.push(FieldError::new("jwks", "too_long", format!("use at most {MAX_JWKS} bytes")));
    }
}

#[cfg(test)]
mod tests;
