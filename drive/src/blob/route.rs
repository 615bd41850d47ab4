//! Where the bytes of an upload go: to this server, or by URLs straight to the vendor.
//!
//! A session remembers what its driver noted, not the URLs: they are many, each lets whoever has
//! it write, and they end. The driver makes them anew from its notes.

use super::UploadError;
use super::abort::abort_upload;
use super::session::OpenedUpload;
use super::upload::Uploads;
use crate::error::FileError;
use crate::policy::Policy;
use entity::upload_session;
use site::actor::Actor;
use site::task;
use storage::{DriverError, Route, UploadPlan, UploadTarget};
use store::uploads;

/// Path under which vendors and clients say that an upload is whole.
pub const CALLBACK_PATH: &str = "/api/v4/callback";

impl Uploads {
    /// Saves what the driver wants to be told again.
    pub(super) async fn begun(
        &self,
        opened: OpenedUpload,
        plan: &UploadPlan,
        target: UploadTarget,
    ) -> Result<OpenedUpload, FileError> {
        let UploadTarget {
            vendor_state,
            route,
        } = target;
        let OpenedUpload {
            mut session,
            policy,
            ..
        } = opened;
        session.details.is_direct = matches!(route, Route::Direct(_));
        session.details.vendor_state = vendor_state;
        if session.details.is_direct || session.details.vendor_state.is_some() {
            let mut tx = self.core.store.begin().await?;
            let runs = uploads::set_details(tx.db(), &session.id, session.details.clone()).await?;
            let key = plan.key.as_str().to_owned();
            if !runs && let Some(task) = abort_upload(&session, key, self.core.now()) {
                // Cancelled meanwhile, by somebody who could not tell the driver what to end.
                task::queue(&mut tx, task).await?;
            }
            tx.commit().await?;
            if !runs {
                return Err(UploadError::SessionGone.into());
            }
        }
        Ok(OpenedUpload {
            session,
            policy,
            route,
        })
    }

    /// Where an upload goes that was begun before; `None` if it ended there, which then shows
    /// here, too.
    pub(super) async fn route_again(
        &self,
        actor: &Actor,
        session: &upload_session::Model,
        policy: &Policy,
    ) -> Result<Option<Route>, FileError> {
        if !session.details.is_direct {
            return Ok(Some(Route::Here));
        }
        let plan = self.plan_for(session, policy).await?;
        match policy.driver.route_of(&plan).await {
            Err(DriverError::UploadGone(_)) => {
                match self.resume_completion(actor, session, &plan).await {
                    Ok(()) | Err(FileError::Upload(UploadError::SessionGone)) => Ok(None),
                    Err(error) => Err(error),
                }
            }
            route => Ok(Some(route?)),
        }
    }

    /// What a driver needs to know to say where bytes go.
    pub(super) async fn plan_for(
        &self,
        session: &upload_session::Model,
        policy: &Policy,
    ) -> Result<UploadPlan, FileError> {
        let plan = self.plan_of(session).await?;
        let live = self.core.settings();
        let site = live.site.primary_url().as_str().trim_end_matches('/');
        let (kind, id) = (&policy.row.kind, &session.id);
        let secret = &session.callback_secret;
        Ok(UploadPlan {
            callback_url: Some(format!("{site}{CALLBACK_PATH}/{kind}/{id}/{secret}")),
            ..plan
        })
    }
}
