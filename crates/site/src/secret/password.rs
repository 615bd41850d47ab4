//! Password digests: Argon2id for new ones, and the forms an imported user
//! table may hold.
//!
//! Every answer costs one Argon2 run, whether the user exists, has no password,
//! or has an old digest, so time tells nothing about accounts. Runs take tens of
//! milliseconds and 19 MiB each; they are bounded and have threads of their own
//! that step back for all others, so a storm of sign-ins slows only sign-ins.

use std::fmt;

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::{PasswordHash, SaltString},
};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::sync::oneshot;

use super::hashing::HashingThreads;
use store::in_change;

/// What one run costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl PasswordCost {
    /// As little as the algorithm allows, for tests that are not about passwords.
    pub const LEAST: Self = Self {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };
}

impl Default for PasswordCost {
    /// OWASP's first choice for Argon2id with little memory.
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            passes: 2,
            lanes: 1,
        }
    }
}

/// What a stored digest may ask for at most: 256 MiB, 16 passes.
const MAX_MEMORY_KIB: u32 = 262_144;
const MAX_PASSES: u32 = 16;

/// Hashes and checks passwords, a few at a time.
#[derive(Clone)]
pub struct PasswordHasher {
    argon2: Argon2<'static>,
    threads: HashingThreads,
}

/// What checking a password found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Wrong,
    Right,
    /// Right, but stored in an outdated form: hash the password anew and store
    /// that. Do it before issuing tokens, which depend on the stored text.
    RightButOld,
}

#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("the password cannot be hashed: {0}")]
    Hash(argon2::password_hash::Error),
    #[error("password hashing stopped")]
    Stopped,
    /// As many passwords wait to be hashed as may.
    #[error("too many passwords at once")]
    Busy,
}

impl PasswordHasher {
    /// At most `parallelism` (at least one) runs at a time; the others wait.
    pub fn new(parallelism: usize, cost: PasswordCost) -> Self {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None)
            .expect("the parameters are within Argon2's limits");
        Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            threads: HashingThreads::new(parallelism.max(1)),
        }
    }

    /// A new digest as a PHC string with a random salt.
    ///
    /// # Errors
    /// `Stopped` when the runtime shuts down, `Busy`.
    pub async fn hash(&self, password: &str) -> Result<String, PasswordError> {
        let password = password.to_owned();
        self.run(move |argon2| hash(argon2, &password))
            .await?
            .map_err(PasswordError::Hash)
    }

    /// Checks a password against a stored digest of any accepted form. An empty
    /// or unreadable digest matches nothing.
    ///
    /// # Errors
    /// `Stopped` when the runtime shuts down, `Busy`.
    pub async fn verify(&self, password: &str, stored: &str) -> Result<Verdict, PasswordError> {
        let (password, stored) = (password.to_owned(), stored.to_owned());
        self.run(move |argon2| verify(argon2, &password, &stored))
            .await
    }

    /// Takes as long as [`verify`](Self::verify); for users who do not exist.
    ///
    /// # Errors
    /// `Stopped` when the runtime shuts down, `Busy`.
    pub async fn verify_nothing(&self, password: &str) -> Result<(), PasswordError> {
        let password = password.to_owned();
        self.run(move |argon2| spend(argon2, &password)).await
    }

    /// Giving up on the answer does not let more runs in than allowed.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        in_change::must_not_wait_for("a password's hash");
        let argon2 = self.argon2.clone();
        let (answer, result) = oneshot::channel();
        let has_room = self.threads.run(Box::new(move || {
            // Whoever asked may be gone before the run began.
            if !answer.is_closed() {
                let _ = answer.send(work(&argon2));
            }
        }));
        if !has_room {
            return Err(PasswordError::Busy);
        }
        result.await.map_err(|_| PasswordError::Stopped)
    }
}

impl fmt::Debug for PasswordHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHasher(…)")
    }
}

fn hash(argon2: &Argon2<'_>, password: &str) -> argon2::password_hash::Result<String> {
    let salt = SaltString::encode_b64(&rand::random::<[u8; 16]>())?;
    Ok(argon2
        .hash_password(password.as_bytes(), &salt)?
        .to_string())
}

fn verify(argon2: &Argon2<'_>, password: &str, stored: &str) -> Verdict {
    if stored.starts_with("$argon2") {
        return verify_phc(argon2, password, stored);
    }
    if verify_imported(password, stored) {
        // Replacing the digest costs the run that a wrong password costs here.
        return Verdict::RightButOld;
    }
    spend(argon2, password);
    Verdict::Wrong
}

fn verify_phc(argon2: &Argon2<'_>, password: &str, stored: &str) -> Verdict {
    let readable = PasswordHash::new(stored).ok();
    let Some((digest, params)) = readable.and_then(|digest| {
        Params::try_from(&digest)
            .ok()
            .map(|params| (digest, params))
    }) else {
        tracing::warn!("a stored password digest cannot be read");
        spend(argon2, password);
        return Verdict::Wrong;
    };
    if params.m_cost() > MAX_MEMORY_KIB || params.t_cost() > MAX_PASSES {
        tracing::warn!("a stored password digest asks for too much work");
        return Verdict::Wrong;
    }
    if argon2
        .verify_password(password.as_bytes(), &digest)
        .is_err()
    {
        return Verdict::Wrong;
    }
    let wanted = argon2.params();
    let current = digest.algorithm == Algorithm::Argon2id.ident()
        && (params.m_cost(), params.t_cost(), params.p_cost())
            == (wanted.m_cost(), wanted.t_cost(), wanted.p_cost());
    if current {
        Verdict::Right
    } else {
        Verdict::RightButOld
    }
}

/// One run for nothing.
fn spend(argon2: &Argon2<'_>, password: &str) {
    let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
    let result = argon2.hash_password_into(password.as_bytes(), &[0; 16], &mut out);
    debug_assert!(result.is_ok());
    std::hint::black_box(out);
}

/// The forms of an imported user table (V4 API, storage of credentials):
/// `<salt>:<hex of SHA-256 or SHA-1 of password and salt>` and
/// `md5:<hex>:<salt>`, where either order of salt and password is accepted.
fn verify_imported(password: &str, stored: &str) -> bool {
    let matches = |digest: &[u8], hex: &str| bool::from(digest.ct_eq(&unhex(hex)));
    if let Some((hex, salt)) = stored
        .strip_prefix("md5:")
        .and_then(|rest| rest.split_once(':'))
    {
        let salt_first = matches(&Md5::digest(format!("{salt}{password}")), hex);
        let salt_last = matches(&Md5::digest(format!("{password}{salt}")), hex);
        return salt_first | salt_last;
    }
    let Some((salt, hex)) = stored.split_once(':') else {
        return false;
    };
    let salted = format!("{password}{salt}");
    match hex.len() {
        64 => matches(&Sha256::digest(salted), hex),
        40 => matches(&Sha1::digest(salted), hex),
        _ => false,
    }
}

/// The bytes of a hexadecimal text; none if it is not.
fn unhex(hex: &str) -> Vec<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let pairs = hex.as_bytes().chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return Vec::new();
    }
    let bytes = pairs.map(|pair| Some((digit(&pair[0])? << 4 | digit(&pair[1])?) as u8));
    bytes.collect::<Option<_>>().unwrap_or_default()
}

#[cfg(test)]
#[path = "password_tests.rs"]
mod tests;
