//! Where values come from: file, then environment, then flags; each later layer wins. Only names are judged here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::keys::{KEYS, Key, Kind, find};

/// What stands before every variable of ours.
const ENVIRONMENT: &str = "GATEHOUSE_";
/// Variables that are not keys: the file's name, what the test suite is told, and what `dev.env` calls its server.
const OTHER_VARIABLES: &[&str] = &[
    "GATEHOUSE_CONFIG",
    "GATEHOUSE_TEST_POSTGRES",
    "GATEHOUSE_TEST_POSTGRES_TLS",
    "GATEHOUSE_TEST_PYTHON",
    "GATEHOUSE_URL",
];

/// What a caller hands in; nothing here is read from the process itself.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file, if there is one.
    pub file: Option<PathBuf>,
    /// Environment variables; those without our prefix are ignored.
    pub environment: Vec<(String, String)>,
    /// Values given as flags, by key name.
    pub flags: Vec<(String, String)>,
}

/// A value and where it was found.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) value: GivenValue,
    /// For messages: `gatehouse.toml`, `GATEHOUSE_LISTEN`, `--listen`.
    pub(super) place: String,
    /// What a relative path starts at.
    pub(super) base: PathBuf,
}

#[derive(Clone, Debug)]
pub(super) enum GivenValue {
    Inline(Vec<String>),
    File(PathBuf),
}

/// The winning value of each key.
pub(super) type Values = BTreeMap<&'static str, Given>;

/// Lays the sources over each other and collects what is wrong with their names and kinds.
pub(super) fn collect(sources: &Sources, problems: &mut Vec<String>) -> Values {
    let mut values = Values::new();
    if let Some(path) = &sources.file {
        values.extend(from_file(path, problems));
    }
    values.extend(from_environment(&sources.environment, problems));
    values.extend(from_flags(&sources.flags, problems));
    values
}

fn from_file(path: &Path, problems: &mut Vec<String>) -> Values {
    let place = path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            problems.push(format!("the configuration file {place} cannot be read: {error}"));
            return Values::new();
        }
    };
    let table = match toml::from_str::<toml::Table>(&text) {
        Ok(table) => table,
        Err(error) => {
            problems.push(format!("{place} is not TOML: {error}"));
            return Values::new();
        }
    };
    let base = path.parent().unwrap_or(Path::new("")).to_owned();
    let mut layer = Layer { values: Values::new(), base, problems };
    for (name, value) in table {
        match slot(&name) {
            None => layer.problems.push(unknown(&name, &place)),
            Some(slot) => match texts(&value, slot.kind()) {
                Ok(texts) => layer.put(slot, texts, place.clone()),
                Err(why) => layer.problems.push(format!("{place}: `{name}` {why}")),
            },
        }
    }
    layer.values
}

fn from_environment(variables: &[(String, String)], problems: &mut Vec<String>) -> Values {
    let mut layer = Layer { values: Values::new(), base: PathBuf::new(), problems };
    for (variable, text) in variables {
        let Some(rest) = variable.strip_prefix(ENVIRONMENT) else { continue };
        if OTHER_VARIABLES.contains(&variable.as_str()) {
            continue;
        }
        match slot(&rest.to_ascii_lowercase()) {
            Some(slot) if rest == rest.to_ascii_uppercase() => {
                layer.put(slot, split(text, slot.kind()), variable.clone());
            }
            _ => layer.problems.push(unknown_variable(variable)),
        }
    }
    layer.values
}

fn from_flags(flags: &[(String, String)], problems: &mut Vec<String>) -> Values {
    let mut layer = Layer { values: Values::new(), base: PathBuf::new(), problems };
    for (name, text) in flags {
        let flag = format!("--{}", name.replace('_', "-"));
        match slot(name) {
            Some(slot) => layer.put(slot, split(text, slot.kind()), flag),
            None => layer.problems.push(format!("unknown flag {flag}")),
        }
    }
    layer.values
}

struct Layer<'a> {
    values: Values,
    base: PathBuf,
    problems: &'a mut Vec<String>,
}

impl Layer<'_> {
    fn put(&mut self, slot: Slot, texts: Vec<String>, place: String) {
        let (Slot::Value(key) | Slot::File(key)) = slot;
        if let Some(other) = self.values.get(key.name) {
            let name = key.name;
            self.problems
                .push(format!("`{name}` and `{name}_file` are both given ({}, {place}): keep one", other.place));
            return;
        }
        let value = match slot {
            Slot::Value(_) => GivenValue::Inline(texts),
            Slot::File(_) => GivenValue::File(self.base.join(texts.into_iter().next().unwrap_or_default())),
        };
        self.values.insert(key.name, Given { value, place, base: self.base.clone() });
    }
}

/// What a name speaks of.
#[derive(Clone, Copy)]
enum Slot {
    /// A key.
    Value(&'static Key),
    /// A file that holds the key's value.
    File(&'static Key),
}

impl Slot {
    fn kind(self) -> Kind {
        match self {
            Self::Value(key) => key.kind,
            Self::File(_) => Kind::Path,
        }
    }
}

fn slot(name: &str) -> Option<Slot> {
    find(name).map(Slot::Value).or_else(|| {
        let key = find(name.strip_suffix("_file")?)?;
        key.kind.from_file().then_some(Slot::File(key))
    })
}

fn split(text: &str, kind: Kind) -> Vec<String> {
    if matches!(kind, Kind::List | Kind::SecretList) {
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    } else {
        vec![text.to_owned()]
    }
}

fn texts(value: &toml::Value, kind: Kind) -> Result<Vec<String>, String> {
    match (value, kind) {
        (toml::Value::Integer(number), Kind::Number { .. }) => Ok(vec![number.to_string()]),
        (_, Kind::Number { .. }) => Err("must be a whole number".to_owned()),
        (toml::Value::String(text), _) => Ok(vec![text.clone()]),
        (toml::Value::Array(items), Kind::List | Kind::SecretList) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned).ok_or_else(|| "must be an array of texts".to_owned()))
            .collect(),
        (_, Kind::List | Kind::SecretList) => Err("must be an array of texts".to_owned()),
        _ => Err("must be a text in quotes".to_owned()),
    }
}

fn unknown(name: &str, place: &str) -> String {
    match nearest(name, names()) {
        Some(known) => format!("{place}: unknown key `{name}`; did you mean `{known}`?"),
        None => format!("{place}: unknown key `{name}`; `gatehouse config keys` lists all"),
    }
}

fn unknown_variable(variable: &str) -> String {
    let known = names()
        .map(|name| format!("{ENVIRONMENT}{}", name.to_ascii_uppercase()))
        .chain(OTHER_VARIABLES.iter().map(|&name| name.to_owned()));
    match nearest(variable, known) {
        Some(known) => format!("unknown environment variable {variable}; did you mean {known}?"),
        None => format!("unknown environment variable {variable}; `gatehouse config keys` lists all"),
    }
}

fn names() -> impl Iterator<Item = String> {
    KEYS.iter().flat_map(|key| {
        let file = key.kind.from_file().then(|| format!("{}_file", key.name));
        std::iter::once(key.name.to_owned()).chain(file)
    })
}

/// The known name most like this one, if any is alike at all.
fn nearest(name: &str, known: impl Iterator<Item = String>) -> Option<String> {
    known
        .map(|candidate| (strsim::jaro_winkler(name, &candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
