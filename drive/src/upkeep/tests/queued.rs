//! What is queued below is what is done above.
use crate::blob::AbortUpload;
use crate::proof::VerifyBlob;
use crate::tasks;
use crate::upkeep::{MakeThumbnail, RecycleBlobs, RepairMirrors, RepairPass, ThumbnailOf};
use entity::{BlobId, FileId, Timestamp};
use site::task::{NewTask, Pass, TaskKind, system_task};

const NOW: Timestamp = Timestamp(7);

fn same<K: TaskKind>(mut queued: NewTask, state: &K::State) {
    let known = system_task::<K>(state, NOW);
    // Of who causes it, and so of nobody twice.
    queued.correlation = known.correlation;
    assert_eq!(format!("{queued:?}"), format!("{known:?}"));
}

#[test]
fn queued_upkeep_is_of_the_kinds_that_do_it() {
    same::<RecycleBlobs>(tasks::recycle_blobs(NOW), &Pass::default());
    same::<RepairMirrors>(tasks::repair_mirrors(NOW), &RepairPass::default());
    let file = FileId(3);
    same::<MakeThumbnail>(tasks::make_thumbnail(file, NOW), &ThumbnailOf { file });
    let verify = tasks::verify_blob(BlobId(4), NOW);
    let state = serde_json::from_value(verify.private_state.clone()).unwrap();
    same::<VerifyBlob>(verify, &state);
    assert_eq!(AbortUpload::NAME, tasks::ABORT_UPLOAD);
}
