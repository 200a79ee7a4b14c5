//! `gatehouse requests apply`

use std::collections::BTreeMap;

use gatehouse_core::id::{ApplicationId, OrganizationId};
use gatehouse_core::portal::application::{ApplicationType, Environment, SignInScope};
use gatehouse_server::actions::access_requests::{Apply, NewApplicant};

/// What is asked for.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The API, by id or slug
    #[arg(long)]
    api: String,
    /// An application that exists; else a new one is made of --name and --type
    #[arg(long, conflicts_with = "name", required_unless_present = "name")]
    application: Option<ApplicationId>,
    #[command(flatten)]
    new: NewArguments,
    /// A scope's name; can be given several times
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    scopes: Vec<String>,
    /// What it may ask of the people who sign in, such as openid; can be given several times
    #[arg(long = "sign-in-scope", value_name = "SCOPE")]
    sign_in_scopes: Vec<SignInScope>,
    /// What the integration does
    #[arg(long)]
    purpose: String,
    /// For whom
    #[arg(long, default_value = "")]
    audience: String,
    /// How many calls are expected
    #[arg(long, default_value = "")]
    expected_volume: String,
    /// An answer to a question of the API, as NAME=TEXT; can be given several times
    #[arg(long = "answer", value_name = "NAME=TEXT", value_parser = super::answer)]
    answers: Vec<(String, String)>,
    /// The developer accepts the terms of the API
    #[arg(long)]
    accept_terms: bool,
    /// Id or e-mail address (verified) of the developer in whose name it is made
    #[arg(long)]
    developer: String,
}

#[derive(clap::Args)]
struct NewArguments {
    /// Name of a new application
    #[arg(long, requires = "type")]
    name: Option<String>,
    /// web, service, browser or native
    #[arg(long = "type", id = "type", value_name = "TYPE", requires = "name")]
    application_type: Option<ApplicationType>,
    /// production (unless said otherwise) or sandbox
    #[arg(long, requires = "name")]
    environment: Option<Environment>,
    /// What the application is for
    #[arg(long, requires = "name")]
    description: Option<String>,
    /// Where people come back to after signing in; can be given several times
    #[arg(long = "redirect-uri", value_name = "URI", requires = "name")]
    redirect_uris: Vec<String>,
    /// The organization that owns the new application
    #[arg(long, requires = "name", conflicts_with = "new_organization")]
    organization: Option<OrganizationId>,
    /// Name of a new organization that owns it; the developer becomes its owner
    #[arg(long, value_name = "NAME", requires = "name")]
    new_organization: Option<String>,
    /// Id or e-mail address of the verified member whose workspaces its tokens see
    #[arg(long, requires = "name")]
    api_user: Option<String>,
}

impl Arguments {
    pub(super) fn input(self) -> Apply {
        Apply {
            api: self.api,
            application_id: self.application,
            application: self.new.input(),
            scopes: self.scopes,
            sign_in_scopes: self.sign_in_scopes,
            purpose: self.purpose,
            audience: self.audience,
            expected_volume: self.expected_volume,
            answers: BTreeMap::from_iter(self.answers),
            terms_accepted: self.accept_terms,
            idempotency_key: None,
            developer: Some(self.developer),
        }
    }
}

impl NewArguments {
    fn input(self) -> Option<NewApplicant> {
        Some(NewApplicant {
            organization_id: self.organization,
            organization_name: self.new_organization,
            name: self.name?,
            application_type: self.application_type,
            environment: self.environment,
            description: self.description,
            redirect_uris: self.redirect_uris,
            api_user: self.api_user,
        })
    }
}
