//! JSON whose members keep their order: people read a document in the order in which it was written.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, Serializer};

/// Any JSON value. Nesting is bounded by the reader (128 levels).
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// A member of an object; of several with one name the last, as everywhere else.
    pub(super) fn get(&self, member: &str) -> Option<&Self> {
        self.members().iter().rev().find(|(name, _)| name == member).map(|(_, value)| value)
    }

    /// A member that is text; nothing when it is not.
    pub(super) fn text(&self, member: &str) -> &str {
        match self.get(member) {
            Some(Self::Text(text)) => text,
            _ => "",
        }
    }

    /// Whether a member is `true`.
    pub(super) fn is_set(&self, member: &str) -> bool {
        self.get(member) == Some(&Self::Bool(true))
    }

    pub(super) fn members(&self) -> &[(String, Self)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }

    pub(super) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// What a reference within the document names: `#/components/schemas/Thing`.
    pub(super) fn resolve(&self, reference: &str) -> Option<&Self> {
        let mut at = self;
        for step in reference.strip_prefix("#/")?.split('/') {
            at = at.get(&step.replace("~1", "/").replace("~0", "~"))?;
        }
        Some(at)
    }

    /// On one line: text as it is, everything else as JSON.
    pub(super) fn inline(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            other => serde_json::to_string(other).unwrap_or_default(),
        }
    }

    /// Indented, for reading.
    pub(super) fn pretty(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => value.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => items.serialize(serializer),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Ordered)
    }
}

struct Ordered;

impl<'de> Visitor<'de> for Ordered {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(serde_json::Number::from_f64(value).map_or(Json::Null, Json::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut object = Vec::new();
        while let Some(member) = members.next_entry()? {
            object.push(member);
        }
        Ok(Json::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order_and_the_last_of_equal_members() {
        let text = r#"{"z":1,"a":[true,null,-2,1.5,"x"],"z":{"~/":"deep"}}"#;
        let json: Json = serde_json::from_str(text).expect("reads");
        assert_eq!(serde_json::to_string(&json).expect("writes"), text);
        assert_eq!(json.resolve("#/z/~0~1").map(Json::inline).as_deref(), Some("deep"));
        assert_eq!(json.get("a").map(Json::inline).as_deref(), Some(r#"[true,null,-2,1.5,"x"]"#));
        assert!(json.resolve("other.json#/z").is_none() && json.resolve("#/z/none").is_none());
        assert!(json.text("a").is_empty() && !json.is_set("a") && json.pretty().contains("\n  \"z\": 1,"));
    }
}
