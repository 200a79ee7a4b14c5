//! Takes mails from the outbox to where they go: at least once, each under its own id.

use std::time::Duration;

use gatehouse_core::time::Timestamp;
use gatehouse_store::outbox::{self, Claim, Kind, Message, State};

use super::{JobError, Post};
use crate::context::Context;
use crate::mail::{Failure, Letter, Mailer, Session};

const BATCH: u32 = 20;
/// A node that dies with claimed mails lets them go after this.
const LEASE: Duration = Duration::from_secs(120);
/// No delivery begins later after claiming: it would end after the lease, and another node would send the same mail.
const LAST_BEGIN: Duration = Duration::from_secs(60);

pub(super) async fn run(ctx: &Context, post: &Post, owner: &str) -> Result<(), JobError> {
    loop {
        let now = ctx.now();
        // Reading first: a quiet second costs no write.
        if !ctx.db.read(async move |tx| outbox::any_due(tx, Kind::Mail, now).await).await? {
            return Ok(());
        }
        let claimer = owner.to_owned();
        let claim = async move |tx: &mut gatehouse_store::db::Tx| {
            outbox::claim(tx, &Claim { kind: Kind::Mail, owner: &claimer, now, lease: LEASE, limit: BATCH }).await
        };
        let messages = ctx.db.write(claim).await?;
        if messages.is_empty() {
            return Ok(());
        }
        let mut round = Round { ctx, post, owner, session: None, away: None, claimed_at: now };
        let outcome = round.deliver(messages).await;
        if let Some(session) = round.session.take() {
            session.close().await;
        }
        outcome?;
        if round.away.is_some() {
            return Ok(());
        }
    }
}

/// The mails of one claim.
struct Round<'a> {
    ctx: &'a Context,
    post: &'a Post,
    owner: &'a str,
    session: Option<Session<'a>>,
    /// Why there is no way out now; the mails that are left need not wait for the same.
    away: Option<Failure>,
    claimed_at: Timestamp,
}

impl<'a> Round<'a> {
    async fn deliver(&mut self, messages: Vec<Message>) -> Result<(), JobError> {
        for message in messages {
            if self.ctx.now() > self.claimed_at.plus(LAST_BEGIN) {
                return Ok(());
            }
            let outcome = self.send(&message).await;
            self.post.totals.count(&outcome);
            self.settle(message, outcome).await?;
        }
        Ok(())
    }

    async fn send(&mut self, message: &Message) -> Result<(), Failure> {
        let unreadable = |error: serde_json::Error| Failure::Refused(format!("the mail cannot be read: {error}"));
        let mail = serde_json::from_value(message.payload.clone()).map_err(unreadable)?;
        let letter = Letter { id: message.id, mail, written: message.created_at };
        let session = match self.session.take() {
            Some(session) => session,
            None => self.open(&self.post.mailer).await?,
        };
        let session = self.session.insert(session);
        let outcome = session.deliver(&letter).await;
        if session.is_broken() {
            self.session = None;
        }
        outcome
    }

    async fn open(&mut self, mailer: &'a Mailer) -> Result<Session<'a>, Failure> {
        if let Some(failure) = &self.away {
            return Err(failure.clone());
        }
        let opened = mailer.open().await;
        self.away = opened.as_ref().err().cloned();
        opened
    }

    async fn settle(&self, message: Message, outcome: Result<(), Failure>) -> Result<(), JobError> {
        let (now, owner) = (self.ctx.now(), self.owner.to_owned());
        let (id, attempt) = (message.id, message.attempt);
        let why = match &outcome {
            Ok(()) => String::new(),
            Err(Failure::Refused(why) | Failure::Postponed(why)) => why.clone(),
        };
        let state = self
            .ctx
            .db
            .write(async move |tx| match &outcome {
                Ok(()) => outbox::sent(tx, id, &owner, now).await.map(|sent| sent.then_some(State::Sent)),
                Err(Failure::Refused(why)) => outbox::refuse(tx, id, &owner, why, now).await,
                Err(Failure::Postponed(why)) => outbox::postpone(tx, &message, &owner, why, now).await,
            })
            .await?;
        match state {
            Some(State::Failed) => tracing::error!(outbox.id = %id, outbox.attempt = attempt, why, "mail.failed"),
            Some(State::Waiting) => tracing::warn!(outbox.id = %id, outbox.attempt = attempt, why, "mail.postponed"),
            Some(State::Sent) | None => {}
        }
        Ok(())
    }
}
