//! `/user/setting/2fa` and `/user/setting/sessions`: the second factor, and where one is signed in.

use crate::api::authority::{From, Needs, UserInfoRead, UserSecurityWrite};
use crate::api::{ApiError, ApiResult, NoData, Tag, done, ok, time};
use crate::services::Services;
use chrono::{DateTime, Utc};
use entity::session;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use std::sync::Arc;
use uuid::Uuid;
use wire::agent::Agent;

/// `/user/setting/2fa` and `/user/setting/sessions`
#[derive(Debug)]
pub struct SecurityApi {
    pub(in crate::api) services: Arc<Services>,
}

/// A code of the app.
#[derive(Object)]
struct ProofByCode {
    #[oai(validator(max_length = 64))]
    two_fa_code: String,
}

/// New recovery codes, shown this once.
#[derive(Debug, Object, Serialize)]
struct RecoveryCodesView {
    codes: Vec<String>,
}

/// How many recovery codes are left.
#[derive(Debug, Object, Serialize)]
struct CodesLeftView {
    left: u64,
}

/// A sign-in of one's own.
#[derive(Debug, Object, Serialize)]
struct SessionView {
    id: String,
    created_at: DateTime<Utc>,
    last_used_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    /// Where it began.
    ip: String,
    user_agent: String,
    browser: String,
    os: String,
    /// The one that asks.
    current: bool,
}

impl SessionView {
    fn of(session: session::Model, asking: Option<&str>) -> Self {
        let agent = Agent::read(&session.user_agent);
        Self {
            current: asking == Some(session.id.as_str()),
            id: session.id,
            created_at: time::wire(session.created_at),
            last_used_at: time::wire(session.last_used_at),
            expires_at: time::wire(session.expires_at),
            ip: session.ip,
            user_agent: session.user_agent,
            browser: agent.browser.to_owned(),
            os: agent.os.to_owned(),
        }
    }
}

#[OpenApi(prefix_path = "/user/setting", tag = "Tag::User")]
impl SecurityApi {
    /// Makes a new secret for a code app, to be confirmed within ten minutes by switching the
    /// second factor on.
    #[oai(path = "/2fa", method = "get", operation_id = "beginTwoFactor")]
    async fn begin_two_factor(&self, actor: Needs<UserInfoRead>) -> ApiResult<String> {
        ok(self.services.accounts.begin_two_factor(&actor).await?)
    }

    /// Tells how many recovery codes are left.
    #[oai(
        path = "/2fa/recovery",
        method = "get",
        operation_id = "countRecoveryCodes"
    )]
    async fn codes_left(&self, actor: Needs<UserInfoRead>) -> ApiResult<CodesLeftView> {
        let left = self.services.accounts.recovery_codes_left(&actor).await?;
        ok(CodesLeftView { left })
    }

    /// Makes new recovery codes and makes earlier ones worthless. Each signs in once where a code
    /// of the app is asked for.
    #[oai(
        path = "/2fa/recovery",
        method = "post",
        operation_id = "makeRecoveryCodes"
    )]
    async fn new_codes(
        &self,
        actor: Needs<UserSecurityWrite>,
        From(origin): From,
        body: Json<ProofByCode>,
    ) -> ApiResult<RecoveryCodesView> {
        let codes = self
            .services
            .accounts
            .new_recovery_codes(&actor, &body.two_fa_code, &origin)
            .await?;
        ok(RecoveryCodesView { codes })
    }

    /// Lists where one is signed in, the last used first.
    #[oai(path = "/sessions", method = "get", operation_id = "listSessions")]
    async fn sessions(&self, actor: Needs<UserInfoRead>) -> ApiResult<Vec<SessionView>> {
        let asking = actor.session_id.map(|session_id| session_id.to_string());
        let sessions = self.services.accounts.sessions(&actor).await?;
        ok(sessions
            .into_iter()
            .map(|session| SessionView::of(session, asking.as_deref()))
            .collect())
    }

    /// Signs out everywhere; also here, unless told otherwise.
    #[oai(
        path = "/sessions",
        method = "delete",
        operation_id = "endOtherSessions"
    )]
    async fn end_sessions(
        &self,
        actor: Needs<UserSecurityWrite>,
        From(origin): From,
        /// The session that asks goes on.
        #[oai(default)]
        keep_current: Query<bool>,
    ) -> ApiResult<NoData> {
        let kept = actor.session_id.filter(|_| keep_current.0);
        self.services
            .accounts
            .end_sessions(&actor, kept, &origin)
            .await?;
        done()
    }

    /// Signs one of them out, at once.
    #[oai(path = "/sessions/:id", method = "delete", operation_id = "endSession")]
    async fn end_session(
        &self,
        actor: Needs<UserSecurityWrite>,
        From(origin): From,
        id: Path<String>,
    ) -> ApiResult<NoData> {
        let session_id = Uuid::parse_str(&id).map_err(|_| ApiError::NotFound("Session"))?;
        self.services
            .accounts
            .end_session(&actor, session_id, &origin)
            .await?;
        done()
    }
}
