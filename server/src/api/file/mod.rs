//! `/file`: the tree, its content, uploads and versions.
//!
//! Each handler parses, calls one service and shows the result. What is allowed is decided in
//! `site::access`; the authority in a handler's signature is only the first check.

mod archive;
pub mod content;
mod describe;
mod events;
mod links;
mod policy;
mod source;
mod thumb;
mod tree;
mod upload;
mod versions;
pub mod views;

pub use archive::FileArchiveApi;
pub use describe::FileDescribeApi;
pub use events::FileEventApi;
pub use links::FileLinkApi;
pub use policy::FilePolicyApi;
pub use source::FileSourceApi;
pub use thumb::FileThumbApi;
pub use tree::FileTreeApi;
pub use upload::FileUploadApi;
pub use versions::FileVersionApi;

use crate::api::error::ApiError;
use crate::services::Services;
use std::sync::Arc;
use wire::FileUri;

/// Every API object of this area.
pub type Apis = (
    FileTreeApi,
    FileDescribeApi,
    FilePolicyApi,
    FileUploadApi,
    FileLinkApi,
    FileVersionApi,
    FileEventApi,
    FileSourceApi,
    FileThumbApi,
    FileArchiveApi,
);

pub fn apis(services: &Arc<Services>) -> Apis {
    let services = || Arc::clone(services);
    (
        FileTreeApi {
            services: services(),
        },
        FileDescribeApi {
            services: services(),
        },
        FilePolicyApi {
            services: services(),
        },
        FileUploadApi {
            services: services(),
        },
        FileLinkApi {
            services: services(),
        },
        FileVersionApi {
            services: services(),
        },
        FileEventApi {
            services: services(),
        },
        FileSourceApi {
            services: services(),
        },
        FileThumbApi {
            services: services(),
        },
        FileArchiveApi {
            services: services(),
        },
    )
}

/// Reads a URI of a request.
pub(super) fn parse_uri(text: &str) -> Result<FileUri, ApiError> {
    FileUri::parse(text).map_err(|error| ApiError::File(error.into()))
}
