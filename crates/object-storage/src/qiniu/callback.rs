//! How it is known that it is Kodo who says that an upload is whole.

use super::client::Bucket;
use super::signing::Asked;
use storage::{CallbackMessage, CallbackProblem};

/// Where the name stands under which the vendor called: what stands before this server may have put
/// another in its place, and then says so.
const NAMES: [&str; 2] = ["host", "x-forwarded-host"];

impl Bucket {
    /// Whether it is the vendor itself that speaks, of an upload with these keys. Which upload it is
    /// stands in the path, with its secret: that is signed in any case.
    pub(super) fn check_told(&self, message: CallbackMessage<'_>) -> Result<(), CallbackProblem> {
        let forged = CallbackProblem::Forged;
        let said = message.header("authorization").unwrap_or_default().trim();
        let (scheme, token) = said.split_once(' ').unwrap_or_default();
        let (access, signature) = token.trim().split_once(':').unwrap_or_default();
        if !matches!(scheme, "QBox" | "Qiniu") || signature.is_empty() {
            return Err(forged("it is not signed"));
        }
        if access != self.keys.access {
            return Err(forged("it is signed by somebody else"));
        }
        let asked = |host| Asked {
            method: "POST",
            host,
            path: message.path,
            content_type: message.header("content-type").unwrap_or_default(),
            headers: message.headers,
            body: message.body,
        };
        let is_right = if scheme == "QBox" {
            self.keys.has_signed(&asked("").first_text(), signature)
        } else {
            let names = NAMES.iter().filter_map(|name| message.header(name));
            let mut texts = names.map(|host| asked(host).second_text());
            texts.any(|text| self.keys.has_signed(&text, signature))
        };
        if is_right {
            Ok(())
        } else {
            Err(forged("its signature is wrong"))
        }
    }
}
