//! Long listings: whole, and in little memory.

use tests::{Program, Refusal, TestServer, between};

/// Rows as the server would make them, beside each file `0000`.
fn rows(more: usize) -> String {
    format!(
        "INSERT INTO files (kind, owner_id, parent_id, name, name_folded, size_bytes, is_symbolic, created_at, updated_at) \
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {more}) \
         SELECT f.kind, f.owner_id, f.parent_id, 'x' || n.i, 'x' || n.i, 0, f.is_symbolic, f.created_at, f.updated_at \
         FROM files f, n WHERE f.name = '0000'"
    )
}

#[tokio::test]
async fn long_listings_are_whole_in_one_page_or_many() {
    let server = TestServer::start().await;
    let admin = server.admin();
    admin.create_file("/many/0000").await;
    server.tamper(&rows(2_999)).await;
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

#[tokio::test]
async fn an_endless_listing_takes_little_memory() {
    const FILES: usize = 50_000;
    // A process of its own, whose memory nobody else uses; it has its rows on SQLite.
    let data = tempfile::tempdir().unwrap();
    let program = Program::serve(data.path(), Refusal::Nothing).await;
    let admin = program.user("admin").await;
    for folder in ["/many", "/more"] {
        admin.create_file(&format!("{folder}/0000")).await;
    }
    assert!(program.stop());
    let limit = "UPDATE groups SET settings = '{\"max_walked_files\":1000000}'";
    Program::tamper(data.path(), limit).await;
    Program::tamper(data.path(), &rows(FILES / 2)).await;
    let program = Program::serve(data.path(), Refusal::Nothing).await;
    let admin = program.stranger().sign_in("admin", tests::PASSWORD).await;
    let dav = admin.mount().await;
    // Half of it fills buffers and the caches of the database's connections; twice as much needs
    // no more.
    for _ in 0..4 {
        let half = dav.hrefs("/many", "infinity").await;
        assert_eq!(half.len(), FILES / 2 + 2);
    }
    let (before, mut most) = (program.memory_bytes(), 0);
    let request = dav.request("PROPFIND", "/").header("Depth", "infinity");
    let mut answer = request.send().await.unwrap();
    let (mut length, mut entries, mut read, mut end) = (0, 0, 0, Vec::new());
    while let Some(piece) = answer.chunk().await.unwrap() {
        length += piece.len();
        read += piece.len();
        if read > 1 << 20 {
            most = most.max(program.memory_bytes());
            read = 0;
        }
        end.extend_from_slice(&piece);
        let found = end.windows(12).filter(|part| part == b"<D:response>");
        entries += found.count();
        end.drain(..end.len().saturating_sub(11));
    }
    assert_eq!(
        entries,
        FILES + 5,
        "the root, two folders, and what is in them"
    );
    assert!(length > 30 << 20, "{length}");
    let grown = most.saturating_sub(before);
    assert!(
        most > 0 && grown < 6 << 20,
        "{grown} bytes of memory for {length} of listing"
    );
}
