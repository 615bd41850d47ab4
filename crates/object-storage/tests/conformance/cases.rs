//! What every store is put to besides the suite.

use futures_util::{StreamExt as _, stream};
use std::time::{Duration, SystemTime};
use storage::{
    BlobKey, ByteRange, DownloadRequest, Driver, DriverError, UploadPlan, collect, whole,
};

pub fn key(text: &str) -> BlobKey {
    BlobKey::parse(text).unwrap()
}

pub fn plan(name: &str, size_bytes: u64, chunk_bytes: u64) -> UploadPlan {
    UploadPlan {
        id: uuid::Uuid::new_v4(),
        key: key(name),
        size_bytes,
        chunk_bytes,
        expires_at: SystemTime::now() + Duration::from_hours(1),
        reserves: true,
        relay: false,
        content_type: Some("text/plain".to_owned()),
        callback_url: None,
        vendor_state: None,
    }
}

/// A body of unknown length goes on in pieces, under the key `large`.
pub async fn write_at_length(driver: &dyn Driver) {
    let piece = bytes::Bytes::from(vec![7; 1 << 20]);
    let body = stream::iter((0..20).map(move |_| Ok(piece.clone()))).boxed();
    let written = driver.write(&key("large"), body, None).await.unwrap();
    assert_eq!(written.size_bytes, 20 << 20);
    let all = driver.read(&key("large"), ByteRange::ALL).await.unwrap();
    let all = collect(all).await.unwrap();
    assert_eq!(*blake3::hash(&all).as_bytes(), written.blake3.unwrap());
    assert!(driver.list_staging().await.unwrap().is_empty());
}

/// Where nothing can be asked nothing is taken for missing, or done.
pub async fn ask_in_vain(driver: &dyn Driver) {
    let written = driver.write(&key("a"), whole("a"), None).await;
    assert!(matches!(written, Err(DriverError::Io(_))), "{written:?}");
    let stat = driver.stat(&key("a")).await;
    assert!(matches!(stat, Err(DriverError::Io(_))), "{stat:?}");
    let read = driver.read(&key("a"), ByteRange::ALL).await.map(drop);
    assert!(matches!(read, Err(DriverError::Io(_))), "{read:?}");
    let deleted = driver.delete(&[key("a"), key("b")]).await;
    assert!(deleted.is_err(), "{deleted:?}");
}

/// A link to a blob that is there, good for so long, with a name that is not easy.
pub async fn link_to(driver: &dyn Driver, key: &BlobKey, lifetime: Duration) -> String {
    let request = DownloadRequest {
        file_name: "Grüße \"1\".txt".to_owned(),
        attachment: true,
        lifetime,
        speed_bytes: None,
    };
    driver.download_url(key, &request).await.unwrap()
}

/// Such a link to a new blob, which gives the file its name.
pub async fn link_that_names(driver: &dyn Driver, key: &BlobKey) -> String {
    driver.write(key, whole("hello"), None).await.unwrap();
    let url = link_to(driver, key, Duration::from_mins(1)).await;
    let got = reqwest::get(&url).await.unwrap();
    assert_eq!(got.status(), 200);
    let disposition = got.headers()["content-disposition"].to_str().unwrap();
    assert!(
        disposition.starts_with("attachment;")
            && disposition.ends_with("UTF-8''Gr%C3%BC%C3%9Fe%20%221%22.txt"),
        "{disposition}"
    );
    assert_eq!(got.text().await.unwrap(), "hello");
    url
}

/// Of two uploads to one key the second one is finished: the first one is not taken for it.
pub async fn finish_another(driver: &dyn Driver) {
    let begin = async || {
        let mut plan = plan("same", 5, 0);
        plan.vendor_state = driver.begin_upload(&plan).await.unwrap().vendor_state;
        plan
    };
    let (one, two) = (begin().await, begin().await);
    let of_one = driver.write_part(&one, 0, 5, whole("first")).await.unwrap();
    let of_two = driver.write_part(&two, 0, 5, whole("later")).await.unwrap();
    driver.complete_upload(&two, &[of_two]).await.unwrap();
    let late = driver.complete_upload(&one, &[of_one]).await;
    assert!(
        matches!(late, Err(DriverError::AlreadyExists(_))),
        "{late:?}"
    );
    let resumed = driver.resume_completion(&one).await;
    assert!(
        matches!(resumed, Err(DriverError::AlreadyExists(_))),
        "{resumed:?}"
    );
    let all = driver.read(&key("same"), ByteRange::ALL).await.unwrap();
    assert_eq!(collect(all).await.unwrap(), b"later");
}
