//! Showing to be human where a site asks for it: by reading a picture of ours, or to somebody
//! else who tells us.

use super::{AccountError, Accounts};
use serde::Deserialize;
use serde_json::json;
use site::captcha::{Captcha, matches};
use site::outgoing::{Outgoing, OutgoingError, Question, post_form, post_json};
use site::settings::{CaptchaKind, CaptchaSettings, is_built_in_verifier, random_alphanumeric};
use site::task::causes;
use store::tickets::{self, NewTicket};
use url::Url;

const KIND: &str = "captcha";
/// How long an answer is expected, and the length of a ticket (V4 API, captcha).
const TTL_SECS: i64 = 600;
const TICKET_CHARS: usize = 20;
/// Longest token of a widget; real ones have some 2 KiB.
use site::limits::CAPTCHA_BYTES as MAX_TOKEN_BYTES;

/// What a site may guard by a captcha.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptchaPurpose {
    SignIn,
    Register,
    Reset,
}

/// A picture and the ticket to answer it with.
#[derive(Clone, Debug)]
pub struct CaptchaPicture {
    pub png: Vec<u8>,
    pub ticket: String,
}

/// What a visitor answers: the text of a picture and its ticket, or what a widget gave them, which
/// is the ticket of Turnstile and Cap, and the answer of reCAPTCHA.
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
        let options = self.site.settings().settings.captcha.picture;
        let drawn = tokio::task::spawn_blocking(move || {
            let mut rng = rand::rng();
            (
                Captcha::draw(&options, &mut rng),
                random_alphanumeric(TICKET_CHARS, &mut rng),
            )
        });
        let (captcha, ticket) = drawn.await.map_err(AccountError::Interrupted)?;
        let tx = self.site.store.begin().await?;
        let new = NewTicket {
            id: ticket.clone(),
            kind: KIND,
            user: None,
            value: captcha.answer,
            expires_at: self.site.now().plus_secs(TTL_SECS),
        };
        tickets::put(tx.db(), new).await?;
        tx.commit().await?;
        Ok(CaptchaPicture {
            png: captcha.png,
            ticket,
        })
    }

    /// Asks for an answer where the site demands one. The ticket is used up, whatever comes out.
    /// Who verifies elsewhere and cannot be reached lets nobody in.
    /// # Errors
    /// `CaptchaWrong`
    pub async fn check_captcha(
        &self,
        purpose: CaptchaPurpose,
        given: CaptchaAnswer<'_>,
    ) -> Result<(), AccountError> {
        let live = self.site.settings();
        let captcha = &live.settings.captcha;
        let demanded = match purpose {
            CaptchaPurpose::SignIn => captcha.on_login,
            CaptchaPurpose::Register => captcha.on_register,
            CaptchaPurpose::Reset => captcha.on_reset,
        };
        if !demanded {
            return Ok(());
        }
        let right = match captcha.kind {
            CaptchaKind::Normal | CaptchaKind::Tcaptcha => self.read_rightly(given).await?,
            CaptchaKind::Recaptcha => self.recaptcha(captcha, given.answer).await,
            CaptchaKind::Turnstile => self.turnstile(captcha, given.ticket).await,
            CaptchaKind::Cap => self.cap(captcha, given.ticket).await,
        };
        if right {
            Ok(())
        } else {
            Err(AccountError::CaptchaWrong)
        }
    }

    /// Whether this is what a picture of ours shows.
    async fn read_rightly(&self, given: CaptchaAnswer<'_>) -> Result<bool, AccountError> {
        let tx = self.site.store.begin().await?;
        let expected = tickets::take(tx.db(), KIND, given.ticket, self.site.now()).await?;
        tx.commit().await?;
        Ok(expected.is_some_and(|expected| matches(&expected.value, given.answer)))
    }

    async fn recaptcha(&self, settings: &CaptchaSettings, token: &str) -> bool {
        let url = &settings.recaptcha_verify_url;
        let form = [
            ("secret", settings.recaptcha_secret.expose()),
            ("response", token),
        ];
        self.vouched(url, token, || post_form(url, &form)).await
    }

    async fn turnstile(&self, settings: &CaptchaSettings, token: &str) -> bool {
        let url = &settings.turnstile_verify_url;
        let form = [
            ("secret", settings.turnstile_secret.expose()),
            ("response", token),
        ];
        self.vouched(url, token, || post_form(url, &form)).await
    }

    async fn cap(&self, settings: &CaptchaSettings, token: &str) -> bool {
        let instance = settings.cap_instance_url.trim_end_matches('/');
        let url = format!("{instance}/{}/siteverify", settings.cap_site_key);
        let Ok(url) = Url::parse(&url) else {
            tracing::warn!(url, "captcha_cap_instance_url is no URL");
            return false;
        };
        let body = json!({ "secret": settings.cap_secret.expose(), "response": token });
        self.vouched(&url, token, || post_json(&url, &body)).await
    }

    /// Whether somebody else says that this token is a human's.
    async fn vouched(
        &self,
        url: &Url,
        token: &str,
        question: impl FnOnce() -> Result<Question, OutgoingError>,
    ) -> bool {
        if token.is_empty() || token.len() > MAX_TOKEN_BYTES {
            return false;
        }
        let asked = async { self.verifier(url)?.ask::<Verdict>(question()?).await };
        match asked.await {
            Ok(verdict) => verdict.success,
            Err(error) => {
                let host = url.host_str();
                tracing::warn!(host, error = causes(&error), "a captcha cannot be verified");
                false
            }
        }
    }

    /// The client for a verifier. One that an operator named may be anywhere; those that the
    /// program knows are on the public internet.
    fn verifier(&self, url: &Url) -> Result<Outgoing, OutgoingError> {
        let named = url.host_str().filter(|_| !is_built_in_verifier(url));
        self.asking(named.map(str::to_owned))
    }
}

/// What all of them answer, among other things.
#[derive(Deserialize)]
struct Verdict {
    success: bool,
}
