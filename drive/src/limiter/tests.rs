#![allow(clippy::unwrap_used)]
use super::*;
use crate::clock::ShiftedClock;

fn limiter() -> (Limiter, Arc<ShiftedClock>) {
    let clock = Arc::new(ShiftedClock::default());
    (Limiter::new(Arc::clone(&clock) as Arc<dyn Clock>), clock)
}

fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok()
}

/// Wrong tries until one is refused.
fn tries(limiter: &Limiter, subject: &str, from: Option<IpAddr>) -> usize {
    (0..1000)
        .take_while(|_| limiter.attempt(Door::SignIn, subject, from).is_ok())
        .count()
}

#[test]
fn wrong_tries_run_out_and_come_back_with_time() {
    let (limiter, clock) = limiter();
    assert_eq!(tries(&limiter, "alice", None), 20);
    let refused = limiter.attempt(Door::SignIn, "alice", None).unwrap_err();
    assert!((9..=10).contains(&refused.retry_after_secs), "{refused}");
    clock.advance_secs(10);
    assert_eq!(tries(&limiter, "alice", None), 1);
    clock.advance_secs(3600);
    assert_eq!(tries(&limiter, "alice", None), 20);
    assert_eq!(limiter.refused(), 4);
}

#[test]
fn right_tries_cost_nothing() {
    let (limiter, _) = limiter();
    for _ in 0..100 {
        limiter
            .attempt(Door::SignIn, "alice", address("192.0.2.1"))
            .unwrap()
            .succeeded();
    }
    assert_eq!(tries(&limiter, "alice", address("192.0.2.1")), 20);
}

#[test]
fn tries_under_way_count_until_they_turn_out_right() {
    let (limiter, _) = limiter();
    let running: Vec<_> = (0..20)
        .map(|_| limiter.attempt(Door::SignIn, "alice", None).unwrap())
        .collect();
    assert!(limiter.attempt(Door::SignIn, "alice", None).is_err());
    running.into_iter().for_each(Attempt::succeeded);
    assert!(limiter.attempt(Door::SignIn, "alice", None).is_ok());
}

#[test]
fn one_address_cannot_try_many_accounts() {
    let (limiter, _) = limiter();
    let allowed = (0..200)
        .filter(|n| {
            limiter
                .attempt(Door::SignIn, &format!("u{n}"), address("192.0.2.1"))
                .is_ok()
        })
        .count();
    assert_eq!(allowed, 60);
    assert!(
        limiter
            .attempt(Door::SignIn, "u0", address("192.0.2.2"))
            .is_ok()
    );
    // What the address was refused did not cost the account.
    assert_eq!(tries(&limiter, "u199", address("192.0.2.3")), 20);
}

#[test]
fn an_ipv6_network_is_one_address() {
    assert_eq!(
        network("2001:db8:1:2::1".parse().unwrap()),
        network("2001:db8:1:2:f::".parse().unwrap())
    );
    assert_ne!(
        network("2001:db8:1:2::1".parse().unwrap()),
        network("2001:db8:1:3::1".parse().unwrap())
    );
    assert_eq!(
        network("::ffff:192.0.2.1".parse().unwrap()),
        address("192.0.2.1").unwrap()
    );
}

#[test]
fn short_codes_and_mailboxes_are_guarded_more_closely() {
    let (limiter, clock) = limiter();
    for (door, burst, refill_secs) in [(Door::TwoFactor, 10, 300), (Door::Mail, 5, 600)] {
        let tries = || {
            (0..100)
                .take_while(|_| limiter.attempt(door, "alice", None).is_ok())
                .count()
        };
        assert_eq!(tries(), burst, "{door:?}");
        clock.advance_secs(refill_secs);
        assert_eq!(tries(), 1, "{door:?}");
    }
}

#[test]
fn doors_do_not_share_allowances() {
    let (limiter, _) = limiter();
    assert_eq!(tries(&limiter, "7", None), 20);
    assert!(limiter.attempt(Door::SharePassword, "7", None).is_ok());
}
