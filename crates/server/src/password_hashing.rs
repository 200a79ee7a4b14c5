//! Argon2id on blocking threads, a few at a time: a flood of sign-ins must not starve the tokens (`security.md` I).

use std::sync::Arc;

use gatehouse_core::identity::password::{Password, PasswordHash};
use gatehouse_core::random::bytes;
use tokio::sync::Semaphore;

use crate::actions::ActionError;
use crate::context::Context;

/// The hash of a password that nobody knows, with today's parameters.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$n8QAVeJTtTUmpb+Z6hNwDA$BefWm1MCjvk9inPDTN+cJGXbGkhOUgdgHG4+zfeUltQ";

/// Lets at most half of the machine's cores hash at once. Cheap to clone.
#[derive(Clone, Debug)]
pub struct PasswordHashing(Arc<Semaphore>);

impl Default for PasswordHashing {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self(Arc::new(Semaphore::new((cores / 2).max(1))))
    }
}

/// Hashes a chosen password with a fresh salt. Never inside a transaction.
pub async fn hash(ctx: &Context, password: Password) -> Result<PasswordHash, ActionError> {
    let salt = bytes(ctx.random());
    blocking(ctx, move || password.hash(salt)).await
}

/// Whether `text` is the password behind `hash`.
pub async fn verify(ctx: &Context, hash: PasswordHash, text: String) -> Result<bool, ActionError> {
    blocking(ctx, move || hash.verify(&text)).await
}

/// Does the work of [`verify`] where there is nobody to verify, so that time tells a stranger nothing.
pub async fn verify_nobody(ctx: &Context, text: String) -> Result<(), ActionError> {
    verify(ctx, PasswordHash::from_stored(NOBODYS.to_owned()), text).await.map(drop)
}

async fn blocking<T: Send + 'static>(
    ctx: &Context,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ActionError> {
    let ended = |error: &dyn std::fmt::Display| ActionError::Internal(format!("password hashing ended: {error}"));
    let permit = Arc::clone(&ctx.passwords.0).acquire_owned().await.map_err(|error| ended(&error))?;
    let task = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(permit);
        done
    });
    task.await.map_err(|error| ended(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobodys_hash_costs_what_others_cost() {
        let nobodys = PasswordHash::from_stored(NOBODYS.to_owned());
        assert!(!nobodys.is_outdated(), "today's parameters");
        // A text that is no hash would be refused without any work.
        let length = |hash: &PasswordHash| hash.as_str().split('$').map(str::len).collect::<Vec<_>>();
        let others = Password::choose("four unrelated words", None).unwrap().hash([7; 16]);
        assert_eq!(length(&nobodys), length(&others));
        assert!(!nobodys.verify("") && !nobodys.verify("four unrelated words"));
    }
}
