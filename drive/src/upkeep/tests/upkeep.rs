use super::bench::Bench;
use crate::upkeep::*;
use async_trait::async_trait;
use entity::{
    FileId, JournalId, TaskId, Timestamp, blob, event_subscription, journal, lock, upload_session,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    EntityTrait, IntoActiveModel, PaginatorTrait,
};
use site::task::*;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use store::journal::Op;
use store::tasks;

/// Runs a kind until it is done, sleeps or fails.
async fn run<K: TaskKind<State: Clone>>(
    kind: &K,
    mut state: K::State,
) -> Result<Step<K::State>, String> {
    let run = Run::new(TaskId(1), tokio_util::sync::CancellationToken::new());
    for _ in 0..10_000 {
        match kind.step(&run, state).await {
            Ok(Step::Again(next)) => state = next,
            Ok(ended) => return Ok(ended),
            Err(TaskError::Retry(error) | TaskError::Fail(error)) => return Err(error.to_string()),
        }
    }
    panic!("never ends");
}

#[tokio::test]
async fn what_nobody_holds_is_recycled_and_nothing_else() {
    let bench = Bench::new().await;
    let (_, held) = bench.add_file("kept.txt", b"kept").await;
    let keys: Vec<String> = (0..1_200).map(|n| format!("gone/{n}")).collect();
    bench.add_unheld(bench.policy, &keys).await;
    for key in &keys[..20] {
        bench.write(key, b"x").await;
    }
    let done = run(&RecycleBlobs::new(bench.core.clone()), Pass::default()).await;
    assert_eq!(done, Ok(Step::Done));
    assert_eq!(bench.blobs().await, 1);
    assert!(
        blob::Entity::find_by_id(held)
            .one(bench.store().read())
            .await
            .unwrap()
            .is_some()
    );
    assert!(bench.has_bytes("uploads/kept.txt").await);
    assert!(!bench.has_bytes(&keys[0]).await);
}

#[tokio::test]
async fn bytes_that_are_to_stay_stay() {
    let bench = Bench::new().await;
    let ids = bench.add_unheld(bench.policy, &["stays".to_owned()]).await;
    bench.write("stays", b"x").await;
    let row = blob::Entity::find_by_id(ids[0])
        .one(bench.store().read())
        .await
        .unwrap()
        .unwrap();
    let mut row = row.into_active_model();
    row.props = Set(blob::Props {
        unlink_only: true,
        ..blob::Props::default()
    });
    let tx = bench.store().begin().await.unwrap();
    blob::Entity::update(row).exec(tx.db()).await.unwrap();
    tx.commit().await.unwrap();
    run(&RecycleBlobs::new(bench.core.clone()), Pass::default())
        .await
        .unwrap();
    assert_eq!(bench.blobs().await, 0);
    assert!(bench.has_bytes("stays").await);
}

#[tokio::test]
async fn a_blob_that_something_points_at_is_never_recycled() {
    let bench = Bench::new().await;
    let (_, id) = bench.add_file("a.txt", b"a").await;
    let row = blob::Entity::find_by_id(id)
        .one(bench.store().read())
        .await
        .unwrap()
        .unwrap();
    let mut row = row.into_active_model();
    // A count gone wrong.
    row.reference_count = Set(0);
    row.unlinked_at = Set(Some(bench.now()));
    let tx = bench.store().begin().await.unwrap();
    blob::Entity::update(row).exec(tx.db()).await.unwrap();
    tx.commit().await.unwrap();
    run(&RecycleBlobs::new(bench.core.clone()), Pass::default())
        .await
        .unwrap();
    assert_eq!(bench.blobs().await, 1);
    assert!(bench.has_bytes("uploads/a.txt").await);
}

#[tokio::test]
async fn what_a_file_shows_is_never_recycled() {
    let bench = Bench::new().await;
    let (file, id) = bench.add_file("a.txt", b"a").await;
    let tx = bench.store().begin().await.unwrap();
    // Let go of by mistake.
    store::blobs::unlink(tx.db(), &[(file, id)], bench.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    run(&RecycleBlobs::new(bench.core.clone()), Pass::default())
        .await
        .unwrap();
    assert_eq!(bench.blobs().await, 1);
    assert!(bench.has_bytes("uploads/a.txt").await);
}

#[tokio::test]
async fn what_cannot_be_deleted_now_is_tried_again_and_holds_nothing_up() {
    let bench = Bench::new().await;
    let unreachable = bench.add_policy("tape").await;
    bench
        .add_unheld(unreachable, &["far/away".to_owned()])
        .await;
    bench.add_unheld(bench.policy, &["near".to_owned()]).await;
    let kind = RecycleBlobs::new(bench.core.clone());
    let mut state = Pass::default();
    for passes in 1..=4 {
        let Ok(Step::Sleep { until, state: next }) = run(&kind, state).await else {
            panic!()
        };
        assert!(until > bench.now());
        assert_eq!(
            (next.trouble.passes, next.time, next.id),
            (passes, Timestamp(0), 0)
        );
        state = next;
    }
    let error = run(&kind, state).await.unwrap_err();
    assert!(error.contains("tape"), "{error}");
    // Claimed, so nobody can link it meanwhile.
    let rows = blob::Entity::find()
        .all(bench.store().read())
        .await
        .unwrap();
    assert_eq!(
        rows.iter()
            .map(|row| row.reference_count)
            .collect::<Vec<_>>(),
        [-1]
    );
}

#[tokio::test]
async fn ten_thousand_blobs_take_a_moment() {
    let bench = Bench::new().await;
    let keys: Vec<String> = (0..10_000)
        .map(|n| format!("many/{}/{n}", n % 100))
        .collect();
    bench.add_unheld(bench.policy, &keys).await;
    let started = Instant::now();
    run(&RecycleBlobs::new(bench.core.clone()), Pass::default())
        .await
        .unwrap();
    assert_eq!(bench.blobs().await, 0);
    // About a second where nothing else runs; far more would mean a query for each.
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "{:?}",
        started.elapsed()
    );
}

/// A service that does what it is told, except for some.
#[derive(Clone, Default)]
struct Fake {
    done: Arc<Mutex<Vec<String>>>,
    refuses: Option<String>,
}

impl Fake {
    fn take(&self, item: String) -> Result<(), BoxError> {
        if self.refuses.as_ref() == Some(&item) {
            return Err("no".into());
        }
        self.done.lock().unwrap().push(item);
        Ok(())
    }
}

#[async_trait]
impl ExpireUpload for Fake {
    async fn expire_upload(&self, session_id: &str) -> Result<(), BoxError> {
        self.take(session_id.to_owned())
    }
}

#[async_trait]
impl PurgeTrashed for Fake {
    async fn purge_trashed(&self, file: FileId) -> Result<(), BoxError> {
        self.take(file.to_string())
    }
}

#[async_trait]
impl PruneFileVersions for Fake {
    async fn prune_file_versions(&self, file: FileId) -> Result<(), BoxError> {
        self.take(file.to_string())
    }
}

async fn add_session(bench: &Bench, id: &str, expires_at: Timestamp) {
    let (file, blob) = bench.add_file(id, b"").await;
    let row = upload_session::ActiveModel {
        id: Set(id.to_owned()),
        user_id: Set(bench.user),
        file_id: Set(file),
        blob_id: Set(blob),
        policy_id: Set(bench.policy),
        uri: Set(String::new()),
        size_bytes: Set(0),
        chunk_bytes: Set(0),
        made_file: Set(true),
        lock_token: Set(String::new()),
        callback_secret: Set(String::new()),
        share_id: Set(None),
        visitor_address: Set(None),
        details: Set(upload_session::Details::default()),
        expires_at: Set(expires_at),
        created_at: Set(bench.now()),
    };
    let tx = bench.store().begin().await.unwrap();
    upload_session::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn expired_uploads_are_ended_and_running_ones_left_alone() {
    let bench = Bench::new().await;
    add_session(&bench, "old", bench.now().plus_secs(-10)).await;
    add_session(&bench, "older", bench.now().plus_secs(-20)).await;
    add_session(&bench, "running", bench.now().plus_secs(10)).await;
    let fake = Fake {
        refuses: Some("older".to_owned()),
        ..Fake::default()
    };
    let kind = SweepUploads::new(bench.core.clone(), fake.clone());
    let ended = run(&kind, SweepPass::default()).await.unwrap();
    assert!(matches!(ended, Step::Sleep { .. }), "{ended:?}");
    assert_eq!(*fake.done.lock().unwrap(), ["old"]);
}

/// Several policies may share a bucket, in which each finds the unfinished uploads of all.
#[tokio::test]
async fn uploads_that_a_vendor_knows_belong_to_whatever_session_names_them() {
    let bench = Bench::new().await;
    add_session(&bench, "running", bench.now().plus_secs(10)).await;
    let tx = bench.store().begin().await.unwrap();
    let details = upload_session::Details {
        vendor_state: Some("known".to_owned()),
        ..upload_session::Details::default()
    };
    let known = upload_session::ActiveModel {
        id: Set("running".to_owned()),
        details: Set(details),
        ..Default::default()
    };
    upload_session::Entity::update(known)
        .exec(tx.db())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let staged = ["known", "unknown"].map(|name| storage::Staged {
        name: name.to_owned(),
        upload: None,
        vendor_state: Some(name.to_owned()),
        size_bytes: 0,
        modified: std::time::SystemTime::now(),
    });
    let nobodys = without_session(&bench.core, &staged).await.unwrap();
    let names: Vec<&str> = nobodys.iter().map(|staged| &*staged.name).collect();
    assert_eq!(names, ["unknown"]);
}

#[tokio::test]
async fn expired_rows_go() {
    let bench = Bench::new().await;
    let tx = bench.store().begin().await.unwrap();
    for (token, expires_at) in [
        ("old", Some(-100_000)),
        ("just", Some(-5)),
        ("live", Some(5)),
        ("endless", None),
    ] {
        let row = lock::ActiveModel {
            id: NotSet,
            token: Set(token.to_owned()),
            owner_id: Set(bench.user),
            path: Set("/a".to_owned()),
            is_deep: Set(true),
            is_shared: Set(false),
            is_folder: Set(false),
            user_id: Set(bench.user),
            application: Set("dav".to_owned()),
            detail: Set(None),
            expires_at: Set(expires_at.map(|secs| bench.now().plus_secs(secs))),
            created_at: Set(bench.now()),
        };
        lock::Entity::insert(row)
            .exec_without_returning(tx.db())
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let kind = SweepUploads::new(bench.core.clone(), Fake::default());
    assert_eq!(run(&kind, SweepPass::default()).await, Ok(Step::Done));
    let locks = lock::Entity::find()
        .all(bench.store().read())
        .await
        .unwrap();
    let left: Vec<&str> = locks.iter().map(|lock| lock.token.as_str()).collect();
    assert_eq!(left, ["just", "live", "endless"]);
}

#[tokio::test]
async fn trash_is_collected_when_its_time_has_come() {
    let bench = Bench::new().await;
    let mut due = Vec::new();
    for n in 0..120 {
        let (file, _) = bench.add_file(&format!("f{n}"), b"").await;
        let purge_at = if n < 110 {
            bench.now().plus_secs(-1)
        } else {
            bench.now().plus_secs(50)
        };
        bench
            .change_file(file, |row| {
                row.parent_id = Set(None);
                row.trashed_at = Set(Some(Timestamp(1)));
                row.purge_at = Set(Some(purge_at));
            })
            .await;
        if n < 110 {
            due.push(file.to_string());
        }
    }
    let fake = Fake {
        refuses: Some(due[3].clone()),
        ..Fake::default()
    };
    let kind = CollectTrash::new(bench.core.clone(), fake.clone());
    assert!(matches!(
        run(&kind, Pass::default()).await,
        Ok(Step::Sleep { .. })
    ));
    due.remove(3);
    let mut done = fake.done.lock().unwrap().clone();
    done.sort_by_key(|id| id.parse::<i64>().unwrap());
    assert_eq!(done, due);
    // What the files held can go too.
    assert!(
        tasks::waits(bench.store().read(), "recycle_blobs", bench.now())
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn versions_of_one_account_are_pruned() {
    let bench = Bench::new().await;
    let (one, _) = bench.add_file("one", b"1").await;
    let (two, _) = bench.add_file("two", b"2").await;
    let (_, extra) = bench.add_file("three", b"3").await;
    let link = entity::file_blob::ActiveModel {
        file_id: Set(two),
        blob_id: Set(extra),
    };
    let tx = bench.store().begin().await.unwrap();
    entity::file_blob::Entity::insert(link)
        .exec_without_returning(tx.db())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let fake = Fake::default();
    let kind = PruneVersions::new(bench.core.clone(), fake.clone());
    assert_eq!(
        run(&kind, VersionPass::of(bench.user)).await,
        Ok(Step::Done)
    );
    assert_eq!(*fake.done.lock().unwrap(), [two.to_string()]);
    assert_ne!(one, two);
}

async fn add_entry(bench: &Bench, op: Op, age_days: i64) -> JournalId {
    let row = journal::ActiveModel {
        id: NotSet,
        at: Set(bench.now().plus_secs(-age_days * 86_400)),
        owner_id: Set(bench.user),
        actor_id: Set(None),
        client_id: Set(None),
        category: Set(op.category().as_str().to_owned()),
        op: Set(op.as_str().to_owned()),
        file_id: Set(None),
        is_folder: Set(false),
        path_before: Set(None),
        path_after: Set(None),
        detail: Set(None),
        address: Set(None),
        correlation_id: Set(None),
    };
    let tx = bench.store().begin().await.unwrap();
    let id = journal::Entity::insert(row)
        .exec(tx.db())
        .await
        .unwrap()
        .last_insert_id;
    tx.commit().await.unwrap();
    id
}

async fn add_subscription(bench: &Bench, client: &str, position: JournalId, seen_days: i64) {
    let row = event_subscription::ActiveModel {
        id: NotSet,
        user_id: Set(bench.user),
        client_id: Set(client.to_owned()),
        folder_id: Set(bench.root),
        folder_path: Set("/".to_owned()),
        position: Set(position),
        last_seen_at: Set(bench.now().plus_secs(-seen_days * 86_400)),
        created_at: Set(bench.now()),
    };
    let tx = bench.store().begin().await.unwrap();
    event_subscription::Entity::insert(row)
        .exec(tx.db())
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn the_journal_forgets_files_sooner_than_accounts() {
    let bench = Bench::new().await;
    let ops = [
        (Op::Create, 20),
        (Op::SignIn, 20),
        (Op::Rename, 13),
        (Op::SignIn, 91),
        (Op::PolicyChanged, 20),
        (Op::EventsForgotten, 20),
        (Op::FileViewed, 20),
        (Op::ShareDelete, 20),
    ];
    let mut ids = Vec::new();
    for (op, days) in ops {
        ids.push(add_entry(&bench, op, days).await);
    }
    add_subscription(&bench, "up to date", ids[3], 1).await;
    add_subscription(&bench, "missed a file", JournalId(0), 1).await;
    add_subscription(&bench, "long away", ids[3], 15).await;
    let done = run(&PruneJournal::new(bench.core.clone()), Pass::default()).await;
    assert_eq!(done, Ok(Step::Done));
    let left = journal::Entity::find()
        .all(bench.store().read())
        .await
        .unwrap();
    assert_eq!(
        left.iter().map(|row| row.id).collect::<Vec<_>>(),
        [&ids[1..3], &ids[4..]].concat()
    );
    let subscribers = event_subscription::Entity::find()
        .all(bench.store().read())
        .await
        .unwrap();
    let left: Vec<&str> = subscribers
        .iter()
        .map(|row| row.client_id.as_str())
        .collect();
    assert_eq!(left, ["up to date"]);
}

#[tokio::test]
async fn cron_queues_each_kind_once_for_all_replicas() {
    let bench = Bench::new().await;
    let schedulers = [
        site::task::scheduler::Scheduler::start(bench.core.site.clone(), jobs()),
        site::task::scheduler::Scheduler::start(bench.core.site.clone(), jobs()),
    ];
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(
        entity::task::Entity::find()
            .count(bench.store().read())
            .await
            .unwrap(),
        0
    );
    bench.clock.advance_secs(2 * 3_600);
    tokio::time::sleep(Duration::from_millis(2_200)).await;
    let mut kinds: Vec<String> = entity::task::Entity::find()
        .all(bench.store().read())
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.kind)
        .collect();
    kinds.sort();
    let expected = [
        "blob_scrub",
        "collect_trash",
        "mirror_repair",
        "prune_journal",
        "prune_tasks",
        "recycle_blobs",
        "sweep_uploads",
    ];
    assert_eq!(kinds, expected);
    for scheduler in schedulers {
        scheduler.stop().await;
    }
}
