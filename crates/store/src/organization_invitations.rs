//! Table `organization_invitations`: one place per organization and address.

use gatehouse_core::id::{InvitationId, OrganizationId, UserId};
use gatehouse_core::identity::email::Email;
use gatehouse_core::identity::organization_invitation::OrganizationInvitation;
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// A new invitation; it takes the place of an earlier one to the same address, accepted or not.
pub async fn put(tx: &mut Tx, invitation: &OrganizationInvitation) -> Result<(), DbError> {
    let sql = "INSERT INTO organization_invitations
                   (id, organization_id, email, email_key, role, created_at, expires_at, accepted_by, accepted_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, NULL)
               ON CONFLICT (organization_id, email_key) DO UPDATE
               SET id = excluded.id, email = excluded.email, role = excluded.role, created_at = excluded.created_at,
                   expires_at = excluded.expires_at, accepted_by = NULL, accepted_at = NULL";
    let params = params![
        invitation.id,
        invitation.organization_id,
        invitation.email.as_typed(),
        invitation.email.key(),
        invitation.role.as_str(),
        invitation.created_at,
        invitation.expires_at
    ];
    tx.execute(sql, params).await.map(drop)
}

/// By id, accepted and expired ones too.
pub async fn find(tx: &mut Tx, id: InvitationId) -> Result<Option<OrganizationInvitation>, DbError> {
    let sql = "SELECT id, organization_id, email, email_key, role, created_at, expires_at, accepted_by, accepted_at
               FROM organization_invitations WHERE id = $1";
    tx.query_opt(sql, params![id]).await?.as_ref().map(from_row).transpose()
}

/// The invitations of an organization that nobody has accepted, expired ones too.
pub async fn list_open(tx: &mut Tx, organization: OrganizationId) -> Result<Vec<OrganizationInvitation>, DbError> {
    let sql = "SELECT id, organization_id, email, email_key, role, created_at, expires_at, accepted_by, accepted_at
               FROM organization_invitations WHERE organization_id = $1 AND accepted_at IS NULL ORDER BY id";
    tx.query(sql, params![organization]).await?.iter().map(from_row).collect()
}

/// The invitations to an address that nobody has accepted, expired ones too.
pub async fn list_for_address(tx: &mut Tx, email: &Email) -> Result<Vec<OrganizationInvitation>, DbError> {
    let sql = "SELECT id, organization_id, email, email_key, role, created_at, expires_at, accepted_by, accepted_at
               FROM organization_invitations WHERE email_key = $1 AND accepted_at IS NULL ORDER BY id";
    tx.query(sql, params![email.key()]).await?.iter().map(from_row).collect()
}

/// Binds it to a user. `false` when it was accepted before, has ended or was taken back.
pub async fn accept(tx: &mut Tx, id: InvitationId, user: UserId, now: Timestamp) -> Result<bool, DbError> {
    let sql = "UPDATE organization_invitations SET accepted_by = $2, accepted_at = $3
               WHERE id = $1 AND accepted_at IS NULL AND expires_at > $3";
    Ok(tx.execute(sql, params![id, user, now]).await? == 1)
}

/// Takes an open one back. `false` when there is none of that id in the organization.
pub async fn remove(tx: &mut Tx, organization: OrganizationId, id: InvitationId) -> Result<bool, DbError> {
    let sql = "DELETE FROM organization_invitations WHERE organization_id = $1 AND id = $2 AND accepted_at IS NULL";
    Ok(tx.execute(sql, params![organization, id]).await? == 1)
}

fn from_row(row: &Row) -> Result<OrganizationInvitation, DbError> {
    Ok(OrganizationInvitation {
        id: row.parse("id")?,
        organization_id: row.parse("organization_id")?,
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
    use gatehouse_core::identity::organization::MemberRole;
    use gatehouse_core::identity::organization_invitation::INVITATION_LIFETIME;
    use gatehouse_core::random::SeededRandom;

    use super::*;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};
    use crate::{organizations, users};

    fn invitation(organization_id: OrganizationId, seed: u64) -> OrganizationInvitation {
        OrganizationInvitation {
            id: InvitationId::new(NOW, &SeededRandom::new(seed)),
            organization_id,
            email: Email::parse("Ann@example.com").expect("an address"),
            role: MemberRole::Viewer,
            created_at: NOW,
            expires_at: NOW.plus(INVITATION_LIFETIME),
            accepted_by: None,
            accepted_at: None,
        }
    }

    #[tokio::test]
    async fn one_place_per_address_bound_once() {
        each_engine(async |db: &Db| {
            let (team, ann) = (organizations::tests::organization(1), users::tests::user("ann@example.com", 2));
            let (first, second) = (invitation(team.id, 3), invitation(team.id, 4));
            db.write(async move |tx: &mut Tx| {
                organizations::insert(tx, &team).await?;
                users::insert(tx, &ann, None).await?;
                put(tx, &first).await?;
                put(tx, &second).await?;
                assert_eq!(find(tx, first.id).await?, None, "the second took its place");
                assert_eq!(find(tx, second.id).await?, Some(second.clone()));
                assert_eq!(list_open(tx, team.id).await?, vec![second.clone()]);
                assert_eq!(list_for_address(tx, &ann.email).await?, vec![second.clone()]);
                assert!(!accept(tx, first.id, ann.id, NOW).await?);
                assert!(!accept(tx, second.id, ann.id, second.expires_at).await?);
                assert!(accept(tx, second.id, ann.id, NOW).await?);
                assert!(!accept(tx, second.id, ann.id, NOW).await?);
                assert_eq!(find(tx, second.id).await?.and_then(|found| found.accepted_by), Some(ann.id));
                assert!(!remove(tx, team.id, second.id).await?);
                assert_eq!(list_open(tx, team.id).await?, []);
                put(tx, &first).await?;
                assert_eq!(list_open(tx, team.id).await?, vec![first.clone()]);
                assert!(remove(tx, team.id, first.id).await?);
                Ok::<_, DbError>(())
            })
            .await
            .expect("written");
        })
        .await;
    }
}
