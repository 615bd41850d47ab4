//! Bytes that move to where they are spread over several policies, the one that has them among those.

use super::away::hurry;
use super::rights::{give_disk, take_disk, waits};
use super::{Site, kept, policy_id, site};
use serde_json::{Value, json};

/// What the first policy and the other disk weigh.
fn children(disk: i64, [first, other]: [i64; 2]) -> Value {
    json!([
        { "policy_id": 1, "weight": first }, { "policy_id": disk, "weight": other },
    ])
}

/// Adds a policy that is spread over both; its number.
async fn spread(site: &Site, weights: [i64; 2]) -> i64 {
    let children = children(policy_id(site).await, weights);
    let body = json!({ "policy": {
        "id": 0, "name": "Both", "type": "load_balance", "edges": {},
        "dir_name_rule": "", "file_name_rule": "",
        "settings": { "file_type": null, "children": children },
    } });
    let made = site.server.admin().put_json("/admin/policy", body).await;
    made.ok()["id"].as_i64().unwrap()
}

async fn empty_first_into(site: &Site, target: i64) -> Value {
    let admin = site.server.admin();
    let begun = admin.post("/admin/policy/1/relocate", json!({ "target": target }));
    begun.await.ok()
}

#[tokio::test]
async fn a_policy_that_weighs_nothing_is_emptied_into_what_it_is_part_of() {
    let site = site().await;
    site.alice.put("/a.txt", "text").await;
    let both = spread(&site, [0, 1]).await;
    empty_first_into(&site, both).await;
    site.server.nothing_left_of("relocate").await;
    assert_eq!(kept(&site.alice, "/a.txt").await[0].1, "Disk");
    assert_eq!(site.alice.get("/a.txt").await, "text");
}

/// It is given a weight while the task waits.
#[tokio::test]
async fn what_is_where_it_would_go_is_not_copied_there_once_more() {
    let site = site().await;
    let (server, alice) = (&site.server, &site.alice);
    alice.put("/a.txt", "text").await;
    let place = "SELECT key AS value FROM blobs WHERE reference_count > 0";
    let before = server.ask(place).await;
    let both = spread(&site, [0, 1]).await;
    take_disk(&site);
    let begun = empty_first_into(&site, both).await;
    waits(&site).await;
    let route = format!("/admin/policy/{both}");
    let mut policy = server.admin().get_json(&route, &[]).await.ok();
    policy["settings"]["children"] = children(policy_id(&site).await, [1, 0]);
    let body = json!({ "policy": policy });
    server.admin().put_json(&route, body).await.ok();
    give_disk(&site);
    hurry(&site).await;
    server.nothing_left_of("relocate").await;
    let task = super::task(server.admin(), &begun).await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(server.ask(place).await, before);
    assert_eq!(alice.get("/a.txt").await, "text");
}
