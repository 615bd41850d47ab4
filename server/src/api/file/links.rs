//! Links to content and to archives.

use crate::api::Tag;
use crate::api::address;
use crate::api::authority::{FilesRead, Needs};
use crate::api::binding::Nullable;
use crate::api::envelope::{OrRedirect, ok, redirect};
use crate::api::error::ApiError;
use crate::api::time::wire;
use crate::services::Services;
use chrono::{DateTime, Utc};
use drive::blob::LinkOptions;
use entity::BlobId;
use poem::Request;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use std::sync::Arc;
use wire::IdKind;

/// Links.
pub struct FileLinkApi {
    pub services: Arc<Services>,
}

#[derive(Debug, Object)]
struct MakeLinks {
    uris: Vec<String>,
    /// Save instead of show.
    #[oai(default)]
    download: bool,
    /// Answer with a redirect; only for a single link.
    #[oai(default)]
    redirect: bool,
    /// A certain version, for a single file.
    #[oai(default)]
    entity: String,
    #[oai(default)]
    use_primary_site_url: bool,
    /// `null` instead of an error for what fails.
    #[oai(default)]
    skip_error: bool,
    /// One archive of everything.
    #[oai(default)]
    archive: bool,
    #[oai(default)]
    no_cache: bool,
}

#[derive(Debug, Object, Serialize)]
struct LinkView {
    url: String,
}

#[derive(Debug, Object, Serialize)]
struct LinksView {
    /// In the order asked for.
    urls: Vec<Nullable<LinkView>>,
    expires: DateTime<Utc>,
}

#[OpenApi(prefix_path = "/file", tag = "Tag::File")]
impl FileLinkApi {
    /// Makes signed links to content, or one to an archive.
    #[oai(path = "/url", method = "post", operation_id = "makeLinks")]
    async fn url(
        &self,
        actor: Needs<FilesRead>,
        request: &Request,
        body: Json<MakeLinks>,
    ) -> Result<OrRedirect<LinksView>, ApiError> {
        let settings = self.services.core.settings();
        let site = if body.use_primary_site_url {
            address::primary_site(&settings)
        } else {
            address::site(request, &settings)
        };
        if body.archive {
            let (path, expires) = self.services.archives.link(&actor, &body.uris).await?;
            return Ok(OrRedirect(ok(LinksView {
                urls: vec![Nullable(Some(LinkView {
                    url: format!("{site}{path}"),
                }))],
                expires: wire(expires),
            })?));
        }
        let version = match body.entity.as_str() {
            "" => None,
            text => Some(
                settings
                    .ids
                    .decode(IdKind::Blob, text)
                    .ok_or(ApiError::BadId)?,
            ),
        };
        let options = LinkOptions {
            download: body.download,
            version: version.map(BlobId),
            skip_error: body.skip_error,
        };
        let (links, expires) = self
            .services
            .links
            .sign(&actor, &body.uris, &options)
            .await?;
        let urls: Vec<Nullable<LinkView>> = links
            .into_iter()
            .map(|link| {
                Nullable(link.map(|link| LinkView {
                    url: link.at(&site),
                }))
            })
            .collect();
        let reply = match urls.as_slice() {
            [Nullable(Some(only))] if body.redirect => redirect(&only.url),
            _ => ok(LinksView {
                urls,
                expires: wire(expires),
            }),
        };
        Ok(OrRedirect(reply?))
    }
}
