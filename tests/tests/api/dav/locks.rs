//! Locks: one table for WebDAV's and the API's own.

use serde_json::json;
use tests::{TestServer, between};

use crate::code;

#[tokio::test]
async fn a_file_open_over_webdav_is_locked_in_the_api() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/docs/a.docx", "a").await;
    let dav = admin.mount().await;
    let owner = "<D:href>Alice's &lt;PC&gt;</D:href>";
    let (reply, token) = dav
        .lock("/docs/a.docx", &[("Timeout", "Second-600")], owner)
        .await;
    assert_eq!(reply.status, 200);
    assert!(token.starts_with("urn:uuid:"), "{token}");
    assert!(
        reply.text().contains("<D:timeout>Second-600</D:timeout>"),
        "{}",
        reply.text()
    );
    assert!(
        reply.text().contains("/dav/docs/a.docx"),
        "{}",
        reply.text()
    );
    for refused in [
        admin.rename("/docs/a.docx", "b").await,
        admin.delete(&["/docs"]).await,
        admin.put_content("/docs/a.docx", "b").await,
        admin
            .try_open_upload("/docs/a.docx", 1, json!({ "entity_type": "version" }))
            .await,
    ] {
        let json = refused.json();
        assert_eq!(
            json["code"],
            code::LOCK_CONFLICT,
            "{}: {json}",
            refused.asked
        );
        let conflict = &json["data"][0];
        assert_eq!(conflict["path"], "cloudreve://my/docs/a.docx");
        assert_eq!(conflict["token"], token);
        let application = &conflict["owner"]["application"];
        assert_eq!(application["type"], "dav");
        let inner = application["inner_xml"].as_str().unwrap();
        assert!(inner.contains("Alice's &lt;PC&gt;"), "{inner}");
    }
    // The owner may break it, and the client learns of it.
    admin.unlock(&[&token]).await.done();
    admin.rename("/docs/a.docx", "b.docx").await.ok();
    let if_header = format!("(<{token}>)");
    let put = dav
        .tell("PUT", "/docs/b.docx", &[("If", &if_header)], "x")
        .await;
    assert_eq!(put.status, 412);
}

#[tokio::test]
async fn a_running_upload_of_the_api_answers_423() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let session = admin.open_upload("/docs/big.bin", 10).await;
    let dav = admin.mount().await;
    assert_eq!(dav.put("/docs/big.bin", "x").await.status, 423);
    assert_eq!(dav.delete("/docs").await.status, 423);
    assert_eq!(
        dav.transfer("MOVE", "/docs", "/other", &[]).await.status,
        423
    );
    assert_eq!(dav.lock("/docs/big.bin", &[], "me").await.0.status, 423);
    assert_eq!(dav.lock("/docs", &[], "me").await.0.status, 423);
    let found = dav.propfind("/docs/big.bin", "0", "").await;
    assert!(found.text().contains("<D:activelock>"), "{}", found.text());
    assert!(!found.text().contains("<D:locktoken>"), "{}", found.text());
    admin
        .cancel_upload(&session.id, "/docs/big.bin")
        .await
        .done();
    assert_eq!(dav.put("/docs/big.bin", "x").await.status, 201);
}

#[tokio::test]
async fn who_shows_the_token_goes_on() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let dav = admin.mount().await;
    // A lock on nothing makes an empty file.
    let (reply, token) = dav.lock("/a.txt", &[("Timeout", "Infinite")], "me").await;
    assert_eq!(reply.status, 201);
    assert_eq!(dav.get("/a.txt").await.body, "");
    let if_header = format!("(<{token}>)");
    let held = [("If", if_header.as_str())];
    assert_eq!(dav.put("/a.txt", "x").await.status, 423);
    assert_eq!(dav.tell("PUT", "/a.txt", &held, "mine").await.status, 204);
    assert_eq!(
        dav.tell("PUT", "/a.txt", &[("If", "(<urn:uuid:other>)")], "x")
            .await
            .status,
        412
    );
    assert_eq!(dav.delete("/a.txt").await.status, 423);

    let found = dav.propfind("/a.txt", "0", "").await;
    assert_eq!(
        between(found.text(), "<D:locktoken><D:href>", "</D:href>"),
        [token.as_str()]
    );
    assert_eq!(
        between(found.text(), "<D:lockroot><D:href>", "</D:href>"),
        ["/dav/a.txt"]
    );
    assert_eq!(between(found.text(), "<D:owner>", "</D:owner>"), ["me"]);

    let refreshed = dav
        .ask("LOCK", "/a.txt", &[held[0], ("Timeout", "Second-100")])
        .await;
    assert_eq!(refreshed.status, 200);
    assert!(
        refreshed.text().contains("Second-100"),
        "{}",
        refreshed.text()
    );
    assert_eq!(dav.ask("LOCK", "/a.txt", &[]).await.status, 400);
    assert_eq!(
        dav.ask("LOCK", "/a.txt", &[("If", "(<urn:uuid:x>)")])
            .await
            .status,
        412
    );

    let lock_token = format!("<{token}>");
    assert_eq!(dav.ask("UNLOCK", "/a.txt", &[]).await.status, 400);
    assert_eq!(
        dav.ask("UNLOCK", "/a.txt", &[("Lock-Token", "<urn:uuid:x>")])
            .await
            .status,
        409
    );
    let unlocked = dav
        .ask("UNLOCK", "/a.txt", &[("Lock-Token", &lock_token)])
        .await;
    assert_eq!(unlocked.status, 204);
    let again = dav
        .ask("UNLOCK", "/a.txt", &[("Lock-Token", &lock_token)])
        .await;
    assert_eq!(again.status, 409);
    assert_eq!(dav.put("/a.txt", "free").await.status, 204);
}

#[tokio::test]
async fn a_lock_belongs_to_who_took_it() {
    let server = TestServer::start().await;
    server.allow_dav().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let (hers, his) = (alice.mount().await, bob.mount().await);
    let (_, token) = hers.lock("/a.txt", &[], "alice").await;
    let if_header = format!("(<{token}>)");
    assert_eq!(
        his.tell("PUT", "/a.txt", &[("If", &if_header)], "x")
            .await
            .status,
        412
    );
    let lock_token = format!("<{token}>");
    assert_eq!(
        his.ask("UNLOCK", "/a.txt", &[("Lock-Token", &lock_token)])
            .await
            .status,
        409
    );
    assert_eq!(hers.put("/a.txt", "x").await.status, 423);
    assert_eq!(his.put("/a.txt", "his own").await.status, 201);
}

#[tokio::test]
async fn a_deep_lock_covers_what_is_below() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/docs/a/b.txt", "b").await;
    let dav = admin.mount().await;
    let (locked, token) = dav.lock("/docs", &[], "me").await;
    let held = format!("</dav/docs> (<{token}>)");
    assert_eq!(dav.put("/docs/a/b.txt", "x").await.status, 423);
    assert_eq!(dav.put("/docs/new", "x").await.status, 423);
    assert_eq!(dav.mkcol("/docs/new").await.status, 423);
    // It is told as it was taken, also where it is refreshed from below.
    let shown = format!("(<{token}>)");
    let refreshed = dav.ask("LOCK", "/docs/a/b.txt", &[("If", &shown)]).await;
    for reply in [&locked, &refreshed] {
        assert_eq!(between(reply.text(), "<D:depth>", "<"), ["infinity"]);
        assert_eq!(
            between(reply.text(), "<D:lockroot><D:href>", "<"),
            ["/dav/docs"]
        );
        assert_eq!(between(reply.text(), "<D:owner>", "<"), ["me"]);
    }
    assert_eq!(
        dav.tell("PUT", "/docs/new", &[("If", &held)], "x")
            .await
            .status,
        201
    );
    let made = admin.create("file", "/docs/other").await.json();
    assert_eq!(made["code"], code::LOCK_CONFLICT);
    assert_eq!(dav.lock("/docs/a/b.txt", &[], "other").await.0.status, 423);
    // What is deleted with its token takes the lock along.
    assert_eq!(
        dav.ask("DELETE", "/docs", &[("If", &held)]).await.status,
        204
    );
    assert_eq!(dav.mkcol("/docs").await.status, 201);
    assert_eq!(dav.put("/docs/free", "x").await.status, 201);
}

#[tokio::test]
async fn a_shallow_lock_on_a_folder_keeps_who_is_in_it() {
    let server = TestServer::start().await;
    let admin = server.admin();
    for path in ["/docs/a.txt", "/docs/sub/b.txt", "/other.txt"] {
        admin.put(path, "x").await;
    }
    let dav = admin.mount().await;
    let zero = [("Depth", "0")];
    let (locked, token) = dav.lock("/docs", &zero, "me").await;
    assert_eq!(locked.status, 200);
    // Members come and go only with the token (RFC 4918 §7.4) …
    assert_eq!(dav.put("/docs/new.txt", "x").await.status, 423);
    assert_eq!(dav.mkcol("/docs/new").await.status, 423);
    assert_eq!(dav.lock("/docs/new.txt", &zero, "me").await.0.status, 423);
    assert_eq!(dav.delete("/docs/a.txt").await.status, 423);
    for (verb, from, to) in [
        ("MOVE", "/docs/a.txt", "/docs/c.txt"),
        ("MOVE", "/docs/a.txt", "/c.txt"),
        ("MOVE", "/other.txt", "/docs/other.txt"),
        ("COPY", "/other.txt", "/docs/other.txt"),
    ] {
        let refused = dav.transfer(verb, from, to, &[]).await;
        assert_eq!(refused.status, 423, "{verb} {from} {to}");
    }
    for refused in [
        admin.create("file", "/docs/new.txt").await,
        admin.create("file", "/docs/deep/new.txt").await,
        admin.rename("/docs/a.txt", "c.txt").await,
        admin.delete(&["/docs/a.txt"]).await,
        admin.try_open_upload("/docs/new.txt", 1, json!({})).await,
    ] {
        let json = refused.json();
        assert_eq!(json["code"], code::LOCK_CONFLICT, "{}", refused.asked);
    }
    // … and are otherwise as free as what lies deeper.
    assert_eq!(dav.put("/docs/a.txt", "y").await.status, 204);
    assert_eq!(dav.put("/docs/sub/new.txt", "y").await.status, 201);
    assert_eq!(dav.delete("/docs/sub/b.txt").await.status, 204);
    let copied = dav.transfer("COPY", "/docs/a.txt", "/copy.txt", &[]).await;
    assert_eq!(copied.status, 201);

    let held = format!("</dav/docs/> (<{token}>)");
    let held = [("If", held.as_str())];
    assert_eq!(
        dav.tell("PUT", "/docs/new.txt", &held, "x").await.status,
        201
    );
    assert_eq!(dav.ask("MKCOL", "/docs/new", &held).await.status, 201);
    let inner = dav.lock("/docs/locked.txt", &held, "me").await;
    assert_eq!(inner.0.status, 201);
    let moved = dav.transfer("MOVE", "/docs/a.txt", "/docs/c.txt", &held);
    assert_eq!(moved.await.status, 201);
    assert_eq!(dav.ask("DELETE", "/docs/c.txt", &held).await.status, 204);
}

#[tokio::test]
async fn locks_hold_on_other_replicas_and_after_a_restart() {
    let mut server = TestServer::start().await;
    let admin = server.admin().clone();
    admin.put("/a.txt", "a").await;
    let dav = admin.mount().await;
    let (_, token) = dav.lock("/a.txt", &[], "me").await;
    server.restart().await;
    assert_eq!(dav.put("/a.txt", "x").await.status, 423);
    let if_header = format!("(<{token}>)");
    assert_eq!(
        dav.tell("PUT", "/a.txt", &[("If", &if_header)], "x")
            .await
            .status,
        204
    );
    // One that ran out holds nobody up.
    server.tamper("UPDATE locks SET expires_at = 1").await;
    assert_eq!(dav.put("/a.txt", "free").await.status, 204);
}

#[tokio::test]
async fn locks_of_another_form_are_refused() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/a.txt", "a").await;
    let dav = admin.mount().await;
    assert_eq!(dav.lock("/", &[], "me").await.0.status, 403);
    assert_eq!(
        dav.lock("/a.txt", &[("Depth", "1")], "me").await.0.status,
        400
    );
    assert_eq!(dav.lock("/none/a.txt", &[], "me").await.0.status, 409);
    let read_lock = "<D:lockinfo xmlns:D='DAV:'><D:lockscope><D:exclusive/></D:lockscope>\
                     <D:locktype><D:read/></D:locktype></D:lockinfo>";
    assert_eq!(dav.tell("LOCK", "/a.txt", &[], read_lock).await.status, 501);
    assert_eq!(dav.put("/a.txt", "nothing is locked").await.status, 204);
}
