//! What browsers and robots open directly: short links of shares, their previews, direct links.

mod direct;
mod preview;

use crate::http::cors::OpenCors;
use crate::services::Services;
use crate::web;
use percent_encoding::percent_decode_str;
use poem::http::header::LOCATION;
use poem::http::{HeaderValue, StatusCode};
use poem::web::{Data, Path};
use poem::{EndpointExt, Request, Response, Route, get, handler};
use std::sync::Arc;
use wire::{FileSystem, FileUri};

/// Adds the routes outside the API.
pub fn mount(route: Route) -> Route {
    let direct = |endpoint| direct::with_errors(endpoint).with(OpenCors);
    route
        .at("/s/:id", get(short_link))
        .at("/s/:id/:password", get(short_link_with_password))
        .at("/home", get(home))
        .at("/f/:id/:name", direct(get(direct::show).head(direct::show)))
        .at(
            "/f/d/:id/:name",
            direct(get(direct::save).head(direct::save)),
        )
}

#[handler]
async fn short_link(
    request: &Request,
    services: Data<&Arc<Services>>,
    Path(id): Path<String>,
) -> Response {
    follow(request, services.0, &id, None).await
}

#[handler]
async fn short_link_with_password(
    request: &Request,
    services: Data<&Arc<Services>>,
    Path((id, password)): Path<(String, String)>,
) -> Response {
    follow(request, services.0, &id, Some(password)).await
}

/// Sends a browser to the share's page, whether there is such a share or not: the page tells. A
/// robot gets a preview.
async fn follow(
    request: &Request,
    services: &Arc<Services>,
    id: &str,
    password: Option<String>,
) -> Response {
    let mut uri = FileUri::share(id, password);
    if let Some(path) = query_value(request, "path") {
        let names = path.split('/').filter(|name| !name.is_empty());
        // What leads upward or cannot be a name is left out.
        uri = names
            .filter(|name| !matches!(*name, "." | "..") && !name.contains('\0'))
            .fold(uri, |uri, name| uri.join(name));
    }
    if preview::is_robot(request) {
        return preview::page(request, services, Some(&uri)).await;
    }
    let mut target = preview::home_of(&uri);
    for pair in other_pairs(request, "path") {
        target.push('&');
        target.push_str(pair);
    }
    match HeaderValue::from_str(&target) {
        Ok(target) => redirect(target),
        Err(_) => Response::from(StatusCode::NOT_FOUND),
    }
}

/// The app's page; robots that were sent a share's address get a preview of the share. Of a share
/// that nobody can open any more the page tells people, and its status programs.
#[handler]
async fn home(request: &Request, services: Data<&Arc<Services>>) -> Response {
    let shown = query_value(request, "path")
        .and_then(|text| FileUri::parse(&text).ok())
        .filter(|uri| uri.fs() == FileSystem::Share);
    let Some(uri) = shown else {
        return web::page(services.0).await;
    };
    if preview::is_robot(request) {
        return preview::page(request, services.0, Some(&uri)).await;
    }
    let mut page = web::page(services.0).await;
    if page.is_success() && preview::leads_nowhere(request, services.0, &uri).await {
        page.set_status(StatusCode::NOT_FOUND);
    }
    page
}

fn redirect(target: HeaderValue) -> Response {
    let mut response = Response::from(StatusCode::FOUND);
    response.headers_mut().insert(LOCATION, target);
    response
}

/// A value of the query, decoded as browsers encode forms.
fn query_value(request: &Request, name: &str) -> Option<String> {
    let query = request.original_uri().query()?;
    let value = query
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    let value = value.replace('+', " ");
    percent_decode_str(&value)
        .decode_utf8()
        .ok()
        .map(std::borrow::Cow::into_owned)
}

/// The other pairs of the query, as they came.
fn other_pairs<'a>(request: &'a Request, name: &'a str) -> impl Iterator<Item = &'a str> {
    let query = request.original_uri().query().unwrap_or_default();
    query.split('&').filter(move |pair| {
        let key = pair.split('=').next().unwrap_or_default();
        !pair.is_empty() && key != name
    })
}
