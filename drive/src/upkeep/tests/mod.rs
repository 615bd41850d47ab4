#![allow(clippy::unwrap_used)]

pub(crate) mod bench;
mod demo;
mod people;
mod queue;
mod queued;
mod recycling;
mod room;
mod upkeep;
