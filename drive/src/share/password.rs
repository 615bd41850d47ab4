//! Passwords of shares: sealed for their owners to see again, hashed to compare tries with.

use super::ShareError;
use crate::context::Core;
use crate::error::FileError;
use entity::share;
use rand::Rng;

/// What passwords are sealed for.
const PURPOSE: &str = "share password";
/// Longest password, in characters (V4 API).
use site::limits::SHARE_PASSWORD_CHARS as MAX_CHARS;
/// What drawn passwords are made of.
const DRAWN: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const DRAWN_CHARS: usize = 8;

/// The password of a new share: as given, or drawn where it is private and none was given.
/// # Errors
/// `PasswordForm` for a password that would not fit a link
pub(crate) fn chosen(is_private: bool, given: &str) -> Result<Option<String>, FileError> {
    let is_plain = given.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_plain || given.len() > MAX_CHARS {
        return Err(ShareError::PasswordForm.into());
    }
    Ok(match (is_private, given) {
        (false, _) => None,
        (true, "") => Some(drawn()),
        (true, given) => Some(given.to_owned()),
    })
}

fn drawn() -> String {
    let mut rng = rand::rng();
    (0..DRAWN_CHARS)
        .map(|_| char::from(DRAWN[rng.random_range(0..DRAWN.len())]))
        .collect()
}

/// What is stored of a password for its owner.
pub(crate) fn seal(core: &Core, password: &str) -> String {
    core.sealer.seal(PURPOSE, password)
}

/// What tries of a share's password are compared by: one keyed hash, different for each share.
pub(crate) fn hash_of(core: &Core, public_number: i64, password: &str) -> String {
    core.sealer
        .look_up_hash(&format!("{PURPOSE} {public_number}"), password)
}

/// The password of a share, for those who may see it. One sealed under another master key is
/// lost, which its owner sees as none.
pub(crate) fn password_of(core: &Core, row: &share::Model) -> Option<String> {
    let sealed = row.password_sealed.as_deref()?;
    core.sealer.open(PURPOSE, sealed).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_private_share_always_has_a_password() {
        let first = chosen(true, "").unwrap().unwrap();
        assert_eq!(first.len(), 8);
        assert!(first.bytes().all(|byte| DRAWN.contains(&byte)));
        assert_ne!(chosen(true, "").unwrap().unwrap(), first);
        assert_eq!(chosen(true, "aB3").unwrap().unwrap(), "aB3");
    }

    #[test]
    fn passwords_are_letters_and_digits_and_unused_without_private() {
        for bad in ["a b", "a/b", "ü", "a@b", &"x".repeat(33)] {
            assert!(chosen(true, bad).is_err(), "{bad}");
        }
        assert_eq!(chosen(false, "abc").unwrap(), None);
    }
}
