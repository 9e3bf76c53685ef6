//! When a provider wants to be asked again: the one thing that every provider says in its own way.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::HttpAnswer;

/// No wait is longer: who still means no tomorrow says so again, and a mistaken header closes a gate for a day at most.
const LONGEST: Duration = Duration::from_hours(24);

/// Above this, a reset is an instant in epoch seconds and not a number of seconds from now.
const EPOCH_ABOVE: f64 = 1e9;

/// Above this, it is an instant in epoch milliseconds.
const EPOCH_MS_ABOVE: f64 = 1e12;

/// How long to wait before the next request, if the answer says so. `now` tells what an instant in it means.
///
/// An order to wait counts at any status: `Retry-After` (RFC 9110, seconds or a date), `retry-after-ms` and
/// `x-ms-retry-after-ms`, and Azure Resource Manager's `x-ms-ratelimit-…-retry-after`. The end of a window counts only
/// when the window is used up, since many providers name it in every answer: `X-RateLimit-Reset` (an instant or
/// seconds), `X-Rate-Limit-Reset-After`, `RateLimit-Reset`, and ip-api's `X-Ttl`.
pub fn retry_after(answer: &HttpAnswer, now: SystemTime) -> Option<Duration> {
    ordered(answer, now).or_else(|| used_up(answer).then(|| reset(answer, now)).flatten()).map(|wait| wait.min(LONGEST))
}

/// What a header that orders to wait says.
fn ordered(answer: &HttpAnswer, now: SystemTime) -> Option<Duration> {
    let milliseconds = |name| answer.header(name).and_then(number).and_then(|ms| seconds(ms / 1000.0));
    milliseconds("retry-after-ms")
        .or_else(|| milliseconds("x-ms-retry-after-ms"))
        .or_else(|| answer.header("retry-after").and_then(|text| seconds_or_date(text, now)))
        .or_else(|| {
            let azure = |name: &str| name.starts_with("x-ms-ratelimit-") && name.ends_with("retry-after");
            answer.headers.iter().find(|(name, _)| azure(name)).and_then(|(_, text)| number(text)).and_then(seconds)
        })
}

/// Whether nothing is left of a window.
fn used_up(answer: &HttpAnswer) -> bool {
    const LEFT: [&str; 4] = ["x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit-remaining", "x-rl"];
    matches!(answer.status, 402 | 429) || LEFT.iter().any(|name| answer.header(name).and_then(number) == Some(0.0))
}

/// When the window ends.
fn reset(answer: &HttpAnswer, now: SystemTime) -> Option<Duration> {
    ["x-rate-limit-reset-after", "x-ratelimit-reset-after", "x-ttl", "ratelimit-reset"]
        .iter()
        .find_map(|name| answer.header(name).and_then(number).and_then(seconds))
        .or_else(|| {
            ["x-ratelimit-reset", "x-rate-limit-reset"]
                .iter()
                .find_map(|name| answer.header(name).and_then(|text| instant_or_seconds(text, now)))
        })
}

fn seconds_or_date(text: &str, now: SystemTime) -> Option<Duration> {
    match number(text) {
        Some(number) => seconds(number),
        None => Some(until(httpdate::parse_http_date(text.trim()).ok()?, now)),
    }
}

fn instant_or_seconds(text: &str, now: SystemTime) -> Option<Duration> {
    let Some(number) = number(text) else {
        let instant = chrono::DateTime::parse_from_rfc3339(text.trim()).ok()?;
        return Some(until(instant.into(), now));
    };
    let epoch = match number {
        EPOCH_MS_ABOVE.. => number / 1000.0,
        EPOCH_ABOVE.. => number,
        _ => return seconds(number),
    };
    Some(until(UNIX_EPOCH.checked_add(seconds(epoch)?)?, now))
}

/// Past is now.
fn until(instant: SystemTime, now: SystemTime) -> Duration {
    instant.duration_since(now).unwrap_or_default()
}

/// A number that is one: "NaN" and "inf" are numbers to the parser alone.
fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// Seconds as a duration, unless negative or beyond all measure.
fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;

    /// 2026-01-01T00:00:00Z
    const NOW: Duration = Duration::from_secs(1_767_225_600);

    fn wait(status: u16, headers: &[(&str, &str)]) -> Option<f64> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let answer = HttpAnswer { status, headers, body: Bytes::new() };
        retry_after(&answer, UNIX_EPOCH + NOW).map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn orders_to_wait_are_understood_in_every_form() {
        for (header, text, expected) in [
            ("retry-after", "120", Some(120.0)),
            ("retry-after", " 1.5 ", Some(1.5)),
            ("retry-after", "0", Some(0.0)),
            ("retry-after", "29241", Some(29_241.0)),
            ("retry-after", "Thu, 01 Jan 2026 00:01:00 GMT", Some(60.0)),
            ("retry-after", "Wed, 31 Dec 2025 23:59:00 GMT", Some(0.0)),
            ("retry-after-ms", "2500", Some(2.5)),
            ("x-ms-retry-after-ms", "500", Some(0.5)),
            ("x-ms-ratelimit-microsoft.consumption-retry-after", "30", Some(30.0)),
            ("retry-after", "-5", None),
            ("retry-after", "NaN", None),
            ("retry-after", "inf", None),
            ("retry-after", "soon", None),
            ("retry-after", "", None),
        ] {
            assert_eq!(wait(503, &[(header, text)]), expected, "{header}: {text}");
        }
    }

    #[test]
    fn the_end_of_a_window_is_understood_in_every_form() {
        for (header, text, expected) in [
            ("x-ratelimit-reset", "1767225660", Some(60.0)),
            ("x-ratelimit-reset", "1767225660000", Some(60.0)),
            ("x-ratelimit-reset", "90", Some(90.0)),
            ("x-ratelimit-reset", "1545973200", Some(0.0)),
            ("x-rate-limit-reset-after", "17", Some(17.0)),
            ("x-rate-limit-reset", "2026-01-01T00:00:30.000Z", Some(30.0)),
            ("ratelimit-reset", "5", Some(5.0)),
            ("x-ttl", "37", Some(37.0)),
            ("x-ttl", "-1", None),
            ("x-ratelimit-reset", "NaN", None),
        ] {
            assert_eq!(wait(429, &[(header, text)]), expected, "{header}: {text}");
        }
    }

    #[test]
    fn a_window_that_is_not_used_up_orders_nothing() {
        assert_eq!(wait(200, &[("x-ttl", "60"), ("x-rl", "44")]), None);
        assert_eq!(wait(200, &[("x-ttl", "60"), ("x-rl", "0")]), Some(60.0));
        assert_eq!(wait(200, &[("x-ratelimit-reset", "60"), ("x-ratelimit-remaining", "0")]), Some(60.0));
        assert_eq!(wait(429, &[]), None);
    }

    #[test]
    fn the_order_counts_before_the_window() {
        assert_eq!(wait(429, &[("x-ratelimit-reset", "1545973200"), ("retry-after", "29241")]), Some(29_241.0));
    }

    #[test]
    fn nobody_closes_a_gate_for_more_than_a_day() {
        for text in ["999999999999", "1e19", "Fri, 31 Dec 9999 23:59:59 GMT"] {
            assert_eq!(wait(429, &[("retry-after", text)]), Some(86_400.0), "{text}");
        }
        assert_eq!(wait(429, &[("x-ratelimit-reset", "99999999999999")]), Some(86_400.0));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*", number: f64) {
            for header in ["retry-after", "x-ratelimit-reset", "x-rate-limit-reset", "x-ttl", "retry-after-ms"] {
                for text in [text.as_str(), &number.to_string()] {
                    prop_assert!(wait(429, &[(header, text)]).is_none_or(|wait| (0.0..=86_400.0).contains(&wait)));
                }
            }
        }
    }
}
