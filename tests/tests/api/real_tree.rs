//! A drive as people have them: thousands of files, names in many scripts, one large file.

use std::{
    collections::BTreeMap,
    io::{Read, Seek, SeekFrom, Write},
};

use blake3::Hash;
use bytes::Bytes;
use tests::{Client, TestServer, bytes_of, hash_of};

const FILES: usize = 2_100;
const MIB: usize = 1 << 20;
const CLIENTS: usize = 4;

/// Path below the root → length. More than 300 MiB, one file of more than 100.
fn plan() -> BTreeMap<String, usize> {
    let folders = [
        "Documents",
        "Documents/2024 Steuer & Co",
        "照片/二〇二四年",
        "صور/العائلة",
        "Café ☕/emoji 😀👩‍👩‍👧",
        "100% #done+more",
        " spaces  around ",
        "deep/a/b/c/d/e/f/g/h/i/j",
    ];
    let stems = [
        "report",
        "Überblick",
        "会议记录",
        "تقرير",
        "🎉 party",
        "a b  c",
        "50% #&+=;,'()!~",
    ];
    let lengths = [0, 1, 100, 4_096, 10_000, 65_536, 65_537, 200_000];
    let mut plan = BTreeMap::new();
    for number in 0..FILES {
        let folder = folders[number % folders.len()];
        let stem = stems[number % stems.len()];
        let length = lengths[number / folders.len() % lengths.len()];
        plan.insert(format!("{folder}/{stem} {number}.dat"), length);
    }
    plan.insert("Videos/large 大 كبير 🎬.mov".to_owned(), 101 * MIB + 7);
    for number in 0..5 {
        plan.insert(format!("Videos/clip {number}.mov"), 26 * MIB + number);
    }
    plan
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_tree_comes_back_file_by_file_and_as_one_zip() {
    let plan = plan();
    let total: usize = plan.values().sum();
    assert!(
        plan.len() > 2_000 && total > 300 * MIB,
        "{} files, {total} bytes",
        plan.len()
    );
    let server = TestServer::start().await;
    let admin = server.admin();

    let hashes = upload(admin, &plan).await;
    assert_eq!(admin.used().await, total as u64);
    server.assert_clean();

    let sizes: BTreeMap<_, _> = admin
        .sizes_below("/tree")
        .await
        .into_iter()
        .filter_map(|(path, size)| Some((path[1..].to_owned(), size? as usize)))
        .collect();
    assert_eq!(sizes, plan);

    download(admin, &hashes).await;
    compare_zip(admin, &hashes).await;
}

/// Four clients, each a quarter of the files.
async fn upload(admin: &Client, plan: &BTreeMap<String, usize>) -> BTreeMap<String, Hash> {
    let files: Vec<_> = plan.clone().into_iter().collect();
    let mut workers = Vec::new();
    for worker in 0..CLIENTS {
        let client = admin.another_window();
        let share: Vec<_> = files
            .iter()
            .skip(worker)
            .step_by(CLIENTS)
            .cloned()
            .collect();
        workers.push(tokio::spawn(async move {
            let mut hashes = Vec::new();
            for (path, length) in share {
                let bytes = bytes_of(&path, length);
                hashes.push((path.clone(), hash_of(&bytes)));
                put_patiently(&client, &format!("/tree/{path}"), bytes).await;
            }
            hashes
        }));
    }
    let mut hashes = BTreeMap::new();
    for worker in workers {
        hashes.extend(worker.await.unwrap());
    }
    hashes
}

/// Clients that create the same parent at once may find it locked and try again.
async fn put_patiently(client: &Client, path: &str, bytes: Bytes) {
    for _ in 0..100 {
        match client
            .try_put(path, bytes.clone())
            .await
            .expect("the server is there")
        {
            Ok(()) => return,
            Err(40073) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
            Err(code) => panic!("{path} was refused with {code}"),
        }
    }
    panic!("{path} stayed locked");
}

async fn download(admin: &Client, hashes: &BTreeMap<String, Hash>) {
    let files: Vec<_> = hashes.clone().into_iter().collect();
    let mut workers = Vec::new();
    for worker in 0..CLIENTS {
        let client = admin.another_window();
        let share: Vec<_> = files
            .iter()
            .skip(worker)
            .step_by(CLIENTS)
            .cloned()
            .collect();
        workers.push(tokio::spawn(async move {
            for (path, hash) in share {
                let url = client.url(&format!("/tree/{path}")).await;
                let transfer = client.transfer(&url).await;
                assert_eq!(transfer.status, 200, "{path}");
                assert_eq!(transfer.hash().await.0, hash, "{path}");
            }
        }));
    }
    for worker in workers {
        worker.await.unwrap();
    }
}

async fn compare_zip(admin: &Client, hashes: &BTreeMap<String, Hash>) {
    let url = admin.archive_url(&["/tree"]).await;
    let mut transfer = admin.transfer(&url).await;
    assert_eq!(transfer.status, 200);
    let mut file = tempfile::tempfile().unwrap();
    while let Some(piece) = transfer.next().await {
        file.write_all(&piece).unwrap();
    }
    file.seek(SeekFrom::Start(0)).unwrap();
    let mut archive = zip::ZipArchive::new(std::io::BufReader::new(file)).unwrap();
    let mut found = BTreeMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut hasher = blake3::Hasher::new();
        let mut buffer = vec![0; 256 * 1024];
        loop {
            let read = entry.read(&mut buffer).unwrap();
            if read == 0 {
                break;
            }
            hasher.update(&buffer[..read]);
        }
        let path = name
            .strip_prefix("tree/")
            .unwrap_or_else(|| panic!("{name} is not below tree/"));
        found.insert(path.to_owned(), hasher.finalize());
    }
    assert_eq!(found.len(), hashes.len());
    assert!(
        found == *hashes,
        "the zip holds other bytes than were uploaded"
    );
}
