//! What goes wrong on the way to Kodo.

use super::cases::{
    PIECE, assert_content, content, cut_off_downloads, pages_of_strangers, pieces, write_in_vain,
    write_through,
};
use super::stand::kodo::Kodo;
use super::{ask_all_but, key, kodo, plan};
use crate::proxy::{Fate, Proxy};
use object_storage::QiniuDriver;
use serde_json::json;
use std::time::Duration;
use storage::{Driver, DriverError, whole};

/// A driver with a bucket of its own, and what stands between.
async fn between() -> (Kodo, Proxy, QiniuDriver) {
    let stand = Kodo::start().await;
    let proxy = Proxy::start(&stand.endpoint()).await;
    let driver = kodo(&proxy.endpoint);
    (stand, proxy, driver)
}

fn refusal(status: u16, why: &str) -> Fate {
    Fate::Answer(status, json!({ "error": why }).to_string())
}

/// Uploads that were cut off are ended in the background.
async fn assert_none_unfinished(stand: &Kodo) {
    for _ in 0..100 {
        if stand.unfinished() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{} uploads are left", stand.unfinished());
}

#[tokio::test]
async fn trouble_that_passes_is_not_noticed() {
    let (stand, proxy, driver) = between().await;
    for (number, (method, address, fate)) in [
        ("", "", refusal(503, "service unavailable")),
        ("", "", refusal(573, "too many requests")),
        ("", "", refusal(599, "internal error")),
        ("PUT", "/uploads/", Fate::Lost),
        // What joins parts has something behind it; an upload that was begun unheard stays a week.
        ("POST", "/uploads/", Fate::Lost),
    ]
    .into_iter()
    .enumerate()
    {
        let fate = (method, address, 1, fate);
        write_through((&proxy, &driver), &format!("f/{number}"), fate).await;
        assert_eq!(stand.unfinished(), 0, "{number}");
    }
    let gone = [key("f/0"), key("f/1"), key("f/never")];
    proxy.have("POST", "/batch", 1, Fate::Lost);
    assert_eq!(driver.delete(&gone).await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn a_vendor_that_is_asked_too_often_is_busy_and_nothing_is_missing() {
    let proxy = Proxy::start("http://127.0.0.1:9").await;
    let hosts = json!({ "domains": [proxy.endpoint] });
    let hosts = json!({ "hosts": [{ "ttl": 86_400, "up": hosts, "rs": hosts, "rsf": hosts }] });
    let but = ["list_staging"];
    for (status, page) in [
        (573, json!({ "error": "too many requests" }).to_string()),
        (503, "<html>busy</html>".to_owned()),
    ] {
        proxy.calm();
        let told = Fate::Answer(200, hosts.to_string());
        proxy.have("GET", "/v4/query", usize::MAX, told);
        proxy.have("", "", usize::MAX, Fate::Answer(status, page));
        for (what, error) in ask_all_but(&but, &kodo(&proxy.endpoint)).await {
            assert!(
                matches!(error, DriverError::Busy { .. }),
                "{what}: {error:?}"
            );
        }
    }
    // What is no answer of the vendor is neither success nor a missing blob, and refusals are told.
    let page = "<!DOCTYPE html><html><body><p>Please sign in</p></body></html>";
    let said = |why: &str| json!({ "error": why }).to_string();
    for (status, page, sentence) in [
        (200, page.to_owned(), ""),
        (404, page.to_owned(), ""),
        (403, page.to_owned(), ""),
        (200, "{}".to_owned(), ""),
        (200, "[]".to_owned(), ""),
        (200, String::new(), ""),
        (404, String::new(), ""),
        (301, String::new(), "the bucket is at another endpoint"),
        (401, said("bad token"), "the key is wrong"),
        (
            403,
            said("request time is too skewed"),
            "the clock of this machine",
        ),
        (403, said("access denied"), "these keys may not do this"),
        (
            419,
            said("account is frozen"),
            "the account at the store is closed",
        ),
        (631, said("no such bucket"), "there is no such bucket"),
    ] {
        proxy.calm();
        let told = Fate::Answer(200, hosts.to_string());
        proxy.have("GET", "/v4/query", usize::MAX, told);
        proxy.have("", "", usize::MAX, Fate::Answer(status, page));
        for (what, error) in ask_all_but(&but, &kodo(&proxy.endpoint)).await {
            let DriverError::Io(why) = error else {
                panic!("{status} {what}: {error:?}");
            };
            let why = why.to_string();
            assert!(why.contains(sentence), "{status} {what}: {why}");
        }
    }
    // The same where it is not even told by which hosts the bucket is reached.
    proxy.calm();
    proxy.have("", "", usize::MAX, Fate::Answer(200, page.to_owned()));
    for (what, error) in ask_all_but(&but, &kodo(&proxy.endpoint)).await {
        assert!(matches!(error, DriverError::Io(_)), "{what}: {error:?}");
    }
}

#[tokio::test]
async fn of_what_cannot_be_deleted_the_rest_goes() {
    let (stand, proxy, driver) = between().await;
    let keys = [key("f/a"), key("f/held"), key("f/b")];
    for key in &keys {
        stand.put(key.as_str(), "x");
    }
    assert_eq!(driver.delete(&keys).await.unwrap(), [key("f/held")]);
    assert_eq!(stand.keys(), ["f/held"]);
    // What is said in the place of the vendor counts for nothing.
    let told = json!([{ "code": 200 }]).to_string();
    proxy.have("POST", "/batch", 1, Fate::Answer(200, told));
    assert!(driver.delete(&keys[..1]).await.is_err());
}

#[tokio::test]
async fn the_hosts_of_a_bucket_are_asked_for_once() {
    let (_stand, proxy, driver) = between().await;
    driver.write(&key("f/a"), whole("a"), None).await.unwrap();
    // From now on nobody tells.
    proxy.have(
        "GET",
        "/v4/query",
        usize::MAX,
        refusal(599, "internal error"),
    );
    assert_content(&driver, "f/a", &"a".into()).await;
    driver.write(&key("f/b"), whole("b"), None).await.unwrap();
}

#[tokio::test]
async fn a_name_that_was_taken_a_moment_ago_is_not_written_over() {
    let (stand, proxy, driver) = between().await;
    for (name, body) in [("f/small", "small".into()), ("f/large", content(2 * PIECE))] {
        // Nothing had it when it was looked for.
        proxy.have(
            "GET",
            "/stat/",
            1,
            refusal(612, "no such file or directory"),
        );
        stand.put(name, "theirs");
        let late = driver.write(&key(name), pieces(&body), None).await;
        assert!(
            matches!(late, Err(DriverError::AlreadyExists(_))),
            "{late:?}"
        );
        proxy.calm();
        assert_content(&driver, name, &"theirs".into()).await;
        assert_none_unfinished(&stand).await;
    }
}

#[tokio::test]
async fn parts_that_are_lost_changed_or_called_otherwise_make_no_blob() {
    let (stand, proxy, driver) = between().await;
    let large = content(3 * PIECE);
    for fate in [Fate::Swallowed, Fate::Changed] {
        let name = format!("f/{fate:?}");
        proxy.have("PUT", "/uploads/", 1, Fate::Through);
        proxy.have("PUT", "/uploads/", usize::MAX, fate.clone());
        write_in_vain((&proxy, &driver), &name, pieces(&large)).await;
        proxy.have("PUT", "/uploads/", usize::MAX, fate);
        write_in_vain((&proxy, &driver), &name, whole(content(5000))).await;
        assert_none_unfinished(&stand).await;
        let at = key(&name);
        let written = driver.write(&at, pieces(&large), None);
        written.await.unwrap();
        assert_content(&driver, &name, &large).await;
    }
}

#[tokio::test]
async fn a_relayed_upload_goes_on_when_its_lost_part_is_sent_again() {
    let (_stand, proxy, driver) = between().await;
    let whole_file = content(2 * PIECE + 9);
    let mut plan = plan("f/relayed", whole_file.len() as u64, PIECE as u64);
    plan.vendor_state = driver.begin_upload(&plan).await.unwrap().vendor_state;
    let send = async |index: u64| {
        let part = plan.part(index).unwrap();
        let (from, to) = (part.offset, part.offset + part.size_bytes);
        let bytes = whole_file.slice(from as usize..to as usize);
        let sent = driver.write_part(&plan, from, part.size_bytes, whole(bytes));
        sent.await
    };
    let mut parts = vec![send(0).await.unwrap()];
    proxy.have("PUT", "/uploads/", 1, Fate::Swallowed);
    assert!(send(1).await.is_err());
    parts.push(send(1).await.unwrap());
    parts.push(send(2).await.unwrap());
    proxy.have("POST", "/uploads/", 1, Fate::Lost);
    let done = driver.complete_upload(&plan, &parts).await.unwrap();
    assert_eq!(done.blake3, Some(*blake3::hash(&whole_file).as_bytes()));
    assert_content(&driver, "f/relayed", &whole_file).await;
}

#[tokio::test]
async fn a_download_that_is_cut_off_goes_on_or_fails_and_is_never_short() {
    let (_stand, proxy, driver) = between().await;
    cut_off_downloads((&proxy, &driver), "/f/a").await;
}

#[tokio::test]
async fn a_page_of_a_stranger_at_any_step_is_no_upload() {
    let (stand, proxy, driver) = between().await;
    let requests = [
        ("POST", "/uploads"),
        ("PUT", "/uploads/"),
        ("POST", "/uploads/"),
    ];
    pages_of_strangers((&proxy, &driver), &requests).await;
    assert_none_unfinished(&stand).await;
}
