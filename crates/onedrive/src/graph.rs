//! What is asked of Microsoft Graph.

use crate::error::OnedriveError;
use http::header::AUTHORIZATION;
use serde::Deserialize;
use site::outgoing::{Outgoing, Question};
use url::Url;

/// Graph, on behalf of whoever let the site in.
#[derive(Clone, Debug)]
pub struct Graph {
    server: Url,
    outgoing: Outgoing,
}

#[derive(Deserialize)]
struct Site {
    id: String,
}

impl Graph {
    /// At the address that a policy names, such as `https://graph.microsoft.com/v1.0`.
    /// # Errors
    /// `BadValue` for an address that is none; `Outgoing`
    pub fn at(server: &str) -> Result<Self, OnedriveError> {
        let bad = || OnedriveError::BadValue(format!("{server:?} is not an address of Graph"));
        let mut server = Url::parse(server).map_err(|_| bad())?;
        let host = server.host_str().ok_or_else(bad)?.to_owned();
        let folder = format!("{}/", server.path().trim_end_matches('/'));
        server.set_path(&folder);
        Ok(Self {
            server,
            outgoing: Outgoing::trusting([host])?,
        })
    }

    /// The drive of a SharePoint site, as requests name it: `sites/{id}/drive`.
    /// # Errors
    /// `BadValue` for what is not the address of a site; `Outgoing` if Graph has none there
    pub async fn drive_of_site(&self, token: &str, page: &str) -> Result<String, OnedriveError> {
        let bad = || OnedriveError::BadValue(format!("{page:?} is not the address of a site"));
        let page = Url::parse(page).map_err(|_| bad())?;
        let host = page.host_str().ok_or_else(bad)?;
        let mut asked = self.server.clone();
        // The path of a site is encoded already.
        let path = page.path().trim_end_matches('/');
        asked.set_path(&format!("{}sites/{host}:{path}", self.server.path()));
        let question = http::Request::get(asked.as_str());
        let question = question.header(AUTHORIZATION, format!("Bearer {token}"));
        let question: Question = question.body(Vec::new()).map_err(|_| bad())?;
        let Site { id } = self.outgoing.ask(question).await?;
        Ok(format!("sites/{id}/drive"))
    }
}
