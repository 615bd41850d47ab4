//! `/devices`: what people connect to their drive.

mod dav;

pub use dav::DavApi;
