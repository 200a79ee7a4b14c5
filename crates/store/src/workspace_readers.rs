//! The applications that read a workspace's data: those whose API user is a member of it.

use gatehouse_core::id::{ApplicationId, UserId, WorkspaceId};
use gatehouse_core::portal::application::ApplicationState;
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// Applications that a list reads at most.
pub const MOST: i64 = 1_000;

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceReader {
    /// Its id.
    pub id: ApplicationId,
    /// As customers see it.
    pub name: String,
    /// Active or suspended.
    pub state: ApplicationState,
    /// The name of its organization.
    pub organization: String,
    /// When the operator checked who the organization is.
    pub verified_at: Option<Timestamp>,
    /// As whom it sees the data.
    pub api_user_id: UserId,
    /// Since when that user is a member: the application has not read before.
    pub since: Timestamp,
    /// When one of its secrets last got a token.
    pub last_used_at: Option<Timestamp>,
    /// Whether it may call any API now, in the name of a user who is still a member of its organization.
    pub has_access: bool,
}

impl WorkspaceReader {
    /// Whether it reads the data or has read it; others only name a member as their API user.
    pub fn reads(&self) -> bool {
        self.has_access || self.last_used_at.is_some_and(|used| used >= self.since)
    }
}

/// Up to [`MOST`] applications in order of name, without deleted ones.
pub async fn list(tx: &mut Tx, workspace: WorkspaceId, now: Timestamp) -> Result<Vec<WorkspaceReader>, DbError> {
    let sql = "SELECT a.id, a.name, a.state, a.api_user_id, o.name AS organization, o.verified_at,
                   CASE WHEN a.created_at > m.created_at THEN a.created_at ELSE m.created_at END AS since,
                   (SELECT MAX(s.last_used_at) FROM client_secrets s WHERE s.application_id = a.id) AS last_used_at,
                   (SELECT COUNT(*) FROM entitlements e JOIN entitlement_scopes es ON es.entitlement_id = e.id
                       JOIN organization_members om ON om.organization_id = o.id AND om.user_id = m.user_id
                       WHERE e.application_id = a.id AND es.state = 'active'
                       AND (es.expires_at IS NULL OR es.expires_at > $2)) AS scopes
               FROM workspace_members m JOIN applications a ON a.api_user_id = m.user_id
               JOIN organizations o ON o.id = a.organization_id
               WHERE m.workspace_id = $1 AND a.state <> 'deleted' ORDER BY a.name, a.id LIMIT $3";
    tx.query(sql, params![workspace, now, MOST]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<WorkspaceReader, DbError> {
    Ok(WorkspaceReader {
        id: row.parse("id")?,
        name: row.get("name")?,
        state: row.parse("state")?,
        organization: row.get("organization")?,
        verified_at: row.get("verified_at")?,
        api_user_id: row.parse("api_user_id")?,
        since: row.get("since")?,
        last_used_at: row.get("last_used_at")?,
        has_access: row.get::<i64>("scopes")? > 0,
    })
}

#[cfg(test)]
mod tests {
    use gatehouse_core::id::EntitlementId;
    use gatehouse_core::identity::organization::{Member, MemberRole};
    use gatehouse_core::identity::workspace::{WorkspaceMember, WorkspaceRole};
    use gatehouse_core::portal::application::Application;
    use gatehouse_core::portal::entitlement::{EntitledScope, EntitledScopeState, Entitlement};
    use gatehouse_core::random::SeededRandom;

    use super::*;
    use crate::applications::tests::{Ground, ground, insert_sample};
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};
    use crate::{applications, entitlements, organization_members, workspace_members, workspaces};

    fn entitlement(ground: Ground, application_id: ApplicationId) -> Entitlement {
        Entitlement {
            id: EntitlementId::new(NOW, &SeededRandom::new(1)),
            application_id,
            api_id: ground.api,
            request_id: None,
            quota_limit: None,
            created_at: NOW,
            updated_at: NOW,
            version: 1,
            scopes: vec![EntitledScope {
                scope_id: ground.scopes[0],
                scope: "scope:0".into(),
                state: EntitledScopeState::Active,
                granted_at: NOW,
                expires_at: Some(NOW.plus_secs(9)),
                ended_at: None,
            }],
        }
    }

    #[tokio::test]
    async fn tells_which_applications_read_as_a_member() {
        each_engine(async |db: &Db| {
            let ground = ground(db).await;
            let sample = insert_sample(db, ground, 1).await;
            let (place, user_id) = (workspaces::tests::workspace(1), ground.developer);
            let write = async move |tx: &mut Tx| {
                workspaces::insert(tx, &place).await?;
                let version = sample.version + 1;
                let after = Application { api_user_id: Some(user_id), version, ..sample.clone() };
                assert!(applications::transfer(tx, &after).await?);
                assert!(!applications::transfer(tx, &after).await?, "once");
                assert_eq!(list(tx, place.id, NOW).await?, [], "nobody is a member");
                let (workspace_id, created_at) = (place.id, NOW.plus_secs(99));
                let member = WorkspaceMember { workspace_id, user_id, role: WorkspaceRole::Member, created_at };
                workspace_members::insert(tx, &member).await?;
                entitlements::insert(tx, &entitlement(ground, sample.id)).await?;
                let seen = list(tx, place.id, NOW).await?;
                assert_eq!((seen.len(), seen[0].id, seen[0].api_user_id), (1, sample.id, user_id));
                assert_eq!((seen[0].organization.as_str(), seen[0].since), ("O", NOW.plus_secs(99)));
                assert!(!seen[0].has_access, "its API user is no member of its organization");
                let organization_id = ground.organization;
                let member = Member { organization_id, user_id, role: MemberRole::Viewer, created_at: NOW };
                organization_members::insert(tx, &member).await?;
                assert!(list(tx, place.id, NOW).await?[0].has_access);
                let ended = list(tx, place.id, NOW.plus_secs(9)).await?.remove(0);
                assert!(!ended.has_access && !ended.reads());
                for (used, reads) in [(98, false), (99, true)] {
                    let used = WorkspaceReader { last_used_at: Some(NOW.plus_secs(used)), ..ended.clone() };
                    assert_eq!(used.reads(), reads, "it reads as long as the member is there");
                }
                Ok::<_, DbError>(())
            };
            db.write(write).await.expect("written");
        })
        .await;
    }
}
