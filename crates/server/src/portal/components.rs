//! Tries the components of `templates/macros/`, which are compiled only where a page uses them.

use askama::Template;

use super::choice::Choice;
use super::chrome::{Chrome, Section};
use super::form_errors::FormErrors;
use super::moment::Moment;
use crate::actions::FieldError;

struct Sample {
    language: &'static str,
    text: &'static str,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% extends "layout.html" %}
{% import "macros/ui.html" as ui %}
{% import "macros/form.html" as form %}
{% import "macros/code.html" as code %}
{% block head %}{{ code::looks() }}{% endblock %}
{% block main %}
{{ ui::back("/applications", "Applications") }}
{% call ui::page_head(name, "A sentence below it.") %}<a class="button" href="/x">New application</a>{% endcall %}
{{ ui::notice("info", "For your information", "One sentence.") }}
{% call ui::notice("danger", "It failed") %}<p>More of it.</p>{% endcall %}
<p>{% for tone in ["info", "good", "warning", "danger", "plain"] %}{{ ui::badge(tone, tone) }}{% endfor %}</p>
{{ form::summary(errors) }}
<form method="post" novalidate>
{{ form::text(errors, "email", "E-mail address", name, hint="You sign in with it", kind="email") }}
{{ form::password(errors, "password", "Password", "new-password") }}
{{ form::textarea(errors, "about", "About", name, need="optional") }}
{{ form::select(errors, "type", "Type", options) }}
{{ form::radios(errors, "type2", "Type", options) }}
{{ form::ticks(errors, "scopes[0]", "Scopes", options, hint="As few as you need") }}
<p class="form-foot"><button type="submit">Send</button> <button class="secondary">Save</button> <button class="danger">Delete</button> <a class="button quiet" href="/x">Cancel</a></p>
</form>
{{ ui::copy_field("client-id", name, "the client id") }}
{{ code::block("Shell", "echo <hi>") }}
{{ code::tabs("token", "Get a token", samples) }}
<ol class="timeline">
{{ ui::event("good", "Approved", moment) }}
{% call ui::event("info", "Ann asked", moment) %}<p class="body">{{ name }}</p>{% endcall %}
</ol>
<ol class="steps"><li>One</li><li>Two</li></ol>
<div class="table-frame"><table class="table"><thead><tr><th>Name</th><th>State</th></tr></thead>
<tbody><tr><th data-label="Name">One</th><td data-label="State">{{ ui::badge("good", "Active") }}</td></tr></tbody></table></div>
{% call ui::empty("No applications yet", "Request access to an API to make one.") %}<a class="button" href="/apis">Browse APIs</a>{% endcall %}
{{ ui::pagination("", "/x?page=2") }}
{% endblock %}"#
)]
struct Everything<'a> {
    chrome: Chrome<'a>,
    name: &'a str,
    errors: FormErrors,
    options: Vec<Choice>,
    samples: Vec<Sample>,
    moment: Moment,
}

fn everything() -> String {
    let now = "2026-11-22T12:00:00Z".parse().expect("a time");
    let chosen = ["web"];
    Everything {
        chrome: Chrome::public(Section::Apis),
        name: "<Ann & \"Bob\">",
        errors: FormErrors::new(&[
            FieldError::new("email", "invalid", "is no address"),
            FieldError::new("scopes[0]", "required", "choose one"),
        ]),
        options: vec![
            Choice::new("web", "Web").hint("A server of yours").among(&chosen),
            Choice::new("<x>", "Other").mark("Sensitive").among(&chosen),
        ],
        samples: vec![Sample { language: "curl", text: "a" }, Sample { language: "Python", text: "b < c" }],
        moment: Moment::new(now, now, "Europe/Berlin"),
    }
    .render()
    .expect("renders")
}

#[test]
fn values_are_escaped_wherever_they_stand() {
    let html = everything();
    assert!(!html.contains("<Ann") && !html.contains("<hi>") && !html.contains("<x>") && !html.contains("b < c"));
    assert!(html.contains("value=\"&#60;Ann &#38; &#34;Bob&#34;&#62;\""), "{html}");
}

#[test]
fn an_error_is_in_the_summary_and_beside_its_field() {
    let html = everything();
    assert!(html.contains("<a href=\"#email\">Is no address.</a>") && html.contains("<a href=\"#scopes-0\">"));
    assert!(html.contains("aria-describedby=\"email-hint email-error\" aria-invalid=\"true\""), "{html}");
    assert!(html.contains("id=\"email-error\"") && html.contains("id=\"scopes-0\""));
    assert!(html.contains("<fieldset class=\"field\" aria-describedby=\"scopes-0-hint scopes-0-error\">"));
    assert_eq!(html.matches("aria-invalid").count(), 1, "a fieldset cannot be invalid");
}

#[test]
fn what_was_chosen_stays_chosen() {
    let html = everything();
    assert!(html.contains("<option value=\"web\" selected>Web"));
    assert_eq!(html.matches(" checked>").count(), 3, "a radio button, a tick, and the first language");
}

#[test]
fn states_have_a_word_and_an_icon() {
    let html = everything();
    for tone in ["info", "good", "warning", "danger", "plain"] {
        let start = html.split(&format!("<span class=\"badge {tone}\">")).nth(1).expect("is there");
        assert!(start.starts_with("<svg") && start[..start.find("</span>").expect("ends")].ends_with(tone), "{start}");
    }
    assert!(html.contains("title=\"22 November 2026, 13:00:00 CET\">Sunday 22 November, 13:00</time>"));
}

#[test]
fn nothing_is_inline_and_nothing_is_foreign() {
    let html = everything();
    assert_eq!(html.matches("<script").count(), 1);
    for foreign in [" style=", " onclick=", "://", "src=\"//", "<style"] {
        assert!(!html.contains(foreign), "{foreign}");
    }
}
