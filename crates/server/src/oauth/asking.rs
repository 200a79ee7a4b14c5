//! What a customer is asked before an application may act in their name, as the consent page and the page for devices
//! show it (`product.md`, journey 4).

use gatehouse_core::id::{ApplicationId, UserId};
use gatehouse_core::oauth::consent::{self as rules, Again, Asked, Party};
use gatehouse_core::oauth::scope::about_the_person;
use gatehouse_core::portal::application::{Application, Environment};
use gatehouse_core::portal::scope::{Consent as Rule, Sensitivity};
use gatehouse_core::time::Timestamp;
use gatehouse_store::consents;
use url::Url;

use crate::actions::ActionError;
use crate::actions::authorizations::{self, Publisher};
use crate::directory::Server;
use crate::portal::moment::Moment;
use crate::portal::visitor::SignedIn;
use crate::state::App;

/// A scope that was taken out of the catalogue since the application asked.
const UNKNOWN: (&str, &str, Sensitivity) = (
    "Something that this page does not know",
    "Ask who made the application before you allow it.",
    Sensitivity::Normal,
);

/// The scopes that an application asks a customer for, with their rules, and what the customer allowed it before.
pub(super) struct AskedScopes {
    list: Vec<(String, Rule)>,
    remembered: Vec<String>,
}

/// A scope as a page shows it.
pub(super) struct Line<'a> {
    pub(super) name: &'a str,
    pub(super) title: &'a str,
    pub(super) sentence: &'a str,
    /// A word for what can do harm.
    pub(super) mark: &'static str,
    pub(super) is_flexible: bool,
    pub(super) was_allowed: bool,
    /// Beside others that were allowed before.
    pub(super) is_new: bool,
    rank: u8,
}

impl AskedScopes {
    /// Looks up what was allowed before.
    pub(super) async fn of(
        app: &App,
        server: &Server,
        (application, user): (ApplicationId, UserId),
        names: impl Iterator<Item = String>,
    ) -> Result<Self, ActionError> {
        let server_id = server.id.clone();
        let read = app.ctx.db.read(async move |tx| consents::find(tx, user, application, &server_id).await);
        let remembered = read.await?.map(|consent| consent.scopes).unwrap_or_default();
        let rule = |name: &str| server.scope(name).map_or(rules::ABOUT_THE_PERSON, |scope| scope.consent);
        let list = names.map(|name| (rule(&name), name)).map(|(rule, name)| (name, rule)).collect();
        Ok(Self { list, remembered })
    }

    /// Whether the customer has to be asked about any.
    pub(super) fn is_anything_to_ask(&self, party: Party, again: Again) -> bool {
        !rules::to_ask(&self.rules(), &self.remembered, party, again).is_empty()
    }

    /// What is allowed with these ticks.
    pub(super) fn allowed(&self, ticked: &[String]) -> Vec<String> {
        let allowed = rules::allowed(&self.rules(), |name| ticked.iter().any(|tick| tick == name));
        allowed.into_iter().map(str::to_owned).collect()
    }

    /// What to remember once this is allowed. What was left out now is not remembered either.
    pub(super) fn to_remember(&self, allowed: &[String]) -> Vec<String> {
        let is_asked = |name: &String| self.list.iter().any(|(asked, _)| asked == name);
        self.remembered.iter().filter(|name| !is_asked(name)).chain(allowed).cloned().collect()
    }

    /// All of them, to tie a form to what its page shows.
    pub(super) fn names(&self) -> String {
        self.list.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// What can do most harm first, else in the order asked for.
    pub(super) fn lines<'a>(&'a self, server: &'a Server) -> Vec<Line<'a>> {
        let is_known = |name: &str| self.remembered.iter().any(|known| known == name);
        let is_any_known = self.list.iter().any(|(name, _)| is_known(name));
        let line = |(name, rule): &'a (String, Rule)| {
            let (title, sentence, sensitivity) = match server.scope(name) {
                Some(scope) => (&*scope.title, &*scope.sentence, scope.sensitivity),
                None => about_the_person(name).map_or(UNKNOWN, |(title, text)| (title, text, Sensitivity::Normal)),
            };
            let (mark, rank) = match sensitivity {
                Sensitivity::Restricted => ("Very sensitive", 0),
                Sensitivity::Sensitive => ("Sensitive", 1),
                Sensitivity::Normal => ("", 2),
            };
            let was_allowed = is_known(name);
            let is_new = is_any_known && !was_allowed;
            Line { name, title, sentence, mark, is_flexible: *rule == Rule::Flexible, was_allowed, is_new, rank }
        };
        let mut lines: Vec<_> = self.list.iter().map(line).collect();
        lines.sort_by_key(|line| line.rank);
        lines
    }

    fn rules(&self) -> Vec<Asked<'_>> {
        self.list.iter().map(|(name, rule)| Asked { name, rule: *rule }).collect()
    }
}

/// Whether the page is shown for the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::oauth) enum Form {
    /// It is.
    Fresh,
    /// What the form said is no longer so; whose page it was, as the form says.
    Outdated(String),
}

impl Form {
    /// What to tell whoever looks.
    pub(super) fn outdated(&self, who: &SignedIn) -> String {
        match self {
            Self::Fresh => String::new(),
            Self::Outdated(before) if !before.is_empty() && *before != who.user.id.to_string() => {
                format!("You are signed in as {} now.", who.user.email.as_typed())
            }
            Self::Outdated(_) => "This page was open for too long, or what it asks has changed since.".to_owned(),
        }
    }
}

/// Who asks, and as whom somebody is asked.
pub(super) struct Asking<'a> {
    pub(super) application: &'a str,
    pub(super) description: Option<&'a str>,
    pub(super) is_sandbox: bool,
    pub(super) publisher: Publisher,
    /// Since when the publisher is verified.
    pub(super) verified: Option<Moment>,
    pub(super) email: &'a str,
    pub(super) initials: String,
    /// Where it is taken back.
    pub(super) connected: String,
}

impl<'a> Asking<'a> {
    /// Looks up the publisher.
    pub(super) async fn of(app: &App, application: &'a Application, who: &'a SignedIn) -> Result<Self, ActionError> {
        let publisher = authorizations::publisher(&app.ctx, application.organization_id).await?;
        let moment = |at: Timestamp| Moment::new(at, app.ctx.now(), &who.user.time_zone);
        Ok(Self {
            application: &application.name,
            description: application.description.as_deref(),
            is_sandbox: application.environment == Environment::Sandbox,
            verified: publisher.verified_at.map(moment),
            publisher,
            email: who.user.email.as_typed(),
            initials: who.initials(),
            connected: format!("{}/connected-applications", app.config.portal_url),
        })
    }

    /// The publisher's, if it is an address of the web.
    pub(super) fn homepage(&self) -> Option<&str> {
        let is_web = |address: &&str| Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        self.publisher.homepage.as_deref().filter(is_web)
    }
}
