//! Filter, order and page of the list, as its address says them. What an address says wrongly asks nothing.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use gatehouse_store::access_requests::queue::{Order, Place, Stage};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use crate::actions::access_requests::{Wanted, Whose};

/// Rows on a page.
const ROWS: i64 = 25;
/// No cursor of ours is longer.
const LONGEST_CURSOR: usize = 100;

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
pub(super) fn read(asked: &Asked) -> Wanted {
    Wanted {
        stage: of(&STAGES, &asked.state),
        whose: of(&WHOSE, &asked.assignee),
        api: Some(asked.api.clone()).filter(|slug| !slug.is_empty() && slug.len() <= 100),
        overdue: asked.overdue == "yes",
        order: of(&ORDERS, &asked.sort),
        after: place(&asked.after),
        limit: ROWS,
    }
}

/// What was done just now, for all of several requests; never text from the address.
pub(super) fn said(asked: &Asked) -> &'static str {
    match asked.done.as_str() {
        "assigned" => "All requests that you chose are assigned.",
        "decided" => "Your decision is kept for all requests that you chose.",
        "nothing" => "Tick the requests first.",
        _ => "",
    }
}

/// The address that asks for this.
pub(super) fn address(wanted: &Wanted) -> String {
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
    say("after", &wanted.after.map(cursor).unwrap_or_default());
    let query = query.finish();
    if query.is_empty() { "/review".to_owned() } else { format!("/review?{query}") }
}

fn of<T: Copy + Default>(words: &[(&str, T)], asked: &str) -> T {
    words.iter().find(|(word, _)| *word == asked).map(|(_, value)| *value).unwrap_or_default()
}

fn word<T: Copy + PartialEq>(words: &[(&'static str, T)], value: T) -> &'static str {
    words.iter().find(|(_, known)| *known == value).map_or("", |(word, _)| word)
}

fn cursor(place: Place) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{} {}", place.key, place.id))
}

/// A forged one leads to another place of the same list, nowhere else.
fn place(cursor: &str) -> Option<Place> {
    if cursor.len() > LONGEST_CURSOR {
        return None;
    }
    let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (key, id) = text.split_once(' ')?;
    Some(Place { key: key.parse().ok()?, id: id.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let address = address(&wanted);
        let query = address.strip_prefix("/review?").expect("a query");
        let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
        let get = |name: &str| {
            pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.to_string()).unwrap_or_default()
        };
        let [state, assignee, api, overdue, sort, after] =
            ["state", "assignee", "api", "overdue", "sort", "after"].map(get);
        assert_eq!(read(&Asked { state, assignee, api, overdue, sort, after, done: String::new() }), wanted);
        let plain = read(&Asked::default());
        assert_eq!(super::address(&plain), "/review");
    }

    #[test]
    fn nonsense_asks_nothing() {
        let plain = read(&Asked::default());
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
            };
            assert_eq!((read(&asked), said(&asked)), (plain.clone(), ""), "{nonsense}");
        }
    }
}
