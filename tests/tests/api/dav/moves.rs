//! DELETE, COPY, MOVE and MKCOL.

use tests::TestServer;

#[tokio::test]
async fn what_is_deleted_is_in_the_trash_and_comes_back() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/docs/a/b.txt", "b").await;
    admin.put("/c.txt", "c").await;
    let dav = admin.mount().await;
    assert_eq!(dav.delete("/docs/").await.status, 204);
    assert_eq!(dav.delete("/c.txt").await.status, 204);
    assert_eq!(dav.delete("/c.txt").await.status, 404);
    assert_eq!(dav.delete("/").await.status, 403);
    assert_eq!(admin.names("/").await, [""; 0]);
    assert_eq!(admin.trash_names().await, ["c.txt", "docs"]);
    assert_eq!(admin.used().await, 2);
    let trashed = admin.in_trash("docs").await;
    admin.restore(&[&trashed]).await.done();
    assert_eq!(dav.get("/docs/a/b.txt").await.body, "b");
}

#[tokio::test]
async fn a_folder_goes_with_everything_in_it_or_not_at_all() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/docs/deep/b.txt", "b").await;
    let dav = admin.mount().await;
    for depth in ["0", "1"] {
        let asked = [("Depth", depth)];
        assert_eq!(dav.ask("DELETE", "/docs", &asked).await.status, 400);
    }
    assert_eq!(dav.get("/docs/deep/b.txt").await.body, "b");
    let asked = [("Depth", "0")];
    let file = dav.ask("DELETE", "/docs/deep/b.txt", &asked).await;
    assert_eq!(file.status, 204);
    // The root of an account that opens a folder is a folder like others.
    let below = admin.mount_with("/docs", serde_json::json!({})).await;
    let asked = [("Depth", "infinity")];
    assert_eq!(below.ask("DELETE", "/", &asked).await.status, 204);
    assert_eq!(below.propfind("/", "0", "").await.status, 404);
    assert_eq!(below.put("/a", "a").await.status, 409);
    assert_eq!(admin.names("/").await, [""; 0]);
    assert_eq!(admin.trash_names().await, ["b.txt", "docs"]);
    assert_eq!(below.mkcol("/").await.status, 201);
    assert_eq!(below.put("/a", "a").await.status, 201);
    assert_eq!(admin.names("/docs").await, ["a"]);
}

#[tokio::test]
async fn moving_keeps_what_a_file_is() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/a.txt", "1").await;
    admin.overwrite("/a.txt", "2").await;
    admin.create_folder("/docs").await;
    let dav = admin.mount().await;
    let before = admin.info("/a.txt").await.ok();
    assert_eq!(
        dav.transfer("MOVE", "/a.txt", "/docs/b.txt", &[])
            .await
            .status,
        201
    );
    let after = admin.info("/docs/b.txt").await.ok();
    for kept in ["id", "updated_at", "created_at", "primary_entity", "size"] {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
    assert_eq!(admin.versions("/docs/b.txt").await.len(), 2);
    assert_eq!(admin.names("/").await, ["docs"]);
    assert_eq!(
        dav.transfer("MOVE", "/docs", "/papers/", &[]).await.status,
        201
    );
    assert_eq!(dav.get("/papers/b.txt").await.body, "2");
}

#[tokio::test]
async fn copying_makes_a_second_one() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/docs/a.txt", "a").await;
    admin.put("/docs/deep/b.txt", "b").await;
    let dav = admin.mount().await;
    assert_eq!(dav.transfer("COPY", "/docs", "/all", &[]).await.status, 201);
    let shallow = [("Depth", "0")];
    assert_eq!(
        dav.transfer("COPY", "/docs", "/only", &shallow)
            .await
            .status,
        201
    );
    let time = [("X-OC-Mtime", "1234567890")];
    assert_eq!(
        dav.transfer("COPY", "/docs/a.txt", "/c.txt", &time)
            .await
            .status,
        201
    );
    assert_eq!(admin.names("/all").await, ["a.txt", "deep"]);
    assert_eq!(admin.names("/only").await, [""; 0]);
    assert_eq!(
        admin.info("/c.txt").await.ok()["updated_at"],
        "2009-02-13T23:31:30Z"
    );
    dav.put("/all/a.txt", "changed").await;
    assert_eq!(dav.get("/docs/a.txt").await.body, "a");
    assert_eq!(dav.get("/c.txt").await.body, "a");
}

#[tokio::test]
async fn overwriting_is_asked_for_and_replaced_things_go_to_the_trash() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let dav = admin.mount().await;
    for verb in ["COPY", "MOVE"] {
        admin.put("/from.txt", "new").await;
        admin.put("/to.txt", "old").await;
        admin.put("/folder/x.txt", "x").await;
        let never = [("Overwrite", "F")];
        assert_eq!(
            dav.transfer(verb, "/from.txt", "/to.txt", &never)
                .await
                .status,
            412
        );
        assert_eq!(dav.get("/to.txt").await.body, "old");
        assert_eq!(
            dav.transfer(verb, "/from.txt", "/to.txt", &[]).await.status,
            204
        );
        assert_eq!(dav.get("/to.txt").await.body, "new");
        let always = [("Overwrite", "T")];
        assert_eq!(
            dav.transfer(verb, "/to.txt", "/folder", &always)
                .await
                .status,
            204
        );
        assert_eq!(dav.get("/folder").await.body, "new");
        assert_eq!(admin.trash_names().await, ["folder", "to.txt"]);
        let left = if verb == "COPY" { 3 } else { 1 };
        assert_eq!(admin.names("/").await.len(), left);
        admin.empty_trash().await.done();
        for name in admin.names("/").await {
            admin.delete_for_good(&[format!("/{name}")]).await.done();
        }
    }
    assert_eq!(admin.used().await, 0);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/a/b/c.txt", "c").await;
    admin.put("/d.txt", "d").await;
    let dav = admin.mount().await;
    let before = admin.everything().await;
    for verb in ["COPY", "MOVE"] {
        for (from, to, status) in [
            ("/a", "/a", 403),
            ("/a", "/a/b/x", 403),
            ("/a/b/c.txt", "/a", 403),
            ("/a/b", "/a", 403),
            ("/", "/x", 403),
            ("/d.txt", "/none/x", 409),
            ("/d.txt", "/a/b/c.txt/x", 409),
            ("/none", "/x", 404),
            ("/d.txt", "/x:y", 403),
        ] {
            let reply = dav.transfer(verb, from, to, &[]).await;
            assert_eq!(reply.status, status, "{verb} {from} {to}");
        }
        let elsewhere = [("Destination", "http://elsewhere.example/dav/x")];
        assert_eq!(dav.ask(verb, "/d.txt", &elsewhere).await.status, 502);
        assert_eq!(dav.ask(verb, "/d.txt", &[]).await.status, 400);
        for (name, value) in [("Depth", "1"), ("Overwrite", "no"), ("Overwrite", "")] {
            let header = [(name, value)];
            let reply = dav.transfer(verb, "/d.txt", "/a", &header).await;
            assert_eq!(reply.status, 400, "{verb} {name}: {value}");
        }
        let never = [("Overwrite", "f")];
        assert_eq!(dav.transfer(verb, "/d.txt", "/a", &never).await.status, 412);
    }
    assert_eq!(admin.everything().await, before);
}

#[tokio::test]
async fn folders_are_made_one_at_a_time() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/file", "x").await;
    let dav = admin.mount().await;
    for (path, status) in [
        ("/a/", 201),
        ("/a", 405),
        ("/file", 405),
        ("/x/y", 409),
        ("/file/y", 409),
        ("/", 405),
        ("/b*", 403),
    ] {
        assert_eq!(dav.mkcol(path).await.status, status, "{path}");
    }
    assert_eq!(dav.tell("MKCOL", "/b", &[], "body").await.status, 415);
    assert_eq!(admin.names("/").await, ["a", "file"]);
}

#[tokio::test]
async fn a_walk_that_is_too_long_is_refused_before_anything_happens() {
    let server = TestServer::start().await;
    let admin = server.admin();
    for number in 0..6 {
        admin.create_file(&format!("/a/{number}")).await;
    }
    server
        .tamper(
            "UPDATE groups SET settings = '{\"max_walked_files\":3}', \
             updated_at = updated_at + 1 WHERE id = 1",
        )
        .await;
    let dav = admin.mount().await;
    let copied = dav.transfer("COPY", "/a", "/b", &[]).await;
    assert_eq!(copied.status, 507);
    assert_eq!(admin.names("/").await, ["a"]);
}
