use super::*;
use crate::random::SeededRandom;

fn api() -> Api {
    Api {
        id: ApiId::new(Timestamp::default(), &SeededRandom::new(1)),
        slug: "results".into(),
        server_id: "default".parse().expect("is an id"),
        name: "Results API".into(),
        description: "What testers did.".into(),
        audience: "https://api.example.com/results".into(),
        upstream: Some(Upstream::Results),
        token_format: TokenFormat::Jwt,
        plan: Plan::default(),
        review_policy: ReviewPolicy::default(),
        request_questions: vec![RequestQuestion { name: "volume".into(), label: "How much?".into(), required: true }],
        terms_url: None,
        state: ApiState::Draft,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
        version: 1,
    }
}

#[test]
fn each_rule_names_its_field() {
    type Set = fn(&mut Api);
    assert_eq!(check(&api()), []);
    let cases: &[(&str, Set)] = &[
        ("slug", |api| api.slug = "A".into()),
        ("slug", |api| api.slug = "../a".into()),
        ("name", |api| api.name = String::new()),
        ("description", |api| api.description = "x".repeat(20_001)),
        ("description", |api| api.description = "a\0b".into()),
        ("audience", |api| api.audience = String::new()),
        ("plan.limit", |api| api.plan.limit = 0),
        ("plan.window", |api| api.plan.window = 86_401),
        ("request_questions", |api| api.request_questions = vec![api.request_questions[0].clone(); 21]),
        ("request_questions[1].name", |api| api.request_questions.push(api.request_questions[0].clone())),
        ("terms_url", |api| api.terms_url = Some("javascript:alert(1)".into())),
        ("request_questions[0].label", |api| api.request_questions[0].label = " ".into()),
    ];
    for (field, set) in cases {
        let mut changed = api();
        set(&mut changed);
        let fields: Vec<_> = check(&changed).into_iter().map(|error| error.field).collect();
        assert_eq!(fields, [*field]);
    }
}

#[test]
fn upstreams() {
    assert_eq!("builtin:results".parse(), Ok(Upstream::Results));
    assert_eq!(Upstream::Results.to_string(), "builtin:results");
    assert_eq!("https://a.example".parse::<Upstream>(), Err(UpstreamError::NotYet));
    assert_eq!("builtin:other".parse::<Upstream>(), Err(UpstreamError::Unknown));
}

#[test]
fn slugs_and_labels() {
    assert_eq!(slug_of("Results API").as_deref(), Some("results-api"));
    assert_eq!(slug_of(" -- Ünï & co. ").as_deref(), Some("n-co"));
    assert_eq!(slug_of("…"), None);
    assert!(slug_of(&"a ".repeat(100)).is_some_and(|slug| is_slug(&slug)));
    assert!(check_label("2.0.1-beta+7").is_ok());
    for bad in ["", "a b", "a\n", &"x".repeat(65), "\u{202e}a"] {
        assert!(check_label(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn versions_only_go_where_they_may() {
    let now = Timestamp::from_secs(10);
    let draft = ApiVersion {
        id: ApiVersionId::new(now, &SeededRandom::new(1)),
        api_id: api().id,
        label: "2".into(),
        document: "{}".into(),
        state: VersionState::Draft,
        sunset_at: None,
        created_at: now,
        updated_at: now,
    };
    assert!(draft.deprecate(None, now).is_err());
    let published = draft.publish(now).expect("may");
    assert!(published.is_served() && published.publish(now).is_err());
    assert_eq!(published.deprecate(Some(now), now), Err(VersionError::Sunset));
    let deprecated = published.deprecate(Some(now.plus_secs(1)), now).expect("may");
    assert!(deprecated.is_served());
    assert_eq!(deprecated.publish(now).expect("may").sunset_at, None);
    let retired = deprecated.retire(now).expect("may");
    assert_eq!((retired.is_served(), retired.sunset_at), (false, Some(now.plus_secs(1))));
    assert!(retired.publish(now).is_err() && retired.retire(now).is_err() && retired.deprecate(None, now).is_err());
}
