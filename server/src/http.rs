//! HTTP plumbing that knows nothing of files, users or shares: the accept loop, conditional and
//! range requests, content answers, compression, CORS, body limits, correlation ids and
//! streamed archives. Routes and handlers sit on top of it.

pub mod body;
pub mod compress;
pub mod content;
pub mod correlation;
pub mod cors;
pub mod proxies;
pub mod range;
pub mod serve;
pub mod shared_body;
pub mod zip;

use std::io;

use bytes::Bytes;
use futures_util::stream::BoxStream;

/// Bytes on their way from or to a client. An error ends the stream.
pub type ByteStream = BoxStream<'static, io::Result<Bytes>>;
