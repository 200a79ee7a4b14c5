//! Table `workspace_invitations`: one place per workspace and address.

use gatehouse_core::id::{InvitationId, UserId, WorkspaceId};
use gatehouse_core::identity::email::Email;
use gatehouse_core::identity::workspace::Invitation;
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// A new invitation; it takes the place of an earlier one to the same address, accepted or not.
pub async fn put(tx: &mut Tx, invitation: &Invitation) -> Result<(), DbError> {
    let sql = "INSERT INTO workspace_invitations
                   (id, workspace_id, email, email_key, role, created_at, expires_at, accepted_by, accepted_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, NULL)
               ON CONFLICT (workspace_id, email_key) DO UPDATE
               SET id = excluded.id, email = excluded.email, role = excluded.role, created_at = excluded.created_at,
                   expires_at = excluded.expires_at, accepted_by = NULL, accepted_at = NULL";
    let params = params![
        invitation.id,
        invitation.workspace_id,
        invitation.email.as_typed(),
        invitation.email.key(),
        invitation.role.as_str(),
        invitation.created_at,
        invitation.expires_at
    ];
    tx.execute(sql, params).await.map(drop)
}

/// The invitations of a workspace that nobody has accepted, expired ones too.
pub async fn list_open(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<Invitation>, DbError> {
    let sql = "SELECT id, workspace_id, email, email_key, role, created_at, expires_at, accepted_by, accepted_at
               FROM workspace_invitations WHERE workspace_id = $1 AND accepted_at IS NULL ORDER BY id";
    tx.query(sql, params![workspace]).await?.iter().map(from_row).collect()
}

/// The invitations to an address that nobody has accepted, expired ones too.
pub async fn list_for_address(tx: &mut Tx, email: &Email) -> Result<Vec<Invitation>, DbError> {
    let sql = "SELECT id, workspace_id, email, email_key, role, created_at, expires_at, accepted_by, accepted_at
               FROM workspace_invitations WHERE email_key = $1 AND accepted_at IS NULL ORDER BY id";
    tx.query(sql, params![email.key()]).await?.iter().map(from_row).collect()
}

/// Binds it to a user. `false` when it was accepted before, has ended or was taken back.
pub async fn accept(tx: &mut Tx, id: InvitationId, user: UserId, now: Timestamp) -> Result<bool, DbError> {
    let sql = "UPDATE workspace_invitations SET accepted_by = $2, accepted_at = $3
               WHERE id = $1 AND accepted_at IS NULL AND expires_at > $3";
    Ok(tx.execute(sql, params![id, user, now]).await? == 1)
}

/// Takes an open one back. `false` when there is none of that id in the workspace.
pub async fn remove(tx: &mut Tx, workspace: WorkspaceId, id: InvitationId) -> Result<bool, DbError> {
    let sql = "DELETE FROM workspace_invitations WHERE workspace_id = $1 AND id = $2 AND accepted_at IS NULL";
    Ok(tx.execute(sql, params![workspace, id]).await? == 1)
}

fn from_row(row: &Row) -> Result<Invitation, DbError> {
    Ok(Invitation {
        id: row.parse("id")?,
        workspace_id: row.parse("workspace_id")?,
        email: Email::from_stored(row.get("email")?, row.get("email_key")?),
        role: row.parse("role")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        accepted_by: row.parse_opt("accepted_by")?,
        accepted_at: row.get("accepted_at")?,
    })
}

#[cfg(test)]
mod tests {
    use gatehouse_core::identity::workspace::{INVITATION_LIFETIME, WorkspaceRole};
    use gatehouse_core::random::SeededRandom;

    use super::*;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};
    use crate::{users, workspaces};

    fn invitation(workspace_id: WorkspaceId, seed: u64) -> Invitation {
        Invitation {
            id: InvitationId::new(NOW, &SeededRandom::new(seed)),
            workspace_id,
            email: Email::parse("Ann@example.com").expect("an address"),
            role: WorkspaceRole::Member,
            created_at: NOW,
            expires_at: NOW.plus(INVITATION_LIFETIME),
            accepted_by: None,
            accepted_at: None,
        }
    }

    #[tokio::test]
    async fn one_place_per_address_bound_once() {
        each_engine(async |db: &Db| {
            let (place, ann) = (workspaces::tests::workspace(1), users::tests::user("ann@example.com", 2));
            let (first, second) = (invitation(place.id, 3), invitation(place.id, 4));
            db.write(async move |tx: &mut Tx| {
                workspaces::insert(tx, &place).await?;
                users::insert(tx, &ann, None).await?;
                put(tx, &first).await?;
                put(tx, &second).await?;
                assert_eq!(list_open(tx, place.id).await?, vec![second.clone()]);
                assert_eq!(list_for_address(tx, &ann.email).await?, vec![second.clone()]);
                assert!(!accept(tx, first.id, ann.id, NOW).await?);
                assert!(!accept(tx, second.id, ann.id, second.expires_at).await?);
                assert!(accept(tx, second.id, ann.id, NOW).await?);
                assert!(!accept(tx, second.id, ann.id, NOW).await?);
                assert!(!remove(tx, place.id, second.id).await?);
                assert_eq!(list_open(tx, place.id).await?, []);
                put(tx, &first).await?;
                assert_eq!(list_open(tx, place.id).await?, vec![first.clone()]);
                assert!(remove(tx, place.id, first.id).await?);
                Ok::<_, DbError>(())
            })
            .await
            .expect("written");
        })
        .await;
    }
}
