//! The letter that stored bytes are not what they were, for those who administer the site.

use super::AccountError;
use super::letter_text::{letter, page};
use super::letters::Occasion;
use entity::{Timestamp, UserId, UserStatus};
use site::Site;
use site::mail::Letter;
use site::task::NewTask;
use store::{accounts as rows, proof};

/// The letter to one of them.
pub fn damage_letter(user: UserId, found: u64, now: Timestamp) -> NewTask {
    Occasion::Damage { user, found }.task(now)
}

/// As of now; none where letters do not leave, or nothing is damaged any more.
pub(super) async fn damage(
    site: &Site,
    user: UserId,
    found: u64,
) -> Result<Option<Letter>, AccountError> {
    let live = site.settings();
    if !live.settings.mail.is_set_up() {
        return Ok(None);
    }
    let db = site.store.read();
    let user = rows::by_id(db, user).await?;
    let user = user.filter(|user| user.status == UserStatus::Active);
    let (Some(user), true) = (user, proof::damaged_count(db).await? > 0) else {
        return Ok(None);
    };
    let link = page(&live, "admin/health", &[]);
    let count = found.to_string();
    let more = [("Damage.Count", count.as_str())];
    let templates = &live.settings.mail.damage;
    Ok(Some(letter(&live, templates, &user, "", &link, &more)))
}
