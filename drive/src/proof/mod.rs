//! Proving that what is stored is what it was: reading it again, healing it where somebody has it
//! whole, and keeping it from everybody where nobody has.

mod other_policies;
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

pub use standing::{AwayMember, Standing};
pub use verify::VerifyBlob;

pub(crate) use other_policies::is_held_by_another_policy;
pub(crate) use speed::Speed;
pub(crate) use verdict::{Verdict, judge};
