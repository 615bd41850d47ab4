//! Sealing of small secrets at rest: storage keys, mail passwords, TOTP seeds,
//! share and WebDAV passwords that their owner may see again.
//!
//! A sealed text is `v1:` and base64 of nonce, ciphertext and tag of
//! AES-256-GCM-SIV, bound to a purpose so that it cannot be moved to another
//! column. Beside it a keyed hash allows looking the secret up.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::{Engine, engine::general_purpose::STANDARD};

pub use super::master_key::{BadMasterKey, MasterKey};

const VERSION_1: &str = "v1:";
/// Separate keys for separate uses (BLAKE3 key derivation). Never change them.
const SEALING: &str = "alcove drive 2026: sealing of small secrets";
const LOOK_UP: &str = "alcove drive 2026: look-up of small secrets";

/// Seals, opens and hashes under one master key.
pub struct Sealer {
    sealing: RandomizedNonceKey,
    look_up: [u8; 32],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSeal {
    /// Written by a newer version, or no sealed text at all.
    #[error("the sealed text has an unknown form")]
    UnknownForm,
    /// Sealed with another master key or for another purpose, or altered.
    #[error("the sealed text cannot be opened with this master key")]
    Sealed,
}

impl Sealer {
    pub fn new(master: &MasterKey) -> Self {
        let key = blake3::derive_key(SEALING, master.bytes());
        Self {
            sealing: RandomizedNonceKey::new(&AES_256_GCM_SIV, &key)
                .expect("AES-256 takes keys of 32 bytes"),
            look_up: blake3::derive_key(LOOK_UP, master.bytes()),
        }
    }

    /// Seals a secret. `purpose` names its place, such as `share password`; the
    /// same is needed to open it.
    pub fn seal(&self, purpose: &str, secret: &str) -> String {
        let mut sealed = secret.as_bytes().to_vec();
        let nonce = self
            .sealing
            .seal_in_place_append_tag(Aad::from(purpose), &mut sealed);
        let nonce = nonce.expect("a short text can always be sealed");
        let mut text = VERSION_1.to_owned();
        STANDARD.encode_string([nonce.as_ref(), sealed.as_slice()].concat(), &mut text);
        text
    }

    /// # Errors
    /// `UnknownForm`, `Sealed`.
    pub fn open(&self, purpose: &str, sealed: &str) -> Result<String, BadSeal> {
        let text = sealed.strip_prefix(VERSION_1).ok_or(BadSeal::UnknownForm)?;
        let bytes = STANDARD.decode(text).map_err(|_| BadSeal::UnknownForm)?;
        let (nonce, ciphertext) = bytes
            .split_at_checked(NONCE_LEN)
            .ok_or(BadSeal::UnknownForm)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| BadSeal::UnknownForm)?;
        let mut ciphertext = ciphertext.to_vec();
        let secret = self
            .sealing
            .open_in_place(nonce, Aad::from(purpose), &mut ciphertext);
        let secret = secret.map_err(|_| BadSeal::Sealed)?;
        String::from_utf8(secret.to_vec()).map_err(|_| BadSeal::Sealed)
    }

    /// A key for one purpose of its own.
    pub fn key_for(&self, purpose: &str) -> [u8; 32] {
        blake3::keyed_hash(&self.look_up, format!("key for {purpose}").as_bytes()).into()
    }

    /// A hash to look a secret up by: 64 hexadecimal digits, useless without the
    /// master key. Equal secrets of one purpose have equal hashes.
    pub fn look_up_hash(&self, purpose: &str, secret: &str) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.look_up);
        // The length keeps purpose and secret apart.
        hasher.update(&(purpose.len() as u64).to_le_bytes());
        hasher.update(purpose.as_bytes());
        hasher.update(secret.as_bytes());
        hasher.finalize().to_hex().to_string()
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(…)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn sealer() -> Sealer {
        Sealer::new(&MasterKey::from_bytes([7; 32]))
    }

    #[test]
    fn texts_sealed_by_earlier_versions_still_open() {
        // Written by the first version of this code.
        let sealed = "v1:DAf41uiqKYi32GGJwWUcs0hSNo7joCGqPT3aSVs+57/xYhzivw==";
        assert_eq!(sealer().open("test", sealed).unwrap(), "s3cret ü");
        let hash = "8f3b1cdd787b34ddebdf3e4f465f28272fa795ba755e47ced4f60fdb5e51b09a";
        assert_eq!(sealer().look_up_hash("test", "s3cret ü"), hash);
    }

    #[test]
    fn equal_secrets_look_different() {
        assert_ne!(sealer().seal("p", "x"), sealer().seal("p", "x"));
    }

    #[test]
    fn only_the_right_key_and_purpose_open() {
        let sealed = sealer().seal("share password", "x");
        assert_eq!(sealer().open("dav password", &sealed), Err(BadSeal::Sealed));
        let other = Sealer::new(&MasterKey::from_bytes([8; 32]));
        assert_eq!(other.open("share password", &sealed), Err(BadSeal::Sealed));
        assert_ne!(
            other.look_up_hash("p", "x"),
            sealer().look_up_hash("p", "x")
        );
    }

    #[test]
    fn other_texts_are_told_apart() {
        for text in ["", "plain", "v2:AAAA", "v1:", "v1:?", "v1:AAAA"] {
            assert_eq!(
                sealer().open("p", text),
                Err(BadSeal::UnknownForm),
                "{text}"
            );
        }
        let empty = format!("v1:{}", STANDARD.encode([0; NONCE_LEN]));
        assert_eq!(sealer().open("p", &empty), Err(BadSeal::Sealed));
    }

    #[test]
    fn purpose_and_secret_do_not_run_together() {
        assert_ne!(
            sealer().look_up_hash("a", "bc"),
            sealer().look_up_hash("ab", "c")
        );
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_and_alterations_do_not(
            secret in any::<String>(), purpose in any::<String>(), at in any::<prop::sample::Index>()
        ) {
            let sealed = sealer().seal(&purpose, &secret);
            prop_assert_eq!(sealer().open(&purpose, &sealed).unwrap(), secret);
            let mut bytes = STANDARD.decode(&sealed[3..]).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1;
            let altered = format!("v1:{}", STANDARD.encode(bytes));
            prop_assert_eq!(sealer().open(&purpose, &altered), Err(BadSeal::Sealed));
        }
    }
}
