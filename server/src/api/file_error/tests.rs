//! What envelopes carry besides code and sentence.

use super::*;
use drive::tree::TreeError;

#[test]
fn a_lock_conflict_carries_an_array() {
    let error = FileError::from(LockError::Conflict(vec![Conflict {
        uri: Some("cloudreve://my/a.txt".into()),
        token: Some("t".into()),
        application: "dav".into(),
        detail: Some("<o/>".into()),
        is_folder: false,
    }]));
    assert_eq!(
        ApiError::File(error).envelope(None)["data"],
        json!([{
            "path": "cloudreve://my/a.txt",
            "token": "t",
            "owner": { "application": { "type": "dav", "inner_xml": "<o/>" } },
            "type": 0,
        }])
    );
}

#[test]
fn a_batch_names_what_failed_and_speaks_for_a_single_failure() {
    let one = FileError::Batch(vec![(
        "cloudreve://my/a".into(),
        TreeError::NotFound.into(),
    )]);
    let envelope = ApiError::File(one).envelope(None);
    assert_eq!(envelope["code"], 40081);
    assert_eq!(envelope["msg"], "Path not exist");
    assert_eq!(
        envelope["aggregated_error"]["cloudreve://my/a"]["code"],
        40016
    );
}
