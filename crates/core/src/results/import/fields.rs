//! Reads the members of a JSON object one by one, remembers every fault with the way to its field, and knows at the
//! end which members nobody asked for.

use std::cell::RefCell;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::Fault;
use crate::results::params;
use crate::time::Timestamp;

/// Longest list of any kind.
pub(super) const MAX_ITEMS: usize = 1_000;
/// Longest short text (ids, labels, titles), in characters.
pub(super) const SHORT: usize = 500;
/// Longest text that people write or read, in characters.
pub(super) const LONG: usize = 100_000;

/// The faults of one line.
#[derive(Debug, Default)]
pub(super) struct Faults(RefCell<Vec<Fault>>);

impl Faults {
    pub(super) fn into_inner(self) -> Vec<Fault> {
        self.0.into_inner()
    }

    fn push(&self, field: String, rule: String) {
        self.0.borrow_mut().push(Fault { field, rule });
    }
}

/// A JSON object being read. A missing member and null are the same.
pub(super) struct Object<'f> {
    path: String,
    members: Map<String, Value>,
    faults: &'f Faults,
}

impl<'f> Object<'f> {
    /// The object of a whole line.
    pub(super) fn root(members: Map<String, Value>, faults: &'f Faults) -> Self {
        Self { path: String::new(), members, faults }
    }

    /// Remembers a fault of a member.
    pub(super) fn fault(&self, name: &str, rule: impl Into<String>) {
        self.faults.push(self.field(name), rule.into());
    }

    /// Faults for all members that were not asked for. The last call on every object.
    pub(super) fn end(self) {
        for name in self.members.keys() {
            self.fault(shown(name), "is not known");
        }
    }

    /// A text of 1 to `max` characters.
    pub(super) fn text(&mut self, name: &str, max: usize) -> Option<String> {
        let text = self.required(name, Self::text_opt, max)?;
        if text.trim().is_empty() {
            self.fault(name, "must not be empty");
        }
        Some(text)
    }

    /// A text of up to `max` characters.
    pub(super) fn text_opt(&mut self, name: &str, max: usize) -> Option<String> {
        let value = self.take(name)?;
        let Value::String(text) = value else { return self.refuse(name, "must be a text") };
        self.check_text(name, &text, max);
        Some(text)
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, name: &str, max: usize) -> Vec<String> {
        self.items(name, |object, item_name, item| match item {
            Value::String(text) => {
                object.check_text(item_name, &text, max);
                Some(text)
            }
            _ => object.refuse(item_name, "must be a text"),
        })
    }

    /// A UUID.
    pub(super) fn uuid(&mut self, name: &str) -> Option<Uuid> {
        self.required(name, |object, name, ()| object.uuid_opt(name), ())
    }

    /// A UUID or nothing.
    pub(super) fn uuid_opt(&mut self, name: &str) -> Option<Uuid> {
        let value = self.take(name)?;
        match value.as_str().and_then(params::uuid) {
            Some(uuid) => Some(uuid),
            None => self.refuse(name, "must be a UUID"),
        }
    }

    /// A whole number.
    pub(super) fn integer(&mut self, name: &str, range: RangeInclusive<i64>) -> Option<i64> {
        self.required(name, Self::integer_opt, range)
    }

    /// A whole number or nothing.
    pub(super) fn integer_opt(&mut self, name: &str, range: RangeInclusive<i64>) -> Option<i64> {
        let value = self.take(name)?;
        match value.as_i64() {
            Some(number) if range.contains(&number) => Some(number),
            _ if range.start() == range.end() => self.refuse(name, format!("must be {}", range.start())),
            _ => self.refuse(name, format!("must be a whole number between {} and {}", range.start(), range.end())),
        }
    }

    /// A whole number that fits the wanted type.
    pub(super) fn count<T: TryFrom<i64>>(&mut self, name: &str, max: i64) -> Option<T> {
        self.integer(name, 0..=max).and_then(|number| T::try_from(number).ok())
    }

    /// True or false.
    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        self.required(name, |object, name, ()| object.flag_opt(name), ())
    }

    /// True, false or nothing.
    pub(super) fn flag_opt(&mut self, name: &str) -> Option<bool> {
        let value = self.take(name)?;
        match value.as_bool() {
            Some(flag) => Some(flag),
            None => self.refuse(name, "must be true or false"),
        }
    }

    /// A point in time, RFC 3339 with offset, from 1970 to 9999, cut to milliseconds.
    pub(super) fn time(&mut self, name: &str) -> Option<Timestamp> {
        self.required(name, |object, name, ()| object.time_opt(name), ())
    }

    /// A point in time or nothing.
    pub(super) fn time_opt(&mut self, name: &str) -> Option<Timestamp> {
        let value = self.take(name)?;
        let parsed = value.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
        match parsed.map(jiff::Timestamp::as_millisecond) {
            Some(millis @ 0..=253_402_300_799_999) => Some(Timestamp::from_millis(millis)),
            _ => self.refuse(name, "must be a time between 1970 and 9999 such as 2026-11-22T11:05:00.000Z"),
        }
    }

    /// A name of an enum or an id.
    pub(super) fn name<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        self.required(name, |object, name, ()| object.name_opt(name), ())
    }

    /// A name or nothing.
    pub(super) fn name_opt<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        let value = self.take(name)?;
        let Some(text) = value.as_str() else { return self.refuse(name, "must be a text") };
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => self.refuse(name, format!("is wrong: {error}")),
        }
    }

    /// An object.
    pub(super) fn object(&mut self, name: &str) -> Option<Object<'f>> {
        self.required(name, |object, name, ()| object.object_opt(name), ())
    }

    /// An object or nothing.
    pub(super) fn object_opt(&mut self, name: &str) -> Option<Object<'f>> {
        match self.take(name)? {
            Value::Object(members) => Some(Self { path: self.field(name), members, faults: self.faults }),
            _ => self.refuse(name, "must be an object"),
        }
    }

    /// A list of objects; nothing is the empty list.
    pub(super) fn objects<T>(&mut self, name: &str, read: impl Fn(Object<'f>) -> Option<T>) -> Vec<T> {
        self.items(name, |object, item_name, item| match item {
            Value::Object(members) => read(Object { path: object.field(item_name), members, faults: object.faults }),
            _ => object.refuse(item_name, "must be an object"),
        })
    }

    fn items<T>(&mut self, name: &str, read: impl Fn(&Self, &str, Value) -> Option<T>) -> Vec<T> {
        let Some(value) = self.take(name) else { return Vec::new() };
        let Value::Array(items) = value else {
            self.fault(name, "must be a list");
            return Vec::new();
        };
        if items.len() > MAX_ITEMS {
            self.fault(name, format!("must have at most {MAX_ITEMS} items"));
            return Vec::new();
        }
        let this = &*self;
        items.into_iter().enumerate().filter_map(|(at, item)| read(this, &format!("{name}[{at}]"), item)).collect()
    }

    fn required<T, A>(&mut self, name: &str, read: impl Fn(&mut Self, &str, A) -> Option<T>, with: A) -> Option<T> {
        if self.members.get(name).is_none_or(Value::is_null) {
            self.members.remove(name);
            return self.refuse(name, "is missing");
        }
        read(self, name, with)
    }

    fn check_text(&self, name: &str, text: &str, max: usize) {
        if text.contains('\0') {
            self.fault(name, "must not contain a NUL character");
        }
        if text.chars().nth(max).is_some() {
            self.fault(name, format!("must have at most {max} characters"));
        }
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name).filter(|value| !value.is_null())
    }

    fn refuse<T>(&self, name: &str, rule: impl Into<String>) -> Option<T> {
        self.fault(name, rule);
        None
    }

    fn field(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

/// A foreign name as far as it can be shown on one line of a terminal.
fn shown(name: &str) -> &str {
    let harmless = !name.is_empty() && name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_graphic());
    if harmless { name } else { "(a field)" }
}
