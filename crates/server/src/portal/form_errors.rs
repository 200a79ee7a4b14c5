//! What is wrong with a form, as its page shows it: once beside the field, once in the summary on top.

use crate::actions::FieldError;
use crate::error::sentence;

/// The errors of one form; empty for one that was not sent yet.
#[derive(Clone, Debug, Default)]
pub struct FormErrors(Vec<FormError>);

/// One error.
#[derive(Clone, Debug)]
pub struct FormError {
    field: String,
    message: String,
}

impl FormErrors {
    /// Of what an action refused; messages become sentences.
    pub fn new(errors: &[FieldError]) -> Self {
        let error = |error: &FieldError| FormError { field: error.field.clone(), message: sentence(&error.message) };
        Self(errors.iter().map(error).collect())
    }

    /// In the order of the form.
    pub fn list(&self) -> &[FormError] {
        &self.0
    }

    /// The first error of a field.
    pub fn of(&self, field: &str) -> Option<&FormError> {
        self.0.iter().find(|error| error.field == field)
    }

    /// All errors of a field, such as one for each line of a list.
    pub fn all(&self, field: &str) -> impl Iterator<Item = &FormError> {
        self.0.iter().filter(move |error| error.field == field)
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FormError {
    /// The id of the field's element.
    pub fn id(&self) -> String {
        id(&self.field)
    }

    /// A sentence.
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// The id of a field's element: `redirect_uris[2]` has `redirect_uris-2`, for brackets have no place in a link.
pub fn id(field: &str) -> String {
    let id: String = field.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect();
    id.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_its_first_error() {
        let errors = FormErrors::new(&[
            FieldError::new("name", "required", "is required"),
            FieldError::new("redirect_uris[2]", "invalid", "must be https"),
            FieldError::new("name", "too_long", "use fewer"),
        ]);
        assert_eq!(errors.of("name").map(FormError::message), Some("Is required."));
        assert_eq!(errors.of("redirect_uris[2]").map(FormError::id).as_deref(), Some("redirect_uris-2"));
        assert_eq!(errors.all("name").map(FormError::message).collect::<Vec<_>>(), ["Is required.", "Use fewer."]);
        assert!(errors.of("other").is_none() && !errors.is_empty() && FormErrors::default().is_empty());
        assert_eq!(errors.list().len(), 3);
    }

    /// What leads away, then what is wrong, then the heading: on every page the same.
    #[test]
    fn the_summary_stands_below_the_way_back_and_above_the_heading() {
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/templates"))];
        let mut seen = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
                if entry.is_dir() && !entry.ends_with("macros") {
                    folders.push(entry);
                } else if entry.is_file() {
                    let text = std::fs::read_to_string(&entry).expect("a template");
                    let Some(summary) = text.find("{{ form::summary(") else { continue };
                    let at = |part: &str| text.find(part);
                    assert!(at("{{ ui::back(").is_none_or(|back| back < summary), "{}", entry.display());
                    for heading in ["<h1", "ui::page_head("] {
                        assert!(at(heading).is_none_or(|heading| summary < heading), "{}", entry.display());
                    }
                    seen += 1;
                }
            }
        }
        assert!(seen > 20, "{seen}");
    }

    #[test]
    fn ids_fit_into_links() {
        for (field, expected) in
            [("name", "name"), ("questions[0].answer", "questions-0--answer"), ("\"><script>", "---script")]
        {
            assert_eq!(id(field), expected);
        }
    }
}
