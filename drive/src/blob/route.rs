//! Where the bytes of an upload go: to this server, or by URLs straight to the vendor.
//!
//! A session remembers what its driver noted, not the URLs: they are many, each lets whoever has
//! it write, and they end. The driver makes them anew from its notes.

use super::UploadError;
use super::session::OpenedUpload;
use super::upload::Uploads;
use crate::error::FileError;
use crate::policy::{Policy, PolicyError};
use crate::tasks::abort_upload;
use entity::upload_session;
use site::actor::Actor;
use site::task;
use storage::{DriverError, Route, UploadPlan, UploadTarget};
use store::uploads;
use url::{Host, Url};

/// Path under which vendors and clients say that an upload is whole.
pub const CALLBACK_PATH: &str = "/api/v4/callback";

/// Refuses an upload whose vendor would say that it is whole where nobody hears it: the address of this
/// site is of a network of its own, and the vendor elsewhere.
/// # Errors
/// `NoWayBack`
pub(super) fn check_way_back(policy: &Policy, site: &Url) -> Result<(), PolicyError> {
    let is_told = policy.callback.is_some_and(|callback| callback.by_vendor);
    if !is_told || policy.row.settings.relay || !is_of_own_network(site.host()) {
        return Ok(());
    }
    let server = &policy.row.server;
    let vendor = Url::parse(server).ok();
    if vendor.is_some_and(|vendor| is_of_own_network(vendor.host())) {
        return Ok(());
    }
    Err(PolicyError::NoWayBack(site.as_str().to_owned()))
}

/// Whether only neighbours reach a host, as far as its name tells.
fn is_of_own_network(host: Option<Host<&str>>) -> bool {
    match host {
        None => true,
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(v4)) => {
            v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_unspecified()
        }
        Some(Host::Ipv6(v6)) => {
            v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()
        }
    }
}

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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn neighbours_are_told_from_the_world() {
        for (url, own) in [
            ("http://localhost:5212", true),
            ("http://drive.localhost", true),
            ("http://127.0.0.1:5212", true),
            ("http://192.168.1.5", true),
            ("http://[fd00::1]", true),
            ("http://[::1]", true),
            ("https://drive.example.com", false),
            ("https://8.8.8.8", false),
            ("https://localhost.example.com", false),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(is_of_own_network(url.host()), own, "{url}");
        }
    }
}
