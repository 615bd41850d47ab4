//! Policies that keep every blob in several others.

mod repairs;

use crate::admin::disks::{self, give};
use crate::code;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tests::{Client, Gate, Reply, TestServer, bytes_of, files_below};

/// Two disks, and what mirrors them.
pub(crate) struct Mirrored {
    pub server: TestServer,
    pub alice: Client,
    pub place: TempDir,
    pub disks: [PathBuf; 2],
    pub policies: [i64; 2],
    pub mirror: i64,
}

pub(crate) fn of_disks(members: &[i64], quorum: i64) -> Value {
    json!({
        "id": 0, "name": "Twice", "type": "local", "dir_name_rule": "mirrored/{uid}",
        "file_name_rule": "{uuid}", "edges": {},
        "settings": {
            "backend": "mirror", "members": members, "quorum": quorum, "file_type": null,
            "chunk_size": 50_000,
        },
    })
}

async fn made(server: &TestServer, policy: Value) -> i64 {
    let body = json!({ "policy": policy });
    let admin = server.admin();
    admin.post("/admin/policy/test", body.clone()).await.done();
    let made = admin.put_json("/admin/policy", body).await.ok();
    made["id"].as_i64().unwrap()
}

/// A policy that is called like its folder.
fn on_disk(folder: &Path) -> Value {
    let mut policy = disks::policy(folder, json!({}));
    policy["name"] = json!(folder.file_name().unwrap().to_str());
    policy
}

async fn disk(server: &TestServer, folder: &PathBuf) -> i64 {
    fs::create_dir(folder).unwrap();
    made(server, on_disk(folder)).await
}

pub(crate) async fn mirrored() -> Mirrored {
    let (server, place) = disks::started().await;
    mirrored_on(server, place).await
}

async fn mirrored_on(server: TestServer, place: TempDir) -> Mirrored {
    let disks = ["one", "two"].map(|name| place.path().join(name));
    let policies = [
        disk(&server, &disks[0]).await,
        disk(&server, &disks[1]).await,
    ];
    let mirror = made(&server, of_disks(&policies, 0)).await;
    give(&server, mirror).await;
    Mirrored {
        alice: server.user("alice").await,
        server,
        place,
        disks,
        policies,
        mirror,
    }
}

impl Mirrored {
    /// What lies on a disk, by its path on it.
    pub fn kept(&self, disk: usize) -> Vec<PathBuf> {
        let root = &self.disks[disk];
        let all = files_below(root).into_iter();
        let mut all: Vec<PathBuf> = all
            .filter(|path| !path.iter().any(|name| name == ".staging"))
            .map(|path| path.strip_prefix(root).unwrap().to_owned())
            .collect();
        all.sort();
        all
    }

    fn take_out(&self, disk: usize) {
        let elsewhere = self.place.path().join("taken out");
        fs::rename(&self.disks[disk], elsewhere).unwrap();
        fs::create_dir(&self.disks[disk]).unwrap();
    }

    fn put_back(&self, disk: usize) {
        fs::remove_dir_all(&self.disks[disk]).unwrap();
        fs::rename(self.place.path().join("taken out"), &self.disks[disk]).unwrap();
    }

    async fn gaps(&self) -> String {
        let all = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM mirror_gaps";
        self.server.ask(all).await
    }

    /// Waits until no member lacks anything, and has what was put off tried again at once.
    async fn repaired(&self) {
        let waits = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM tasks \
                     WHERE kind = 'mirror_repair' AND state = 'suspending'";
        let soon = "UPDATE tasks SET resume_at = 1 WHERE kind = 'mirror_repair'";
        for _ in 0..100 {
            if self.gaps().await == "0" {
                return;
            }
            if self.server.ask(waits).await != "0" {
                self.server.tamper(soon).await;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("a member still lacks something");
    }

    async fn change(&self, members: &[i64]) -> Reply {
        let mut policy = of_disks(members, 0);
        policy["id"] = json!(self.mirror);
        let route = format!("/admin/policy/{}", self.mirror);
        let body = json!({ "policy": policy });
        self.server.admin().put_json(&route, body).await
    }
}

#[tokio::test]
async fn everything_is_kept_on_both_disks_and_clients_see_a_local_policy() {
    let site = mirrored().await;
    let alice = &site.alice;
    let content = bytes_of("mirrored", 180_000);
    alice.put("/docs/a.bin", content.clone()).await;
    alice.put_content("/docs/b.txt", "text").await.ok();
    let seen = alice.list("/docs").await.ok();
    assert_eq!(seen["storage_policy"]["type"], "local");
    assert_eq!(seen["storage_policy"]["name"], "Twice");
    assert_eq!(site.kept(0).len(), 2);
    assert_eq!(site.kept(0), site.kept(1));
    for path in site.kept(0) {
        let copies = site.disks.clone().map(|disk| fs::read(disk.join(&path)));
        let [one, two] = copies.map(Result::unwrap);
        assert_eq!(one, two);
    }
    assert_eq!(alice.get("/docs/a.bin").await, content);
    alice.overwrite("/docs/a.bin", "newer").await;
    assert_eq!(alice.versions("/docs/a.bin").await.len(), 2);
    doctor(&site, "Everything is as it should be");
    alice.delete_for_good(&["/docs"]).await.done();
    site.server.nothing_left_of("collect_trash").await;
    site.server.nothing_left_of("recycle_blobs").await;
    assert_eq!((site.kept(0), site.kept(1)), (Vec::new(), Vec::new()));
    doctor(&site, "Everything is as it should be");
}

/// What the doctor says at the end, on this machine.
fn doctor(site: &Mirrored, words: &str) {
    let (_, said) = examined(site, "--hash");
    assert!(said.contains(words), "{said}");
}

/// Whether the doctor is content, and what it says.
fn examined(site: &Mirrored, how: &str) -> (bool, String) {
    let mut command = site.server.command(["doctor"]);
    command.args(how.split_whitespace());
    command.env("ALCOVE_STORAGE_ROOTS", std::env::temp_dir());
    let said = command.output().unwrap();
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&said.stdout),
        String::from_utf8_lossy(&said.stderr)
    );
    (said.status.success(), text)
}

#[tokio::test]
async fn the_doctor_calls_a_copy_that_lacks_no_loss() {
    let site = mirrored().await;
    site.alice.put("/a.bin", bytes_of("a", 60_000)).await;
    let copy = site.disks[0].join(&site.kept(0)[0]);
    fs::remove_file(&copy).unwrap();
    let lacks = format!("a copy lacks on policy {}, 1 of 2 there", site.policies[0]);
    // Nobody knew of it.
    let (is_content, said) = examined(&site, "--hash");
    assert!(!is_content && said.contains(&lacks), "{said}");
    assert!(said.contains("--repair has it made"), "{said}");
    assert!(!said.contains("missing"), "{said}");
    // It was written down: it is made in any case.
    let noted_at = std::time::UNIX_EPOCH.elapsed().unwrap().as_micros();
    let note = format!(
        "INSERT INTO mirror_gaps (policy_id, member_id, key, noted_at) \
         SELECT policy_id, {}, key, {noted_at} FROM blobs WHERE policy_id = {}",
        site.policies[0], site.mirror
    );
    site.server.tamper(&note).await;
    let (is_content, said) = examined(&site, "--hash");
    assert!(is_content && said.contains(&lacks), "{said}");
    assert!(said.contains("repair will make it"), "{said}");
    assert!(said.contains("Nothing is lost"), "{said}");
    // Who has not read the other copy knows nothing of it but its length; and after a week
    // nobody believes that it will be made.
    let (is_content, said) = examined(&site, "");
    assert!(
        is_content && said.contains("still have to copy 1"),
        "{said}"
    );
    assert!(!said.contains("Nothing is lost"), "{said}");
    for doubt in [
        "UPDATE mirror_gaps SET noted_at = noted_at - 700000000000",
        "UPDATE blobs SET props = '{\"damaged\":true}'",
    ] {
        site.server.tamper(doubt).await;
        let (is_content, said) = examined(&site, "--hash");
        assert!(!is_content && said.contains(&lacks), "{said}");
        assert!(!said.contains("Nothing is lost"), "{said}");
    }
    site.server.tamper("UPDATE blobs SET props = '{}'").await;
    site.server.tamper("DELETE FROM mirror_gaps").await;
    let (_, said) = examined(&site, "--repair");
    assert!(said.contains("(repaired)"), "{said}");
    site.server.nothing_left_of("mirror_repair").await;
    assert_eq!(site.kept(0), site.kept(1));
    assert!(copy.exists());
    doctor(&site, "Everything is as it should be");
    // What nobody has is missing, whoever has it not.
    for disk in 0..2 {
        fs::remove_file(site.disks[disk].join(&site.kept(disk)[0])).unwrap();
    }
    let (is_content, said) = examined(&site, "--hash");
    assert!(
        !is_content && said.contains("its bytes are missing"),
        "{said}"
    );
}

#[tokio::test]
async fn the_doctor_tells_of_a_disk_that_is_away_once_and_not_of_its_mirror() {
    let site = mirrored().await;
    for name in ["a", "b", "c"] {
        site.alice.put(&format!("/{name}"), name).await;
    }
    site.take_out(0);
    let (_, said) = examined(&site, "--hash");
    let away = format!("storage of policy {} cannot be used", site.policies[0]);
    assert_eq!(said.matches(&away).count(), 1, "{said}");
    let unread = format!("policy {}: 3 stored versions there", site.policies[0]);
    assert_eq!(said.matches(&unread).count(), 1, "{said}");
    assert!(
        !said.contains(&format!("policy {} cannot", site.mirror)),
        "{said}"
    );
    assert!(!said.contains("missing"), "{said}");
    assert_eq!(site.gaps().await, "0", "the doctor leaves nothing behind");
}

#[tokio::test]
async fn a_disk_that_is_away_stops_nothing_and_gets_what_it_lacks_when_it_is_back() {
    let site = mirrored().await;
    let alice = &site.alice;
    alice.put("/before.txt", "before").await;
    site.take_out(0);
    let content = bytes_of("meanwhile", 120_000);
    alice.put("/meanwhile.bin", content.clone()).await;
    alice.put_content("/before.txt", "changed").await.ok();
    assert_eq!(alice.get("/meanwhile.bin").await, content);
    assert_eq!(alice.get("/before.txt").await, "changed");
    assert_eq!(site.gaps().await, "2");
    assert_eq!(site.kept(0).len(), 0, "nothing is written where it was");
    // Nor does whoever tries the disk make one of the empty folder in its place.
    let body = json!({ "policy": disks::policy(&site.disks[0], json!({})) });
    let tried = site.server.admin().post("/admin/policy/test", body).await;
    tried.refused(code::PARAMETER);
    assert_eq!(fs::read_dir(&site.disks[0]).unwrap().count(), 0);
    site.put_back(0);
    site.server.nothing_left_of("mirror_repair").await;
    assert_eq!(site.gaps().await, "0");
    assert_eq!(site.kept(0), site.kept(1));
    // Now the other one may go.
    site.take_out(1);
    assert_eq!(alice.get("/meanwhile.bin").await, content);
    assert_eq!(alice.get("/before.txt").await, "changed");
}

#[tokio::test]
async fn what_the_first_disk_lost_comes_from_the_second() {
    let site = mirrored().await;
    let content = bytes_of("lost", 300_000);
    site.alice.put("/a.bin", content.clone()).await;
    let path = site.kept(0).remove(0);
    let copy = site.disks[0].join(&path);
    // Open files are kept for a while: it is read for the first time after this.
    let file = fs::File::options().write(true).open(&copy).unwrap();
    file.set_len(100_000).unwrap();
    assert_eq!(site.alice.get("/a.bin").await, content);
    fs::remove_file(&copy).unwrap();
    assert_eq!(site.alice.get("/a.bin").await, content);
}

#[tokio::test]
async fn without_a_quorum_nothing_is_taken() {
    let site = mirrored().await;
    let mut both = of_disks(&site.policies, 2);
    both["id"] = json!(site.mirror);
    let route = format!("/admin/policy/{}", site.mirror);
    let body = json!({ "policy": both });
    site.server.admin().put_json(&route, body).await.ok();
    site.alice.put("/a.txt", "kept").await;
    site.take_out(1);
    let before = site.alice.everything().await;
    let opened = site.alice.try_open_upload("/b.txt", 10, json!({})).await;
    assert_ne!(opened.code(), 0, "{}", opened.text());
    assert_ne!(site.alice.put_content("/a.txt", "other").await.code(), 0);
    assert_eq!(site.alice.everything().await, before);
    assert_eq!(site.alice.get("/a.txt").await, "kept");
    assert_eq!(site.alice.used().await, 4);
}

#[tokio::test]
async fn members_come_and_go_and_none_goes_that_has_what_others_lack() {
    let site = mirrored().await;
    site.alice.put("/a.bin", bytes_of("a", 60_000)).await;
    let third = site.place.path().join("three");
    let new = disk(&site.server, &third).await;
    let [one, two] = site.policies;
    site.change(&[one, two, new]).await.ok();
    site.server.nothing_left_of("mirror_repair").await;
    assert_eq!(
        files_below(&third)
            .iter()
            .filter(|path| path.ends_with(&site.kept(0)[0]))
            .count(),
        1
    );
    // The first is away, and lacks something.
    site.take_out(0);
    site.alice.put("/b.bin", bytes_of("b", 60_000)).await;
    let refused = site.change(&[one, two]).await;
    refused.refused(code::PARAMETER);
    assert!(refused.text().contains("lack"), "{}", refused.text());
    // It may go itself, and so may not all.
    site.change(&[two, new]).await.ok();
    assert_eq!(site.gaps().await, "0");
    let fourth = site.place.path().join("four");
    let fifth = site.place.path().join("five");
    let strangers = [
        disk(&site.server, &fourth).await,
        disk(&site.server, &fifth).await,
    ];
    let refused = site.change(&strangers).await;
    refused.refused(code::PARAMETER);
    assert_eq!(site.alice.get("/b.bin").await, bytes_of("b", 60_000));
}

#[tokio::test]
async fn what_was_noted_of_one_that_had_left_stands_in_nobodys_way() {
    let site = mirrored().await;
    site.alice.put("/a.bin", bytes_of("a", 60_000)).await;
    let third = disk(&site.server, &site.place.path().join("three")).await;
    let key = "SELECT key AS value FROM blobs WHERE reference_count > 0";
    let key = site.server.ask(key).await;
    let note = format!(
        "INSERT INTO mirror_gaps (policy_id, member_id, key, noted_at) \
         VALUES ({}, {third}, '{key}', 1)",
        site.mirror
    );
    site.server.tamper(&note).await;
    // Whatever lacks something next has them all looked at.
    site.take_out(0);
    site.alice.put("/b.bin", bytes_of("b", 60_000)).await;
    site.put_back(0);
    site.server.nothing_left_of("mirror_repair").await;
    assert_eq!(site.gaps().await, "0");
}

/// Somebody uploads with what was known of a mirror before its members changed.
async fn changed_meanwhile(takes_out: bool) -> (Mirrored, PathBuf, Reply) {
    let gate = Gate::default();
    let steps = gate.steps();
    let server = TestServer::start_as(move |config| {
        config.storage_roots = vec![std::env::temp_dir()];
        config.steps = steps.clone();
    });
    let site = mirrored_on(server.await, tempfile::tempdir().unwrap()).await;
    site.alice.put("/a.txt", "kept").await;
    let third = site.place.path().join("three");
    let new = disk(&site.server, &third).await;
    gate.hold("content: begun");
    let alice = site.alice.clone();
    let upload = tokio::spawn(async move { alice.put_content("/a.txt", "changed").await });
    gate.reached("content: begun").await;
    site.change(&[site.policies[1], new]).await.ok();
    site.server.nothing_left_of("mirror_repair").await;
    if takes_out {
        site.take_out(1);
    }
    gate.open("content: begun");
    let reply = upload.await.unwrap();
    (site, third, reply)
}

#[tokio::test]
async fn who_became_a_member_meanwhile_gets_what_was_written_without_it() {
    let (site, third, reply) = changed_meanwhile(false).await;
    reply.ok();
    site.server.nothing_left_of("mirror_repair").await;
    let changed = |path: &PathBuf| fs::read(path).is_ok_and(|bytes| bytes == b"changed");
    assert!(files_below(&third).iter().any(changed));
    site.take_out(1);
    assert_eq!(site.alice.get("/a.txt").await, "changed");
}

#[tokio::test]
async fn what_only_a_former_member_has_does_not_count_as_stored() {
    let (site, _, reply) = changed_meanwhile(true).await;
    assert_ne!(reply.code(), 0, "{}", reply.text());
    assert_eq!(site.alice.get("/a.txt").await, "kept");
}

/// Has members move what they have to a policy if they like, which is offered beside their own.
async fn offer(server: &TestServer, policy: i64) {
    let admin = server.admin();
    let mut group = admin.get_json("/admin/group/2", &[]).await.ok();
    group["settings"]["other_policies"] = json!([policy]);
    let body = json!({ "group": group });
    admin.put_json("/admin/group/2", body).await.ok();
    server.permit_users("940C").await;
}

#[tokio::test]
async fn who_is_a_member_when_a_move_ends_gets_what_was_moved() {
    let gate = Gate::default();
    let steps = gate.steps();
    let server = TestServer::start_as(move |config| {
        config.storage_roots = vec![std::env::temp_dir()];
        config.steps = steps.clone();
    });
    let site = mirrored_on(server.await, tempfile::tempdir().unwrap()).await;
    let (server, alice) = (&site.server, &site.alice);
    let [own, new] = ["own", "new"].map(|name| site.place.path().join(name));
    give(server, disk(server, &own).await).await;
    offer(server, site.mirror).await;
    let new_policy = disk(server, &new).await;
    alice.put("/a.txt", "moved").await;
    let offered = alice.get_json("/user/setting/policies", &[]).await.ok();
    let mut offered = offered.as_array().unwrap().iter();
    let mirror = offered.find(|policy| policy["name"] == "Twice");
    gate.hold("relocate: copied");
    let body = json!({ "src": ["cloudreve://my/a.txt"], "dst_policy_id": mirror.unwrap()["id"] });
    alice.post("/workflow/relocate", body).await.ok();
    gate.reached("relocate: copied").await;
    // The first one has the copy by now, and leaves; another comes.
    site.change(&[site.policies[1], new_policy]).await.ok();
    gate.open("relocate: copied");
    server.nothing_left_of("relocate").await;
    site.repaired().await;
    let moved = |path: &PathBuf| fs::read(path).is_ok_and(|bytes| bytes == b"moved");
    assert!(files_below(&new).iter().any(moved));
    site.take_out(1);
    assert_eq!(alice.get("/a.txt").await, "moved");
}

#[tokio::test]
async fn only_what_makes_sense_is_a_mirror() {
    let site = mirrored().await;
    let admin = site.server.admin();
    let [one, two] = site.policies;
    let mut same = disks::policy(&site.disks[0], json!({}));
    same["name"] = json!("the same place");
    let same_place = made(&site.server, same).await;
    let link = site.place.path().join("link");
    std::os::unix::fs::symlink(&site.disks[0], &link).unwrap();
    let linked = made(&site.server, on_disk(&link)).await;
    let around = made(&site.server, on_disk(site.place.path())).await;
    for (members, words) in [
        (vec![], "two to five"),
        (vec![one], "two to five"),
        (vec![one, one], "once"),
        (vec![one, 4711], "no such policy"),
        (vec![one, site.mirror], "made of others"),
        (vec![one, same_place], "another member"),
        (vec![one, linked], "another member"),
        (vec![one, around], "another member"),
    ] {
        let body = json!({ "policy": of_disks(&members, 0) });
        let refused = admin.put_json("/admin/policy", body).await;
        refused.refused(code::PARAMETER);
        assert!(
            refused.text().contains(words),
            "{members:?}: {}",
            refused.text()
        );
    }
    let mut bucket = of_disks(&[one, two], 0);
    bucket["type"] = json!("s3");
    let refused = admin
        .put_json("/admin/policy", json!({ "policy": bucket }))
        .await;
    refused.refused(code::PARAMETER);
    let mut unknown = of_disks(&[one, two], 0);
    unknown["settings"]["backend"] = json!("floppy");
    let refused = admin
        .put_json("/admin/policy", json!({ "policy": unknown }))
        .await;
    refused.refused(code::PARAMETER);
    // What a mirror is made of stays.
    let route = format!("/admin/policy/{one}");
    let refused = admin.delete_json(&route, json!({})).await;
    refused.refused(code::POLICY_KEEPS);
}

#[tokio::test]
async fn a_policy_does_not_move_while_a_mirror_is_made_of_it() {
    let site = mirrored().await;
    site.alice.put("/a.txt", "kept").await;
    let empty = site.place.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let route = format!("/admin/policy/{}", site.policies[0]);
    let mut row = site.server.admin().get_json(&route, &[]).await.ok();
    row["settings"]["root"] = json!(empty);
    let refused = site
        .server
        .admin()
        .put_json(&route, json!({ "policy": row }))
        .await;
    refused.refused(code::PARAMETER);
    assert!(refused.text().contains("mirror"), "{}", refused.text());
    assert_eq!(site.alice.get("/a.txt").await, "kept");
}

#[tokio::test]
async fn what_a_member_keeps_by_itself_under_the_same_key_is_left_alone() {
    let site = mirrored().await;
    let admin = site.server.admin();
    let plain = |mut row: Value| {
        row["dir_name_rule"] = json!("same");
        row["file_name_rule"] = json!("{originname}");
        row
    };
    for id in [site.policies[1], site.mirror] {
        let route = format!("/admin/policy/{id}");
        let row = plain(admin.get_json(&route, &[]).await.ok());
        admin.put_json(&route, json!({ "policy": row })).await.ok();
    }
    give(&site.server, site.policies[1]).await;
    site.alice.put_content("/a.txt", "by the member").await.ok();
    give(&site.server, site.mirror).await;
    site.alice.create_folder("/other").await;
    let refused = site
        .alice
        .put_content("/other/a.txt", "by the mirror")
        .await;
    assert_ne!(refused.code(), 0, "{}", refused.text());
    let opened = site
        .alice
        .try_open_upload("/other/a.txt", 10, json!({}))
        .await;
    assert_ne!(opened.code(), 0, "{}", opened.text());
    site.server.nothing_left_of("recycle_blobs").await;
    site.server.nothing_left_of("mirror_repair").await;
    assert_eq!(site.alice.get("/a.txt").await, "by the member");
    assert_eq!(site.kept(0), Vec::<PathBuf>::new());
    assert_eq!(site.gaps().await, "0");
}
