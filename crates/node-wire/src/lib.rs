//! The wire between a master and its nodes: signatures, paths, bodies and answers of the V4 API below
//! `/api/v4/slave`. Values only: no HTTP client or server, no database, no clock.
//!
//! - [`sign`]: who sent a request. Both sides sign with the key of the node.
//! - [`path`]: where things are asked for.
//! - [`body`]: what requests carry, as JSON.
//! - [`answer`]: what comes back: an [`Envelope`](answer::Envelope), typed values in it as [`gob`].

pub mod answer;
pub mod body;
pub mod gob;
pub mod path;
pub mod sign;
