//! The suite on Kodo, and what it is asked. Its own library checks every signature.

use crate::cases::key;
use crate::stand::kodo::{ACCESS, BUCKET, Kodo, LEAST_PART, SECRET, sign_callback};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE;
use object_storage::{QiniuDriver, QiniuOptions};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use storage::conformance::Fixture;
use storage::{
    BlobKey, CallbackMessage, CallbackProblem, DirectRoute, DownloadRequest, Driver, DriverError,
    Route, UploadPlan, whole,
};

/// A vendor of its own, as long as the test runs.
struct Bucket {
    kodo: Kodo,
    options: QiniuOptions,
}

impl Bucket {
    async fn new() -> Self {
        let kodo = Kodo::start().await;
        let options = QiniuOptions {
            bucket: BUCKET.to_owned(),
            domain: kodo.endpoint(),
            access_key: ACCESS.to_owned(),
            secret_key: SECRET.to_owned(),
            is_private: true,
            is_accelerated: false,
            region_service: Some(kodo.endpoint()),
        };
        Self { kodo, options }
    }

    fn driver(&self) -> QiniuDriver {
        QiniuDriver::new(self.options.clone()).unwrap()
    }

    fn with(&self, change: impl Fn(&mut QiniuOptions)) -> QiniuDriver {
        let mut options = self.options.clone();
        change(&mut options);
        QiniuDriver::new(options).unwrap()
    }
}

impl Fixture for Bucket {
    fn open(&self) -> Arc<dyn Driver> {
        Arc::new(self.driver())
    }

    fn tells_unfinished(&self) -> bool {
        false
    }

    fn chunk_bytes(&self) -> u64 {
        LEAST_PART as u64
    }
}

mod suite {
    use super::Bucket;
    storage::conformance_tests!(Bucket::new().await);
}

/// Two parts, the last one short, that go to the vendor.
async fn begun(driver: &QiniuDriver) -> (UploadPlan, DirectRoute) {
    let least = LEAST_PART as u64;
    let mut plan = UploadPlan {
        id: uuid::Uuid::new_v4(),
        key: key("uploads/1/a b/ü+&#.bin"),
        size_bytes: least + 3,
        chunk_bytes: least,
        expires_at: SystemTime::now() + Duration::from_hours(1),
        reserves: true,
        relay: false,
        content_type: Some("image/png".to_owned()),
        callback_url: Some("http://127.0.0.1:9/api/v4/callback/qiniu/s/k".to_owned()),
        vendor_state: None,
    };
    let target = driver.begin_upload(&plan).await.unwrap();
    plan.vendor_state = target.vendor_state;
    let Route::Direct(route) = target.route else {
        panic!("it goes to the vendor");
    };
    (plan, route)
}

fn token(route: &DirectRoute) -> String {
    format!("UpToken {}", route.credential.as_ref().unwrap())
}

/// Sends a part as clients of the V4 API do, and nothing else.
async fn put(route: &DirectRoute, number: u64, bytes: Vec<u8>) -> Response {
    let put = Client::new().put(format!("{}/{number}", route.part_urls[0]));
    let put = put
        .header("content-type", "application/octet-stream")
        .header("authorization", token(route));
    put.body(bytes).send().await.unwrap()
}

async fn send_all(plan: &UploadPlan, route: &DirectRoute) -> Value {
    let mut parts = Vec::new();
    for index in 0..plan.part_count() {
        let size = plan.part(index).unwrap().size_bytes;
        let sent = put(route, index + 1, vec![7; size as usize]).await;
        assert_eq!(sent.status(), 200);
        let sent: Value = sent.json().await.unwrap();
        parts.push(json!({ "etag": sent["etag"], "partNumber": index + 1 }));
    }
    json!({ "mimeType": route.content_type, "parts": parts })
}

/// Has them joined as such clients do.
async fn join(route: &DirectRoute, parts: &Value) -> Response {
    let post = Client::new().post(&route.part_urls[0]);
    let post = post.header("authorization", token(route)).json(parts);
    post.send().await.unwrap()
}

#[tokio::test]
async fn browsers_send_parts_as_clients_do_and_nothing_more_is_asked() {
    let bucket = Bucket::new().await;
    let driver = bucket.driver();
    let (plan, route) = begun(&driver).await;
    let asked = bucket.kodo.asked();
    assert_eq!(asked, ["GET region", "GET stat", "POST uploads"]);
    assert_eq!(Some(&route.upload_id), plan.vendor_state.as_ref());
    let [url] = &route.part_urls[..] else {
        panic!("one address takes all parts: {:?}", route.part_urls);
    };
    // The key as the vendor wants it: base64 for addresses.
    let uploads = "buckets/files/objects/dXBsb2Fkcy8xL2EgYi_DvCsmIy5iaW4=/uploads";
    let expected = format!("{}/{uploads}/{}", bucket.kodo.endpoint(), route.upload_id);
    assert_eq!(url, &expected);
    assert_eq!(route.content_type.as_deref(), Some("image/png"));
    assert_eq!((&route.complete_url, &route.form_policy), (&None, &None));
    let early = driver.complete_upload(&plan, &[]).await;
    assert!(
        matches!(early, Err(DriverError::Incomplete { got: 0, .. })),
        "{early:?}"
    );
    let parts = send_all(&plan, &route).await;
    bucket.kodo.asked();
    // Whoever is to be told is not there: the vendor says so, and has joined them.
    assert_eq!(join(&route, &parts).await.status(), 579);
    assert_eq!(bucket.kodo.mime_type(plan.key.as_str()), "image/png");
    let written = driver.complete_upload(&plan, &[]).await.unwrap();
    assert_eq!(written.size_bytes, plan.size_bytes);
    assert_eq!(bucket.kodo.asked(), ["POST join", "GET stat"]);
    driver
        .delete(std::slice::from_ref(&plan.key))
        .await
        .unwrap();
    assert_eq!(bucket.kodo.asked(), ["POST batch"]);
    assert!(bucket.kodo.keys().is_empty());
}

#[tokio::test]
async fn a_token_is_good_for_its_key_its_length_and_its_time_alone() {
    let bucket = Bucket::new().await;
    let driver = bucket.driver();
    let (mut plan, route) = begun(&driver).await;
    let parts = send_all(&plan, &route).await;
    let mut elsewhere = route.clone();
    let other = elsewhere.part_urls[0].replace("dXBsb2Fkcy8x", "dXBsb2Fkcy8y");
    elsewhere.part_urls = vec![other];
    assert_eq!(put(&elsewhere, 1, vec![1]).await.status(), 403);
    let mut forged = route.clone();
    forged.credential = forged
        .credential
        .map(|token| token.replace("access:", "other:"));
    assert_eq!(put(&forged, 1, vec![1]).await.status(), 401);
    // More than was announced.
    let longer: Value = put(&route, 2, vec![7; 4]).await.json().await.unwrap();
    let mut more = parts.clone();
    more["parts"][1]["etag"] = longer["etag"].clone();
    assert_eq!(join(&route, &more).await.status(), 413);
    // Somebody else was quicker: nothing of theirs is lost.
    put(&route, 2, vec![7; 3]).await;
    bucket.kodo.put(plan.key.as_str(), "theirs");
    assert_eq!(join(&route, &parts).await.status(), 614);
    let taken = driver.complete_upload(&plan, &[]).await.unwrap();
    assert_eq!(taken.size_bytes, 6, "what is there is told as it is");
    driver.abort_upload(&plan).await.unwrap();
    assert_eq!(bucket.kodo.unfinished(), 0);

    plan.expires_at = SystemTime::now();
    let Route::Direct(late) = driver.route_of(&plan).await.unwrap() else {
        panic!("it goes to the vendor");
    };
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let late = put(&late, 1, vec![1]).await;
    assert_eq!(late.status(), 401);
    assert!(late.text().await.unwrap().contains("expired token"));
}

#[tokio::test]
async fn what_the_vendor_would_put_something_else_for_is_no_name_to_save_under() {
    let bucket = Bucket::new().await;
    let driver = bucket.driver();
    let (mut plan, _) = begun(&driver).await;
    let policy_of = |route: &DirectRoute| -> Value {
        let token = route.credential.clone().unwrap();
        let text = token.rsplit(':').next().unwrap().to_owned();
        let text = BASE64_URL_SAFE.decode(text).unwrap();
        serde_json::from_slice(&text).unwrap()
    };
    let Route::Direct(route) = driver.route_of(&plan).await.unwrap() else {
        panic!("it goes to the vendor");
    };
    let policy = policy_of(&route);
    let deadline = policy["deadline"].clone();
    assert_eq!(
        policy,
        json!({
            "scope": "files:uploads/1/a b/ü+&#.bin", "deadline": deadline, "insertOnly": 1,
            "saveKey": "uploads/1/a b/ü+&#.bin", "forceSaveKey": true,
            "fsizeLimit": LEAST_PART + 3,
            "callbackUrl": "http://127.0.0.1:9/api/v4/callback/qiniu/s/k",
            "callbackBody":
                r#"{"size":$(fsize),"pic_info":"$(imageInfo.width),$(imageInfo.height)"}"#,
            "callbackBodyType": "application/json",
        })
    );
    plan.key = key("uploads/1/$(x:where).bin");
    let Route::Direct(route) = driver.route_of(&plan).await.unwrap() else {
        panic!("it goes to the vendor");
    };
    let policy = policy_of(&route);
    assert_eq!(policy["scope"], "files:uploads/1/$(x:where).bin");
    assert_eq!(policy.get("saveKey").or(policy.get("forceSaveKey")), None);
}

#[tokio::test]
async fn a_link_gives_the_file_its_name_and_its_speed() {
    let bucket = Bucket::new().await;
    let driver = bucket.driver();
    let key = key("a b/ü+%2f?#&='.txt");
    driver.write(&key, whole("hello"), None).await.unwrap();
    let mut request = DownloadRequest {
        file_name: "Grüße \"1\".txt".to_owned(),
        attachment: true,
        lifetime: Duration::from_hours(24 * 365_000),
        speed_bytes: Some(1),
    };
    let url = driver.download_url(&key, &request).await.unwrap();
    let got = reqwest::get(&url).await.unwrap();
    assert_eq!(got.status(), 200, "{url}");
    let disposition = got.headers()["content-disposition"].to_str().unwrap();
    assert!(disposition.contains("utf-8''Gr%C3%BC"), "{disposition}");
    assert_eq!(got.text().await.unwrap(), "hello");
    assert!(url.contains("&X-Qiniu-Traffic-Limit=819200&e="), "{url}");
    for (what, other) in [("1%22", "2%22"), ("819200", "838860800"), ("&e=", "&e=9")] {
        let other = url.replace(what, other);
        assert_ne!(url, other);
        assert_eq!(reqwest::get(other).await.unwrap().status(), 401, "{what}");
    }
    let public = bucket.with(|options| options.is_private = false);
    request.speed_bytes = None;
    let url = public.download_url(&key, &request).await.unwrap();
    assert!(
        url.ends_with(".txt?attname=Gr%C3%BC%C3%9Fe%20%221%22.txt"),
        "{url}"
    );
    request.attachment = false;
    let url = public.download_url(&key, &request).await.unwrap();
    assert!(!url.contains('?'), "{url}");
}

#[tokio::test]
async fn what_is_wrong_is_told_in_sentences() {
    let bucket = Bucket::new().await;
    bucket.kodo.put("a", "a");
    for (change, sentence) in [
        (
            (|options| options.secret_key = "wrong".to_owned()) as fn(&mut QiniuOptions),
            "the key is wrong, or the clock of this machine is (401 Unauthorized",
        ),
        (
            |options| options.access_key = "nobody".to_owned(),
            "the store does not know this access key (612 app/accesskey is not found)",
        ),
        (
            |options| options.bucket = "nothing".to_owned(),
            "there is no such bucket (631 no such bucket)",
        ),
    ] {
        let driver = bucket.with(change);
        let refused = driver.write(&key("b"), whole("b"), None).await.map(drop);
        let stat = driver.stat(&key("a")).await.map(drop);
        let listed = driver.list("", None, 1).await.map(drop);
        let deleted = driver.delete(&[key("a")]).await.map(drop);
        for refused in [refused, stat, listed, deleted] {
            let Err(DriverError::Io(why)) = refused else {
                panic!("{sentence}: {refused:?}");
            };
            assert!(why.to_string().starts_with(sentence), "{why}");
        }
    }
    for change in [
        (|options| options.domain = String::new()) as fn(&mut QiniuOptions),
        |options| options.domain = "https://cdn.example.com/files".to_owned(),
        |options| options.bucket = " ".to_owned(),
    ] {
        let mut options = bucket.options.clone();
        change(&mut options);
        assert!(QiniuDriver::new(options).is_err());
    }
}

#[tokio::test]
async fn more_keys_than_one_request_takes_go_in_several() {
    let bucket = Bucket::new().await;
    let keys: Vec<BlobKey> = (0..1_001).map(|n| key(&format!("d/&{n}"))).collect();
    for key in &keys {
        bucket.kodo.put(key.as_str(), "x");
    }
    assert!(bucket.driver().delete(&keys).await.unwrap().is_empty());
    assert!(bucket.kodo.keys().is_empty());
    let asked = bucket.kodo.asked();
    assert_eq!(asked, ["GET region", "POST batch", "POST batch"]);
    // What is not there counts as deleted.
    assert!(bucket.driver().delete(&keys[..2]).await.unwrap().is_empty());
}

#[tokio::test]
async fn pages_go_on_where_the_vendor_said() {
    let bucket = Bucket::new().await;
    for number in 0..25 {
        bucket.kodo.put(&format!("l/{number:02}"), "x");
    }
    let driver = bucket.driver();
    let (mut after, mut found) = (None, Vec::new());
    loop {
        let page = driver.list("l/", after.as_ref(), 10).await.unwrap();
        let is_last = page.len() < 10;
        after = page.last().map(|blob| blob.key.clone());
        found.extend(page);
        if is_last {
            break;
        }
    }
    assert_eq!(found.len(), 25);
    let asked = bucket.kodo.asked();
    assert_eq!(asked, ["GET region", "GET list", "GET list", "GET list"]);
    // Who begins in the middle, in another process, is told the same.
    let middle = key("l/19");
    let rest = bucket.driver().list("l/", Some(&middle), 3).await.unwrap();
    let names: Vec<&str> = rest.iter().map(|blob| blob.key.as_str()).collect();
    assert_eq!(names, ["l/20", "l/21", "l/22"]);
}

#[tokio::test]
async fn the_vendor_makes_small_pictures_and_reads_in_pictures_and_songs() {
    let bucket = Bucket::new().await;
    let driver = bucket.driver();
    bucket.kodo.put("p.png", &b"\x89PNG and more"[..]);
    bucket.kodo.put("s.mp3", &b"ID3 and more"[..]);
    bucket.kodo.put("t.txt", "text");
    let made = driver.native_thumbnail(&key("p.png"), 64).await.unwrap();
    assert_eq!(made.unwrap().content_type, "image/png");
    assert_eq!(bucket.kodo.asked(), ["GET key imageView2"]);
    let none = driver.native_thumbnail(&key("t.txt"), 64).await.unwrap();
    assert_eq!(none, None);
    for (name, expected) in [("p.png", "Make=Camera"), ("s.mp3", "duration=61.5")] {
        let tags = driver.native_media(&key(name)).await.unwrap();
        let tags = tags.iter().map(|tag| format!("{}={}", tag.name, tag.value));
        assert_eq!(tags.collect::<Vec<_>>(), [expected]);
    }
    assert!(driver.native_media(&key("t.txt")).await.unwrap().is_empty());
}

/// A callback as Kodo sends it, and what becomes of it.
struct Told {
    path: &'static str,
    body: &'static str,
    headers: Vec<(String, String)>,
}

const PATH: &str = "/api/v4/callback/qiniu/s/k";

impl Told {
    async fn by(scheme: &str) -> Self {
        let body = r#"{"size":5,"pic_info":","}"#;
        let signed = sign_callback(scheme, ("drive.example.com", PATH), body).await;
        let headers = [
            ("host", "drive.example.com"),
            ("content-type", "application/json"),
            ("x-qiniu-date", "20260101T000000Z"),
            ("authorization", &signed),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            path: PATH,
            body,
            headers: headers.to_vec(),
        }
    }

    async fn to(&self, driver: &QiniuDriver, plan: &UploadPlan) -> Result<(), String> {
        let message = CallbackMessage {
            path: self.path,
            headers: &self.headers,
            body: self.body.as_bytes(),
        };
        match driver.check_callback(plan, message).await {
            Ok(()) => Ok(()),
            Err(CallbackProblem::Forged(why)) => Err(why.to_owned()),
            Err(CallbackProblem::Driver(error)) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn only_what_the_vendor_says_with_these_keys_is_believed() {
    let bucket = Bucket::new().await;
    let driver = bucket.driver();
    let (plan, _) = begun(&driver).await;
    let other = bucket.with(|options| options.secret_key = "another".to_owned());
    let stranger = bucket.with(|options| options.access_key = "somebody".to_owned());
    for scheme in ["QBox", "Qiniu"] {
        let own = Told::by(scheme).await;
        assert_eq!(own.to(&driver, &plan).await, Ok(()), "{scheme}");
        let refused = async |told: &Told, driver| told.to(driver, &plan).await.unwrap_err();
        assert_eq!(refused(&own, &other).await, "its signature is wrong");
        let by_other = refused(&own, &stranger).await;
        assert_eq!(by_other, "it is signed by somebody else");
        // Of another session, whose address it was signed for.
        let mut told = Told::by(scheme).await;
        told.path = "/api/v4/callback/qiniu/s/other";
        assert_eq!(refused(&told, &driver).await, "its signature is wrong");
        for authorization in [
            "",
            "QBox",
            "Qiniu access",
            "QBox access:",
            "Bearer access:x",
        ] {
            let mut told = Told::by(scheme).await;
            authorization.clone_into(&mut told.headers[3].1);
            assert_eq!(refused(&told, &driver).await, "it is not signed");
        }
    }
    // The second scheme is about all of it.
    for (at, value) in [
        (0, "evil.example"),
        (1, "text/plain"),
        (2, "20260101T000001Z"),
    ] {
        let mut told = Told::by("Qiniu").await;
        value.clone_into(&mut told.headers[at].1);
        let why = told.to(&driver, &plan).await.unwrap_err();
        assert_eq!(why, "its signature is wrong", "{value}");
    }
    let mut told = Told::by("Qiniu").await;
    told.body = r#"{"size":6,"pic_info":","}"#;
    assert!(told.to(&driver, &plan).await.is_err());
    // What stands before this server may say under which name the vendor called.
    let mut told = Told::by("Qiniu").await;
    "10.0.0.5:5212".clone_into(&mut told.headers[0].1);
    let name = (
        "x-forwarded-host".to_owned(),
        "drive.example.com".to_owned(),
    );
    told.headers.push(name);
    assert_eq!(told.to(&driver, &plan).await, Ok(()));
}
