#![allow(clippy::unwrap_used)]
use super::*;
use crate::upkeep::tests::bench::Bench;
use entity::{JournalId, UserStatus, event_subscription, journal, user};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    EntityTrait, IntoActiveModel,
};
use std::sync::Mutex;
use store::bus::Topic;
use store::journal::Op;
use tokio::time::timeout;

const CLIENT: Uuid = Uuid::from_u128(7);

struct Stage {
    bench: Bench,
    events: Events,
    options: Arc<Mutex<EventOptions>>,
}

impl Stage {
    async fn new() -> Self {
        let bench = Bench::new().await;
        let options = Arc::new(Mutex::new(EventOptions {
            enabled: true,
            max_age: Duration::from_hours(1),
            debounce: Duration::from_millis(60),
            keep_alive: Duration::from_millis(400),
            settle: Duration::ZERO,
            poll: Duration::from_millis(50),
        }));
        let shared = Arc::clone(&options);
        let events = Events::new(bench.store().clone(), bench.clock.clone(), move || {
            *shared.lock().unwrap()
        });
        Self {
            bench,
            events,
            options,
        }
    }

    async fn follow(&self, folder: FileId) -> Subscription {
        self.events
            .subscribe(self.bench.user, CLIENT, folder)
            .await
            .unwrap()
    }

    async fn log(&self, op: Op, file: i64, before: Option<&str>, after: Option<&str>) {
        self.log_by(None, op, file, before, after).await;
    }

    async fn log_by(
        &self,
        client: Option<Uuid>,
        op: Op,
        file: i64,
        before: Option<&str>,
        after: Option<&str>,
    ) {
        let row = journal::ActiveModel {
            id: NotSet,
            at: Set(self.bench.now()),
            owner_id: Set(self.bench.user),
            actor_id: Set(Some(self.bench.user)),
            client_id: Set(client.map(|client| client.to_string())),
            category: Set(op.category().as_str().to_owned()),
            op: Set(op.as_str().to_owned()),
            file_id: Set(Some(FileId(file))),
            is_folder: Set(false),
            path_before: Set(before.map(str::to_owned)),
            path_after: Set(after.map(str::to_owned)),
            detail: Set(None),
            address: Set(None),
            correlation_id: Set(None),
        };
        let mut tx = self.bench.store().begin().await.unwrap();
        journal::Entity::insert(row).exec(tx.db()).await.unwrap();
        tx.tells(Topic::Journal);
        tx.commit().await.unwrap();
    }

    async fn rows(&self) -> Vec<event_subscription::Model> {
        event_subscription::Entity::find()
            .all(self.bench.store().read())
            .await
            .unwrap()
    }
}

/// The next message that is no sign of life.
async fn next(subscription: &mut Subscription) -> Option<Message> {
    let told = async {
        loop {
            match subscription.next().await {
                Some(Message::KeepAlive) => {}
                other => return other,
            }
        }
    };
    timeout(Duration::from_secs(5), told).await.unwrap()
}

fn created(file: i64, path: &str) -> Message {
    Message::Changes(vec![FileChange::at(ChangeKind::Create, FileId(file), path)])
}

#[tokio::test]
async fn a_new_subscriber_is_told_what_happens_from_now_on() {
    let stage = Stage::new().await;
    stage.log(Op::Create, 50, None, Some("/before")).await;
    let mut subscription = stage.follow(stage.bench.root).await;
    assert_eq!(next(&mut subscription).await, Some(Message::Subscribed));
    stage.log(Op::Create, 51, None, Some("/a")).await;
    stage.log(Op::Modify, 51, None, Some("/a")).await;
    assert_eq!(next(&mut subscription).await, Some(created(51, "/a")));
}

#[tokio::test]
async fn a_known_client_gets_what_it_missed() {
    let stage = Stage::new().await;
    let mut first = stage.follow(stage.bench.root).await;
    next(&mut first).await;
    stage.log(Op::Create, 51, None, Some("/a")).await;
    assert_eq!(next(&mut first).await, Some(created(51, "/a")));
    // The connection takes the next message, so it had the one before.
    assert_eq!(first.next().await, Some(Message::KeepAlive));
    stage.log(Op::Create, 52, None, Some("/b")).await;
    assert_eq!(next(&mut first).await, Some(created(52, "/b")));
    // It breaks off here: nobody knows whether the last message arrived.
    drop(first);
    stage.log(Op::Create, 53, None, Some("/c")).await;
    let mut again = stage.follow(stage.bench.root).await;
    assert_eq!(next(&mut again).await, Some(Message::Resumed));
    let missed = [(52, "/b"), (53, "/c")]
        .map(|(file, path)| FileChange::at(ChangeKind::Create, FileId(file), path));
    assert_eq!(
        next(&mut again).await,
        Some(Message::Changes(missed.into()))
    );
}

#[tokio::test]
async fn more_than_fits_in_memory_comes_in_order_and_whole() {
    let stage = Stage::new().await;
    let mut first = stage.follow(stage.bench.root).await;
    next(&mut first).await;
    drop(first);
    let rows = (0..2_600).map(|n| journal::ActiveModel {
        id: NotSet,
        at: Set(stage.bench.now()),
        owner_id: Set(stage.bench.user),
        actor_id: Set(None),
        client_id: Set(None),
        category: Set(Op::Create.category().as_str().to_owned()),
        op: Set(Op::Create.as_str().to_owned()),
        file_id: Set(Some(FileId(1_000 + n))),
        is_folder: Set(false),
        path_before: Set(None),
        path_after: Set(Some(format!("/{n}"))),
        detail: Set(None),
        address: Set(None),
        correlation_id: Set(None),
    });
    let tx = stage.bench.store().begin().await.unwrap();
    for batch in rows.collect::<Vec<_>>().chunks(500) {
        journal::Entity::insert_many(batch.to_vec())
            .exec(tx.db())
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let mut again = stage.follow(stage.bench.root).await;
    assert_eq!(next(&mut again).await, Some(Message::Resumed));
    let mut got = Vec::new();
    while got.len() < 2_600 {
        let Some(Message::Changes(changes)) = next(&mut again).await else {
            panic!()
        };
        assert!(changes.len() < 1_300);
        got.extend(changes.into_iter().map(|change| change.file.0));
    }
    assert_eq!(got, (1_000..3_600).collect::<Vec<_>>());
}

#[tokio::test]
async fn own_changes_are_not_echoed_but_own_moves_are_followed() {
    let stage = Stage::new().await;
    let folder = stage.bench.add_folder(Some(stage.bench.root), "d").await;
    let mut subscription = stage.follow(folder).await;
    next(&mut subscription).await;
    stage
        .log_by(Some(CLIENT), Op::Create, 51, None, Some("/d/mine"))
        .await;
    stage
        .log_by(Some(CLIENT), Op::Rename, folder.0, Some("/d"), Some("/e"))
        .await;
    stage
        .log_by(
            Some(Uuid::from_u128(8)),
            Op::Create,
            52,
            None,
            Some("/e/theirs"),
        )
        .await;
    assert_eq!(next(&mut subscription).await, Some(created(52, "/theirs")));
    next_after(&mut subscription).await;
    assert_eq!(stage.rows().await[0].folder_path, "/e");
}

/// Lets the subscription note that the last message was taken.
async fn next_after(subscription: &mut Subscription) {
    let _ = timeout(Duration::from_millis(30), subscription.next()).await;
}

#[tokio::test]
async fn a_folder_that_moved_while_the_client_was_away_is_still_followed() {
    let stage = Stage::new().await;
    let folder = stage.bench.add_folder(Some(stage.bench.root), "d").await;
    let mut first = stage.follow(folder).await;
    next(&mut first).await;
    drop(first);
    stage.log(Op::Create, 51, None, Some("/d/early")).await;
    stage
        .log(Op::Rename, folder.0, Some("/d"), Some("/x"))
        .await;
    stage.log(Op::Create, 52, None, Some("/x/late")).await;
    stage.log(Op::Create, 53, None, Some("/d/stranger")).await;
    stage
        .bench
        .change_file(folder, |row| row.name = Set("x".to_owned()))
        .await;
    let mut again = stage.follow(folder).await;
    assert_eq!(next(&mut again).await, Some(Message::Resumed));
    let missed = [(51, "/early"), (52, "/late")]
        .map(|(file, path)| FileChange::at(ChangeKind::Create, FileId(file), path));
    assert_eq!(
        next(&mut again).await,
        Some(Message::Changes(missed.into()))
    );
}

#[tokio::test]
async fn a_folder_that_goes_ends_the_subscription() {
    let stage = Stage::new().await;
    let folder = stage.bench.add_folder(Some(stage.bench.root), "d").await;
    let mut subscription = stage.follow(folder).await;
    next(&mut subscription).await;
    stage.log(Op::Create, 51, None, Some("/d/a")).await;
    stage.log(Op::Trash, folder.0, Some("/d"), None).await;
    assert_eq!(next(&mut subscription).await, Some(created(51, "/a")));
    assert_eq!(
        next(&mut subscription).await,
        Some(Message::ReconnectRequired)
    );
    assert_eq!(next(&mut subscription).await, None);
    assert!(stage.rows().await.is_empty());
}

#[tokio::test]
async fn steady_activity_does_not_hold_events_back() {
    let stage = Stage::new().await;
    let mut subscription = stage.follow(stage.bench.root).await;
    next(&mut subscription).await;
    let busy = async {
        for n in 0.. {
            stage.log(Op::Modify, 60 + n % 3, None, Some("/a")).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    // By a task of its own: nobody reads while a change is open.
    let told = tokio::spawn(async move { next(&mut subscription).await });
    tokio::select! {
        message = told => {
            let message = message.unwrap();
            assert!(matches!(message, Some(Message::Changes(_))), "{message:?}");
        }
        () = busy => {}
        () = tokio::time::sleep(Duration::from_secs(2)) => panic!("nothing was told"),
    }
}

#[tokio::test]
async fn the_first_change_is_told_at_once_and_the_rest_is_collected() {
    let stage = Stage::new().await;
    // Nothing here may take as long as that.
    stage.options.lock().unwrap().debounce = Duration::from_secs(100);
    let mut subscription = stage.follow(stage.bench.root).await;
    next(&mut subscription).await;
    stage.log(Op::Create, 51, None, Some("/a")).await;
    assert_eq!(next(&mut subscription).await, Some(created(51, "/a")));
    stage.log(Op::Create, 52, None, Some("/b")).await;
    stage.log(Op::Modify, 52, None, Some("/b")).await;
    let early = timeout(Duration::from_millis(900), async {
        while subscription.next().await == Some(Message::KeepAlive) {}
    });
    assert!(early.await.is_err(), "told before it was collected");
}

#[tokio::test]
async fn what_is_collected_comes_as_one() {
    let stage = Stage::new().await;
    stage.options.lock().unwrap().debounce = Duration::from_secs(10);
    let mut subscription = stage.follow(stage.bench.root).await;
    next(&mut subscription).await;
    stage.log(Op::Create, 51, None, Some("/a")).await;
    assert_eq!(next(&mut subscription).await, Some(created(51, "/a")));
    stage.log(Op::Create, 52, None, Some("/b")).await;
    next_after(&mut subscription).await;
    stage.log(Op::Modify, 52, None, Some("/b")).await;
    stage.log(Op::Rename, 52, Some("/b"), Some("/c")).await;
    assert_eq!(next(&mut subscription).await, Some(created(52, "/c")));
}

#[tokio::test]
async fn a_quiet_stream_shows_signs_of_life() {
    let stage = Stage::new().await;
    let mut subscription = stage.follow(stage.bench.root).await;
    next(&mut subscription).await;
    assert_eq!(subscription.next().await, Some(Message::KeepAlive));
    assert_eq!(subscription.next().await, Some(Message::KeepAlive));
}

#[tokio::test]
async fn who_may_not_sign_in_any_more_is_told_nothing() {
    let stage = Stage::new().await;
    let mut subscription = stage.follow(stage.bench.root).await;
    next(&mut subscription).await;
    let row = user::Entity::find_by_id(stage.bench.user)
        .one(stage.bench.store().read())
        .await;
    let mut row = row.unwrap().unwrap().into_active_model();
    row.status = Set(UserStatus::ManualBanned);
    let tx = stage.bench.store().begin().await.unwrap();
    user::Entity::update(row).exec(tx.db()).await.unwrap();
    tx.commit().await.unwrap();
    stage.log(Op::Create, 51, None, Some("/a")).await;
    assert_eq!(next(&mut subscription).await, None);
}

#[tokio::test]
async fn who_stayed_away_too_long_begins_anew() {
    let stage = Stage::new().await;
    drop(stage.follow(stage.bench.root).await);
    stage.log(Op::Create, 51, None, Some("/a")).await;
    stage.bench.clock.advance_secs(3_601);
    let mut again = stage.follow(stage.bench.root).await;
    assert_eq!(next(&mut again).await, Some(Message::Subscribed));
    assert_eq!(stage.rows().await.len(), 1);
}

#[tokio::test]
async fn a_subscription_forgotten_under_way_asks_to_reconnect() {
    let stage = Stage::new().await;
    let mut subscription = stage.follow(stage.bench.root).await;
    next(&mut subscription).await;
    let id = stage.rows().await[0].id;
    subscriptions::remove(stage.bench.store(), id)
        .await
        .unwrap();
    assert_eq!(
        next(&mut subscription).await,
        Some(Message::ReconnectRequired)
    );
}

#[tokio::test]
async fn stopping_the_server_ends_streams() {
    let stage = Stage::new().await;
    let mut subscription = stage.follow(stage.bench.root).await;
    next(&mut subscription).await;
    stage.events.close();
    assert_eq!(
        next(&mut subscription).await,
        Some(Message::ReconnectRequired)
    );
    assert_eq!(next(&mut subscription).await, None);
}

#[tokio::test]
async fn only_folders_can_be_followed_and_only_where_allowed() {
    let stage = Stage::new().await;
    let (file, _) = stage.bench.add_file("f", b"f").await;
    let refused = |folder| stage.events.subscribe(stage.bench.user, CLIENT, folder);
    assert!(matches!(refused(file).await, Err(EventError::NotAFolder)));
    assert!(matches!(
        refused(FileId(9_999)).await,
        Err(EventError::NotAFolder)
    ));
    stage.options.lock().unwrap().enabled = false;
    assert!(matches!(
        refused(stage.bench.root).await,
        Err(EventError::Disabled)
    ));
}

#[tokio::test]
async fn two_connections_of_one_client_never_move_it_back() {
    let stage = Stage::new().await;
    let mut one = stage.follow(stage.bench.root).await;
    let mut two = stage.follow(stage.bench.root).await;
    next(&mut one).await;
    next(&mut two).await;
    stage.log(Op::Create, 51, None, Some("/a")).await;
    assert_eq!(next(&mut one).await, Some(created(51, "/a")));
    assert_eq!(next(&mut two).await, Some(created(51, "/a")));
    stage.log(Op::Create, 52, None, Some("/b")).await;
    assert_eq!(next(&mut two).await, Some(created(52, "/b")));
    next_after(&mut two).await;
    let ahead = stage.rows().await[0].position;
    next_after(&mut one).await;
    assert_eq!(stage.rows().await[0].position, ahead);
    assert!(ahead > JournalId(0));
}
