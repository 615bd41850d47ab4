//! Requests for pages of lists, and what is told of them (V4 API, admin lists).

use crate::api::ApiError;
use admin::{Page, PageRequest};
use chrono::DateTime;
use entity::Timestamp;
use poem_openapi::Object;
use serde::Serialize;
use site::limits::{ADMIN_DELETED, ADMIN_ROWS, LIST_CONDITION_BYTES};
use std::collections::BTreeMap;

/// Which page of a list, ordered and filtered how.
#[derive(Object)]
pub struct ListRequest {
    /// From 1 on.
    #[oai(default)]
    page: u64,
    #[oai(default)]
    page_size: u64,
    /// By the list; what it does not know is the id.
    #[oai(default)]
    order_by: String,
    /// `desc`, else ascending.
    #[oai(default)]
    order_direction: String,
    /// By the list; empty ones filter nothing.
    #[oai(default)]
    conditions: BTreeMap<String, String>,
    /// By the list.
    #[oai(default)]
    searches: BTreeMap<String, String>,
}

impl ListRequest {
    /// The first of all that fit.
    pub fn of_all(conditions: BTreeMap<String, String>) -> Self {
        Self {
            page: 1,
            page_size: 1,
            order_by: String::new(),
            order_direction: String::new(),
            conditions,
            searches: BTreeMap::new(),
        }
    }

    /// # Errors
    /// `Binding`
    pub fn page(&self) -> Result<PageRequest, ApiError> {
        if self.page == 0 {
            return Err(ApiError::binding("Page too short"));
        }
        if self.page_size == 0 {
            return Err(ApiError::binding("PageSize too short"));
        }
        if self.page_size > ADMIN_ROWS {
            return Err(ApiError::binding("PageSize too long"));
        }
        let texts = || self.conditions.values().chain(self.searches.values());
        if texts().any(|text| text.len() > LIST_CONDITION_BYTES) {
            return Err(ApiError::binding("Conditions too long"));
        }
        // Not every database takes it.
        if texts().any(|text| text.contains('\0')) {
            return Err(ApiError::binding("Conditions must not hold NUL"));
        }
        Ok(PageRequest {
            page: self.page,
            page_size: self.page_size,
            order_by: self.order_by.clone(),
            descending: self.order_direction == "desc",
        })
    }
}

impl ListRequest {
    /// A condition, if it filters something.
    pub fn condition(&self, name: &str) -> Option<&str> {
        let text = self.conditions.get(name).map(String::as_str);
        text.filter(|text| !text.is_empty())
    }

    /// A search, if it filters something.
    pub fn search(&self, name: &str) -> Option<&str> {
        let text = self.searches.get(name).map(String::as_str);
        text.filter(|text| !text.is_empty())
    }

    /// A condition that is a raw id.
    /// # Errors
    /// `Binding`
    pub fn id_condition(&self, name: &str, of: &str) -> Result<Option<i64>, ApiError> {
        let parse = |text: &str| {
            let id = text.parse();
            id.map_err(|_| ApiError::binding(format!("Invalid {of} ID")))
        };
        self.condition(name).map(parse).transpose()
    }

    /// A condition that is a time (RFC 3339).
    /// # Errors
    /// `Binding`
    pub fn time_condition(&self, name: &str) -> Result<Option<Timestamp>, ApiError> {
        let parse = |text: &str| {
            let time = DateTime::parse_from_rfc3339(text);
            let time = time.map(|time| Timestamp(time.timestamp_micros()));
            time.map_err(|_| ApiError::binding(format!("Invalid time of {name}")))
        };
        self.condition(name).map(parse).transpose()
    }
}

/// Rows that something is to happen to.
#[derive(Object)]
pub struct IdsRequest {
    ids: Vec<i64>,
}

impl IdsRequest {
    /// # Errors
    /// `Binding`
    pub fn checked(&self) -> Result<&[i64], ApiError> {
        Self::of(&self.ids)
    }

    /// Ids that were sent in another request.
    /// # Errors
    /// `Binding`
    pub fn of(ids: &[i64]) -> Result<&[i64], ApiError> {
        if ids.is_empty() {
            return Err(ApiError::binding("IDs too short"));
        }
        if ids.len() > ADMIN_DELETED {
            return Err(ApiError::binding("IDs too long"));
        }
        Ok(ids)
    }
}

/// Where in a list a page is.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub struct PagePlace {
    /// From 0 on.
    page: u64,
    page_size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_items: Option<u64>,
}

impl PagePlace {
    pub fn of<T>(request: &PageRequest, page: &Page<T>) -> Self {
        Self {
            page: request.page - 1,
            page_size: request.page_size,
            total_items: some(page.total),
        }
    }
}

/// Rows are shown as they are stored, but for what is zero or empty.
pub fn some<T: Default + PartialEq>(value: T) -> Option<T> {
    Some(value).filter(|value| *value != T::default())
}
