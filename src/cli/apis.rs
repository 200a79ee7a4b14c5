//! `gatehouse apis …`

mod arguments;
mod credentials;
mod scopes;
mod versions;

use std::path::Path;

use anyhow::Context as _;
use gatehouse_core::id::ApiId;
use gatehouse_core::portal::api::{Api, ApiState, ReviewPolicy};
use gatehouse_server::actions::apis::{self, EditApi, JsonText, NewApi, NewVersion, VersionChange};
use gatehouse_server::manage::apis::ApiView;

pub(super) use arguments::Arguments;
use arguments::{Create, Edit, OfVersion, Verb, Which};

use super::failure::failed;
use super::global::{Global, Session};
use super::pages::all;

pub(super) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<()> {
    let session = global.open().await?;
    match arguments.verb {
        Verb::Create(input) => create(&session, input).await,
        Verb::List => list(&session).await,
        Verb::Show(which) => show(&session, &find(&session, &which).await?),
        Verb::Edit(input) => edit(&session, input).await,
        Verb::Versions(which) => versions::list(&session, &which).await,
        Verb::AddVersion { which, document, label } => {
            let api = find(&session, &which).await?.id;
            let input = NewVersion { document: read(&document)?, label, scopes: Vec::new() };
            versions::show(
                &session,
                &apis::add_version(&session.ctx, &session.actor, api, input).await.map_err(failed)?,
            )
        }
        Verb::ReplaceDocument { which, version, document } => {
            let ids = versions::ids(&session, &OfVersion { which, version }).await?;
            let input = NewVersion { document: read(&document)?, label: None, scopes: Vec::new() };
            let version = apis::replace_document(&session.ctx, &session.actor, ids, input).await;
            versions::show(&session, &version.map_err(failed)?)
        }
        Verb::Publish(of) => versions::change(&session, &of, (VersionChange::Publish, None)).await,
        Verb::Deprecate { of, sunset } => versions::change(&session, &of, (VersionChange::Deprecate, sunset)).await,
        Verb::Retire(of) => versions::change(&session, &of, (VersionChange::Retire, None)).await,
        Verb::Scopes(which) => scopes::list(&session, &which).await,
        Verb::AddScope { which, name, about } => scopes::add(&session, &which, name, about).await,
        Verb::EditScope { which, name, about } => scopes::edit(&session, &which, &name, about).await,
        Verb::Credentials(which) => credentials::list(&session, &which).await,
        Verb::CreateCredential { which, name } => credentials::create(&session, &which, name).await,
        Verb::RevokeCredential { which, credential } => credentials::revoke(&session, &which, credential).await,
        Verb::DeleteScope { which, name } => scopes::delete(&session, &which, &name).await,
    }
}

async fn create(session: &Session, input: Create) -> anyhow::Result<()> {
    let input = NewApi {
        document: read(&input.document)?,
        audience: input.audience,
        server: input.server,
        slug: input.slug,
        name: input.name,
        description: None,
        label: None,
        upstream: input.upstream,
        plan: input.plan.input(),
        scopes: Vec::new(),
        review_policy: ReviewPolicy::default(),
        request_questions: Vec::new(),
        terms_url: input.terms_url,
        state: input.publish.then_some(ApiState::Published),
    };
    show(session, &apis::create(&session.ctx, &session.actor, input).await.map_err(failed)?)
}

async fn edit(session: &Session, input: Edit) -> anyhow::Result<()> {
    let before = find(session, &input.which).await?;
    let change = EditApi {
        name: input.name,
        description: input.description,
        audience: input.audience,
        upstream: input.upstream,
        plan: input.plan.input(),
        review_policy: input.policy.over(&before.review_policy),
        request_questions: None,
        terms_url: input.terms_url,
        state: input.state,
    };
    show(session, &apis::edit(&session.ctx, &session.actor, before.id, change).await.map_err(failed)?)
}

async fn list(session: &Session) -> anyhow::Result<()> {
    let page = async |after, limit| apis::list(&session.ctx, after, limit).await;
    let found = all(page, |api| api.id.to_string()).await?;
    let views: Vec<ApiView> = found.iter().map(ApiView::from).collect();
    session.output.list(&views, &["id", "slug", "name", "server", "state"], |api| {
        vec![api.id.clone(), api.slug.clone(), api.name.clone(), api.server.clone(), api.state.clone()]
    })
}

fn show(session: &Session, api: &Api) -> anyhow::Result<()> {
    session.output.item(
        &ApiView::from(api),
        &[
            ("id", api.id.to_string()),
            ("slug", api.slug.clone()),
            ("name", api.name.clone()),
            ("server", api.server_id.to_string()),
            ("audience", api.audience.clone()),
            ("upstream", api.upstream.as_ref().map(ToString::to_string).unwrap_or_default()),
            ("plan", format!("{} calls in {} s", api.plan.limit, api.plan.window)),
            ("review", review(&api.review_policy)),
            ("state", api.state.to_string()),
        ],
    )
}

fn review(policy: &ReviewPolicy) -> String {
    let free_mail = if policy.decline_free_mail { "declined" } else { "accepted" };
    let most = policy.most_scopes.map_or_else(|| "any number".to_owned(), |most| format!("at most {most}"));
    format!(
        "approved without a reviewer: {}; free-mail addresses: {free_mail}; scopes of a request: {most}; redirect URIs: {}",
        policy.auto_approve, policy.redirect_uri_changes
    )
}

async fn find(session: &Session, which: &Which) -> anyhow::Result<Api> {
    let api = match which.api.parse::<ApiId>() {
        Ok(id) => apis::get(&session.ctx, id).await,
        Err(_) => apis::get_by_slug(&session.ctx, &which.api).await,
    };
    api.map_err(failed)
}

fn read(path: &Path) -> anyhow::Result<JsonText> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(JsonText::from_text(text))
}
