//! `gatehouse keys …`

use gatehouse_core::jose::Algorithm;
use gatehouse_core::oauth::signing_key::{Rotation, ServerKey};
use gatehouse_server::actions::keys::{self, AddKeys, RotateKeys};
use gatehouse_server::manage::servers::KeyView;
use serde_json::json;

use super::failure::failed;
use super::global::{Global, Session};

/// Look at and rotate the signing keys of authorization servers
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// List an authorization server's keys, the newest first
    List(Which),
    /// Publish keys for another algorithm, before the server is switched to it
    Add {
        #[command(flatten)]
        which: Which,
        /// ES256, EdDSA or RS256
        #[arg(long)]
        alg: Algorithm,
    },
    /// Let the next key sign and publish a new next one
    ///
    /// Refused while verifiers may not know the next key yet, unless told otherwise.
    Rotate {
        #[command(flatten)]
        which: Which,
        /// The algorithm whose keys are meant; that of access tokens by default
        #[arg(long)]
        alg: Option<Algorithm>,
        /// At once: verifiers may refuse tokens until they fetch the keys anew
        #[arg(long, conflicts_with = "compromised")]
        now: bool,
        /// A private key is in wrong hands: withdraw every key of the algorithm, and with them every token
        #[arg(long)]
        compromised: bool,
    },
    /// Seal private keys anew under the first key-encryption key
    Reseal,
}

#[derive(clap::Args)]
struct Which {
    /// Id of the authorization server
    #[arg(default_value = "default")]
    server: String,
}

pub(super) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<()> {
    let session = global.open().await?;
    let (ctx, actor) = (&session.ctx, &session.actor);
    let found = match arguments.verb {
        Verb::Reseal => return reseal(&session).await,
        Verb::List(which) => keys::list(ctx, &which.server).await,
        Verb::Add { which, alg } => keys::add(ctx, actor, &which.server, AddKeys { alg }).await,
        Verb::Rotate { which, alg, now, compromised } => {
            let rotation = match (now, compromised) {
                (_, true) => Rotation::Compromised,
                (true, false) => Rotation::Immediate,
                (false, false) => Rotation::Planned,
            };
            keys::rotate(ctx, actor, &which.server, RotateKeys { alg, rotation }).await
        }
    };
    list(&session, &found.map_err(failed)?)
}

fn list(session: &Session, found: &[ServerKey]) -> anyhow::Result<()> {
    let views: Vec<KeyView> = found.iter().map(KeyView::from).collect();
    let head = ["key id", "algorithm", "state", "published", "signs since", "retired"];
    let at = |at: Option<gatehouse_server::manage::Iso>| at.map(|at| at.0.to_string()).unwrap_or_default();
    session.output.list(&views, &head, |key| {
        vec![
            key.kid.clone(),
            key.alg.clone(),
            key.state.clone(),
            key.created_at.0.to_string(),
            at(key.activated_at),
            at(key.retired_at),
        ]
    })
}

async fn reseal(session: &Session) -> anyhow::Result<()> {
    let count = keys::reseal(&session.ctx, &session.actor).await.map_err(failed)?;
    session.output.done(&format!("{count} private keys were sealed anew."), &json!({"resealed": count}))
}
