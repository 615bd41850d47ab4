//! Completion of uploads whose bytes went to the vendor: it is told by whoever knows the secret of
//! the session, and nothing of what is told is believed before the vendor was asked.

use super::UploadError;
use super::upload::{Uploads, find};
use crate::error::FileError;
use crate::lock::{self, LockError};
use crate::policy::CallbackMethod;
use entity::{UserStatus, upload_session};
use site::actor::ANONYMOUS_GROUP;
use site::actor::{Account, Actor};
use std::sync::Arc;
use storage::{CallbackMessage, CallbackProblem, DriverError};
use store::tickets::{self, NewTicket};
use store::{Connection, StoreError, StoreResult, accounts, files};
use subtle::ConstantTimeEq as _;

/// Kind of the tickets that remember completed uploads.
const COMPLETED: &str = "upload_completed";

/// Which upload is said to be whole, and by which request.
#[derive(Clone, Copy, Debug)]
pub struct CallbackAddress<'a> {
    /// Kind of its policy.
    pub kind: &'a str,
    pub session: &'a str,
    pub secret: &'a str,
    pub by: CallbackMethod,
}

/// Why an upload is not completed.
#[derive(Debug, thiserror::Error)]
pub enum CallbackError {
    /// Who asks may not: it is not looked at any further.
    #[error("{0}")]
    Refused(#[from] CallbackRefused),
    #[error("{error}")]
    Failed {
        #[source]
        error: CompletionError,
        /// Vendors of this kind want a failure to be a 400.
        as_400: bool,
    },
}

/// What the guard of callbacks says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackRefused {
    #[error("Upload session expired or unknown")]
    Unknown,
    #[error("Incorrect callback secret")]
    WrongSecret,
    #[error("The storage policy is not called back this way")]
    WrongPolicy,
    /// It is not the vendor who says it, or it is said of something else.
    #[error("The callback is not believed: {0}")]
    Forged(&'static str),
}

/// What is wrong with what was uploaded.
#[derive(Debug, thiserror::Error)]
pub enum CompletionError {
    #[error("The stored file has {got} bytes, expected {expected}")]
    WrongSize { expected: u64, got: u64 },
    /// All bytes are there, in pieces.
    #[error("The parts of the upload were not joined yet")]
    NotJoined,
    #[error(transparent)]
    File(#[from] FileError),
}

impl From<StoreError> for CallbackError {
    fn from(error: StoreError) -> Self {
        FileError::from(error).into()
    }
}

impl From<FileError> for CallbackError {
    fn from(error: FileError) -> Self {
        Self::Failed {
            error: error.into(),
            as_400: true,
        }
    }
}

impl Uploads {
    /// Makes what lies at the vendor the file's content, on behalf of who opened the session. To
    /// be told again is fine, as long as the session would have lasted.
    /// # Errors
    /// [`CallbackError`]
    pub async fn complete_elsewhere(
        &self,
        address: &CallbackAddress<'_>,
        message: CallbackMessage<'_>,
    ) -> Result<(), CallbackError> {
        let core = &self.core;
        let Some(session) = find(core.store.read(), address.session).await? else {
            let id = self.ticket(address.session, address.secret);
            let known = tickets::peek(&core.store, COMPLETED, &id, core.now()).await?;
            return Ok(known.map(drop).ok_or(CallbackRefused::Unknown)?);
        };
        if session.expires_at <= core.now() {
            return Err(CallbackRefused::Unknown.into());
        }
        let secret = session.callback_secret.as_bytes();
        if !bool::from(secret.ct_eq(address.secret.as_bytes())) {
            return Err(CallbackRefused::WrongSecret.into());
        }
        let policy = core.policies.get(session.policy_id).await;
        let policy = policy.map_err(FileError::from)?;
        let callback = policy.callback.filter(|callback| {
            let by_client = callback.by_vendor && address.by == CallbackMethod::Get;
            (callback.by == address.by || by_client)
                && policy.row.kind == address.kind
                && session.details.is_direct
        });
        let callback = callback.ok_or(CallbackRefused::WrongPolicy)?;
        // Of what clients say themselves nothing is proven, here as with other vendors.
        let proven = match address.by {
            CallbackMethod::Get => Ok(()),
            CallbackMethod::Post => self.believed(&session, message).await?,
        };
        let done = match proven {
            Ok(()) => self.complete_told(&session).await,
            Err(error) => Err(error.into()),
        };
        done.map_err(|error| CallbackError::Failed {
            error,
            as_400: callback.fails_with_400,
        })
    }

    /// Whether it is for a vendor to say, and it is the one who says it.
    async fn believed(
        &self,
        session: &upload_session::Model,
        message: CallbackMessage<'_>,
    ) -> Result<Result<(), FileError>, CallbackRefused> {
        let asked = async {
            let plan = self.plan_of(session).await?;
            let policy = self.core.policies.get(session.policy_id).await?;
            Ok::<_, FileError>(policy.driver.check_callback(&plan, message).await)
        };
        match asked.await {
            Ok(Ok(())) => Ok(Ok(())),
            Ok(Err(CallbackProblem::Forged(why))) => Err(CallbackRefused::Forged(why)),
            Ok(Err(CallbackProblem::Driver(error))) => Ok(Err(error.into())),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn complete_told(&self, session: &upload_session::Model) -> Result<(), CompletionError> {
        let db = self.core.store.read();
        let expected = session.size_bytes as u64;
        let actor = self.opened_by(db, session).await?;
        let session = self.continued(&actor, Some(session.clone())).await?;
        if !lock::is_held(db, &self.core, &session.lock_token)
            .await
            .map_err(FileError::from)?
        {
            if self.is_over(&session).await? {
                return Ok(self.became_content(&session).await?);
            }
            return Err(FileError::from(LockError::Gone).into());
        }
        let policy = self.core.policies.get(session.policy_id).await;
        let policy = policy.map_err(FileError::from)?;
        let plan = self.plan_of(&session).await?;
        match policy.driver.complete_upload(&plan, &[]).await {
            Ok(written) if written.size_bytes == expected => {
                let stored = (&plan, written);
                Ok(self.make_content(&actor, &session, &policy, stored).await?)
            }
            Ok(written) => {
                // It cannot be sent again, and more may lie there than there was room for.
                self.discard(&actor, &session).await?;
                let got = written.size_bytes;
                Err(CompletionError::WrongSize { expected, got })
            }
            // Said too early: it goes on.
            Err(DriverError::Incomplete { expected, got }) if expected == got => {
                Err(CompletionError::NotJoined)
            }
            Err(DriverError::Incomplete { expected, got }) => {
                Err(CompletionError::WrongSize { expected, got })
            }
            Err(DriverError::UploadGone(_)) => Ok(self.became_content(&session).await?),
            Err(error) => {
                let error = self.spare_if_taken(session.blob_id, error).await?;
                Err(FileError::from(error).into())
            }
        }
    }

    /// Who opened a session, with the rights of now.
    async fn opened_by(
        &self,
        db: &Connection,
        session: &upload_session::Model,
    ) -> Result<Actor, FileError> {
        let gone = || FileError::from(UploadError::SessionGone);
        let file = files::by_id(db, session.file_id).await?.ok_or_else(gone)?;
        if session.share_id.is_some() && session.user_id == file.owner_id {
            // Sessions of visitors without an account are the owner's.
            let group = accounts::group(db, ANONYMOUS_GROUP)
                .await?
                .ok_or_else(gone)?;
            return Ok(Actor::nobody(Arc::new(group)));
        }
        let user = accounts::by_id(db, session.user_id).await?;
        let user = user.filter(|user| user.status == UserStatus::Active);
        let user = user.ok_or_else(gone)?;
        let group = accounts::group(db, user.group_id).await?.ok_or_else(gone)?;
        let version = user.tree_version;
        Ok(Actor::account(Arc::new(Account::new(user, group)), version))
    }

    /// Remembers that an upload was completed, so that whoever did not hear the answer may ask
    /// again.
    pub(super) async fn remember_completed(
        &self,
        db: &Connection,
        session: &upload_session::Model,
    ) -> StoreResult<()> {
        let new = NewTicket {
            id: self.ticket(&session.id, &session.callback_secret),
            kind: COMPLETED,
            user: None,
            value: "null".to_owned(),
            expires_at: session.expires_at,
        };
        tickets::put(db, new).await
    }

    fn ticket(&self, session: &str, secret: &str) -> String {
        let text = format!("{session} {secret}");
        self.core.sealer.look_up_hash(COMPLETED, &text)
    }
}
