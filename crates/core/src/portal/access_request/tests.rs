use proptest::prelude::*;

use super::*;
use crate::portal::api::AutoApprove;
use crate::random::SeededRandom;

const START: Timestamp = Timestamp::from_secs(1_795_341_600);

pub(super) struct World {
    pub(super) request: AccessRequest,
    calendar: Calendar,
    own: OrganizationId,
    /// Three reviewers; the first belongs to the organization that asks.
    reviewers: [UserId; 3],
}

impl World {
    pub(super) fn new(sensitivities: &[Sensitivity]) -> Self {
        let random = SeededRandom::new(1);
        let own = OrganizationId::new(START, &random);
        let scopes = sensitivities
            .iter()
            .map(|sensitivity| RequestedScope::new(ScopeId::new(START, &random), sensitivity.to_string(), *sensitivity))
            .collect();
        let request = AccessRequest {
            id: AccessRequestId::new(START, &random),
            reference: new_reference(&random),
            application_id: ApplicationId::new(START, &random),
            organization_id: own,
            api_id: ApiId::new(START, &random),
            previous_request_id: None,
            state: AccessRequestState::Draft,
            answers: BTreeMap::new(),
            integration: Integration { purpose: "reads results".into(), ..Integration::default() },
            assignee_id: None,
            created_by: UserId::new(START, &random),
            created_at: START,
            terms_accepted_at: None,
            submitted_at: None,
            due_at: None,
            asked_at: None,
            decided_at: None,
            updated_at: START,
            version: 1,
            scopes,
            sign_in_scopes: Vec::new(),
        };
        let reviewers = [(); 3].map(|()| UserId::new(START, &random));
        Self { request, calendar: Calendar::office_hours(jiff::tz::TimeZone::UTC), own, reviewers }
    }

    fn reviewer(&self, which: usize) -> Reviewer<'_> {
        let organizations: &[OrganizationId] = if which == 0 { std::slice::from_ref(&self.own) } else { &[] };
        Reviewer { user_id: self.reviewers[which], organizations }
    }

    pub(super) fn in_review(mut self) -> Self {
        let submitted = submit(self.request.clone(), &self.calendar, START).expect("submits");
        self.request = assign(submitted, self.reviewer(1), START).expect("assigns");
        self
    }

    fn verdicts(&self, verdict: &Verdict) -> Vec<ScopeVerdict> {
        let one = |scope: &RequestedScope| ScopeVerdict { scope_id: scope.scope_id, verdict: verdict.clone() };
        self.request.scopes.iter().map(one).collect()
    }
}

fn decline() -> Verdict {
    Verdict::Decline { reason: "too much".into() }
}

#[test]
fn goes_the_whole_way() {
    let world = World::new(&[Sensitivity::Normal, Sensitivity::Sensitive]).in_review();
    let later = START.plus_secs(3600);
    let asked = ask(world.request.clone(), world.reviewer(1), later).expect("asks");
    assert_eq!(asked.state, AccessRequestState::NeedsInformation);
    let answered = answer(asked.clone(), &world.calendar, later.plus_secs(86_400)).expect("answers");
    assert!(answered.due_at > asked.due_at && answered.asked_at.is_none());
    let approved = decide(answered.clone(), &world.verdicts(&Verdict::Approve), world.reviewer(2), later);
    assert_eq!(approved.expect("approves").state, AccessRequestState::Approved);
    let declined = decide(answered.clone(), &world.verdicts(&decline()), world.reviewer(2), later);
    assert_eq!(declined.expect("declines").state, AccessRequestState::Declined);
    let mixed = [world.verdicts(&Verdict::Approve)[0].clone(), world.verdicts(&decline())[1].clone()];
    let partly = decide(answered, &mixed, world.reviewer(2), later).expect("decides");
    assert_eq!(partly.state, AccessRequestState::PartlyApproved);
    assert_eq!(partly.version, 6);
}

#[test]
fn decides_in_steps() {
    let world = World::new(&[Sensitivity::Normal, Sensitivity::Normal]).in_review();
    let all = world.verdicts(&Verdict::Approve);
    let half = decide(world.request.clone(), &all[..1], world.reviewer(1), START).expect("decides one");
    assert_eq!(half.state, AccessRequestState::InReview);
    let again = decide(half.clone(), &all, world.reviewer(1), START);
    assert_eq!(again, Err(AccessRequestError::ScopeDecided("normal".into())));
    let whole = decide(half, &all[1..], world.reviewer(1), START).expect("decides the other");
    assert_eq!(whole.state, AccessRequestState::Approved);
}

#[test]
fn restricted_needs_two_people() {
    let world = World::new(&[Sensitivity::Restricted]).in_review();
    let all = world.verdicts(&Verdict::Approve);
    let once = decide(world.request.clone(), &all, world.reviewer(1), START).expect("first approval");
    assert_eq!((once.state, once.scopes[0].decision), (AccessRequestState::InReview, None));
    let same = decide(once.clone(), &all, world.reviewer(1), START);
    assert_eq!(same, Err(AccessRequestError::SecondApprover("restricted".into())));
    let twice = decide(once.clone(), &all, world.reviewer(2), START).expect("second approval");
    assert_eq!(twice.state, AccessRequestState::Approved);
    // One is enough to decline.
    let declined = decide(once, &world.verdicts(&decline()), world.reviewer(1), START).expect("declines");
    assert_eq!(declined.state, AccessRequestState::Declined);
}

#[test]
fn a_policy_declines_the_whole() {
    let world = World::new(&[Sensitivity::Normal, Sensitivity::Restricted]);
    let early = decline_by_policy(world.request.clone(), "no", START);
    assert!(matches!(early, Err(AccessRequestError::State { state: AccessRequestState::Draft, .. })));
    let submitted = submit(world.request.clone(), &world.calendar, START).expect("submits");
    let after = decline_by_policy(submitted, "Not by free mail.", START).expect("declines");
    assert_eq!((after.state, after.decided_at, after.version), (AccessRequestState::Declined, Some(START), 3));
    for scope in &after.scopes {
        let told = (scope.decision, scope.reason.as_deref(), scope.decided_by);
        assert_eq!(told, (Some(ScopeDecision::Declined), Some("Not by free mail."), None));
    }
}

#[test]
fn a_policy_approves_what_it_may() {
    let all = [Sensitivity::Normal, Sensitivity::Sensitive, Sensitivity::Restricted];
    let (verified, unverified) = (Standing::Verified, Standing::Unverified);
    let cases = [
        (AutoApprove::Nothing, verified, [false, false, false]),
        (AutoApprove::NormalScopes, unverified, [true, false, false]),
        (AutoApprove::VerifiedOrganizations, unverified, [false, false, false]),
        (AutoApprove::VerifiedOrganizations, verified, [true, true, false]),
        (AutoApprove::Everything, unverified, [true, true, false]),
    ];
    for (policy, standing, expected) in cases {
        let world = World::new(&all);
        let submitted = submit(world.request.clone(), &world.calendar, START).expect("submits");
        let after = approve_by_policy(submitted.clone(), policy, standing, START).expect("applies");
        let approved: Vec<_> = after.scopes.iter().map(|scope| scope.decision.is_some()).collect();
        assert_eq!((approved.as_slice(), after.state), (&expected[..], AccessRequestState::Submitted), "{policy}");
        assert_eq!(after == submitted, expected == [false; 3]);
    }
    let world = World::new(&all[..2]);
    let submitted = submit(world.request.clone(), &world.calendar, START).expect("submits");
    let after = approve_by_policy(submitted, AutoApprove::Everything, unverified, START).expect("applies");
    assert_eq!((after.state, after.decided_at), (AccessRequestState::Approved, Some(START)));
    let again = approve_by_policy(after, AutoApprove::Everything, unverified, START);
    assert!(matches!(again, Err(AccessRequestError::State { .. })));
}

#[test]
fn refuses_bad_decisions() {
    let world = World::new(&[Sensitivity::Normal]).in_review();
    let decide = |verdicts: &[ScopeVerdict], who| decide(world.request.clone(), verdicts, world.reviewer(who), START);
    let approve = world.verdicts(&Verdict::Approve);
    assert_eq!(decide(&approve, 0), Err(AccessRequestError::OwnOrganization));
    assert_eq!(decide(&[], 1), Err(AccessRequestError::NoVerdict));
    assert_eq!(decide(&[approve[0].clone(), approve[0].clone()], 1), Err(AccessRequestError::UnknownScope));
    let other = ScopeVerdict { scope_id: ScopeId::new(START, &SeededRandom::new(9)), verdict: Verdict::Approve };
    assert_eq!(decide(&[other], 1), Err(AccessRequestError::UnknownScope));
    let silent = world.verdicts(&Verdict::Decline { reason: "  ".into() });
    assert_eq!(decide(&silent, 1), Err(AccessRequestError::ReasonMissing("normal".into())));
    let author = Reviewer { user_id: world.request.created_by, organizations: &[] };
    let own = super::decide(world.request.clone(), &approve, author, START);
    assert_eq!(own, Err(AccessRequestError::OwnOrganization));
}

#[test]
fn refuses_an_empty_request() {
    let calendar = World::new(&[]).calendar;
    assert_eq!(submit(World::new(&[]).request, &calendar, START), Err(AccessRequestError::Scopes));
    let mut silent = World::new(&[Sensitivity::Normal]).request;
    silent.integration.purpose = " ".into();
    assert_eq!(submit(silent, &calendar, START), Err(AccessRequestError::Purpose));
}

#[test]
fn silence_ends_it_on_read() {
    let world = World::new(&[Sensitivity::Normal]).in_review();
    let asked = ask(world.request.clone(), world.reviewer(1), START).expect("asks");
    let end = START.plus(UNANSWERED);
    assert_eq!(expire(asked.clone(), end.plus_secs(-1)), Err(AccessRequestError::NotUnanswered));
    assert!(answer(asked.clone(), &world.calendar, end.plus_secs(-1)).is_ok());
    let ended = AccessRequestState::Expired;
    let refused = |wanted| Err(AccessRequestError::State { state: ended, wanted });
    assert_eq!(answer(asked.clone(), &world.calendar, end), refused("answered"));
    assert_eq!(withdraw(asked.clone(), end), refused("withdrawn"));
    assert_eq!(expire(asked, end).map(|request| request.state), Ok(ended));
}

#[derive(Clone, Debug)]
enum Command {
    Submit,
    Policy,
    Assign(usize),
    Ask(usize),
    Answer,
    Withdraw,
    Expire,
    Decide(usize, Vec<(usize, bool)>),
    Wait(i64),
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        Just(Command::Submit),
        Just(Command::Policy),
        (0_usize..3).prop_map(Command::Assign),
        (0_usize..3).prop_map(Command::Ask),
        Just(Command::Answer),
        Just(Command::Withdraw),
        Just(Command::Expire),
        (0_usize..3, prop::collection::vec((0_usize..3, any::<bool>()), 0..3))
            .prop_map(|(who, verdicts)| Command::Decide(who, verdicts)),
        prop_oneof![1_i64..100_000, 2_000_000_i64..3_000_000].prop_map(Command::Wait),
    ]
}

fn run(world: &World, command: &Command, now: Timestamp) -> Result<AccessRequest, AccessRequestError> {
    let request = world.request.clone();
    match command {
        Command::Submit => submit(request, &world.calendar, now),
        Command::Policy => approve_by_policy(request, AutoApprove::NormalScopes, Standing::Verified, now),
        Command::Assign(who) => assign(request, world.reviewer(*who), now),
        Command::Ask(who) => ask(request, world.reviewer(*who), now),
        Command::Answer => answer(request, &world.calendar, now),
        Command::Withdraw => withdraw(request, now),
        Command::Expire => expire(request, now),
        Command::Decide(who, verdicts) => {
            let one = |(at, approve): &(usize, bool)| ScopeVerdict {
                scope_id: world.request.scopes[*at].scope_id,
                verdict: if *approve { Verdict::Approve } else { decline() },
            };
            let verdicts: Vec<_> = verdicts.iter().map(one).collect();
            decide(request, &verdicts, world.reviewer(*who), now)
        }
        Command::Wait(_) => Ok(request),
    }
}

proptest! {
    #[test]
    fn any_life_keeps_the_rules(commands in prop::collection::vec(command(), 1..40)) {
        let mut world = World::new(&[Sensitivity::Normal, Sensitivity::Restricted, Sensitivity::Sensitive]);
        let mut now = START;
        for command in commands {
            if let Command::Wait(secs) = command {
                now = now.plus_secs(secs);
                continue;
            }
            let before = world.request.clone();
            let Ok(after) = run(&world, &command, now) else { continue };
            prop_assert!(before.state.is_open(), "a decided request changed");
            if matches!(command, Command::Policy) && after == before {
                continue;
            }
            prop_assert_eq!(after.version, before.version + 1);
            prop_assert_eq!(after.asked_at.is_some() && after.state.is_open(), after.state == AccessRequestState::NeedsInformation);
            prop_assert_eq!(after.decided_at.is_some(), !after.state.is_open());
            if let Command::Decide(who, _) | Command::Assign(who) | Command::Ask(who) = command {
                prop_assert!(who != 0, "somebody reviewed a request of their own organization");
            }
            for (old, new) in before.scopes.iter().zip(&after.scopes) {
                prop_assert!(old.decision.is_none() || old == new, "a decided scope changed");
                if new.sensitivity == Sensitivity::Restricted && new.decision == Some(ScopeDecision::Approved) {
                    let first = new.first_approval.map(|approval| approval.by);
                    prop_assert!(first.is_some() && first != new.decided_by, "one person approved a restricted scope");
                }
                if new.decision == Some(ScopeDecision::Declined) {
                    prop_assert!(new.reason.is_some());
                }
            }
            let decided = matches!(
                after.state,
                AccessRequestState::Approved | AccessRequestState::PartlyApproved | AccessRequestState::Declined
            );
            prop_assert_eq!(decided, after.scopes.iter().all(|scope| scope.decision.is_some()));
            world.request = after;
        }
    }
}
