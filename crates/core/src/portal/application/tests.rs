use proptest::prelude::*;

use super::*;
use crate::random::SeededRandom;

const START: Timestamp = Timestamp::from_secs(1_000_000);

/// An application that passes every check.
pub(crate) fn sample(application_type: ApplicationType) -> Application {
    let random = SeededRandom::new(1);
    let redirect_uris = match application_type {
        ApplicationType::Service => Vec::new(),
        _ => vec!["https://app.example.com/cb".to_owned()],
    };
    Application {
        id: ApplicationId::new(START, &random),
        organization_id: OrganizationId::new(START, &random),
        client_id: crate::secret::public_id(&random),
        name: "Sample".into(),
        description: None,
        homepage: None,
        logo_url: None,
        contacts: Vec::new(),
        application_type,
        environment: Environment::Production,
        state: ApplicationState::Active,
        api_user_id: None,
        redirect_uris,
        post_logout_redirect_uris: Vec::new(),
        require_pkce: true,
        require_pushed_authorization_requests: false,
        token_endpoint_auth_methods: application_type.default_auth_methods(),
        id_token_signed_response_alg: Algorithm::Rs256,
        userinfo_signed_response_alg: None,
        subject_type: SubjectType::Public,
        sector_identifier_uri: None,
        backchannel_logout_uri: None,
        backchannel_logout_session_required: false,
        default_max_age: None,
        skip_consent: false,
        sign_in_scopes: Vec::new(),
        jwks: None,
        jwks_uri: None,
        created_at: START,
        updated_at: START,
        suspended_at: None,
        deleted_at: None,
        version: 1,
    }
}

#[test]
fn grants_follow_the_table() {
    use GrantType::{AuthorizationCode, ClientCredentials, DeviceCode, JwtBearer, RefreshToken, TokenExchange};
    let table = [
        (ApplicationType::Web, vec![AuthorizationCode, RefreshToken, ClientCredentials]),
        (ApplicationType::Service, vec![ClientCredentials]),
        (ApplicationType::Browser, vec![AuthorizationCode, RefreshToken]),
        (ApplicationType::Native, vec![AuthorizationCode, RefreshToken, DeviceCode]),
    ];
    for (of, grants) in table {
        let all = [AuthorizationCode, RefreshToken, ClientCredentials, DeviceCode, TokenExchange, JwtBearer];
        for grant in all {
            assert_eq!(of.may_use(grant), grants.contains(&grant), "{of} {grant}");
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Command {
    Suspend,
    Reactivate,
    Delete,
}

proptest! {
    #[test]
    fn any_life_keeps_the_rules(
        commands in prop::collection::vec(
            prop_oneof![3 => Just(Command::Suspend), 3 => Just(Command::Reactivate), 1 => Just(Command::Delete)], 1..30)
    ) {
        let mut application = sample(ApplicationType::Web);
        for (secs, command) in (1_i64..).zip(commands) {
            let before = application.clone();
            let now = START.plus_secs(secs);
            let next = match command {
                Command::Suspend => suspend(application.clone(), now),
                Command::Reactivate => reactivate(application.clone(), now),
                Command::Delete => delete(application.clone(), now),
            };
            let Ok(next) = next else { continue };
            prop_assert!(before.state != ApplicationState::Deleted, "a deleted application changed");
            prop_assert!(before.state != next.state);
            prop_assert_eq!(next.version, before.version + 1);
            prop_assert_eq!(&next.client_id, &before.client_id);
            prop_assert_eq!(next.deleted_at.is_some(), next.state == ApplicationState::Deleted);
            prop_assert!(next.state != ApplicationState::Active || next.suspended_at.is_none());
            application = next;
        }
    }
}
