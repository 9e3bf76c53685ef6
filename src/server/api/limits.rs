//! How much one request may carry, and how much one caller may ask.

mod rate;

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{FromRequest, HttpRequest, dev};
pub(crate) use rate::{CallerLimits, Permit, Standing};

use super::{Edge, problem::Problem};
use crate::settings::LimitSettings;

/// What one request may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestLimits {
    /// Size of the body after decompression.
    pub body_bytes: usize,
    /// The same where the body is a table.
    pub table_bytes: usize,
    /// Nesting of a JSON body.
    pub json_depth: usize,
    /// Observables, values or entities in one call.
    pub items: usize,
}

/// The depth at which the JSON parser itself gives up; no setting goes beyond it.
const PARSER_DEPTH: usize = 127;

impl RequestLimits {
    /// What holds where nothing is set.
    const DEFAULT: Self = Self { body_bytes: 1 << 20, table_bytes: 1 << 20, json_depth: 32, items: 1_000 };

    /// Takes the limits from the settings.
    pub fn new(settings: &LimitSettings) -> Self {
        Self {
            body_bytes: settings.body_bytes,
            table_bytes: settings.table_bytes,
            json_depth: settings.json_depth.min(PARSER_DEPTH),
            items: settings.items_per_call,
        }
    }

    pub(super) fn of(request: &HttpRequest) -> Self {
        request.app_data::<Arc<Edge>>().map_or(Self::DEFAULT, |edge| edge.rules.load().request_limits)
    }

    /// Refuses more items than one call may carry; `pointer` says where they are.
    pub fn check_items(&self, pointer: &str, count: usize) -> Result<(), Problem> {
        self.check_items_up_to(self.items, pointer, count)
    }

    /// The same for an operation that takes fewer than the settings allow.
    pub fn check_items_up_to(&self, most: usize, pointer: &str, count: usize) -> Result<(), Problem> {
        let most = most.min(self.items);
        if count > most { Err(Problem::too_many_items(pointer, count, most)) } else { Ok(()) }
    }
}

impl FromRequest for RequestLimits {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}
