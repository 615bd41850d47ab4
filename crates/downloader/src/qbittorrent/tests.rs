//! The client, asked against a stand of each version: what one calls differently from the other, as it is
//! told of in the documentation of its Web API.

#![allow(clippy::unwrap_used)]

mod stand;

use super::*;
use serde_json::json;
use stand::{Daemon, Manner, PASSWORD};

const MAGNET: &str = "magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a";

fn client(daemon: &Daemon, password: &str) -> QBittorrent {
    let program = Program {
        user: "admin".to_owned(),
        password: password.to_owned(),
        ..Program::default()
    };
    let server = Url::parse(&format!("http://127.0.0.1:{}", daemon.port)).unwrap();
    let outgoing = Outgoing::trusting(["127.0.0.1".to_owned()]).unwrap();
    QBittorrent::new(&program, server, outgoing, (None, Sessions::default())).unwrap()
}

fn new_job(folder: &tempfile::TempDir) -> NewJob {
    NewJob {
        id: Uuid::new_v4(),
        folder: folder.path().join("job"),
        source: Source::Link(Url::parse(MAGNET).unwrap()),
        options: serde_json::Map::new(),
        most_bytes: 1 << 30,
    }
}

fn job<'a>(new: &'a NewJob, handle: &'a Handle) -> Job<'a> {
    Job {
        id: new.id,
        folder: &new.folder,
        handle,
    }
}

#[tokio::test]
async fn a_torrent_comes_and_goes_with_every_version() {
    for manner in Manner::ALL {
        let (daemon, folder) = (Daemon::start(manner).await, tempfile::tempdir().unwrap());
        let (client, new) = (client(&daemon, PASSWORD), new_job(&folder));
        assert_eq!(client.version().await.unwrap(), manner.version());
        let begun = client.create(&new).await.unwrap();
        // The daemon would leave it lying: that is how it is set.
        assert!(daemon.only().is_running, "{manner:?}");
        let follow = client.status(job(&new, &begun)).await.unwrap().follow;
        let begun = follow.unwrap();
        for (state, is) in [
            (manner.halted("DL"), State::Downloading),
            ("metaDL".to_owned(), State::Downloading),
            ("stalledUP".to_owned(), State::Seeding),
            (manner.halted("UP"), State::Completed),
        ] {
            let counted = Some(2).filter(|_| state == "metaDL");
            daemon.enters(&state);
            let status = client.status(job(&new, &begun)).await.unwrap();
            assert_eq!(status.state, is, "{manner:?} {state}");
            assert_eq!(status.error_message, "", "{manner:?} {state}");
            assert_eq!(status.peers, counted, "{manner:?} {state}");
        }
        client.cancel(job(&new, &begun)).await.unwrap();
        assert!(daemon.torrents().is_empty(), "{manner:?}");
        let gone = client.status(job(&new, &begun)).await;
        assert!(matches!(gone, Err(DownloaderError::Removed)), "{manner:?}");
    }
}

#[tokio::test]
async fn what_is_known_already_is_refused_with_a_reason_by_every_version() {
    for manner in Manner::ALL {
        let (daemon, folder) = (Daemon::start(manner).await, tempfile::tempdir().unwrap());
        let client = client(&daemon, PASSWORD);
        client.create(&new_job(&folder)).await.unwrap();
        let again = client.create(&new_job(&folder)).await;
        let why = again.unwrap_err().to_string();
        assert!(why.contains("no second time"), "{manner:?}: {why}");
        assert_eq!(daemon.torrents().len(), 1);
    }
}

#[tokio::test]
async fn a_wrong_password_is_told_of_with_every_version() {
    for manner in Manner::ALL {
        let daemon = Daemon::start(manner).await;
        let refused = client(&daemon, "guessed").version().await;
        let is_denied = matches!(refused, Err(DownloaderError::Denied(NAME)));
        assert!(is_denied, "{manner:?}: {refused:?}");
    }
}

#[tokio::test]
async fn a_session_that_the_daemon_forgot_is_begun_anew() {
    for manner in Manner::ALL {
        let daemon = Daemon::start(manner).await;
        let client = client(&daemon, PASSWORD);
        client.version().await.unwrap();
        daemon.forgets_sessions();
        client.version().await.unwrap();
        assert_eq!(daemon.sign_ins(), 2, "{manner:?}");
    }
}

#[tokio::test]
async fn the_layout_is_asked_for_under_the_name_that_a_version_knows() {
    for (said, expected) in [
        (json!(false), "NoSubfolder"),
        (json!("true"), "Original"),
        (json!(null), ""),
    ] {
        let (daemon, folder) = (
            Daemon::start(Manner::Five).await,
            tempfile::tempdir().unwrap(),
        );
        let mut new = new_job(&folder);
        new.options.insert("root_folder".to_owned(), said);
        client(&daemon, PASSWORD).create(&new).await.unwrap();
        assert_eq!(daemon.only().layout, expected);
    }
}

/// Those that do not know the question for a tag tell of everything they have.
#[tokio::test]
async fn a_torrent_of_somebody_else_is_never_taken_for_ours() {
    let (daemon, folder) = (
        Daemon::start(Manner::Old).await,
        tempfile::tempdir().unwrap(),
    );
    let (client, new) = (client(&daemon, PASSWORD), new_job(&folder));
    daemon.has_one_of_somebody_else();
    let handle = Handle {
        id: new.id.to_string(),
        hash: String::new(),
    };
    let status = client.status(job(&new, &handle)).await.unwrap();
    assert_eq!((status.state, status.follow), (State::Downloading, None));
    client.cancel(job(&new, &handle)).await.unwrap();
    assert_eq!(daemon.torrents().len(), 1);
}
