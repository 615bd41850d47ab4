//! What every service of a site needs: settings, secrets, limits, who asks and what they may, mail,
//! the queue of tasks. Knows no tree and no accounts but their rows.

pub mod access;
pub mod actor;
pub mod at_once;
pub mod captcha;
pub mod clock;
mod context;
pub mod email;
pub mod email_forms;
pub mod limiter;
pub mod limits;
pub mod mail;
pub mod outgoing;
pub mod pace;
pub mod picture;
pub mod secret;
pub mod seed;
pub mod settings;
pub mod steps;
pub mod task;

pub use context::Site;
