//! The key of pairwise subjects, made once per installation.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatehouse_core::oauth::subject::PairwiseKey;
use gatehouse_core::random::bytes;
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::settings;

use crate::context::Context;

const NAME: &str = "pairwise_key";

/// Reads it, or makes it: of several nodes at once, one.
pub(super) async fn load(ctx: &Context) -> Result<PairwiseKey, DbError> {
    if let Some(key) = ctx.db.read(async |tx: &mut Tx| settings::get(tx, NAME).await).await? {
        return parse(&key);
    }
    let new = URL_SAFE_NO_PAD.encode(bytes::<32>(ctx.random()));
    let stored = ctx.db.write(async move |tx: &mut Tx| {
        settings::set_first(tx, NAME, &new).await?;
        settings::get(tx, NAME).await
    });
    parse(&stored.await?.unwrap_or_default())
}

fn parse(text: &str) -> Result<PairwiseKey, DbError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let key = bytes.map(|bytes| PairwiseKey::new(&bytes));
    key.ok_or_else(|| DbError::Unreadable(format!("settings.{NAME}: not 32 bytes in base64url")))
}
