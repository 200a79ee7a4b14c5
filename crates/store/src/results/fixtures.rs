//! What the tests of this folder start from.

use gatehouse_core::id::{ImportId, UserId, WorkspaceId};
use gatehouse_core::random::SeededRandom;
use gatehouse_core::results::details::SessionDetails;
use gatehouse_core::results::import::{Record, SessionRecord, TestRecord, TestType};
use gatehouse_core::results::list::SessionStatus;
use gatehouse_core::time::Timestamp;
use uuid::Uuid;

use super::import::{Applied, ImportError, Mode, StagedLine, apply, stage};
use crate::db::{Db, DbError};
use crate::params;

pub(super) const NOW: Timestamp = Timestamp::from_secs(1_795_345_500);
pub(super) const CLIENT_ID: &str = "client";

/// A user who is a member of one of two workspaces and the API user of an application of their organization.
#[derive(Clone, Copy, Debug)]
pub(super) struct World {
    pub(super) user: UserId,
    pub(super) workspace: WorkspaceId,
    pub(super) other_workspace: WorkspaceId,
}

pub(super) async fn world(db: &Db) -> World {
    let random = SeededRandom::new(1);
    let world = World {
        user: UserId::new(NOW, &random),
        workspace: WorkspaceId::new(NOW, &random),
        other_workspace: WorkspaceId::new(NOW, &random),
    };
    let World { user, workspace, other_workspace } = world;
    for id in [workspace, other_workspace] {
        let sql = "INSERT INTO workspaces (id, name, created_at, updated_at, version) VALUES ($1, 'W', 0, 0, 1)";
        run(db, sql, params![id]).await;
    }
    let sql = "INSERT INTO users (id, email, email_key, email_verified_at, name, role, state, time_zone, created_at,
        updated_at, version) VALUES ($1, 'u@x', 'u@x', 0, 'U', 'developer', 'active', 'UTC', 0, 0, 1)";
    run(db, sql, params![user]).await;
    let sql = "INSERT INTO organizations (id, name, created_at, updated_at, version) VALUES ('org', 'O', 0, 0, 1)";
    run(db, sql, params![]).await;
    let sql = "INSERT INTO organization_members (organization_id, user_id, role, created_at)
        VALUES ('org', $1, 'owner', 0)";
    run(db, sql, params![user]).await;
    let sql = "INSERT INTO workspace_members (workspace_id, user_id, role, created_at) VALUES ($1, $2, 'member', 0)";
    run(db, sql, params![workspace, user]).await;
    let sql = "INSERT INTO applications (id, organization_id, client_id, name, contacts, type, environment, state,
        api_user_id, redirect_uris, post_logout_redirect_uris, require_pkce,
        require_pushed_authorization_requests, token_endpoint_auth_methods,
        id_token_signed_response_alg, subject_type, backchannel_logout_session_required, skip_consent,
        sign_in_scopes, created_at, updated_at, version)
        VALUES ('app', 'org', $1, 'A', '[]', 'service', 'production', 'active', $2, '[]', '[]', 1, 0, '[]', 'RS256',
            'public', 0, 0, '', 0, 0, 1)";
    run(db, sql, params![CLIENT_ID, user]).await;
    world
}

pub(super) async fn run(db: &Db, sql: &'static str, values: &[crate::db::Value]) {
    let values = values.to_vec();
    let done: Result<u64, DbError> = db.write(async move |tx| tx.execute(sql, &values).await).await;
    done.expect("the statement runs");
}

pub(super) fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub(super) fn test(number: u128, workspace_id: WorkspaceId) -> Record {
    Record::Test(TestRecord { test_id: id(number), workspace_id, title: "Checkout".to_owned(), kind: TestType::Survey })
}

/// A completed session that began so many seconds after [`NOW`].
pub(super) fn session(number: u128, test: u128, seconds: i64) -> Record {
    session_of(number, test, seconds, SessionStatus::Complete)
}

pub(super) fn session_of(number: u128, test: u128, seconds: i64, status: SessionStatus) -> Record {
    Record::Session(Box::new(SessionRecord {
        test_id: id(test),
        status,
        start_time: NOW.plus_secs(seconds),
        finish_time: None,
        details: SessionDetails {
            session_id: id(number),
            audience_id: None,
            test_plan_id: None,
            session_participant: None,
            task_groups: Vec::new(),
            tasks: Vec::new(),
        },
    }))
}

/// Stages the records as lines 1, 2, … and applies them; `run` tells imports and their times apart.
pub(super) async fn import(db: &Db, run: i64, records: &[Record], mode: Mode) -> Result<Applied, ImportError> {
    let now = NOW.plus_secs(run);
    let import_id = ImportId::new(now, &SeededRandom::new(2));
    let lines: Vec<StagedLine> = (1..).zip(records).map(|(line, record)| StagedLine::new(line, record)).collect();
    let count = lines.len() as u64;
    let staged: Result<(), DbError> = db.write(async move |tx| stage(tx, import_id, &lines, now).await).await;
    staged?;
    db.write(async move |tx| apply(tx, import_id, count, mode, now).await).await
}
