//! Policies whose bytes go to vendors that are spoken to as S3 is and sign otherwise: uploads from
//! browsers, and who says that they are whole. Their own libraries check every signature.

use crate::code;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use reqwest::Response;
use serde_json::{Value, json};
use tests::stand::{ACCESS, BUCKET, REGION, SECRET, Stand, Whose, sign_callback};
use tests::{Client, Program, Refusal, Reply, TestServer, UploadSession, bytes_of};

const ALL: [Whose; 4] = [Whose::Oss, Whose::Cos, Whose::Obs, Whose::Ks3];

struct Site {
    stand: Stand,
    server: TestServer,
    alice: Client,
}

/// What the form of the console sends for it, with these settings besides.
fn policy(stand: &Stand, more: &Value) -> Value {
    let mut policy = json!({
        "id": 0, "name": "Vendor", "type": stand.whose().name(), "server": stand.endpoint(),
        "bucket_name": BUCKET, "is_private": true, "access_key": ACCESS, "secret_key": SECRET,
        "dir_name_rule": "uploads/{uid}/{path}", "file_name_rule": "{uuid}_{originname}",
        "settings": {
            "chunk_size": stand.whose().least_part(), "region": REGION, "file_type": null,
        },
        "edges": {},
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        policy["settings"][key] = value.clone();
    }
    policy
}

/// A site whose new files go to a vendor of its own, with these settings of the policy.
async fn site(whose: Whose, more: Value) -> Site {
    let stand = Stand::start(whose).await;
    let keys = url::Url::parse(&stand.endpoint()).unwrap();
    let server = TestServer::start_as(move |config| {
        config.oss_callback_keys = Some(keys.clone());
    });
    let server = server.await;
    let address = json!({ "settings": { "siteURL": server.address() } });
    let set = server.admin().patch("/admin/settings", address);
    set.await.ok();
    server.use_storage(policy(&stand, &more)).await;
    stand.asked();
    let alice = server.user("alice").await;
    Site {
        stand,
        server,
        alice,
    }
}

/// Has the parts joined just as clients of the V4 API do.
async fn join(whose: Whose, session: &UploadSession, tags: &[String]) -> Response {
    let parts = (1..)
        .zip(tags)
        .map(|(n, tag)| format!("<Part><PartNumber>{n}</PartNumber><ETag>{tag}</ETag></Part>"));
    let parts = parts.collect::<String>();
    let list = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
    let post = reqwest::Client::new().post(session.text("completeURL"));
    let post = post.header("content-type", "application/octet-stream");
    let post = match whose {
        Whose::Oss => post
            .header("x-oss-forbid-overwrite", "true")
            .header("x-oss-complete-all", "yes"),
        Whose::Cos => post.header("x-cos-forbid-overwrite", "true").body(list),
        Whose::Obs | Whose::Ks3 => post.body(list),
    };
    post.send().await.unwrap()
}

impl Site {
    fn kind(&self) -> &'static str {
        self.stand.whose().name()
    }

    /// Two parts, the last one short.
    fn content(&self) -> Bytes {
        bytes_of("vendor", self.stand.whose().least_part() + 77)
    }

    async fn open(&self, path: &str) -> UploadSession {
        let size = self.content().len() as u64;
        self.alice.open_upload(path, size).await
    }

    async fn join(&self, session: &UploadSession, tags: &[String]) -> Response {
        join(self.stand.whose(), session, tags).await
    }

    async fn send_parts(&self, session: &UploadSession) -> Vec<String> {
        let mut tags = Vec::new();
        for (index, part) in session.chunks(&self.content()).into_iter().enumerate() {
            let sent = self.alice.send_bucket_part(session, index, part).await;
            tags.push(sent.unwrap());
        }
        tags
    }

    /// As browsers do, to the end.
    async fn upload(&self, path: &str) -> UploadSession {
        let session = self.open(path).await;
        let tags = self.send_parts(&session).await;
        let joined = self.join(&session, &tags).await;
        assert_eq!(joined.status(), 200, "{}", joined.text().await.unwrap());
        if matches!(self.stand.whose(), Whose::Cos | Whose::Ks3) {
            let told = self.alice.call_back(&session.callback(self.kind())).await;
            told.done();
        }
        session
    }
}

#[tokio::test]
async fn a_file_goes_from_the_browser_to_each_vendor_and_comes_from_there() {
    for whose in ALL {
        let site = site(whose, json!({})).await;
        let (alice, stand) = (&site.alice, &site.stand);
        let listing = alice.list("/").await.ok();
        assert_eq!(listing["storage_policy"]["type"], site.kind());
        let session = site.upload("/docs/ä b.bin").await;
        assert_eq!(session.part_urls().len(), 2);
        assert!(!session.text("upload_id").is_empty());
        for absent in ["credential", "upload_policy", "mime_type"] {
            assert!(session.data.get(absent).is_none(), "{absent}");
        }
        assert_eq!(
            alice.info("/docs/ä b.bin").await.ok()["size"],
            site.content().len()
        );
        // Nothing is asked that need not be.
        let mut asked = stand.asked();
        asked.retain(|one| !one.starts_with("GET"));
        let first: &[&str] = match whose {
            Whose::Oss | Whose::Cos => &["POST key uploads"],
            Whose::Obs | Whose::Ks3 => &["HEAD key", "POST key uploads"],
        };
        let part = "PUT key partNumber&uploadId";
        let joined = ["POST key uploadId"];
        let key: &[&str] = if whose == Whose::Oss { &["key"] } else { &[] };
        let expected = [first, &[part, part], &joined, key, &["HEAD key"]].concat();
        // Whoever reads it for its hash may have begun with that.
        if asked.len() > expected.len() {
            assert_eq!(asked.pop().as_deref(), Some("HEAD key"));
        }
        assert_eq!(asked, expected, "{whose:?}");

        let (url, bytes) = alice.get_at_vendor("/docs/ä b.bin").await;
        assert!(url.starts_with(&stand.endpoint()), "{url}");
        assert_eq!(bytes, site.content());
        assert!(stand.keys()[0].ends_with("_ä b.bin"), "{:?}", stand.keys());
        site.server.nothing_left_of("blob_verify").await;
        let hashed = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM blobs WHERE blake3 IS NOT NULL";
        assert_eq!(site.server.ask(hashed).await, "1");
        alice.delete_for_good(&["/docs"]).await.done();
        site.server.nothing_left_of("collect_trash").await;
        site.server.nothing_left_of("recycle_blobs").await;
        assert!(stand.keys().is_empty());
    }
}

#[tokio::test]
async fn who_may_be_shut_out_is_sent_to_addresses_that_live_for_minutes() {
    for whose in ALL {
        let site = site(whose, json!({})).await;
        site.upload("/shared/a.bin").await;
        let stranger = site.server.stranger();
        site.alice.assert_others_fetch_for_minutes(&stranger).await;
    }
}

#[tokio::test]
async fn what_is_called_off_or_relayed_leaves_nothing_half_made() {
    for whose in ALL {
        let site = site(whose, json!({ "relay": true, "internal_proxy": true })).await;
        let (alice, stand) = (&site.alice, &site.stand);
        let session = site.open("/relayed.bin").await;
        assert!(session.part_urls().is_empty());
        alice.finish_upload(&session, &site.content()).await;
        assert_eq!(alice.get("/relayed.bin").await, site.content());
        assert_eq!((stand.keys().len(), stand.unfinished()), (1, 0));
        let session = site.open("/called-off.bin").await;
        assert_eq!(stand.unfinished(), 1);
        alice
            .cancel_upload(&session.id, "/called-off.bin")
            .await
            .done();
        site.server.nothing_left_of("abort_upload").await;
        assert_eq!((stand.keys().len(), stand.unfinished()), (1, 0));
    }
}

#[tokio::test]
async fn who_waits_for_no_vendor_says_it_too_and_it_counts_once() {
    for whose in [Whose::Oss, Whose::Obs] {
        let site = site(whose, json!({})).await;
        let session = site.open("/a.bin").await;
        let callback = session.callback(site.kind());
        let early = site.alice.call_back(&callback).await;
        refused(&early, 400, code::META_MISMATCH);
        let tags = site.send_parts(&session).await;
        assert_eq!(site.join(&session, &tags).await.status(), 200);
        site.alice.call_back(&callback).await.done();
        let message = Message::of(&site, &session).await;
        message.send(&site, &session).await.done();
        assert_eq!(site.alice.versions("/a.bin").await.len(), 1);
    }
}

#[track_caller]
fn refused(reply: &Reply, status: u16, code: i64) {
    let envelope: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(
        (reply.status, &envelope["code"]),
        (status, &json!(code)),
        "{envelope}"
    );
}

/// A callback as OSS sends it.
struct Message {
    key: String,
    signature: String,
    body: String,
}

impl Message {
    /// What it says of an upload that is whole.
    async fn of(site: &Site, session: &UploadSession) -> Self {
        let keys = site.stand.keys();
        let object = keys.first().map_or("", String::as_str);
        Self::about(site, session, (BUCKET, object, site.content().len())).await
    }

    async fn about(
        site: &Site,
        session: &UploadSession,
        (bucket, object, size): (&str, &str, usize),
    ) -> Self {
        let body = json!({ "bucket": bucket, "source_name": object, "size": size }).to_string();
        let path = format!("/api/v4{}", session.callback(site.kind()));
        Self {
            key: "https://gosspublic.alicdn.com/callback_pub_key_v1.pem".to_owned(),
            signature: sign_callback(&path, &body).await,
            body,
        }
    }

    async fn send(self, site: &Site, session: &UploadSession) -> Reply {
        // Whoever signs in shows something else under `Authorization`.
        let vendor = site.server.stranger();
        let post = vendor.request(reqwest::Method::POST, &session.callback(site.kind()));
        let post = post
            .header("x-oss-pub-key-url", BASE64_STANDARD.encode(&self.key))
            .header("authorization", &self.signature)
            .header("content-type", "application/json");
        vendor.send(post.body(self.body)).await
    }
}

#[tokio::test]
async fn oss_is_believed_and_nobody_who_says_to_be_it() {
    let site = site(Whose::Oss, json!({})).await;
    let session = site.open("/a.bin").await;
    site.send_parts(&session).await;
    let before = site.alice.everything().await;
    let size = site.content().len();
    // The key that it will have is not told to anybody.
    let own = async || Message::about(&site, &session, (BUCKET, "uploads/x", size)).await;
    let forged = |reply: Reply| refused(&reply, 401, code::CREDENTIAL_INVALID);
    forged(own().await.send(&site, &session).await);
    let elsewhere = Message::about(&site, &session, ("somebody-elses", "uploads/x", size));
    forged(elsewhere.await.send(&site, &session).await);
    let mut message = own().await;
    message.signature = BASE64_STANDARD.encode([1; 256]);
    forged(message.send(&site, &session).await);
    let mut message = own().await;
    message.key = format!("{}/callback_pub_key_v1.pem", site.stand.endpoint());
    forged(message.send(&site, &session).await);
    let bare = site.alice.post(&session.callback("oss"), json!({})).await;
    forged(bare);
    let mut message = own().await;
    message.body = "x".repeat(site::limits::CALLBACK_BYTES + 1);
    let long = message.send(&site, &session).await;
    let envelope: Value = serde_json::from_slice(&long.body).unwrap();
    assert_eq!(envelope["code"], code::PARAMETER, "{envelope}");
    assert_eq!(site.alice.everything().await, before);

    // Of another session: it was signed for that one's address.
    let other = site.open("/b.bin").await;
    let tags = site.send_parts(&other).await;
    assert_eq!(site.join(&other, &tags).await.status(), 200);
    let replayed = Message::of(&site, &other).await;
    forged(replayed.send(&site, &session).await);
}

#[tokio::test]
async fn a_callback_is_good_for_its_own_session_kind_and_secret_alone() {
    for whose in ALL {
        let site = site(whose, json!({})).await;
        let (alice, kind) = (&site.alice, site.kind());
        let (session, other) = (site.open("/a.bin").await, site.open("/b.bin").await);
        let tags = site.send_parts(&session).await;
        let before = alice.everything().await;
        let secret = other.text("callback_secret");
        let foreign = format!("/callback/{kind}/{}/{secret}", session.id);
        let ask = async |path: &str| {
            [
                alice.call_back(path).await,
                alice.post(path, json!({})).await,
            ]
        };
        for reply in ask(&foreign).await {
            refused(&reply, 401, code::CREDENTIAL_INVALID);
        }
        for another in ["local", "s3", "oss", "cos", "obs", "ks3"] {
            if another != kind {
                for reply in ask(&session.callback(another)).await {
                    refused(&reply, 401, code::POLICY_NOT_ALLOWED);
                }
            }
        }
        // Whose parts nobody has joined is not whole, whoever says so.
        let [got, posted] = ask(&session.callback(kind)).await;
        refused(&got, 400, code::META_MISMATCH);
        match whose {
            Whose::Oss => refused(&posted, 401, code::CREDENTIAL_INVALID),
            Whose::Obs => refused(&posted, 400, code::META_MISMATCH),
            Whose::Cos | Whose::Ks3 => refused(&posted, 401, code::POLICY_NOT_ALLOWED),
        }
        assert_eq!(alice.everything().await, before, "{whose:?}");

        assert_eq!(site.join(&session, &tags).await.status(), 200);
        alice.call_back(&session.callback(kind)).await.done();
        // Said again it is true; with the secret of another session it never was.
        alice.call_back(&session.callback(kind)).await.done();
        for reply in ask(&foreign).await {
            refused(&reply, 401, code::UPLOAD_SESSION_EXPIRED);
        }
        assert_eq!(alice.versions("/a.bin").await.len(), 1, "{whose:?}");
        alice.cancel_upload(&other.id, "/b.bin").await.done();
        assert_eq!(alice.used().await, site.content().len() as u64);
        assert!(alice.get_at_vendor("/a.bin").await.1 == site.content());
    }
}

#[tokio::test]
async fn what_a_vendor_says_to_a_server_that_dies_is_said_again_by_the_client() {
    let stand = Stand::start(Whose::Obs).await;
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    let program = Program::serve(data, Refusal::Nothing).await;
    let admin = program.user("admin").await;
    admin.use_storage(policy(&stand, &json!({}))).await;
    program.kill();
    let content = bytes_of("vendor", stand.whose().least_part() + 77);
    let steps = ["upload: stored", "upload: written", "upload: committed"];
    for (number, step) in steps.into_iter().enumerate() {
        let path = format!("/{number}.bin");
        let program = Program::serve_until(data, step).await;
        let admin = program.stranger().sign_in("admin", tests::PASSWORD).await;
        let address = format!("http://{}", program.address());
        let address = json!({ "settings": { "siteURL": address } });
        admin.patch("/admin/settings", address).await.ok();
        let session = admin.open_upload(&path, content.len() as u64).await;
        let mut tags = Vec::new();
        for (index, part) in session.chunks(&content).into_iter().enumerate() {
            tags.push(admin.send_bucket_part(&session, index, part).await.unwrap());
        }
        // The vendor passes on that nobody answered it.
        assert_ne!(join(stand.whose(), &session, &tags).await.status(), 200);
        assert!(program.died(), "{step}");

        let program = Program::serve(data, Refusal::Nothing).await;
        let admin = program.stranger().sign_in("admin", tests::PASSWORD).await;
        let is_whole = admin.info(&path).await.ok()["size"] == content.len();
        assert_eq!(is_whole, step == "upload: committed", "{step}");
        admin.call_back(&session.callback("obs")).await.done();
        assert!(admin.get_at_vendor(&path).await.1 == content, "{step}");
        assert_eq!(admin.versions(&path).await.len(), 1, "{step}");
        let used = (number + 1) * content.len();
        assert_eq!(admin.used().await, used as u64, "{step}");
        program.kill();
    }
    assert_eq!((stand.keys().len(), stand.unfinished()), (steps.len(), 0));
}

#[tokio::test]
async fn a_longer_file_than_was_announced_becomes_none() {
    for whose in ALL {
        let site = site(whose, json!({})).await;
        let session = site.open("/a.bin").await;
        let mut tags = site.send_parts(&session).await;
        // COS is told beforehand how long a part is.
        let longer = Bytes::from(vec![7; 78]);
        let sent = site.alice.send_bucket_part(&session, 1, longer).await;
        if whose == Whose::Cos {
            assert_eq!(sent, Err(403));
            continue;
        }
        tags[1] = sent.unwrap();
        let joined = site.join(&session, &tags).await;
        if whose == Whose::Ks3 {
            assert_eq!(joined.status(), 200);
            let told = site.alice.call_back(&session.callback("ks3")).await;
            refused(&told, 400, code::META_MISMATCH);
        } else {
            // It is the vendor who hears it, and passes it on.
            assert_eq!(joined.status(), 203, "{whose:?}");
        }
        assert_eq!(site.alice.everything().await, ["used: 0"], "{whose:?}");
        site.server.nothing_left_of("abort_upload").await;
        assert!(site.stand.keys().is_empty(), "{whose:?}");
    }
}

#[tokio::test]
async fn a_site_that_a_vendor_cannot_reach_says_so_before_anything_is_sent() {
    for whose in [Whose::Oss, Whose::Obs] {
        let site = site(whose, json!({})).await;
        let far = format!(
            "UPDATE storage_policies SET server = 'https://vendor.example' WHERE kind = '{}'",
            site.kind()
        );
        site.server.tamper(&far).await;
        let Site {
            mut server, alice, ..
        } = site;
        server.restart().await;
        let refused = alice.try_open_upload("/a.bin", 10, json!({})).await;
        refused.refused(code::INTERNAL_SETTING);
        assert!(
            refused.text().contains("cannot call back"),
            "{}",
            refused.text()
        );
        assert_eq!(alice.everything().await, ["used: 0"]);
    }
}

#[tokio::test]
async fn rules_for_browsers_are_set_with_one_request() {
    for whose in ALL {
        let site = site(whose, json!({})).await;
        let body = json!({ "policy": policy(&site.stand, &json!({})) });
        let set = site.server.admin().post("/admin/policy/cors", body);
        set.await.done();
        assert_eq!(site.stand.asked(), ["PUT bucket cors"]);
    }
}

fn png() -> Bytes {
    let image = image::DynamicImage::from(image::RgbImage::new(80, 60));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner().into()
}

#[tokio::test]
async fn thumbnails_are_made_by_vendors_of_what_the_policy_names() {
    for whose in [Whose::Oss, Whose::Cos, Whose::Obs] {
        let wish = json!({ "thumb_exts": ["png"], "relay": true });
        let site = site(whose, wish).await;
        let alice = &site.alice;
        alice.put("/p.png", png()).await;
        alice.put("/broken.png", "no picture").await;
        alice.put("/other.bmp", png()).await;
        let shown = alice.try_thumb("/p.png").await.ok();
        assert!(shown["url"].is_string(), "{whose:?}: {shown}");
        for without in ["/broken.png", "/other.bmp"] {
            alice
                .try_thumb(without)
                .await
                .refused(code::ENTITY_NOT_EXIST);
        }
        // Of each that is named the vendor makes one; nothing is read for it here.
        let asked = site.stand.asked();
        let made = asked.iter().filter(|one| *one == "GET key").count();
        let stored = asked.iter().filter(|one| *one == "PUT key").count();
        assert!((2..=3).contains(&made), "{whose:?}: {asked:?}");
        assert_eq!(stored, 1, "{whose:?}: {asked:?}");
    }
}
