//! `/admin`: running the site.

mod event;
mod group;
mod invitation;
mod list;
mod settings;
mod user;

pub use event::AuditApi;
pub use group::GroupsApi;
pub use invitation::InvitationApi;
pub use settings::SettingsApi;
pub use user::UsersApi;

use crate::services::Services;
use std::sync::Arc;

/// What administrators call.
pub type Apis = (InvitationApi, SettingsApi, GroupsApi, UsersApi, AuditApi);

pub fn apis(services: &Arc<Services>) -> Apis {
    (
        InvitationApi {
            services: Arc::clone(services),
        },
        SettingsApi {
            services: Arc::clone(services),
        },
        GroupsApi {
            services: Arc::clone(services),
        },
        UsersApi {
            services: Arc::clone(services),
        },
        AuditApi {
            services: Arc::clone(services),
        },
    )
}
