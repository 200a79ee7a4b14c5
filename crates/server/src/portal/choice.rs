//! One of the things that a form lets people choose.

/// An option of a select, a radio button or a tick.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What people read.
    pub label: String,
    /// A sentence below it; may be empty.
    pub hint: String,
    /// A word of warning beside it, such as "Sensitive"; may be empty.
    pub mark: String,
    chosen: bool,
}

impl Choice {
    /// One that is not chosen.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), ..Self::default() }
    }

    /// With a sentence below it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// With a word of warning beside it.
    #[must_use]
    pub fn mark(mut self, mark: impl Into<String>) -> Self {
        self.mark = mark.into();
        self
    }

    /// Chosen when its value is among these.
    #[must_use]
    pub fn among(mut self, chosen: &[impl AsRef<str>]) -> Self {
        self.chosen = chosen.iter().any(|value| value.as_ref() == self.value);
        self
    }

    /// Whether it is chosen.
    pub fn is_chosen(&self) -> bool {
        self.chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_chosen_when_it_was_sent() {
        let choice =
            |value: &str| Choice::new(value, "Web").hint("A server").mark("Sensitive").among(&["web", "native"]);
        assert!(choice("web").is_chosen() && !choice("service").is_chosen());
        assert_eq!((choice("web").hint.as_str(), choice("web").mark.as_str()), ("A server", "Sensitive"));
    }
}
