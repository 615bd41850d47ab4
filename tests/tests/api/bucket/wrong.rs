//! What administrators got wrong is told in a sentence, before it is saved and without any secret.

use super::relay;
use crate::code;
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tests::proxy::{Fate, Proxy};
use tests::{Bucket, Client, Program, Refusal, Reply, TestServer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

async fn test(admin: &Client, policy: &Value) -> Reply {
    let body = json!({ "policy": policy });
    admin.post("/admin/policy/test", body).await
}

/// Refused with these words, and without what lets others in.
#[track_caller]
fn told(reply: &Reply, words: &[&str]) {
    reply.refused(code::PARAMETER);
    let text = reply.text();
    for word in words {
        assert!(text.contains(word), "{word}: {text}");
    }
    for secret in ["a secret key", "X-Amz-Signature"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_bucket_is_told_before_it_is_saved() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let bucket = Bucket::fresh();
    let with = |field: &str, value: &str| {
        let mut policy = bucket.policy("Bucket", &json!({}));
        policy[field] = json!(value);
        policy
    };
    let cases: [(&str, &str, &[&str]); 6] = [
        (
            "secret_key",
            "wrong",
            &[
                "the secret key is not that of the access key",
                "SignatureDoesNotMatch",
            ],
        ),
        (
            "access_key",
            "nobody",
            &[
                "the store does not know this access key",
                "InvalidAccessKeyId",
            ],
        ),
        (
            "server",
            "http://127.0.0.1:9",
            &["the endpoint refuses connections", "127.0.0.1:9"],
        ),
        (
            "server",
            "http://nowhere.invalid",
            &["there is no host of that name", "nowhere.invalid"],
        ),
        ("server", "nowhere at all", &["nowhere at all"]),
        ("bucket_name", "", &["bucket"]),
    ];
    let tried = cases.map(|(field, value, words)| {
        let policy = with(field, value);
        async move { told(&test(admin, &policy).await, words) }
    });
    join_all(tried).await;
    test(admin, &with("name", "Fine")).await.done();
    // A bare address has no domain for the bucket, whatever is said.
    let plain = bucket.policy("Bucket", &json!({ "s3_path_style": false }));
    test(admin, &plain).await.done();
    assert!(bucket.keys().is_empty(), "nothing stays behind");
}

/// As S3 says it. Signatures stand in addresses, and what is wrong with those has words of its own.
const REFUSALS: [(u16, &str, &str, &str); 8] = [
    (
        403,
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
        "the clock of this machine is not that of the store",
    ),
    (
        403,
        "AccessDenied",
        "Request has expired",
        "the clock of this machine is not that of the store",
    ),
    (
        403,
        "AccessDenied",
        "Request is not yet valid",
        "the clock of this machine is not that of the store",
    ),
    (
        400,
        "AuthorizationQueryParametersError",
        "Error parsing the X-Amz-Credential parameter; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
        "the region is wrong",
    ),
    (
        400,
        "AuthorizationHeaderMalformed",
        "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
        "the region is wrong",
    ),
    (
        301,
        "PermanentRedirect",
        "The bucket you are attempting to access must be addressed using the specified endpoint.",
        "the bucket is at another endpoint, or in another region",
    ),
    (
        404,
        "NoSuchBucket",
        "The specified bucket does not exist",
        "there is no such bucket",
    ),
    (
        403,
        "AccessDenied",
        "Access Denied",
        "these keys may not do this",
    ),
];

#[tokio::test]
async fn regions_clocks_and_buckets_that_are_wrong_are_told_in_a_sentence_and_in_the_stores_words()
{
    let server = TestServer::start().await;
    let bucket = Bucket::fresh();
    let proxy = Proxy::start(&bucket.endpoint).await;
    let policy = bucket.behind(&proxy).policy("Bucket", &json!({}));
    for (status, word, message, sentence) in REFUSALS {
        let body = format!(
            "<?xml version=\"1.0\"?><Error><Code>{word}</Code><Message>{message}</Message></Error>"
        );
        proxy.have("", "", usize::MAX, Fate::Answer(status, body));
        let tried = test(server.admin(), &policy).await;
        told(&tried, &[sentence, word, message]);
        proxy.calm();
    }
    test(server.admin(), &policy).await.done();
    assert!(bucket.keys().is_empty(), "nothing stays behind");
}

/// A store with a certificate for `127.0.0.1` that it made itself, and how many believe it.
struct Store {
    port: u16,
    believed: Arc<AtomicUsize>,
}

const CERTIFICATE: &[u8] =
    include_bytes!("../../../../crates/object-storage/tests/faults/certificate.pem");
const KEY: &[u8] = include_bytes!("../../../../crates/object-storage/tests/faults/key.pem");

impl Store {
    async fn start() -> Self {
        let certificate = CertificateDer::from_pem_slice(CERTIFICATE).unwrap();
        let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let tls = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let believed = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&believed);
        tokio::spawn(async move {
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                let (tls, count) = (tls.clone(), Arc::clone(&count));
                tokio::spawn(async move {
                    if tls.accept(connection).await.is_ok() {
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        Self { port, believed }
    }

    fn policy(&self, host: &str) -> Value {
        let (endpoint, name) = (format!("https://{host}:{}", self.port), "files".to_owned());
        Bucket { endpoint, name }.policy("Bucket", &relay())
    }

    fn believed(&self) -> usize {
        self.believed.load(Ordering::Relaxed)
    }
}

const IMPOSTOR: &str = "the endpoint cannot prove that it is what it is called";

#[tokio::test]
async fn a_store_whose_certificate_nobody_vouches_for_gets_nothing_and_nothing_is_half_made() {
    let store = Store::start().await;
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/before.txt", "kept").await;
    let policy = store.policy("127.0.0.1");
    told(&test(admin, &policy).await, &[IMPOSTOR, "certificate"]);
    // Whoever does not try it, or whose store's certificate has run out since.
    admin.use_untried_storage(policy).await;
    let before = admin.everything().await;
    let opened = admin.try_open_upload("/a.bin", 10, json!({})).await;
    opened.refused(code::IO_FAILED);
    let written = admin.put_content("/before.txt", "other").await;
    written.refused(code::IO_FAILED);
    let dav = admin.mount().await;
    assert!(dav.put("/b.txt", "new").await.status >= 500);
    assert_eq!(admin.everything().await, before);
    assert_eq!(admin.get("/before.txt").await, "kept");
    let sessions = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM upload_sessions";
    assert_eq!(server.ask(sessions).await, "0");
    assert_eq!(store.believed(), 0);
}

#[tokio::test]
async fn a_store_with_the_certificate_of_another_name_is_told_nothing() {
    let store = Store::start().await;
    let data = tempfile::tempdir().unwrap();
    let vouched_for = data.path().join("vouched-for.pem");
    std::fs::write(&vouched_for, CERTIFICATE).unwrap();
    let program = Program::serve_with(data.path(), Refusal::Nothing, |command| {
        command
            .env("SSL_CERT_FILE", &vouched_for)
            .env_remove("SSL_CERT_DIR");
    });
    let program = program.await;
    let admin = program.user("admin").await;
    let elsewhere = test(&admin, &store.policy("localhost")).await;
    told(&elsewhere, &[IMPOSTOR, "localhost"]);
    assert_eq!(store.believed(), 0);
    // By its own name it is believed, and only then found not to be a store.
    let here = test(&admin, &store.policy("127.0.0.1")).await;
    here.refused(code::PARAMETER);
    assert!(!here.text().contains(IMPOSTOR), "{}", here.text());
    assert!(store.believed() > 0);
    assert!(program.stop());
}

#[tokio::test]
async fn a_key_that_may_not_list_is_told_so() {
    let server = TestServer::start().await;
    let bucket = Bucket::fresh();
    let proxy = Proxy::start(&bucket.endpoint).await;
    let policy = bucket.behind(&proxy).policy("Bucket", &json!({}));
    let denied = "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>\
                  <Message>Access Denied</Message></Error>";
    let denied = Fate::Answer(403, denied.to_owned());
    proxy.have("GET", "list-type=2", usize::MAX, denied);
    let tried = test(server.admin(), &policy).await;
    told(
        &tried,
        &["listing what is there", "these keys may not do this"],
    );
    proxy.calm();
    test(server.admin(), &policy).await.done();
    assert!(bucket.keys().is_empty(), "nothing stays behind");
}

const PAGE: &str = "<!DOCTYPE html><html><body><h1>Welcome</h1></body></html>";

#[tokio::test]
async fn an_endpoint_that_is_none_is_told_for_what_it_is() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let bucket = Bucket::fresh();
    let proxy = Proxy::start(&bucket.endpoint).await;
    let site = bucket.behind(&proxy).policy("Bucket", &json!({}));
    let words = ["what answers at the endpoint is a web site and no store"];
    for status in [200, 301, 403, 404, 405, 501] {
        proxy.have("", "", usize::MAX, Fate::Answer(status, PAGE.to_owned()));
        let tried = test(admin, &site).await;
        told(&tried, &words);
        assert!(!tried.text().contains("<html"), "{}", tried.text());
        let rules = json!({ "policy": site });
        let rules = admin.post("/admin/policy/cors", rules).await;
        rules.refused(code::INTERNAL_SETTING);
        for said in [words[0], "The CORS rules could not be set"] {
            assert!(rules.text().contains(said), "{}", rules.text());
        }
        assert!(!rules.text().contains("<html"), "{}", rules.text());
        proxy.calm();
    }
    // Some have everything that they are asked for.
    told(&test(admin, &everything().await).await, &words);
    // The port of the one, and the scheme of the other.
    let mut other = bucket.policy("Bucket", &json!({}));
    other["server"] = json!(bucket.endpoint.replace("http://", "https://"));
    let words = ["the endpoint speaks http and not https"];
    told(&test(admin, &other).await, &words);
    let store = Store::start().await;
    let mut other = store.policy("127.0.0.1");
    other["server"] = json!(format!("http://127.0.0.1:{}", store.port));
    let words = ["the endpoint speaks https and not http"];
    told(&test(admin, &other).await, &words);
}

/// A policy whose endpoint is a web site that shows its page wherever one looks.
async fn everything() -> Value {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut asked = [0; 4096];
                let got = connection.read(&mut asked).await.unwrap_or(0);
                let is_head = asked[..got].starts_with(b"HEAD");
                let page = if is_head { "" } else { PAGE };
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\
                     Last-Modified: Mon, 01 Jun 2026 00:00:00 GMT\r\nETag: \"1\"\r\n\
                     Connection: close\r\n\r\n{page}",
                    PAGE.len()
                );
                let _ = connection.write_all(answer.as_bytes()).await;
            });
        }
    });
    let name = "files".to_owned();
    Bucket { endpoint, name }.policy("Bucket", &relay())
}

#[tokio::test]
async fn a_key_that_cannot_look_for_leftovers_is_told_which_right_it_lacks() {
    let server = TestServer::start().await;
    let bucket = Bucket::fresh();
    let proxy = Proxy::start(&bucket.endpoint).await;
    let policy = bucket.behind(&proxy).policy("Bucket", &json!({}));
    let denied = "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>\
                  <Message>Access Denied</Message></Error>";
    let denied = Fate::Answer(403, denied.to_owned());
    proxy.have("GET", "?uploads", usize::MAX, denied);
    let told = test(server.admin(), &policy).await.ok();
    let warnings = told["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{told}");
    for words in [
        "s3:ListBucketMultipartUploads",
        "these keys may not do this",
    ] {
        assert!(warnings[0].as_str().unwrap().contains(words), "{told}");
    }
    proxy.calm();
    test(server.admin(), &policy).await.done();
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_not_said_to_be_slow() {
    let server = TestServer::start().await;
    let bucket = Bucket::fresh();
    let mut policy = bucket.policy("Bucket", &json!({}));
    policy["server"] = json!("http://127.0.0.1:9");
    server.admin().use_untried_storage(policy).await;
    let health = server.admin().get_json("/admin/proof", &[]).await.ok();
    let policies = health["policies"].as_array().unwrap();
    let away = policies.iter().find_map(|policy| policy["away"].as_str());
    let away = away.unwrap_or_else(|| panic!("{health}"));
    assert!(away.contains("refuses connections"), "{away}");
}

#[tokio::test]
async fn what_is_no_name_of_a_bucket_is_told_before_anybody_is_asked() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let bucket = Bucket::fresh();
    let proxy = Proxy::start(&bucket.endpoint).await;
    let mut policy = bucket.behind(&proxy).policy("Bucket", &json!({}));
    let before = proxy.asked();
    for name in [
        "my bucket",
        "a/b",
        "https://files.example",
        "files?x",
        "$web",
        "-files",
        "files-",
        "a..b",
        "dateien-ä",
    ] {
        policy["bucket_name"] = json!(name);
        told(&test(admin, &policy).await, &["bucket_name"]);
        let body = json!({ "policy": policy });
        told(
            &admin.put_json("/admin/policy", body).await,
            &["bucket_name"],
        );
    }
    assert_eq!(proxy.asked(), before);
}
