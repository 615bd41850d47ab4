//! Content of many that arrives at the same moment, which one transaction places.

use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use tests::{Client, Gate, TestServer};

use crate::code;

const QUOTA: usize = 1_200;
/// Two of them fit into the quota beside all the rest, three never do.
const LARGE: usize = 450;

/// Sends all, so that their bytes are stored before the first of them is placed, and the others
/// wait while it is.
async fn placed_together(
    gate: &Gate,
    sent: Vec<(Client, &'static str, Option<String>, usize)>,
) -> Vec<i64> {
    gate.hold("content: stored");
    let count = sent.len();
    let sending = sent.into_iter().map(|(client, path, previous, size)| {
        tokio::spawn(async move {
            let bytes = vec![b'x'; size];
            let reply = match previous {
                Some(previous) => client.put_content_over(path, &previous, &bytes).await,
                None => client.put_content(path, bytes).await,
            };
            reply.code()
        })
    });
    let sending: Vec<_> = sending.collect();
    gate.reached_by(count, "content: stored").await;
    gate.hold("change: taken");
    gate.open("content: stored");
    gate.reached("change: taken").await;
    gate.open("change: taken");
    let codes = join_all(sending).await;
    codes.into_iter().map(Result::unwrap).collect()
}

#[derive(Debug, FromQueryResult)]
struct Journalled {
    entries: i64,
    requests: i64,
}

async fn journalled(server: &TestServer) -> Journalled {
    let database = server.database().await;
    let sql = "SELECT COUNT(*) AS entries, COUNT(DISTINCT correlation_id) AS requests \
               FROM journal WHERE op = 'modify'";
    let statement = Statement::from_string(database.get_database_backend(), sql);
    let row = Journalled::find_by_statement(statement)
        .one(&database)
        .await;
    database.close().await.unwrap();
    row.unwrap().unwrap()
}

#[tokio::test]
async fn each_is_answered_for_itself_and_none_fails_for_another() {
    let gate = Gate::default();
    let server = TestServer::start_watched(gate.steps(), &[]).await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let old = alice.put_content("/old.txt", "start").await.ok();
    let old = old["primary_entity"].as_str().unwrap().to_owned();
    let database = server.database().await;
    let sql = format!("UPDATE groups SET max_storage = {QUOTA} WHERE id = 2");
    let sql = match database.get_database_backend() {
        sea_orm::DatabaseBackend::MySql => sql.replace("groups", "`groups`"),
        _ => sql,
    };
    database.execute_unprepared(&sql).await.unwrap();
    database.close().await.unwrap();

    let of = |client: &Client| client.another_window();
    let mut sent = vec![
        (of(&alice), "/same.txt", None, 10),
        (of(&alice), "/same.txt", None, 20),
        (of(&alice), "/old.txt", Some(old.clone()), 10),
        (of(&alice), "/old.txt", Some(old), 10),
        (of(&alice), "/deep/down/a.txt", None, 10),
        (of(&alice), "/deep/down/b.txt", None, 10),
        (of(&bob), "/same.txt", None, 30),
        (of(&bob), "/deep/down/a.txt", None, 30),
    ];
    for path in ["/large 1", "/large 2", "/large 3"] {
        sent.push((of(&alice), path, None, LARGE));
    }
    let before = journalled(&server).await.entries;
    let codes = placed_together(&gate, sent).await;

    let over = &codes[2..4];
    assert!(
        over.contains(&0) && over.contains(&code::STALE_VERSION),
        "{codes:?}"
    );
    let large = &codes[8..];
    let fits = large.iter().filter(|code| **code == 0).count();
    let refused = large
        .iter()
        .filter(|code| **code == code::INSUFFICIENT_CAPACITY)
        .count();
    assert_eq!((fits, refused), (2, 1), "{codes:?}");
    for n in [0, 1, 4, 5, 6, 7] {
        assert_eq!(codes[n], 0, "{n} of {codes:?}");
    }
    assert_eq!(
        alice.used().await as usize,
        5 + 10 + 20 + 10 + 10 + 10 + 2 * LARGE
    );
    assert_eq!(bob.used().await, 60);
    assert_eq!(alice.versions("/same.txt").await.len(), 2);
    assert_eq!(alice.names("/deep/down").await, ["a.txt", "b.txt"]);
    let after = journalled(&server).await;
    let done = codes.iter().filter(|code| **code == 0).count() as i64;
    assert_eq!(after.entries - before, done);
    // Who placed it for others does not stand for them.
    assert_eq!(after.requests, after.entries);
    server.assert_clean();
    server.nothing_left_of("recycle_blobs").await;
    server.assert_healthy();
}
