//! Faces that Gravatar has for people.
//!
//! They are fetched here and not by browsers: the address of a face there is made of the mail
//! address, so sending a browser to it would tell everybody how to recognise whose it is, and tell
//! Gravatar who looks.

use super::Accounts;
use bytes::Bytes;
use entity::user;
use moka::future::Cache;
use site::outgoing::{Outgoing, OutgoingError};
use site::picture::{Encoding, Shape};
use site::task::causes;
use std::time::Duration;

/// How long a face is kept, and that there is none.
const KEPT: Duration = Duration::from_hours(1);
/// Bytes of all that are kept.
const MOST_BYTES: u64 = 8 << 20;
/// What an entry costs besides its bytes.
const OVERHEAD_BYTES: u32 = 256;

/// By address there: small squares in PNG.
pub(super) type Faces = Cache<String, Option<Bytes>>;

pub(super) fn faces() -> Faces {
    let weigh = |_: &String, face: &Option<Bytes>| {
        let bytes = face.as_ref().map_or(0, Bytes::len);
        u32::try_from(bytes)
            .unwrap_or(u32::MAX)
            .saturating_add(OVERHEAD_BYTES)
    };
    Cache::builder()
        .weigher(weigh)
        .max_capacity(MOST_BYTES)
        .time_to_live(KEPT)
        .build()
}

impl Accounts {
    /// The face of somebody who chose to have it there; `None` if it cannot be had.
    pub(super) async fn gravatar(&self, user: &user::Model) -> Option<Bytes> {
        let live = self.site.settings();
        let avatar = &live.settings.accounts.avatar;
        let url = avatar.gravatar_url(&user.email);
        let width = avatar.width.max(1);
        // Whoever asks meanwhile waits for the same answer.
        let fetch = async {
            let fetched = self.fetch(&url, avatar.own_gravatar_host()).await;
            let fetched = fetched.inspect_err(|error| {
                tracing::debug!(error = causes(error), "no face from Gravatar");
            });
            let pictures = &self.site.pictures;
            let picture = pictures.small_of(fetched.ok()?, Shape::Square(width), Encoding::Png);
            Some(picture.await.ok()?.bytes.into())
        };
        self.faces.get_with(url.clone(), fetch).await
    }

    async fn fetch(&self, url: &str, host: Option<String>) -> Result<Bytes, OutgoingError> {
        let question = http::Request::get(url).body(Vec::new())?;
        let answer = self.asking(host)?.send(question).await?;
        if !answer.status().is_success() {
            return Err(OutgoingError::Status(answer.status().as_u16()));
        }
        Ok(answer.into_body().into())
    }

    /// The client for a host that an operator named, which may be anywhere, or for those on the
    /// public internet.
    pub(super) fn asking(&self, named: Option<String>) -> Result<Outgoing, OutgoingError> {
        if let Some(known) = self.outgoing.get(&named) {
            return Ok(known);
        }
        let new = Outgoing::trusting(named.clone())?;
        self.outgoing.insert(named, new.clone());
        Ok(new)
    }
}
