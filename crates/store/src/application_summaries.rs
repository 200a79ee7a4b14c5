//! A user's applications at a glance: one statement over applications, entitlements, secrets, slots and usage.

use gatehouse_core::id::{ApplicationId, UserId};
use gatehouse_core::portal::access_request::AccessRequestState;
use gatehouse_core::portal::application::{ApplicationState, ApplicationType, Environment};
use gatehouse_core::time::Timestamp;

use crate::db::{DbError, Row, Tx};
use crate::params;

/// Applications that a list reads at most.
pub const MOST: i64 = 1_000;

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationSummary {
    /// Its id.
    pub id: ApplicationId,
    /// What OAuth calls it.
    pub client_id: String,
    /// As customers see it.
    pub name: String,
    /// The name of its organization.
    pub organization: String,
    /// Its type.
    pub application_type: ApplicationType,
    /// Production or sandbox.
    pub environment: Environment,
    /// Active or suspended.
    pub state: ApplicationState,
    /// Names of the APIs that it may use now.
    pub apis: Vec<String>,
    /// Where the newest of its requests stands, of whatever API; drafts do not count.
    pub newest_request: Option<AccessRequestState>,
    /// How many secrets are usable.
    pub secrets: i64,
    /// When the newest of its usable secrets was made.
    pub secret_created_at: Option<Timestamp>,
    /// When the first of its usable secrets ends.
    pub secret_ends_at: Option<Timestamp>,
    /// When one of its secrets last got a token.
    pub last_used_at: Option<Timestamp>,
    /// Whether a secret waits to be collected.
    pub secret_waits: bool,
    /// Calls since the hour that was asked for.
    pub calls: i64,
}

/// Up to [`MOST`] applications of the user's organizations in order of name, without deleted ones. `since`: from which
/// hour on calls are summed.
pub async fn of_user(
    tx: &mut Tx,
    user: UserId,
    now: Timestamp,
    since: Timestamp,
) -> Result<Vec<ApplicationSummary>, DbError> {
    let sql = "WITH mine AS (
                   SELECT a.id, a.client_id, a.name, a.type, a.environment, a.state, o.name AS organization
                   FROM organization_members m JOIN organizations o ON o.id = m.organization_id
                   JOIN applications a ON a.organization_id = o.id
                   WHERE m.user_id = $1 AND a.state <> 'deleted' ORDER BY a.name, a.id LIMIT $4)
               SELECT mine.*, p.name AS api,
                   (SELECT COUNT(*) FROM client_secrets s WHERE s.application_id = mine.id
                       AND s.state IN ('active', 'retiring') AND (s.expires_at IS NULL OR s.expires_at > $2)
                       AND (s.retires_at IS NULL OR s.retires_at > $2)) AS secrets,
                   (SELECT MAX(s.created_at) FROM client_secrets s WHERE s.application_id = mine.id
                       AND s.state IN ('active', 'retiring') AND (s.expires_at IS NULL OR s.expires_at > $2)
                       AND (s.retires_at IS NULL OR s.retires_at > $2)) AS secret_created_at,
                   (SELECT MIN(s.expires_at) FROM client_secrets s WHERE s.application_id = mine.id
                       AND s.state IN ('active', 'retiring') AND s.expires_at > $2
                       AND (s.retires_at IS NULL OR s.retires_at > $2)) AS secret_ends_at,
                   (SELECT MAX(s.last_used_at) FROM client_secrets s
                       WHERE s.application_id = mine.id) AS last_used_at,
                   (SELECT r.state FROM access_requests r WHERE r.application_id = mine.id
                       AND r.submitted_at IS NOT NULL ORDER BY r.id DESC LIMIT 1) AS newest_request,
                   (SELECT COUNT(*) FROM client_secret_slots c WHERE c.application_id = mine.id
                       AND c.collected_at IS NULL AND c.expires_at > $2) AS slots,
                   (SELECT CAST(COALESCE(SUM(u.calls), 0) AS BIGINT) FROM usage_hours u
                       WHERE u.application_id = mine.id AND u.hour >= $3) AS calls
               FROM mine LEFT JOIN entitlements e ON e.application_id = mine.id
                   AND EXISTS (SELECT 1 FROM entitlement_scopes es WHERE es.entitlement_id = e.id
                       AND es.state = 'active' AND (es.expires_at IS NULL OR es.expires_at > $2))
               LEFT JOIN apis p ON p.id = e.api_id
               ORDER BY mine.name, mine.id, p.name";
    let mut found: Vec<ApplicationSummary> = Vec::new();
    for row in tx.query(sql, params![user, now, since, MOST]).await? {
        let api: Option<String> = row.get("api")?;
        match found.last_mut() {
            Some(last) if last.id.to_string() == row.get::<String>("id")? => last.apis.extend(api),
            _ => found.push(ApplicationSummary { apis: api.into_iter().collect(), ..read(&row)? }),
        }
    }
    Ok(found)
}

fn read(row: &Row) -> Result<ApplicationSummary, DbError> {
    Ok(ApplicationSummary {
        id: row.parse("id")?,
        client_id: row.get("client_id")?,
        name: row.get("name")?,
        organization: row.get("organization")?,
        application_type: row.parse("type")?,
        environment: row.parse("environment")?,
        state: row.parse("state")?,
        apis: Vec::new(),
        newest_request: row.parse_opt("newest_request")?,
        secrets: row.get("secrets")?,
        secret_created_at: row.get("secret_created_at")?,
        secret_ends_at: row.get("secret_ends_at")?,
        last_used_at: row.get("last_used_at")?,
        secret_waits: row.get::<i64>("slots")? > 0,
        calls: row.get("calls")?,
    })
}

#[cfg(test)]
mod tests {
    use gatehouse_core::id::{AccessRequestId, ClientSecretId, EntitlementId, SecretSlotId};
    use gatehouse_core::identity::organization::{Member, MemberRole};
    use gatehouse_core::portal::access_request::AccessRequest;
    use gatehouse_core::portal::client_secret::{ClientSecret, ClientSecretState};
    use gatehouse_core::portal::client_secret_slot::ClientSecretSlot;
    use gatehouse_core::portal::entitlement::{EntitledScope, EntitledScopeState, Entitlement};
    use gatehouse_core::random::SeededRandom;
    use gatehouse_core::secret::SecretHash;

    use super::*;
    use crate::access_requests::tests::sample;
    use crate::applications::tests::{Ground, ground, insert_sample};
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};
    use crate::usage::Calls;
    use crate::{access_requests, client_secret_slots, client_secrets, entitlements, organization_members, usage};

    const DAY: i64 = 86_400;

    fn secret(application_id: ApplicationId, seed: u64, made: i64) -> ClientSecret {
        ClientSecret {
            id: ClientSecretId::new(NOW, &SeededRandom::new(seed)),
            application_id,
            name: "s".into(),
            hash: SecretHash::of(&format!("{application_id} {seed}")),
            last_four: "abcd".into(),
            state: ClientSecretState::Active,
            created_by: "x".into(),
            created_at: NOW.plus_secs(made),
            expires_at: None,
            retires_at: None,
            ended_at: None,
            last_used_at: None,
        }
    }

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
                expires_at: Some(NOW.plus_secs(9 * DAY)),
                ended_at: None,
            }],
        }
    }

    #[tokio::test]
    async fn tells_all_of_an_application_in_one_line() {
        each_engine(async |db: &Db| {
            let ground = ground(db).await;
            let mut ids = [insert_sample(db, ground, 1).await.id, insert_sample(db, ground, 2).await.id];
            ids.sort();
            let [busy, idle] = ids;
            let write = async move |tx: &mut Tx| {
                let user = ground.developer;
                assert_eq!(of_user(tx, user, NOW, NOW).await?, [], "no member yet");
                let organization_id = ground.organization;
                let member = Member { organization_id, user_id: user, role: MemberRole::Viewer, created_at: NOW };
                organization_members::insert(tx, &member).await?;
                entitlements::insert(tx, &entitlement(ground, busy)).await?;
                let lasting = ClientSecret { last_used_at: Some(NOW.plus_secs(-9)), ..secret(busy, 1, -9 * DAY) };
                let ending = ClientSecret { expires_at: Some(NOW.plus_secs(2 * DAY)), ..secret(busy, 2, -DAY) };
                let gone = ClientSecret {
                    state: ClientSecretState::Revoked,
                    last_used_at: Some(NOW.plus_secs(-99)),
                    ..secret(busy, 3, 0)
                };
                for one in [lasting, ending, gone] {
                    client_secrets::insert(tx, &one).await?;
                }
                let slot = ClientSecretSlot::open(SecretSlotId::new(NOW, &SeededRandom::new(1)), idle, NOW);
                client_secret_slots::insert(tx, &slot).await?;
                let client_id: String = tx
                    .query_one("SELECT client_id FROM applications WHERE id = $1", params![busy])
                    .await?
                    .get("client_id")?;
                for (hour, calls) in [(-2 * DAY, 50), (-3_600, 3), (0, 4)] {
                    let sums = Calls { calls, refused: 1, failed: 0 };
                    usage::add_calls(tx, &client_id, ground.api, NOW.plus_secs(hour), sums).await?;
                }
                let seen = of_user(tx, user, NOW, NOW.plus_secs(-DAY)).await?;
                let later = of_user(tx, user, NOW.plus_secs(9 * DAY), NOW).await?;
                Ok::<_, DbError>((seen, later))
            };
            let (seen, later) = db.write(write).await.expect("read");
            assert_eq!(seen.iter().map(|line| line.id).collect::<Vec<_>>(), [busy, idle]);
            let line = &seen[0];
            assert_eq!((line.apis.as_slice(), line.calls), (&["A".to_owned()][..], 7));
            assert_eq!((line.secrets, line.secret_created_at), (2, Some(NOW.plus_secs(-DAY))));
            assert_eq!(line.secret_ends_at, Some(NOW.plus_secs(2 * DAY)));
            assert_eq!((line.last_used_at, line.secret_waits), (Some(NOW.plus_secs(-9)), false));
            assert_eq!((seen[1].apis.len(), seen[1].calls, seen[1].secret_waits), (0, 0, true));
            assert_eq!((seen[1].secret_created_at, seen[1].organization.as_str()), (None, "O"));
            assert!(later[0].apis.is_empty() && !later[1].secret_waits, "what a date has ended does not count");
        })
        .await;
    }

    #[tokio::test]
    async fn tells_where_the_newest_request_stands() {
        each_engine(async |db: &Db| {
            let ground = ground(db).await;
            let id = insert_sample(db, ground, 1).await.id;
            let member = Member {
                organization_id: ground.organization,
                user_id: ground.developer,
                role: MemberRole::Viewer,
                created_at: NOW,
            };
            let asked = move |seconds: i64, state| AccessRequest {
                id: AccessRequestId::new(NOW.plus_secs(seconds), &SeededRandom::new(1)),
                state,
                submitted_at: (state != AccessRequestState::Draft).then_some(NOW),
                ..sample(ground, id, seconds.unsigned_abs())
            };
            let write = async move |tx: &mut Tx| {
                organization_members::insert(tx, &member).await?;
                let newest = async |tx: &mut Tx| {
                    Ok::<_, DbError>(of_user(tx, member.user_id, NOW, NOW).await?[0].newest_request)
                };
                assert_eq!(newest(tx).await?, None);
                let states = [AccessRequestState::Approved, AccessRequestState::Declined, AccessRequestState::Draft];
                for (state, seconds) in states.into_iter().zip(1..) {
                    access_requests::insert(tx, &asked(seconds, state)).await?;
                }
                newest(tx).await
            };
            let newest = db.write(write).await.expect("read");
            assert_eq!(newest, Some(AccessRequestState::Declined), "a draft says nothing");
        })
        .await;
    }
}
