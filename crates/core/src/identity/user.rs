//! A person who signs in.
//!
//! `active ⇄ disabled`, both `→ deleted`. A deleted user's row stays, so that the id is never reused, but the address
//! becomes free; nothing is inherited with it, since everything hangs on the id.

use super::email::Email;
use crate::id::UserId;
use crate::time::Timestamp;

crate::text_enum! {
    /// What a user may do in the whole installation.
    Role, "role" {
        /// Everyone.
        Developer = "developer",
        /// Decides on access requests.
        Reviewer = "reviewer",
        /// Operates the installation.
        Admin = "admin",
    }
}

crate::text_enum! {
    /// Where a user's account stands.
    UserState, "user state" {
        /// Can sign in.
        Active = "active",
        /// Cannot; everything given out in this user's name is refused.
        Disabled = "disabled",
        /// Gone for good.
        Deleted = "deleted",
    }
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Never reused.
    pub id: UserId,
    /// As typed, with its unique key.
    pub email: Email,
    /// When the address was shown to be this person's.
    pub email_verified_at: Option<Timestamp>,
    /// As other people see it.
    pub name: String,
    /// In the whole installation.
    pub role: Role,
    /// Active, disabled or deleted.
    pub state: UserState,
    /// IANA name, for showing times.
    pub time_zone: String,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Of the last change.
    pub updated_at: Timestamp,
    /// Rises with every change.
    pub version: i64,
}

/// Why a change of a user is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    /// There is no way from here to there.
    #[error("a user that is {from} cannot become {to}")]
    Transition {
        /// The present state.
        from: UserState,
        /// The wanted one.
        to: UserState,
    },
}

impl User {
    /// Whether this user can act at all, and lend an application what it sees.
    pub fn is_active(&self) -> bool {
        self.state == UserState::Active
    }

    /// Whether this user can be an application's API user, or be given what was promised to the address.
    pub fn is_verified(&self) -> bool {
        self.email_verified_at.is_some()
    }

    /// Takes the way in away.
    pub fn disable(&self, now: Timestamp) -> Result<Self, UserError> {
        self.go(UserState::Disabled, now)
    }

    /// Gives it back.
    pub fn enable(&self, now: Timestamp) -> Result<Self, UserError> {
        self.go(UserState::Active, now)
    }

    /// Removes the account for good.
    pub fn delete(&self, now: Timestamp) -> Result<Self, UserError> {
        self.go(UserState::Deleted, now)
    }

    /// Another role in the installation.
    #[must_use]
    pub fn with_role(&self, role: Role, now: Timestamp) -> Self {
        Self { role, ..self.changed(now) }
    }

    /// The address was shown to be this person's. Verifying again keeps the first time.
    #[must_use]
    pub fn verify_email(&self, now: Timestamp) -> Self {
        Self { email_verified_at: self.email_verified_at.or(Some(now)), ..self.changed(now) }
    }

    /// Another address, which nobody has shown yet to be this person's.
    #[must_use]
    pub fn with_email(&self, email: Email, now: Timestamp) -> Self {
        Self { email, email_verified_at: None, ..self.changed(now) }
    }

    fn go(&self, to: UserState, now: Timestamp) -> Result<Self, UserError> {
        match (self.state, to) {
            (UserState::Active, UserState::Disabled | UserState::Deleted)
            | (UserState::Disabled, UserState::Active | UserState::Deleted) => {
                Ok(Self { state: to, ..self.changed(now) })
            }
            (from, to) => Err(UserError::Transition { from, to }),
        }
    }

    fn changed(&self, now: Timestamp) -> Self {
        Self { updated_at: now, version: self.version + 1, ..self.clone() }
    }
}

/// Whether a text can be the name of a time zone: `Area/Place` of ASCII letters. Whether it exists is known to the
/// time zone database, which is outside of this crate.
pub fn is_time_zone_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.split('/').all(|part| {
            part.starts_with(|c: char| c.is_ascii_alphabetic())
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte))
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::SeededRandom;

    fn user() -> User {
        let now = Timestamp::from_secs(1_795_345_500);
        User {
            id: UserId::new(now, &SeededRandom::new(1)),
            email: Email::parse("ann@example.com").expect("an address"),
            email_verified_at: None,
            name: "Ann".to_owned(),
            role: Role::Developer,
            state: UserState::Active,
            time_zone: "Etc/UTC".to_owned(),
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }

    #[test]
    fn verifying_twice_keeps_the_first_time() {
        let first = user().verify_email(Timestamp::from_secs(10));
        assert_eq!(first.verify_email(Timestamp::from_secs(20)).email_verified_at, Some(Timestamp::from_secs(10)));
    }

    #[test]
    fn another_address_is_not_verified_by_the_one_before() {
        let verified = user().verify_email(Timestamp::from_secs(10));
        let email = Email::parse("ann@new.example").expect("an address");
        let moved = verified.with_email(email.clone(), Timestamp::from_secs(20));
        assert_eq!((moved.email.clone(), moved.is_verified(), moved.version), (email, false, verified.version + 1));
    }

    #[test]
    fn time_zone_names() {
        for good in ["UTC", "Etc/UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"] {
            assert!(is_time_zone_name(good), "{good}");
        }
        for bad in ["", "/etc/passwd", "../UTC", "Europe/", "Europe//Berlin", "Europe/Ber lin", "\u{0}"] {
            assert!(!is_time_zone_name(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn nothing_leads_out_of_deleted(steps in proptest::collection::vec(0_u8..3, 0..20)) {
            let mut user = user();
            let mut deleted = false;
            for (at, step) in steps.into_iter().enumerate() {
                let now = user.updated_at.plus_secs(1);
                let next = match step {
                    0 => user.disable(now),
                    1 => user.enable(now),
                    _ => user.delete(now),
                };
                match next {
                    Ok(next) => {
                        prop_assert!(!deleted, "step {at} left `deleted`");
                        prop_assert_ne!(next.state, user.state);
                        prop_assert_eq!(next.version, user.version + 1);
                        deleted = next.state == UserState::Deleted;
                        user = next;
                    }
                    Err(UserError::Transition { from, to }) => {
                        prop_assert_eq!(from, user.state);
                        prop_assert!(deleted || from == to);
                    }
                }
            }
        }
    }
}
