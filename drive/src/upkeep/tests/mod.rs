#![allow(clippy::unwrap_used)]

pub(crate) mod bench;
mod demo;
mod people;
mod queue;
mod queued;
mod room;
mod upkeep;
