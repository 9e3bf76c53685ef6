//! Requests a second and requests at once, for each caller; told in `RateLimit` and `RateLimit-Policy`.
//!
//! <https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/> (draft 10: quota `q`, window `w`, quota unit
//! `qu`, remaining `r`, seconds until more `t`).

use std::{
    fmt::Write as _,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    middleware::StateInformationMiddleware,
    state::{InMemoryState, NotKeyed},
};
use moka::sync::Cache;

use crate::{
    api::problem::{Kind, Problem},
    settings::LimitSettings,
    telemetry::CallerLimit,
};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Callers that are silent for so long are forgotten: their quota is full again anyway.
const FORGET_AFTER: Duration = Duration::from_secs(600);

/// More callers than this at once are not remembered. Each has proved who it is.
const MAX_CALLERS: u64 = 100_000;

type Meter = RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;

/// The limits that hold for every caller, and what each has used of them.
pub(crate) struct CallerLimits {
    requests_per_s: Option<NonZeroU32>,
    concurrent: Option<NonZeroU32>,
    policy: Option<HeaderValue>,
    callers: Cache<Arc<str>, Arc<Use>>,
}

/// What one caller uses.
struct Use {
    meter: Option<Meter>,
    running: Arc<AtomicU32>,
}

/// A running request; it counts until it is dropped.
pub(crate) struct Permit(Arc<AtomicU32>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How a caller stands to its limits, for the headers of every answer.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    policy: Option<HeaderValue>,
    remaining: Option<u32>,
    wait_s: u64,
    free: Option<u32>,
    exceeded: Option<CallerLimit>,
}

impl CallerLimits {
    /// Takes the limits from the settings; zero is no limit.
    pub(crate) fn new(settings: &LimitSettings) -> Self {
        let (requests_per_s, concurrent) =
            (NonZeroU32::new(settings.requests_per_s), NonZeroU32::new(settings.concurrent));
        let mut policies = List::default();
        if let Some(quota) = requests_per_s {
            policies.push(format_args!(r#""rate";q={quota};w=1"#));
        }
        if let Some(quota) = concurrent {
            policies.push(format_args!(r#""concurrent";q={quota};qu="concurrent-requests""#));
        }
        let callers = Cache::builder().max_capacity(MAX_CALLERS).time_to_idle(FORGET_AFTER).build();
        Self { requests_per_s, concurrent, policy: policies.into_value(), callers }
    }

    /// Lets a request of this caller in, or says when to come back; and how the caller stands either way.
    pub(crate) fn admit(&self, caller: &Arc<str>) -> (Result<Option<Permit>, Problem>, Standing) {
        self.admit_one(caller, true)
    }

    /// The same for a request that looks after others which run: it needs no room beside them.
    pub(crate) fn admit_beside(&self, caller: &Arc<str>) -> (Result<Option<Permit>, Problem>, Standing) {
        self.admit_one(caller, false)
    }

    fn admit_one(&self, caller: &Arc<str>, needs_room: bool) -> (Result<Option<Permit>, Problem>, Standing) {
        let mut standing = Standing { policy: self.policy.clone(), ..Standing::default() };
        if self.policy.is_none() {
            return (Ok(None), standing);
        }
        let used = match self.callers.get(caller) {
            Some(used) => used,
            None => self.callers.get_with_by_ref(caller, || Arc::new(self.unused())),
        };
        // A request that finds no room does not use up the rate.
        let room = if needs_room { self.start(&used, &mut standing) } else { Ok(None) };
        let admitted = room.and_then(|permit| meter(&used, &mut standing).map(|()| permit));
        (admitted, standing)
    }

    fn unused(&self) -> Use {
        let meter = |rate| RateLimiter::direct(Quota::per_second(rate)).with_middleware();
        Use { meter: self.requests_per_s.map(meter), running: Arc::default() }
    }

    fn start(&self, used: &Use, standing: &mut Standing) -> Result<Option<Permit>, Problem> {
        let Some(limit) = self.concurrent else { return Ok(None) };
        let running = used.running.fetch_add(1, Ordering::Relaxed) + 1;
        let permit = Permit(Arc::clone(&used.running));
        standing.free = Some(limit.get().saturating_sub(running));
        if running > limit.get() {
            standing.exceeded = Some(CallerLimit::Concurrent);
            let detail = format!("more than {limit} requests of this caller at once");
            return Err(Problem::new(Kind::Exhausted).detail(detail).retry_after(1));
        }
        Ok(Some(permit))
    }
}

fn meter(used: &Use, standing: &mut Standing) -> Result<(), Problem> {
    let Some(meter) = &used.meter else { return Ok(()) };
    match meter.check() {
        Ok(state) => {
            standing.remaining = Some(state.remaining_burst_capacity());
            standing.wait_s = 1;
            Ok(())
        }
        Err(refused) => {
            let wait = refused.wait_time_from(DefaultClock::default().now());
            standing.remaining = Some(0);
            standing.exceeded = Some(CallerLimit::Rate);
            // Whole seconds, rounded up.
            standing.wait_s = (wait + Duration::from_millis(999)).as_secs().max(1);
            let detail = format!("more than {} requests of this caller in a second", refused.quota().burst_size());
            Err(Problem::new(Kind::Exhausted).detail(detail).retry_after(standing.wait_s))
        }
    }
}

impl Standing {
    /// The limit that the caller has just run into.
    pub(crate) fn exceeded(&self) -> Option<CallerLimit> {
        self.exceeded
    }

    /// Writes the headers, if there are limits.
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        let Some(policy) = self.policy else { return };
        headers.insert(RATE_LIMIT_POLICY, policy);
        let mut limits = List::default();
        if let Some(remaining) = self.remaining {
            limits.push(format_args!(r#""rate";r={remaining};t={}"#, self.wait_s));
        }
        if let Some(free) = self.free {
            limits.push(format_args!(r#""concurrent";r={free}"#));
        }
        if let Some(value) = limits.into_value() {
            headers.insert(RATE_LIMIT, value);
        }
    }
}

/// A list of structured fields (RFC 9651).
#[derive(Default)]
struct List(String);

impl List {
    fn push(&mut self, item: std::fmt::Arguments<'_>) {
        let separator = if self.0.is_empty() { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(self.0, "{separator}{item}");
    }

    /// `None` if the list is empty.
    fn into_value(self) -> Option<HeaderValue> {
        HeaderValue::from_maybe_shared(self.0).ok().filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(requests_per_s: u32, concurrent: u32) -> CallerLimits {
        CallerLimits::new(&LimitSettings {
            table_bytes: 0,
            requests_per_s,
            concurrent,
            body_bytes: 0,
            items_per_call: 0,
            json_depth: 0,
        })
    }

    fn headers(standing: Standing) -> [String; 2] {
        let mut headers = HeaderMap::new();
        standing.write(&mut headers);
        [RATE_LIMIT_POLICY, RATE_LIMIT].map(|name| headers.get(name).map_or("", |v| v.to_str().unwrap()).to_owned())
    }

    #[test]
    fn the_rate_of_one_caller_is_limited_and_told() {
        let limits = limits(2, 0);
        let (soar, other) = ("soar".into(), "other".into());
        let (admitted, standing) = limits.admit(&soar);
        assert!(admitted.is_ok());
        assert_eq!(headers(standing), [r#""rate";q=2;w=1"#, r#""rate";r=1;t=1"#]);
        assert!(limits.admit(&soar).0.is_ok());
        let (refused, standing) = limits.admit(&soar);
        let problem = refused.err().unwrap();
        assert_eq!(problem.kind(), Kind::Exhausted);
        assert_eq!(headers(standing), [r#""rate";q=2;w=1"#, r#""rate";r=0;t=1"#]);
        assert!(limits.admit(&other).0.is_ok(), "callers do not share");
    }

    #[test]
    fn requests_at_once_are_limited_until_one_ends() {
        let limits = limits(0, 2);
        let soar = "soar".into();
        let (first, _) = limits.admit(&soar);
        let (second, standing) = limits.admit(&soar);
        assert_eq!(headers(standing), [r#""concurrent";q=2;qu="concurrent-requests""#, r#""concurrent";r=0"#]);
        assert!(limits.admit(&soar).0.is_err());
        drop(first);
        assert!(limits.admit(&soar).0.is_ok());
        drop(second);
    }

    #[test]
    fn a_request_that_finds_no_room_does_not_use_up_the_rate() {
        let limits = limits(3, 1);
        let soar = "soar".into();
        let (running, _) = limits.admit(&soar);
        for _ in 0..10 {
            assert!(limits.admit(&soar).0.is_err());
        }
        drop(running);
        assert!(limits.admit(&soar).0.is_ok());
    }

    #[test]
    fn zero_is_no_limit() {
        let limits = limits(0, 0);
        let soar = "soar".into();
        for _ in 0..1_000 {
            let (admitted, standing) = limits.admit(&soar);
            assert!(admitted.is_ok());
            assert_eq!(headers(standing), ["", ""]);
        }
    }
}
