//! ftp, which only aria2 knows, and logins in links, which nobody gets to see.

use super::daemons::{Daemon, Kind, temp};
use super::origin::some_bytes;
use super::{begin, configure, ended, outcome, told};
use bytes::Bytes;
use std::sync::{Arc, Mutex};
use tests::{TestServer, hash_of};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A server of one file (RFC 959, and 2428 for its ports). It goes with the runtime.
struct Ftp {
    port: u16,
    /// What was asked for.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Ftp {
    async fn start(content: Bytes) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let heard = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (content, heard) = (content.clone(), Arc::clone(&heard));
                tokio::spawn(async move {
                    // Whoever breaks off has what they wanted.
                    let _ = serve(socket, content, heard).await;
                });
            }
        });
        Self { port, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(
    socket: TcpStream,
    content: Bytes,
    heard: Arc<Mutex<Vec<String>>>,
) -> std::io::Result<()> {
    let (from, mut to) = socket.into_split();
    let mut lines = BufReader::new(from).lines();
    let (mut passive, mut at): (Option<TcpListener>, usize) = (None, 0);
    to.write_all(b"220 here\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        heard.lock().unwrap().push(line.clone());
        let (command, more) = line.split_once(' ').unwrap_or((&line, ""));
        let said = match command.to_ascii_uppercase().as_str() {
            "USER" => "331 and the password?".to_owned(),
            "PASS" if more == "s3cret" => "230 come in".to_owned(),
            "PASS" => "530 no".to_owned(),
            "TYPE" => "200 fine".to_owned(),
            "CWD" => "250 fine".to_owned(),
            "PWD" => "257 \"/\"".to_owned(),
            "SIZE" => format!("213 {}", content.len()),
            "MDTM" => "213 20240102030405".to_owned(),
            "REST" => {
                at = more.parse().unwrap_or(0);
                "350 from there".to_owned()
            }
            "EPSV" | "PASV" => {
                let listener = TcpListener::bind("127.0.0.1:0").await?;
                let port = listener.local_addr()?.port();
                passive = Some(listener);
                if command.eq_ignore_ascii_case("EPSV") {
                    format!("229 ask there (|||{port}|)")
                } else {
                    format!("227 ask there (127,0,0,1,{},{})", port >> 8, port & 255)
                }
            }
            "RETR" => {
                let Some(listener) = passive.take() else {
                    return Ok(());
                };
                to.write_all(b"150 it comes\r\n").await?;
                let (mut data, _) = listener.accept().await?;
                data.write_all(&content[at.min(content.len())..]).await?;
                data.shutdown().await?;
                "226 that was it".to_owned()
            }
            "QUIT" => {
                to.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "502 what?".to_owned(),
        };
        to.write_all(format!("{said}\r\n").as_bytes()).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_comes_over_ftp_through_aria2_and_the_login_is_told_to_nobody() {
    let (daemon, server) = (Daemon::start(Kind::Aria2), TestServer::start().await);
    let (_temp, path) = temp();
    configure(&server, daemon.settings(&path)).await;
    let (content, admin) = (some_bytes(700_000), server.admin());
    let ftp = Ftp::start(content.clone()).await;
    let host = format!("127.0.0.1:{}", ftp.port);
    let id = begin(admin, &format!("ftp://some.one:s3cret@{host}/a/file.bin")).await;
    let task = ended(admin, &id).await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(hash_of(&admin.get("/file.bin").await), hash_of(&content));
    assert!(ftp.asked().iter().any(|line| line == "USER some.one"));
    let shown = task["summary"]["props"]["src_str"].as_str().unwrap();
    assert_eq!(shown, format!("ftp://***@{host}/a/file.bin"));
    // Nor to those who look at the rows.
    let row = server
        .ask("SELECT private_state || COALESCE(summary, '') || public_state AS value FROM tasks WHERE kind = 'remote_download'")
        .await;
    assert!(
        !row.contains("s3cret") && !row.contains("some.one"),
        "{row}"
    );

    // Of another name: of the same aria2 would go on with the connection that it has.
    let wrong = format!("ftp://some.other:wr0ng@{host}/a/other.bin");
    let id = begin(admin, &wrong).await;
    let task = ended(admin, &id).await;
    assert_eq!(task["status"], "error", "{task}");
    assert!(
        !told(admin, &id).await.to_string().contains("wr0ng"),
        "{task}"
    );

    // Where it may not ask, nobody asks.
    let asked = ftp.asked().len();
    let mut settings = daemon.settings(&path);
    settings["url_validation"] = serde_json::json!({});
    configure(&server, settings).await;
    let (status, error) = outcome(admin, &format!("ftp://{host}/a/third.bin")).await;
    assert_eq!(status, "error");
    assert!(error.contains("url rejected"), "{error}");
    assert_eq!(ftp.asked().len(), asked);
}
