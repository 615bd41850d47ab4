//! People who come with a password of the directory.

use super::{AccountError, Accounts};
use crate::error::SsoError;
use crate::external::{Provider, prove_to_directory};
use entity::user;
use site::actor::Origin;
use site::email::Email;
use store::identities;

impl Accounts {
    /// Whether passwords of addresses without an account may be right.
    pub(super) fn asks_directory(&self) -> bool {
        self.site
            .settings()
            .settings
            .single_sign_on
            .directory
            .is_some()
    }

    /// The account of somebody whose password is right in the directory; `None` if it is not, if
    /// there is no directory, or if it cannot be asked.
    ///
    /// `known` is the account here that has the address. Its password is shown to the directory
    /// only if the directory may vouch for it.
    pub(super) async fn by_directory(
        &self,
        known: Option<&user::Model>,
        email: &Email,
        password: &str,
        origin: &Origin,
    ) -> Result<Option<user::Model>, AccountError> {
        let live = self.site.settings();
        let Some(settings) = &live.settings.single_sign_on.directory else {
            return Ok(None);
        };
        let vouches = match known {
            Some(user) if !settings.joining.link_by_email => {
                let linked = identities::of(self.site.store.read(), user.id).await?;
                let directory = Provider::Directory.number();
                linked.iter().any(|one| one.provider == directory)
            }
            _ => true,
        };
        // It is asked in any case, or the time would tell who has an account here.
        let shown = vouches.then_some(password);
        let person = match prove_to_directory(settings, email, shown).await {
            Ok(Some(person)) => person,
            Ok(None) => return Ok(None),
            Err(error) => {
                tracing::error!(%error, "the directory cannot be asked");
                return Ok(None);
            }
        };
        match self.admit(&person, &settings.joining, origin).await {
            Ok(user) => Ok(Some(user)),
            Err(SsoError::Account(error)) => Err(error),
            Err(SsoError::Store(error)) => Err(error.into()),
            Err(error) => {
                tracing::info!(%error, "somebody of the directory has no account here");
                Ok(None)
            }
        }
    }
}
