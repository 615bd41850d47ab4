//! The API from outside. Modules mirror the URLs; the last few look at the whole.

// The server runs inside: a future in a future in a future.
#![recursion_limit = "256"]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod admin;
mod bucket;
mod code;
mod command_line;
mod container;
mod dav;
mod devices;
mod edge;
mod file;
mod google;
mod health;
mod kin;
mod limits;
mod oauth;
mod parsers;
mod session;
mod share;
mod sign_in;
mod single_sign_on;
mod site;
mod user;
mod workflow;

mod crash;
#[cfg(debug_assertions)]
mod crash_steps;
mod doors;
mod durability;
mod mirror;
mod model;
mod plans;
mod proof;
mod qiniu;
mod real_tree;
mod relocation;
mod replicas;
mod upgrade;
mod webdav;
