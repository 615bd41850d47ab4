//! What goes wrong on the way to a WebDAV server, and what several servers do there at once.

use super::cases::{
    PIECE, assert_content, assert_nothing, content, cut_off_downloads, pages_of_strangers, pieces,
    write_in_vain, write_through,
};
use super::proxy::{Fate, Hold, Proxy};
use super::{ask_all_but, folder, key, plan};
use bytes::Bytes;
use object_storage::{WebDavDriver, WebDavOptions};
use std::sync::Arc;
use std::time::Duration;
use storage::{Driver, DriverError, PartWritten, UploadPlan, whole};

pub fn driver(url: &str) -> WebDavDriver {
    let options = WebDavOptions {
        url: url.to_owned(),
        folder: String::new(),
        user: "alcove".to_owned(),
        password: "a secret key".to_owned(),
        staging_prefix: "f".to_owned(),
    };
    WebDavDriver::new(&options).unwrap()
}

/// A driver with a folder of its own, and what stands between.
async fn between() -> (Proxy, WebDavDriver) {
    let proxy = Proxy::start(&folder::start().await).await;
    let driver = driver(&proxy.endpoint);
    (proxy, driver)
}

fn page(status: u16) -> Fate {
    let page = format!("<html><head><title>{status} Trouble</title></head></html>");
    Fate::Answer(status, page)
}

#[tokio::test]
async fn trouble_that_passes_is_not_noticed() {
    let (proxy, driver) = between().await;
    for (number, (method, fate)) in [
        ("PROPFIND", page(502)),
        ("MOVE", Fate::Lost),
        ("MOVE", Fate::Gone),
        ("MKCOL", Fate::Lost),
        ("DELETE", page(500)),
        ("GET", page(503)),
    ]
    .into_iter()
    .enumerate()
    {
        let fate = (method, "", 1, fate);
        write_through((&proxy, &driver), &format!("f/{number}"), fate).await;
        assert_eq!(driver.list_staging().await.unwrap(), [], "{number}");
    }
    proxy.have("DELETE", "", 1, Fate::Lost);
    let gone = [key("f/0"), key("f/1"), key("f/never")];
    assert_eq!(driver.delete(&gone).await.unwrap(), []);
    assert_nothing(&driver, "f/0").await;
}

#[tokio::test]
async fn a_download_that_is_cut_off_goes_on_or_fails_and_is_never_short() {
    let (proxy, driver) = between().await;
    cut_off_downloads((&proxy, &driver), "f/a").await;
}

#[tokio::test]
async fn what_did_not_arrive_and_what_a_stranger_answers_is_no_blob() {
    let (proxy, driver) = between().await;
    for (name, body) in [
        ("f/small", Bytes::from("small")),
        ("f/large", content(3 * PIECE)),
    ] {
        for fate in [Fate::Swallowed, Fate::Gone, Fate::Torn(released())] {
            proxy.have("PUT", "", usize::MAX, fate);
            write_in_vain((&proxy, &driver), name, pieces(&body)).await;
        }
        let at = key(name);
        driver.write(&at, pieces(&body), None).await.unwrap();
        assert_content(&driver, name, &body).await;
    }
    pages_of_strangers((&proxy, &driver), &[("PUT", ""), ("MOVE", ""), ("", "")]).await;
    // Nor is anything gone that a stranger says is gone.
    proxy.have("DELETE", "", usize::MAX, page(200));
    assert!(driver.delete(&[key("f/small")]).await.is_err());
    proxy.calm();
    assert_content(&driver, "f/small", &"small".into()).await;
}

fn released() -> Hold {
    let hold = Hold::default();
    hold.goes.notify_one();
    hold
}

#[tokio::test]
async fn a_server_that_is_full_busy_or_does_not_let_one_says_so_and_nothing_is_left() {
    let (proxy, driver) = between().await;
    for (number, (status, words)) in [
        (507, ""),
        (429, ""),
        (502, "502 Bad Gateway 502 Trouble"),
        (413, "413 Payload Too Large"),
        (401, "the user name or the password is wrong"),
        (403, "this user may not do this"),
        (409, "there is no such folder on the server"),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("f/{number}");
        proxy.have("PUT", "", usize::MAX, page(status));
        let refused = driver.write(&key(&name), whole("x"), None).await;
        let began = plan(&name, 5, 0);
        driver.begin_upload(&began).await.unwrap();
        let part = driver.write_part(&began, 0, 5, whole("12345")).await;
        for error in [refused.unwrap_err(), part.unwrap_err()] {
            match (status, error) {
                (507, DriverError::NoSpace) => {}
                (429, DriverError::Busy { retry_after }) => {
                    assert_eq!(retry_after, Some(Duration::from_secs(7)));
                }
                (_, DriverError::Io(why)) => {
                    assert!(why.to_string().contains(words), "{status}: {why}");
                }
                (_, other) => panic!("{status}: {other:?}"),
            }
        }
        proxy.calm();
        driver.abort_upload(&began).await.unwrap();
        assert_nothing(&driver, &name).await;
    }
}

#[tokio::test]
async fn the_password_goes_to_no_other_address() {
    let (proxy, driver) = between().await;
    let other = Proxy::start(&folder::start().await).await;
    let at = key("f/a");
    driver.write(&at, whole("mine"), None).await.unwrap();
    for method in ["PROPFIND", "PUT", "GET", "MOVE", "DELETE", "MKCOL", ""] {
        let elsewhere = Fate::Elsewhere(format!("{}/f/a", other.endpoint));
        proxy.have(method, "", usize::MAX, elsewhere);
        let wrote = driver.write(&key("f/b"), whole("x"), None).await;
        let read = driver.read(&at, storage::ByteRange::ALL).await;
        let removed = driver.delete(std::slice::from_ref(&at)).await;
        let failed = [wrote.err(), read.err(), removed.err()];
        let told = failed.into_iter().flatten().map(|error| match error {
            DriverError::Io(why) => why.to_string(),
            other => panic!("{other:?}"),
        });
        let told: Vec<String> = told.collect();
        let is_told = |why: &String| why.contains("the server is at another address");
        // The folder of unfinished uploads is there already.
        assert_eq!(told.is_empty(), method == "MKCOL", "{method}: {told:?}");
        assert!(told.iter().all(is_told), "{method}: {told:?}");
        proxy.calm();
        let written = driver.write(&at, whole("mine"), None).await;
        assert!(written.is_ok() || matches!(written, Err(DriverError::AlreadyExists(_))));
        driver.delete(&[key("f/b")]).await.unwrap();
    }
    assert_eq!(other.asked(), 0);
}

/// An upload whose parts are there.
async fn arrived(driver: &dyn Driver, name: &str, file: &Bytes) -> (UploadPlan, Vec<PartWritten>) {
    let mut plan = plan(name, file.len() as u64, PIECE as u64);
    plan.vendor_state = driver.begin_upload(&plan).await.unwrap().vendor_state;
    let mut parts = Vec::new();
    for index in 0..plan.part_count() {
        let part = plan.part(index).unwrap();
        let (from, to) = (part.offset, part.offset + part.size_bytes);
        let bytes = file.slice(from as usize..to as usize);
        let sent = driver.write_part(&plan, from, part.size_bytes, whole(bytes));
        parts.push(sent.await.unwrap());
    }
    (plan, parts)
}

#[tokio::test]
async fn a_completion_that_breaks_off_spoils_none_of_another_server() {
    let store = folder::start().await;
    let (first, second) = (Proxy::start(&store).await, Proxy::start(&store).await);
    let (one, two) = (driver(&first.endpoint), driver(&second.endpoint));
    let file = content(2 * PIECE + 9);
    let (plan, parts) = arrived(&one, "f/a", &file).await;
    let (names, breaks) = (Hold::default(), Hold::default());
    second.have("PUT", "whole", 1, Fate::Torn(breaks.clone()));
    first.have("MOVE", "", 1, Fate::Held(names.clone()));
    let broken = tokio::spawn({
        let (two, plan, parts) = (two.clone(), plan.clone(), parts.clone());
        async move { two.complete_upload(&plan, &parts).await }
    });
    breaks.reached.notified().await;
    let done = tokio::spawn({
        let (plan, parts) = (plan.clone(), parts.clone());
        async move { one.complete_upload(&plan, &parts).await }
    });
    names.reached.notified().await;
    breaks.goes.notify_one();
    assert!(broken.await.unwrap().is_err());
    names.goes.notify_one();
    let done = done.await.unwrap().unwrap();
    assert_eq!(done.blake3, Some(*blake3::hash(&file).as_bytes()));
    assert_content(&two, "f/a", &file).await;
    assert_eq!(two.complete_upload(&plan, &parts).await.unwrap(), done);
    let resumed = two.resume_completion(&plan).await.unwrap().unwrap();
    assert_eq!(resumed.blake3, done.blake3);
    assert_nothing(&two, "f/nothing").await;
}

#[tokio::test]
async fn one_that_comes_late_finds_the_upload_completed() {
    let store = folder::start().await;
    let late = Proxy::start(&store).await;
    let (one, two) = (driver(&store), driver(&late.endpoint));
    for (number, method) in ["GET", "PUT", "MOVE"].into_iter().enumerate() {
        let name = format!("f/late{number}");
        let file = content(PIECE + 9);
        let (plan, parts) = arrived(&one, &name, &file).await;
        let hold = Hold::default();
        late.have(method, "", 1, Fate::Held(hold.clone()));
        let waiting = tokio::spawn({
            let (two, plan, parts) = (two.clone(), plan.clone(), parts.clone());
            async move { two.complete_upload(&plan, &parts).await }
        });
        hold.reached.notified().await;
        let done = one.complete_upload(&plan, &parts).await.unwrap();
        hold.goes.notify_one();
        assert_eq!(waiting.await.unwrap().unwrap(), done, "{method}");
        assert_content(&one, &name, &file).await;
        let another = content(PIECE + 9).slice(1..).to_vec();
        let another = Bytes::from([another, vec![0]].concat());
        // Whoever has the key with other bytes is not taken for it.
        let other = one.write(&plan.key, whole(another), None).await;
        assert!(matches!(other, Err(DriverError::AlreadyExists(_))));
    }
    assert_nothing(&one, "f/nothing").await;
}

#[tokio::test]
async fn several_servers_complete_one_upload_at_once() {
    let store = folder::start().await;
    let first = driver(&store);
    for file in [content(100), content(2 * PIECE)] {
        let name = format!("f/{}", file.len());
        let (plan, parts) = arrived(&first, &name, &file).await;
        let (plan, parts) = (Arc::new(plan), Arc::new(parts));
        let all = (0..4).map(|_| {
            let (driver, plan, parts) = (driver(&store), Arc::clone(&plan), Arc::clone(&parts));
            tokio::spawn(async move { driver.complete_upload(&plan, &parts).await })
        });
        for done in futures_util::future::join_all(all).await {
            let hash = done.unwrap().unwrap().blake3;
            assert_eq!(hash, Some(*blake3::hash(&file).as_bytes()));
        }
        assert_content(&first, &name, &file).await;
        assert_nothing(&first, "f/nothing").await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_answer_of_a_server_is_neither_success_nor_a_missing_blob() {
    let text = "<!DOCTYPE html><html><body><p>Please sign in</p></body></html>";
    let cases = [
        (200, text),
        (404, text),
        (403, text),
        (302, text),
        (200, ""),
    ];
    for (status, page) in cases.into_iter().chain([(404, ""), (301, ""), (501, "")]) {
        let proxy = Proxy::start("http://127.0.0.1:9").await;
        let page = page.to_owned();
        proxy.have("", "", usize::MAX, Fate::Answer(status, page));
        // What is not one of ours is none of ours.
        for (what, error) in ask_all_but(&["discard_staging"], &driver(&proxy.endpoint)).await {
            let is_told = matches!(error, DriverError::Io(_));
            assert!(is_told, "{status} {what}: {error:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_or_is_busy_is_not_waited_for_for_ever() {
    let proxy = Proxy::start("http://127.0.0.1:9").await;
    proxy.have("", "", usize::MAX, Fate::Hang);
    for (what, error) in ask_all_but(&["discard_staging"], &driver(&proxy.endpoint)).await {
        assert!(matches!(error, DriverError::Io(_)), "{what}: {error:?}");
    }
    proxy.calm();
    proxy.have("", "", usize::MAX, Fate::Busy(7));
    for (what, error) in ask_all_but(&["discard_staging"], &driver(&proxy.endpoint)).await {
        let is_told =
            matches!(error, DriverError::Busy { retry_after: Some(after) } if after.as_secs() == 7);
        assert!(is_told, "{what}: {error:?}");
    }
}
