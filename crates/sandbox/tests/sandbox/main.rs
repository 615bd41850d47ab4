//! A hostile program in the sandbox tries everything and gets nothing. Each attempt is made outside
//! as well, where it succeeds: otherwise its failure would show nothing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod endings;
mod files;
mod ground;
mod network;
mod processes;
mod resources;
mod survivors;
