//! Pictures to be read before certain doors open.

use super::{AccountError, Accounts};
use crate::captcha::{Captcha, matches};
use crate::settings::{CaptchaKind, random_alphanumeric};
use crate::store::tickets::{self, NewTicket};

const KIND: &str = "captcha";
/// How long an answer is expected, and the length of a ticket (V4 API, captcha).
const TTL_SECS: i64 = 600;
const TICKET_CHARS: usize = 20;

/// Doors that a site may guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptchaDoor {
    SignIn,
    Register,
}

/// A picture and the ticket to answer it with.
#[derive(Clone, Debug)]
pub struct CaptchaPicture {
    pub png: Vec<u8>,
    pub ticket: String,
}

/// What a visitor answers.
#[derive(Clone, Copy, Debug)]
pub struct CaptchaAnswer<'a> {
    pub answer: &'a str,
    pub ticket: &'a str,
}

impl Accounts {
    /// Draws a picture whose answer is good for ten minutes and one try.
    /// # Errors
    /// Only the database's.
    pub async fn draw_captcha(&self) -> Result<CaptchaPicture, AccountError> {
        let options = self.core.settings().settings.captcha.picture;
        let drawn = tokio::task::spawn_blocking(move || {
            let mut rng = rand::rng();
            (
                Captcha::draw(&options, &mut rng),
                random_alphanumeric(TICKET_CHARS, &mut rng),
            )
        });
        let (captcha, ticket) = drawn.await.map_err(AccountError::Interrupted)?;
        let tx = self.core.store.begin().await?;
        let new = NewTicket {
            id: ticket.clone(),
            kind: KIND,
            user: None,
            value: captcha.answer,
            expires_at: self.core.now().plus_secs(TTL_SECS),
        };
        tickets::put(tx.db(), new).await?;
        tx.commit().await?;
        Ok(CaptchaPicture {
            png: captcha.png,
            ticket,
        })
    }

    /// Asks for an answer where the site demands one. The ticket is used up, whatever comes out.
    ///
    /// Kinds that others verify are not asked yet: a site set to one of them lets nobody in.
    /// # Errors
    /// `CaptchaWrong`
    pub async fn check_captcha(
        &self,
        door: CaptchaDoor,
        given: CaptchaAnswer<'_>,
    ) -> Result<(), AccountError> {
        let live = self.core.settings();
        let captcha = &live.settings.captcha;
        let demanded = match door {
            CaptchaDoor::SignIn => captcha.on_login,
            CaptchaDoor::Register => captcha.on_register,
        };
        if !demanded {
            return Ok(());
        }
        if !matches!(captcha.kind, CaptchaKind::Normal | CaptchaKind::Tcaptcha) {
            tracing::warn!(
                kind = captcha.kind.as_str(),
                "this kind of captcha cannot be verified"
            );
            return Err(AccountError::CaptchaWrong);
        }
        let tx = self.core.store.begin().await?;
        let expected = tickets::take(tx.db(), KIND, given.ticket, self.core.now()).await?;
        tx.commit().await?;
        match expected {
            Some(expected) if matches(&expected.value, given.answer) => Ok(()),
            _ => Err(AccountError::CaptchaWrong),
        }
    }
}
