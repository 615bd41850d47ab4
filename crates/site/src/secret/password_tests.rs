#![allow(clippy::unwrap_used)]
use std::time::Duration;

use super::*;

const SALT: &str = "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6";
const SHA256_HEX: &str = "f3427aa92cd8ad4c7b33e496ab9b2fa8703397d3d47f4ad685fadcb8875c330e";

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

async fn verdict(password: &str, stored: &str) -> Verdict {
    PasswordHasher::new(1, PasswordCost::default())
        .verify(password, stored)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_new_digest_matches_its_password_only() {
    let hasher = PasswordHasher::new(2, PasswordCost::default());
    let digest = hasher.hash("secret12").await.unwrap();
    assert!(
        digest.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{digest}"
    );
    assert_ne!(
        digest,
        hasher.hash("secret12").await.unwrap(),
        "salts differ"
    );
    assert_eq!(
        hasher.verify("secret12", &digest).await.unwrap(),
        Verdict::Right
    );
    assert_eq!(
        hasher.verify("Secret12", &digest).await.unwrap(),
        Verdict::Wrong
    );
    assert_eq!(hasher.verify("", &digest).await.unwrap(), Verdict::Wrong);
}

#[tokio::test]
async fn imported_digests_match_and_ask_to_be_replaced() {
    let sha1 = hex(&Sha1::digest(format!("secret12{SALT}")));
    let md5_first = hex(&Md5::digest(format!("{SALT}secret12")));
    let md5_last = hex(&Md5::digest(format!("secret12{SALT}")));
    for stored in [
        format!("{SALT}:{SHA256_HEX}"),
        format!("{SALT}:{}", SHA256_HEX.to_uppercase()),
        format!("{SALT}:{sha1}"),
        format!("md5:{md5_first}:{SALT}"),
        format!("md5:{md5_last}:{SALT}"),
    ] {
        assert_eq!(
            verdict("secret12", &stored).await,
            Verdict::RightButOld,
            "{stored}"
        );
        assert_eq!(
            verdict("secret13", &stored).await,
            Verdict::Wrong,
            "{stored}"
        );
    }
}

#[tokio::test]
async fn weaker_argon2_digests_ask_to_be_replaced() {
    for algorithm in [Algorithm::Argon2id, Algorithm::Argon2i] {
        let params = Params::new(1024, 1, 1, None).unwrap();
        let weaker = Argon2::new(algorithm, Version::V0x13, params);
        let digest = hash(&weaker, "secret12").unwrap();
        assert_eq!(verdict("secret12", &digest).await, Verdict::RightButOld);
        assert_eq!(verdict("secret13", &digest).await, Verdict::Wrong);
    }
}

#[tokio::test]
async fn unreadable_digests_match_nothing() {
    for stored in [
        "",
        ":",
        "secret12",
        "$argon2id$",
        "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ",
        // Four TiB of memory must not be tried.
        "$argon2id$v=19$m=4294967295,t=2,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAA",
        "md5::",
        "salt:zz427aa92cd8ad4c7b33e496ab9b2fa8703397d3d47f4ad685fadcb8875c330e",
    ] {
        for password in ["", "secret12"] {
            assert_eq!(verdict(password, stored).await, Verdict::Wrong, "{stored}");
        }
    }
}

#[tokio::test]
async fn nobody_costs_as_much_as_somebody() {
    let hasher = PasswordHasher::new(1, PasswordCost::default());
    let digest = hasher.hash("secret12").await.unwrap();
    let imported = format!("{SALT}:{SHA256_HEX}");
    // The best of five, so that a busy machine does not decide.
    let mut best = [Duration::MAX; 3];
    for _ in 0..5 {
        let start = std::time::Instant::now();
        hasher.verify("guess", &digest).await.unwrap();
        best[0] = best[0].min(start.elapsed());
        let start = std::time::Instant::now();
        hasher.verify("guess", &imported).await.unwrap();
        best[1] = best[1].min(start.elapsed());
        let start = std::time::Instant::now();
        hasher.verify_nothing("guess").await.unwrap();
        best[2] = best[2].min(start.elapsed());
    }
    // Without an Argon2 run they would take microseconds; nowhere does one take so little.
    let least = Duration::from_millis(2);
    assert!(best.iter().all(|time| *time > least), "{best:?}");
}

#[tokio::test]
async fn only_so_many_run_at_once_even_if_callers_leave() {
    let hasher = PasswordHasher::new(1, PasswordCost::default());
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let held = hasher.run(move |_| wait.recv().is_ok());
    assert!(
        tokio::time::timeout(Duration::from_millis(20), held)
            .await
            .is_err()
    );
    // Its caller has left, its permit has not.
    let blocked = tokio::time::timeout(Duration::from_millis(20), hasher.verify_nothing("x"));
    assert!(blocked.await.is_err());
    release.send(()).unwrap();
    hasher.verify_nothing("x").await.unwrap();
}
