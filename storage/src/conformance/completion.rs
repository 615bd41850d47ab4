//! Cases about how uploads in parts end: completed, broken off, forgotten.

use super::uploads::{assert_written, complete, four_parts, send_all, takes_parts};
use super::{Fixture, assert_absent, assert_content, begin, key, plan, send};
use crate::{DriverError, Staged, UploadPlan, whole};
use bytes::Bytes;
use futures_util::future::join_all;

pub async fn an_incomplete_upload_is_refused_and_goes_on(fixture: &dyn Fixture) {
    let driver = fixture.open();
    if !takes_parts(&*driver).await {
        return;
    }
    let (mut plan, content) = four_parts(fixture, "incomplete/a");
    begin(&*driver, &mut plan).await;
    let mut parts = Vec::new();
    for index in 0..plan.part_count() {
        let refused = driver.complete_upload(&plan, &parts).await;
        assert!(
            matches!(refused, Err(DriverError::Incomplete { .. })),
            "{refused:?}"
        );
        parts.push(
            send(&*driver, &plan, &content, index)
                .await
                .expect("it still takes parts"),
        );
    }
    assert_written(complete(&*driver, &plan, &parts).await, &content);
}

pub async fn completing_twice_gives_the_same(fixture: &dyn Fixture) {
    let driver = fixture.open();
    if !takes_parts(&*driver).await {
        return;
    }
    let (mut plan, content) = four_parts(fixture, "twice/a");
    begin(&*driver, &mut plan).await;
    let parts = send_all(&*driver, &plan, &content).await;
    let together = join_all((0..4).map(|_| driver.complete_upload(&plan, &parts))).await;
    for written in together {
        assert_written(written.expect("completions at once agree"), &content);
    }
    assert_written(complete(&*fixture.open(), &plan, &parts).await, &content);
    assert_content(&*driver, &plan.key, &content).await;
}

pub async fn a_completion_that_had_begun_is_gone_on_with(fixture: &dyn Fixture) {
    let driver = fixture.open();
    if !takes_parts(&*driver).await {
        return;
    }
    let (mut plan, content) = four_parts(fixture, "resumed/a");
    let unknown = driver.resume_completion(&plan).await;
    assert_eq!(unknown.expect("it can be asked"), None);
    begin(&*driver, &mut plan).await;
    let parts = send_all(&*driver, &plan, &content).await;
    let untouched = driver.resume_completion(&plan).await;
    assert_eq!(untouched.expect("it can be asked"), None);
    assert_absent(&*driver, &plan.key).await;
    complete(&*driver, &plan, &parts).await;
    for _ in 0..2 {
        let resumed = fixture.open().resume_completion(&plan).await;
        let resumed = resumed.expect("it can be asked again");
        assert_written(resumed.expect("it had begun"), &content);
    }
    assert_content(&*driver, &plan.key, &content).await;
}

pub async fn an_upload_stays_unseen_until_complete(fixture: &dyn Fixture) {
    let driver = fixture.open();
    if !takes_parts(&*driver).await {
        return;
    }
    let (mut plan, content) = four_parts(fixture, "unseen/a");
    begin(&*driver, &mut plan).await;
    let parts = send_all(&*driver, &plan, &content).await;
    assert_absent(&*driver, &plan.key).await;
    if driver.capabilities().list {
        assert_eq!(driver.list("", None, 10).await.expect("listing works"), []);
    }
    complete(&*driver, &plan, &parts).await;
    assert_content(&*driver, &plan.key, &content).await;
    assert!(
        driver
            .list_staging()
            .await
            .expect("staging is readable")
            .is_empty()
    );
}

pub async fn after_completion_no_part_is_taken(fixture: &dyn Fixture) {
    let driver = fixture.open();
    if !takes_parts(&*driver).await {
        return;
    }
    let (mut plan, content) = four_parts(fixture, "late/a");
    begin(&*driver, &mut plan).await;
    let parts = send_all(&*driver, &plan, &content).await;
    complete(&*driver, &plan, &parts).await;
    let other = Bytes::from(vec![9; content.len()]);
    let late = send(&*driver, &plan, &other, 0).await;
    assert!(matches!(late, Err(DriverError::UploadGone(_))), "{late:?}");
    assert_content(&*driver, &plan.key, &content).await;
}

pub async fn an_aborted_upload_is_gone_and_its_key_free(fixture: &dyn Fixture) {
    let driver = fixture.open();
    if !takes_parts(&*driver).await {
        return;
    }
    let (mut plan, content) = four_parts(fixture, "abort/a");
    driver
        .abort_upload(&plan)
        .await
        .expect("aborting what was never begun is fine");
    begin(&*driver, &mut plan).await;
    let part = send(&*driver, &plan, &content, 0)
        .await
        .expect("the upload takes parts");
    for _ in 0..2 {
        driver
            .abort_upload(&plan)
            .await
            .expect("aborting is repeatable");
    }
    let late = send(&*driver, &plan, &content, 1).await;
    assert!(matches!(late, Err(DriverError::UploadGone(_))), "{late:?}");
    assert!(driver.complete_upload(&plan, &[part]).await.is_err());
    assert_absent(&*driver, &plan.key).await;
    assert!(
        driver
            .list_staging()
            .await
            .expect("staging is readable")
            .is_empty()
    );
    driver
        .write(&plan.key, whole("x"), None)
        .await
        .expect("the key is free");
}

pub async fn aborting_after_completion_keeps_the_blob(fixture: &dyn Fixture) {
    let driver = fixture.open();
    if !takes_parts(&*driver).await {
        return;
    }
    let (mut plan, content) = four_parts(fixture, "kept/a");
    begin(&*driver, &mut plan).await;
    let parts = send_all(&*driver, &plan, &content).await;
    complete(&*driver, &plan, &parts).await;
    driver
        .abort_upload(&plan)
        .await
        .expect("aborting late is harmless");
    assert_content(&*driver, &plan.key, &content).await;
}

pub async fn an_upload_never_overwrites(fixture: &dyn Fixture) {
    let driver = fixture.open();
    if !takes_parts(&*driver).await {
        return;
    }
    driver
        .write(&key("taken/a"), whole("x"), None)
        .await
        .expect("the key is free");
    let refused = driver.begin_upload(&plan("taken/a", 10, 0)).await;
    assert!(
        matches!(refused, Err(DriverError::AlreadyExists(_))),
        "{refused:?}"
    );
    // Taken while the upload was under way.
    let (mut plan, content) = four_parts(fixture, "taken/b");
    begin(&*driver, &mut plan).await;
    let parts = send_all(&*driver, &plan, &content).await;
    let rival = Bytes::from(vec![1; content.len()]);
    driver
        .write(&plan.key, whole(rival.clone()), None)
        .await
        .expect("an upload holds no key");
    let late = driver.complete_upload(&plan, &parts).await;
    assert!(
        matches!(late, Err(DriverError::AlreadyExists(_))),
        "{late:?}"
    );
    assert_content(&*driver, &plan.key, &rival).await;
    driver.abort_upload(&plan).await.expect("aborting works");
    assert_content(&*driver, &plan.key, &rival).await;
}

pub async fn an_upload_never_begun_is_gone(fixture: &dyn Fixture) {
    let driver = fixture.open();
    if !takes_parts(&*driver).await {
        return;
    }
    let plan = plan("unknown/a", 0, 0);
    let part = driver.write_part(&plan, 0, 0, whole("")).await;
    assert!(matches!(part, Err(DriverError::UploadGone(_))), "{part:?}");
    let done = driver.complete_upload(&plan, &[]).await;
    assert!(matches!(done, Err(DriverError::UploadGone(_))), "{done:?}");
}

pub async fn unfinished_uploads_are_listed_and_discarded(fixture: &dyn Fixture) {
    let driver = fixture.open();
    if !takes_parts(&*driver).await || !fixture.tells_unfinished() {
        return;
    }
    let (mut kept, content) = four_parts(fixture, "stray/a");
    let (mut stray, _) = four_parts(fixture, "stray/b");
    begin(&*driver, &mut kept).await;
    begin(&*driver, &mut stray).await;
    let parts = send_all(&*driver, &kept, &content).await;
    let found = fixture
        .open()
        .list_staging()
        .await
        .expect("staging is readable");
    assert_eq!(found.len(), 2);
    // By the id of the upload, or by what the vendor calls it.
    let of = |plan: &UploadPlan| {
        let is_its = |staged: &&Staged| match staged.upload {
            Some(id) => id == plan.id,
            None => staged.vendor_state == plan.vendor_state,
        };
        found.iter().find(is_its)
    };
    assert!(of(&kept).is_some(), "{found:?}");
    let staged = of(&stray).expect("it was just begun");
    for _ in 0..2 {
        driver
            .discard_staging(staged)
            .await
            .expect("discarding is repeatable");
    }
    assert_eq!(
        driver
            .list_staging()
            .await
            .expect("staging is readable")
            .len(),
        1
    );
    assert_written(complete(&*driver, &kept, &parts).await, &content);
}
