use super::*;
use crate::id::{ApiId, EntitlementId, ScopeId};
use crate::portal::application::ApplicationType;
use crate::portal::application::tests::sample;
use crate::portal::entitlement::EntitledScope;
use crate::random::SeededRandom;

const NOW: Timestamp = Timestamp::from_secs(1_795_341_600);

fn uris(text: &str) -> Vec<String> {
    text.split_whitespace().map(|name| format!("https://{name}.example.com/cb")).collect()
}

fn with(redirect_uris: &str, post_logout_redirect_uris: &str) -> Application {
    Application {
        redirect_uris: uris(redirect_uris),
        post_logout_redirect_uris: uris(post_logout_redirect_uris),
        ..sample(ApplicationType::Web)
    }
}

fn user(seed: u64) -> UserId {
    UserId::new(NOW, &SeededRandom::new(seed))
}

fn change(proposal: Proposal) -> ApplicationChange {
    let random = SeededRandom::new(1);
    let application = sample(ApplicationType::Web);
    ApplicationChange {
        id: ApplicationChangeId::new(NOW, &random),
        reference: new_reference(&random),
        application_id: application.id,
        organization_id: application.organization_id,
        proposal,
        state: ApplicationChangeState::Submitted,
        proposed_by: user(2),
        created_at: NOW,
        due_at: NOW.plus_secs(60),
        decided_by: None,
        decided_at: None,
        reason: None,
    }
}

fn held(states: &[EntitledScopeState], expires_at: Option<Timestamp>) -> Entitlement {
    let random = SeededRandom::new(3);
    let scope = |state: &EntitledScopeState| EntitledScope {
        scope_id: ScopeId::new(NOW, &random),
        scope: "a:read".into(),
        state: *state,
        granted_at: NOW,
        expires_at,
        ended_at: None,
    };
    Entitlement {
        id: EntitlementId::new(NOW, &random),
        application_id: sample(ApplicationType::Web).id,
        api_id: ApiId::new(NOW, &random),
        request_id: None,
        quota_limit: None,
        created_at: NOW,
        updated_at: NOW,
        version: 1,
        scopes: states.iter().map(scope).collect(),
    }
}

#[test]
fn the_strictest_api_that_was_approved_decides() {
    use EntitledScopeState::{Active, Expired, Revoked, Suspended};
    use RedirectUriChanges::{AtOnce, Review};
    const NONE: (bool, bool) = (false, false);
    let production = Environment::Production;
    type Held<'a> = &'a [(&'a [EntitledScopeState], RedirectUriChanges)];
    let table: &[(Environment, Held<'_>, (bool, bool))] = &[
        (production, &[], NONE),
        (production, &[(&[Active], Review)], (true, true)),
        (production, &[(&[Active], AtOnce)], (false, true)),
        (production, &[(&[Active], AtOnce), (&[Active], Review)], (true, true)),
        (production, &[(&[Active], AtOnce), (&[Revoked], Review)], (false, true)),
        (production, &[(&[Suspended], Review)], (true, true)),
        (production, &[(&[Revoked, Expired], Review)], NONE),
        (production, &[(&[Revoked, Active], Review)], (true, true)),
        (Environment::Sandbox, &[(&[Active], Review)], NONE),
    ];
    for (environment, entitlements, (redirect_uris, api_user)) in table {
        let held: Vec<_> = entitlements.iter().map(|(states, policy)| (held(states, None), *policy)).collect();
        let found = reviewed((*environment, &[]), held.iter().map(|(held, policy)| (held, *policy)), NOW);
        let expected = Reviewed { redirect_uris: *redirect_uris, api_user: *api_user };
        assert_eq!(found, expected, "{environment} {entitlements:?}");
    }
    let over = held(&[Active], Some(NOW));
    assert_eq!(reviewed((production, &[]), [(&over, Review)], NOW), Reviewed::default(), "it has expired");
    let signs_in: &[SignInScope] = &[SignInScope::Openid];
    let of_sign_in = Reviewed { redirect_uris: true, api_user: false };
    assert_eq!(reviewed((production, signs_in), [(&over, AtOnce)], NOW), of_sign_in, "customers have allowed it");
    assert_eq!(reviewed((Environment::Sandbox, signs_in), [], NOW), Reviewed::default());
    let live = held(&[Active], None);
    let by_policy = Reviewed { redirect_uris: false, api_user: true };
    assert_eq!(reviewed((production, signs_in), [(&live, AtOnce)], NOW), by_policy, "its API says otherwise");
}

#[test]
fn what_is_new_waits_and_what_is_taken_away_does_not() {
    let table = [
        // (present, wanted, in use at once, waits)
        ("a b", "a b", "a b", false),
        ("a b", "b a", "b a", false),
        ("a b", "a", "a", false),
        ("a b", "", "", false),
        ("a", "a b", "a", true),
        ("a", "b", "a", true),
        ("a b", "a c", "a b", true),
        ("", "a", "", true),
    ];
    let all = Reviewed { redirect_uris: true, api_user: true };
    for (present, wanted, at_once, waits) in table {
        let expected =
            waits.then(|| Addresses { before: uris(present), after: uris(wanted) }).into_iter().collect::<Vec<_>>();
        let (now, waiting) = part(&with(present, "x"), with(wanted, "x"), all);
        assert_eq!(now, with(at_once, "x"), "{present} -> {wanted}");
        assert_eq!(waiting, expected.iter().cloned().map(Proposal::RedirectUris).collect::<Vec<_>>());
        let (now, waiting) = part(&with("x", present), with("x", wanted), all);
        assert_eq!(now, with("x", at_once), "{present} -> {wanted}");
        assert_eq!(waiting, expected.into_iter().map(Proposal::PostLogoutRedirectUris).collect::<Vec<_>>());
        let (now, waiting) = part(&with(present, ""), with(wanted, ""), Reviewed::default());
        assert_eq!((now, waiting), (with(wanted, ""), vec![]), "nothing of it is reviewed");
    }
}

#[test]
fn other_fields_and_another_api_user() {
    let present = with("a", "");
    let wanted = Application { name: "New".into(), api_user_id: Some(user(5)), ..with("a b", "") };
    let (now, waiting) = part(&present, wanted.clone(), Reviewed { redirect_uris: false, api_user: true });
    assert_eq!(now, Application { api_user_id: None, ..wanted.clone() });
    assert_eq!(waiting, [Proposal::ApiUser { before: None, after: Some(user(5)) }]);
    let (now, waiting) = part(&present, wanted.clone(), Reviewed { redirect_uris: true, api_user: true });
    assert_eq!(now, Application { name: "New".into(), ..present });
    assert_eq!(
        waiting.iter().map(Proposal::field).collect::<Vec<_>>(),
        [ChangedField::RedirectUris, ChangedField::ApiUser]
    );
}

#[test]
fn is_put_into_the_value_of_the_moment() {
    let table = [
        // (before, after, present, approved)
        ("a", "a b", "a", "a b"),
        ("a", "b", "a", "b"),
        // `c` was removed meanwhile: it does not come back.
        ("a c", "a b c", "a", "a b"),
        // An operator added `d` meanwhile: it stays.
        ("a", "a b", "a d", "a b d"),
        ("a", "b", "a d", "b d"),
        // An operator added the same one.
        ("a", "a b", "a b", "a b"),
        ("a", "b", "", "b"),
    ];
    for (before, after, present, approved) in table {
        let addresses = Addresses { before: uris(before), after: uris(after) };
        let proposal = Proposal::RedirectUris(addresses.clone());
        assert_eq!(proposal.apply(with(present, "x")), Ok(with(approved, "x")), "{before} -> {after} on {present}");
        let proposal = Proposal::PostLogoutRedirectUris(addresses);
        assert_eq!(proposal.apply(with("x", present)), Ok(with("x", approved)), "{before} -> {after} on {present}");
    }
}

#[test]
fn an_api_user_that_somebody_else_has_set_is_not_overwritten() {
    let on = |present: Option<UserId>, before, after| {
        let application = Application { api_user_id: present, ..with("a", "") };
        Proposal::ApiUser { before, after }.apply(application).map(|application| application.api_user_id)
    };
    let (ann, bob, carl) = (Some(user(5)), Some(user(6)), Some(user(7)));
    assert_eq!(on(ann, ann, bob), Ok(bob));
    assert_eq!(on(ann, ann, None), Ok(None));
    assert_eq!(on(bob, ann, bob), Ok(bob), "it is so already");
    assert_eq!(on(carl, ann, bob), Err(ApplicationChangeError::Outdated));
    assert_eq!(on(None, ann, bob), Err(ApplicationChangeError::Outdated));
}

#[test]
fn added_and_removed() {
    let addresses = Addresses { before: uris("a b"), after: uris("b c") };
    assert_eq!(addresses.added().cloned().collect::<Vec<_>>(), uris("c"));
    assert_eq!(addresses.removed().cloned().collect::<Vec<_>>(), uris("a"));
}

#[test]
fn is_decided_once_and_by_somebody_else() {
    let open = change(Proposal::ApiUser { before: None, after: Some(user(2)) });
    let reviewer = Reviewer { user_id: user(9), organizations: &[] };
    let approved = decide(open.clone(), &Verdict::Approve, reviewer, NOW).expect("decides");
    assert_eq!((approved.state, approved.decided_by), (ApplicationChangeState::Approved, Some(user(9))));
    let because = Verdict::Decline { reason: "No.".into() };
    let declined = decide(open.clone(), &because, reviewer, NOW).expect("decides");
    assert_eq!((declined.state, declined.reason.as_deref()), (ApplicationChangeState::Declined, Some("No.")));
    let silent = Verdict::Decline { reason: " ".into() };
    assert_eq!(decide(open.clone(), &silent, reviewer, NOW), Err(ApplicationChangeError::ReasonMissing));
    let organizations = [open.organization_id];
    for own in [
        Reviewer { user_id: user(9), organizations: &organizations },
        Reviewer { user_id: open.proposed_by, organizations: &[] },
    ] {
        assert_eq!(decide(open.clone(), &Verdict::Approve, own, NOW), Err(ApplicationChangeError::OwnOrganization));
    }
    let withdrawn = withdraw(open, Some(user(2)), NOW).expect("withdraws");
    for ended in [approved, declined, withdrawn] {
        let state = ended.state;
        let refused = |wanted| Err(ApplicationChangeError::State { state, wanted });
        assert_eq!(decide(ended.clone(), &because, reviewer, NOW), refused("decided"));
        assert_eq!(withdraw(ended, None, NOW), refused("withdrawn"));
    }
}

#[test]
fn references_are_not_those_of_requests() {
    let reference = new_reference(&SeededRandom::new(4));
    assert!(reference.starts_with("C-") && reference.len() == 10, "{reference}");
}
