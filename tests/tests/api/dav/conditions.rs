//! Conditions that cannot be understood are refused: nothing happens under a condition that nobody
//! looked at.

use reqwest::header::HeaderValue;
use serde_json::json;
use tests::{DavClient, TestServer, between};

/// Sends a write under a condition; `value` may hold any byte of a header.
async fn under(dav: &DavClient, verb: &str, path: &str, name: &str, value: &[u8]) -> u16 {
    let request = dav
        .request(verb, path)
        .header(name, HeaderValue::from_bytes(value).unwrap())
        .header("Destination", "/dav/moved");
    let request = if verb == "PUT" {
        request.body("other")
    } else {
        request
    };
    dav.send(request).await.status
}

#[tokio::test]
async fn a_condition_that_cannot_be_read_lets_nothing_happen() {
    let server = TestServer::start().await;
    let dav = server.admin().mount().await;
    dav.put("/f", "one").await;
    let many = format!("({})", "[\"x\"]".repeat(5_000));
    for (name, value) in [
        ("If", &b"([x])"[..]),
        ("If", b"([\"x\" ])"),
        ("If", b"(<abc>)"),
        ("If", b"<dav/f> ([\"x\"])"),
        ("If", b"<http://h:99999/> ([\"x\"])"),
        ("If", b"(<urn:\"x>)"),
        ("If", b"(<urn:uuid:x> [\"\xe9\"])"),
        ("If", many.as_bytes()),
        ("If-Match", b"\"\xe9\""),
        ("If-Match", b"\""),
        ("If-Match", b"W/\""),
        ("If-None-Match", b"\""),
    ] {
        for verb in ["PUT", "DELETE", "MOVE", "PROPPATCH", "LOCK"] {
            let status = under(&dav, verb, "/f", name, value).await;
            assert_eq!(status, 400, "{verb} {name}: {}", value.escape_ascii());
        }
        assert_eq!(dav.get("/f").await.text(), "one");
    }
    let two = dav
        .request("PUT", "/f")
        .header("If", "(Not <DAV:no-lock>)")
        .header("If", "([\"x\"])");
    assert_eq!(dav.send(two.body("other")).await.status, 400);
    assert_eq!(dav.get("/f").await.text(), "one");
}

#[tokio::test]
async fn other_spellings_are_understood() {
    let server = TestServer::start().await;
    let dav = server.admin().mount().await;
    let tag = dav.put("/a b", "one").await.header("etag").to_owned();
    for (name, value, status) in [
        ("If", format!("(not [{tag}])"), 412),
        ("If", format!("</dav/a b> (NOT [{tag}])"), 412),
        ("If", format!("</dav/a b> ([{tag}])"), 204),
        ("If-None-Match", "\"a,b\"".to_owned(), 204),
        ("If-Match", "\"a,b\"".to_owned(), 412),
    ] {
        let sent = under(&dav, "PUT", "/a b", name, value.as_bytes()).await;
        assert_eq!(sent, status, "{name}: {value}");
        dav.put("/a b", "one").await;
        let now = dav.get("/a b").await.header("etag").to_owned();
        if now != tag {
            break;
        }
    }
    let (_, token) = dav.lock("/a b", &[], "me").await;
    let id = token.trim_start_matches("urn:uuid:");
    let shown = format!("(<{id}>)");
    assert_eq!(
        under(&dav, "PUT", "/a b", "If", shown.as_bytes()).await,
        204
    );
    let old = format!("<opaquelocktoken:{id}>");
    let bare = [("Lock-Token", id)];
    assert_eq!(dav.ask("UNLOCK", "/a b", &bare).await.status, 400);
    let old = [("Lock-Token", old.as_str())];
    assert_eq!(dav.ask("UNLOCK", "/a b", &old).await.status, 204);
}

#[tokio::test]
async fn a_tag_that_shall_not_match_may_lack_its_quotes() {
    let server = TestServer::start().await;
    let dav = server.admin().mount().await;
    for (value, status) in [
        ("JoplinIgnore-12345", 204),
        ("\"none-of-ours\", W/x-y", 204),
        ("TAG", 412),
        ("other, TAG", 412),
        ("W/\"TAG\"", 412),
        ("*", 412),
        ("*, TAG", 400),
    ] {
        dav.put("/f", "one").await;
        let now = dav.ask("HEAD", "/f", &[]).await;
        let value = value.replace("TAG", now.header("etag").trim_matches('"'));
        for verb in ["PUT", "COPY", "MOVE", "DELETE"] {
            let sent = match verb {
                "COPY" | "MOVE" if status == 204 => 201,
                _ => status,
            };
            let got = under(&dav, verb, "/f", "If-None-Match", value.as_bytes()).await;
            assert_eq!(got, sent, "{verb} {value}");
            dav.delete("/moved").await;
            if got < 300 {
                dav.put("/f", "one").await;
            }
        }
    }
    // What must match is taken at its word.
    dav.put("/f", "one").await;
    let now = dav.ask("HEAD", "/f", &[]).await;
    let bare = now.header("etag").trim_matches('"');
    assert_eq!(
        under(&dav, "PUT", "/f", "If-Match", bare.as_bytes()).await,
        400
    );
}

#[tokio::test]
async fn reading_goes_by_tags_before_times() {
    let server = TestServer::start().await;
    let dav = server.admin().mount().await;
    let time = [("X-OC-Mtime", "1234567890")];
    dav.tell("PUT", "/f", &time, "one").await;
    let head = dav.ask("HEAD", "/f", &[]).await;
    let (tag, date) = (head.header("etag"), head.header("last-modified"));
    let earlier = "Fri, 13 Feb 2009 23:31:29 GMT";
    for (headers, status) in [
        (vec![("If-Modified-Since", date)], 304),
        (vec![("If-Modified-Since", earlier)], 200),
        (
            vec![("If-Match", "\"x\""), ("If-Modified-Since", date)],
            412,
        ),
        (vec![("If-Unmodified-Since", earlier)], 412),
        (vec![("If-Unmodified-Since", date)], 200),
        (
            vec![("If-Match", tag), ("If-Unmodified-Since", earlier)],
            200,
        ),
    ] {
        let reply = dav.ask("GET", "/f", &headers).await;
        assert_eq!(reply.status, status, "{headers:?}");
        if status == 304 {
            assert_eq!(reply.header("etag"), tag);
        }
    }
}

#[tokio::test]
async fn a_lock_taken_in_ones_own_share_is_released_there() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put_content("/shared/own", "x").await.ok();
    let share = admin.share("/shared", json!({})).await;
    let whole = admin.mount().await;
    let inside = json!({ "uri": share.at("/") });
    let dav = admin.mount_with("/", inside).await;
    let (locked, token) = dav.lock("/own", &[], "me").await;
    assert_eq!(locked.status, 200, "{locked:?}");
    assert_eq!(whole.put("/shared/own", "y").await.status, 423);
    let found = dav.propfind("/own", "0", "").await;
    assert!(
        found.text().contains("<D:lockroot><D:href>/dav/own<"),
        "{}",
        found.text()
    );
    let shown = format!("(<{token}>)");
    assert_eq!(
        under(&whole, "PUT", "/shared/own", "If", shown.as_bytes()).await,
        204
    );
    let refreshed = dav.ask("LOCK", "/own", &[("If", &shown)]).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    let token = format!("<{token}>");
    let unlocked = dav.ask("UNLOCK", "/own", &[("Lock-Token", &token)]).await;
    assert_eq!(unlocked.status, 204);
    assert_eq!(whole.put("/shared/own", "y").await.status, 204);
}

#[tokio::test]
async fn metadata_does_not_pass_for_what_the_server_says() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let dav = admin.mount().await;
    dav.put("/f", "one").await;
    let forged = json!([{ "key": "dav:DAV:|getetag", "value": "{\"i\":\"eA==\"}" }]);
    admin.patch_metadata("/f", forged).await.done();
    let found = dav.propfind("/f", "0", "").await;
    assert_eq!(
        between(found.text(), "<D:getetag>", "<").len(),
        1,
        "{}",
        found.text()
    );
}
