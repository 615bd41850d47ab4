//! The dress of every answer: `{code, data?, msg}` (V4 API, response envelope).

pub mod described;
mod others;

pub use others::{Bare, EventText, Kind, OrRedirect, Picture, Raw, WithCookie};

use super::code::Code;
use super::error::ApiError;
use bytes::Bytes;
use poem::http::HeaderValue;
use poem::http::StatusCode;
use poem::http::header::{CONTENT_TYPE, LOCATION};
use poem::{Body, IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaResponses, Registry};
use poem_openapi::types::Type;
use serde::Serialize;

pub const JSON: &str = "application/json; charset=utf-8";

/// What every handler answers.
pub type ApiResult<T> = Result<Reply<T>, ApiError>;

/// A successful answer. Its schema is an envelope of `T` ([`described`]); it is written by serde in
/// one go, without a tree of values in between.
#[derive(Debug)]
pub struct Reply<T>(Payload<T>);

#[derive(Debug)]
enum Payload<T> {
    Data(T),
    Nothing,
    Continue(Option<String>),
    Ready(Bytes),
    Redirect(HeaderValue),
}

/// Success with data.
/// # Errors
/// Never.
pub fn ok<T>(data: T) -> ApiResult<T> {
    Ok(Reply(Payload::Data(data)))
}

/// Success that carries nothing: `{"code":0,"msg":""}`.
/// # Errors
/// Never.
pub fn done() -> ApiResult<NoData> {
    Ok(Reply(Payload::Nothing))
}

/// More is needed before there is data: what to go on with, if anything.
/// # Errors
/// Never.
pub fn more<T>(with: Option<String>) -> ApiResult<T> {
    Ok(Reply(Payload::Continue(with)))
}

/// Success with an envelope that [`envelope`] wrote before, for answers that are kept.
/// # Errors
/// Never.
pub fn ready<T>(envelope: Bytes) -> ApiResult<T> {
    Ok(Reply(Payload::Ready(envelope)))
}

/// Success that sends the client elsewhere.
/// # Errors
/// `Internal` if the address is no header value.
pub fn redirect<T>(url: &str) -> ApiResult<T> {
    let url = HeaderValue::from_str(url).map_err(|_| ApiError::Internal("a bad redirect"))?;
    Ok(Reply(Payload::Redirect(url)))
}

impl Reply<NoData> {
    /// The same in place of an answer that may have data.
    pub fn into_any<T>(self) -> Reply<T> {
        Reply(Payload::Nothing)
    }
}

/// The bytes of a successful answer.
pub fn envelope<T: Serialize>(data: &T) -> Bytes {
    #[derive(Serialize)]
    struct Envelope<'a, T> {
        code: i32,
        data: &'a T,
        msg: &'static str,
    }
    let envelope = Envelope {
        code: Code::Success.number(),
        data,
        msg: "",
    };
    let mut text = Vec::with_capacity(1_024);
    serde_json::to_writer(&mut text, &envelope).expect("views have text keys and finite numbers");
    text.into()
}

impl<T: Serialize + Send> IntoResponse for Reply<T> {
    fn into_response(self) -> Response {
        json(match self.0 {
            Payload::Data(data) => envelope(&data),
            Payload::Nothing => Bytes::from_static(br#"{"code":0,"msg":""}"#),
            Payload::Continue(with) => continued(with),
            Payload::Ready(bytes) => bytes,
            Payload::Redirect(url) => {
                let mut response = Response::from(StatusCode::FOUND);
                response.headers_mut().insert(LOCATION, url);
                return response;
            }
        })
    }
}

fn continued(with: Option<String>) -> Bytes {
    let code = Code::Continue.number();
    let envelope = match with {
        Some(data) => serde_json::json!({ "code": code, "data": data, "msg": "" }),
        None => serde_json::json!({ "code": code, "msg": "" }),
    };
    envelope.to_string().into()
}

/// A 200 with JSON.
pub(super) fn json(bytes: Bytes) -> Response {
    let mut response = Response::default();
    response.set_body(Body::from(bytes));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    response
}

impl<T: Type + Serialize> ApiResponse for Reply<T> {
    fn meta() -> MetaResponses {
        described::all(vec![described::either_way(described::envelope_of::<T>())])
    }

    fn register(registry: &mut Registry) {
        described::register::<T>(registry);
    }
}

/// The data of answers that have none.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct NoData;

impl NoData {
    const NAME: &'static str = "no_data";
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    async fn text<T: Serialize + Send>(reply: ApiResult<T>) -> String {
        let response = reply.unwrap().into_response();
        assert_eq!(response.header("content-type"), Some(JSON));
        response.into_body().into_string().await.unwrap()
    }

    #[tokio::test]
    async fn data_is_kept_even_when_empty_and_absent_when_there_is_none() {
        assert_eq!(text(ok("")).await, r#"{"code":0,"data":"","msg":""}"#);
        assert_eq!(
            text(ok(Vec::<u8>::new())).await,
            r#"{"code":0,"data":[],"msg":""}"#
        );
        assert_eq!(text(done()).await, r#"{"code":0,"msg":""}"#);
    }

    #[tokio::test]
    async fn a_kept_envelope_is_sent_as_it_is() {
        let kept = envelope(&7);
        assert_eq!(text(ready::<i32>(kept)).await, text(ok(7)).await);
    }
}
