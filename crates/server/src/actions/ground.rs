//! What the tests of applications, secrets, entitlements and requests stand on.

use std::sync::Arc;

use gatehouse_core::id::{ApiId, OrganizationId, ScopeId};
use gatehouse_core::identity::organization::MemberRole;
use gatehouse_core::identity::user::Role;
use gatehouse_core::oauth::revocation::Revocation;
use gatehouse_core::portal::api::{Api, ApiState, Plan, ReviewPolicy, TokenFormat};
use gatehouse_core::portal::application::{Application, ApplicationType};
use gatehouse_core::portal::scope::{Consent, DEFAULT_GRANT_TYPES, Scope, Sensitivity};
use gatehouse_core::time::{FixedClock, Timestamp};
use gatehouse_store::db::{Db, DbError};
use gatehouse_store::testing::NOW;
use gatehouse_store::{apis, audit, revocations, scopes};

use super::ActionError;
use super::applications::{self, NewApplication};
use super::organizations::{self, NewMember, NewOrganization};
use super::servers::{self, NewServer};
use super::users::{self, NewUser};
use crate::context::Context;
use crate::testing::{actor, context};

/// An organization with an owner and a maintainer, two reviewers outside and one inside, an API with a scope of each
/// sensitivity.
pub(crate) struct Ground {
    pub(crate) ctx: Context,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) organization: OrganizationId,
    pub(crate) api: ApiId,
}

pub(crate) const OWNER: &str = "owner@example.com";
pub(crate) const MAINTAINER: &str = "maintainer@example.com";
pub(crate) const REVIEWER: &str = "reviewer@example.org";
pub(crate) const SECOND_REVIEWER: &str = "second@example.org";
pub(crate) const OWN_REVIEWER: &str = "own@example.com";
pub(crate) const SCOPES: [&str; 3] = ["a:normal", "a:sensitive", "a:restricted"];
pub(crate) const AUDIENCE: &str = "https://api.example.com/a";

impl Ground {
    pub(crate) async fn lay(db: &Db) -> Self {
        let (ctx, clock) = context(db);
        for (email, role) in [
            (OWNER, Role::Developer),
            (MAINTAINER, Role::Developer),
            (REVIEWER, Role::Reviewer),
            (SECOND_REVIEWER, Role::Admin),
            (OWN_REVIEWER, Role::Reviewer),
        ] {
            users::create(&ctx, &actor(), user(email, role)).await.expect("a user");
        }
        let input = NewOrganization { name: "Org".into(), homepage: None, owner: Some(OWNER.into()) };
        let organization = organizations::create(&ctx, &actor(), input).await.expect("an organization").id;
        for (member, role) in [(MAINTAINER, MemberRole::Maintainer), (OWN_REVIEWER, MemberRole::Viewer)] {
            let member = NewMember { user: member.into(), role };
            organizations::add_member(&ctx, &actor(), organization, member).await.expect("a member");
        }
        let server = serde_json::json!({ "id": "default", "name": "Default", "audience": "https://api.example.com" });
        let server: NewServer = serde_json::from_value(server).expect("an input");
        servers::create(&ctx, &actor(), server).await.expect("a server");
        let api = publish(&ctx).await;
        Self { ctx, clock, organization, api }
    }

    pub(crate) async fn application(&self, application_type: ApplicationType) -> Application {
        applications::create(&self.ctx, &actor(), self.input(application_type)).await.expect("an application")
    }

    pub(crate) fn input(&self, application_type: ApplicationType) -> NewApplication {
        let json = serde_json::json!({
            "organization_id": self.organization, "name": "App", "type": application_type,
            "redirect_uris": if application_type == ApplicationType::Service { vec![] } else { vec!["https://app.example.com/cb"] },
        });
        serde_json::from_value(json).expect("an input")
    }

    /// The revocations that a gate would know now.
    pub(crate) async fn revocations(&self) -> Vec<Revocation> {
        let now = self.ctx.now();
        self.ctx.db.read(async move |tx| revocations::list_live(tx, now).await).await.expect("revocations")
    }

    /// Whether a token of this time would pass all revocations.
    pub(crate) async fn lives(&self, issued: Timestamp) -> bool {
        !self.revocations().await.iter().any(|revocation| revocation.covers(issued))
    }

    /// How often the audit log tells of this action.
    pub(crate) async fn audited(&self, action: &str) -> usize {
        let filter = audit::Filter { action: Some(action.to_owned()), ..audit::Filter::default() };
        self.ctx.db.read(async move |tx| audit::list(tx, &filter, 1_000).await).await.expect("events").len()
    }
}

fn user(email: &str, role: Role) -> NewUser {
    NewUser {
        email: email.into(),
        name: "User".into(),
        role: Some(role),
        password: None,
        email_verified: true,
        time_zone: None,
    }
}

async fn publish(ctx: &Context) -> ApiId {
    let api = Api {
        id: ApiId::new(NOW, ctx.random()),
        slug: "a".into(),
        server_id: "default".parse().expect("an id"),
        name: "A".into(),
        description: String::new(),
        audience: AUDIENCE.into(),
        upstream: None,
        token_format: TokenFormat::Jwt,
        plan: Plan::default(),
        review_policy: ReviewPolicy::default(),
        request_questions: Vec::new(),
        terms_url: None,
        state: ApiState::Published,
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    };
    let sensitivities = [Sensitivity::Normal, Sensitivity::Sensitive, Sensitivity::Restricted];
    let all: Vec<Scope> = (0..)
        .zip(SCOPES.into_iter().zip(sensitivities))
        .map(|(position, (name, sensitivity))| Scope {
            id: ScopeId::new(NOW, ctx.random()),
            api_id: api.id,
            server_id: api.server_id.clone(),
            name: name.into(),
            title: "T".into(),
            sentence: "S".into(),
            sensitivity,
            consent: Consent::Required,
            grant_types: DEFAULT_GRANT_TYPES.to_vec(),
            position,
            created_at: NOW,
            updated_at: NOW,
        })
        .collect();
    let id = api.id;
    let write = async move |tx: &mut gatehouse_store::db::Tx| {
        apis::insert(tx, &api).await?;
        for scope in &all {
            scopes::insert(tx, scope).await?;
        }
        Ok::<_, DbError>(())
    };
    ctx.db.write(write).await.expect("an API");
    id
}

/// The stable word of a refusal: a conflict's code, or the fields with their codes.
pub(crate) fn code<T>(result: Result<T, ActionError>) -> String {
    match result {
        Ok(_) => "done".into(),
        Err(ActionError::Conflict { code, .. } | ActionError::Forbidden { code, .. }) => code.into(),
        Err(ActionError::Invalid(fields)) => {
            fields.iter().map(|field| format!("{} {}", field.field, field.code)).collect::<Vec<_>>().join(", ")
        }
        Err(ActionError::NotFound { kind, .. }) => format!("no {kind}"),
        Err(error) => panic!("{error}"),
    }
}
