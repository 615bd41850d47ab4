//! Proving that what is stored is what it was: reading it again, healing it where somebody has it
//! whole, and keeping it from everybody where nobody has.

mod beside;
mod reading;
mod scrub;
mod service;
mod speed;
mod standing;
mod verdict;
mod verify;

pub use scrub::DamageLetter;
pub use scrub::{Scrub, ScrubPass};
pub use service::{DamagedBlob, PolicyProof, Proofs};

pub use standing::Standing;
pub use verify::VerifyBlob;

pub(crate) use beside::is_held_beside;
pub(crate) use speed::Speed;
pub(crate) use verdict::{Verdict, judge};
