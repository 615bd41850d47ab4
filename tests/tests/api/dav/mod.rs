//! `/dav`: WebDAV.

mod clients;
mod containment;
mod entrance;
mod listing;
mod locks;
mod model;
mod moves;
mod properties;
mod put;
mod raw;
mod read;
mod replays;
