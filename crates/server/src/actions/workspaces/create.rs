//! Makes and renames a workspace.

use gatehouse_core::id::WorkspaceId;
use gatehouse_core::identity::workspace::{Workspace, WorkspaceMember, WorkspaceRole};
use gatehouse_store::changes::Topic;
use gatehouse_store::{audit, workspace_members, workspaces};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{find, touch};
use crate::actions::authority::Want;
use crate::actions::fields::{self, Fields};
use crate::actions::{ActionError, Actor, authority, events, users};
use crate::context::Context;

/// A workspace to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWorkspace {
    /// As its members see it.
    pub name: String,
    /// Its first owner: a user's id or e-mail address.
    #[serde(default)]
    pub owner: Option<String>,
}

/// Makes a workspace, with its first owner when one is named.
pub async fn create(ctx: &Context, actor: &Actor, input: NewWorkspace) -> Result<Workspace, ActionError> {
    let mut wrong = Fields::default();
    let name = wrong.take(fields::display_name("name", &input.name));
    let owner = input.owner.and_then(|text| wrong.take(fields::user_ref("owner", &text)));
    let Some(name) = name else { return Err(wrong.refused()) };
    wrong.finish()?;

    let now = ctx.now();
    let id = WorkspaceId::new(now, ctx.random());
    let workspace = Workspace { id, name, created_at: now, updated_at: now, version: 1 };
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            authority::admin(tx, &actor).await?;
            workspaces::insert(tx, &workspace).await?;
            let mut after = json!({"name": workspace.name});
            if let Some(owner) = &owner {
                let user_id = users::of_field(tx, "owner", owner).await?.id;
                let role = WorkspaceRole::Owner;
                let member = WorkspaceMember { workspace_id: id, user_id, role, created_at: now };
                workspace_members::insert(tx, &member).await?;
                after["owner"] = json!(user_id);
            }
            tx.change(Topic::Workspace, id.to_string());
            let event = events::event(&context, &actor, "workspace.created", "workspace", id);
            audit::record(tx, &event.after(after)).await?;
            Ok(workspace.clone())
        })
        .await
}

/// Gives a workspace another name.
pub async fn rename(ctx: &Context, actor: &Actor, id: WorkspaceId, name: &str) -> Result<Workspace, ActionError> {
    let name = fields::display_name("name", name).map_err(|error| ActionError::Invalid(vec![error]))?;
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |tx| {
            let missing = || ActionError::not_found("workspace", id);
            authority::of_workspace(tx, &actor, id, Want::Own, missing).await?;
            let before = find(tx, id).await?;
            let event = events::event(&context, &actor, "workspace.renamed", "workspace", id)
                .before(json!({"name": before.name}))
                .after(json!({"name": name}));
            audit::record(tx, &event).await?;
            touch(tx, &context, Workspace { name: name.clone(), ..before }).await
        })
        .await
}
