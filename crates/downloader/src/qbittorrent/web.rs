//! The Web API: questions, and the session that they are asked in.

use super::form::multipart;
use crate::DownloaderError;
use crate::proxy::lock;
use crate::settings::Program;
use http::StatusCode;
use http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use serde::de::DeserializeOwned;
use site::outgoing::{Outgoing, OutgoingError, Question, post_form};
use site::task::causes;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use url::Url;
use uuid::Uuid;

pub(super) const NAME: &str = "qBittorrent";

/// Cookies of sessions, by server and user; and preferences to put back, by server.
pub(crate) type Sessions = Arc<Mutex<HashMap<String, String>>>;

/// A daemon, as it is asked.
#[derive(Debug)]
pub(super) struct Web {
    pub base: Url,
    user: String,
    password: String,
    outgoing: Outgoing,
    pub sessions: Sessions,
}

/// What is posted.
pub(super) enum Form<'a> {
    Fields(Vec<(&'a str, String)>),
    /// With a torrent file.
    Multipart(Vec<(&'a str, String)>, Option<&'a [u8]>),
}

impl Web {
    pub fn new(
        program: &Program,
        server: &Url,
        outgoing: Outgoing,
        sessions: Sessions,
    ) -> Result<Self, DownloaderError> {
        let base = format!("{}/api/v2/", server.as_str().trim_end_matches('/'));
        let wrong = |_| DownloaderError::NotConfigured(format!("{base:?} is no address"));
        Ok(Self {
            base: Url::parse(&base).map_err(wrong)?,
            user: program.user.clone(),
            password: program.password.clone(),
            outgoing,
            sessions,
        })
    }

    fn session_key(&self) -> String {
        // The password, too: who changes it is to be asked for it.
        format!("{} {} {}", self.base, self.user, self.password)
    }

    fn session(&self) -> Option<String> {
        lock(&self.sessions).get(&self.session_key()).cloned()
    }

    /// Posts a form, signing in first if that is asked for.
    pub async fn post(
        &self,
        path: &str,
        form: &Form<'_>,
    ) -> Result<http::Response<Vec<u8>>, DownloaderError> {
        let answer = self.send(path, form).await?;
        if answer.status() != StatusCode::FORBIDDEN && answer.status() != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        self.sign_in().await?;
        let answer = self.send(path, form).await?;
        if answer.status() == StatusCode::FORBIDDEN || answer.status() == StatusCode::UNAUTHORIZED {
            return Err(DownloaderError::Denied(NAME));
        }
        Ok(answer)
    }

    async fn send(
        &self,
        path: &str,
        form: &Form<'_>,
    ) -> Result<http::Response<Vec<u8>>, DownloaderError> {
        let mut question = self.question(path, form)?;
        if let Some(cookie) = self.session()
            && let Ok(cookie) = cookie.parse()
        {
            question.headers_mut().insert(COOKIE, cookie);
        }
        let answer = self.outgoing.send(question).await;
        answer.map_err(|error| self.away(error))
    }

    fn question(&self, path: &str, form: &Form<'_>) -> Result<Question, DownloaderError> {
        let url = self
            .base
            .join(path)
            .map_err(|error| garbled(error.to_string()))?;
        let question = match form {
            Form::Fields(fields) => {
                let fields: Vec<(&str, &str)> = fields
                    .iter()
                    .map(|(key, value)| (*key, value.as_str()))
                    .collect();
                post_form(&url, &fields)
            }
            Form::Multipart(fields, torrent) => {
                let boundary = format!("alcove-{}", Uuid::new_v4().simple());
                let kind = format!("multipart/form-data; boundary={boundary}");
                let question = http::Request::post(url.as_str()).header(CONTENT_TYPE, kind);
                let body = multipart(&boundary, fields, *torrent);
                question.body(body).map_err(OutgoingError::from)
            }
        };
        question.map_err(|error| self.away(error))
    }

    async fn sign_in(&self) -> Result<(), DownloaderError> {
        let form = Form::Fields(vec![
            ("username", self.user.clone()),
            ("password", self.password.clone()),
        ]);
        let question = self.question("auth/login", &form)?;
        let answer = self.outgoing.send(question).await;
        let answer = answer.map_err(|error| self.away(error))?;
        if answer.status() == StatusCode::FORBIDDEN {
            // After some wrong ones nobody is listened to for a while.
            return Err(DownloaderError::Denied(NAME));
        }
        let cookies = answer.headers().get_all(SET_COOKIE).iter();
        let cookies = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        if !answer.status().is_success() || cookies.is_empty() {
            return Err(DownloaderError::Denied(NAME));
        }
        lock(&self.sessions).insert(self.session_key(), cookies);
        Ok(())
    }

    fn away(&self, error: OutgoingError) -> DownloaderError {
        let why = match error {
            OutgoingError::Http(error) => causes(&error.without_url()),
            error @ OutgoingError::TooLong(_) => return garbled(error.to_string()),
            error => error.to_string(),
        };
        DownloaderError::Away {
            program: NAME,
            server: self.base.origin().ascii_serialization(),
            why,
        }
    }

    pub async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        fields: Vec<(&str, String)>,
    ) -> Result<T, DownloaderError> {
        let answer = self.post(path, &Form::Fields(fields)).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Err(DownloaderError::Gone);
        }
        if !answer.status().is_success() {
            return Err(garbled(format!("status {}", answer.status().as_u16())));
        }
        serde_json::from_slice(answer.body()).map_err(|error| garbled(error.to_string()))
    }

    /// Something that answers nothing of interest.
    pub async fn tell(
        &self,
        path: &str,
        fields: Vec<(&str, String)>,
    ) -> Result<(), DownloaderError> {
        let answer = self.post(path, &Form::Fields(fields)).await?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(DownloaderError::Refused {
            program: NAME,
            why: format!("{path} with status {}", answer.status().as_u16()),
        })
    }
}

pub(super) fn garbled(why: String) -> DownloaderError {
    DownloaderError::Garbled { program: NAME, why }
}
