//! A mail server that keeps what it gets.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;
use tokio::sync::{Mutex, mpsc};

/// How long a mail may take, in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Listens on loopback until it is dropped.
pub struct MailServer {
    child: Child,
    pub port: u16,
    told: Mutex<mpsc::UnboundedReceiver<Value>>,
}

/// A mail as it arrived.
#[derive(Clone, Debug)]
pub struct Mail {
    pub to: Vec<String>,
    /// Name and value, decoded.
    pub headers: Vec<(String, String)>,
    pub text: String,
    pub html: String,
    /// Which connection brought it, counted from 1.
    pub connection: u64,
    /// Who had logged in.
    pub login: String,
}

impl MailServer {
    pub async fn start() -> Self {
        Self::start_with(0, &[]).await
    }

    /// On this port, with further arguments of `smtp.py`.
    pub async fn start_with(port: u16, args: &[&str]) -> Self {
        let scripts = crate::tests_folder().join("scripts");
        let python = Command::new(scripts.join("python.sh"))
            .output()
            .expect("bash is there");
        assert!(python.status.success(), "no Python with what tests need");
        let python = String::from_utf8(python.stdout).expect("a path");
        let mut child = Command::new(python.trim())
            .arg(scripts.join("smtp.py"))
            .args(["--port", &port.to_string()])
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Python can be started");
        let output = child.stdout.take().expect("it was asked for");
        let (sender, mut told) = mpsc::unbounded_channel::<Value>();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let told = serde_json::from_str(&line).expect("a line of JSON");
                if sender.send(told).is_err() {
                    return;
                }
            }
        });
        let first = tokio::time::timeout(PATIENCE, told.recv()).await;
        let first = first.expect("it starts").expect("it says where it listens");
        let port = first["port"].as_u64().expect("a port");
        Self {
            child,
            port: u16::try_from(port).expect("a port"),
            told: Mutex::new(told),
        }
    }

    /// The settings that make a site send its mail here.
    pub fn settings(&self) -> Vec<(String, String)> {
        settings_for(self.port)
    }

    /// The next mail to arrive.
    pub async fn next(&self) -> Mail {
        let told = self.next_event().await;
        assert_eq!(told["event"], "mail", "{told}");
        let texts = |key: &str| -> Vec<String> {
            let list = told[key].as_array().expect("a list");
            list.iter().map(text).collect()
        };
        let headers = told["headers"].as_array().expect("a list");
        Mail {
            to: texts("recipients"),
            headers: headers
                .iter()
                .map(|pair| (text(&pair[0]), text(&pair[1])))
                .collect(),
            text: text(&told["text"]),
            html: text(&told["html"]),
            connection: told["connection"].as_u64().expect("a number"),
            login: text(&told["login"]),
        }
    }

    /// The next thing it tells of: a mail, or one put off.
    pub async fn next_event(&self) -> Value {
        let mut told = self.told.lock().await;
        let told = tokio::time::timeout(PATIENCE, told.recv()).await;
        told.expect("a mail arrives")
            .expect("the mail server lives")
    }

    /// Whether nothing has arrived that was not asked for yet.
    pub async fn is_empty(&self) -> bool {
        self.told.lock().await.is_empty()
    }
}

/// The settings that make a site send its mail to this port.
pub fn settings_for(port: u16) -> Vec<(String, String)> {
    [
        ("smtpHost", "127.0.0.1"),
        ("smtpPort", &port.to_string()),
        ("fromName", "The drive"),
        ("fromAdress", "drive@example.com"),
        ("siteURL", "https://drive.example,https://other.example"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// A port nobody listens on.
pub fn silent_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it is bound").port()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

impl Mail {
    /// A header's value, empty if it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value)
    }

    /// The link in the plain text.
    pub fn link(&self) -> url::Url {
        let line = self.text.lines().find(|line| line.starts_with("http"));
        let line = line.unwrap_or_else(|| panic!("no link in {}", self.text));
        line.parse().expect("a URL")
    }

    /// A parameter of the link.
    pub fn parameter(&self, name: &str) -> String {
        let link = self.link();
        let found = link.query_pairs().find(|(known, _)| known == name);
        found
            .unwrap_or_else(|| panic!("no {name} in {link}"))
            .1
            .into_owned()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
