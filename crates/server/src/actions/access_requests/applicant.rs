//! The application that asks: one that exists, or a new one of an organization that exists or is made for it.

use gatehouse_core::id::{ApplicationId, OrganizationId};
use gatehouse_core::identity::organization::Organization;
use gatehouse_core::identity::user::User;
use gatehouse_core::portal::application::{Application, ApplicationState, ApplicationType, Environment};
use gatehouse_core::portal::application_fields;
use gatehouse_store::db::Tx;
use gatehouse_store::{organization_members, organizations as organization_rows};
use serde::Deserialize;
use utoipa::ToSchema;

use super::apply::Apply;
use crate::actions::applications::NewApplication;
use crate::actions::authority::Want;
use crate::actions::fields::UserRef;
use crate::actions::{ActionError, Actor, FieldError, applications, authority, fields, organizations};
use crate::context::Context;

/// A new application that asks for access.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApplicant {
    /// Whose it is; the developer is an owner or maintainer there.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub organization_id: Option<OrganizationId>,
    /// A new organization instead, by its name; the developer becomes its owner.
    #[serde(default)]
    pub organization_name: Option<String>,
    /// Shown to customers; 1–100 characters.
    pub name: String,
    /// `web`, `service`, `browser` or `native`; never changes.
    #[serde(rename = "type", default)]
    #[schema(value_type = String)]
    pub application_type: Option<ApplicationType>,
    /// `production` (unless said otherwise) or `sandbox`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub environment: Option<Environment>,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Up to 10 addresses.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// The verified member of the organization (id or e-mail address) whose workspaces its tokens see.
    #[serde(default)]
    pub api_user: Option<String>,
}

/// Who asks, checked.
pub(super) enum Applicant {
    /// An application that is there.
    Known(Application),
    /// A new application of an organization that is there.
    New(Application),
    /// Both are new.
    NewWithOrganization(Application, Organization),
}

impl Applicant {
    pub(super) fn id(&self) -> ApplicationId {
        self.application().id
    }

    pub(super) fn organization_id(&self) -> OrganizationId {
        self.application().organization_id
    }

    pub(super) fn application(&self) -> &Application {
        match self {
            Self::Known(application) | Self::New(application) | Self::NewWithOrganization(application, _) => {
                application
            }
        }
    }
}

/// Makes out who asks. `None` with the reasons in `errors`; nothing is written.
pub(super) async fn of(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    developer: &User,
    input: &Apply,
    errors: &mut Vec<FieldError>,
) -> Result<Option<Applicant>, ActionError> {
    match (input.application_id, &input.application) {
        (Some(id), None) => known(tx, actor, developer, id, errors).await,
        (None, Some(new)) => of_new(tx, (ctx, actor), developer, new, errors).await,
        _ => {
            let message = "name an application that exists, or describe a new one: one of both";
            errors.push(FieldError::new("application_id", "required", message));
            Ok(None)
        }
    }
}

/// Writes what is new.
pub(super) async fn insert(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    applicant: &Applicant,
    developer: &User,
) -> Result<(), ActionError> {
    match applicant {
        Applicant::Known(_) => Ok(()),
        Applicant::New(application) => applications::insert_in(tx, (ctx, actor), application).await,
        Applicant::NewWithOrganization(application, organization) => {
            organizations::insert_in(tx, (ctx, actor), organization, Some(developer.id)).await?;
            applications::insert_in(tx, (ctx, actor), application).await
        }
    }
}

async fn known(
    tx: &mut Tx,
    actor: &Actor,
    developer: &User,
    id: ApplicationId,
    errors: &mut Vec<FieldError>,
) -> Result<Option<Applicant>, ActionError> {
    let application = match applications::load_for(tx, actor, id, Want::Change).await {
        Err(ActionError::NotFound { .. }) => {
            errors.push(FieldError::new("application_id", "unknown", "choose one of your organization's applications"));
            return Ok(None);
        }
        found => found?,
    };
    if let Some(error) = not_a_writer(tx, developer, application.organization_id).await? {
        errors.push(error);
    }
    if application.state == ApplicationState::Suspended {
        let message = "this application is suspended: it can ask for nothing until it is active again";
        errors.push(FieldError::new("application_id", "suspended", message));
    }
    Ok(Some(Applicant::Known(application)))
}

async fn of_new(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    developer: &User,
    new: &NewApplicant,
    errors: &mut Vec<FieldError>,
) -> Result<Option<Applicant>, ActionError> {
    let organization = match (new.organization_id, new.organization_name.as_deref()) {
        (Some(id), None) => {
            errors.extend(check_organization(tx, actor, developer, id).await?);
            None
        }
        (None, Some(name)) => {
            let field = "application.organization_name";
            let name = fields::display_name(field, name).map_err(|error| errors.push(error)).unwrap_or_default();
            if is_own(tx, developer, &name).await? {
                let message =
                    "you are a member of an organization of this name already: choose it, or name it otherwise";
                errors.push(FieldError::new(field, "duplicate", message));
            }
            Some(organizations::new_organization(ctx, name, None))
        }
        _ => {
            let message = "name the organization that owns the application, or the name of a new one: one of both";
            errors.push(FieldError::new("application.organization_id", "required", message));
            None
        }
    };
    let Some(id) = new.organization_id.or(organization.as_ref().map(|organization| organization.id)) else {
        return Ok(None);
    };
    if new.application_type.is_none() {
        let message = "say what kind of application it is: web, service, browser or native";
        errors.push(FieldError::new("application.type", "required", message));
    }
    let mut application = applications::draft(ctx, &input(new, id));
    errors.extend(application_fields::check(&application).into_iter().map(inside));
    if let Some(named) = &new.api_user {
        application.api_user_id = match api_user(tx, &application, (developer, organization.as_ref()), named).await? {
            Ok(user) => Some(user.id),
            Err(wrong) => {
                errors.extend(wrong.into_iter().map(inside));
                None
            }
        };
    }
    Ok(Some(match organization {
        Some(organization) => Applicant::NewWithOrganization(application, organization),
        None => Applicant::New(application),
    }))
}

/// Whether an organization of the developer has this name: two alike could not be told apart in any list.
async fn is_own(tx: &mut Tx, developer: &User, name: &str) -> Result<bool, ActionError> {
    for member in organization_members::list_of_user(tx, developer.id).await? {
        let own = organization_rows::find(tx, member.organization_id).await?;
        if own.is_some_and(|own| own.name.to_lowercase() == name.to_lowercase()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// An organization that the actor may give an application to.
async fn check_organization(
    tx: &mut Tx,
    actor: &Actor,
    developer: &User,
    id: OrganizationId,
) -> Result<Option<FieldError>, ActionError> {
    let field = "application.organization_id";
    let unknown = || ActionError::invalid(field, "unknown", "choose one of your organizations");
    match authority::member(tx, actor, id, Want::Change, unknown).await {
        Err(ActionError::Invalid(mut errors)) => Ok(errors.pop()),
        Err(error) => Err(error),
        Ok(()) => not_a_writer(tx, developer, id)
            .await
            .map(|error| error.map(|error| FieldError::new(field, error.code, error.message))),
    }
}

/// The developer may be another than the actor: an operator asks in somebody's name.
async fn not_a_writer(
    tx: &mut Tx,
    developer: &User,
    organization: OrganizationId,
) -> Result<Option<FieldError>, ActionError> {
    let member = organization_members::find(tx, organization, developer.id).await?;
    let message = "must be an owner or maintainer of the organization";
    Ok((!member.is_some_and(|member| member.role.can_write()))
        .then(|| FieldError::new("developer", "not_eligible", message)))
}

/// The API user: any verified member, and of an organization that is only being made, its maker.
async fn api_user(
    tx: &mut Tx,
    application: &Application,
    (developer, organization): (&User, Option<&Organization>),
    named: &str,
) -> Result<Result<User, Vec<FieldError>>, ActionError> {
    if organization.is_some() {
        let is_maker = match fields::user_ref("api_user", named) {
            Ok(UserRef::Id(id)) => id == developer.id,
            Ok(UserRef::Email(email)) => email.key() == developer.email.key(),
            Err(error) => return Ok(Err(vec![error])),
        };
        let message = "must be you: the new organization has no other member yet";
        let error = || vec![FieldError::new("api_user", "not_eligible", message)];
        return Ok(if is_maker { Ok(developer.clone()) } else { Err(error()) });
    }
    match applications::find_api_user(tx, application, named).await {
        Ok(user) => Ok(Ok(user)),
        Err(ActionError::Invalid(errors)) => Ok(Err(errors)),
        Err(error) => Err(error),
    }
}

fn input(new: &NewApplicant, organization_id: OrganizationId) -> NewApplication {
    NewApplication {
        organization_id,
        name: new.name.clone(),
        // Without one nothing is made; the other fields are checked as those of the kind that may have them all.
        application_type: new.application_type.unwrap_or(ApplicationType::Web),
        environment: new.environment,
        description: new.description.clone(),
        homepage: None,
        logo_url: None,
        contacts: Vec::new(),
        redirect_uris: new.redirect_uris.clone(),
        post_logout_redirect_uris: Vec::new(),
        api_user: None,
        protocol: applications::Protocol::default(),
    }
}

/// The error as one of the member `application`.
fn inside(error: FieldError) -> FieldError {
    FieldError { field: format!("application.{}", error.field), ..error }
}
