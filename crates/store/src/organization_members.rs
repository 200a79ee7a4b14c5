//! Table `organization_members`. Whoever changes it also saves the organization, so that two changes at once cannot
//! both be decided on the same members.

use gatehouse_core::id::{OrganizationId, UserId};
use gatehouse_core::identity::organization::{Member, MemberRole};

use crate::db::{DbError, Row, Tx};
use crate::params;

/// All members of an organization, the oldest first.
pub async fn list(tx: &mut Tx, organization: OrganizationId) -> Result<Vec<Member>, DbError> {
    let sql = "SELECT organization_id, user_id, role, created_at
               FROM organization_members WHERE organization_id = $1 ORDER BY created_at, user_id";
    tx.query(sql, params![organization]).await?.iter().map(from_row).collect()
}

/// All memberships of a user.
pub async fn list_of_user(tx: &mut Tx, user: UserId) -> Result<Vec<Member>, DbError> {
    let sql = "SELECT organization_id, user_id, role, created_at
               FROM organization_members WHERE user_id = $1 ORDER BY organization_id";
    tx.query(sql, params![user]).await?.iter().map(from_row).collect()
}

/// A user's membership, `None` for one who is no member.
pub async fn find(tx: &mut Tx, organization: OrganizationId, user: UserId) -> Result<Option<Member>, DbError> {
    let sql = "SELECT organization_id, user_id, role, created_at
               FROM organization_members WHERE organization_id = $1 AND user_id = $2";
    tx.query_opt(sql, params![organization, user]).await?.as_ref().map(from_row).transpose()
}

/// A new member.
pub async fn insert(tx: &mut Tx, member: &Member) -> Result<(), DbError> {
    let sql = "INSERT INTO organization_members (organization_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)";
    let params = params![member.organization_id, member.user_id, member.role.as_str(), member.created_at];
    tx.execute(sql, params).await.map(drop)
}

/// `false` when the user is no member.
pub async fn set_role(
    tx: &mut Tx,
    organization: OrganizationId,
    user: UserId,
    role: MemberRole,
) -> Result<bool, DbError> {
    let sql = "UPDATE organization_members SET role = $3 WHERE organization_id = $1 AND user_id = $2";
    Ok(tx.execute(sql, params![organization, user, role.as_str()]).await? == 1)
}

/// `false` when the user is no member.
pub async fn remove(tx: &mut Tx, organization: OrganizationId, user: UserId) -> Result<bool, DbError> {
    let sql = "DELETE FROM organization_members WHERE organization_id = $1 AND user_id = $2";
    Ok(tx.execute(sql, params![organization, user]).await? == 1)
}

fn from_row(row: &Row) -> Result<Member, DbError> {
    Ok(Member {
        organization_id: row.parse("organization_id")?,
        user_id: row.parse("user_id")?,
        role: row.parse("role")?,
        created_at: row.get("created_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};
    use crate::{organizations, users};

    #[tokio::test]
    async fn members_come_change_and_go() {
        each_engine(async |db: &Db| {
            let (team, ann) = (organizations::tests::organization(1), users::tests::user("ann@example.com", 2));
            let member = Member { organization_id: team.id, user_id: ann.id, role: MemberRole::Owner, created_at: NOW };
            db.write(async move |tx: &mut Tx| {
                organizations::insert(tx, &team).await?;
                users::insert(tx, &ann, None).await?;
                insert(tx, &member).await?;
                assert_eq!(list(tx, team.id).await?, vec![member.clone()]);
                assert_eq!(list_of_user(tx, ann.id).await?, vec![member.clone()]);
                assert_eq!(find(tx, team.id, ann.id).await?, Some(member.clone()));
                assert!(set_role(tx, team.id, ann.id, MemberRole::Viewer).await?);
                assert_eq!(find(tx, team.id, ann.id).await?.map(|found| found.role), Some(MemberRole::Viewer));
                assert!(remove(tx, team.id, ann.id).await?);
                assert!(!remove(tx, team.id, ann.id).await?);
                assert!(!set_role(tx, team.id, ann.id, MemberRole::Owner).await?);
                assert_eq!(list(tx, team.id).await?, []);
                Ok::<_, DbError>(())
            })
            .await
            .expect("written");
        })
        .await;
    }
}
