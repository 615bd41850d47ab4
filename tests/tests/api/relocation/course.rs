//! How a relocation goes: no faster than the site wants it, called off, begun anew.

use super::{Site, id, kept, site, stored, try_move};
use serde_json::{Value, json};
use std::fs;
use std::time::{Duration, Instant};
use tests::bytes_of;

const FILES: usize = 10;
const LENGTH: usize = 100_000;

async fn set(site: &Site, settings: Value) {
    let body = json!({ "settings": settings });
    let admin = site.server.admin();
    admin.patch("/admin/settings", body).await.ok();
}

async fn at_speed(site: &Site, speed: &str) {
    set(site, json!({ "relocate_bytes_per_second": speed })).await;
}

/// Begins to move ten files; the task.
async fn begin(site: &Site) -> Value {
    for number in 0..FILES {
        let bytes = bytes_of(&number.to_string(), LENGTH);
        site.alice.put(&format!("/docs/{number}"), bytes).await;
    }
    let disk = id(&site.alice, "Disk").await;
    try_move(&site.alice, &["/docs"], &disk).await.ok()
}

async fn all_are_there(site: &Site, policy: &str) {
    for number in 0..FILES {
        let path = format!("/docs/{number}");
        let bytes = bytes_of(&number.to_string(), LENGTH);
        assert_eq!(site.alice.get(&path).await, bytes);
        let is_there = kept(&site.alice, &path).await[0].1 == "Disk";
        assert_eq!(is_there, policy == "Disk", "{path}");
    }
}

async fn number_of(site: &Site) -> i64 {
    let sql = "SELECT CAST(MAX(id) AS TEXT) AS value FROM tasks WHERE kind = 'relocate'";
    site.server.ask(sql).await.parse().unwrap()
}

/// Waits until a task is in a state.
async fn comes_to(site: &Site, state: &str) {
    let sql = "SELECT state AS value FROM tasks WHERE kind = 'relocate' ORDER BY id DESC LIMIT 1";
    let patience = Instant::now() + Duration::from_secs(30);
    while site.server.ask(sql).await != state {
        assert!(Instant::now() < patience, "it does not become {state}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until some bytes are on their way.
async fn is_under_way(site: &Site) {
    let sql = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM blobs WHERE reference_count = 0";
    let patience = Instant::now() + Duration::from_secs(30);
    while site.server.ask(sql).await == "0" {
        assert!(Instant::now() < patience, "nothing moves");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn all_files_together_keep_to_the_speed_of_the_site() {
    let site = site().await;
    at_speed(&site, "500000").await;
    begin(&site).await;
    let begun = Instant::now();
    site.server.nothing_left_of("relocate").await;
    let took = begun.elapsed().as_secs_f64();
    assert!(took > 1.5, "1,000,000 bytes took {took} s");
    all_are_there(&site, "Disk").await;
}

#[tokio::test]
async fn another_speed_holds_at_once() {
    let site = site().await;
    at_speed(&site, "1").await;
    let task = begin(&site).await;
    is_under_way(&site).await;
    let route = format!("/workflow/progress/{}", task["id"].as_str().unwrap());
    let progress = site.alice.get_json(&route, &[]).await.ok();
    assert_eq!(progress["relocate"]["total"], FILES, "{progress}");
    assert_eq!(progress["relocate"]["current"], 0);
    assert_eq!(
        super::task(&site.alice, &task).await["summary"]["phase"],
        "transfer"
    );
    at_speed(&site, "0").await;
    site.server.nothing_left_of("relocate").await;
    all_are_there(&site, "Disk").await;
    let task = super::task(&site.alice, &task).await;
    assert_eq!(task["summary"]["phase"], "finish");
}

#[tokio::test]
async fn what_is_called_off_leaves_nothing_half_made() {
    let site = site().await;
    at_speed(&site, "1").await;
    begin(&site).await;
    is_under_way(&site).await;
    let route = format!("/admin/queue/{}/cancel", number_of(&site).await);
    site.server.admin().post(&route, json!({})).await.done();
    comes_to(&site, "canceled").await;
    let left = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM blobs WHERE reference_count <= 0";
    let patience = Instant::now() + Duration::from_secs(20);
    while site.server.ask(left).await != "0" {
        assert!(Instant::now() < patience, "copies stay behind");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(stored(&site.disk), 0);
    let staging = site.disk.path().join(".staging");
    let staged = fs::read_dir(staging).unwrap().map(|entry| entry.unwrap());
    let names: Vec<_> = staged.map(|entry| entry.file_name()).collect();
    assert!(names.len() <= 1, "half-written: {names:?}");
    all_are_there(&site, "here").await;
}

#[tokio::test]
async fn what_failed_goes_on_where_it_was_when_it_is_tried_again() {
    let site = site().await;
    // Its time is over before it can be done.
    at_speed(&site, "1").await;
    set(&site, json!({ "queue_io_intense_max_execution": "1" })).await;
    begin(&site).await;
    comes_to(&site, "error").await;
    set(&site, json!({ "queue_io_intense_max_execution": "3600" })).await;
    at_speed(&site, "0").await;
    let route = format!("/admin/queue/{}/retry", number_of(&site).await);
    site.server.admin().post(&route, json!({})).await.done();
    comes_to(&site, "completed").await;
    all_are_there(&site, "Disk").await;
    assert_eq!(stored(&site.disk), FILES);
}

#[tokio::test]
async fn of_many_failures_the_first_hundred_are_told() {
    let site = site().await;
    for number in 0..110 {
        site.alice
            .put(&format!("/docs/{number}"), number.to_string())
            .await;
    }
    for file in site.server.stored_files() {
        fs::remove_file(file).unwrap();
    }
    site.alice.put("/docs/whole", "whole").await;
    let task = super::relocate(&site, &site.alice, &["/docs"]).await;
    assert_eq!(task["status"], "completed", "{task}");
    let props = &task["summary"]["props"];
    assert_eq!(props["failed"], 110);
    let told = props["failures"].as_array().unwrap();
    assert_eq!(told.len(), 100);
    assert!(
        told.iter().all(|one| one["reason"] == "missing"),
        "{told:?}"
    );
    assert_eq!(kept(&site.alice, "/docs/whole").await[0].1, "Disk");
}

/// Somebody who clicks twice moves once; what comes later moves by another task.
#[tokio::test]
async fn asked_twice_it_is_begun_once() {
    let site = site().await;
    site.alice
        .put("/d/a.bin", tests::bytes_of("a", 400_000))
        .await;
    site.alice
        .put("/e.bin", tests::bytes_of("e", 400_000))
        .await;
    at_speed(&site, "100000").await;
    let policy = id(&site.alice, "Disk").await;
    let (one, two) = tokio::join!(
        try_move(&site.alice, &["/d", "/e.bin"], &policy),
        try_move(&site.alice, &["/e.bin", "/d"], &policy),
    );
    let (one, two) = (one.ok(), two.ok());
    assert_eq!(one["id"], two["id"]);
    let less = try_move(&site.alice, &["/d"], &policy).await.ok();
    assert_ne!(less["id"], one["id"]);
    is_under_way(&site).await;
    let again = try_move(&site.alice, &["/d", "/e.bin"], &policy).await.ok();
    assert_eq!(again["id"], one["id"]);
    site.alice
        .put("/d/later.bin", tests::bytes_of("later", 10))
        .await;
    let later = try_move(&site.alice, &["/d", "/e.bin"], &policy).await.ok();
    assert_ne!(later["id"], one["id"]);
    at_speed(&site, "0").await;
    site.server.nothing_left_of("relocate").await;
    let kept = kept(&site.alice, "/d/later.bin").await;
    assert_eq!(kept[0].1, "Disk");
}
