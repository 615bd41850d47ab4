//! `/dav`: WebDAV.

mod apps;
mod clients;
mod conditions;
mod containment;
mod entrance;
mod handed_out;
mod joplin;
mod listing;
mod locks;
mod long;
mod mixed;
mod model;
mod moves;
mod nextcloud;
mod one_drive;
mod properties;
mod put;
mod raw;
mod rclone;
mod read;
mod replays;
mod shares;
mod sloppy;
mod tags;
