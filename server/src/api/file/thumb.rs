//! Thumbnails.

use super::parse_uri;
use crate::api::Tag;
use crate::api::address;
use crate::api::authority::{FilesRead, Needs};
use crate::api::envelope::{ApiResult, ok};
use crate::api::time::wire;
use crate::services::Services;
use chrono::{DateTime, Utc};
use poem::Request;
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use std::sync::Arc;

/// Thumbnails.
pub struct FileThumbApi {
    pub services: Arc<Services>,
}

/// Where a thumbnail is.
#[derive(Debug, Object, Serialize)]
struct ThumbView {
    url: String,
    expires: DateTime<Utc>,
    /// Whether the bytes have to be unscrambled: never.
    obfuscated: bool,
}

#[OpenApi(prefix_path = "/file", tag = "Tag::File")]
impl FileThumbApi {
    /// Makes a signed link to the thumbnail of a file; one that is missing is made first.
    #[oai(path = "/thumb", method = "get", operation_id = "getThumbnail")]
    async fn thumb(
        &self,
        actor: Needs<FilesRead>,
        request: &Request,
        uri: Query<String>,
    ) -> ApiResult<ThumbView> {
        let uri = parse_uri(&uri)?;
        let (link, expires) = self.services.thumbnails.link(&actor, &uri).await?;
        let site = address::site(request, &self.services.core.settings());
        ok(ThumbView {
            url: link.at(&site),
            expires: wire(expires),
            obfuscated: false,
        })
    }
}
