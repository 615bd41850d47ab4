#![allow(clippy::unwrap_used)]
use super::*;
use crate::tree::{Candidates, SearchIndex};
use crate::upkeep::tests::bench::Bench;
use async_trait::async_trait;
use entity::{FileKind, Timestamp};
use sea_orm::ActiveValue::Set;
use site::actor::Account;
use std::sync::Arc;
use store::accounts;
use store::listing::ListPosition;

/// An index that answers what it is told, whatever is asked.
#[derive(Debug)]
struct Stale(Vec<FileId>);

#[async_trait]
impl SearchIndex for Stale {
    async fn candidates(&self, search: Search<'_>) -> Result<Candidates, FileError> {
        let after = search.after.map_or(-1, |after| after.level);
        let known = self.0.iter().enumerate().map(|(n, id)| Candidate {
            id: *id,
            position: SearchPosition {
                level: n as i64,
                within: ListPosition {
                    text: None,
                    number: None,
                    id: id.0,
                },
            },
            row: None,
        });
        let found = known.filter(|found| found.position.level > after);
        Ok(Candidates {
            found: found.take(search.limit as usize).collect(),
            has_more_folders: false,
        })
    }
}

async fn actor_of(bench: &Bench) -> Actor {
    let db = bench.store().read();
    let user = accounts::by_id(db, bench.user).await.unwrap().unwrap();
    let group = accounts::group(db, user.group_id).await.unwrap().unwrap();
    Actor::account(Arc::new(Account::new(user, group)), 0)
}

async fn found(
    bench: &Bench,
    known: &[FileId],
    token: Option<String>,
) -> (Vec<String>, Option<String>) {
    let tree = Tree::new(Arc::clone(&bench.core)).with_index(Arc::new(Stale(known.to_vec())));
    let request = ListRequest {
        uri: FileUri::parse("cloudreve://my/in?name=x").unwrap(),
        page: None,
        page_size: Some(2),
        order_by: None,
        order_direction: None,
        token,
        subfolders: false,
    };
    let listing = tree.list(&actor_of(bench).await, &request, None).await;
    let listing = listing.unwrap();
    let uris = listing.entries.into_iter().map(|entry| entry.uri);
    (uris.collect(), listing.paging.next_token)
}

#[tokio::test]
async fn what_an_index_knows_is_looked_for_in_the_tree() {
    let mut bench = Bench::new().await;
    let folder = bench.add_folder(Some(bench.root), "in").await;
    let below = bench.add_folder(Some(folder), "below").await;
    let near = bench.add_node(Some(folder), "near", FileKind::File).await;
    let deep = bench.add_node(Some(below), "deep", FileKind::File).await;
    let outside = bench
        .add_node(Some(bench.root), "out", FileKind::File)
        .await;
    let trashed = bench.add_folder(Some(folder), "trashed").await;
    let in_trash = bench.add_node(Some(trashed), "t", FileKind::File).await;
    bench
        .change_file(trashed, |row| {
            row.parent_id = Set(None);
            row.trashed_at = Set(Some(Timestamp(1)));
        })
        .await;
    let somebody = bench.user;
    let group = accounts::by_id(bench.store().read(), somebody).await;
    let group = group.unwrap().unwrap().group_id;
    bench.user = bench.add_user("eve", group).await;
    let others = bench.add_node(Some(folder), "eve's", FileKind::File).await;
    bench.user = somebody;

    let gone = FileId(1 << 40);
    let known = [gone, outside, deep, trashed, in_trash, others, folder, near];
    let mut pages = Vec::new();
    let mut token = None;
    loop {
        let (page, next) = found(&bench, &known, token).await;
        pages.extend(page);
        token = next;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(
        pages,
        ["cloudreve://my/in/below/deep", "cloudreve://my/in/near"]
    );
}
