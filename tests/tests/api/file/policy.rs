//! `GET /user/setting/policies` and `PATCH /file/policy`: where people keep what comes into a folder.

use crate::admin::disks;
use crate::code;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{Client, Reply, TestServer, uri};

struct Site {
    server: TestServer,
    alice: Client,
    _disks: [TempDir; 2],
    /// Numbers of the two policies that members may choose besides policy 1.
    others: [i64; 2],
}

async fn save_group(server: &TestServer, change: impl FnOnce(&mut Value)) -> Reply {
    let admin = server.admin();
    let mut group = admin.get_json("/admin/group/2", &[]).await.ok();
    change(&mut group);
    let body = json!({ "group": group });
    admin.put_json("/admin/group/2", body).await
}

/// Has members choose from these besides what they have.
async fn offer(server: &TestServer, others: Value) -> Reply {
    save_group(server, |group| group["settings"]["other_policies"] = others).await
}

async fn site() -> Site {
    let (server, one) = disks::started().await;
    let two = tempfile::tempdir().unwrap();
    let mut others = Vec::new();
    for (disk, name) in [(&one, "One"), (&two, "Two")] {
        let mut policy = disks::policy(disk.path(), json!({}));
        policy["name"] = json!(name);
        let body = json!({ "policy": policy });
        server
            .admin()
            .post("/admin/policy/test", body.clone())
            .await
            .done();
        let made = server.admin().put_json("/admin/policy", body).await.ok();
        others.push(made["id"].as_i64().unwrap());
    }
    offer(&server, json!(others)).await.ok();
    Site {
        alice: server.user("alice").await,
        server,
        _disks: [one, two],
        others: others.try_into().unwrap(),
    }
}

async fn offered(who: &Client) -> Vec<Value> {
    let all = who.get_json("/user/setting/policies", &[]).await.ok();
    all.as_array().unwrap().clone()
}

/// The id of an offered policy.
async fn id(who: &Client, name: &str) -> String {
    let all = offered(who).await;
    let found = all.iter().find(|policy| policy["name"] == name);
    found.unwrap()["id"].as_str().unwrap().to_owned()
}

async fn try_choose(who: &Client, path: &str, policy: &str) -> Reply {
    let body = json!({ "uri": uri(path), "policy_id": policy });
    who.patch("/file/policy", body).await
}

/// Chooses by name; `""` takes the choice back. What holds then.
async fn choose(who: &Client, path: &str, name: &str) -> String {
    let policy = if name.is_empty() {
        String::new()
    } else {
        id(who, name).await
    };
    let answer = try_choose(who, path, &policy).await.ok();
    assert_eq!(answer.as_array().unwrap().len(), 1, "{answer}");
    answer[0]["name"].as_str().unwrap().to_owned()
}

/// Where the listing of a folder sends uploads.
async fn shown(who: &Client, path: &str) -> String {
    let listing = who.list(path).await.ok();
    let name = listing["storage_policy"]["name"].as_str();
    name.unwrap_or("none").to_owned()
}

/// What keeps the current version of a file.
async fn keeper(who: &Client, path: &str) -> String {
    let info = who.info_with(path, &[("extended", "true")]).await.ok();
    let version = &info["extended_info"]["entities"][0];
    version["storage_policy"]["name"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn choice(who: &Client, path: &str) -> (Value, Value) {
    let info = who.info_with(path, &[("extended", "true")]).await.ok();
    let extended = &info["extended_info"];
    (
        extended["storage_policy"]["name"].clone(),
        extended["storage_policy_inherited"].clone(),
    )
}

#[tokio::test]
async fn a_choice_holds_in_a_folder_and_below_until_it_is_taken_back() {
    let mut site = site().await;
    let alice = &site.alice;
    let names: Vec<Value> = offered(alice)
        .await
        .iter()
        .map(|policy| policy["name"].clone())
        .collect();
    assert_eq!(names[1..], ["One", "Two"]);
    let own = names[0].as_str().unwrap().to_owned();
    alice.create_folder("/docs/deep/deeper").await;
    assert_eq!(choice(alice, "/docs").await, (json!(own), json!(true)));
    assert_eq!(choose(alice, "/docs", "One").await, "One");
    assert_eq!(choose(alice, "/docs/deep", "Two").await, "Two");
    site.server.restart().await;
    let alice = &site.alice;
    for (folder, policy, inherited) in [
        ("/docs", "One", false),
        ("/docs/deep", "Two", false),
        ("/docs/deep/deeper", "Two", true),
    ] {
        assert_eq!(shown(alice, folder).await, policy);
        let expected = (json!(policy), json!(inherited));
        assert_eq!(choice(alice, folder).await, expected, "{folder}");
        // Whatever way they come, also into folders that are made for them.
        for file in [format!("{folder}/a.txt"), format!("{folder}/new/b.txt")] {
            alice.put(&file, "by chunks").await;
            assert_eq!(keeper(alice, &file).await, policy, "{file}");
        }
        let file = format!("{folder}/c.txt");
        alice.create_file(&file).await;
        alice.put_content(&file, "at once").await.ok();
        assert_eq!(keeper(alice, &file).await, policy);
    }
    assert_eq!(shown(alice, "/").await, own);

    assert_eq!(choose(alice, "/docs/deep", "").await, "One");
    assert_eq!(shown(alice, "/docs/deep/deeper").await, "One");
    // It goes with the folder, and what is below goes by where it is.
    alice.create_folder("/else").await;
    alice.move_to(&["/docs/deep"], "/else").await.done();
    assert_eq!(shown(alice, "/else/deep").await, own);
    alice.move_to(&["/docs"], "/else").await.done();
    assert_eq!(shown(alice, "/else/docs").await, "One");
    // What was stored stays where it was.
    assert_eq!(keeper(alice, "/else/deep/a.txt").await, "Two");
    assert_eq!(alice.get("/else/deep/a.txt").await, "by chunks");
    // The whole drive.
    assert_eq!(choose(alice, "/", "Two").await, "Two");
    assert_eq!(shown(alice, "/else/deep").await, "Two");
}

#[tokio::test]
async fn only_what_is_offered_is_chosen_and_only_for_own_folders() {
    let site = site().await;
    let (server, alice) = (&site.server, &site.alice);
    alice.put("/docs/a.txt", "text").await;
    let one = id(alice, "One").await;
    try_choose(alice, "/docs/a.txt", &one)
        .await
        .refused(code::PARAMETER);
    try_choose(alice, "/missing", &one)
        .await
        .refused(code::PARENT_NOT_EXIST);
    try_choose(alice, "/docs", "nonsense")
        .await
        .refused(code::PARAMETER);
    let share = alice.share("/docs", json!({})).await;
    try_choose(alice, &share.at("/"), &one)
        .await
        .refused(code::OWNER_ONLY);
    let bob = server.user("bob").await;
    try_choose(&bob, &share.at("/"), &one)
        .await
        .refused(code::OWNER_ONLY);

    choose(alice, "/docs", "One").await;
    offer(server, json!([site.others[1]])).await.ok();
    assert_eq!(offered(alice).await.len(), 2);
    try_choose(alice, "/docs", &one)
        .await
        .refused(code::POLICY_NOT_ALLOWED);
    // The choice is kept for when it is offered again.
    let own = shown(alice, "/").await;
    assert_eq!(shown(alice, "/docs").await, own);
    alice.put("/docs/b.txt", "text").await;
    assert_eq!(keeper(alice, "/docs/b.txt").await, own);
    offer(server, json!(site.others)).await.ok();
    assert_eq!(shown(alice, "/docs").await, "One");
    // Without a choice nobody is told of one.
    offer(server, json!([])).await.ok();
    assert_eq!(offered(alice).await.len(), 1);
    assert_eq!(choice(alice, "/docs").await, (Value::Null, Value::Null));
    save_group(server, |group| group["edges"] = json!({}))
        .await
        .ok();
    assert_eq!(offered(alice).await, Vec::<Value>::new());
}

#[tokio::test]
async fn an_upload_may_name_one_of_what_is_offered() {
    let site = site().await;
    let alice = &site.alice;
    alice.create_folder("/docs").await;
    choose(alice, "/docs", "One").await;
    let two = id(alice, "Two").await;
    let named = json!({ "policy_id": two });
    let session = alice.try_open_upload("/docs/a.txt", 4, named.clone()).await;
    let session = tests::UploadSession::of(session.ok());
    assert_eq!(session.data["storage_policy"]["name"], "Two");
    alice.finish_upload(&session, &"text".into()).await;
    assert_eq!(keeper(alice, "/docs/a.txt").await, "Two");
    offer(&site.server, json!([site.others[0]])).await.ok();
    let session = alice.try_open_upload("/docs/b.txt", 4, named).await.ok();
    assert_eq!(session["storage_policy"]["name"], "One");
}

#[tokio::test]
async fn what_visitors_bring_goes_where_the_owner_chose() {
    let site = site().await;
    let (server, alice) = (&site.server, &site.alice);
    alice.create_folder("/inbox/deep").await;
    choose(alice, "/inbox", "Two").await;
    // Read and create.
    let everyone = json!({ "permissions": { "everyone": "BQ==" } });
    let share = alice.share("/inbox", everyone).await;
    let bob = server.user("bob").await;
    for folder in ["/", "/deep"] {
        assert_eq!(shown(&bob, &share.at(folder)).await, "Two");
    }
    // Naming another one changes nothing.
    let named = json!({ "policy_id": id(alice, "One").await });
    let session = bob.try_open_upload(&share.at("/a.txt"), 4, named).await;
    assert_eq!(session.ok()["storage_policy"]["name"], "Two");
    bob.put(&share.at("/deep/gift.txt"), "gift").await;
    assert_eq!(keeper(alice, "/inbox/deep/gift.txt").await, "Two");
}

#[tokio::test]
async fn groups_offer_what_is_there_and_what_they_offer_stays() {
    let site = site().await;
    let (server, admin) = (&site.server, site.server.admin());
    let [one, two] = site.others;
    offer(server, json!([one, 4711]))
        .await
        .refused(code::PARAMETER);
    offer(server, json!([one, one]))
        .await
        .refused(code::PARAMETER);
    offer(server, json!((10..111).collect::<Vec<i64>>()))
        .await
        .refused(code::PARAMETER);
    let upyun = json!({ "id": 0, "name": "Upyun", "type": "upyun", "dir_name_rule": "",
        "file_name_rule": "{uuid}", "settings": {}, "edges": {} });
    let upyun = admin
        .put_json("/admin/policy", json!({ "policy": upyun }))
        .await;
    let upyun = upyun.ok()["id"].as_i64().unwrap();
    offer(server, json!([one, upyun]))
        .await
        .refused(code::PARAMETER);

    let route = format!("/admin/policy/{one}");
    admin.delete_json(&route, json!({})).await.refused(40038);
    let shown = admin.get_json(&route, &[]).await.ok();
    assert_eq!(shown["edges"]["groups"].as_array().unwrap().len(), 1);
    // Clients that know nothing of it leave it as it is.
    save_group(server, |group| {
        let settings = group["settings"].as_object_mut().unwrap();
        assert_eq!(settings.remove("other_policies"), Some(json!([one, two])));
    })
    .await
    .ok();
    // What becomes the group's own is no other any more.
    let changed = save_group(server, |group| {
        group["edges"]["storage_policies"] = json!({ "id": two });
    });
    assert_eq!(
        changed.await.ok()["settings"]["other_policies"],
        json!([one])
    );
    let told = server
        .ask("SELECT detail AS value FROM journal WHERE op = 'group_changed' ORDER BY id DESC LIMIT 1")
        .await;
    assert!(told.contains("other_policies"), "{told}");

    // A policy goes with the choices that were made of it.
    let alice = &site.alice;
    alice.create_folder("/docs").await;
    choose(alice, "/docs", "One").await;
    offer(server, json!([])).await.ok();
    admin.delete_json(&route, json!({})).await.done();
    let left = server
        .ask("SELECT CAST(COUNT(*) AS TEXT) AS value FROM folder_policies")
        .await;
    assert_eq!(left, "0");
}

#[tokio::test]
async fn a_choice_goes_with_its_folder() {
    let site = site().await;
    let (server, alice) = (&site.server, &site.alice);
    alice.create_folder("/docs/deep").await;
    choose(alice, "/docs/deep", "One").await;
    alice.delete(&["/docs/deep"]).await.done();
    let trashed = alice.in_trash("deep").await;
    alice.restore(&[trashed]).await.done();
    assert_eq!(shown(alice, "/docs/deep").await, "One");
    alice.delete_for_good(&["/docs"]).await.done();
    server.nothing_left_of("collect_trash").await;
    let left = server
        .ask("SELECT CAST(COUNT(*) AS TEXT) AS value FROM folder_policies")
        .await;
    assert_eq!(left, "0");
}

#[tokio::test]
async fn one_that_is_spread_over_others_is_chosen_under_its_own_name() {
    let site = site().await;
    let (server, alice) = (&site.server, &site.alice);
    let children = site
        .others
        .map(|id| json!({ "policy_id": id, "weight": 1 }));
    let both = json!({ "id": 0, "name": "Both", "type": "load_balance", "dir_name_rule": "",
        "file_name_rule": "", "settings": { "children": children }, "edges": {} });
    let body = json!({ "policy": both });
    let both = server.admin().put_json("/admin/policy", body).await.ok();
    offer(server, json!([both["id"]])).await.ok();
    let all = offered(alice).await;
    assert_eq!(
        (&all[1]["name"], &all[1]["type"]),
        (&json!("Both"), &json!("local"))
    );
    alice.create_folder("/docs").await;
    let id = id(alice, "Both").await;
    let answer = try_choose(alice, "/docs", &id).await.ok();
    let names: Vec<&str> = (answer.as_array().unwrap().iter())
        .map(|policy| policy["name"].as_str().unwrap())
        .collect();
    assert_eq!(names[0], "Both");
    assert_eq!(names.len(), 3);
    assert_eq!(choice(alice, "/docs").await, (json!("Both"), json!(false)));
    let taker = shown(alice, "/docs").await;
    assert!(["One", "Two"].contains(&taker.as_str()), "{taker}");
    alice.put("/docs/a.txt", "text").await;
    assert_eq!(keeper(alice, "/docs/a.txt").await, taker);
}
