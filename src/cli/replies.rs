//! `gatehouse replies …`

use gatehouse_core::id::CannedReplyId;
use gatehouse_core::portal::canned_reply::{CannedReply, ReplyKind};
use gatehouse_server::actions::canned_replies::{self, CannedReplyChange, NewCannedReply};
use gatehouse_server::manage::canned_replies::CannedReplyView;
use serde_json::json;

use super::failure::failed;
use super::global::{Global, Session};

/// Keep the texts that reviewers send often
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// List the texts
    List,
    /// Keep another one
    Create {
        /// question, or decline for a reason to decline
        #[arg(long)]
        kind: ReplyKind,
        /// What reviewers pick it by
        #[arg(long)]
        title: String,
        /// The text
        text: String,
    },
    /// Show one
    Show(Which),
    /// Change one
    Change {
        #[command(flatten)]
        which: Which,
        /// What reviewers pick it by
        #[arg(long)]
        title: Option<String>,
        /// The text
        #[arg(long)]
        text: Option<String>,
    },
    /// Delete one; what was sent with its help stays
    Delete(Which),
}

#[derive(clap::Args)]
struct Which {
    /// The reply's id
    reply: CannedReplyId,
}

/// Runs a command of `replies`.
pub(super) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<()> {
    let session = global.open().await?;
    let (ctx, actor) = (&session.ctx, &session.actor);
    let reply = match arguments.verb {
        Verb::List => return list(&session).await,
        Verb::Delete(which) => {
            canned_replies::delete(ctx, actor, which.reply).await.map_err(failed)?;
            let done = json!({ "id": which.reply, "deleted": true });
            return session.output.done(&format!("{} is deleted.", which.reply), &done);
        }
        Verb::Create { kind, title, text } => {
            canned_replies::create(ctx, actor, NewCannedReply { kind, title, body: text }).await
        }
        Verb::Show(which) => canned_replies::get(ctx, actor, which.reply).await,
        Verb::Change { which, title, text } => {
            let change = CannedReplyChange { title, body: text, version: None };
            canned_replies::change(ctx, actor, which.reply, change).await
        }
    };
    show(&session, &reply.map_err(failed)?)
}

fn show(session: &Session, reply: &CannedReply) -> anyhow::Result<()> {
    let fields = [
        ("id", reply.id.to_string()),
        ("kind", reply.kind.to_string()),
        ("title", reply.title.clone()),
        ("text", reply.body.clone()),
    ];
    session.output.item(&CannedReplyView::from(reply), &fields)
}

async fn list(session: &Session) -> anyhow::Result<()> {
    let replies = canned_replies::list(&session.ctx, &session.actor).await.map_err(failed)?;
    let views: Vec<CannedReplyView> = replies.iter().map(CannedReplyView::from).collect();
    session
        .output
        .list(&views, &["id", "kind", "title"], |reply| vec![reply.id.clone(), reply.kind.clone(), reply.title.clone()])
}
