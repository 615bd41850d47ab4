//! Pages of lists, by number.

use moka::sync::Cache;
use std::fmt::Debug;
use std::time::Duration;
use store::StoreResult;
use store::ordered::Slice;

/// Which page of a list is wanted.
#[derive(Clone, Debug)]
pub struct PageRequest {
    /// From 1 on.
    pub page: u64,
    pub page_size: u64,
    pub order_by: String,
    pub descending: bool,
}

impl PageRequest {
    /// How many rows come before.
    pub(crate) fn offset(&self) -> u64 {
        let before = (self.page.saturating_sub(1)).saturating_mul(self.page_size);
        // Databases count in 64 bits with a sign.
        before.min(i64::MAX.unsigned_abs())
    }

    pub(crate) fn slice(&self) -> Slice {
        Slice {
            descending: self.descending,
            offset: self.offset(),
            limit: self.page_size,
        }
    }

    /// This page of what is few enough to be read whole, in order.
    pub(crate) fn of<T>(&self, mut rows: Vec<T>) -> Page<T> {
        let total = rows.len() as u64;
        if self.descending {
            rows.reverse();
        }
        let offset = usize::try_from(self.offset()).unwrap_or(usize::MAX);
        let size = usize::try_from(self.page_size).unwrap_or(usize::MAX);
        Page {
            rows: rows.into_iter().skip(offset).take(size).collect(),
            total,
        }
    }
}

/// One page.
#[derive(Clone, Debug)]
pub struct Page<T> {
    pub rows: Vec<T>,
    pub total: u64,
}

/// From so many on a total is remembered: to count them takes longer than to read a page.
const MANY: u64 = 100_000;
/// How long it is.
const REMEMBERED: Duration = Duration::from_secs(30);

/// How long lists are, as far as it takes long to count them.
#[derive(Clone, Debug)]
pub(crate) struct Totals(Cache<String, u64>);

impl Default for Totals {
    fn default() -> Self {
        Self(
            Cache::builder()
                .max_capacity(256)
                .time_to_live(REMEMBERED)
                .build(),
        )
    }
}

impl Totals {
    /// How many rows a filter finds.
    pub async fn of(
        &self,
        filter: &impl Debug,
        count: impl Future<Output = StoreResult<u64>>,
    ) -> StoreResult<u64> {
        // The name of the filter's type is in there.
        let key = format!("{filter:?}");
        if let Some(total) = self.0.get(&key) {
            return Ok(total);
        }
        let total = count.await?;
        if total >= MANY {
            self.0.insert(key, total);
        }
        Ok(total)
    }
}
