//! `/admin`: running the site.

mod invitation;

pub use invitation::InvitationApi;
