#![allow(clippy::unwrap_used)]
use super::*;
use crate::clock::ShiftedClock;
use crate::secret::MasterKey;
use store::{self, expiry};
use tempfile::TempDir;

/// A database, and the clock of all who use it.
struct Site {
    store: Store,
    clock: Arc<ShiftedClock>,
    _data: TempDir,
}

impl Site {
    async fn new() -> Self {
        let data = TempDir::new().unwrap();
        Self {
            store: store::open(None, data.path()).await.unwrap(),
            clock: Arc::default(),
            _data: data,
        }
    }

    /// One more server on the database.
    fn limiter(&self) -> Arc<Limiter> {
        let sealer = Sealer::new(&MasterKey::from_bytes([7; 32]));
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        Arc::new(Limiter::new(self.store.clone(), &sealer, clock))
    }

    async fn rows(&self) -> usize {
        use sea_orm::EntityTrait;
        let rows = entity::rate_limit::Entity::find()
            .all(self.store.read())
            .await;
        rows.unwrap().len()
    }
}

fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok()
}

/// A wrong try under a limit. Answers whether it was let through.
async fn wrong(
    limiter: &Arc<Limiter>,
    limit: RateLimit,
    subject: &str,
    from: Option<IpAddr>,
) -> bool {
    limiter.count(limit, subject, from).await.is_ok()
}

/// Wrong tries until one is refused.
async fn tries(
    limiter: &Arc<Limiter>,
    limit: RateLimit,
    subject: &str,
    from: Option<IpAddr>,
) -> usize {
    let mut count = 0;
    while count < 1_000 && wrong(limiter, limit, subject, from).await {
        count += 1;
    }
    count
}

#[tokio::test]
async fn wrong_tries_run_out_and_come_back_with_time() {
    let site = Site::new().await;
    let limiter = site.limiter();
    assert_eq!(tries(&limiter, RateLimit::SignIn, "alice", None).await, 20);
    let Err(LimiterError::TooManyTries(refused)) =
        limiter.attempt(RateLimit::SignIn, "alice", None).await
    else {
        panic!("let through");
    };
    assert!((8..=10).contains(&refused.retry_after_secs), "{refused}");
    site.clock.advance_secs(10);
    assert_eq!(tries(&limiter, RateLimit::SignIn, "alice", None).await, 1);
    site.clock.advance_secs(3600);
    assert_eq!(tries(&limiter, RateLimit::SignIn, "alice", None).await, 20);
    assert_eq!(limiter.refused(), 4);
}

#[tokio::test]
async fn right_tries_cost_nothing_and_write_nothing() {
    let site = Site::new().await;
    let limiter = site.limiter();
    let from = address("192.0.2.1");
    for _ in 0..100 {
        let attempt = limiter
            .attempt(RateLimit::SignIn, "alice", from)
            .await
            .unwrap();
        attempt.succeeded().await.unwrap();
    }
    assert_eq!(site.rows().await, 0);
    assert_eq!(tries(&limiter, RateLimit::SignIn, "alice", from).await, 20);
    assert_eq!(site.rows().await, 3);
}

#[tokio::test]
async fn tries_under_way_count_until_they_turn_out_right() {
    let site = Site::new().await;
    let limiter = site.limiter();
    let attempt = || limiter.attempt(RateLimit::SignIn, "alice", None);
    let mut running = Vec::new();
    for _ in 0..20 {
        running.push(attempt().await.unwrap());
    }
    let mut next = tokio::spawn({
        let limiter = Arc::clone(&limiter);
        async move { limiter.attempt(RateLimit::SignIn, "alice", None).await }
    });
    let early = tokio::time::timeout(Duration::from_millis(50), &mut next).await;
    assert!(early.is_err(), "it might be one too many");
    for one in running {
        one.succeeded().await.unwrap();
    }
    next.await.unwrap().unwrap().succeeded().await.unwrap();
}

#[tokio::test]
async fn who_waits_is_refused_when_the_others_were_wrong() {
    let site = Site::new().await;
    let limiter = site.limiter();
    let mut running = Vec::new();
    for _ in 0..20 {
        running.push(
            limiter
                .attempt(RateLimit::SignIn, "alice", None)
                .await
                .unwrap(),
        );
    }
    let wrong = running.into_iter().map(|one| tokio::spawn(one.failed()));
    let wrong = futures_util::future::join_all(wrong);
    let next = limiter.attempt(RateLimit::SignIn, "alice", None);
    let (wrong, next) = tokio::join!(wrong, next);
    assert!(wrong.into_iter().all(|told| told.unwrap().is_ok()));
    assert!(matches!(next, Err(LimiterError::TooManyTries(_))));
}

#[tokio::test]
async fn who_guesses_shuts_nobody_else_out() {
    let site = Site::new().await;
    let limiter = site.limiter();
    let attacker = address("192.0.2.1");
    assert_eq!(
        tries(&limiter, RateLimit::SignIn, "alice", attacker).await,
        20
    );
    let home = address("198.51.100.1");
    let attempt = limiter.attempt(RateLimit::SignIn, "alice", home).await;
    attempt.unwrap().succeeded().await.unwrap();
    // Nor may they, with any number of addresses, guess on for ever.
    let mut all = 20;
    for n in 2..20 {
        let another = address(&format!("192.0.2.{n}"));
        all += tries(&limiter, RateLimit::SignIn, "alice", another).await;
    }
    assert!((200..=202).contains(&all), "{all}");
    // A second factor is asked of those who have the password already.
    assert_eq!(
        tries(&limiter, RateLimit::TwoFactor, "7", attacker).await,
        10
    );
    assert!(!wrong(&limiter, RateLimit::TwoFactor, "7", home).await);
}

#[tokio::test]
async fn strangers_cannot_shut_an_app_out() {
    let site = Site::new().await;
    let limiter = site.limiter();
    for n in 1..20 {
        let attacker = address(&format!("192.0.2.{n}"));
        assert_eq!(
            tries(&limiter, RateLimit::AppSecret, "app", attacker).await,
            20
        );
    }
    // Its own server still comes in.
    let home = address("198.51.100.1");
    let attempt = limiter.attempt(RateLimit::AppSecret, "app", home).await;
    attempt.unwrap().succeeded().await.unwrap();
}

#[tokio::test]
async fn another_server_and_the_next_process_know_what_was_used_up() {
    let site = Site::new().await;
    let (first, second) = (site.limiter(), site.limiter());
    for n in 0..20 {
        let limiter = if n % 2 == 0 { &first } else { &second };
        assert!(
            wrong(limiter, RateLimit::SignIn, "alice", None).await,
            "{n}"
        );
    }
    for limiter in [&first, &second, &site.limiter()] {
        assert!(!wrong(limiter, RateLimit::SignIn, "alice", None).await);
    }
}

#[tokio::test]
async fn parallel_tries_on_several_servers_learn_no_more_than_is_allowed() {
    let site = Site::new().await;
    let servers = [site.limiter(), site.limiter(), site.limiter()];
    // All of them are let through before any turns out wrong.
    let mut running = Vec::new();
    for limiter in &servers {
        for _ in 0..20 {
            running.push(
                limiter
                    .attempt(RateLimit::SignIn, "alice", None)
                    .await
                    .unwrap(),
            );
        }
    }
    let late = running.pop().unwrap();
    let told = running.into_iter().map(|one| tokio::spawn(one.failed()));
    let told = futures_util::future::join_all(told).await;
    let told = told.into_iter().flat_map(Result::unwrap);
    assert_eq!(told.count(), 20);
    // The right one among them came too late.
    assert!(late.succeeded().await.is_err());
}

#[tokio::test]
async fn a_try_that_is_broken_off_counts() {
    let site = Site::new().await;
    let limiter = site.limiter();
    for _ in 0..20 {
        drop(
            limiter
                .attempt(RateLimit::SignIn, "alice", None)
                .await
                .unwrap(),
        );
    }
    // Whether it is written already or still under way.
    assert!(!wrong(&limiter, RateLimit::SignIn, "alice", None).await);
}

#[tokio::test]
async fn one_address_cannot_try_many_accounts() {
    let site = Site::new().await;
    let limiter = site.limiter();
    let mut allowed = 0;
    for n in 0..70 {
        let subject = format!("u{n}");
        let from = address("192.0.2.1");
        allowed += usize::from(wrong(&limiter, RateLimit::SignIn, &subject, from).await);
    }
    // One may come back every two seconds.
    assert!((60..=63).contains(&allowed), "{allowed}");
    assert!(wrong(&limiter, RateLimit::SignIn, "u0", address("192.0.2.2")).await);
    // What the address was refused did not cost the account.
    let other = address("192.0.2.3");
    assert_eq!(tries(&limiter, RateLimit::SignIn, "u69", other).await, 20);
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

#[tokio::test]
async fn short_codes_and_mailboxes_are_guarded_more_closely() {
    let site = Site::new().await;
    let limiter = site.limiter();
    for (limit, burst, refill_secs) in [(RateLimit::TwoFactor, 10, 300), (RateLimit::Mail, 5, 600)]
    {
        assert_eq!(
            tries(&limiter, limit, "alice", None).await,
            burst,
            "{limit:?}"
        );
        site.clock.advance_secs(refill_secs);
        assert_eq!(tries(&limiter, limit, "alice", None).await, 1, "{limit:?}");
    }
}

#[tokio::test]
async fn doors_do_not_share_allowances() {
    let site = Site::new().await;
    let limiter = site.limiter();
    assert_eq!(tries(&limiter, RateLimit::SignIn, "7", None).await, 20);
    assert!(wrong(&limiter, RateLimit::SharePassword, "7", None).await);
}

#[tokio::test]
async fn full_allowances_are_swept_and_others_stay() {
    let site = Site::new().await;
    let limiter = site.limiter();
    assert!(wrong(&limiter, RateLimit::SignIn, "alice", address("192.0.2.1")).await);
    assert!(wrong(&limiter, RateLimit::TwoFactor, "7", None).await);
    site.clock.advance_secs(60);
    let swept = expiry::remove_expired(&site.store, site.clock.now(), 100).await;
    assert_eq!(swept.unwrap(), 3);
    assert_eq!(site.rows().await, 1);
    assert_eq!(tries(&limiter, RateLimit::TwoFactor, "7", None).await, 9);
}
