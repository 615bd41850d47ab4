//! What one account may ask of the queue: not the last hand, and not without end.

use super::demo::{DemoState, Stage};
use entity::task;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use site::task::*;
use std::time::Duration;
use store::tasks::{TaskRoom, make_room};

fn hanging() -> DemoState {
    DemoState {
        until: 3,
        hangs_at: Some(1),
        ..DemoState::default()
    }
}

#[tokio::test]
async fn who_asks_for_much_keeps_nobody_waiting() {
    let stage = Stage::new().await;
    let bob = stage.somebody_else().await;
    let mut first = Vec::new();
    for _ in 0..6 {
        first.push(stage.queue_for(stage.bench.user, hanging()).await);
    }
    let pool = stage.start_on(stage.bench.store(), 3, Duration::from_millis(500));
    let soon = DemoState {
        until: 1,
        ..DemoState::default()
    };
    for _ in 0..3 {
        let id = stage.queue_for(bob, soon.clone()).await;
        assert_eq!(stage.settled(id).await.state, TaskState::Completed);
    }
    // Two hang, the last hand is for others; once one of them has left another one comes.
    let in_hand = async |state: TaskState| {
        let rows = task::Entity::find()
            .filter(task::Column::OwnerId.eq(stage.bench.user))
            .filter(task::Column::State.eq(state));
        rows.count(stage.bench.store().read()).await.unwrap()
    };
    assert_eq!(in_hand(TaskState::Processing).await, 2);
    let actor = stage.actor(stage.bench.user).await;
    stage.tasks.cancel(&actor, first[0]).await.unwrap();
    stage.settled(first[0]).await;
    for _ in 0..500 {
        if in_hand(TaskState::Processing).await == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(in_hand(TaskState::Processing).await, 2);
    assert_eq!(in_hand(TaskState::Queued).await, 3);
    pool.stop().await;
}

#[tokio::test]
async fn a_single_hand_is_for_everybody() {
    let stage = Stage::new().await;
    let pool = stage.start_on(stage.bench.store(), 1, Duration::from_millis(500));
    let soon = DemoState {
        until: 1,
        ..DemoState::default()
    };
    let id = stage.queue_for(stage.bench.user, soon).await;
    assert_eq!(stage.settled(id).await.state, TaskState::Completed);
    pool.stop().await;
}

#[tokio::test]
async fn an_account_has_so_many_tasks_and_no_more() {
    let stage = Stage::new().await;
    let (store, user) = (stage.bench.store(), stage.bench.user);
    let room = TaskRoom {
        active: 3,
        ended: 2,
        bytes: 100_000,
    };
    let may = async |new, bytes| {
        let mut tx = store.begin().await.unwrap();
        let may = make_room(&mut tx, user, (new, bytes), room).await.unwrap();
        tx.commit().await.unwrap();
        may
    };
    let mut ids = Vec::new();
    for _ in 0..7 {
        ids.push(stage.queue_for(user, hanging()).await.0);
    }
    let bob = stage.somebody_else().await;
    stage.queue_for(bob, hanging()).await;
    stage
        .sql(&format!(
            "UPDATE tasks SET state = 'error' WHERE id <= {}",
            ids[4]
        ))
        .await;
    // Somebody is still removing what this one left behind.
    stage
        .sql(&format!(
            "UPDATE tasks SET lease_until = 1 WHERE id = {}",
            ids[0]
        ))
        .await;
    let left = async || {
        let rows = task::Entity::find().filter(task::Column::OwnerId.eq(user));
        rows.count(store.read()).await.unwrap()
    };
    assert!(!may(2, 0).await && !may(1, 100_000).await);
    assert_eq!(left().await, 7);
    assert!(may(1, 0).await);
    assert_eq!(left().await, 5);
    let rows = task::Entity::find().all(store.read()).await.unwrap();
    let of_user = rows.iter().filter(|row| row.owner_id == Some(user));
    let kept: Vec<i64> = of_user.map(|row| row.id.0).collect();
    assert_eq!(kept, [ids[0], ids[3], ids[4], ids[5], ids[6]]);
    // Bytes count, too: those that ended go, those that have not stay.
    assert!(may(1, 100_000 - 2 * rows[1].private_state.len() as u64).await);
    assert_eq!(left().await, 3);
    assert_eq!(rows.len(), 6);
}
