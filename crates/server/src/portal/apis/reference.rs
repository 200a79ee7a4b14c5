//! The reference of an API as its page shows it: Markdown turned into HTML, calls with curl beside each operation.

use gatehouse_core::portal::openapi::reference::{Answer, Content, Field, Group, OperationText, Reference};

use super::samples;
use crate::portal::markdown::{lead_and_rest, untrusted};

/// Characters of an answer's description that stand beside its status.
const LONGEST_SUMMARY: usize = 200;

/// Operations that belong together.
pub(super) struct GroupView {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) operations: Vec<OperationView>,
}

/// One operation. What is called `…_html` may stand in a page as it is.
pub(super) struct OperationView {
    pub(super) anchor: String,
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) summary: String,
    pub(super) description_html: String,
    pub(super) is_deprecated: bool,
    /// Each with its scopes in one line.
    pub(super) scopes: Vec<String>,
    pub(super) parameters: Vec<FieldView>,
    pub(super) body: Option<ContentView>,
    pub(super) answers: Vec<AnswerView>,
    pub(super) curl: String,
}

/// A parameter, header or field.
pub(super) struct FieldView {
    pub(super) path: String,
    pub(super) name: String,
    pub(super) place: String,
    pub(super) kind: String,
    pub(super) is_required: bool,
    pub(super) description_html: String,
    pub(super) rules: String,
}

/// A body.
pub(super) struct ContentView {
    pub(super) media_type: String,
    pub(super) kind: String,
    pub(super) fields: Vec<FieldView>,
    pub(super) example: String,
}

/// What comes back for one status.
pub(super) struct AnswerView {
    pub(super) status: String,
    pub(super) tone: &'static str,
    /// The first paragraph; the rest is HTML.
    pub(super) summary: String,
    pub(super) description_html: String,
    pub(super) headers: Vec<FieldView>,
    pub(super) content: Option<ContentView>,
}

/// The whole of it.
pub(super) fn view(reference: Reference, api_url: &str, header: &str) -> Vec<GroupView> {
    let group = |Group { name, description, operations }: Group| GroupView {
        name: if name.is_empty() { "Operations".to_owned() } else { name },
        description: untrusted(&description),
        operations: operations.into_iter().map(|operation| operation_view(operation, api_url, header)).collect(),
    };
    reference.groups.into_iter().map(group).collect()
}

fn operation_view(operation: OperationText, api_url: &str, header: &str) -> OperationView {
    OperationView {
        curl: samples::curl((api_url, header), &operation),
        method: operation.method.as_str(),
        anchor: operation.anchor,
        path: operation.path_template,
        summary: operation.summary,
        description_html: untrusted(&operation.description),
        is_deprecated: operation.is_deprecated,
        scopes: operation.any_of_scopes.iter().map(|scopes| scopes.join(" and ")).collect(),
        parameters: operation.parameters.into_iter().map(field_view).collect(),
        body: operation.body.map(content_view),
        answers: operation.answers.into_iter().map(answer_view).collect(),
    }
}

fn field_view(field: Field) -> FieldView {
    FieldView {
        description_html: untrusted(&field.description),
        rules: field.rules.join(" · "),
        path: field.path,
        name: field.name,
        place: field.place,
        kind: field.kind,
        is_required: field.is_required,
    }
}

fn content_view(content: Content) -> ContentView {
    ContentView {
        media_type: content.media_type,
        kind: content.kind,
        fields: content.fields.into_iter().map(field_view).collect(),
        example: content.example,
    }
}

fn answer_view(answer: Answer) -> AnswerView {
    let (summary, description_html) = lead_and_rest(&answer.description, LONGEST_SUMMARY);
    AnswerView {
        tone: if answer.is_success() { "good" } else { "plain" },
        summary,
        description_html,
        headers: answer.headers.into_iter().map(field_view).collect(),
        content: answer.content.map(content_view),
        status: answer.status,
    }
}
