//! Recovery codes: what opens instead of a lost second factor.

use super::two_factor::{is_on, plain};
use super::{AccountError, Accounts};
use entity::UserId;
use rand::Rng as _;
use site::access;
use site::actor::Actor;
use site::actor::Origin;
use site::secret::seal::Sealer;
use std::collections::BTreeSet;
use store::journal::{Entry, Op};
use store::{accounts as rows, journal, recovery_codes};

/// Recovery codes made at once; their characters, without those that are taken for one another.
const CODES: usize = 10;
pub(super) const CODE_CHARS: usize = 12;
const ALPHABET: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";

impl Accounts {
    /// New recovery codes, proven by a code of the app. Earlier ones are worthless then.
    /// # Errors
    /// `TooManyTries`, `SecondFactorWrong`, `FeatureOff` without a second factor.
    pub async fn new_recovery_codes(
        &self,
        actor: &Actor,
        code: &str,
        origin: &Origin,
    ) -> Result<Vec<String>, AccountError> {
        let id = access::signed_in(actor)?.user.id;
        let attempt = self.attempt_code(id, origin).await?;
        let now = self.site.now();
        let mut tx = self.site.store.begin().await?;
        let user = rows::locked(tx.db(), id).await?;
        let user = user.ok_or(AccountError::AccountGone)?;
        if !is_on(&user) {
            return Err(AccountError::FeatureOff("Two-factor authentication"));
        }
        if !self.accept_code(&tx, &user, code).await? {
            drop(tx);
            attempt.failed().await?;
            self.note_wrong_proof(id, "wrong code", origin);
            return Err(AccountError::SecondFactorWrong);
        }
        attempt.succeeded_in(tx.db()).await?;
        let codes = draw_codes();
        let hashes = codes
            .iter()
            .map(|code| code_hash(&self.site.sealer, id, &plain(code)));
        recovery_codes::replace(tx.db(), id, hashes.collect(), now).await?;
        let entry = Entry::of_account(id, Op::TwoFactor);
        let entry = entry.detail(origin.with(&[("recovery_codes", "new")]));
        journal::append(&mut tx, now, vec![entry]);
        tx.commit().await?;
        Ok(codes)
    }

    /// How many recovery codes are left.
    /// # Errors
    /// Only the database's.
    pub async fn recovery_codes_left(&self, actor: &Actor) -> Result<u64, AccountError> {
        let id = access::signed_in(actor)?.user.id;
        Ok(recovery_codes::left(self.site.store.read(), id).await?)
    }
}

/// What is stored of a code.
pub(super) fn code_hash(sealer: &Sealer, id: UserId, code: &str) -> String {
    sealer.look_up_hash(&format!("recovery code of account {id}"), code)
}

/// Different ones, such as `abcd-efgh-jkmn`.
fn draw_codes() -> Vec<String> {
    let mut rng = rand::rng();
    let mut codes = BTreeSet::new();
    while codes.len() < CODES {
        let mut code = String::with_capacity(CODE_CHARS + 2);
        for at in 0..CODE_CHARS {
            if at > 0 && at % 4 == 0 {
                code.push('-');
            }
            code.push(char::from(ALPHABET[rng.random_range(0..ALPHABET.len())]));
        }
        codes.insert(code);
    }
    codes.into_iter().collect()
}
