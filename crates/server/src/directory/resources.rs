//! An API as the introspection endpoint knows it: by a credential of its own.

use gatehouse_core::id::{ApiCredentialId, ApiId};
use gatehouse_core::secret::SecretHash;
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::{api_credentials, apis};

use crate::context::Context;

/// An API that has shown its credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Which credential.
    pub credential_id: ApiCredentialId,
    /// Whose.
    pub api_id: ApiId,
    /// What `aud` of the tokens holds that it may ask about.
    pub audience: String,
}

/// `None` for a credential that is unknown or revoked.
pub(super) async fn read(ctx: &Context, hash: SecretHash) -> Result<Option<Resource>, DbError> {
    let read = async move |tx: &mut Tx| {
        let Some(credential) = api_credentials::find_by_hash(tx, hash).await? else { return Ok(None) };
        let api = apis::find(tx, credential.api_id).await?;
        Ok::<_, DbError>(api.map(|api| Resource {
            credential_id: credential.id,
            api_id: api.id,
            audience: api.audience,
        }))
    };
    ctx.db.read(read).await
}
