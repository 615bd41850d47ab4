//! The suite on each of the vendors that are spoken to as S3 is and sign otherwise, and what each of
//! them is asked. Their own libraries check every signature.

use crate::stand::{ACCESS, BUCKET, REGION, SECRET, Stand, Whose, sign_callback};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use object_storage::{KinDriver, KinOptions, Vendors};
use reqwest::{Client, Response};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use storage::conformance::Fixture;
use storage::{
    BlobKey, CallbackMessage, CallbackProblem, DirectRoute, DownloadRequest, Driver, DriverError,
    Route, UploadPlan, whole,
};

const ALL: [Whose; 4] = [Whose::Oss, Whose::Cos, Whose::Obs, Whose::Ks3];

/// A vendor of its own, as long as the test runs.
struct Bucket {
    stand: Stand,
    options: KinOptions,
}

impl Bucket {
    async fn new(whose: Whose) -> Self {
        let stand = Stand::start(whose).await;
        let options = KinOptions {
            vendor: match whose {
                Whose::Oss => Vendors::Oss,
                Whose::Cos => Vendors::Cos,
                Whose::Obs => Vendors::Obs,
                Whose::Ks3 => Vendors::Ks3,
            },
            endpoint: stand.endpoint(),
            near_endpoint: String::new(),
            bucket: BUCKET.to_owned(),
            region: REGION.to_owned(),
            access_key: ACCESS.to_owned(),
            secret_key: SECRET.to_owned(),
            path_style: false,
            is_own_domain: false,
            is_private: true,
            is_signed_by_cdn: false,
            delete_batch: 0,
            // The whole bucket is the test's own.
            staging_prefix: "s".to_owned(),
            callback_keys: Some(stand.endpoint()),
        };
        Self { stand, options }
    }

    fn driver(&self) -> KinDriver {
        KinDriver::new(self.options.clone()).unwrap()
    }

    fn with(&self, change: impl Fn(&mut KinOptions)) -> KinDriver {
        let mut options = self.options.clone();
        change(&mut options);
        KinDriver::new(options).unwrap()
    }
}

impl Fixture for Bucket {
    fn open(&self) -> Arc<dyn Driver> {
        Arc::new(self.driver())
    }

    fn chunk_bytes(&self) -> u64 {
        self.stand.whose().least_part() as u64
    }
}

mod oss {
    use super::{Bucket, Whose};
    storage::conformance_tests!(Bucket::new(Whose::Oss).await);
}

mod cos {
    use super::{Bucket, Whose};
    storage::conformance_tests!(Bucket::new(Whose::Cos).await);
}

mod obs {
    use super::{Bucket, Whose};
    storage::conformance_tests!(Bucket::new(Whose::Obs).await);
}

mod ks3 {
    use super::{Bucket, Whose};
    storage::conformance_tests!(Bucket::new(Whose::Ks3).await);
}

fn key(text: &str) -> BlobKey {
    BlobKey::parse(text).unwrap()
}

/// Two parts, the last one short, that go to the vendor.
async fn begun(driver: &KinDriver, whose: Whose) -> (UploadPlan, DirectRoute) {
    let least = whose.least_part() as u64;
    let mut plan = UploadPlan {
        id: uuid::Uuid::new_v4(),
        key: key("uploads/1/a b/ü+&#.bin"),
        size_bytes: least + 3,
        chunk_bytes: least,
        expires_at: SystemTime::now() + Duration::from_hours(1),
        reserves: true,
        relay: false,
        content_type: Some("image/png".to_owned()),
        callback_url: Some("http://127.0.0.1:9/api/v4/callback/x/s/k".to_owned()),
        vendor_state: None,
    };
    let target = driver.begin_upload(&plan).await.unwrap();
    plan.vendor_state = target.vendor_state;
    let Route::Direct(route) = target.route else {
        panic!("it goes to the vendor");
    };
    (plan, route)
}

/// Sends a part as clients of the V4 API do, and nothing else.
async fn put(url: &str, bytes: Vec<u8>) -> Response {
    let put = Client::new().put(url);
    let put = put.header("content-type", "application/octet-stream");
    put.body(bytes).send().await.unwrap()
}

/// Has the parts joined as such clients do of each vendor.
async fn join(whose: Whose, url: &str, tags: &[String]) -> Response {
    let post = Client::new().post(url);
    let post = post.header("content-type", "application/octet-stream");
    let parts = (1..).zip(tags).map(|(number, tag)| {
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>")
    });
    let parts = parts.collect::<String>();
    let list = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
    let post = match whose {
        Whose::Oss => post
            .header("x-oss-forbid-overwrite", "true")
            .header("x-oss-complete-all", "yes"),
        Whose::Cos => post.header("x-cos-forbid-overwrite", "true").body(list),
        Whose::Obs | Whose::Ks3 => post.body(list),
    };
    post.send().await.unwrap()
}

async fn send_all(whose: Whose, plan: &UploadPlan, route: &DirectRoute) -> Vec<String> {
    let mut tags = Vec::new();
    for (index, url) in (0..).zip(&route.part_urls) {
        let size = plan.part(index).unwrap().size_bytes;
        let sent = put(url, vec![7; size as usize]).await;
        assert_eq!(
            sent.status(),
            200,
            "{whose:?}: {}",
            sent.text().await.unwrap()
        );
        tags.push(sent.headers()["etag"].to_str().unwrap().to_owned());
    }
    tags
}

#[tokio::test]
async fn browsers_send_parts_as_clients_of_each_vendor_do_and_nothing_more_is_asked() {
    for whose in ALL {
        let bucket = Bucket::new(whose).await;
        let driver = bucket.driver();
        let (plan, route) = begun(&driver, whose).await;
        assert_eq!(route.part_urls.len(), 2);
        assert_eq!(Some(&route.upload_id), plan.vendor_state.as_ref());
        assert_eq!((&route.credential, &route.form_policy), (&None, &None));
        // What has no word of its own for new keys is looked at first.
        let first: &[&str] = match whose {
            Whose::Oss | Whose::Cos => &["POST key uploads"],
            Whose::Obs | Whose::Ks3 => &["HEAD key", "POST key uploads"],
        };
        assert_eq!(bucket.stand.asked(), first, "{whose:?}");
        let early = driver.complete_upload(&plan, &[]).await;
        assert!(
            matches!(early, Err(DriverError::Incomplete { got: 0, .. })),
            "{whose:?}: {early:?}"
        );
        let tags = send_all(whose, &plan, &route).await;
        bucket.stand.asked();
        let joined = join(whose, route.complete_url.as_ref().unwrap(), &tags).await;
        // Whoever is to be told by the vendor is not there: it says so, and has joined them.
        let status = match whose {
            Whose::Oss | Whose::Obs => 203,
            Whose::Cos | Whose::Ks3 => 200,
        };
        assert_eq!(joined.status(), status, "{whose:?}");
        let written = driver.complete_upload(&plan, &[]).await.unwrap();
        assert_eq!(written.size_bytes, plan.size_bytes);
        assert_eq!(bucket.stand.asked(), ["POST key uploadId", "HEAD key"]);
        driver
            .delete(std::slice::from_ref(&plan.key))
            .await
            .unwrap();
        let gone = match whose {
            Whose::Ks3 => "DELETE key",
            _ => "POST bucket delete",
        };
        assert_eq!(bucket.stand.asked(), [gone], "{whose:?}");
        assert!(bucket.stand.keys().is_empty());
    }
}

#[tokio::test]
async fn an_address_is_good_for_what_it_was_signed_for_only() {
    for whose in ALL {
        let bucket = Bucket::new(whose).await;
        let driver = bucket.driver();
        let (plan, route) = begun(&driver, whose).await;
        let tags = send_all(whose, &plan, &route).await;
        let (part, complete) = (&route.part_urls[0], route.complete_url.clone().unwrap());
        let other = part.replace("partNumber=1", "partNumber=3");
        assert_eq!(put(&other, vec![1]).await.status(), 403, "{whose:?}");
        let other = part.replace("a%20b", "a%20c");
        assert_eq!(put(&other, vec![1]).await.status(), 403, "{whose:?}");
        // Others check the length when all is there.
        if whose == Whose::Cos {
            assert_eq!(put(part, vec![7; 4]).await.status(), 403);
        }
        let bare = Client::new().post(&complete).send().await.unwrap();
        assert_eq!(bare.status(), 403, "{whose:?}");
        let got = reqwest::get(part).await.unwrap();
        assert_eq!(got.status(), 403, "{whose:?}");
        // Somebody else was quicker: nothing of theirs is lost, where the store can say so.
        bucket.stand.put(plan.key.as_str(), "theirs", "");
        if whose == Whose::Oss || whose == Whose::Cos {
            assert_eq!(join(whose, &complete, &tags).await.status(), 409);
        }
        let taken = driver.complete_upload(&plan, &[]).await.unwrap();
        assert_eq!(taken.size_bytes, 6, "what is there is told as it is");
        driver.abort_upload(&plan).await.unwrap();
        assert_eq!(bucket.stand.unfinished(), 0);
    }
}

#[tokio::test]
async fn addresses_end_with_the_session() {
    let mut begun_at = Vec::new();
    for whose in ALL {
        let bucket = Bucket::new(whose).await;
        let driver = bucket.driver();
        let (mut plan, _) = begun(&driver, whose).await;
        plan.expires_at = SystemTime::now() + Duration::from_secs(1);
        let Route::Direct(route) = driver.route_of(&plan).await.unwrap() else {
            panic!("it goes to the vendor");
        };
        begun_at.push((bucket, route.part_urls[1].clone()));
    }
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    for (bucket, url) in begun_at {
        let late = put(&url, vec![7; 3]).await;
        assert_eq!(late.status(), 403, "{:?}", bucket.stand.whose());
        let why = late.text().await.unwrap();
        assert!(why.contains("expired"), "{why}");
    }
}

#[tokio::test]
async fn a_link_gives_the_file_its_name_and_its_speed() {
    let key = key("a b/ü+%2f?#&='.txt");
    for whose in ALL {
        let bucket = Bucket::new(whose).await;
        let driver = bucket.driver();
        driver.write(&key, whole("hello"), None).await.unwrap();
        let request = DownloadRequest {
            file_name: "Grüße \"1\".txt".to_owned(),
            attachment: true,
            lifetime: Duration::from_hours(24 * 3_650),
            speed_bytes: Some(1),
        };
        let url = driver.download_url(&key, &request).await.unwrap();
        let got = reqwest::get(&url).await.unwrap();
        assert_eq!(got.status(), 200, "{whose:?}: {url}");
        let disposition = got.headers()["content-disposition"].to_str().unwrap();
        assert!(disposition.contains("UTF-8''Gr%C3%BC"), "{disposition}");
        assert_eq!(got.text().await.unwrap(), "hello");
        // The slowest that they know; one of them knows no speed.
        let is_slow = url.contains("-traffic-limit=819200");
        assert_eq!(is_slow, whose != Whose::Ks3, "{url}");
        let other = url.replace("attachment", "inline");
        assert_eq!(reqwest::get(other).await.unwrap().status(), 403);

        let public = bucket.with(|options| options.is_private = false);
        let url = public.download_url(&key, &request).await.unwrap();
        assert!(!url.contains('?'), "{url}");
        let by_cdn = bucket.with(|options| options.is_signed_by_cdn = true);
        assert_eq!(by_cdn.download_url(&key, &request).await.unwrap(), url);
    }
}

#[tokio::test]
async fn keys_and_regions_that_are_wrong_are_told() {
    for whose in ALL {
        let bucket = Bucket::new(whose).await;
        let wrong = bucket.with(|options| options.secret_key = "wrong".to_owned());
        let refused = wrong.write(&key("a"), whole("a"), None).await;
        let Err(DriverError::Io(why)) = refused else {
            panic!("{whose:?}: {refused:?}");
        };
        assert!(why.to_string().contains("SignatureDoesNotMatch"), "{why}");
        let stat = wrong.stat(&key("a")).await;
        assert!(matches!(stat, Err(DriverError::Io(_))), "{stat:?}");
        for change in [
            (|options| options.endpoint = "nowhere at all".to_owned()) as fn(&mut KinOptions),
            |options| options.bucket = String::new(),
        ] {
            let mut options = bucket.options.clone();
            change(&mut options);
            assert!(KinDriver::new(options).is_err(), "{whose:?}");
        }
    }
    let mut options = Bucket::new(Whose::Oss).await.options;
    options.region = " ".to_owned();
    assert!(KinDriver::new(options).is_err());
}

#[tokio::test]
async fn more_keys_than_one_request_takes_go_in_several() {
    for whose in ALL {
        let bucket = Bucket::new(whose).await;
        let keys: Vec<BlobKey> = (0..1_001).map(|n| key(&format!("d/&{n}"))).collect();
        for key in &keys {
            bucket.stand.put(key.as_str(), "x", "");
        }
        assert!(bucket.driver().delete(&keys).await.unwrap().is_empty());
        assert!(bucket.stand.keys().is_empty());
        let asked = bucket.stand.asked();
        assert_eq!(asked.len(), 2, "{asked:?}");
        assert_eq!(asked[0], "POST bucket delete");
    }
}

#[tokio::test]
async fn rules_for_browsers_are_set() {
    for whose in ALL {
        let bucket = Bucket::new(whose).await;
        bucket.driver().set_cors(&["*".to_owned()]).await.unwrap();
        let rules = bucket.stand.rules();
        assert_eq!(bucket.stand.asked(), ["PUT bucket cors"], "{whose:?}");
        for method in ["GET", "POST", "PUT", "DELETE", "HEAD"] {
            let allowed = format!("<AllowedMethod>{method}</AllowedMethod>");
            assert!(rules.contains(&allowed), "{rules}");
        }
        assert!(
            rules.contains("<ExposeHeader>ETag</ExposeHeader>"),
            "{rules}"
        );
    }
}

#[tokio::test]
async fn vendors_make_small_pictures_of_pictures_and_read_in_them() {
    for whose in [Whose::Oss, Whose::Cos, Whose::Obs] {
        let bucket = Bucket::new(whose).await;
        let driver = bucket.driver();
        bucket
            .stand
            .put("p.png", &b"\x89PNG and more"[..], "image/png");
        bucket.stand.put("t.txt", "text", "text/plain");
        let made = driver.native_thumbnail(&key("p.png"), 64).await.unwrap();
        assert_eq!(made.unwrap().content_type, "image/png", "{whose:?}");
        assert_eq!(bucket.stand.asked(), ["GET key"], "{whose:?}");
        let none = driver.native_thumbnail(&key("t.txt"), 64).await.unwrap();
        assert_eq!(none, None, "{whose:?}");
        let tags = driver.native_media(&key("p.png")).await.unwrap();
        let [tag] = &tags[..] else {
            panic!("{whose:?}: {tags:?}");
        };
        assert!(matches!(&*tag.value, "640" | "Camera"), "{tag:?}");
        assert!(driver.native_media(&key("t.txt")).await.unwrap().is_empty());
    }
}

/// A callback as OSS sends it, and what becomes of it.
struct Told {
    path: &'static str,
    body: String,
    headers: Vec<(String, String)>,
}

impl Told {
    async fn new(bucket: &str, object: &str, size: u64) -> Self {
        let path = "/api/v4/callback/oss/s/k";
        let body = serde_json::json!({ "bucket": bucket, "source_name": object, "size": size });
        let body = body.to_string();
        let key = BASE64_STANDARD.encode("https://gosspublic.alicdn.com/callback_pub_key_v1.pem");
        let signature = sign_callback(path, &body).await;
        let headers = [("x-oss-pub-key-url", key), ("authorization", signature)];
        let headers = headers.map(|(name, value)| (name.to_owned(), value));
        Self {
            path,
            body,
            headers: headers.to_vec(),
        }
    }

    async fn to(&self, driver: &KinDriver, plan: &UploadPlan) -> Result<(), String> {
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
async fn only_what_oss_says_of_this_upload_is_believed() {
    let bucket = Bucket::new(Whose::Oss).await;
    let driver = bucket.driver();
    let (plan, _) = begun(&driver, Whose::Oss).await;
    bucket.stand.asked();
    let own = || Told::new(BUCKET, plan.key.as_str(), 5);
    for _ in 0..2 {
        assert_eq!(own().await.to(&driver, &plan).await, Ok(()));
    }
    // The key is fetched once.
    assert_eq!(bucket.stand.asked(), ["key"]);
    let refused = |told: Told| {
        let (driver, plan) = (&driver, &plan);
        async move { told.to(driver, plan).await.unwrap_err() }
    };
    let elsewhere = Told::new("somebody-elses", plan.key.as_str(), 5).await;
    assert_eq!(refused(elsewhere).await, "it is about something else");
    let other = Told::new(BUCKET, "another", 5).await;
    assert_eq!(refused(other).await, "it is about something else");
    let mut told = own().await;
    told.body = told.body.replace(":5", ":6");
    assert_eq!(refused(told).await, "its signature is wrong");
    let mut told = own().await;
    told.path = "/api/v4/callback/oss/s/other";
    assert_eq!(refused(told).await, "its signature is wrong");
    let mut told = own().await;
    told.headers.truncate(1);
    assert_eq!(refused(told).await, "it is not signed");
    let mut told = own().await;
    told.headers.remove(0);
    assert_eq!(refused(told).await, "it names no key");
    for address in [
        "https://evil.example/callback_pub_key_v1.pem",
        "https://gosspublic.alicdn.com.evil.example/k.pem",
        "https://gosspublic.alicdn.com@evil.example/k.pem",
        "https://gosspublic.alicdn.com:8443/k.pem",
        "file://gosspublic.alicdn.com/etc/passwd",
        "nonsense",
    ] {
        let mut told = own().await;
        told.headers[0].1 = BASE64_STANDARD.encode(address);
        let why = refused(told).await;
        assert_eq!(why, "its key is not one of the vendor's", "{address}");
    }
    assert!(bucket.stand.asked().is_empty(), "nobody else is asked");
}
