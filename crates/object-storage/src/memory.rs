//! Memory of the pieces that are on their way to stores, of all uploads of this process together.
//!
//! Each upload has one piece, so that none waits for another, whose sender may be slow. What is read
//! while that piece is on its way comes out of one budget: an upload that gets none of it reads when
//! its piece has arrived.

use bytes::Bytes;
use std::future::pending;
use std::mem;
use std::sync::{Mutex, MutexGuard};
use tokio::sync::{Semaphore, SemaphorePermit};

/// What may be read ahead by all together: as much as a few uploads can make use of at once.
const AHEAD_BYTES: usize = 16 << 20;
/// Bytes that one permit stands for.
const UNIT: usize = 1 << 10;
/// Shorter ones are not worth being kept for the next piece.
const KEPT_BYTES: usize = 1 << 20;

/// Of this process.
pub(crate) static MEMORY: Memory = Memory::of(AHEAD_BYTES);

#[derive(Debug)]
pub(crate) struct Memory {
    ahead_bytes: usize,
    ahead: Semaphore,
    stock: Mutex<Stock>,
}

#[derive(Debug)]
struct Stock {
    lent: usize,
    lent_bytes: usize,
    /// What came back while others are lent, together no more than may be read ahead.
    spare: Vec<Vec<u8>>,
    #[cfg(test)]
    most_bytes: usize,
}

impl Memory {
    pub const fn of(ahead_bytes: usize) -> Self {
        Self {
            ahead_bytes,
            ahead: Semaphore::const_new(ahead_bytes / UNIT),
            stock: Mutex::new(Stock {
                lent: 0,
                lent_bytes: 0,
                spare: Vec::new(),
                #[cfg(test)]
                most_bytes: 0,
            }),
        }
    }

    /// Leave to read so many bytes ahead. Waits for it, for ever if that is more than there is.
    pub async fn ahead(&self, bytes: usize) -> SemaphorePermit<'_> {
        match u32::try_from(bytes.div_ceil(UNIT)) {
            Ok(units) if bytes <= self.ahead_bytes => {
                let permit = self.ahead.acquire_many(units).await;
                permit.expect("the semaphore is never closed")
            }
            _ => pending().await,
        }
    }

    /// Room for so many bytes at least.
    pub fn buffer(&'static self, bytes: usize) -> Buffer {
        let spare = self.stock().take(bytes);
        let room = spare.unwrap_or_else(|| Vec::with_capacity(bytes));
        self.stock().lend(room.capacity());
        Buffer { room, memory: self }
    }

    fn stock(&self) -> MutexGuard<'_, Stock> {
        self.stock.lock().expect("no code under this lock panics")
    }

    /// The most that was lent at once.
    #[cfg(test)]
    pub fn most_bytes(&self) -> usize {
        self.stock().most_bytes
    }

    #[cfg(test)]
    pub fn ahead_left(&self) -> usize {
        self.ahead.available_permits() * UNIT
    }

    /// What is lent, and what is kept for who comes next.
    #[cfg(test)]
    pub fn held_bytes(&self) -> usize {
        let stock = self.stock();
        stock.lent_bytes + stock.spare_bytes()
    }
}

impl Stock {
    fn spare_bytes(&self) -> usize {
        self.spare.iter().map(Vec::capacity).sum()
    }

    /// A spare one of about the right length.
    fn take(&mut self, bytes: usize) -> Option<Vec<u8>> {
        let fits = |room: &Vec<u8>| (bytes..=bytes.saturating_mul(2)).contains(&room.capacity());
        let at = self.spare.iter().position(fits)?;
        Some(self.spare.swap_remove(at))
    }

    fn lend(&mut self, bytes: usize) {
        self.lent += 1;
        self.lent_bytes += bytes;
        #[cfg(test)]
        {
            self.most_bytes = self.most_bytes.max(self.lent_bytes);
        }
    }

    /// Answers what is to be freed.
    fn give_back(&mut self, mut room: Vec<u8>, most_bytes: usize) -> Vec<Vec<u8>> {
        self.lent -= 1;
        self.lent_bytes -= room.capacity();
        if self.lent == 0 {
            self.spare.push(room);
            return mem::take(&mut self.spare);
        }
        if room.capacity() < KEPT_BYTES || self.spare_bytes() + room.capacity() > most_bytes {
            return vec![room];
        }
        room.clear();
        self.spare.push(room);
        Vec::new()
    }
}

/// Memory that goes back when the last who holds its bytes lets go of them.
#[derive(Debug)]
pub(crate) struct Buffer {
    room: Vec<u8>,
    memory: &'static Memory,
}

impl Buffer {
    pub fn len(&self) -> usize {
        self.room.len()
    }

    /// How many bytes it holds without growing.
    pub fn room(&self) -> usize {
        self.room.capacity()
    }

    /// Appends what there is room for, that is.
    pub fn extend(&mut self, bytes: &[u8]) {
        debug_assert!(self.room() - self.len() >= bytes.len(), "it would grow");
        self.room.extend_from_slice(bytes);
    }

    pub fn freeze(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.room
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let room = mem::take(&mut self.room);
        let freed = self.memory.stock().give_back(room, self.memory.ahead_bytes);
        drop(freed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory() -> &'static Memory {
        Box::leak(Box::new(Memory::of(3 << 20)))
    }

    #[test]
    fn what_came_back_is_used_again_and_goes_with_the_last() {
        let memory = memory();
        let mut first = memory.buffer(KEPT_BYTES);
        first.extend(b"bytes of somebody");
        let (second, place) = (memory.buffer(KEPT_BYTES), first.room.as_ptr());
        drop(first.freeze());
        assert_eq!(memory.held_bytes(), 2 * KEPT_BYTES);
        let again = memory.buffer(KEPT_BYTES - 1);
        assert_eq!((again.room.as_ptr(), again.len()), (place, 0));
        drop((second, again));
        assert_eq!(memory.held_bytes(), 0);
    }

    #[test]
    fn no_more_is_kept_than_may_be_read_ahead() {
        let memory = memory();
        let stays = memory.buffer(1);
        drop([(); 9].map(|()| memory.buffer(KEPT_BYTES)));
        assert_eq!(memory.held_bytes(), (3 << 20) + 1);
        drop(stays);
        assert_eq!(memory.held_bytes(), 0);
    }
}
