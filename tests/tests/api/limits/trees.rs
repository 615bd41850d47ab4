//! Large folders: what is too much is refused before it is read.

use crate::code;
use std::path::Path;
use tests::{Client, Program, Refusal, TestServer};

/// Rows as the server would make them, beside each file of this name.
fn rows(beside: &str, more: usize) -> String {
    format!(
        "INSERT INTO files (kind, owner_id, parent_id, name, name_folded, size_bytes, is_symbolic, created_at, updated_at) \
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {more}) \
         SELECT f.kind, f.owner_id, f.parent_id, 'x' || n.i, 'x' || n.i, 0, f.is_symbolic, f.created_at, f.updated_at \
         FROM files f, n WHERE f.name = '{beside}'"
    )
}

async fn with_a_large_folder(data: &Path, limit: u64) -> (Program, Client) {
    let program = Program::serve(data, Refusal::Nothing).await;
    program.user("admin").await.create_file("/many/0").await;
    assert!(program.stop());
    let limit = format!("UPDATE groups SET settings = '{{\"max_walked_files\":{limit}}}'");
    for change in [limit, rows("0", 59_999)] {
        Program::tamper(data, &change).await;
    }
    let program = Program::serve(data, Refusal::Nothing).await;
    let admin = program.stranger().sign_in("admin", tests::PASSWORD).await;
    (program, admin)
}

/// The most memory a program holds until something is done.
async fn peak<T>(program: &Program, done: impl Future<Output = T>) -> (u64, T) {
    let mut done = Box::pin(done);
    let mut most = program.memory_bytes();
    loop {
        let tick = tokio::time::sleep(std::time::Duration::from_millis(5));
        tokio::select! {
            result = &mut done => return (most.max(program.memory_bytes()), result),
            () = tick => most = most.max(program.memory_bytes()),
        }
    }
}

#[tokio::test]
async fn a_refused_copy_of_a_large_folder_takes_no_memory() {
    let data = tempfile::tempdir().unwrap();
    let (program, admin) = with_a_large_folder(data.path(), 50_000).await;
    admin.create_folder("/to").await;
    let idle = program.memory_bytes();
    let (most, reply) = peak(&program, admin.copy_to(&["/many"], "/to")).await;
    reply.refused(code::TOO_MUCH_BELOW);
    let grown = most.saturating_sub(idle);
    assert!(grown < 10 << 20, "{grown} bytes");
    assert_eq!(admin.names("/to").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_copy_of_a_large_folder_takes_little_memory() {
    let data = tempfile::tempdir().unwrap();
    let (program, admin) = with_a_large_folder(data.path(), 100_000).await;
    admin.create_folder("/to").await;
    let idle = program.memory_bytes();
    let (most, reply) = peak(&program, admin.copy_to(&["/many"], "/to")).await;
    reply.done();
    let grown = most.saturating_sub(idle);
    assert!(grown < 32 << 20, "{grown} bytes");
    let info = admin
        .info_with("/to/many", &[("folder_summary", "true")])
        .await
        .ok();
    assert_eq!(info["folder_summary"]["files"], 60_000);
}

#[tokio::test]
async fn an_endless_listing_beyond_the_limit_is_refused_as_a_whole() {
    let data = tempfile::tempdir().unwrap();
    let (program, admin) = with_a_large_folder(data.path(), 60_000).await;
    let dav = admin.mount().await;
    let idle = program.memory_bytes();
    // With the folder that they are in there is one more than may be.
    let (most, refused) = peak(&program, dav.propfind("/", "infinity", "")).await;
    assert_eq!(refused.status, 403);
    let why = "<D:propfind-finite-depth/>";
    assert!(refused.text().contains(why), "{:.500}", refused.text());
    assert!(most.saturating_sub(idle) < 10 << 20);
    let short = "<D:propfind xmlns:D='DAV:'><D:prop><D:getetag/></D:prop></D:propfind>";
    let all = dav
        .tell("PROPFIND", "/many", &[("Depth", "infinity")], short)
        .await;
    assert_eq!(all.status, 207);
    assert_eq!(all.text().matches("<D:response>").count(), 60_001);
}

#[tokio::test]
async fn many_small_folders_are_copied_whole() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.put("/tree/0/file", "a").await;
    admin.put("/tree/big/file", "b").await;
    admin.create_folder("/to").await;
    // 400 folders beside, each empty; and 2,500 files in one.
    server.tamper(&rows("0", 400)).await;
    let files = rows("file", 2_500).replace(
        "WHERE f.name = 'file'",
        "WHERE f.name = 'file' AND f.parent_id IN (SELECT id FROM files b WHERE b.name = 'big')",
    );
    server.tamper(&files).await;
    admin.copy_to(&["/tree"], "/to").await.done();
    let copied = admin
        .info_with("/to/tree", &[("folder_summary", "true")])
        .await
        .ok();
    assert_eq!(copied["folder_summary"]["files"], 2_502);
    assert_eq!(copied["folder_summary"]["folders"], 402);
    assert_eq!(admin.get("/to/tree/0/file").await, "a");
    assert_eq!(admin.get("/to/tree/big/file").await, "b");
    admin
        .copy_to(&["/tree"], "/to")
        .await
        .refused(code::OBJECT_EXISTS);
}
