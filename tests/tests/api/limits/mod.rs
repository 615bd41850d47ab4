//! What one may send and leave here: at each limit, and one beyond.

mod metadata;
mod paths;
mod searches;
mod table;
mod texts;
mod trees;
mod uploads;
