//! What is queued below is what is done above, and as it is stored since ever.
use crate::blob::AbortUpload;
use crate::proof::VerifyBlob;
use crate::tasks::{self, EndedUpload, Unverified};
use crate::upkeep::{MakeThumbnail, RecycleBlobs, RepairMirrors, RepairPass, ThumbnailOf};
use entity::{BlobId, FileId, PolicyId, Timestamp};
use serde_json::{Value, json};
use site::task::{NewTask, Pass, Patience, TaskKind, system_task};
use uuid::Uuid;

const NOW: Timestamp = Timestamp(7);

/// As it is queued, and as the kind that does it would queue it.
fn same<K: TaskKind>(mut queued: NewTask, state: &K::State) {
    let known = system_task::<K>(state, NOW);
    // Of who causes it, and so of nobody twice.
    queued.correlation = known.correlation;
    assert_eq!(format!("{queued:?}"), format!("{known:?}"));
}

fn stored<K: TaskKind>(name: &str, state: Value) -> K::State {
    assert_eq!(K::NAME, name);
    let read: K::State = serde_json::from_value(state.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), state);
    read
}

#[test]
fn queued_upkeep_is_of_the_kinds_that_do_it() {
    let trouble = json!({"passes": 0, "failed": 0, "last_error": ""});
    let pass = json!({"time": 0, "id": 0, "trouble": trouble});
    let pass: Pass = stored::<RecycleBlobs>("recycle_blobs", pass);
    same::<RecycleBlobs>(tasks::recycle_blobs(NOW), &pass);

    let pass = json!({"after": 0, "failing": [], "trouble": trouble});
    let pass: RepairPass = stored::<RepairMirrors>("mirror_repair", pass);
    same::<RepairMirrors>(tasks::repair_mirrors(NOW), &pass);

    let of: ThumbnailOf = stored::<MakeThumbnail>("make_thumbnail", json!({"file": 3}));
    same::<MakeThumbnail>(tasks::make_thumbnail(FileId(3), NOW), &of);

    let blob = json!({"blob": 4, "patience": 0});
    let blob: Unverified = stored::<VerifyBlob>("blob_verify", blob);
    same::<VerifyBlob>(tasks::verify_blob(BlobId(4), NOW), &blob);
}

#[test]
fn an_upload_that_ended_is_stored_as_it_was() {
    let ended = EndedUpload {
        id: Uuid::nil(),
        policy: PolicyId(2),
        key: "a/b".into(),
        size_bytes: 5,
        chunk_bytes: 3,
        expires_at: 9,
        vendor_state: Some("u".into()),
        patience: Patience::default(),
        is_late: false,
    };
    let state = json!({
        "id": Uuid::nil(), "policy": 2, "key": "a/b", "size_bytes": 5, "chunk_bytes": 3,
        "expires_at": 9, "vendor_state": "u", "patience": 0,
    });
    let read = stored::<AbortUpload>("abort_upload", state);
    assert_eq!(format!("{read:?}"), format!("{ended:?}"));
}

#[test]
fn a_member_counts_as_away_once_it_failed_several_times_in_a_row() {
    let (one, two) = (PolicyId(1), PolicyId(2));
    let mut pass = RepairPass::default();
    // A blob that cannot be stored says nothing of the others.
    pass.failed(one);
    pass.failed(one);
    pass.worked(one);
    pass.failed(one);
    pass.failed(one);
    pass.failed(two);
    assert!(!pass.is_away(one) && !pass.is_away(two));
    pass.failed(one);
    assert!(pass.is_away(one) && !pass.is_away(two));
}
