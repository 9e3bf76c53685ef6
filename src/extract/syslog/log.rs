//! Raw lines of syslog: `Jul  8 16:08:01 host sudo[123]: message` (RFC 3164), or the same with a time as in RFC 3339.

use chrono::{DateTime, NaiveDateTime, Utc};

use super::{Entries, Entry, Line, message::Message};

/// Reads a log. Lines of the old form do not say in which year they were written.
pub fn read_log(text: &str, year: i32) -> Entries<'_> {
    let mut entries = Entries::default();
    for (row, line) in text.lines().enumerate() {
        let Some(parts) = Parts::of(line, year) else {
            // A line about something else is nobody's mistake.
            if Message::read(line).is_some() {
                entries.unreadable.push(row);
            }
            continue;
        };
        if let Some(message) = Message::read(parts.message) {
            let host = Some(entries.hosts.number(parts.host.into()));
            let line = Line { time: parts.time, host, process_id: parts.process_id, row };
            entries.entries.push(Entry { line, rank: message.rank(), text: parts.message });
        }
    }
    entries
}

struct Parts<'t> {
    time: DateTime<Utc>,
    host: &'t str,
    process_id: Option<i64>,
    message: &'t str,
}

impl<'t> Parts<'t> {
    fn of(line: &'t str, year: i32) -> Option<Self> {
        // A priority may stand before everything: `<86>`.
        let line = line.strip_prefix('<').and_then(|rest| rest.split_once('>')).map_or(line, |(_, rest)| rest);
        let (time, rest) = old_time(line, year).or_else(|| new_time(line))?;
        let (host, rest) = rest.trim_start().split_once(' ')?;
        let (tag, message) = rest.split_once(": ")?;
        let process_id = tag.split_once('[').and_then(|(_, rest)| rest.strip_suffix(']')?.parse().ok());
        Some(Self { time, host, process_id, message: message.trim() })
    }
}

fn old_time(line: &str, year: i32) -> Option<(DateTime<Utc>, &str)> {
    let (time, rest) = line.split_at_checked("Jul  8 16:08:01".len())?;
    let time = NaiveDateTime::parse_from_str(&format!("{year} {time}"), "%Y %b %e %H:%M:%S").ok()?;
    Some((time.and_utc(), rest))
}

fn new_time(line: &str) -> Option<(DateTime<Utc>, &str)> {
    let (time, rest) = line.split_once(' ')?;
    Some((DateTime::parse_from_rfc3339(time).ok()?.to_utc(), rest))
}
