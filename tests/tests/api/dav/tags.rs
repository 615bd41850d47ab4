//! Tags change exactly when content does, and what is asked for under a condition happens under it.

use futures_util::{StreamExt, stream};
use serde_json::json;
use tests::{DavClient, TestServer, between};

/// The tag of a file, which every verb that tells it tells alike.
async fn tag(dav: &DavClient, path: &str) -> String {
    let head = dav.ask("HEAD", path, &[]).await;
    assert_eq!(head.status, 200, "{path}");
    let tag = head.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "weak: {tag}");
    assert_eq!(dav.get(path).await.header("etag"), tag);
    let found = dav.propfind(path, "0", "").await;
    assert_eq!(between(found.text(), "<D:getetag>", "<"), [tag.as_str()]);
    tag
}

#[tokio::test]
async fn only_content_changes_a_tag() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.create_folder("/docs").await;
    let dav = admin.mount().await;
    let put = dav.put("/a.txt", "one").await;
    let first = put.header("etag").to_owned();
    assert_eq!(tag(&dav, "/a.txt").await, first);

    let props = "<D:propertyupdate xmlns:D='DAV:' xmlns:Z='urn:schemas-microsoft-com:'><D:set>\
        <D:prop><c xmlns='urn:x'>1</c><Z:Win32LastModifiedTime>Fri, 13 Feb 2009 23:31:30 GMT\
        </Z:Win32LastModifiedTime></D:prop></D:set></D:propertyupdate>";
    assert_eq!(
        dav.tell("PROPPATCH", "/a.txt", &[], props).await.status,
        207
    );
    let colour = json!([{ "key": "customize:icon_color", "value": "#ff0000" }]);
    admin.patch_metadata("/a.txt", colour).await.done();
    assert_eq!(tag(&dav, "/a.txt").await, first, "properties");
    let (_, token) = dav.lock("/a.txt", &[], "me").await;
    assert_eq!(tag(&dav, "/a.txt").await, first, "a lock");
    admin.unlock(&[&token]).await.done();
    admin.rename("/a.txt", "b.txt").await.ok();
    assert_eq!(tag(&dav, "/b.txt").await, first, "a new name");
    let time = [("X-OC-Mtime", "1234567")];
    dav.transfer("MOVE", "/b.txt", "/docs/c.txt", &time).await;
    assert_eq!(tag(&dav, "/docs/c.txt").await, first, "a new place");
    dav.transfer("COPY", "/docs/c.txt", "/d.txt", &[]).await;
    assert_eq!(tag(&dav, "/d.txt").await, first, "the same bytes");
    dav.delete("/docs/c.txt").await;
    let trashed = admin.in_trash("c.txt").await;
    admin.restore(&[&trashed]).await.done();
    assert_eq!(tag(&dav, "/docs/c.txt").await, first, "there and back");

    let mut seen = vec![first.clone()];
    dav.put("/d.txt", "two").await;
    seen.push(tag(&dav, "/d.txt").await);
    admin.put_content("/d.txt", "three").await.ok();
    seen.push(tag(&dav, "/d.txt").await);
    admin.overwrite("/d.txt", "four").await;
    seen.push(tag(&dav, "/d.txt").await);
    let versions = admin.versions("/d.txt").await;
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 4);
    let oldest = versions.last().unwrap()["id"].as_str().unwrap();
    admin.set_version("/d.txt", oldest).await.done();
    assert_eq!(
        tag(&dav, "/d.txt").await,
        first,
        "old content has its old tag"
    );
    assert_eq!(dav.get("/d.txt").await.body, "one");
}

#[tokio::test]
async fn what_replaced_a_file_is_sent_even_if_it_is_older() {
    let server = TestServer::start().await;
    let dav = server.admin().mount().await;
    let at = |time: &'static str| [("X-OC-Mtime", time)];
    dav.tell("PUT", "/a", &at("1234567890"), "newer").await;
    let date = dav.get("/a").await.header("last-modified").to_owned();
    let asked = [("If-Modified-Since", date.as_str())];
    assert_eq!(dav.ask("GET", "/a", &asked).await.status, 304);
    dav.tell("PUT", "/a", &at("1000000000"), "older").await;
    assert_eq!(dav.ask("GET", "/a", &asked).await.text(), "older");
}

#[tokio::test]
async fn whoever_saw_something_else_changes_nothing() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let dav = admin.mount().await;
    dav.put("/a", "1").await;
    dav.put("/to", "kept").await;
    let old = tag(&dav, "/a").await;
    dav.put("/a", "2").await;
    let before = admin.everything().await;
    let listed = format!("([{old}])");
    for condition in [
        ("If-Match", old.as_str()),
        ("If-Match", "W/\"x\", \"y\""),
        ("If-None-Match", "*"),
        ("If-Unmodified-Since", "Fri, 13 Feb 2009 23:31:30 GMT"),
        ("If", listed.as_str()),
        ("If", "(Not <DAV:no-lock> [\"x\"])"),
        ("If", "(<urn:uuid:none>)"),
    ] {
        for verb in ["PUT", "DELETE", "PROPPATCH", "MOVE", "COPY"] {
            let body = match verb {
                "PROPPATCH" => {
                    "<D:propertyupdate xmlns:D='DAV:'><D:set><D:prop><x/></D:prop></D:set></D:propertyupdate>"
                }
                _ => "",
            };
            let headers = [condition, ("Destination", "/dav/to")];
            let reply = dav.tell(verb, "/a", &headers, body).await;
            assert_eq!(reply.status, 412, "{verb} {condition:?}");
        }
    }
    assert_eq!(admin.everything().await, before);
    assert_eq!(admin.metadata("/a").await, json!({}));
    let new = tag(&dav, "/a").await;
    let held = format!("<http://{}/dav/a> ([{new}])", dav.host());
    assert_eq!(
        dav.tell("PUT", "/a", &[("If", &held)], "3").await.status,
        204
    );
}

#[tokio::test]
async fn of_many_that_saw_the_same_one_wins() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let dav = admin.mount().await;
    for round in 0..4 {
        let path = format!("/{round}");
        dav.put(&path, "first").await;
        let seen = tag(&dav, &path).await;
        // Some write, some delete, some rename: whoever is first, the others see another state.
        let racers = (0..9).map(|number| {
            let (dav, path, seen) = (dav.clone(), path.clone(), seen.clone());
            async move {
                let to = format!("/dav{path}-{number}");
                let condition = ("If-Match", seen.as_str());
                let reply = match number % 3 {
                    0 => {
                        dav.tell("PUT", &path, &[condition], format!("{number}"))
                            .await
                    }
                    1 => dav.ask("DELETE", &path, &[condition]).await,
                    _ => {
                        dav.ask("MOVE", &path, &[condition, ("Destination", &to)])
                            .await
                    }
                };
                reply.status
            }
        });
        let ends: Vec<_> = stream::iter(racers).buffer_unordered(9).collect().await;
        let won = ends.iter().filter(|status| **status < 300).count();
        assert_eq!(won, 1, "{ends:?}");
        assert!(
            ends.iter()
                .all(|status| [201, 204, 404, 412].contains(status)),
            "{ends:?}"
        );
    }
}

#[tokio::test]
async fn conditions_protect_against_lost_updates() {
    let server = TestServer::start().await;
    let dav = server.admin().mount().await;
    let create_only = [("If-None-Match", "*")];
    assert_eq!(dav.tell("PUT", "/a", &create_only, "1").await.status, 201);
    assert_eq!(dav.tell("PUT", "/a", &create_only, "2").await.status, 412);
    let tag = dav.ask("HEAD", "/a", &[]).await.header("etag").to_owned();
    assert_eq!(
        dav.tell("PUT", "/a", &[("If-Match", "\"x\"")], "3")
            .await
            .status,
        412
    );
    assert_eq!(
        dav.tell("PUT", "/b", &[("If-Match", "*")], "3")
            .await
            .status,
        412
    );
    // Of many that saw the same version one wins.
    let racers = (0..8).map(|number| {
        let (dav, tag) = (dav.clone(), tag.clone());
        async move {
            let body = format!("racer {number}");
            let reply = dav
                .tell("PUT", "/a", &[("If-Match", &tag)], body.clone())
                .await;
            (reply.status, body)
        }
    });
    let ends: Vec<_> = stream::iter(racers).buffer_unordered(8).collect().await;
    let won: Vec<_> = ends.iter().filter(|(status, _)| *status == 204).collect();
    assert_eq!(won.len(), 1, "{ends:?}");
    assert!(
        ends.iter().all(|(status, _)| [204, 412].contains(status)),
        "{ends:?}"
    );
    assert_eq!(dav.get("/a").await.text(), won[0].1);
}
