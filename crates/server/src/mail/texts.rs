//! What mails say: one file of `crates/server/mails/` per kind, in the language of minijinja.
//!
//! A file begins with `Subject:` and, for what the portal shows too, `Portal:`; the text follows after a blank line. A
//! name that nobody has given is an error: a mail with a hole in it does not leave. Values never become template text.

use gatehouse_core::text_enum;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use rust_embed::RustEmbed;

use super::wrapped;

/// The folder `crates/server/mails/` of the source.
#[derive(RustEmbed)]
#[folder = "mails"]
struct Files;

/// Stands under every mail.
const FOOTER: &str = "footer.txt";

text_enum! {
    /// The texts, by the names of their files.
    Text, "mail text" {
        /// An address is to be shown to be its owner's.
        VerifyEmail = "verify_email",
        /// A new password can be chosen.
        ResetPassword = "reset_password",
        /// Somebody tried to sign up with an address that has an account.
        AddressHasAccount = "address_has_account",
        /// A factor was added to an account.
        FactorAdded = "factor_added",
        /// A factor was removed from an account.
        FactorRemoved = "factor_removed",
        /// A recovery code was used.
        RecoveryCodeUsed = "recovery_code_used",
        /// The password was changed.
        PasswordChanged = "password_changed",
        /// A new address is to be shown to be its owner's.
        ConfirmEmailChange = "confirm_email_change",
        /// Somebody wants to move the account to another address; for the present one.
        EmailChangeAsked = "email_change_asked",
        /// Somebody wants to move an account to an address that has one.
        EmailTaken = "email_taken",
        /// The account moved to another address; for the one before.
        EmailChanged = "email_changed",
        /// A session began in a browser that was not seen before.
        NewSignIn = "new_sign_in",
        /// An access request was submitted.
        RequestReceived = "request_received",
        /// A reviewer asks the developer.
        QuestionAsked = "question_asked",
        /// The developer answered; for the reviewer.
        AnswerReceived = "answer_received",
        /// A reviewer says something to the developer.
        ReplyReceived = "reply_received",
        /// The developer added something; for the reviewer.
        AdditionReceived = "addition_received",
        /// Every scope was approved.
        RequestApproved = "request_approved",
        /// Some scopes were approved.
        RequestPartlyApproved = "request_partly_approved",
        /// No scope was approved.
        RequestDeclined = "request_declined",
        /// The developer took the request back; for the reviewer.
        RequestWithdrawn = "request_withdrawn",
        /// A question stayed unanswered.
        RequestExpired = "request_expired",
        /// Somebody gave a request to a reviewer.
        ReviewAssigned = "review_assigned",
        /// A restricted scope has the first of two approvals; for the other reviewers.
        SecondApproval = "second_approval",
        /// Half of the time of a review is over; for the reviewer.
        ReviewHalfTime = "review_half_time",
        /// All of it; for the reviewer.
        ReviewOverdue = "review_overdue",
        /// A change of an application is in use.
        ChangeApproved = "change_approved",
        /// A change of an application is not made.
        ChangeDeclined = "change_declined",
        /// A client secret can be collected.
        SecretWaiting = "secret_waiting",
        /// A client secret was not collected in time.
        SecretLapsed = "secret_lapsed",
        /// A client secret ends soon by its date.
        SecretExpires = "secret_expires",
        /// A client secret was revoked as compromised.
        SecretCompromised = "secret_compromised",
        /// An address is invited to an organization.
        OrganizationInvitation = "organization_invitation",
        /// An address is invited to a workspace.
        WorkspaceInvitation = "workspace_invitation",
        /// A member of an organization or workspace has another role.
        MembershipChanged = "membership_changed",
        /// Somebody was removed from an organization or workspace.
        MembershipEnded = "membership_ended",
        /// An application came into another organization; for the owners of both.
        ApplicationTransferred = "application_transferred",
    }
}

/// A text with its values put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// A sentence for the portal's messages; `None` for what is told by mail alone.
    pub portal: Option<String>,
    /// The mail.
    pub text: String,
}

/// Puts values in. `Err` says what is wrong with the text or the values.
pub fn render(text: Text, values: &serde_json::Value) -> Result<Rendered, String> {
    let source = file(&format!("{text}.txt"))?;
    let (head, body) = source.split_once("\n\n").ok_or_else(|| format!("{text}.txt has no blank line"))?;
    let values = Value::from(Serde(values));
    let environment = environment().map_err(|error| error.to_string())?;
    let put_in =
        |part: &str| environment.render_str(part, values.clone()).map_err(|error| format!("{text}.txt: {error}"));
    let line = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let subject = line("Subject:").ok_or_else(|| format!("{text}.txt has no subject"))?;
    Ok(Rendered {
        subject: one_line(&put_in(subject)?),
        portal: line("Portal:").map(put_in).transpose()?.map(|sentence| one_line(&sentence)),
        text: format!("{}\n\n{}\n", wrapped::paragraphs(put_in(body)?.trim_end()), put_in(&file(FOOTER)?)?.trim_end()),
    })
}

fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_filter("quote", quote);
    Ok(environment)
}

/// What a person wrote, so that nobody takes it for ours.
fn quote(text: &str) -> String {
    let quoted = |line: &str| if line.trim().is_empty() { ">".to_owned() } else { wrapped::filled(line, "> ") };
    text.lines().map(quoted).collect::<Vec<_>>().join("\n")
}

fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn file(name: &str) -> Result<String, String> {
    let file = Files::get(name).ok_or_else(|| format!("there is no mail text {name}"))?;
    String::from_utf8(file.data.into_owned()).map_err(|_| format!("{name} is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Everything that any text asks for.
    fn values() -> serde_json::Value {
        let scope = json!({ "name": "studies:read", "title": "Read studies", "reason": "Not needed.\nAsk again." });
        json!({
            "name": "Ann {{ 7 * 7 }}", "portal_url": "https://portal.example", "link": "https://portal.example/x",
            "application": "Böards\r\nBcc: x@y.z", "application_link": "https://portal.example/applications/app_1",
            "api": "Results API", "reference": "R-1", "due": "Tuesday", "question": "Why?\n\nBy whom?",
            "answer": "Because.", "reply": "Nearly done.", "addition": "One more thing.", "approved": [scope], "declined": [scope], "limits": "10 calls per minute",
            "secret_name": "first", "last_four": "wxyz", "client_id": "gh_1", "until": "Friday", "at": "Monday",
            "valid": "24 hours", "factor": "authenticator app", "left": 9, "assigned": true, "developer": "Bob", "address": "192.0.2.1",
            "browser": "Firefox on Linux", "remaining": "7 days",
            "what": "redirect URIs", "who": "Bob (bob@example.com)", "kind": "organization", "place": "Example", "reason": "Whose host is that?\nTell us.",
            "organization": "Example", "role": "viewer", "inviter": "Bob (bob@example.com)", "has_account": true,
            "workspace": "Research", "from": "Example", "api_user": "",
        })
    }

    #[test]
    fn every_text_can_be_written_and_has_no_hole() {
        for text in Text::ALL {
            let rendered = render(*text, &values()).expect("rendered");
            assert!(!rendered.subject.contains(['\r', '\n']) && rendered.subject.len() < 150, "{rendered:?}");
            assert!(!rendered.text.contains("{{ ") || rendered.text.contains("Ann {{ 7 * 7 }}"), "{rendered:?}");
            assert!(rendered.text.contains("https://portal.example"), "{rendered:?}");
            assert!(!rendered.text.contains("\n\n\n") && !rendered.text.contains(" \n"), "{rendered:?}");
        }
    }

    #[test]
    fn every_file_is_a_text() {
        for file in Files::iter() {
            let name = file.strip_suffix(".txt").expect("a text");
            assert!(file == FOOTER || name.parse::<Text>().is_ok(), "{file}");
        }
    }

    #[test]
    fn a_value_that_is_missing_stops_the_mail() {
        let mut values = values();
        values.as_object_mut().expect("an object").remove("reference");
        assert!(render(Text::RequestReceived, &values).is_err());
    }

    #[test]
    fn names_may_be_long_and_reasons_stand_apart() {
        let mut values = values();
        let long = "Gesellschaft für angewandte Benutzerfreundlichkeitsforschung und Gestaltung mit Sitz in Berlin";
        for name in ["application", "api", "organization", "workspace", "place", "from", "inviter", "who"] {
            values[name] = json!(long);
        }
        for text in Text::ALL {
            let rendered = render(*text, &values).expect("rendered").text;
            assert!(!rendered.contains("\n\n\n"), "{rendered}");
            let width = rendered.lines().map(|line| line.chars().count()).max();
            assert!(width <= Some(78), "{text}: {rendered}");
        }
        for text in [Text::RequestDeclined, Text::RequestPartlyApproved] {
            let rendered = render(text, &values).expect("rendered").text;
            assert!(rendered.contains("(studies:read)\n\n> Not needed.\n> Ask again.\n\n"), "{rendered}");
        }
    }

    #[test]
    fn what_people_wrote_is_quoted() {
        let rendered = render(Text::QuestionAsked, &values()).expect("rendered");
        assert!(rendered.text.contains("\n> Why?\n>\n> By whom?\n"), "{}", rendered.text);
        assert!(rendered.portal.is_some());
        assert_eq!(render(Text::VerifyEmail, &values()).expect("rendered").portal, None);
    }
}
