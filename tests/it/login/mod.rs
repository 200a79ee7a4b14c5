//! Account pages, from outside.

mod attacks;
mod change_email;
mod links;
mod new_sign_in;
mod onward;
mod passkey_first;
mod passkeys;
mod profile;
mod shared;
mod sign_in;
mod step_up;
pub(crate) mod two_step;

use gatehouse_server::actions::users::{self, NewUser};

use crate::support::TestApp;

pub(crate) const PASSWORD: &str = "four unrelated words";

/// A verified user with [`PASSWORD`].
pub(crate) async fn person(app: &TestApp, email: &str) {
    let input = NewUser {
        email: email.to_owned(),
        name: "Ann Lee".to_owned(),
        role: None,
        password: Some(PASSWORD.to_owned()),
        email_verified: true,
        time_zone: None,
    };
    users::create(app.ctx(), &TestApp::actor(), input).await.expect("made");
}

/// Delivers what waits; the path of the newest link that begins so.
pub(crate) async fn mailed_link(app: &TestApp, start: &str) -> String {
    app.run_jobs_now().await;
    let portal = &app.state.config.portal_url;
    let start = format!("{portal}{start}");
    let mails = app.mails();
    let links = mails.iter().rev().flat_map(|mail| mail.lines()).filter(|line| line.starts_with(&start));
    let link = links.map(str::to_owned).next().expect("a link");
    link.strip_prefix(portal.as_str()).expect("ours").to_owned()
}
