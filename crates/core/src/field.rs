//! What is wrong with one field of an input: the same shape for forms, management JSON and the command line.

/// One field that cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// The field, as management JSON and forms name it; a place in a list as `redirect_uris[2]`.
    pub field: String,
    /// A stable word for programs, `snake_case`.
    pub code: &'static str,
    /// For people: what is wrong and what to do.
    pub message: String,
}

impl FieldError {
    /// One field error.
    pub fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { field: field.into(), code, message: message.into() }
    }
}
