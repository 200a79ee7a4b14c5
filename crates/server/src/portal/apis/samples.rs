//! The samples of `docs/samples.md`, which are run before each change lands, with what is known of the reader and the
//! API filled in. The secret always comes from the environment.

use gatehouse_core::portal::api::{Api, Upstream};
use gatehouse_core::portal::openapi::reference::OperationText;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::portal::docs;

/// What may stand in a path as it is.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The operation that the samples of the documentation call.
const SAMPLE_OPERATION: &str = "/v2/sessionResults";

/// One sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::portal) struct Sample {
    pub(in crate::portal) language: &'static str,
    pub(in crate::portal) text: String,
}

/// What is filled in; what is empty is read from the environment.
#[derive(Clone, Debug, Default)]
pub(in crate::portal) struct Values<'a> {
    pub(in crate::portal) token_url: &'a str,
    pub(in crate::portal) api_url: &'a str,
    pub(in crate::portal) client_id: &'a str,
    pub(in crate::portal) scope: &'a str,
}

/// Getting a token.
pub(in crate::portal) fn token(values: &Values<'_>) -> Vec<Sample> {
    let names = [
        ("curl", "get_token.sh"),
        ("Express", "access-token.mjs"),
        ("TypeScript", "get_token.ts"),
        ("Python", "get_token.py"),
    ];
    samples(&names, values)
}

/// Calling with it: nothing for APIs that the samples do not know.
pub(in crate::portal) fn call(values: &Values<'_>, operations: &[&OperationText]) -> Vec<Sample> {
    if !operations.iter().any(|operation| operation.path_template == SAMPLE_OPERATION) {
        return Vec::new();
    }
    let names = [
        ("curl", "list_sessions.sh"),
        ("Express", "express.mjs"),
        ("TypeScript", "list_sessions.ts"),
        ("Python", "list_sessions.py"),
    ];
    samples(&names, values)
}

/// What stands on the first page: a token and a call with curl.
pub fn first_commands(token_url: &str, api_url: &str) -> (String, String) {
    let values = Values { token_url, api_url, ..Values::default() };
    let command = |name| docs::sample(name).map(|text| filled(text, name, &values)).unwrap_or_default();
    (command("get_token.sh"), command("list_sessions.sh"))
}

/// The header by which calls of an API carry the token: what the gate takes, or the one that every API takes (RFC 6750, 2.1).
pub(in crate::portal) const fn header_of(api: &Api) -> &'static str {
    match api.upstream {
        Some(Upstream::Results) => "token: $ACCESS_TOKEN",
        None => "Authorization: Bearer $ACCESS_TOKEN",
    }
}

/// An operation called with curl. Names are the document's: what could mean something to a shell is encoded or left out.
pub(in crate::portal) fn curl((api_url, header): (&str, &str), operation: &OperationText) -> String {
    let segments = operation.path_template.split('/').map(|segment| {
        match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(parameter) => variable(parameter),
            None => utf8_percent_encode(segment, SEGMENT).to_string(),
        }
    });
    let mut url = format!("{api_url}{}", segments.collect::<Vec<_>>().join("/"));
    let required = operation.parameters.iter().filter(|field| field.place == "query" && field.is_required);
    for (at, field) in required.enumerate() {
        let name = utf8_percent_encode(&field.name, SEGMENT);
        url.push_str(&format!("{}{name}={}", if at == 0 { '?' } else { '&' }, variable(&field.name)));
    }
    let mut lines = vec![format!("curl \"{url}\""), format!("--header \"{header}\"")];
    match (&operation.body, operation.method.as_str()) {
        (Some(body), method) => {
            lines.push(format!("--request {method}"));
            lines.push(format!("--header 'Content-Type: {}'", single_quoted(&body.media_type)));
            lines.push("--data @body.json".to_owned());
        }
        (None, "GET") => {}
        (None, method) => lines.push(format!("--request {method}")),
    }
    lines.join(" \\\n  ")
}

fn samples(names: &[(&'static str, &str)], values: &Values<'_>) -> Vec<Sample> {
    let sample = |(language, name): &(&'static str, &str)| {
        Some(Sample { language, text: filled(docs::sample(name)?, name, values) })
    };
    names.iter().filter_map(sample).collect()
}

fn filled(mut text: String, name: &str, values: &Values<'_>) -> String {
    let known = [
        ("TOKEN_URL", values.token_url),
        ("API_URL", values.api_url),
        ("CLIENT_ID", values.client_id),
        ("SCOPE", values.scope),
    ];
    let mut constants = String::new();
    for (variable, value) in known.into_iter().filter(|(_, value)| is_plain(value)) {
        match name.rsplit('.').next() {
            Some("sh") => text = text.replace(&format!("${variable}"), value),
            Some("ts") => {
                text = text.replace(&format!("env('{variable}')"), &format!("'{value}'"));
                text = text.replace(&format!("${{process.env.{variable}}}"), value);
            }
            Some("py") => {
                text = text.replace(&format!("os.environ[\"{variable}\"]"), &format!("\"{value}\""));
                text = text.replace(&format!("{{os.environ['{variable}']}}"), value);
            }
            _ => {
                // What stays is last in its list, so that a comma follows every name that may go.
                let listed = format!("{variable}, ");
                if text.contains(&listed) {
                    text = text.replacen(&listed, "", 1);
                    constants.push_str(&format!("const {variable} = '{value}';\n"));
                }
            }
        }
    }
    if constants.is_empty() { text } else { text.replacen("const {", &format!("{constants}const {{"), 1) }
}

/// Whether a value means only itself in every language there is here.
fn is_plain(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|b| b.is_ascii_alphanumeric() || b":/._-~".contains(&b))
}

/// `$SESSION_ID` for `sessionId`.
fn variable(name: &str) -> String {
    let mut variable = "$".to_owned();
    let mut last = '_';
    for c in name.chars().take(60).map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }) {
        if c.is_ascii_uppercase() && last.is_ascii_lowercase() {
            variable.push('_');
        }
        variable.push(c.to_ascii_uppercase());
        last = c;
    }
    variable
}

fn single_quoted(text: &str) -> String {
    text.replace('\'', "'\\''")
}

#[cfg(test)]
mod tests {
    use gatehouse_core::portal::openapi::Method;
    use gatehouse_core::portal::openapi::reference::{Content, Field};

    use super::*;

    fn operation(path: &str) -> OperationText {
        OperationText {
            anchor: "a".into(),
            method: Method::Get,
            path_template: path.into(),
            summary: String::new(),
            description: String::new(),
            is_deprecated: false,
            any_of_scopes: vec![vec!["a".into()]],
            parameters: Vec::new(),
            body: None,
            answers: Vec::new(),
        }
    }

    #[test]
    fn everything_known_is_filled_in_but_the_secret() {
        let values = Values {
            token_url: "https://auth.example/oauth2/default/v1/token",
            api_url: "https://api.example",
            client_id: "liaDr2qwvGMq9ufEiiVk",
            scope: "public_api.read",
        };
        let tokens = token(&values);
        let calls = call(&values, &[&operation("/v2/sessionResults")]);
        for samples in [&tokens, &calls] {
            let languages: Vec<_> = samples.iter().map(|sample| sample.language).collect();
            assert_eq!(languages, ["curl", "Express", "TypeScript", "Python"]);
        }
        for Sample { language, text } in &tokens {
            assert!(text.contains("liaDr2qwvGMq9ufEiiVk") && text.contains("public_api.read"), "{language}: {text}");
            assert!(text.contains("https://auth.example/oauth2/default/v1/token"), "{language}: {text}");
            assert!(text.contains("CLIENT_SECRET"), "{language}: {text}");
        }
        for Sample { language, text } in tokens.iter().chain(&calls) {
            for read in ["$CLIENT_ID", "env('CLIENT_ID')", "environ[\"CLIENT_ID\"]", "$API_URL", "env.API_URL"] {
                assert!(!text.contains(read), "{language}: {text}");
            }
        }
        let (token, call) = (&tokens[1].text, &calls[1].text);
        assert!(token.contains("\nconst { CLIENT_SECRET } = process.env;"), "{token}");
        assert!(
            call.contains("\nconst API_URL = 'https://api.example';\nconst { TEST_ID, PORT = '3000' } ="),
            "{call}"
        );
        assert!(!call.contains("CLIENT"), "the token's own file has it: {call}");
    }

    #[test]
    fn what_is_not_known_or_not_plain_is_read_from_the_environment() {
        let values = Values { client_id: "", scope: "$(reboot)", ..Values::default() };
        let curl = token(&values).swap_remove(0).text;
        assert!(curl.contains("client_id=$CLIENT_ID") && curl.contains("scope=$SCOPE"), "{curl}");
        let (token, call_command) = first_commands("https://auth.example/token", "https://api.example");
        assert!(token.contains("$CLIENT_SECRET") && token.contains("https://auth.example/token"), "{token}");
        assert!(call_command.contains("https://api.example/v2/sessionResults"), "{call_command}");
        assert!(call(&values, &[&operation("/things")]).is_empty(), "the samples know the Results API only");
    }

    #[test]
    fn a_hostile_path_means_nothing_to_a_shell() {
        let mut hostile = operation("/a\"; reboot; \"/$(x)/`y`/{id$(z)}");
        hostile.method = Method::Put;
        hostile.parameters =
            vec![Field { name: "q\"$(x)".into(), place: "query".into(), is_required: true, ..Field::default() }];
        hostile.body = Some(Content { media_type: "a'b".into(), ..Content::default() });
        assert_eq!(
            curl(("https://api.example", "token: $ACCESS_TOKEN"), &hostile),
            "curl \"https://api.example/a%22%3B%20reboot%3B%20%22/%24%28x%29/%60y%60/$ID__Z_?q%22%24%28x%29=$Q___X_\" \\\n  \
             --header \"token: $ACCESS_TOKEN\" \\\n  --request PUT \\\n  --header 'Content-Type: a'\\''b' \\\n  \
             --data @body.json"
        );
        let mut plain = operation("/v3/sessionResults/{sessionId}");
        plain.parameters = vec![Field { name: "limit".into(), place: "query".into(), ..Field::default() }];
        let expected =
            "curl \"https://api.example/v3/sessionResults/$SESSION_ID\" \\\n  --header \"token: $ACCESS_TOKEN\"";
        assert_eq!(curl(("https://api.example", "token: $ACCESS_TOKEN"), &plain), expected);
    }
}
