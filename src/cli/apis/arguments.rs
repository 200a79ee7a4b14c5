//! What can be said to `gatehouse apis`.

use std::path::PathBuf;

use gatehouse_core::id::ApiCredentialId;
use gatehouse_core::portal::api::{ApiState, AutoApprove, RedirectUriChanges, ReviewPolicy};
use gatehouse_core::portal::scope::{Consent, Sensitivity};
use gatehouse_core::time::Timestamp;
use gatehouse_server::actions::apis::{EditScope, PlanInput};

/// Create and manage APIs, their versions and scopes
#[derive(clap::Args)]
pub(in crate::cli) struct Arguments {
    #[command(subcommand)]
    pub(super) verb: Verb,
}

#[derive(clap::Subcommand)]
pub(super) enum Verb {
    /// Create an API from an OpenAPI document
    Create(Create),
    /// List APIs
    List,
    /// Show an API
    Show(Which),
    /// Change an API
    Edit(Edit),
    /// List an API's versions
    Versions(Which),
    /// Add a version from an OpenAPI document, as a draft
    AddVersion {
        #[command(flatten)]
        which: Which,
        /// The document (JSON)
        document: PathBuf,
        /// Label of the version; that of the document by default
        #[arg(long)]
        label: Option<String>,
    },
    /// Replace a version's document
    ReplaceDocument {
        #[command(flatten)]
        which: Which,
        /// Id or label of the version
        #[arg(id = "of_version", value_name = "VERSION")]
        version: String,
        /// The document (JSON)
        document: PathBuf,
    },
    /// Publish a version
    Publish(OfVersion),
    /// Announce the end of a version
    Deprecate {
        #[command(flatten)]
        of: OfVersion,
        /// When it will be switched off: 2027-01-31T00:00:00Z
        #[arg(long, value_name = "TIME")]
        sunset: Option<Timestamp>,
    },
    /// End a version
    Retire(OfVersion),
    /// List an API's scopes
    Scopes(Which),
    /// Add a scope
    AddScope {
        #[command(flatten)]
        which: Which,
        /// As clients ask for it
        name: String,
        #[command(flatten)]
        about: About,
    },
    /// Change what is said about a scope
    EditScope {
        #[command(flatten)]
        which: Which,
        /// Its name
        name: String,
        #[command(flatten)]
        about: About,
    },
    /// List the credentials with which an API asks about tokens
    Credentials(Which),
    /// Create a credential with which an API asks about tokens; its secret is shown this once
    CreateCredential {
        #[command(flatten)]
        which: Which,
        /// What uses it
        name: String,
    },
    /// Revoke a credential of an API
    RevokeCredential {
        #[command(flatten)]
        which: Which,
        /// Its id
        credential: ApiCredentialId,
    },
    /// Delete a scope that nobody has asked for
    DeleteScope {
        #[command(flatten)]
        which: Which,
        /// Its name
        name: String,
    },
}

#[derive(clap::Args)]
pub(super) struct Create {
    /// The OpenAPI document (JSON)
    pub(super) document: PathBuf,
    /// `aud` of its tokens, usually the address of the API
    #[arg(long)]
    pub(super) audience: String,
    /// The authorization server that gives out its tokens
    #[arg(long)]
    pub(super) server: Option<String>,
    /// Its name in addresses; from the title by default
    #[arg(long)]
    pub(super) slug: Option<String>,
    /// Name; the document's title by default
    #[arg(long)]
    pub(super) name: Option<String>,
    /// What is behind the gate: builtin:results
    #[arg(long)]
    pub(super) upstream: Option<String>,
    /// Where its terms of use are; an access request accepts them
    #[arg(long, value_name = "URL")]
    pub(super) terms_url: Option<String>,
    #[command(flatten)]
    pub(super) plan: PlanArguments,
    /// Publish it at once
    #[arg(long)]
    pub(super) publish: bool,
}

#[derive(clap::Args)]
pub(super) struct Edit {
    #[command(flatten)]
    pub(super) which: Which,
    /// Another name
    #[arg(long)]
    pub(super) name: Option<String>,
    /// Another description (Markdown)
    #[arg(long)]
    pub(super) description: Option<String>,
    /// Another audience
    #[arg(long)]
    pub(super) audience: Option<String>,
    /// Another upstream; empty for none
    #[arg(long)]
    pub(super) upstream: Option<String>,
    /// Another address of its terms of use; empty for none
    #[arg(long, value_name = "URL")]
    pub(super) terms_url: Option<String>,
    #[command(flatten)]
    pub(super) plan: PlanArguments,
    #[command(flatten)]
    pub(super) policy: PolicyArguments,
    /// published or retired
    #[arg(long)]
    pub(super) state: Option<ApiState>,
}

#[derive(clap::Args)]
pub(super) struct PlanArguments {
    /// Calls per window and application
    #[arg(long, requires = "window")]
    pub(super) limit: Option<i64>,
    /// Seconds of the window
    #[arg(long, requires = "limit")]
    pub(super) window: Option<i64>,
}

/// How requests are reviewed; what is left out stays.
#[derive(clap::Args)]
pub(super) struct PolicyArguments {
    /// What is approved without a reviewer: nothing, normal_scopes, verified_organizations or everything
    #[arg(long)]
    auto_approve: Option<AutoApprove>,
    /// Whether requests from free-mail addresses are declined at once
    #[arg(long, value_name = "true|false")]
    decline_free_mail: Option<bool>,
    /// Most scopes of one request; 0 for any number
    #[arg(long, value_name = "NUMBER")]
    most_scopes: Option<u32>,
    /// How new redirect URIs go live: review or at_once
    #[arg(long)]
    redirect_uri_changes: Option<RedirectUriChanges>,
}

impl PolicyArguments {
    /// The policy with what was named changed; `None` when nothing was.
    pub(super) fn over(&self, before: &ReviewPolicy) -> Option<ReviewPolicy> {
        let most_scopes = self.most_scopes.map_or(before.most_scopes, |most| Some(most).filter(|most| *most > 0));
        let after = ReviewPolicy {
            auto_approve: self.auto_approve.unwrap_or(before.auto_approve),
            decline_free_mail: self.decline_free_mail.unwrap_or(before.decline_free_mail),
            most_scopes,
            redirect_uri_changes: self.redirect_uri_changes.unwrap_or(before.redirect_uri_changes),
        };
        Some(after).filter(|after| after != before)
    }
}

#[derive(clap::Args)]
pub(super) struct Which {
    /// Id or slug of the API
    pub(super) api: String,
}

#[derive(clap::Args)]
pub(super) struct OfVersion {
    #[command(flatten)]
    pub(super) which: Which,
    /// Id or label of the version
    #[arg(id = "of_version", value_name = "VERSION")]
    pub(super) version: String,
}

#[derive(clap::Args)]
pub(super) struct About {
    /// A few words
    #[arg(long)]
    pub(super) title: Option<String>,
    /// What it allows, in a sentence
    #[arg(long)]
    pub(super) sentence: Option<String>,
    /// normal, sensitive or restricted
    #[arg(long)]
    pub(super) sensitivity: Option<Sensitivity>,
    /// implicit, required or flexible
    #[arg(long)]
    pub(super) consent: Option<Consent>,
}

impl PlanArguments {
    pub(super) fn input(&self) -> Option<PlanInput> {
        self.limit.zip(self.window).map(|(limit, window)| PlanInput { limit, window })
    }
}

impl From<About> for EditScope {
    fn from(about: About) -> Self {
        let About { title, sentence, sensitivity, consent } = about;
        Self { title, sentence, sensitivity, consent, grant_types: None }
    }
}
