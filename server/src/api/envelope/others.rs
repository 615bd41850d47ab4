//! Answers that are more than an envelope, or none.

use super::{JSON, Reply, json, two_hundred};
use crate::api::error::ApiError;
use poem::http::header::{CACHE_CONTROL, SET_COOKIE};
use poem::http::{HeaderValue, StatusCode};
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaMediaType, MetaResponses, MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use serde::Serialize;
use std::marker::PhantomData;

/// An answer without an envelope: a file, a redirect, a stream.
#[derive(Debug)]
pub struct Raw(pub Response);

impl IntoResponse for Raw {
    fn into_response(self) -> Response {
        self.0
    }
}

impl ApiResponse for Raw {
    fn meta() -> MetaResponses {
        let schema = MetaSchema::new_with_format("string", "binary");
        let schema = MetaSchemaRef::Inline(Box::new(schema));
        let content = vec![MetaMediaType {
            content_type: "application/octet-stream",
            schema,
        }];
        MetaResponses {
            responses: vec![two_hundred("Not an envelope", content)],
        }
    }

    fn register(_registry: &mut Registry) {}
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
        T::register(registry);
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
        let content = vec![MetaMediaType {
            content_type: JSON,
            schema: T::schema_ref(),
        }];
        MetaResponses {
            responses: vec![two_hundred("Not an envelope", content)],
        }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}
