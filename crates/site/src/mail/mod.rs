//! Mail: what it says, and how it leaves.
//!
//! Nothing here waits in memory: a letter is a task (`task::kinds::SendMail`) until a server has
//! taken it.

mod letter;
mod template;
mod transport;

pub use letter::Letter;
pub use template::{Escape, Values, fill};
pub use transport::{MailError, Mailer};
