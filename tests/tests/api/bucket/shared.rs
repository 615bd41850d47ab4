//! Two policies that keep bytes in one bucket: each leaves alone what is the other's.

use super::{content, relay};
use serde_json::json;
use tests::{Bucket, TestServer};

fn doctor(server: &TestServer) -> String {
    let output = server.command(["doctor"]).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn what_another_policy_keeps_in_the_bucket_is_not_nobodys() {
    let bucket = Bucket::fresh();
    let server = TestServer::start_with_bucket(&bucket, &relay()).await;
    let alice = server.user("alice").await;
    alice.put("/first.bin", content()).await;
    // The same bucket, written in another way.
    let mut second = bucket.policy("Second", &relay());
    let address = second["server"].as_str().unwrap().to_owned();
    second["server"] = json!(format!("{address}/"));
    server.use_storage(second).await;
    alice.put("/second.bin", content()).await;
    let said = doctor(&server);
    assert!(said.contains("Everything is as it should be"), "{said}");
    // What is nobody's is told once, whoever may have left it there.
    bucket.replace("left/behind.bin", "whose?");
    let said = doctor(&server);
    assert_eq!(
        said.matches("left/behind.bin belong to nothing").count(),
        1,
        "{said}"
    );
}
