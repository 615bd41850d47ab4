//! `/admin/share`.

use serde_json::{Value, json};
use tests::{App, TestServer};

use super::lists::{list, only, raw_id};
use crate::code;

#[tokio::test]
async fn shares_of_everybody_are_shown_and_taken_back() {
    let server = TestServer::start().await;
    let (admin, alice) = (server.admin(), server.user("alice").await);
    alice.put("/a.txt", "a").await;
    alice.put("/b.txt", "b").await;
    let open = alice.share("/a.txt", json!({})).await;
    let more = json!({ "is_private": true, "password": "k3w8q2pd", "downloads": 3 });
    let private = alice.share("/b.txt", more).await;
    let page = list(admin, "share", json!({})).await;
    let rows: Vec<Value> = page["shares"].as_array().unwrap().clone();
    assert_eq!(rows.len(), 2);
    assert!(rows[0].get("password").is_none() && rows[0].get("views").is_none());
    assert_eq!(
        (&rows[1]["password"], &rows[1]["remain_downloads"]),
        (&json!("k3w8q2pd"), &json!(3))
    );
    assert_eq!(rows[1]["edges"]["user"]["nick"], "alice");
    assert_eq!(rows[1]["edges"]["file"]["name"], "b.txt");
    let link = rows[1]["share_link"].as_str().unwrap();
    assert!(
        link.ends_with(&format!("/s/{}/k3w8q2pd", private.id)),
        "{link}"
    );

    // Who is not bounded may download most.
    for (direction, bounded) in [("asc", 0), ("desc", 1)] {
        let order = json!({ "order_by": "remain_downloads", "order_direction": direction });
        let page = list(admin, "share", order).await;
        assert_eq!(
            page["shares"][bounded]["remain_downloads"], 3,
            "{direction}"
        );
    }
    let of_alice = raw_id(admin, "alice").await.to_string();
    for (condition, value, found) in [
        ("share_user_id", of_alice.as_str(), 2),
        ("share_user_id", "1", 0),
        ("share_file_id", "999", 0),
        ("share_id", &format!("{}, 77", rows[0]["id"]), 1),
    ] {
        let page = only(admin, "share", condition, value).await;
        assert_eq!(
            page["shares"].as_array().unwrap().len(),
            found,
            "{condition}={value}"
        );
    }
    let body = json!({ "page": 1, "page_size": 9, "conditions": { "share_id": "1,x" } });
    admin
        .post("/admin/share", body)
        .await
        .refused(code::PARAMETER);

    // Apps administer without passwords.
    let app = App::registered(
        &server,
        "https://app.example/cb",
        "openid Admin.Read Admin.Write",
    );
    let app = app.let_in(admin, "openid Admin.Read").await;
    let route = format!("/admin/share/{}", rows[1]["id"]);
    let seen = app.get_json(&route, &[]).await.ok();
    assert_eq!(seen["password"], "");
    assert!(!seen.to_string().contains("k3w8q2pd"));

    let body = json!({ "ids": [rows[0]["id"], 4711] });
    app.post("/admin/share/batch/delete", body.clone())
        .await
        .refused(code::INSUFFICIENT_SCOPE);
    admin.post("/admin/share/batch/delete", body).await.done();
    alice
        .share_info(&open.id, &[])
        .await
        .refused(code::NOT_FOUND);
    alice.share_info(&private.id, &[]).await.ok();
    let route = format!("/admin/share/{}", rows[0]["id"]);
    admin.get_json(&route, &[]).await.refused(code::DATABASE);
}
