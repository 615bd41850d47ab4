//! Long listings: whole, and in little memory.

use std::path::Path;

use tests::{DavClient, Program, Refusal, TestServer, between};

/// Rows as the server would make them, beside each file of this name.
fn rows(beside: &str, more: usize) -> String {
    format!(
        "INSERT INTO files (kind, owner_id, parent_id, name, name_folded, size_bytes, is_symbolic, created_at, updated_at) \
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {more}) \
         SELECT f.kind, f.owner_id, f.parent_id, 'x' || n.i, 'x' || n.i, 0, f.is_symbolic, f.created_at, f.updated_at \
         FROM files f, n WHERE f.name = '{beside}'"
    )
}

#[tokio::test]
async fn long_listings_are_whole_in_one_page_or_many() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.create_file("/many/0000").await;
    server.tamper(&rows("0000", 2_999)).await;
    let dav = admin.mount().await;
    for depth in ["1", "infinity"] {
        let hrefs = dav.hrefs("/many", depth).await;
        assert_eq!(hrefs.len(), 3001, "{depth}");
        let unique: std::collections::BTreeSet<_> = hrefs.iter().collect();
        assert_eq!(unique.len(), 3001);
    }
    let short = "<D:propfind xmlns:D='DAV:'><D:prop><D:getcontentlength/></D:prop></D:propfind>";
    let reply = dav.propfind("/many", "1", short).await;
    assert_eq!(between(reply.text(), "<D:href>", "<").len(), 3001);
    assert!(reply.text().ends_with("</D:multistatus>"));
    // One more than the group may walk.
    server
        .tamper(
            "UPDATE groups SET settings = '{\"max_walked_files\":2000}', \
             updated_at = updated_at + 1 WHERE id = 1",
        )
        .await;
    let refused = dav.propfind("/", "infinity", "").await;
    assert_eq!(refused.status, 403);
    assert!(
        refused.text().contains("<D:propfind-finite-depth/>"),
        "{}",
        refused.text()
    );
    assert_eq!(dav.hrefs("/many", "1").await.len(), 3001);
}

/// A process of its own on SQLite, whose memory nobody else uses: `/ten thousand` and `/many`.
async fn with_many_files(data: &Path) -> (Program, DavClient) {
    let program = Program::serve(data, Refusal::Nothing).await;
    let admin = program.user("admin").await;
    admin.create_file("/ten thousand/short").await;
    admin.create_file("/many/long").await;
    assert!(program.stop());
    let limit = "UPDATE groups SET settings = '{\"max_walked_files\":1000000}'";
    for change in [limit, &rows("short", 9_999), &rows("long", 29_999)] {
        Program::tamper(data, change).await;
    }
    let program = Program::serve(data, Refusal::Nothing).await;
    let admin = program.stranger().sign_in("admin", tests::PASSWORD).await;
    let dav = admin.mount().await;
    (program, dav)
}

/// What an answer was, read as it came.
struct Listing {
    entries: usize,
    bytes: usize,
    /// The most memory the process held meanwhile.
    memory: u64,
}

async fn listing(program: &Program, dav: &DavClient, path: &str, depth: &str) -> Listing {
    let request = dav.request("PROPFIND", path).header("Depth", depth);
    let mut answer = request.send().await.unwrap();
    let mut all = Listing {
        entries: 0,
        bytes: 0,
        memory: 0,
    };
    let (mut read, mut end) = (0, Vec::new());
    while let Some(piece) = answer.chunk().await.unwrap() {
        all.bytes += piece.len();
        read += piece.len();
        if read > 256 << 10 {
            all.memory = all.memory.max(program.memory_bytes());
            read = 0;
        }
        end.extend_from_slice(&piece);
        let found = end.windows(12).filter(|part| part == b"<D:response>");
        all.entries += found.count();
        end.drain(..end.len().saturating_sub(11));
    }
    all
}

#[tokio::test]
async fn long_listings_take_little_memory() {
    let data = tempfile::tempdir().unwrap();
    let (program, dav) = with_many_files(data.path()).await;
    let idle = program.memory_bytes();
    // What stays of the first are buffers and the caches of the database's connections.
    for _ in 0..6 {
        let filled = listing(&program, &dav, "/ten thousand", "1").await;
        assert_eq!(filled.entries, 10_001);
        assert!(filled.bytes > 5 << 20, "{}", filled.bytes);
    }
    for (path, depth, entries) in [
        ("/ten thousand", "1", 10_001),
        ("/many", "1", 30_001),
        ("/", "infinity", 40_003),
    ] {
        let long = listing(&program, &dav, path, depth).await;
        assert_eq!(long.entries, entries, "{path}");
        // Held at once, the longest would be 33 MB of text alone; an allocator keeps a few for itself.
        let grown = long.memory.saturating_sub(idle);
        let bytes = long.bytes;
        assert!(
            long.memory > 0 && grown < 16 << 20,
            "{path}: {grown} bytes of memory for {bytes} of listing"
        );
    }
}
