#![allow(clippy::unwrap_used)]

pub(crate) mod bench;
mod queue;
mod upkeep;
