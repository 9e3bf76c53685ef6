//! What each way of writing a time means, seen from one Wednesday.

use proptest::prelude::*;

use super::*;

fn now() -> DateTime<Utc> {
    "2024-02-28T13:45:30.5Z".parse().unwrap()
}

fn resolved(text: &str) -> Result<String, NotATime> {
    let instant = text.parse::<When>()?.resolve(now())?;
    Ok(instant.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
}

fn means(text: &str, instant: &str) {
    assert_eq!(resolved(text), Ok(instant.to_owned()), "{text}");
}

#[test]
fn absolute_times_are_utc_unless_they_say_otherwise() {
    means("2024-05-01T12:00:00Z", "2024-05-01T12:00:00Z");
    means("2024-05-01T12:00:00.25+02:00", "2024-05-01T10:00:00.250Z");
    means("2024-05-01T12:00:00", "2024-05-01T12:00:00Z");
    means(" 2024-05-01 12:00:00.5 ", "2024-05-01T12:00:00.500Z");
    means("2024-05-01T12:30", "2024-05-01T12:30:00Z");
    means("2024-05-01", "2024-05-01T00:00:00Z");
}

#[test]
fn numbers_are_days_from_now_as_text_too() {
    means("-2", "2024-02-26T13:45:30.500Z");
    means("5", "2024-03-04T13:45:30.500Z");
    means("0.5", "2024-02-29T01:45:30.500Z");
    means("now", "2024-02-28T13:45:30.500Z");
}

#[test]
fn relative_times_go_both_ways_in_every_unit() {
    means("-6h", "2024-02-28T07:45:30.500Z");
    means("+6h", "2024-02-28T19:45:30.500Z");
    means("90m", "2024-02-28T15:15:30.500Z");
    means("-30s", "2024-02-28T13:45:00.500Z");
    means("2d", "2024-03-01T13:45:30.500Z");
    means("-1w", "2024-02-21T13:45:30.500Z");
    means("-1mon", "2024-01-28T13:45:30.500Z");
    means("12mon", "2025-02-28T13:45:30.500Z");
    means("-1y", "2023-02-28T13:45:30.500Z");
    means("- 2 Days", "2024-02-26T13:45:30.500Z");
}

#[test]
fn a_month_without_that_day_gives_its_last() {
    let resolve = |text: &str, now: &str| text.parse::<When>().unwrap().resolve(now.parse().unwrap()).unwrap();
    assert_eq!(resolve("1mon", "2024-01-31T00:00:00Z"), "2024-02-29T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
    assert_eq!(resolve("-1y", "2024-02-29T00:00:00Z"), "2023-02-28T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
}

#[test]
fn the_past_is_rounded_to_the_start_of_the_unit() {
    means("-1d@d", "2024-02-27T00:00:00Z");
    means("-0d@d", "2024-02-28T00:00:00Z");
    means("-6h@h", "2024-02-28T07:00:00Z");
    means("-1m@m", "2024-02-28T13:44:00Z");
    means("-1s@s", "2024-02-28T13:45:29Z");
    means("-0d@w", "2024-02-26T00:00:00Z");
    means("-1mon@mon", "2024-01-01T00:00:00Z");
    means("-2mon@y", "2023-01-01T00:00:00Z");
    means("-1y@y", "2023-01-01T00:00:00Z");
}

#[test]
fn the_future_is_rounded_to_the_end_of_the_unit() {
    means("0d@d", "2024-02-29T00:00:00Z");
    means("1d@d", "2024-03-01T00:00:00Z");
    means("+6h@h", "2024-02-28T20:00:00Z");
    means("0@m", "2024-02-28T13:46:00Z");
    means("0s@s", "2024-02-28T13:45:31Z");
    means("0d@w", "2024-03-04T00:00:00Z");
    means("0d@mon", "2024-03-01T00:00:00Z");
    means("10mon@mon", "2025-01-01T00:00:00Z");
    means("0d@y", "2025-01-01T00:00:00Z");
}

#[test]
fn what_is_no_time_is_told_apart() {
    for text in ["", "yesterday", "@d", "-", "-h", "-@d", "nan", "inf", "2024-13-01", "-1.5h", "1d@d@d"] {
        assert_eq!(resolved(text), Err(NotATime::Unreadable), "{text}");
    }
    for text in ["-1x", "-1d@", "-1d@x"] {
        assert_eq!(resolved(text), Err(NotATime::UnknownUnit), "{text}");
    }
    for text in
        ["-2024y", "8000y", "1e300", "99999999999999999999d", "-9223372036854775807s", "99999999999mon", "-9999999"]
    {
        assert_eq!(resolved(text), Err(NotATime::OutOfRange), "{text}");
    }
}

#[test]
fn json_text_and_numbers_are_read_and_nothing_else() {
    let read = |json: &str| serde_json::from_str::<When>(json);
    assert_eq!(read("\"-6h\"").unwrap(), "-6h".parse().unwrap());
    assert_eq!(read("-1").unwrap(), When::days_from_now(-1.0));
    assert_eq!(read("2").unwrap(), When::days_from_now(2.0));
    assert_eq!(read("-0.5").unwrap(), When::days_from_now(-0.5));
    assert!(read("true").is_err());
    assert!(read("\"soon\"").unwrap_err().to_string().contains("RFC 3339"));
}

#[test]
fn a_span_ends_now_and_is_so_long_unless_the_caller_says_otherwise() {
    let day = TimeDelta::days(1);
    let when = |text: &str| Some(text.parse::<When>().unwrap());
    let span = |start, end| Span::resolve(start, end, day, now());
    let last_day = span(None, None).unwrap();
    assert_eq!((last_day.end(), last_day.length()), (now(), day));
    assert_eq!(span(when("-6h"), None).unwrap().length(), TimeDelta::hours(6));
    assert_eq!(
        span(None, when("2024-02-01")).unwrap().start(),
        "2024-01-31T00:00:00Z".parse::<DateTime<Utc>>().unwrap()
    );
    assert_eq!(span(when("-2d@d"), when("-1d@d")).unwrap().length(), day);
    assert_eq!(span(when("1h"), None), Err(NotATime::EndBeforeStart));
    assert_eq!(span(None, when("0001-01-01")), Err(NotATime::OutOfRange));
}

proptest! {
    #[test]
    fn no_text_and_no_moment_makes_it_panic(text in "[+-]?[0-9]{0,20} ?(y|mon|w|d|h|m|s)?(@(y|mon|w|d|h|m|s))?|\\PC{0,12}", seconds in any::<i64>()) {
        let now = DateTime::from_timestamp(seconds % 300_000_000_000, 0).unwrap_or_default();
        if let Ok(when) = text.parse::<When>() {
            let _ = when.resolve(now);
            let _ = Span::resolve(Some(when), None, TimeDelta::MAX, now);
            let _ = Span::resolve(None, Some(when), TimeDelta::MAX, now);
        }
    }

    #[test]
    fn rounding_brackets_the_instant(amount in 0_i64..2000, unit in "(mon|w|d|h|m|s)", to in "(y|mon|w|d|h|m|s)") {
        let back = format!("-{amount}{unit}");
        let unrounded = back.parse::<When>().unwrap().resolve(now()).unwrap();
        let start = format!("{back}@{to}").parse::<When>().unwrap().resolve(now()).unwrap();
        // From the instant itself, nothing on: its own unit ends after it, where the next begins.
        let end = format!("0d@{to}").parse::<When>().unwrap().resolve(unrounded).unwrap();
        prop_assert!(start <= unrounded && unrounded < end);
        prop_assert_eq!(format!("-0d@{to}").parse::<When>().unwrap().resolve(end).unwrap(), end);
        prop_assert_eq!(format!("-0d@{to}").parse::<When>().unwrap().resolve(end - TimeDelta::nanoseconds(1)).unwrap(), start);
    }
}
