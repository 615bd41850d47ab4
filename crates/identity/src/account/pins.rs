//! Folders pinned to the side bar.

use super::{AccountError, Accounts};
use entity::UserId;
use entity::user::Pin;
use site::access;
use site::actor::Actor;
use site::limits::{KEPT_URI_BYTES, PINS};
use store::accounts as rows;
use wire::FileUri;

/// Longest name of a pin, in characters.
use site::limits::PIN_NAME_CHARS as MAX_NAME_CHARS;

impl Accounts {
    /// Pins a place, which need not exist. Pinning it again under the same name changes nothing.
    /// # Errors
    /// `PinTaken` if it is pinned under another name, `BadValue`.
    pub async fn pin(
        &self,
        actor: &Actor,
        uri: &FileUri,
        name: Option<String>,
    ) -> Result<(), AccountError> {
        let id = access::signed_in(actor)?.user.id;
        let name = name.filter(|name| !name.is_empty());
        if name
            .as_ref()
            .is_some_and(|name| name.chars().count() > MAX_NAME_CHARS)
        {
            return Err(AccountError::BadValue("Name too long"));
        }
        let pin = Pin {
            uri: uri.to_string(),
            name,
        };
        if pin.uri.len() > KEPT_URI_BYTES {
            return Err(AccountError::BadValue("The URI is too long"));
        }
        self.change_pins(id, |pins| {
            match pins.iter().find(|known| known.uri == pin.uri) {
                Some(known) if known.name == pin.name => Ok(false),
                Some(_) => Err(AccountError::PinTaken),
                None if pins.len() >= PINS => Err(AccountError::BadValue("Too many pins")),
                None => {
                    pins.push(pin);
                    Ok(true)
                }
            }
        })
        .await
    }

    /// Takes a pin away; that there is none is fine.
    /// # Errors
    /// Only the database's.
    pub async fn unpin(&self, actor: &Actor, uri: &FileUri) -> Result<(), AccountError> {
        let id = access::signed_in(actor)?.user.id;
        let uri = uri.to_string();
        self.change_pins(id, |pins| {
            let before = pins.len();
            pins.retain(|pin| pin.uri != uri);
            Ok(pins.len() != before)
        })
        .await
    }

    /// `edit` answers whether it changed anything.
    async fn change_pins(
        &self,
        id: UserId,
        edit: impl FnOnce(&mut Vec<Pin>) -> Result<bool, AccountError>,
    ) -> Result<(), AccountError> {
        let now = self.site.now();
        let tx = self.site.store.begin().await?;
        let user = rows::locked(tx.db(), id)
            .await?
            .ok_or(AccountError::AccountGone)?;
        let mut settings = user.settings.clone();
        if !edit(&mut settings.pined)? {
            return Ok(());
        }
        let change = rows::Change {
            settings: Some(settings),
            ..rows::Change::default()
        };
        rows::update(tx.db(), &user, change, now).await?;
        tx.commit().await?;
        Ok(())
    }
}
