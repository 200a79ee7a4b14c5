//! The fields of the form: what they are called, what becomes of them, and where its errors stand.

use std::collections::BTreeMap;

use gatehouse_core::portal::api::Api;
use gatehouse_core::portal::application::ApplicationType;
use gatehouse_core::random::Random;
use gatehouse_core::secret::public_id;

use crate::actions::FieldError;
use crate::actions::access_requests::{Apply, Details, NewApplicant, Options};
use crate::portal::form::{Fields, Times};
use crate::portal::form_errors::FormErrors;
use crate::portal::visitor::SignedIn;

/// Fields that are sent once, in the order of the page; the API's questions come after `expected_volume`.
const ONCE: [&str; 16] = [
    "do",
    "form",
    "application",
    "application_id",
    "name",
    "description",
    "type",
    "redirect_uris",
    "environment",
    "organization",
    "organization_name",
    "api_user",
    "purpose",
    "audience",
    "expected_volume",
    "terms_accepted",
];
/// Of which several are ticked.
const SCOPES: &str = "scopes";
/// Likewise: what the application may ask of the people who sign in.
const SIGN_IN_SCOPES: &str = "sign_in_scopes";
/// Before the name of a question.
const ANSWERS: &str = "answers.";

/// What the pressed button wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Submit,
    Save,
    Discard,
}

impl Wanted {
    /// Enter in a field presses the first button, which submits.
    pub(super) fn of(fields: &Fields) -> Option<Self> {
        match text(fields, "do") {
            "" | "submit" => Some(Self::Submit),
            "save" => Some(Self::Save),
            "discard" => Some(Self::Discard),
            _ => None,
        }
    }
}

/// How often each field of the form of this API may be sent.
pub(super) fn times(name: &str, api: &Api) -> Option<Times> {
    let asks = |question: &str| api.request_questions.iter().any(|known| known.name == question);
    match name {
        SCOPES | SIGN_IN_SCOPES => Some(Times::Often),
        _ if ONCE.contains(&name) || name.strip_prefix(ANSWERS).is_some_and(asks) => Some(Times::Once),
        _ => None,
    }
}

/// The value of a field; empty when it was not sent.
pub(super) fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).and_then(|values| values.first()).map_or("", String::as_str)
}

/// The ticked scopes.
pub(super) fn scopes(fields: &Fields) -> &[String] {
    fields.get(SCOPES).map_or(&[], Vec::as_slice)
}

/// What is ticked of [`SIGN_IN_SCOPES`].
pub(super) fn sign_in_scopes(fields: &Fields) -> &[String] {
    fields.get(SIGN_IN_SCOPES).map_or(&[], Vec::as_slice)
}

/// What a draft keeps: neither the button nor the consent to the terms.
pub(super) fn draft_of(fields: &Fields) -> Fields {
    let kept = fields.iter().filter(|(name, _)| !matches!(name.as_str(), "do" | "terms_accepted"));
    kept.map(|(name, values)| (name.clone(), values.clone())).collect()
}

/// The first choices of somebody who has chosen nothing yet, and the number of the form, under which it asks once.
pub(super) fn with_defaults(
    mut fields: Fields,
    (options, signed_in): (&Options, &SignedIn),
    application: Option<&str>,
    random: &dyn Random,
) -> Fields {
    let mut set = |name: &str, value: String| {
        if !value.is_empty() {
            fields.entry(name.to_owned()).or_insert_with(|| vec![value]);
        }
    };
    let chosen =
        options.applications.iter().find(|asker| Some(asker.application.id.to_string().as_str()) == application);
    if let Some(asker) = chosen {
        set("application", "existing".to_owned());
        set("application_id", asker.application.id.to_string());
    }
    set("form", public_id(random));
    set("application", "new".to_owned());
    set("environment", "production".to_owned());
    let organization = options.organizations.first().map_or("new".to_owned(), |(id, _)| id.to_string());
    set("organization", organization);
    if signed_in.user.is_verified() {
        set("api_user", signed_in.user.id.to_string());
    }
    fields
}

/// The answers of an earlier request, for asking again: the scopes that the application has not got since.
pub(super) fn from_request(details: &Details, options: &Options) -> Fields {
    let request = &details.request;
    let asker = options.applications.iter().find(|asker| asker.application.id == request.application_id);
    let held = |name: &String| asker.is_some_and(|asker| asker.held.contains(name));
    let mut fields = Fields::new();
    let mut set = |name: String, value: &str| drop(fields.insert(name, vec![value.to_owned()]));
    if asker.is_some() {
        set("application".to_owned(), "existing");
        set("application_id".to_owned(), &request.application_id.to_string());
    }
    set("purpose".to_owned(), &request.integration.purpose);
    set("audience".to_owned(), &request.integration.audience);
    set("expected_volume".to_owned(), &request.integration.expected_volume);
    for (name, answer) in &request.answers {
        set(format!("{ANSWERS}{name}"), answer);
    }
    let scopes = request.scopes.iter().map(|scope| scope.scope.clone()).filter(|name| !held(name));
    fields.insert(SCOPES.to_owned(), scopes.collect());
    let of_people = request.sign_in_scopes.iter();
    let of_people = of_people
        .filter(|scope| !asker.is_some_and(|asker| asker.application.sign_in_scopes.contains(scope)))
        .map(ToString::to_string);
    fields.insert(SIGN_IN_SCOPES.to_owned(), of_people.collect());
    fields
}

/// What the form asks for. What cannot be read is left out, and the action says that it is missing.
pub(super) fn apply_of(slug: &str, fields: &Fields) -> Apply {
    let field = |name: &str| text(fields, name);
    let is_new = field("application") != "existing";
    let answer = |(name, values): (&String, &Vec<String>)| {
        Some((name.strip_prefix(ANSWERS)?.to_owned(), values.first()?.clone())).filter(|(_, text)| !text.is_empty())
    };
    Apply {
        api: slug.to_owned(),
        application_id: if is_new { None } else { field("application_id").parse().ok() },
        application: is_new.then(|| applicant(fields)),
        scopes: scopes(fields).to_vec(),
        // The ticks are put away for a new service, and may have been set before its kind was chosen.
        sign_in_scopes: match field("type").parse() {
            Ok(ApplicationType::Service) if is_new => Vec::new(),
            _ => sign_in_scopes(fields).iter().filter_map(|name| name.parse().ok()).collect(),
        },
        purpose: field("purpose").to_owned(),
        audience: field("audience").to_owned(),
        expected_volume: field("expected_volume").to_owned(),
        answers: fields.iter().filter_map(answer).collect::<BTreeMap<_, _>>(),
        terms_accepted: field("terms_accepted") == "yes",
        idempotency_key: Some(field("form").to_owned()).filter(|key| !key.is_empty()),
        developer: None,
    }
}

fn applicant(fields: &Fields) -> NewApplicant {
    let field = |name: &str| text(fields, name);
    let application_type: Option<ApplicationType> = field("type").parse().ok();
    let makes_organization = field("organization") == "new";
    // Only an application that gets tokens for itself sees anything as its API user.
    let acts_alone = application_type.is_none_or(ApplicationType::is_confidential);
    NewApplicant {
        organization_id: field("organization").parse().ok(),
        organization_name: makes_organization.then(|| field("organization_name").to_owned()),
        name: field("name").to_owned(),
        application_type,
        environment: field("environment").parse().ok(),
        description: Some(field("description").to_owned()),
        redirect_uris: lines(field("redirect_uris")).map(|(_, line)| line.to_owned()).collect(),
        api_user: Some(field("api_user").to_owned()).filter(|user| acts_alone && !user.is_empty()),
    }
}

/// Lines that are not blank, with their numbers as people count them.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().zip(1..).map(|(line, number)| (number, line.trim())).filter(|(_, line)| !line.is_empty())
}

/// The errors of the action at the fields of the form, in the order of the page.
pub(super) fn errors(errors: &[FieldError], fields: &Fields, api: &Api) -> FormErrors {
    let mut placed: Vec<FieldError> = errors.iter().map(|error| placed(error, fields)).collect();
    placed.sort_by_key(|error| position(&error.field, api));
    FormErrors::new(&placed)
}

fn placed(error: &FieldError, fields: &Fields) -> FieldError {
    let field = error.field.strip_prefix("application.").unwrap_or(&error.field);
    let indexed = |list: &str| field.strip_prefix(list)?.strip_prefix('[')?.strip_suffix(']')?.parse::<usize>().ok();
    if let Some(at) = indexed("redirect_uris") {
        let line = lines(text(fields, "redirect_uris")).nth(at).map_or(at + 1, |(number, _)| number);
        return FieldError::new("redirect_uris", error.code, format!("line {line}: {}", error.message));
    }
    let (field, message) = match (field, error.code) {
        ("organization_id", "required") => {
            ("organization", "choose the organization that owns the application".to_owned())
        }
        ("organization_id", _) => ("organization", error.message.clone()),
        ("organization_name", "required") => ("organization_name", "enter the name of your organization".to_owned()),
        ("name", "required") => ("name", "enter a name for the application".to_owned()),
        ("type", "required") => ("type", "choose what kind of application it is".to_owned()),
        ("purpose", "required") => ("purpose", "say what your integration does".to_owned()),
        ("scopes", "required") => ("scopes", "choose at least one scope".to_owned()),
        ("sign_in_scopes", "openid_missing") => {
            let message =
                "tick “Know that it is you” (openid) as well: what else you have ticked about people needs it";
            (field, message.to_owned())
        }
        ("application_id", "required") => ("application_id", "choose the application that asks".to_owned()),
        ("developer", _) => ("organization", error.message.clone()),
        ("idempotency_key", _) => ("form", error.message.clone()),
        _ if indexed("scopes").is_some() => ("scopes", error.message.clone()),
        (field, _) => (field, error.message.clone()),
    };
    FieldError::new(field, error.code, message)
}

fn position(field: &str, api: &Api) -> (usize, usize) {
    let of = |name: &str| ONCE.iter().position(|known| *known == name).unwrap_or(ONCE.len());
    match field.strip_prefix(ANSWERS) {
        Some(name) => {
            let question = api.request_questions.iter().position(|known| known.name == name);
            (of("expected_volume"), 1 + question.unwrap_or_default())
        }
        // The scopes stand between the application and the integration.
        None if field == SCOPES => (of("api_user"), 1),
        None if field == SIGN_IN_SCOPES => (of("api_user"), 2),
        None => (of(field), 0),
    }
}

#[cfg(test)]
mod tests;
