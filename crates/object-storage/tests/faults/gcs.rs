//! What goes wrong on the way to Google Cloud Storage.

use super::cases::{
    PIECE, assert_content, assert_nothing, content, cut_off_downloads, pages_of_strangers, pieces,
    write_in_vain, write_through,
};
use super::{gcs, key, plan};
use crate::proxy::{Fate, Proxy};
use crate::servers::Server;
use object_storage::GcsDriver;
use std::sync::OnceLock;
use storage::{Driver, DriverError, whole};

/// A driver with a bucket of its own, and what stands between.
async fn between() -> (Proxy, GcsDriver) {
    static SERVER: OnceLock<Server> = OnceLock::new();
    let server = SERVER.get_or_init(|| Server::of("with-gcs.sh", "ALCOVE_TEST_GCS"));
    let bucket = format!("f-{}", uuid::Uuid::now_v7().simple());
    let url = format!("{}/storage/v1/b?project=p", server.endpoint);
    let body = serde_json::json!({ "name": bucket });
    let made = reqwest::Client::new().post(url).json(&body).send().await;
    assert!(made.unwrap().status().is_success());
    let proxy = Proxy::start(&server.endpoint).await;
    let driver = gcs(&proxy.endpoint, &bucket);
    (proxy, driver)
}

fn refusal(status: u16, reason: &str) -> Fate {
    let why = serde_json::json!({ "error": { "code": status, "errors": [{ "reason": reason }] } });
    Fate::Answer(status, why.to_string())
}

#[tokio::test]
async fn trouble_that_passes_is_not_noticed() {
    let (proxy, driver) = between().await;
    for (number, (method, address, fate)) in [
        ("", "", refusal(503, "backendError")),
        ("POST", "uploadType", Fate::Lost),
        ("POST", "compose", Fate::Lost),
        ("DELETE", "", Fate::Lost),
    ]
    .into_iter()
    .enumerate()
    {
        let fate = (method, address, 1, fate);
        write_through((&proxy, &driver), &format!("f/{number}"), fate).await;
        assert_eq!(driver.list_staging().await.unwrap(), [], "{number}");
    }
    let gone = [key("f/0"), key("f/1"), key("f/never")];
    proxy.have("DELETE", "", 1, Fate::Lost);
    assert_eq!(driver.delete(&gone[..1]).await.unwrap(), []);
    assert_eq!(driver.delete(&gone).await.unwrap(), []);
}

#[tokio::test]
async fn of_what_cannot_be_deleted_the_rest_goes() {
    let (proxy, driver) = between().await;
    for name in ["f/a", "f/held", "f/b"] {
        driver.write(&key(name), whole("x"), None).await.unwrap();
    }
    proxy.have(
        "DELETE",
        "held",
        usize::MAX,
        refusal(403, "retentionPolicyNotMet"),
    );
    let keys = [key("f/a"), key("f/held"), key("f/b")];
    assert_eq!(driver.delete(&keys).await.unwrap(), [key("f/held")]);
    assert!(driver.delete(&keys[1..2]).await.is_err());
    proxy.calm();
    assert_eq!(driver.delete(&keys).await.unwrap(), []);
}

#[tokio::test]
async fn a_name_that_was_taken_a_moment_ago_is_not_written_over() {
    let (proxy, driver) = between().await;
    let large = content(2 * PIECE);
    // What is compared by the store alone: nothing had the name when it was looked for.
    for (name, body) in [("f/small", "small".into()), ("f/large", large)] {
        let address = if name == "f/small" {
            "uploadType"
        } else {
            "compose?ifGenerationMatch=0"
        };
        proxy.have("POST", address, usize::MAX, refusal(412, "conditionNotMet"));
        let late = driver.write(&key(name), pieces(&body), None).await;
        assert!(
            matches!(late, Err(DriverError::AlreadyExists(_))),
            "{late:?}"
        );
        proxy.calm();
        assert_nothing(&driver, name).await;
    }
}

#[tokio::test]
async fn parts_that_are_lost_or_changed_make_no_blob() {
    let (proxy, driver) = between().await;
    let large = content(3 * PIECE);
    for fate in [Fate::Swallowed, Fate::Changed] {
        let name = format!("f/{fate:?}");
        // The first begins the upload.
        proxy.have("POST", "uploadType", 1, Fate::Through);
        proxy.have("POST", "uploadType", usize::MAX, fate.clone());
        write_in_vain((&proxy, &driver), &name, pieces(&large)).await;
        proxy.have("POST", "uploadType", usize::MAX, fate);
        write_in_vain((&proxy, &driver), &name, whole(content(5000))).await;
        driver
            .write(&key(&name), pieces(&large), None)
            .await
            .unwrap();
        assert_content(&driver, &name, &large).await;
    }
}

#[tokio::test]
async fn a_completion_that_was_cut_off_anywhere_is_gone_on_with() {
    let (proxy, driver) = between().await;
    let whole_file = content(2 * PIECE + 9);
    let size = whole_file.len() as u64;
    for (number, (method, address)) in [
        ("POST", "compose"),
        // Composed, and nothing can be cleared away.
        ("DELETE", "begun"),
        ("DELETE", "part-"),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("f/cut{number}");
        let mut plan = plan(&name, size, PIECE as u64);
        plan.vendor_state = driver.begin_upload(&plan).await.unwrap().vendor_state;
        let mut parts = Vec::new();
        for index in 0..plan.part_count() {
            let part = plan.part(index).unwrap();
            let (from, to) = (part.offset, part.offset + part.size_bytes);
            let bytes = whole_file.slice(from as usize..to as usize);
            let sent = driver.write_part(&plan, from, part.size_bytes, whole(bytes));
            parts.push(sent.await.unwrap());
        }
        proxy.have(method, address, usize::MAX, refusal(403, "forbidden"));
        let first = driver.complete_upload(&plan, &parts).await;
        assert_eq!(first.is_err(), method == "POST", "{name}: {first:?}");
        proxy.calm();
        let again = driver.complete_upload(&plan, &parts).await.unwrap();
        assert_eq!(again.blake3, Some(*blake3::hash(&whole_file).as_bytes()));
        let kept = driver.resume_completion(&plan).await.unwrap().unwrap();
        assert_eq!(kept.blake3, again.blake3);
        assert_content(&driver, &name, &whole_file).await;
        for staged in driver.list_staging().await.unwrap() {
            driver.discard_staging(&staged).await.unwrap();
        }
        assert_eq!(driver.list_staging().await.unwrap(), []);
        assert_content(&driver, &name, &whole_file).await;
    }
}

#[tokio::test]
async fn a_download_that_is_cut_off_goes_on_or_fails_and_is_never_short() {
    let (proxy, driver) = between().await;
    // In an address that the library asks for no slash is left.
    cut_off_downloads((&proxy, &driver), "f%2Fa").await;
}

#[tokio::test]
async fn a_page_of_a_stranger_at_any_step_is_no_upload() {
    let (proxy, driver) = between().await;
    let requests = [("POST", "uploadType"), ("POST", "compose")];
    pages_of_strangers((&proxy, &driver), &requests).await;
}
