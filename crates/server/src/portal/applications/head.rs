//! What stands on top of every page of one application.

use gatehouse_core::identity::organization::MemberRole;
use gatehouse_core::portal::application::{Application, ApplicationState, Environment};

use super::words;
use crate::portal::visitor::SignedIn;

/// The pages of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tab {
    Overview,
    Settings,
    Secrets,
    Access,
    Usage,
    Members,
}

/// A link of the application's navigation.
pub(super) struct Link {
    pub(super) address: String,
    pub(super) words: &'static str,
    pub(super) is_here: bool,
}

/// Name, state and navigation of one application.
pub(super) struct Head<'a> {
    application: &'a Application,
    tab: Tab,
    role: Option<MemberRole>,
    done: Option<&'static str>,
}

impl<'a> Head<'a> {
    pub(super) fn new(signed_in: &SignedIn, application: &'a Application, tab: Tab) -> Self {
        let mine = signed_in.organizations.iter().find(|own| own.organization_id == application.organization_id);
        Self { application, tab, role: mine.map(|membership| membership.role), done: None }
    }

    /// With a sentence about what was just done, when the word is one of the page's.
    pub(super) fn done(self, word: &str, sentences: &[(&str, &'static str)]) -> Self {
        let done = sentences.iter().find(|(known, _)| *known == word).map(|(_, sentence)| *sentence);
        Self { done, ..self }
    }

    pub(super) fn name(&self) -> &str {
        &self.application.name
    }

    pub(super) fn address(&self) -> String {
        format!("/applications/{}", self.application.id)
    }

    pub(super) fn application_type(&self) -> &'static str {
        words::application_type(self.application.application_type)
    }

    pub(super) fn is_sandbox(&self) -> bool {
        self.application.environment == Environment::Sandbox
    }

    pub(super) fn is_suspended(&self) -> bool {
        self.application.state == ApplicationState::Suspended
    }

    /// Whether the reader may change the application.
    pub(super) fn can_change(&self) -> bool {
        self.role.is_some_and(MemberRole::can_write)
    }

    /// Whether the reader may do what cannot be undone.
    pub(super) fn is_owner(&self) -> bool {
        self.role == Some(MemberRole::Owner)
    }

    pub(super) fn sentence(&self) -> &'static str {
        self.done.unwrap_or_default()
    }

    pub(super) fn links(&self) -> Vec<Link> {
        let link = |tab, path: &str, words| Link {
            address: format!("{}{path}", self.address()),
            words,
            is_here: tab == self.tab,
        };
        let mut links = vec![link(Tab::Overview, "", "Overview"), link(Tab::Access, "/access", "Access")];
        if self.application.application_type.is_confidential() {
            links.push(link(Tab::Secrets, "/secrets", "Secrets"));
        }
        links.push(link(Tab::Usage, "/usage", "Usage"));
        links.push(link(Tab::Members, "/members", "Members"));
        links.push(link(Tab::Settings, "/settings", "Settings"));
        links
    }
}
