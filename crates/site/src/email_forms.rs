//! Addresses of accounts that were made when addresses had another form.

use crate::email::Email;
use entity::Timestamp;
use store::{Store, StoreResult, accounts, marks};

/// Set when all addresses have the form that look-ups use.
const DONE: &str = "email_forms";

/// Writes the addresses of all accounts in the form that look-ups use, once. Without it nobody
/// whose address was stored in another form could sign in.
/// # Errors
/// Only the database's.
pub async fn unify(store: &Store, now: Timestamp) -> StoreResult<()> {
    if marks::get(store, DONE).await?.is_some() {
        return Ok(());
    }
    for (user, stored) in accounts::emails(store.read()).await? {
        let Ok(email) = Email::parse(&stored) else {
            tracing::warn!(%user, "the address of an account is none by today's rules");
            continue;
        };
        if email.as_str() == stored {
            continue;
        }
        if accounts::by_email(store.read(), email.as_str())
            .await?
            .is_some()
        {
            tracing::warn!(%user, "another account has the same address in another form");
            continue;
        }
        let tx = store.begin().await?;
        accounts::set_email(tx.db(), user, email.as_str(), now).await?;
        tx.commit().await?;
    }
    marks::begin(store, DONE, now.0).await?;
    Ok(())
}
