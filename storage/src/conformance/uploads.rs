//! Cases about uploads in parts that come through this server.

use bytes::Bytes;
use futures_util::future::join_all;

use super::{Fixture, assert_content, begin, content, hash, pieces, plan, send, stalling};
use crate::{Driver, DriverError, PartWritten, UploadPlan, Written, whole};

/// Whether the driver takes parts at all; if not, it must say so.
pub(super) async fn takes_parts(driver: &dyn Driver) -> bool {
    let takes = driver.capabilities().relay_chunks;
    if !takes {
        let refused = driver.write_part(&plan("no", 1, 0), 0, 1, whole("x")).await;
        assert!(
            matches!(refused, Err(DriverError::Unsupported(_))),
            "{refused:?}"
        );
    }
    takes
}

/// A plan of three full parts and a short one, and its content.
pub(super) fn four_parts(fixture: &dyn Fixture, name: &str) -> (UploadPlan, Bytes) {
    let chunk = fixture.chunk_bytes();
    let size = chunk * 3 + 1500;
    (plan(name, size, chunk), content(size as usize))
}

pub(super) async fn send_all(
    driver: &dyn Driver,
    plan: &UploadPlan,
    content: &Bytes,
) -> Vec<PartWritten> {
    let mut parts = Vec::new();
    for index in 0..plan.part_count() {
        parts.push(
            send(driver, plan, content, index)
                .await
                .expect("the upload takes parts"),
        );
    }
    parts
}

pub(super) async fn complete(
    driver: &dyn Driver,
    plan: &UploadPlan,
    parts: &[PartWritten],
) -> Written {
    driver
        .complete_upload(plan, parts)
        .await
        .expect("the upload is whole")
}

pub(super) fn assert_written(written: Written, content: &[u8]) {
    assert_eq!(written.size_bytes, content.len() as u64);
    assert!(
        written.blake3.is_none_or(|blake3| blake3 == hash(content)),
        "a wrong hash"
    );
}

pub async fn parts_in_any_order_make_the_file(fixture: &dyn Fixture) {
    let driver = fixture.open();
    if !takes_parts(&*driver).await {
        return;
    }
    let chunk = fixture.chunk_bytes();
    for (name, size, chunk) in [
        ("order/short-tail", chunk * 5 + 77, chunk),
        ("order/even", chunk * 4, chunk),
        ("order/one-part", chunk - 1, chunk),
        ("order/one-piece", chunk * 2 + 1, 0),
        ("order/one-byte", 1, chunk),
    ] {
        let (mut plan, content) = (plan(name, size, chunk), content(size as usize));
        begin(&*driver, &mut plan).await;
        let parts = if driver.capabilities().parallel_parts {
            let order = (0..plan.part_count()).rev();
            let sent = join_all(order.map(|index| send(&*driver, &plan, &content, index))).await;
            sent.into_iter()
                .map(|part| part.expect("the upload takes parts"))
                .collect()
        } else {
            send_all(&*driver, &plan, &content).await
        };
        assert_written(complete(&*driver, &plan, &parts).await, &content);
        assert_content(&*driver, &plan.key, &content).await;
    }
}

pub async fn an_upload_goes_on_after_a_restart(fixture: &dyn Fixture) {
    if !takes_parts(&*fixture.open()).await {
        return;
    }
    let (mut plan, content) = four_parts(fixture, "restart/a");
    begin(&*fixture.open(), &mut plan).await;
    let mut parts = Vec::new();
    for index in 0..plan.part_count() {
        let part = send(&*fixture.open(), &plan, &content, index).await;
        parts.push(part.expect("the upload takes parts"));
    }
    assert_written(complete(&*fixture.open(), &plan, &parts).await, &content);
    assert_content(&*fixture.open(), &plan.key, &content).await;
}

pub async fn a_part_sent_again_replaces_the_first(fixture: &dyn Fixture) {
    let driver = fixture.open();
    if !takes_parts(&*driver).await || !driver.capabilities().parallel_parts {
        return;
    }
    let (mut plan, content) = four_parts(fixture, "again/a");
    begin(&*driver, &mut plan).await;
    let mut parts = send_all(&*driver, &plan, &content).await;
    let other = Bytes::from(vec![9; content.len()]);
    send(&*driver, &plan, &other, 1)
        .await
        .expect("a part may come twice");
    parts[1] = send(&*driver, &plan, &content, 1)
        .await
        .expect("a part may come thrice");
    assert_written(complete(&*driver, &plan, &parts).await, &content);
    assert_content(&*driver, &plan.key, &content).await;
}

pub async fn a_part_of_the_wrong_length_can_be_sent_again(fixture: &dyn Fixture) {
    let driver = fixture.open();
    if !takes_parts(&*driver).await {
        return;
    }
    let (mut plan, content) = four_parts(fixture, "wrong/a");
    begin(&*driver, &mut plan).await;
    let chunk = plan.chunk_bytes;
    let body = content.slice(..chunk as usize - 1);
    let short = driver
        .write_part(&plan, 0, chunk, pieces(&body, 1000))
        .await;
    assert!(
        matches!(short, Err(DriverError::ShortBody { .. })),
        "{short:?}"
    );
    let body = content.slice(..=chunk as usize);
    let long = driver
        .write_part(&plan, 0, chunk, pieces(&body, 1000))
        .await;
    assert!(
        matches!(long, Err(DriverError::LongBody { .. })),
        "{long:?}"
    );
    let parts = send_all(&*driver, &plan, &content).await;
    assert_written(complete(&*driver, &plan, &parts).await, &content);
    assert_content(&*driver, &plan.key, &content).await;
}

pub async fn a_part_cut_off_can_be_sent_again(fixture: &dyn Fixture) {
    let driver = fixture.open();
    if !takes_parts(&*driver).await {
        return;
    }
    let (mut plan, content) = four_parts(fixture, "cut/a");
    begin(&*driver, &mut plan).await;
    for sent in [0, 1, plan.chunk_bytes as usize - 1] {
        let (body, stalled) = stalling(&Bytes::from(vec![9; sent]));
        tokio::select! {
            done = driver.write_part(&plan, 0, plan.chunk_bytes, body) => {
                panic!("a stalled part ended: {done:?}")
            }
            _ = stalled => {}
        }
    }
    let parts = send_all(&*driver, &plan, &content).await;
    assert_written(complete(&*driver, &plan, &parts).await, &content);
    assert_content(&*driver, &plan.key, &content).await;
}

pub async fn a_part_outside_the_file_is_refused(fixture: &dyn Fixture) {
    let driver = fixture.open();
    if !takes_parts(&*driver).await {
        return;
    }
    let mut plan = plan("outside/a", 10, 0);
    begin(&*driver, &mut plan).await;
    for (offset, size) in [(0, 11), (10, 1), (u64::MAX, 1), (1, u64::MAX)] {
        let refused = driver.write_part(&plan, offset, size, whole("x")).await;
        assert!(
            matches!(refused, Err(DriverError::PartOutOfRange { .. })),
            "{refused:?}"
        );
    }
}

pub async fn a_part_size_beside_the_hash_tree_hashes_right(fixture: &dyn Fixture) {
    let driver = fixture.open();
    if !takes_parts(&*driver).await {
        return;
    }
    let chunk = fixture.chunk_bytes() + 1000;
    let (mut plan, content) = (
        plan("beside/a", chunk * 2 + 9, chunk),
        content(2 * chunk as usize + 9),
    );
    begin(&*driver, &mut plan).await;
    let parts = send_all(&*driver, &plan, &content).await;
    assert_written(complete(&*driver, &plan, &parts).await, &content);
    assert_written(complete(&*driver, &plan, &parts).await, &content);
    assert_content(&*driver, &plan.key, &content).await;
}

pub async fn an_empty_file_has_one_empty_part(fixture: &dyn Fixture) {
    let driver = fixture.open();
    if !takes_parts(&*driver).await {
        return;
    }
    let mut with_part = plan("empty/with", 0, fixture.chunk_bytes());
    begin(&*driver, &mut with_part).await;
    let parts = send_all(&*driver, &with_part, &Bytes::new()).await;
    assert_written(complete(&*driver, &with_part, &parts).await, b"");
    assert_content(&*driver, &with_part.key, b"").await;
    let mut without = plan("empty/without", 0, 0);
    begin(&*driver, &mut without).await;
    assert_written(complete(&*driver, &without, &[]).await, b"");
    assert_content(&*driver, &without.key, b"").await;
}
