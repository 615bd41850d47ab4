//! `/devices`.

mod dav;
