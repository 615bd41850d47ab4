//! Policies that keep bytes in buckets, on a real S3 server.

mod crash;
mod faults;
mod gone;
mod imported;
mod parts;
mod relayed;
mod shared;
mod straight;
mod wrong;

use bytes::Bytes;
use serde_json::{Value, json};
use tests::{Bucket, Client, TestServer, bytes_of};

/// Parts are as short as buckets take them.
const PART: usize = 5 << 20;

struct Site {
    bucket: Bucket,
    server: TestServer,
    alice: Client,
}

/// A site whose new files go to a bucket of its own, with these settings of the policy.
async fn site(more: Value) -> Site {
    let bucket = Bucket::fresh();
    let server = TestServer::start_with_bucket(&bucket, &more).await;
    let alice = server.user("alice").await;
    Site {
        bucket,
        server,
        alice,
    }
}

/// Through the server in both directions.
fn relay() -> Value {
    json!({ "relay": true, "internal_proxy": true })
}

fn content() -> Bytes {
    bytes_of("bucket", 2 * PART + 100)
}
