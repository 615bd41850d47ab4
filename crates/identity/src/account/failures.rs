//! What did not come about, in the journal.

use super::{AccountError, Accounts};
use entity::UserId;
use site::Site;
use site::actor::Origin;
use site::limiter::network;
use store::journal::{Entry, Op};
use store::{Tx, journal};
use tracing::field::display;

/// Whose journal tells of tries at accounts that do not exist.
pub(crate) const NOBODY: UserId = UserId(0);

/// Journals, within a second, that somebody was turned away where no limiter guards, because
/// what is asked for cannot be guessed. Whoever comes again and again is not told of each time.
pub(crate) fn note_refused(site: &Site, user: UserId, details: &[(&str, &str)], origin: &Origin) {
    let told: Vec<_> = details
        .iter()
        .map(|(name, detail)| format!("{name}: {detail}"))
        .collect();
    let (ip, details_told) = (origin.ip.map(display), told.join(", "));
    tracing::info!(%user, ip, facts = details_told, "turned away");
    let from = origin.ip.map(network);
    let key = format!("{user} {from:?}");
    let mut entry = Entry::of_account(user, Op::SignInFailed).detail(origin.with(details));
    entry.actor = None;
    journal::note_some(&site.store, site.now(), key, entry);
}

impl Accounts {
    /// Journals a sign-in that did not come about.
    pub(super) async fn note_failure(
        &self,
        user: UserId,
        why: &str,
        origin: &Origin,
    ) -> Result<(), AccountError> {
        let mut tx = self.site.store.begin().await?;
        self.append_failure(&mut tx, user, why, origin);
        tx.commit().await?;
        Ok(())
    }

    /// Journals that something was wrong which somebody had to know, other than at signing in.
    pub(super) fn note_wrong_proof(&self, user: UserId, what: &str, origin: &Origin) {
        tracing::info!(%user, ip = origin.ip.map(display), what, "a proof was wrong");
        let entry = Entry::of_account(user, Op::ProofFailed);
        let mut entry = entry.detail(origin.with(&[("why", what)]));
        entry.actor = None;
        journal::note(&self.site.store, self.site.now(), entry);
    }

    /// Journals a sign-in that did not come about, in the caller's transaction.
    pub(super) fn append_failure(&self, tx: &mut Tx, user: UserId, why: &str, origin: &Origin) {
        tracing::info!(%user, ip = origin.ip.map(display), why, "a sign-in failed");
        let entry = Entry::of_account(user, Op::SignInFailed);
        let mut entry = entry.detail(origin.with(&[("why", why)]));
        entry.actor = None;
        journal::append(tx, self.site.now(), vec![entry]);
    }
}
