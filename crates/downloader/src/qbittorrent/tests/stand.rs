//! A daemon that speaks like one version of qBittorrent, as far as it is asked.

use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub const PASSWORD: &str = "a long secret";
const HASH: &str = "c12fe1c06bba254a9dc9f519b335aa7c1367a88a";

/// What versions differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// 4.3: does not know the question for a tag.
    Old,
    /// 4.5.
    Four,
    /// 5.0: stops what was paused.
    Five,
    /// 5.2: answers JSON where it was a word, 204 where there is nothing to say, 401 and 409 where it
    /// was a word; and its cookie is named after its port.
    FiveTwo,
}

impl Manner {
    pub const ALL: [Self; 4] = [Self::Old, Self::Four, Self::Five, Self::FiveTwo];

    pub fn version(self) -> &'static str {
        match self {
            Self::Old => "v4.3.9",
            Self::Four => "v4.5.2",
            Self::Five => "v5.0.4",
            Self::FiveTwo => "v5.2.0",
        }
    }

    fn is_five(self) -> bool {
        matches!(self, Self::Five | Self::FiveTwo)
    }

    /// The state of what does not go on.
    pub fn halted(self, way: &str) -> String {
        let word = if self.is_five() { "stopped" } else { "paused" };
        format!("{word}{way}")
    }
}

#[derive(Clone, Debug, Default)]
pub struct Torrent {
    pub is_running: bool,
    pub layout: String,
    tags: String,
    state: String,
}

#[derive(Debug, Default)]
struct Inside {
    torrents: Vec<Torrent>,
    sessions: Vec<String>,
    sign_ins: usize,
}

#[derive(Debug)]
pub struct Daemon {
    pub port: u16,
    inside: Arc<Mutex<Inside>>,
}

struct Answer(u16, String, Option<String>);

impl Daemon {
    pub async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let inside = Arc::new(Mutex::new(Inside::default()));
        let kept = Arc::clone(&inside);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                serve(socket, port, manner, &kept).await;
            }
        });
        Self { port, inside }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap()
    }

    pub fn torrents(&self) -> Vec<Torrent> {
        self.inside().torrents.clone()
    }

    pub fn only(&self) -> Torrent {
        let torrents = self.torrents();
        assert_eq!(torrents.len(), 1);
        torrents[0].clone()
    }

    pub fn enters(&self, state: &str) {
        state.clone_into(&mut self.inside().torrents[0].state);
    }

    pub fn has_one_of_somebody_else(&self) {
        let theirs = Torrent {
            tags: "films, cr-of-theirs".to_owned(),
            state: "uploading".to_owned(),
            ..Torrent::default()
        };
        self.inside().torrents.push(theirs);
    }

    pub fn forgets_sessions(&self) {
        self.inside().sessions.clear();
    }

    pub fn sign_ins(&self) -> usize {
        self.inside().sign_ins
    }
}

async fn serve(mut socket: TcpStream, port: u16, manner: Manner, inside: &Mutex<Inside>) {
    let Some((head, body)) = request(&mut socket).await else {
        return;
    };
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let path = path.trim_start_matches("/api/v2/");
    let Answer(status, said, cookie) =
        inside
            .lock()
            .unwrap()
            .answer(path, port, manner, (&head, &body));
    let cookie = cookie.map(|cookie| format!("Set-Cookie: {cookie}; HttpOnly; path=/\r\n"));
    let answer = format!(
        "HTTP/1.1 {status} Said\r\nConnection: close\r\n{}Content-Length: {}\r\n\r\n{said}",
        cookie.unwrap_or_default(),
        said.len()
    );
    let _ = socket.write_all(answer.as_bytes()).await;
}

async fn request(socket: &mut TcpStream) -> Option<(String, String)> {
    let mut all = Vec::new();
    loop {
        let mut some = [0; 4096];
        let read = socket.read(&mut some).await.ok()?;
        if read == 0 {
            return None;
        }
        all.extend_from_slice(&some[..read]);
        let text = String::from_utf8_lossy(&all);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_it = name.eq_ignore_ascii_case("content-length");
            is_it.then(|| value.trim().parse::<usize>().ok()).flatten()
        });
        if body.len() >= length.unwrap_or_default() {
            return Some((head.to_owned(), body.to_owned()));
        }
    }
}

/// Fields of a form of either kind.
fn fields(head: &str, body: &str) -> HashMap<String, String> {
    let boundary = head.split_once("boundary=").map(|(_, rest)| rest);
    let Some(boundary) = boundary.and_then(|rest| rest.split("\r\n").next()) else {
        return url::form_urlencoded::parse(body.as_bytes())
            .into_owned()
            .collect();
    };
    let between = format!("--{boundary}");
    let parts = body.split(&between).filter_map(|part| {
        let (head, value) = part.split_once("\r\n\r\n")?;
        let name = head.split("name=\"").nth(1)?.split('"').next()?;
        Some((name.to_owned(), value.trim_end().to_owned()))
    });
    parts.collect()
}

impl Inside {
    fn answer(
        &mut self,
        path: &str,
        port: u16,
        manner: Manner,
        (head, body): (&str, &str),
    ) -> Answer {
        let fields = fields(head, body);
        if path == "auth/login" {
            return self.sign_in(port, manner, &fields);
        }
        let cookie = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("cookie")
                .then(|| value.to_owned())
        });
        if cookie.is_none_or(|cookie| !self.sessions.contains(&cookie)) {
            return Answer(403, "Forbidden".to_owned(), None);
        }
        let said = match path {
            "app/version" => manner.version().to_owned(),
            "app/preferences" => json!({ "proxy_type": "None" }).to_string(),
            "torrents/add" => return self.add(manner, &fields),
            "torrents/info" => self.tell(manner, &fields).to_string(),
            "torrents/files" => {
                json!([{ "index": 0, "name": "a", "size": 1, "priority": 1 }]).to_string()
            }
            "torrents/pieceStates" => "[2,1]".to_owned(),
            "torrents/delete" => {
                assert_eq!(fields["hashes"], HASH);
                self.torrents.clear();
                String::new()
            }
            "torrents/deleteTags" => String::new(),
            // `pause` and `resume` of 4 are as unknown to 5 as `stop` and `start` are to 4.
            _ => return Answer(404, "Not Found".to_owned(), None),
        };
        let status = if said.is_empty() && manner == Manner::FiveTwo {
            204
        } else {
            200
        };
        Answer(status, said, None)
    }

    fn sign_in(&mut self, port: u16, manner: Manner, fields: &HashMap<String, String>) -> Answer {
        let is_new = manner == Manner::FiveTwo;
        if fields["password"] != PASSWORD {
            let said = if is_new { "" } else { "Fails." };
            return Answer(if is_new { 401 } else { 200 }, said.to_owned(), None);
        }
        self.sign_ins += 1;
        let number = self.sign_ins;
        let (status, said, name) = if is_new {
            (204, "", format!("QBT_SID_{port}"))
        } else {
            (200, "Ok.", "SID".to_owned())
        };
        let cookie = format!("{name}=s{number}");
        self.sessions.push(cookie.clone());
        Answer(status, said.to_owned(), Some(cookie))
    }

    fn add(&mut self, manner: Manner, fields: &HashMap<String, String>) -> Answer {
        if !self.torrents.is_empty() {
            return match manner {
                Manner::FiveTwo => Answer(409, String::new(), None),
                _ => Answer(200, "Fails.".to_owned(), None),
            };
        }
        let of = |name: &str| fields.get(name).cloned().unwrap_or_default();
        // Set to start nothing by itself, so only who says otherwise gets something.
        let halted = if manner.is_five() {
            "stopped"
        } else {
            "paused"
        };
        let is_running = of(halted) == "false";
        self.torrents.push(Torrent {
            is_running,
            layout: of("contentLayout"),
            tags: of("tags"),
            state: "downloading".to_owned(),
        });
        if manner != Manner::FiveTwo {
            return Answer(200, "Ok.".to_owned(), None);
        }
        let said = json!({
            "added_torrent_ids": [HASH], "success_count": 1, "pending_count": 0, "failure_count": 0,
        });
        Answer(200, said.to_string(), None)
    }

    fn tell(&self, manner: Manner, fields: &HashMap<String, String>) -> Value {
        let asked = fields.get("tag").filter(|_| manner != Manner::Old);
        let is_asked = |torrent: &&Torrent| {
            asked.is_none_or(|tag| torrent.tags.split(", ").any(|each| each == tag))
        };
        let told = self.torrents.iter().filter(is_asked).map(|torrent| {
            json!({
                "hash": HASH, "name": "a", "state": torrent.state, "tags": torrent.tags,
                "size": 2, "total_size": 2, "completed": 1, "uploaded": 0, "dlspeed": 0, "upspeed": 0,
                "num_seeds": 0, "num_leechs": 2,
            })
        });
        Value::Array(told.collect())
    }
}
