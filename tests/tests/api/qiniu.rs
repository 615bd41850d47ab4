//! Policies whose bytes go to Qiniu: uploads from browsers, and who says that they are whole. Its own
//! library checks every signature.

use crate::code;
use bytes::Bytes;
use reqwest::Response;
use serde_json::{Value, json};
use tests::stand::kodo::{ACCESS, BUCKET, Kodo, LEAST_PART, SECRET, sign_callback};
use tests::{Client, Reply, TestServer, UploadSession, bytes_of};

struct Site {
    kodo: Kodo,
    server: TestServer,
    alice: Client,
}

/// What the form of the console sends for it, with these settings besides.
fn policy(kodo: &Kodo, more: &Value) -> Value {
    let mut policy = json!({
        // Not used by it: it says that the vendor is a neighbour here, who can call back.
        "server": kodo.endpoint(),
        "id": 0, "name": "Qiniu", "type": "qiniu", "bucket_name": BUCKET, "is_private": true,
        "access_key": ACCESS, "secret_key": SECRET,
        "dir_name_rule": "uploads/{uid}/{path}", "file_name_rule": "{uuid}_{originname}",
        "settings": {
            "chunk_size": LEAST_PART, "custom_proxy": true, "proxy_server": kodo.endpoint(),
            "file_type": null,
        },
        "edges": {},
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        policy["settings"][key] = value.clone();
    }
    policy
}

/// A site whose new files go to a vendor of its own, with these settings of the policy.
async fn site(more: Value) -> Site {
    let kodo = Kodo::start().await;
    let regions = url::Url::parse(&kodo.endpoint()).unwrap();
    let server = TestServer::start_as(move |config| {
        config.qiniu_regions = Some(regions.clone());
    });
    let server = server.await;
    let address = json!({ "settings": { "siteURL": server.address() } });
    let set = server.admin().patch("/admin/settings", address);
    set.await.ok();
    server.use_storage(policy(&kodo, &more)).await;
    kodo.asked();
    let alice = server.user("alice").await;
    Site {
        kodo,
        server,
        alice,
    }
}

impl Site {
    /// Two parts, the last one short.
    fn content() -> Bytes {
        bytes_of("kodo", LEAST_PART + 77)
    }

    async fn open(&self, path: &str) -> UploadSession {
        let more = json!({ "mime_type": "image/png" });
        let size = Self::content().len() as u64;
        let opened = self.alice.try_open_upload(path, size, more).await;
        UploadSession::of(opened.ok())
    }
}

fn token(session: &UploadSession) -> String {
    format!("UpToken {}", session.text("credential"))
}

/// Sends a part as clients of the V4 API do; what it is called.
async fn send_part(session: &UploadSession, number: usize, bytes: Bytes) -> Value {
    let put = reqwest::Client::new().put(format!("{}/{number}", session.part_urls()[0]));
    let put = put
        .header("content-type", "application/octet-stream")
        .header("authorization", token(session));
    let sent = put.body(bytes).send().await.unwrap();
    assert_eq!(sent.status(), 200);
    let told: Value = sent.json().await.unwrap();
    json!({ "etag": told["etag"], "partNumber": number })
}

async fn send_parts(session: &UploadSession) -> Vec<Value> {
    let mut parts = Vec::new();
    for (number, part) in (1..).zip(session.chunks(&Site::content())) {
        parts.push(send_part(session, number, part).await);
    }
    parts
}

/// Has them joined just as such clients do.
async fn join(session: &UploadSession, parts: &[Value]) -> Response {
    let body = json!({ "mimeType": session.text("mime_type"), "parts": parts });
    let post = reqwest::Client::new().post(&session.part_urls()[0]);
    let post = post.header("authorization", token(session)).json(&body);
    post.send().await.unwrap()
}

#[tokio::test]
async fn a_file_goes_from_the_browser_to_the_vendor_and_comes_from_there() {
    let site = site(json!({})).await;
    let (alice, kodo) = (&site.alice, &site.kodo);
    let listing = alice.list("/").await.ok();
    assert_eq!(listing["storage_policy"]["type"], "qiniu");
    let session = site.open("/docs/ä b.png").await;
    assert_eq!(session.part_urls().len(), 1);
    let [url] = &session.part_urls()[..] else {
        panic!("one address takes all parts");
    };
    assert!(
        url.starts_with(&format!("{}/buckets/{BUCKET}/objects/", kodo.endpoint())),
        "{url}"
    );
    assert!(
        url.ends_with(&format!("/uploads/{}", session.text("upload_id"))),
        "{url}"
    );
    assert_eq!(session.text("mime_type"), "image/png");
    assert_eq!(session.data["chunk_size"], LEAST_PART);
    for absent in ["completeURL", "upload_policy"] {
        assert!(session.data.get(absent).is_none(), "{absent}");
    }
    let parts = send_parts(&session).await;
    let joined = join(&session, &parts).await;
    assert_eq!(joined.status(), 200);
    // The vendor passes on what it was answered.
    let told: Value = joined.json().await.unwrap();
    assert_eq!(told, json!({ "code": 0, "msg": "" }));
    let size = Site::content().len();
    assert_eq!(alice.info("/docs/ä b.png").await.ok()["size"], size);
    // Nothing is asked that need not be.
    let mut asked = kodo.asked();
    asked.retain(|one| !one.starts_with("GET") || one == "GET stat");
    let parts = ["PUT part", "PUT part", "POST join", "GET stat"];
    assert_eq!(asked, [&["GET stat", "POST uploads"], &parts[..]].concat());
    let keys = kodo.keys();
    assert!(keys[0].ends_with("_ä b.png"), "{keys:?}");
    assert_eq!(kodo.mime_type(&keys[0]), "image/png");

    let (url, bytes) = alice.get_at_vendor("/docs/ä b.png").await;
    assert!(
        url.starts_with(&kodo.endpoint()) && url.contains("&token="),
        "{url}"
    );
    assert_eq!(bytes, Site::content());
    site.server.nothing_left_of("blob_verify").await;
    let hashed = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM blobs WHERE blake3 IS NOT NULL";
    assert_eq!(site.server.ask(hashed).await, "1");
    // Said again it is true, whoever says it.
    alice.call_back(&session.callback("qiniu")).await.done();
    assert_eq!(alice.versions("/docs/ä b.png").await.len(), 1);
    alice.delete_for_good(&["/docs"]).await.done();
    site.server.nothing_left_of("collect_trash").await;
    site.server.nothing_left_of("recycle_blobs").await;
    assert!(kodo.keys().is_empty());
}

#[tokio::test]
async fn who_may_be_shut_out_is_sent_to_addresses_that_live_for_minutes() {
    let site = site(json!({})).await;
    let session = site.open("/shared/a.bin").await;
    let parts = send_parts(&session).await;
    assert_eq!(join(&session, &parts).await.status(), 200);
    let stranger = site.server.stranger();
    site.alice.assert_others_fetch_for_minutes(&stranger).await;
}

#[tokio::test]
async fn an_upload_goes_on_where_it_was_and_an_empty_file_is_one_empty_part() {
    let site = site(json!({})).await;
    let open = async || {
        let wish = json!({
            "last_modified": 1_700_000_000_000_i64, "resume": true, "mime_type": "image/png",
        });
        let size = Site::content().len() as u64;
        let opened = site.alice.try_open_upload("/a.bin", size, wish).await;
        UploadSession::of(opened.ok())
    };
    let first = open().await;
    let part = session_part(&first, 0).await;
    let again = open().await;
    assert_eq!(
        (&again.id, again.part_urls()),
        (&first.id, first.part_urls())
    );
    let parts = [part, session_part(&again, 1).await];
    assert_eq!(join(&again, &parts).await.status(), 200);
    assert!(site.alice.get_at_vendor("/a.bin").await.1 == Site::content());

    let more = json!({ "mime_type": "text/plain" });
    let empty = site.alice.try_open_upload("/empty.txt", 0, more).await;
    let empty = UploadSession::of(empty.ok());
    let part = send_part(&empty, 1, Bytes::new()).await;
    assert_eq!(join(&empty, &[part]).await.status(), 200);
    assert_eq!(site.alice.get_at_vendor("/empty.txt").await.1, "");
}

async fn session_part(session: &UploadSession, index: usize) -> Value {
    let part = session.chunks(&Site::content())[index].clone();
    send_part(session, index + 1, part).await
}

#[tokio::test]
async fn what_is_called_off_or_relayed_leaves_nothing_half_made() {
    let site = site(json!({ "relay": true, "internal_proxy": true })).await;
    let (alice, kodo) = (&site.alice, &site.kodo);
    let session = site.open("/relayed.bin").await;
    assert!(session.part_urls().is_empty() && session.data.get("credential").is_none());
    alice.finish_upload(&session, &Site::content()).await;
    assert_eq!(alice.get("/relayed.bin").await, Site::content());
    assert_eq!((kodo.keys().len(), kodo.unfinished()), (1, 0));
    // What comes in one go, too.
    alice.put("/text.txt", "hello").await;
    assert_eq!(alice.get("/text.txt").await, "hello");
    assert_eq!((kodo.keys().len(), kodo.unfinished()), (2, 0));
    let session = site.open("/called-off.bin").await;
    assert_eq!(kodo.unfinished(), 1);
    let called_off = alice.cancel_upload(&session.id, "/called-off.bin");
    called_off.await.done();
    site.server.nothing_left_of("abort_upload").await;
    assert_eq!((kodo.keys().len(), kodo.unfinished()), (2, 0));
}

#[tokio::test]
async fn a_direct_upload_that_is_called_off_is_ended_at_the_vendor() {
    let site = site(json!({})).await;
    let session = site.open("/a.bin").await;
    send_parts(&session).await;
    let called_off = site.alice.cancel_upload(&session.id, "/a.bin");
    called_off.await.done();
    ended_at_the_vendor(&site).await;
    assert!(site.kodo.keys().is_empty());
    assert_eq!(site.alice.everything().await, ["used: 0"]);
}

/// Waits until the vendor was told. The task looks once more when the token has expired.
async fn ended_at_the_vendor(site: &Site) {
    let late = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM tasks \
                WHERE kind = 'abort_upload' AND private_state LIKE '%\"is_late\":true%'";
    for _ in 0..200 {
        if site.server.ask(late).await == "1" {
            assert_eq!(site.kodo.unfinished(), 0);
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the vendor was not told");
}

#[tokio::test]
async fn what_is_sent_with_the_token_of_an_upload_that_ended_goes_when_the_token_has_expired() {
    let site = site(json!({})).await;
    let mut session = site.open("/a.bin").await;
    let called_off = site.alice.cancel_upload(&session.id, "/a.bin");
    called_off.await.done();
    ended_at_the_vendor(&site).await;
    // The token is good still: another upload to the same key, which the vendor cannot know to be nobody's.
    let ended = session.part_urls().remove(0);
    let (uploads, _) = ended.rsplit_once('/').unwrap();
    let post = reqwest::Client::new().post(uploads);
    let begun = post.header("authorization", token(&session)).send().await;
    let begun: Value = begun.unwrap().json().await.unwrap();
    let own = format!("{uploads}/{}", begun["uploadId"].as_str().unwrap());
    session.data["upload_urls"] = json!([own]);
    let parts = send_parts(&session).await;
    join(&session, &parts).await;
    assert_eq!(site.kodo.keys().len(), 1);
    let soon = "UPDATE tasks SET resume_at = 1 WHERE kind = 'abort_upload'";
    site.server.tamper(soon).await;
    site.server.nothing_left_of("abort_upload").await;
    assert!(site.kodo.keys().is_empty());
}

#[track_caller]
fn refused(reply: &Reply, status: u16, code: i64) {
    let envelope: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(
        (reply.status, &envelope["code"]),
        (status, &json!(code)),
        "{envelope}"
    );
    // What the vendor passes on.
    assert_eq!(envelope["error"], envelope["msg"]);
}

/// What the vendor says, under this header.
async fn say(site: &Site, session: &UploadSession, authorization: &str) -> Reply {
    let (path, vendor) = (session.callback("qiniu"), site.server.stranger());
    let post = vendor.request(reqwest::Method::POST, &path);
    let post = post
        .header("authorization", authorization)
        .header("content-type", "application/json");
    let body = r#"{"size":1,"pic_info":","}"#;
    vendor.send(post.body(body)).await
}

#[tokio::test]
async fn the_vendor_is_believed_and_nobody_who_says_to_be_it() {
    let site = site(json!({})).await;
    let (session, other) = (site.open("/a.bin").await, site.open("/b.bin").await);
    let before = site.alice.everything().await;
    let body = r#"{"size":1,"pic_info":","}"#;
    let address = site.server.address();
    let host = address
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .to_owned();
    let sign = async |scheme: &str, session: &UploadSession| {
        let path = format!("/api/v4{}", session.callback("qiniu"));
        sign_callback(scheme, (&host, &path), body).await
    };
    let forged = |reply: Reply| refused(&reply, 401, code::CREDENTIAL_INVALID);
    forged(say(&site, &session, "").await);
    forged(say(&site, &session, "QBox access:AAAAAAAAAAAAAAAAAAAAAAAAAAA=").await);
    forged(
        say(
            &site,
            &session,
            "QBox somebody:AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        )
        .await,
    );
    // Of another session: it was signed for that one's address.
    let replayed = sign("QBox", &other).await;
    forged(say(&site, &session, &replayed).await);
    // It is the vendor, and not true: nothing was joined.
    let early = sign("QBox", &session).await;
    refused(
        &say(&site, &session, &early).await,
        400,
        code::META_MISMATCH,
    );
    for (path, status, code) in [
        (
            format!("/callback/qiniu/{}/wrong", session.id),
            401,
            code::CREDENTIAL_INVALID,
        ),
        (session.callback("oss"), 401, code::POLICY_NOT_ALLOWED),
        (session.callback("s3"), 401, code::POLICY_NOT_ALLOWED),
    ] {
        refused(&site.alice.post(&path, json!({})).await, status, code);
    }
    assert_eq!(site.alice.everything().await, before);

    let parts = send_parts(&session).await;
    assert_eq!(join(&session, &parts).await.status(), 200);
    // What was told already is told again in vain, and does no harm.
    say(&site, &session, &early).await.done();
    assert_eq!(site.alice.versions("/a.bin").await.len(), 1);
}

#[tokio::test]
async fn a_longer_file_than_was_announced_becomes_none() {
    let site = site(json!({})).await;
    let session = site.open("/a.bin").await;
    let mut parts = send_parts(&session).await;
    parts[1] = send_part(&session, 2, Bytes::from(vec![7; 78])).await;
    assert_eq!(join(&session, &parts).await.status(), 413);
    // A shorter one is heard of by the server, which the vendor passes on.
    parts[1] = send_part(&session, 2, Bytes::from(vec![7; 76])).await;
    let joined = join(&session, &parts).await;
    assert_eq!(joined.status(), 579);
    let told: Value = joined.json().await.unwrap();
    let why = told["error"].as_str().unwrap();
    assert!(why.contains("expected"), "{why}");
    assert_eq!(site.alice.everything().await, ["used: 0"]);
    ended_at_the_vendor(&site).await;
    assert!(site.kodo.keys().is_empty());
}

#[tokio::test]
async fn a_policy_is_tried_and_what_is_wrong_with_it_is_told() {
    let site = site(json!({})).await;
    let admin = site.server.admin();
    let test = |policy: Value| admin.post("/admin/policy/test", json!({ "policy": policy }));
    test(policy(&site.kodo, &json!({}))).await.done();
    assert!(site.kodo.keys().is_empty(), "nothing stays behind");
    let mut wrong = policy(&site.kodo, &json!({}));
    wrong["secret_key"] = json!("wrong");
    let told = test(wrong).await;
    told.refused(code::PARAMETER);
    assert!(told.text().contains("the key is wrong"), "{}", told.text());
    let told = test(policy(&site.kodo, &json!({ "proxy_server": "" }))).await;
    told.refused(code::PARAMETER);
    assert!(told.text().contains("download domain"), "{}", told.text());
    // Its buckets are open to browsers: there is nothing to set.
    let body = json!({ "policy": policy(&site.kodo, &json!({})) });
    admin
        .post("/admin/policy/cors", body)
        .await
        .refused(code::PARAMETER);
}

#[tokio::test]
async fn a_site_that_the_vendor_cannot_reach_says_so_before_anything_is_sent() {
    let site = site(json!({})).await;
    let far = "UPDATE storage_policies SET server = '' WHERE kind = 'qiniu'";
    site.server.tamper(far).await;
    let Site {
        mut server, alice, ..
    } = site;
    server.restart().await;
    let told = alice.try_open_upload("/a.bin", 10, json!({})).await;
    told.refused(code::INTERNAL_SETTING);
    assert!(told.text().contains("cannot call back"), "{}", told.text());
    assert_eq!(alice.everything().await, ["used: 0"]);
}

fn png() -> Bytes {
    let image = image::DynamicImage::from(image::RgbImage::new(80, 60));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner().into()
}

#[tokio::test]
async fn thumbnails_are_made_by_the_vendor_of_what_the_policy_names() {
    let site = site(json!({ "thumb_exts": ["png"], "relay": true })).await;
    let alice = &site.alice;
    alice.put("/p.png", png()).await;
    alice.put("/broken.png", "no picture").await;
    alice.put("/other.bmp", png()).await;
    let shown = alice.try_thumb("/p.png").await.ok();
    assert!(shown["url"].is_string(), "{shown}");
    for without in ["/broken.png", "/other.bmp"] {
        let none = alice.try_thumb(without).await;
        none.refused(code::ENTITY_NOT_EXIST);
    }
    // Of each that is named the vendor makes one; nothing is read for it here.
    let asked = site.kodo.asked();
    let made = asked.iter().filter(|one| *one == "GET key imageView2");
    assert!((2..=3).contains(&made.count()), "{asked:?}");
    assert!(!asked.contains(&"GET key".to_owned()), "{asked:?}");
}
