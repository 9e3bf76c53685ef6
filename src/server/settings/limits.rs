//! `limits`: how much one caller may ask, and how much one request may carry.

use super::{kinds, section::Section};

/// `limits`, all for one caller.
#[derive(Debug, Clone)]
pub struct LimitSettings {
    /// Requests a second, sustained; as many at once after a pause. 0: no limit.
    pub requests_per_s: u32,
    /// Requests at once. 0: no limit.
    pub concurrent: u32,
    /// Size of a request's body after decompression.
    pub body_bytes: usize,
    /// The same where the body is a table.
    pub table_bytes: usize,
    /// Observables, values or entities in one call.
    pub items_per_call: usize,
    /// Nesting of a JSON body.
    pub json_depth: usize,
}

impl LimitSettings {
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let requests_per_s = section.optional("requests_per_s", kinds::whole(0..=u32::MAX.into()));
        let concurrent = section.optional("concurrent", kinds::whole(0..=u32::MAX.into()));
        let body_bytes = section.required("body_bytes", kinds::whole(1024..=1024 * 1024 * 1024));
        let table_bytes = section.required("table_bytes", kinds::whole(1024..=4 * 1024 * 1024 * 1024));
        let items_per_call = section.required("items_per_call", kinds::whole(1..=100_000));
        let json_depth = section.required("json_depth", kinds::whole(4..=127));
        Some(Self {
            requests_per_s: requests_per_s?.unwrap_or(0),
            concurrent: concurrent?.unwrap_or(0),
            body_bytes: body_bytes?,
            table_bytes: table_bytes?,
            items_per_call: items_per_call?,
            json_depth: json_depth?,
        })
    }
}
