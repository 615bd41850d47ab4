//! Microsoft's clouds of files, OneDrive and SharePoint: how a site gets in there, and which drives
//! there are. Source: Microsoft identity platform, authorization code flow; Microsoft Graph 1.0.

mod error;
mod graph;
mod login;

pub use error::OnedriveError;
pub use graph::Graph;
pub use login::{App, Login, Tokens};
