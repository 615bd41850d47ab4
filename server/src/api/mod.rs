//! The V4 API over HTTP: routes, views, envelope, codes.
//!
//! A handler parses, calls one service and views the answer. Conventions:
//! - Its first argument is `Needs<…>`, the least authority ([`authority`]).
//! - It answers [`ApiResult`] through [`ok`], [`done`] or [`ready`]; what is no envelope is a
//!   [`Raw`].
//! - Requests derive `poem_openapi::Object`; `#[oai(default)]` makes a missing or null field its
//!   default. Optional numbers in queries are [`binding::Lenient`], because clients send
//!   `page_size=`; bodies that are no JSON [`AnyBytes`].
//! - Views derive `poem_openapi::Object` for the description and `serde::Serialize` for the bytes,
//!   with the same names; `#[serde(skip_serializing_if = "Option::is_none")]` on what may be left
//!   out, [`Nullable`] what is always there and may be `null`. Lists that are left out when they are
//!   empty are `Option`s too.
//! - Errors of the domain become [`ApiError`] by `?`; every variant has its code in [`error`].
//!
//! A new API object is added to [`Apis`] and [`apis`]; a plain poem route to [`routes`].

pub mod address;
mod admin;
pub mod authority;
pub mod binding;
mod bodies;
mod callback;
pub mod code;
pub mod devices;
pub mod envelope;
pub mod error;
pub mod file;
mod file_error;
mod oauth_error;
mod outer;
pub mod session;
pub mod share;
pub mod site;
mod site_url;
pub mod time;
pub mod user;
mod workflow;

use crate::http::body::limit::BodyLimit;
use crate::services::Services;
use authority::Login;
use outer::Outer;
use poem::http::Method;
use poem::{Endpoint, EndpointExt, Response, Route};
use poem_openapi::registry::{MetaApi, Registry};
use poem_openapi::{OpenApi, OpenApiService, Tags};
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;

pub use binding::{AnyBytes, Lenient, Nullable, Text};
pub use envelope::{
    ApiResult, Bare, EventText, NoData, OrRedirect, Picture, Raw, Reply, WithCookie, done,
    envelope, more, ok, ready,
};
pub use error::ApiError;
pub use outer::no_route;
pub use site_url::site_url;

/// Where all routes of the API are.
pub const PREFIX: &str = "/api/v4";
/// The parts of the API.
#[derive(Tags)]
pub enum Tag {
    /// What everybody may know about the site.
    Site,
    /// Signing in and out.
    Session,
    /// Accounts and their settings.
    User,
    /// Files and folders.
    File,
    /// Running the site.
    Admin,
    /// What is handed to others.
    Share,
    /// What people connect to their drive.
    Devices,
    /// Work that outlives its request.
    Workflow,
}

/// Every API object, by area: a tuple takes no more than sixteen.
type Apis = (
    site::SiteApi,
    session::Apis,
    user::Apis,
    file::Apis,
    share::ShareApi,
    share::GroupApi,
    devices::DavApi,
    admin::Apis,
    workflow::Apis,
    callback::CallbackApi,
);

fn apis(services: &Arc<Services>) -> Apis {
    (
        site::SiteApi::new(Arc::clone(services)),
        session::apis(services),
        user::apis(services),
        file::apis(services),
        share::ShareApi {
            services: Arc::clone(services),
        },
        share::GroupApi {
            services: Arc::clone(services),
        },
        devices::DavApi {
            services: Arc::clone(services),
        },
        admin::apis(services),
        workflow::apis(services),
        callback::CallbackApi {
            services: Arc::clone(services),
        },
    )
}

/// Everything below [`PREFIX`], in the order: envelope for errors and cache rule, login, body
/// limit, routes.
pub fn routes(services: &Arc<Services>) -> impl Endpoint<Output = Response> + 'static {
    Route::new()
        .nest("/", service(apis(services)))
        .with(BodyLimit::new(
            bodies::limit_of,
            bodies::VISITORS_MEMORY_BYTES,
            bodies::MEMORY_BYTES,
        ))
        .with(Login {
            services: Arc::clone(services),
        })
        .with(Outer)
        .map_to_response()
}

fn service<T: OpenApi + 'static>(apis: T) -> OpenApiService<T, ()> {
    OpenApiService::new(apis, "Alcove", "4.14.0")
        .description("Self-hosted cloud drive. Every answer is an envelope: `code` 0 is success.")
        .server(PREFIX)
}

/// The description of the API, as checked in.
pub fn openapi_json() -> String {
    let mut json = service(Description::<Apis>(PhantomData)).spec();
    json.push('\n');
    json
}

/// Describes API objects without having them, which would need a database.
struct Description<T>(PhantomData<T>);

impl<T: OpenApi> OpenApi for Description<T> {
    fn meta() -> Vec<MetaApi> {
        T::meta()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn add_routes(
        self,
        _table: &mut HashMap<String, HashMap<Method, poem::endpoint::BoxEndpoint<'static>>>,
    ) {
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::Value;

    #[test]
    fn every_operation_declares_one_authority_and_one_tag() {
        let spec: Value = serde_json::from_str(&openapi_json()).unwrap();
        let schemes = spec["components"]["securitySchemes"].as_object().unwrap();
        for (path, operations) in spec["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                let named: Vec<_> = operation["security"]
                    .as_array()
                    .unwrap_or_else(|| panic!("{method} {path} declares no authority"))
                    .iter()
                    .flat_map(|requirement| requirement.as_object().unwrap().keys())
                    .collect();
                assert_eq!(named.len(), 1, "{method} {path}: {named:?}");
                assert!(schemes.contains_key(named[0]));
                assert_eq!(
                    operation["tags"].as_array().unwrap().len(),
                    1,
                    "{method} {path}"
                );
            }
        }
    }

    #[test]
    fn every_operation_has_a_name_and_says_how_it_fails() {
        let spec: Value = serde_json::from_str(&openapi_json()).unwrap();
        let mut names = std::collections::HashSet::new();
        for (path, operations) in spec["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                let name = operation["operationId"].as_str();
                let name = name.unwrap_or_else(|| panic!("{method} {path} has no name"));
                assert!(names.insert(name), "{name} is taken");
                let answer = &operation["responses"]["200"]["content"][envelope::JSON]["schema"];
                let failure = "#/components/schemas/Failure";
                let choices = answer["oneOf"].as_array().into_iter().flatten();
                let fails = choices.chain([answer]).any(|one| one["$ref"] == failure);
                assert!(fails, "{name} is described as if it never failed");
            }
        }
    }

    #[test]
    fn no_default_is_null() {
        fn look(value: &Value) {
            match value {
                Value::Object(fields) => {
                    assert_ne!(fields.get("default"), Some(&Value::Null), "{fields:?}");
                    fields.values().for_each(look);
                }
                Value::Array(items) => items.iter().for_each(look),
                _ => {}
            }
        }
        look(&serde_json::from_str(&openapi_json()).unwrap());
    }

    /// Whoever makes a client of the description cannot join an enumeration with anything: a field of
    /// such a type has neither a default nor words of its own.
    #[test]
    fn enumerations_are_referred_to_plainly() {
        fn look(value: &Value, schemas: &Value) {
            match value {
                Value::Object(fields) => {
                    if let Some(Value::Array(parts)) = fields.get("allOf") {
                        let names = parts.iter().filter_map(|part| part["$ref"].as_str());
                        let mut names = names.filter_map(|name| name.rsplit('/').next());
                        assert!(
                            parts.len() == 1 || names.all(|name| schemas[name]["enum"].is_null()),
                            "{fields:?}"
                        );
                    }
                    fields.values().for_each(|value| look(value, schemas));
                }
                Value::Array(items) => items.iter().for_each(|value| look(value, schemas)),
                _ => {}
            }
        }
        let description: Value = serde_json::from_str(&openapi_json()).unwrap();
        look(&description, &description["components"]["schemas"]);
    }
}
