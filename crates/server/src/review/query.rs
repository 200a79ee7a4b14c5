//! Filter, order and page of the list, as its address says them. What an address says wrongly asks nothing.

use gatehouse_store::access_requests::queue::{Order, Place, Stage};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use crate::actions::access_requests::{Wanted, Whose};
use crate::page_token::PageTokens;

/// The lists that these page tokens are of.
pub(super) const LIST: &str = "review";

/// Rows on a page.
const ROWS: i64 = 25;

/// The words of the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    state: String,
    assignee: String,
    api: String,
    overdue: String,
    sort: String,
    after: String,
    done: String,
    count: String,
}

const STAGES: [(&str, Stage); 4] = [
    ("new", Stage::Submitted),
    ("in_review", Stage::InReview),
    ("asked", Stage::NeedsInformation),
    ("ended", Stage::Ended),
];
const WHOSE: [(&str, Whose); 2] = [("me", Whose::Mine), ("nobody", Whose::Nobodys)];
const ORDERS: [(&str, Order); 2] = [("newest", Order::Newest), ("oldest", Order::Oldest)];

/// What the address asks for.
pub(super) fn read(asked: &Asked, tokens: &PageTokens) -> Wanted {
    Wanted {
        stage: of(&STAGES, &asked.state),
        whose: of(&WHOSE, &asked.assignee),
        api: Some(asked.api.clone()).filter(|slug| !slug.is_empty() && slug.len() <= 100),
        overdue: asked.overdue == "yes",
        order: of(&ORDERS, &asked.sort),
        after: tokens.open(&asked.after).as_deref().and_then(place),
        limit: ROWS,
    }
}

/// What was done just now, for all of several requests; never text from the address.
pub(super) fn said(asked: &Asked) -> String {
    let requests = if asked.count == "1" { "request is" } else { "requests are" };
    match (asked.done.as_str(), asked.count.parse::<u8>()) {
        (did @ ("assigned" | "approved" | "declined" | "decided"), Ok(count)) => format!("{count} {requests} {did}."),
        ("nothing", _) => "Tick the requests first.".to_owned(),
        _ => String::new(),
    }
}

/// The address that asks for this; `after`: the token of the place that the page begins after.
pub(super) fn address(wanted: &Wanted, after: &str) -> String {
    let mut query = Serializer::new(String::new());
    let mut say = |name: &str, word: &str| {
        if !word.is_empty() {
            query.append_pair(name, word);
        }
    };
    say("state", word(&STAGES, wanted.stage));
    say("assignee", word(&WHOSE, wanted.whose));
    say("api", wanted.api.as_deref().unwrap_or_default());
    say("overdue", if wanted.overdue { "yes" } else { "" });
    say("sort", word(&ORDERS, wanted.order));
    say("after", after);
    let query = query.finish();
    if query.is_empty() { "/review".to_owned() } else { format!("/review?{query}") }
}

fn of<T: Copy + Default>(words: &[(&str, T)], asked: &str) -> T {
    words.iter().find(|(word, _)| *word == asked).map(|(_, value)| *value).unwrap_or_default()
}

fn word<T: Copy + PartialEq>(words: &[(&'static str, T)], value: T) -> &'static str {
    words.iter().find(|(_, known)| *known == value).map_or("", |(word, _)| word)
}

/// As its token holds it.
pub(super) fn text(place: Place) -> String {
    format!("{} {}", place.key, place.id)
}

fn place(text: &str) -> Option<Place> {
    let (key, id) = text.split_once(' ')?;
    Some(Place { key: key.parse().ok()?, id: id.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page_token::tests::tokens;

    #[test]
    fn every_address_is_read_back() {
        let place = Place { key: -7, id: "req_0123456789abcdefghjkmnpqrs".parse().expect("an id") };
        let wanted = Wanted {
            stage: Stage::NeedsInformation,
            whose: Whose::Mine,
            api: Some("a&b=c".to_owned()),
            overdue: true,
            order: Order::Newest,
            after: Some(place),
            limit: ROWS,
        };
        let tokens = tokens(1, LIST);
        let address = address(&wanted, &tokens.seal(&text(place)));
        let query = address.strip_prefix("/review?").expect("a query");
        let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
        let get = |name: &str| {
            pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.to_string()).unwrap_or_default()
        };
        let [state, assignee, api, overdue, sort, after] =
            ["state", "assignee", "api", "overdue", "sort", "after"].map(get);
        let back = Asked { state, assignee, api, overdue, sort, after, done: String::new(), count: String::new() };
        assert_eq!(read(&back, &tokens), wanted);
        let plain = read(&Asked::default(), &tokens);
        assert_eq!(super::address(&plain, ""), "/review");
    }

    #[test]
    fn nonsense_asks_nothing() {
        let tokens = tokens(1, LIST);
        let plain = read(&Asked::default(), &tokens);
        for nonsense in ["x", "';--", "AAAA", "\u{1f4a5}", &"A".repeat(500)] {
            let text = || nonsense.to_owned();
            let asked = Asked {
                state: text(),
                assignee: text(),
                overdue: text(),
                sort: text(),
                after: text(),
                api: "".into(),
                done: text(),
                count: text(),
            };
            assert_eq!((read(&asked, &tokens), said(&asked)), (plain.clone(), String::new()), "{nonsense}");
        }
    }
}
