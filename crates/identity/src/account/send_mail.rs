//! Sends one letter, however long the mail server is away.
//!
//! The letter is written anew for each try, so links in it are fresh when it leaves, and one that
//! nobody needs any more does not leave at all.

use super::letters::{self, Occasion};
use async_trait::async_trait;
use entity::Timestamp;
use serde::{Deserialize, Serialize};
use site::Site;
use site::mail::Mailer;
use site::task::{Queue, Run, Step, TaskError, TaskKind, causes};
use std::sync::Arc;
use uuid::Uuid;

/// Waits between tries, seconds; the last one repeats.
const WAITS_SECS: [i64; 7] = [2, 10, 30, 120, 600, 1_800, 3_600];
/// A letter that could not be sent for this long is given up (RFC 5321 §4.5.4.1 asks for four to
/// five days).
const GIVE_UP_SECS: i64 = 5 * 86_400;

/// Queued by whoever wants a letter to be sent.
#[derive(Debug)]
pub struct SendMail {
    site: Arc<Site>,
    mailer: Arc<Mailer>,
}

/// A letter on its way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MailState {
    pub occasion: Occasion,
    /// Of the message, the same for each try.
    pub id: Uuid,
    pub since: Timestamp,
    #[serde(default)]
    pub tries: usize,
}

impl MailState {
    pub fn new(occasion: Occasion, now: Timestamp) -> Self {
        Self {
            occasion,
            id: Uuid::new_v4(),
            since: now,
            tries: 0,
        }
    }
}

impl SendMail {
    pub fn new(site: Arc<Site>, mailer: Arc<Mailer>) -> Self {
        Self { site, mailer }
    }

    /// Later, or never.
    fn later(&self, state: MailState, error: String) -> Result<Step<MailState>, TaskError> {
        let now = self.site.now();
        if now > state.since.plus_secs(GIVE_UP_SECS) {
            return Err(TaskError::Fail(error.into()));
        }
        let wait = WAITS_SECS[state.tries.min(WAITS_SECS.len() - 1)];
        tracing::warn!(error, wait_secs = wait, "a mail could not be sent yet");
        Ok(Step::Sleep {
            until: now.plus_secs(wait),
            state: MailState {
                tries: state.tries + 1,
                ..state
            },
        })
    }
}

#[async_trait]
impl TaskKind for SendMail {
    const NAME: &'static str = "send_mail";
    const QUEUE: Queue = Queue::Mail;
    const UPKEEP: bool = true;
    type State = MailState;

    async fn step(&self, run: &Run, state: MailState) -> Result<Step<MailState>, TaskError> {
        let first = state.tries == 0;
        let Some(letter) = letters::write(&self.site, &state.occasion, first).await? else {
            return Ok(Step::Done);
        };
        let live = self.site.settings();
        let sent = tokio::select! {
            sent = self.mailer.send(&live.settings.mail, &letter, state.id) => sent,
            () = run.stopping.cancelled() => return Ok(Step::Again(state)),
        };
        match sent {
            Ok(()) => {
                tracing::info!(to = letter.to_address, id = %state.id, "sent a mail");
                Ok(Step::Done)
            }
            Err(error) if error.is_final() => Err(TaskError::Fail(error.into())),
            Err(error) => self.later(state, causes(&error)),
        }
    }
}
