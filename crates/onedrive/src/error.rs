//! Why Microsoft gave nothing.

use site::outgoing::OutgoingError;

/// Why something did not come from Microsoft.
#[derive(Debug, thiserror::Error)]
pub enum OnedriveError {
    /// What is configured cannot be used.
    #[error("{0}")]
    BadValue(String),
    /// It said no, in its own words.
    #[error("Microsoft refuses: {0}")]
    Refused(String),
    /// It said nothing that is understood.
    #[error("Microsoft gave no usable answer: {0}")]
    Unusable(String),
    #[error(transparent)]
    Outgoing(#[from] OutgoingError),
}
