//! How a vendor says that an upload reached it.

use crate::DriverError;

/// The request by which it says so.
#[derive(Clone, Copy, Debug)]
pub struct CallbackMessage<'a> {
    /// With its query, as it came.
    pub path: &'a str,
    /// Names in small letters.
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
}

impl CallbackMessage<'_> {
    /// A header by its name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| &**value)
    }
}

/// Why what is said is not believed.
#[derive(Debug, thiserror::Error)]
pub enum CallbackProblem {
    /// It is somebody else who says it, or of something else.
    #[error("the callback is not believed: {0}")]
    Forged(&'static str),
    #[error(transparent)]
    Driver(#[from] DriverError),
}
