//! Proving that what is stored is what it was: reading it again, healing it where somebody has it
//! whole, and keeping it from everybody where nobody has.

mod reading;
mod scrub;
mod service;
mod speed;
mod verdict;

pub use scrub::{Scrub, ScrubPass};
pub use service::{DamagedBlob, PolicyProof, Proofs};

pub(crate) use speed::Speed;
