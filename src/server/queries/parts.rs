//! The parts of a query: one for each place and each span of time that is asked for itself.

use std::sync::Arc;

use chrono::TimeDelta;
use model::{Fault, Faulty, Span};

use super::Connection;

/// A query in more parts than these would be a mistake.
const MAX_CHUNKS: usize = 1_000;

/// What is asked of one place about one span of time.
#[derive(Debug, Clone)]
pub struct Part {
    /// The place.
    pub connection: Arc<Connection>,
    /// Where within the place, if it is not where the settings say.
    pub place: Option<Vec<String>>,
    /// The text, complete.
    pub query: String,
    /// The time that it is about, for sources that take it beside the text.
    pub span: Option<Span>,
    /// The span, if the query was split.
    pub chunk: Option<Span>,
}

/// A span of time cannot be split so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// It has none of the forms.
    #[error("not a length of time; allowed are numbers with d, h, m or s, such as 1d or 6h")]
    Unreadable,
    /// There would be too many parts.
    #[error("the time would be split into more than {MAX_CHUNKS} parts")]
    TooMany,
}

impl Faulty for SplitError {
    fn fault(&self) -> Fault {
        Fault::Invalid
    }
}

/// Splits a span into spans of this length; the last one may be shorter. A span that is not longer stays whole.
///
/// Each ends 100 nanoseconds before the next begins, the smallest time that sources tell apart, so that a query that
/// includes both ends finds no event twice. A rest of less than a thousandth goes to the part before it.
pub fn split(span: Span, by: &str) -> Result<Vec<Span>, SplitError> {
    let length = length(by)?;
    let (start, end) = (span.start(), span.end());
    let tick = TimeDelta::nanoseconds(100);
    let mut spans = Vec::new();
    let mut from = start;
    loop {
        if spans.len() >= MAX_CHUNKS {
            return Err(SplitError::TooMany);
        }
        let to = from.checked_add_signed(length).filter(|to| *to < end && end - *to >= length / 1_000);
        let part = Span::between(from, to.map_or(end, |to| to - tick));
        spans.extend(part.ok());
        match to {
            Some(to) => from = to,
            None => return Ok(spans),
        }
    }
}

/// Reads `1d`, `6h`, `30min`, `90s`; a unit alone is one of it.
fn length(text: &str) -> Result<TimeDelta, SplitError> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: i64 = if number.is_empty() { 1 } else { number.parse().map_err(|_| SplitError::Unreadable)? };
    let seconds = match unit.trim().to_ascii_lowercase().as_str() {
        "w" | "week" | "weeks" => 7 * 86_400,
        "d" | "day" | "days" => 86_400,
        "h" | "hour" | "hours" => 3_600,
        "m" | "min" | "t" | "minute" | "minutes" => 60,
        "s" | "sec" | "second" | "seconds" => 1,
        _ => return Err(SplitError::Unreadable),
    };
    let length = number.checked_mul(seconds).and_then(TimeDelta::try_seconds);
    length.filter(|length| *length > TimeDelta::zero()).ok_or(SplitError::Unreadable)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use proptest::prelude::*;

    use super::*;

    fn span(seconds: i64) -> Span {
        let start: DateTime<Utc> = "2024-05-01T00:00:00Z".parse().unwrap();
        Span::between(start, start + TimeDelta::seconds(seconds)).unwrap()
    }

    #[test]
    fn a_span_that_is_not_longer_stays_whole() {
        for by in ["1d", "D", "24h", "1440 min", "2weeks"] {
            assert_eq!(split(span(86_400), by), Ok(vec![span(86_400)]), "{by}");
        }
        assert_eq!(split(span(0), "1h"), Ok(vec![span(0)]));
        assert_eq!(
            split(span(86_401), "1d").unwrap().len(),
            1,
            "a rest of less than a thousandth is no part of its own"
        );
        assert_eq!(split(span(2 * 86_400), "6h").unwrap().len(), 8);
    }

    #[test]
    fn what_is_no_length_is_refused() {
        for by in ["", "x", "0d", "-1d", "1y", "1.5h", "99999999999999999999d"] {
            assert_eq!(split(span(86_400), by), Err(SplitError::Unreadable), "{by}");
        }
        assert_eq!(split(span(86_400), "1s"), Err(SplitError::TooMany));
    }

    proptest! {
        #[test]
        fn parts_cover_the_span_and_do_not_overlap(seconds in 0..500_000_i64, hours in 1..48_u32) {
            let parts = split(span(seconds), &format!("{hours}h")).unwrap();
            prop_assert_eq!(parts[0].start(), span(seconds).start());
            prop_assert_eq!(parts.last().unwrap().end(), span(seconds).end());
            for pair in parts.windows(2) {
                prop_assert_eq!(pair[0].end() + TimeDelta::nanoseconds(100), pair[1].start());
            }
        }
    }
}
