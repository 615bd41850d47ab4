//! Server-sent events as a synchronising client reads them.

use std::time::Duration;

use serde_json::Value;

/// An open subscription.
pub struct EventStream {
    response: reqwest::Response,
    unread: String,
}

/// One message: the name of the event and its data line.
pub type Message = (String, String);

impl EventStream {
    pub(crate) async fn open(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.expect("the subscription is answered");
        assert_eq!(response.status(), 200);
        let kind = response.headers()["content-type"]
            .to_str()
            .expect("text")
            .to_owned();
        let is_stream = kind.starts_with("text/event-stream");
        if is_stream {
            return Self {
                response,
                unread: String::new(),
            };
        }
        panic!("not a stream but {:?}", response.text().await);
    }

    /// The next message that is not a sign of life, `None` if none comes within `patience`.
    pub async fn next(&mut self, patience: Duration) -> Option<Message> {
        tokio::time::timeout(patience, async {
            loop {
                let message = self.next_message().await;
                if message.0 != "keep-alive" {
                    return message;
                }
            }
        })
        .await
        .ok()
    }

    /// The changes told in the next message, each as `type from to`.
    pub async fn changes(&mut self, patience: Duration) -> Vec<String> {
        let Some((event, data)) = self.next(patience).await else {
            return Vec::new();
        };
        assert_eq!(event, "event", "{data}");
        let changes: Value = serde_json::from_str(&data).expect("changes are JSON");
        changes
            .as_array()
            .expect("changes come as an array")
            .iter()
            .map(|change| {
                assert!(change["file_id"].is_string(), "{change}");
                let text = |key: &str| change[key].as_str().expect("a text").to_owned();
                format!("{} {} {}", text("type"), text("from"), text("to"))
                    .trim_end()
                    .to_owned()
            })
            .collect()
    }

    /// Reads until the server ends the stream; everything it told.
    ///
    /// # Panics
    /// If it goes on for longer than `patience`.
    pub async fn rest(mut self, patience: Duration) -> String {
        let rest = async {
            while let Some(piece) = self.response.chunk().await.expect("an orderly end") {
                self.unread.push_str(&String::from_utf8_lossy(&piece));
            }
            self.unread
        };
        tokio::time::timeout(patience, rest)
            .await
            .expect("the stream ends")
    }

    async fn next_message(&mut self) -> Message {
        loop {
            if let Some(end) = self.unread.find("\n\n") {
                let message: String = self.unread.drain(..end + 2).collect();
                if let Some(message) = parse(&message) {
                    return message;
                }
                continue;
            }
            let piece = self.response.chunk().await.expect("the stream goes on");
            let piece = piece.expect("the server keeps the stream open");
            self.unread
                .push_str(std::str::from_utf8(&piece).expect("events are text"));
        }
    }
}

/// `None` for comments. The desktop client reads one `data:` line a message.
fn parse(message: &str) -> Option<Message> {
    let field = |name: &str| {
        message
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .map(|value| value.trim().to_owned())
    };
    assert!(
        message.matches("\ndata:").count() <= 1,
        "more than one data line: {message}"
    );
    Some((field("event:")?, field("data:").unwrap_or_default()))
}
