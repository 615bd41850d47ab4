//! Answers that are more than an envelope, or none.

use super::{Reply, described, json};
use crate::api::error::ApiError;
use poem::http::header::{CACHE_CONTROL, SET_COOKIE};
use poem::http::{HeaderValue, StatusCode};
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use serde::Serialize;
use std::marker::PhantomData;

/// What an answer without an envelope is.
pub trait Kind: Send + 'static {
    fn responses() -> Vec<MetaResponse>;
}

/// A picture, or where one is.
#[derive(Debug)]
pub struct Picture;

impl Kind for Picture {
    fn responses() -> Vec<MetaResponse> {
        vec![
            described::or_failure("The picture; not an envelope", &["image/png"]),
            described::bare_status(302, "The picture is elsewhere"),
            described::bare_status(304, "The picture is still the same"),
            described::bare_status(404, "There is no picture"),
        ]
    }
}

/// A stream of server-sent events.
#[derive(Debug)]
pub struct EventText;

impl Kind for EventText {
    fn responses() -> Vec<MetaResponse> {
        let types = ["text/event-stream;charset=utf-8"];
        vec![described::or_failure("Events; not an envelope", &types)]
    }
}

/// An answer without an envelope: a file, a redirect, a stream.
#[derive(Debug)]
pub struct Raw<K> {
    response: Response,
    kind: PhantomData<fn() -> K>,
}

impl<K> Raw<K> {
    pub fn new(response: Response) -> Self {
        Self {
            response,
            kind: PhantomData,
        }
    }
}

impl<K: Send> IntoResponse for Raw<K> {
    fn into_response(self) -> Response {
        self.response
    }
}

impl<K: Kind> ApiResponse for Raw<K> {
    fn meta() -> MetaResponses {
        described::all(K::responses())
    }

    fn register(registry: &mut Registry) {
        described::register_failure(registry);
    }
}

/// An answer that may send the client elsewhere instead.
#[derive(Debug)]
pub struct OrRedirect<T>(pub Reply<T>);

impl<T: Serialize + Send> IntoResponse for OrRedirect<T> {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl<T: Type + Serialize> ApiResponse for OrRedirect<T> {
    fn meta() -> MetaResponses {
        let mut all = Reply::<T>::meta();
        let elsewhere = described::bare_status(302, "Where `redirect` was asked for");
        all.responses.push(elsewhere);
        all
    }

    fn register(registry: &mut Registry) {
        Reply::<T>::register(registry);
    }
}

/// A successful answer that leaves a cookie in the browser.
#[derive(Debug)]
pub struct WithCookie<T> {
    reply: Reply<T>,
    cookie: HeaderValue,
}

impl<T> WithCookie<T> {
    /// # Errors
    /// `Internal` if the cookie is no header value.
    pub fn new(reply: Reply<T>, cookie: &str) -> Result<Self, ApiError> {
        let cookie = HeaderValue::from_str(cookie);
        let cookie = cookie.map_err(|_| ApiError::Internal("a bad cookie"))?;
        Ok(Self { reply, cookie })
    }
}

impl<T: Serialize + Send> IntoResponse for WithCookie<T> {
    fn into_response(self) -> Response {
        let mut response = self.reply.into_response();
        response.headers_mut().append(SET_COOKIE, self.cookie);
        response
    }
}

impl<T: Type + Serialize> ApiResponse for WithCookie<T> {
    fn meta() -> MetaResponses {
        Reply::<T>::meta()
    }

    fn register(registry: &mut Registry) {
        Reply::<T>::register(registry);
    }
}

/// An answer in JSON without an envelope, where a standard says how it looks.
#[derive(Debug)]
pub struct Bare<T> {
    response: Response,
    of: PhantomData<fn() -> T>,
}

impl<T: Serialize> Bare<T> {
    /// Not to be kept by anybody: such answers hold tokens (RFC 6749 §5.1).
    pub fn new(data: &T) -> Self {
        Self::with_status(StatusCode::OK, data)
    }

    /// A failure in the words of the standard.
    pub fn with_status(status: StatusCode, data: &impl Serialize) -> Self {
        let bytes = serde_json::to_vec(data).expect("views have text keys and finite numbers");
        let mut response = json(bytes.into());
        response.set_status(status);
        response
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Self {
            response,
            of: PhantomData,
        }
    }
}

impl<T> IntoResponse for Bare<T> {
    fn into_response(self) -> Response {
        self.response
    }
}

impl<T: Type> ApiResponse for Bare<T> {
    fn meta() -> MetaResponses {
        described::all(vec![described::either_way(T::schema_ref())])
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
        described::register_failure(registry);
    }
}
