//! `/admin`: running the site.

mod audit_export;
mod entity;
mod event;
mod file;
mod group;
mod invitation;
mod license;
mod list;
mod node;
mod oauth_client;
mod policy;
mod policy_oauth;
mod policy_relocation;
mod proof;
mod queue;
mod settings;
mod share;
mod stored;
mod summary;
mod tool;
mod user;

pub use entity::BlobsApi;
pub use event::AuditApi;
pub use file::FilesApi;
pub use group::GroupsApi;
pub use invitation::InvitationApi;
pub use license::LicenseApi;
pub use node::NodesApi;
pub use oauth_client::AppsApi;
pub use policy::PoliciesApi;
pub use policy_oauth::PolicyOAuthApi;
pub use policy_relocation::PolicyRelocationApi;
pub use proof::ProofApi;
pub use queue::QueueApi;
pub use settings::SettingsApi;
pub use share::AdminSharesApi;
pub use summary::SummaryApi;
pub use tool::ToolsApi;
pub use user::UsersApi;

use crate::services::Services;
use chrono::Utc;
use std::sync::Arc;

/// What administrators call.
pub type Apis = (
    InvitationApi,
    SummaryApi,
    SettingsApi,
    GroupsApi,
    UsersApi,
    // As many as may stand side by side are there already.
    (PoliciesApi, PolicyRelocationApi, PolicyOAuthApi),
    NodesApi,
    FilesApi,
    BlobsApi,
    AdminSharesApi,
    QueueApi,
    AppsApi,
    AuditApi,
    ToolsApi,
    (LicenseApi, ProofApi),
);

pub fn apis(services: &Arc<Services>) -> Apis {
    let of = || Arc::clone(services);
    (
        InvitationApi { services: of() },
        SummaryApi { services: of() },
        SettingsApi { services: of() },
        GroupsApi { services: of() },
        UsersApi { services: of() },
        (
            PoliciesApi { services: of() },
            PolicyRelocationApi { services: of() },
            PolicyOAuthApi { services: of() },
        ),
        NodesApi { services: of() },
        FilesApi { services: of() },
        BlobsApi { services: of() },
        AdminSharesApi { services: of() },
        QueueApi { services: of() },
        AppsApi { services: of() },
        AuditApi { services: of() },
        ToolsApi { services: of() },
        (
            LicenseApi {
                services: of(),
                started: Utc::now(),
            },
            ProofApi { services: of() },
        ),
    )
}
