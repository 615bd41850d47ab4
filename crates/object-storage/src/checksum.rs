//! Comparing bytes that are read with what a store says of them.

use crc_fast::{CrcAlgorithm, Digest as Crc};
use md5::{Digest as _, Md5};
use sha2::Sha256;
use std::fmt;
use storage::VendorChecksum;

/// Bytes that should have a checksum.
pub struct Comparison {
    told: VendorChecksum,
    sum: Sum,
}

enum Sum {
    Md5(Md5),
    Sha256(Sha256),
    Crc(Crc),
}

impl fmt::Debug for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Comparison({:?})", self.told)
    }
}

impl Comparison {
    pub fn with(told: VendorChecksum) -> Self {
        let sum = match told {
            VendorChecksum::Md5(_) => Sum::Md5(Md5::new()),
            VendorChecksum::Sha256(_) => Sum::Sha256(Sha256::new()),
            // Those of S3 and of Google.
            VendorChecksum::Crc64(_) => Sum::Crc(Crc::new(CrcAlgorithm::Crc64Nvme)),
            VendorChecksum::Crc32c(_) => Sum::Crc(Crc::new(CrcAlgorithm::Crc32Iscsi)),
        };
        Self { told, sum }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.sum {
            Sum::Md5(sum) => sum.update(bytes),
            Sum::Sha256(sum) => sum.update(bytes),
            Sum::Crc(sum) => sum.update(bytes),
        }
    }

    /// Whether the bytes that came have it.
    pub fn agrees(self) -> bool {
        match (self.told, self.sum) {
            (VendorChecksum::Md5(told), Sum::Md5(sum)) => sum.finalize()[..] == told,
            (VendorChecksum::Sha256(told), Sum::Sha256(sum)) => sum.finalize()[..] == told,
            (VendorChecksum::Crc64(told), Sum::Crc(sum)) => sum.finalize() == told,
            (VendorChecksum::Crc32c(told), Sum::Crc(sum)) => sum.finalize() == u64::from(told),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What everybody computes of these digits.
    const DIGITS: &[u8] = b"123456789";

    fn agrees(told: VendorChecksum, pieces: &[&[u8]]) -> bool {
        let mut comparison = Comparison::with(told);
        for piece in pieces {
            comparison.update(piece);
        }
        comparison.agrees()
    }

    #[test]
    fn each_kind_of_checksum_is_compared() {
        let all = [
            VendorChecksum::Md5(0x25f9_e794_323b_4538_85f5_181f_1b62_4d0b_u128.to_be_bytes()),
            VendorChecksum::Sha256(Sha256::digest(DIGITS).into()),
            VendorChecksum::Crc64(0xae8b_1486_0a79_9888),
            VendorChecksum::Crc32c(0xe306_9283),
        ];
        for told in all {
            assert!(agrees(told, &[DIGITS]), "{told:?}");
            assert!(agrees(told, &[&DIGITS[..4], &DIGITS[4..]]), "{told:?}");
            assert!(!agrees(told, &[&DIGITS[..8]]), "{told:?}");
            assert!(!agrees(told, &[b"123456798"]), "{told:?}");
        }
    }
}
