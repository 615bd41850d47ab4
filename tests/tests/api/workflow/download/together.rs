//! Files of one download that come into the drive side by side.

use super::daemons::Kind;
use super::origin::Origin;
use super::programs::site;
use super::{ended, try_download};
use serde_json::json;

/// Of 16,000 bytes of the letter a.
const SHA1_OF_MANY: [u8; 20] = [
    0xe8, 0xe8, 0xdf, 0x5a, 0x4d, 0x0a, 0xe1, 0x2e, 0x82, 0xfe, 0x28, 0x2e, 0x0b, 0xb0, 0x30, 0xa2,
    0x33, 0xae, 0x33, 0xa3,
];

/// More files than have their names looked at in one step.
const MANY: usize = 250;

/// So many files of 64 bytes, of which the first and the last have names that are one in a drive.
fn many(origin: &Origin) -> Vec<u8> {
    let seed = origin.link("/");
    let name = |number: usize| match number {
        0 => "a:b.bin".to_owned(),
        249 => "a?b.bin".to_owned(),
        number => format!("{number:03}.bin"),
    };
    let file = |name: String| format!("d6:lengthi64e4:pathl7:{name}ee");
    let files: String = (0..MANY).map(|number| file(name(number))).collect();
    let before = format!("d4:infod5:filesl{files}e4:name4:many12:piece lengthi16384e6:pieces20:");
    let after = format!("e8:url-list{}:{seed}e", seed.len());
    [before.as_bytes(), &SHA1_OF_MANY, after.as_bytes()].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_files_come_each_under_a_name_of_its_own() {
    let site = site(Kind::Aria2).await;
    let admin = site.server.admin();
    let origin = Origin::start(vec![b'a'; 64].into()).await;
    admin.put("/many.torrent", many(&origin)).await;
    let body = json!({
        "src_file": "cloudreve://my/many.torrent", "dst": "cloudreve://my/", "conflict": "rename",
    });
    let id = try_download(admin, body).await.ok()[0]["id"].clone();
    let task = ended(admin, &id).await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(task["summary"]["props"]["failed"], 0, "{task}");
    let came = admin.names("/many").await;
    assert_eq!(came.len(), MANY, "{came:?}");
    for name in ["a_b.bin", "a_b (1).bin", "001.bin", "248.bin"] {
        assert!(came.iter().any(|one| one == name), "{name}: {came:?}");
    }
}

/// Of 16 KiB of the letter a.
const SHA1: [u8; 20] = [
    0x12, 0xff, 0x34, 0x7b, 0x4f, 0x27, 0xd6, 0x9e, 0x1f, 0x32, 0x8e, 0x6f, 0x4b, 0x55, 0x73, 0xe3,
    0x66, 0x6e, 0x12, 0x2f,
];

/// Two files of that content, whose names are one in a drive.
fn twins(origin: &Origin) -> Vec<u8> {
    let seed = origin.link("/");
    let file = |name: &str| format!("d6:lengthi16384e4:pathl7:{name}ee");
    let files = file("a:b.bin") + &file("a?b.bin");
    let before = format!("d4:infod5:filesl{files}e4:name5:twins12:piece lengthi16384e6:pieces40:");
    let after = format!("e8:url-list{}:{seed}e", seed.len());
    [before.as_bytes(), &SHA1, &SHA1, after.as_bytes()].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_whose_names_become_one_are_not_taken_for_one() {
    let site = site(Kind::Aria2).await;
    let admin = site.server.admin();
    let origin = Origin::start(vec![b'a'; 16_384].into()).await;
    admin.put("/twins.torrent", twins(&origin)).await;
    for (conflict, names) in [
        ("skip", vec!["a_b.bin"]),
        ("overwrite", vec!["a_b.bin"]),
        ("rename", vec!["a_b (1).bin", "a_b.bin"]),
    ] {
        admin.create_folder(&format!("/{conflict}")).await;
        let body = json!({
            "src_file": "cloudreve://my/twins.torrent",
            "dst": format!("cloudreve://my/{conflict}"),
            "conflict": conflict,
        });
        let id = try_download(admin, body).await.ok()[0]["id"].clone();
        let task = ended(admin, &id).await;
        assert_eq!(task["status"], "completed", "{conflict}: {task}");
        let failed = task["summary"]["props"]["failed"].as_u64().unwrap();
        let mut came = admin.names(&format!("/{conflict}/twins")).await;
        came.sort();
        assert_eq!(came, names, "{conflict}: {task}");
        assert_eq!(failed as usize + came.len(), 2, "{conflict}: {task}");
        let path = format!("/{conflict}/twins/a_b.bin");
        assert_eq!(admin.versions(&path).await.len(), 1, "{conflict}");
    }
}
