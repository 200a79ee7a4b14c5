//! What stands around every page: who looks, where in the portal the page is, and what its navigation offers.

use gatehouse_core::identity::user::{Role, User};
use gatehouse_store::notifications::Unread;

/// Shown in the footer.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The parts of the portal; the navigation marks the one that a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// `/`
    Home,
    /// `/apis`
    Apis,
    /// `/applications`
    Applications,
    /// `/requests`
    Requests,
    /// `/review`
    Review,
    /// `/docs`
    Docs,
    /// `/admin`
    Admin,
    /// A page of no part, such as an error.
    None,
}

/// The frame of one page.
#[derive(Clone, Copy, Debug)]
pub struct Chrome<'a> {
    /// Before every address: empty on the portal's own host, else the portal's base address.
    pub base: &'a str,
    /// Where the page belongs.
    pub section: Section,
    /// Who is signed in.
    pub account: Option<Account<'a>>,
    /// Whether somebody is on the way to an application or a device: nothing to wander off to.
    pub is_bare: bool,
}

/// The person who looks.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// As others see it.
    pub name: &'a str,
    /// As typed.
    pub email: &'a str,
    time_zone: &'a str,
    role: Role,
    unread: Unread,
}

/// One entry of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The part that it leads to.
    pub section: Section,
    /// Its path.
    pub address: &'static str,
    /// As people read it.
    pub words: &'static str,
    /// How many things there have not been seen; none for zero.
    pub count: i64,
}

impl<'a> Chrome<'a> {
    /// For somebody who is not signed in, or on a page where it does not matter who looks.
    pub const fn public(section: Section) -> Self {
        Self { base: "", section, account: None, is_bare: false }
    }

    /// Of a page that may be shown on another host than the portal's: links carry the portal's address.
    pub const fn elsewhere(portal_url: &'a str) -> Self {
        Self { base: portal_url, section: Section::None, account: None, is_bare: false }
    }

    /// The same on the way to an application or a device.
    pub const fn bare(self) -> Self {
        Self { is_bare: true, ..self }
    }

    /// For a person, with the number of messages that have not been read.
    pub fn of(user: &'a User, unread: Unread, section: Section) -> Self {
        let (name, email, time_zone) = (&user.name, user.email.as_typed(), &user.time_zone);
        let account = Account { name, email, time_zone, role: user.role, unread };
        Self { base: "", section, account: Some(account), is_bare: false }
    }

    /// What the visitor may use, in order.
    pub fn links(&self) -> Vec<Link> {
        let link = |section, address, words, count| Link { section, address, words, count };
        let mut links = vec![link(Section::Apis, "/apis", "APIs", 0)];
        if let Some(Account { role, unread, .. }) = self.account {
            links.push(link(Section::Applications, "/applications", "Applications", unread.applications));
            links.push(link(Section::Requests, "/requests", "Requests", unread.requests));
            if matches!(role, Role::Reviewer | Role::Admin) {
                links.push(link(Section::Review, "/review", "Review", unread.review));
            }
        }
        links.push(link(Section::Docs, "/docs", "Docs", 0));
        links
    }
}

impl Account<'_> {
    /// The time zone in which pages say times, as people read it.
    pub fn zone(&self) -> String {
        self.time_zone.trim_start_matches("Etc/").replace('_', " ")
    }

    /// One or two letters for the round picture.
    pub fn initials(&self) -> String {
        let mut words = self.name.split_whitespace();
        let first = words.next().and_then(|word| word.chars().next());
        let last = words.next_back().and_then(|word| word.chars().next());
        first.into_iter().chain(last).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(name: &str, role: Role) -> Account<'_> {
        let unread = Unread { applications: 1, requests: 2, review: 3 };
        Account { name, email: "ann@example.com", time_zone: "UTC", role, unread }
    }

    #[test]
    fn navigation_offers_what_the_visitor_may_use() {
        let words = |account| {
            let chrome = Chrome { account, ..Chrome::public(Section::Home) };
            chrome.links().iter().map(|link| link.words).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(words(None), "APIs Docs");
        assert_eq!(words(Some(account("Ann", Role::Developer))), "APIs Applications Requests Docs");
        assert_eq!(words(Some(account("Ann", Role::Reviewer))), "APIs Applications Requests Review Docs");
        assert_eq!(words(Some(account("Ann", Role::Admin))), "APIs Applications Requests Review Docs");
    }

    #[test]
    fn each_part_shows_how_many_of_its_messages_wait() {
        let counts = |role| {
            let chrome = Chrome { account: Some(account("Ann", role)), ..Chrome::public(Section::Home) };
            chrome.links().iter().map(|link| link.count).collect::<Vec<_>>()
        };
        assert_eq!(counts(Role::Developer), [0, 1, 2, 0]);
        assert_eq!(counts(Role::Reviewer), [0, 1, 2, 3, 0]);
    }

    #[test]
    fn zones_are_for_people() {
        for (time_zone, words) in [("Etc/UTC", "UTC"), ("America/New_York", "America/New York")] {
            assert_eq!(Account { time_zone, ..account("Ann", Role::Developer) }.zone(), words);
        }
    }

    #[test]
    fn initials_are_of_the_first_and_last_word() {
        for (name, initials) in
            [("Ann Lee", "AL"), ("Ann", "A"), ("Ann van der Berg", "AB"), ("Éva Őri", "ÉŐ"), ("", "")]
        {
            assert_eq!(account(name, Role::Developer).initials(), initials);
        }
    }
}
