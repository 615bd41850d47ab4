//! Direct links to content.

use super::views::direct_link_url;
use crate::api::Tag;
use crate::api::address;
use crate::api::authority::{LinksWrite, Needs};
use crate::api::envelope::{ApiResult, NoData, done, ok};
use crate::api::error::ApiError;
use crate::services::Services;
use drive::direct_link::{LinkTo, MadeLink};
use drive::error::FileError;
use poem::Request;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use std::sync::Arc;

/// Direct links.
pub struct FileSourceApi {
    pub services: Arc<Services>,
}

#[derive(Debug, Object)]
struct MakeDirectLinks {
    uris: Vec<String>,
}

/// A direct link to one file.
#[derive(Debug, Object, Serialize)]
struct SourceView {
    link: String,
    /// The file's URI.
    file_url: String,
}

#[OpenApi(prefix_path = "/file", tag = "Tag::File")]
impl FileSourceApi {
    /// Makes direct links to one's own files.
    #[oai(path = "/source", method = "put", operation_id = "makeDirectLinks")]
    async fn make(
        &self,
        actor: Needs<LinksWrite>,
        request: &Request,
        body: Json<MakeDirectLinks>,
    ) -> ApiResult<Vec<SourceView>> {
        let links = self.services.direct_links.make(&actor, &body.uris).await?;
        let settings = self.services.core.settings();
        let site = address::site(request, &settings);
        let view = |made: MadeLink| SourceView {
            link: match made.to {
                LinkTo::Row(row) => direct_link_url(&row, &settings, &site),
                LinkTo::Content(link) => link.at(&site),
            },
            file_url: made.file_uri,
        };
        let made: Vec<SourceView> = links.made.into_iter().map(view).collect();
        if links.failed.is_empty() {
            return ok(made);
        }
        let done = if made.is_empty() {
            serde_json::Value::Null
        } else {
            serde_json::to_value(&made).expect("texts are JSON")
        };
        Err(ApiError::Partly(FileError::Batch(links.failed), done))
    }

    /// Takes a direct link back.
    #[oai(
        path = "/source/:id",
        method = "delete",
        operation_id = "deleteDirectLink"
    )]
    async fn delete(&self, actor: Needs<LinksWrite>, id: Path<String>) -> ApiResult<NoData> {
        self.services.direct_links.delete(&actor, &id).await?;
        done()
    }
}
