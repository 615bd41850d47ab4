//! Letting the site into a drive at Microsoft: an administrator signs in there, comes back with a
//! code, and the policy keeps what it is exchanged for.

use crate::error::AdminError;
use crate::policies::{NOT_FOR_APPS, Policies};
use drive::policy::credentials::{self, CredentialError, KIND, REDIRECT};
use entity::storage_policy::Model;
use entity::{PolicyId, SecretText, Timestamp};
use onedrive::{App, Graph, OnedriveError};
use site::actor::Actor;
use site::limits::TOOL_TEXT_BYTES;
use site::task::causes;
use store::bus::Topic;
use store::journal::Op;
use store::policies as rows;

/// The page of the console where administrators come back to (V4 API).
const PAGE: &str = "admin/policy/oauth";

impl Policies {
    /// Where administrators come back to: Microsoft wants to be told beforehand, and wants `https`.
    /// # Errors
    /// `NotAllowed`
    pub fn sign_in_redirect(&self, actor: &Actor) -> Result<String, AdminError> {
        crate::administrator(actor)?;
        let live = self.core.settings();
        let page = live.settings.site.primary_url().join(PAGE);
        let mut page = page.map_err(|error| AdminError::Failed(error.to_string()))?;
        // Only fails for what is no web address, which no site has.
        let _ = page.set_scheme("https");
        Ok(page.into())
    }

    /// Keeps the app of the site at Microsoft with a policy. Answers where to sign in.
    /// # Errors
    /// `PolicyNotFound`, also for other kinds; `BadValue`
    pub async fn begin_sign_in(
        &self,
        actor: &Actor,
        id: PolicyId,
        (app, secret): (&str, &str),
    ) -> Result<String, AdminError> {
        let by = crate::administrator(actor)?;
        crate::people_only(actor, NOT_FOR_APPS)?;
        for text in [app, secret] {
            if text.is_empty() || text.len() > TOOL_TEXT_BYTES {
                return Err(AdminError::bad(
                    "The id or the secret of the app makes no sense",
                ));
            }
        }
        let redirect = self.sign_in_redirect(actor)?;
        let mut tx = self.core.store.begin().await?;
        let old = rows::locked(tx.db(), id).await?;
        let old = old.filter(|old| old.kind == KIND);
        let old = old.ok_or(AdminError::PolicyNotFound)?;
        let mut row = Model {
            bucket_name: app.to_owned(),
            secret_key: SecretText(secret.to_owned()),
            updated_at: self.core.now(),
            ..old.clone()
        };
        let other = &mut row.settings.other;
        other.insert(REDIRECT.to_owned(), redirect.as_str().into());
        drive::policy::secrets::seal_policy(&self.core.sealer, &mut row);
        rows::replace(tx.db(), row.clone()).await?;
        self.write_down(&mut tx, by, Op::PolicyChanged, (Some(&old), Some(&row)));
        tx.tells(Topic::Policies);
        tx.commit().await?;
        self.core.policies.forget(id);
        let login = self.core.policies.credentials.login(&row);
        let app = App::new(app, secret, &redirect);
        let page = login.and_then(|login| login.page(&app?, &id.to_string()));
        page.map_err(bad)
    }

    /// Keeps what the code is exchanged for, and tries it.
    /// # Errors
    /// `PolicyNotFound`; `BadValue` for other kinds, and for codes that Microsoft does not take
    pub async fn finish_sign_in(
        &self,
        actor: &Actor,
        id: PolicyId,
        code: &str,
    ) -> Result<(), AdminError> {
        crate::administrator(actor)?;
        crate::people_only(actor, NOT_FOR_APPS)?;
        if code.is_empty() || code.len() > TOOL_TEXT_BYTES {
            return Err(AdminError::bad("The code makes no sense"));
        }
        let row = rows::by_id(self.core.store.read(), id).await?;
        let row = row.ok_or(AdminError::PolicyNotFound)?;
        if row.kind != KIND {
            return Err(AdminError::bad(
                "Only policies of OneDrive are signed in to",
            ));
        }
        let accepted = self.core.policies.credentials.accept(&row, code).await;
        accepted
            .map_err(|error| AdminError::bad(format!("Failed to obtain token: {}", causes(&error))))
    }

    /// Whether a policy is let in now, and when that was renewed last.
    /// # Errors
    /// `PolicyNotFound`, also for other kinds
    pub async fn sign_in_status(
        &self,
        actor: &Actor,
        id: PolicyId,
    ) -> Result<(bool, Option<Timestamp>), AdminError> {
        crate::administrator(actor)?;
        let is_valid = self.core.policies.credentials.token(id).await.is_ok();
        let row = rows::by_id(self.core.store.read(), id).await?;
        let row = row.filter(|row| row.kind == KIND);
        let row = row.ok_or(AdminError::PolicyNotFound)?;
        Ok((is_valid, credentials::renewed_at(&row)))
    }

    /// How requests name the drive of a SharePoint site, by the address of the site.
    /// # Errors
    /// `PolicyNotFound`; `BadValue` for other kinds; `Failed` if there is no such site
    pub async fn drive_of_site(
        &self,
        actor: &Actor,
        id: PolicyId,
        page: &str,
    ) -> Result<String, AdminError> {
        crate::administrator(actor)?;
        let row = rows::by_id(self.core.store.read(), id).await?;
        let row = row.ok_or(AdminError::PolicyNotFound)?;
        if row.kind != KIND || page.len() > TOOL_TEXT_BYTES {
            return Err(AdminError::bad("Only policies of OneDrive have sites"));
        }
        let found = async {
            let token = self.core.policies.credentials.token(id).await?;
            let graph = Graph::at(&row.server)?;
            Ok::<_, CredentialError>(graph.drive_of_site(&token, page).await?)
        };
        let found = found.await;
        found.map_err(|error| {
            AdminError::Failed(format!("Failed to find the site: {}", causes(&error)))
        })
    }
}

fn bad(error: OnedriveError) -> AdminError {
    AdminError::bad(causes(&error))
}
