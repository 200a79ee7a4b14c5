//! Looking at changes.

use std::collections::BTreeMap;

use gatehouse_core::id::{ApplicationId, UserId};
use gatehouse_core::portal::application_change::{ApplicationChange, ApplicationChangeState, Proposal, Reviewed};
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::{application_changes, users};

use super::{missing, of_organization, reviewed};
use crate::actions::authority::{self, Want};
use crate::actions::{ActionError, Actor, applications};
use crate::context::Context;

/// Changes that have ended, on the page of an application.
const ENDED: i64 = 5;

/// Which changes a list shows, and which page of it.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this application only.
    pub application: Option<ApplicationId>,
    /// In this state only.
    pub state: Option<ApplicationChangeState>,
    /// Ids greater than this one.
    pub after: String,
    /// Rows at most.
    pub limit: i64,
}

/// Changes in the order of their ids.
pub async fn list(ctx: &Context, filter: Filter) -> Result<Vec<ApplicationChange>, ActionError> {
    let list = async move |tx: &mut Tx| {
        application_changes::list(tx, (filter.application, filter.state), &filter.after, filter.limit).await
    };
    Ok(ctx.db.read(list).await?)
}

/// One change, by id or reference: for members of its organization and for reviewers.
pub async fn find(ctx: &Context, actor: &Actor, text: &str) -> Result<ApplicationChange, ActionError> {
    let (wanted, actor) = (text.to_owned(), actor.clone());
    ctx.db
        .read(async move |tx| {
            let found = match wanted.parse() {
                Ok(id) => application_changes::find(tx, id).await?,
                Err(_) => application_changes::find_by_reference(tx, &wanted).await?,
            };
            let change = found.ok_or_else(|| missing(&wanted))?;
            match of_organization(tx, &actor, &change, Want::Look).await {
                Err(refused) if authority::reviewer(tx, &actor).await.is_err() => Err(refused),
                _ => Ok(change),
            }
        })
        .await
}

/// A change with the names of the people in it.
#[derive(Clone, Debug)]
pub struct Change {
    /// The change.
    pub change: ApplicationChange,
    /// Whoever it speaks of, by name.
    pub names: BTreeMap<UserId, String>,
}

/// What of an application waits and what became of what waited.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Which changes that the reader makes would wait.
    pub reviewed: Reviewed,
    /// What waits.
    pub open: Vec<Change>,
    /// The last ones that ended, the newest first.
    pub ended: Vec<Change>,
}

/// The changes of one application, for its organization.
pub async fn of_application(ctx: &Context, actor: &Actor, id: ApplicationId) -> Result<Changes, ActionError> {
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.read(async move |tx| {
        let application = applications::load_for(tx, &actor, id, Want::Look).await?;
        let (open, mut ended) = (open(tx, id).await?, Vec::new());
        for change in application_changes::ended_of_application(tx, id, ENDED).await? {
            ended.push(named(tx, change).await?);
        }
        let reviewed = reviewed(tx, (&ctx, &actor), &application).await?;
        Ok(Changes { reviewed, open, ended })
    })
    .await
}

/// What of an application waits.
pub(in crate::actions) async fn open(tx: &mut Tx, application: ApplicationId) -> Result<Vec<Change>, DbError> {
    let mut open = Vec::new();
    for change in application_changes::open_of_application(tx, application).await? {
        open.push(named(tx, change).await?);
    }
    Ok(open)
}

/// With the names that it needs.
pub(super) async fn named(tx: &mut Tx, change: ApplicationChange) -> Result<Change, DbError> {
    let in_proposal = match change.proposal {
        Proposal::ApiUser { before, after } => [before, after],
        Proposal::RedirectUris(_) | Proposal::PostLogoutRedirectUris(_) => [None, None],
    };
    let mut names = BTreeMap::new();
    for id in [Some(change.proposed_by), change.decided_by].into_iter().chain(in_proposal).flatten() {
        if let Some(user) = users::find(tx, id).await? {
            names.insert(id, user.name);
        }
    }
    Ok(Change { change, names })
}

impl Change {
    /// The name of somebody in it.
    pub fn name(&self, id: UserId) -> &str {
        self.names.get(&id).map_or("somebody who has left", String::as_str)
    }
}
