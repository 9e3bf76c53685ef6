//! Which calls are sent again, and when. The whole policy is [`may_retry`].

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use reqwest::{
    StatusCode,
    header::{HeaderMap, RETRY_AFTER},
};
use tokio::time::Instant;

use super::{Call, SendError};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The longest `Retry-After` that is waited for within a call.
const LONGEST_WISH: Duration = Duration::from_secs(2);

/// The pauses before each repetition, if nobody wishes otherwise: growing, with jitter, as many as there are retries.
pub(super) fn pauses(retries: u8) -> impl Iterator<Item = Duration> {
    ExponentialBuilder::new()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .with_max_times(retries.into())
        .with_jitter()
        .build()
}

/// How long to wait before the call is sent again; `None` when what came of it stands.
///
/// Only a call that may be repeated is, and only after what a second attempt may mend. A 429 is never repeated here: it
/// closes the budget's gate.
pub(super) fn may_retry(
    call: &Call,
    outcome: Result<(StatusCode, &HeaderMap), &SendError>,
    pauses: &mut impl Iterator<Item = Duration>,
    now: Instant,
) -> Option<Duration> {
    let may_mend = match outcome {
        Ok((status, _)) => matches!(status.as_u16(), 500 | 502 | 503 | 504),
        Err(SendError::Connect | SendError::Proxy | SendError::Reset | SendError::Truncated) => true,
        Err(_) => false,
    };
    if !may_mend || !call.may_repeat {
        return None;
    }
    let wish = outcome.map_or(Duration::ZERO, |(_, headers)| wish(headers));
    let pause = pauses.next()?.max(wish);
    let in_time = now + pause < call.deadline;
    (wish <= LONGEST_WISH && in_time).then_some(pause)
}

/// How long the answer asks to wait. A date, or what cannot be read, is too long.
fn wish(headers: &HeaderMap) -> Duration {
    let Some(value) = headers.get(RETRY_AFTER) else { return Duration::ZERO };
    let seconds = value.to_str().ok().and_then(|text| text.trim().parse().ok());
    seconds.map_or(Duration::from_hours(1), Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use reqwest::{Method, StatusCode};

    use super::{
        super::{Expects, Received},
        *,
    };

    const DEADLINE: Duration = Duration::from_secs(10);

    fn call(now: Instant, may_repeat: bool) -> Call {
        Call {
            to: "fake",
            method: Method::GET,
            url: "https://a.example/".parse().unwrap(),
            headers: HeaderMap::new(),
            body: bytes::Bytes::new(),
            deadline: now + DEADLINE,
            body_cap: 0,
            expects: Expects::Anything,
            retries: 1,
            may_repeat,
        }
    }

    fn answered(status: u16, retry_after: Option<&str>) -> Result<Received, SendError> {
        let mut headers = HeaderMap::new();
        if let Some(value) = retry_after {
            headers.insert(RETRY_AFTER, value.parse().unwrap());
        }
        let status = StatusCode::from_u16(status).unwrap();
        Ok(Received { status, headers, body: bytes::Bytes::new(), attempts: 1 })
    }

    /// What is decided when the next pause would be a tenth of a second and `elapsed` has passed.
    fn decided(outcome: &Result<Received, SendError>, may_repeat: bool, elapsed: Duration) -> Option<Duration> {
        let now = Instant::now();
        let outcome = outcome.as_ref().map(|received| (received.status, &received.headers));
        may_retry(&call(now, may_repeat), outcome, &mut std::iter::once(FIRST_PAUSE), now + elapsed)
    }

    #[test]
    fn only_what_may_mend_is_repeated() {
        for status in [500, 502, 503, 504] {
            assert_eq!(decided(&answered(status, None), true, Duration::ZERO), Some(FIRST_PAUSE), "{status}");
        }
        for status in [200, 302, 400, 401, 403, 404, 408, 429, 501, 505] {
            assert_eq!(decided(&answered(status, None), true, Duration::ZERO), None, "{status}");
        }
        for error in [SendError::Connect, SendError::Proxy, SendError::Reset, SendError::Truncated] {
            assert_eq!(decided(&Err(error.clone()), true, Duration::ZERO), Some(FIRST_PAUSE), "{error}");
        }
        for error in [SendError::Denied, SendError::Tls, SendError::Resolve, SendError::TooLarge { limit: 1 }] {
            assert_eq!(decided(&Err(error.clone()), true, Duration::ZERO), None, "{error}");
        }
    }

    #[test]
    fn what_may_not_be_repeated_is_not() {
        for outcome in [answered(503, None), Err(SendError::Connect), Err(SendError::Reset)] {
            assert_eq!(decided(&outcome, false, Duration::ZERO), None);
        }
    }

    #[test]
    fn a_short_wish_is_granted_and_a_long_one_ends_it() {
        for (wish, expected) in [
            ("0", Some(FIRST_PAUSE)),
            ("1", Some(Duration::from_secs(1))),
            ("2", Some(Duration::from_secs(2))),
            ("3", None),
            ("86400", None),
            ("99999999999999999999", None),
            ("Fri, 31 Dec 2027 23:59:59 GMT", None),
            ("-1", None),
        ] {
            assert_eq!(decided(&answered(503, Some(wish)), true, Duration::ZERO), expected, "{wish}");
        }
        assert_eq!(decided(&answered(429, Some("0")), true, Duration::ZERO), None);
    }

    #[test]
    fn nothing_is_sent_after_the_deadline() {
        assert_eq!(decided(&answered(503, None), true, DEADLINE - FIRST_PAUSE), None);
        assert_eq!(decided(&answered(503, Some("2")), true, DEADLINE - Duration::from_secs(2)), None);
        assert!(decided(&answered(503, Some("2")), true, DEADLINE - Duration::from_secs(3)).is_some());
    }

    #[test]
    fn pauses_grow_within_bounds_and_end() {
        let pauses: Vec<_> = pauses(6).collect();
        assert_eq!(pauses.len(), 6);
        assert!(pauses.iter().all(|pause| (FIRST_PAUSE..=LONGEST_PAUSE * 2).contains(pause)), "{pauses:?}");
        assert!(pauses[5] > pauses[0]);
        assert_eq!(super::pauses(0).count(), 0);
    }
}
