//! Last use of secrets and number of tokens, summed in memory and written once a second.
//!
//! So a token costs no database statement. What was summed since the last flush is lost when the process is killed:
//! at most one second.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use gatehouse_core::id::{ApiCredentialId, ApiId, ApplicationId, ClientSecretId};
use gatehouse_core::time::Timestamp;
use gatehouse_store::db::DbError;
use gatehouse_store::{api_credentials, client_secrets, usage};

use super::client::Authenticated;
use crate::state::App;

/// The sums of one node.
#[derive(Debug, Default)]
pub struct TokenUsage(Mutex<Sums>);

/// What has come together since the last flush.
#[derive(Debug, Default)]
pub struct Sums {
    /// When each secret was last used.
    pub last_used: HashMap<ClientSecretId, Timestamp>,
    /// When each credential of an API was last used.
    pub asked: HashMap<ApiCredentialId, Timestamp>,
    /// Tokens by application and API.
    pub tokens: HashMap<(ApplicationId, ApiId), i64>,
    /// Tokens altogether.
    pub total: u64,
}

impl TokenUsage {
    /// Counts one token.
    pub fn issued(&self, by: &Authenticated, apis: impl Iterator<Item = ApiId>, now: Timestamp) {
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(secret) = by.secret() {
            sums.last_used.insert(secret.id, now);
        }
        sums.total += 1;
        for api in apis {
            *sums.tokens.entry((by.client.application.id, api)).or_default() += 1;
        }
    }

    /// Notes that an API has asked about a token.
    pub fn asked(&self, credential: ApiCredentialId, now: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).asked.insert(credential, now);
    }

    /// Takes the sums and starts anew; the total goes on.
    fn take(&self) -> Sums {
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let total = sums.total;
        std::mem::replace(&mut *sums, Sums { total, ..Sums::default() })
    }

    /// Puts sums back that could not be written.
    fn restore(&self, back: Sums) {
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (secret, at) in back.last_used {
            sums.last_used.entry(secret).or_insert(at);
        }
        for (credential, at) in back.asked {
            sums.asked.entry(credential).or_insert(at);
        }
        for (key, count) in back.tokens {
            *sums.tokens.entry(key).or_default() += count;
        }
    }

    /// Tokens since the start.
    pub fn total(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).total
    }
}

/// Writes the sums in one transaction. On failure they go back, so that the next attempt has them.
///
/// # Errors
/// [`DbError`] when the database cannot be written.
pub async fn flush(app: &App) -> Result<(), DbError> {
    let sums = app.token_usage.take();
    if sums.last_used.is_empty() && sums.tokens.is_empty() && sums.asked.is_empty() {
        return Ok(());
    }
    let hour = Timestamp::from_secs(app.ctx.now().as_secs().div_euclid(3_600) * 3_600);
    // In a fixed order, so that two nodes never wait for each other's rows crosswise.
    let mut used: Vec<_> = sums.last_used.iter().map(|(&secret, &at)| (secret, at)).collect();
    used.sort_unstable();
    let mut asked: Vec<_> = sums.asked.iter().map(|(&credential, &at)| (credential, at)).collect();
    asked.sort_unstable();
    let mut tokens: Vec<_> =
        sums.tokens.iter().map(|(&(application, api), &count)| (application, api, count)).collect();
    tokens.sort_unstable();
    let written = app.ctx.db.write(async move |tx| {
        client_secrets::touch_last_used(tx, &used).await?;
        api_credentials::touch_last_used(tx, &asked).await?;
        for &(application, api, count) in &tokens {
            usage::add_tokens(tx, application, api, hour, count).await?;
        }
        Ok::<_, DbError>(())
    });
    let written = written.await;
    if written.is_err() {
        app.token_usage.restore(sums);
    }
    written
}
