//! Changes of an application that reviewers must see again: `submitted → approved | declined | withdrawn`. The old value
//! stays in use until a change is approved, so that neither a stolen session nor a careless member sends codes to an
//! address, or shows data of a person, that nobody has approved.
//!
//! A change says what it adds to and takes from the value that it was proposed for. What is approved is put into the
//! value of that moment: what was removed meanwhile does not come back.

use super::access_request::{Reviewer, Verdict};
use super::api::RedirectUriChanges;
use super::application::{Application, Environment, SignInScope};
use super::entitlement::{EntitledScopeState, Entitlement};
use crate::id::{ApplicationChangeId, ApplicationId, OrganizationId, UserId};
use crate::random::Random;
use crate::time::Timestamp;

crate::text_enum! {
    /// What of an application can wait for a review.
    ChangedField, "changed field" {
        /// Where codes are sent.
        RedirectUris = "redirect_uris",
        /// Where a logout may end.
        PostLogoutRedirectUris = "post_logout_redirect_uris",
        /// Whose workspaces its own tokens see.
        ApiUser = "api_user",
    }
}

crate::text_enum! {
    /// Where a change stands.
    ApplicationChangeState, "application change state" {
        /// Waiting for a reviewer.
        Submitted = "submitted",
        /// In use.
        Approved = "approved",
        /// Refused, with a reason.
        Declined = "declined",
        /// Taken back, or replaced by a newer one.
        Withdrawn = "withdrawn",
    }
}

/// The value that it was proposed for, and the one that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proposal {
    /// Where codes are sent.
    RedirectUris(Addresses),
    /// Where a logout may end.
    PostLogoutRedirectUris(Addresses),
    /// Whose workspaces its own tokens see.
    ApiUser {
        /// Until now.
        before: Option<UserId>,
        /// From the approval on.
        after: Option<UserId>,
    },
}

/// Two lists of addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// Until now.
    pub before: Vec<String>,
    /// From the approval on.
    pub after: Vec<String>,
}

/// A change that waits for a review, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationChange {
    /// Its id.
    pub id: ApplicationChangeId,
    /// What people quote: `C-` and 8 Crockford characters.
    pub reference: String,
    /// Of which application.
    pub application_id: ApplicationId,
    /// The application's organization.
    pub organization_id: OrganizationId,
    /// What is wanted.
    pub proposal: Proposal,
    /// Where it stands.
    pub state: ApplicationChangeState,
    /// The member who proposed it.
    pub proposed_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// When the decision is due.
    pub due_at: Timestamp,
    /// Who decided or withdrew it; nobody when an operator did, or a newer change took its place.
    pub decided_by: Option<UserId>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// Why it was declined, for the developer.
    pub reason: Option<String>,
}

/// Which changes of an application wait for a review.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reviewed {
    /// Those of redirect and post-logout URIs.
    pub redirect_uris: bool,
    /// Those of the API user, and of what decides all of this: the environment.
    pub api_user: bool,
}

/// Why a change is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplicationChangeError {
    /// It has ended.
    #[error("the change is {state}: it cannot be {wanted} any more")]
    State {
        /// Where it stands.
        state: ApplicationChangeState,
        /// What was wanted of it, as a participle.
        wanted: &'static str,
    },
    /// The reviewer belongs to the organization that asks.
    #[error("nobody decides on a change of their own organization")]
    OwnOrganization,
    /// Declining without a reason.
    #[error("give the reason for declining; the developer reads it")]
    ReasonMissing,
    /// Somebody else has set another API user.
    #[error("the API user is another one than when this change was proposed: decline it, and let it be proposed anew")]
    Outdated,
}

impl ApplicationChangeError {
    /// A stable word for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::State { .. } => "change_state",
            Self::OwnOrganization => "own_organization",
            Self::ReasonMissing => "reason_missing",
            Self::Outdated => "change_outdated",
        }
    }
}

impl Proposal {
    /// What it changes.
    pub const fn field(&self) -> ChangedField {
        match self {
            Self::RedirectUris(_) => ChangedField::RedirectUris,
            Self::PostLogoutRedirectUris(_) => ChangedField::PostLogoutRedirectUris,
            Self::ApiUser { .. } => ChangedField::ApiUser,
        }
    }

    /// The application as it is once this is approved.
    pub fn apply(&self, application: Application) -> Result<Application, ApplicationChangeError> {
        match self {
            Self::RedirectUris(addresses) => {
                let redirect_uris = addresses.put_into(&application.redirect_uris);
                Ok(Application { redirect_uris, ..application })
            }
            Self::PostLogoutRedirectUris(addresses) => {
                let post_logout_redirect_uris = addresses.put_into(&application.post_logout_redirect_uris);
                Ok(Application { post_logout_redirect_uris, ..application })
            }
            Self::ApiUser { before, after } => {
                if application.api_user_id != *before && application.api_user_id != *after {
                    return Err(ApplicationChangeError::Outdated);
                }
                Ok(Application { api_user_id: *after, ..application })
            }
        }
    }
}

impl Addresses {
    /// Those that are wanted and were not there.
    pub fn added(&self) -> impl Iterator<Item = &String> {
        self.after.iter().filter(|uri| !self.before.contains(uri))
    }

    /// Those that were there and are not wanted.
    pub fn removed(&self) -> impl Iterator<Item = &String> {
        self.before.iter().filter(|uri| !self.after.contains(uri))
    }

    /// The present value with what this adds and without what it takes away, in the order of the wanted one.
    fn put_into(&self, present: &[String]) -> Vec<String> {
        let stays = |uri: &&String| present.contains(uri) || !self.before.contains(uri);
        let others = present.iter().filter(|uri| !self.before.contains(uri) && !self.after.contains(uri));
        self.after.iter().filter(stays).chain(others).cloned().collect()
    }
}

/// Which changes of an application wait, given what it holds, each with the policy of its API. An entitlement that is
/// suspended counts: it was approved, and can be resumed. Where no API says anything, new redirect URIs of an application
/// that was let sign customers in wait: what customers have allowed it would go to them unasked.
pub fn reviewed<'a>(
    (environment, sign_in_scopes): (Environment, &[SignInScope]),
    held: impl IntoIterator<Item = (&'a Entitlement, RedirectUriChanges)>,
    now: Timestamp,
) -> Reviewed {
    if environment == Environment::Sandbox {
        return Reviewed::default();
    }
    let stands = |entitlement: &Entitlement| {
        let stands = [EntitledScopeState::Active, EntitledScopeState::Suspended];
        entitlement.scopes.iter().any(|scope| stands.contains(&scope.state_at(now)))
    };
    let mut policies = held.into_iter().filter(|(held, _)| stands(held)).map(|(_, policy)| policy).peekable();
    let of_sign_in = Reviewed { redirect_uris: !sign_in_scopes.is_empty(), api_user: false };
    let none = if policies.peek().is_some() { Reviewed::default() } else { of_sign_in };
    policies.fold(none, |reviewed, policy| Reviewed {
        redirect_uris: reviewed.redirect_uris || policy == RedirectUriChanges::Review,
        api_user: true,
    })
}

/// Parts what is wanted of an application into what goes live at once and what waits. Taking addresses away never waits
/// by itself; together with new ones it does, so that an application is not without an address in between.
pub fn part(present: &Application, wanted: Application, reviewed: Reviewed) -> (Application, Vec<Proposal>) {
    let (mut at_once, mut waiting) = (wanted, Vec::new());
    if reviewed.redirect_uris {
        if let Some(addresses) = hold_back(&present.redirect_uris, &mut at_once.redirect_uris) {
            waiting.push(Proposal::RedirectUris(addresses));
        }
        let (before, after) = (&present.post_logout_redirect_uris, &mut at_once.post_logout_redirect_uris);
        if let Some(addresses) = hold_back(before, after) {
            waiting.push(Proposal::PostLogoutRedirectUris(addresses));
        }
    }
    if reviewed.api_user && at_once.api_user_id != present.api_user_id {
        waiting.push(Proposal::ApiUser { before: present.api_user_id, after: at_once.api_user_id });
        at_once.api_user_id = present.api_user_id;
    }
    (at_once, waiting)
}

fn hold_back(present: &[String], wanted: &mut Vec<String>) -> Option<Addresses> {
    if wanted.iter().all(|uri| present.contains(uri)) {
        return None;
    }
    let after = std::mem::replace(wanted, present.to_vec());
    Some(Addresses { before: present.to_vec(), after })
}

/// `submitted → approved | declined`.
pub fn decide(
    change: ApplicationChange,
    verdict: &Verdict,
    reviewer: Reviewer<'_>,
    now: Timestamp,
) -> Result<ApplicationChange, ApplicationChangeError> {
    expect_submitted(&change, "decided")?;
    if reviewer.organizations.contains(&change.organization_id) || reviewer.user_id == change.proposed_by {
        return Err(ApplicationChangeError::OwnOrganization);
    }
    let (state, reason) = match verdict {
        Verdict::Approve => (ApplicationChangeState::Approved, None),
        Verdict::Decline { reason } if reason.trim().is_empty() => return Err(ApplicationChangeError::ReasonMissing),
        Verdict::Decline { reason } => (ApplicationChangeState::Declined, Some(reason.clone())),
    };
    Ok(ApplicationChange { state, reason, decided_by: Some(reviewer.user_id), decided_at: Some(now), ..change })
}

/// `submitted → withdrawn`, by a member or, without one, by a newer change or an operator.
pub fn withdraw(
    change: ApplicationChange,
    by: Option<UserId>,
    now: Timestamp,
) -> Result<ApplicationChange, ApplicationChangeError> {
    expect_submitted(&change, "withdrawn")?;
    let state = ApplicationChangeState::Withdrawn;
    Ok(ApplicationChange { state, decided_by: by, decided_at: Some(now), ..change })
}

fn expect_submitted(change: &ApplicationChange, wanted: &'static str) -> Result<(), ApplicationChangeError> {
    match change.state {
        ApplicationChangeState::Submitted => Ok(()),
        state => Err(ApplicationChangeError::State { state, wanted }),
    }
}

/// A new reference: `C-` and 8 Crockford characters, 40 bits, unique by index.
pub fn new_reference(random: &dyn Random) -> String {
    super::access_request::new_reference(random).replacen('R', "C", 1)
}

#[cfg(test)]
mod tests;
