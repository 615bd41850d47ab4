//! The `alcove` program: transports and wiring, no rules of its own.
//!
//! Only `api` knows the envelope, only `http` the wire below it, only `app` how things are joined.

pub mod answers;
pub mod api;
pub mod app;
mod background;
mod cause;
pub mod cli;
mod code_pages;
pub mod config;
mod data_folder;
mod dav;
mod digits;
mod disk;
mod health;
pub mod http;
pub mod pages;
mod readiness;
pub mod services;
mod web;
mod well_known;

pub use dav::parsers;
