//! Lines on their way into the database: gathered until a transaction is worth it.

use std::sync::Arc;
use std::time::Duration;

use gatehouse_core::id::ImportId;
use gatehouse_store::db::{Db, DbError};
use gatehouse_store::results::import::{self, StagedLine};

use crate::context::Context;

/// Lines in one transaction; short, so that the server's own writes never wait long for an import's.
const LINES: usize = 500;
/// Bytes in one transaction, about.
const BYTES: usize = 4 << 20;
/// Lines thrown away in one transaction.
const DISCARD: i64 = 2_000;
/// An import that has laid nothing aside for so long is dead.
const DEAD_AFTER: Duration = Duration::from_secs(3_600);

/// Gathers lines and lays them aside.
pub(super) struct Staging {
    ctx: Context,
    /// Names the run.
    pub(super) import_id: ImportId,
    /// Lines laid aside so far.
    pub(super) staged: u64,
    lines: Vec<StagedLine>,
    bytes: usize,
}

impl Staging {
    pub(super) fn new(ctx: &Context, import_id: ImportId) -> Self {
        Self { ctx: ctx.clone(), import_id, staged: 0, lines: Vec::new(), bytes: 0 }
    }

    pub(super) fn add(&mut self, line: StagedLine) {
        self.bytes += line.weight();
        self.lines.push(line);
    }

    pub(super) fn is_full(&self) -> bool {
        self.lines.len() >= LINES || self.bytes >= BYTES
    }

    /// Lays aside what was gathered.
    pub(super) async fn flush(&mut self) -> Result<(), DbError> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let lines: Arc<[StagedLine]> = std::mem::take(&mut self.lines).into();
        self.bytes = 0;
        self.staged += lines.len() as u64;
        let (import_id, now) = (self.import_id, self.ctx.now());
        self.ctx.db.write(async move |tx| import::stage(tx, import_id, &lines, now).await).await
    }

    /// Throws away what was laid aside.
    pub(super) async fn discard(&self) -> Result<(), DbError> {
        if self.staged == 0 {
            return Ok(());
        }
        discard(&self.ctx.db, self.import_id).await
    }
}

/// Throws away what dead imports left. Their lines were never visible.
pub(crate) async fn sweep(ctx: &Context) -> Result<(), DbError> {
    let before = ctx.now().minus(DEAD_AFTER);
    for import_id in ctx.db.read(async move |tx| import::leftovers(tx, before).await).await? {
        discard(&ctx.db, import_id).await?;
    }
    Ok(())
}

async fn discard(db: &Db, import_id: ImportId) -> Result<(), DbError> {
    loop {
        if db.write(async move |tx| import::discard(tx, import_id, DISCARD).await).await? == 0 {
            return Ok(());
        }
    }
}
