//! Looking others up.

use super::{AccountError, Accounts};
use site::access;
use site::actor::Account;
use site::actor::Actor;
use site::limits::KEYWORD_CHARS;
use std::collections::HashMap;
use std::sync::Arc;
use store::accounts as rows;

/// Shortest keyword, in characters, and most answers of a search (V4 API).
const MIN_KEYWORD_CHARS: usize = 2;
const MAX_FOUND: u64 = 10;

impl Accounts {
    /// Active accounts with `keyword` in mail address or nickname, in any case; at most ten. Where
    /// the site hides addresses, only a whole one finds anybody.
    /// # Errors
    /// `BadValue` if the keyword is shorter than two characters, or too long.
    pub async fn search(&self, keyword: &str) -> Result<Vec<Arc<Account>>, AccountError> {
        if keyword.chars().count() < MIN_KEYWORD_CHARS {
            return Err(AccountError::BadValue("Keyword too short"));
        }
        if keyword.chars().count() > KEYWORD_CHARS {
            return Err(AccountError::BadValue("Keyword too long"));
        }
        let is_hidden = !self.site.settings().accounts.expose_user_email;
        let users = rows::search(&self.site.store, keyword, is_hidden, MAX_FOUND).await?;
        let mut groups = HashMap::new();
        let mut found = Vec::with_capacity(users.len());
        for user in users {
            let id = user.group_id;
            if let std::collections::hash_map::Entry::Vacant(vacant) = groups.entry(id) {
                let group = rows::group(self.site.store.read(), id).await?;
                vacant.insert(group.ok_or(AccountError::GroupMissing(id.0))?);
            }
            found.push(Arc::new(Account::new(user, groups[&id].clone())));
        }
        Ok(found)
    }

    /// Bytes that an account holds and has reserved, as of now.
    /// # Errors
    /// `AccountGone`
    pub async fn used_bytes(&self, actor: &Actor) -> Result<i64, AccountError> {
        let id = access::signed_in(actor)?.user.id;
        let used = rows::used_bytes(&self.site.store, id).await?;
        used.ok_or(AccountError::AccountGone)
    }
}
