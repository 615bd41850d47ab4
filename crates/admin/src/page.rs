//! Pages of lists, by number.

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
        (self.page.saturating_sub(1)).saturating_mul(self.page_size)
    }
}

/// One page.
#[derive(Clone, Debug)]
pub struct Page<T> {
    pub rows: Vec<T>,
    pub total: u64,
}
