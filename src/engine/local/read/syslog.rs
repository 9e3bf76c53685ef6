//! Lines of syslog as Sentinel's `Syslog`, and the events in CEF among them as its `CommonSecurityLog`.
//!
//! RFC 5424, RFC 3164 and what daemons write to `/var/log`. A line that says no year is of the year in which the file was
//! last written, or of the one before.

use std::{io::BufRead, time::SystemTime};

use chrono::{DateTime, Datelike as _, Months, NaiveDateTime, Utc};
use model::{Column, ColumnType, Rows, Table, Value};

use super::{cef, lines};
use crate::local::convert::{PART, ReadError, Take};

/// The names that Sentinel has for the parts of a line.
const COLUMNS: [(&str, ColumnType); 8] = [
    ("TimeGenerated", ColumnType::Datetime),
    ("Computer", ColumnType::String),
    ("HostName", ColumnType::String),
    ("Facility", ColumnType::String),
    ("SeverityLevel", ColumnType::String),
    ("ProcessName", ColumnType::String),
    ("ProcessID", ColumnType::Int),
    ("SyslogMessage", ColumnType::String),
];

/// RFC 5424, table 1, as syslog.conf writes them.
const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp",
    "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
];
/// RFC 5424, table 2.
const SEVERITIES: [&str; 8] = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

/// Whether a line is of syslog, or an event in CEF.
pub(in crate::local) fn is_event(line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(line);
    Message::read(&line, None).is_some() || extract::cef::read(&line).is_some()
}

/// Reads all lines; how many are neither.
pub(in crate::local) fn lines(
    input: &mut dyn BufRead,
    modified: Option<SystemTime>,
    take: Take<'_>,
) -> Result<usize, ReadError> {
    let written = modified.map(DateTime::<Utc>::from);
    let (mut messages, mut events) = (Messages::default(), cef::Events::default());
    let mut skipped = 0;
    let mut line = Vec::new();
    while lines::next(input, &mut line)? {
        let text = String::from_utf8_lossy(&line);
        if text.trim().is_empty() {
            continue;
        }
        let message = Message::read(&text, written);
        match extract::cef::read(&text) {
            Some(event) => events.add(&event, message.as_ref().and_then(|message| message.time)),
            None => match message {
                Some(message) => messages.add(&message),
                None => skipped += 1,
            },
        }
        if messages.count >= PART {
            take(None, std::mem::take(&mut messages).into_rows()?)?;
        }
        if events.count() >= PART {
            take(Some(cef::TABLE), std::mem::take(&mut events).into_rows())?;
        }
    }
    take(None, messages.into_rows()?)?;
    take(Some(cef::TABLE), events.into_rows())?;
    Ok(skipped)
}

struct Messages {
    columns: [Column; 8],
    count: usize,
}

impl Default for Messages {
    fn default() -> Self {
        Self { columns: COLUMNS.map(|(name, kind)| Column::new(name, kind)), count: 0 }
    }
}

impl Messages {
    fn add(&mut self, message: &Message<'_>) {
        let text = |text: Option<&'static str>| text.map_or(Value::Null, Into::into);
        let cells: [Value<'_>; 8] = [
            message.time.map_or(Value::Null, Value::Datetime),
            message.host.into(),
            message.host.into(),
            text(message.facility),
            text(message.severity),
            message.process.map_or(Value::Null, Into::into),
            message.process_id.map_or(Value::Null, Value::Long),
            message.text.into(),
        ];
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            // A process id that is none of 32 bits is missing.
            let _ = column.push(cell).or_else(|_| column.push(Value::Null));
        }
        self.count += 1;
    }

    fn into_rows(self) -> Result<Rows, ReadError> {
        Ok(Rows::of_table(Table::new(self.columns.into())?))
    }
}

/// What a line says.
#[derive(Debug, PartialEq)]
struct Message<'l> {
    time: Option<DateTime<Utc>>,
    host: &'l str,
    facility: Option<&'static str>,
    severity: Option<&'static str>,
    process: Option<&'l str>,
    process_id: Option<i64>,
    text: &'l str,
}

impl<'l> Message<'l> {
    fn read(line: &'l str, written: Option<DateTime<Utc>>) -> Option<Self> {
        let (priority, rest) = priority(line.trim_start());
        let facility = priority.and_then(|priority| FACILITIES.get(priority / 8)).copied();
        let severity = priority.and_then(|priority| SEVERITIES.get(priority % 8)).copied();
        if let Some(rest) = rest.strip_prefix("1 ") {
            return Self::read_structured(rest, facility, severity);
        }
        let (time, rest) = time(rest, written)?;
        let (host, rest) = rest.trim_start().split_once(' ')?;
        // `sshd[4123]: …`, `kernel: …`, or a message without a process.
        let (process, process_id, text) = match rest.split_once(": ").or_else(|| Some((rest.strip_suffix(':')?, ""))) {
            Some((tag, text)) if !tag.contains(char::is_whitespace) => {
                let (process, id) = tag.split_once('[').unwrap_or((tag, ""));
                (Some(process), id.trim_end_matches(']').parse().ok(), text)
            }
            _ => (None, None, rest),
        };
        Some(Self { time: Some(time), host, facility, severity, process, process_id, text })
    }

    /// RFC 5424: time, host, program, process, message id, structured data, message; `-` is nothing.
    fn read_structured(rest: &'l str, facility: Option<&'static str>, severity: Option<&'static str>) -> Option<Self> {
        let mut parts = rest.splitn(6, ' ');
        let mut next = || parts.next().map(|part| if part == "-" { "" } else { part });
        let (time, host, process, process_id, _, rest) = (next()?, next()?, next()?, next()?, next()?, next()?);
        let text = after_structured_data(rest).trim_start();
        Some(Self {
            time: DateTime::parse_from_rfc3339(time).ok().map(|time| time.to_utc()),
            host,
            facility,
            severity,
            process: Some(process).filter(|process| !process.is_empty()),
            process_id: process_id.parse().ok(),
            text: text.strip_prefix('\u{feff}').unwrap_or(text),
        })
    }
}

fn priority(line: &str) -> (Option<usize>, &str) {
    let read = || {
        let (number, rest) = line.strip_prefix('<')?.split_once('>')?;
        Some((number.parse().ok().filter(|number| *number < 192)?, rest))
    };
    read().map_or((None, line), |(number, rest)| (Some(number), rest))
}

/// What follows `[id a="b\]" …][…]`.
fn after_structured_data(text: &str) -> &str {
    let (mut inside, mut quoted, mut escaped) = (false, false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if inside => quoted = !quoted,
            '[' if !quoted => inside = true,
            ']' if !quoted => inside = false,
            _ if inside => {}
            _ => return text.get(at..).unwrap_or_default(),
        }
    }
    ""
}

/// The time at the beginning of a line, and the rest.
fn time(text: &str, written: Option<DateTime<Utc>>) -> Option<(DateTime<Utc>, &str)> {
    if let Some((first, rest)) = text.split_once(' ')
        && let Ok(time) = DateTime::parse_from_rfc3339(first)
    {
        return Some((time.to_utc(), rest));
    }
    let (stamp, rest) = (text.get(..15)?, text.get(15..)?);
    let written = written.unwrap_or(DateTime::UNIX_EPOCH);
    let in_year = |year: i32| NaiveDateTime::parse_from_str(&format!("{year} {stamp}"), "%Y %b %e %H:%M:%S").ok();
    // 29 February is no day of the year before a leap year, and so on.
    let this_year = in_year(written.year());
    let time = match this_year {
        // A day later than the last line can't be: clocks may differ by hours, but not by more.
        Some(time) if time.and_utc() > written + chrono::TimeDelta::days(1) => {
            in_year(written.year() - 1).or_else(|| time.checked_sub_months(Months::new(12)))?
        }
        Some(time) => time,
        None => in_year(written.year() - 1)?,
    };
    Some((time.and_utc(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Message<'_> {
        Message::read(line, Some("2026-01-02T00:00:00Z".parse().unwrap())).unwrap()
    }

    #[test]
    fn lines_of_the_three_forms_are_taken_apart() {
        let message = read("<86>Dec 31 23:59:58 host1 sshd[4123]: Accepted publickey for root: RSA");
        assert_eq!(message.time, "2025-12-31T23:59:58Z".parse().ok());
        assert_eq!((message.facility, message.severity), (Some("authpriv"), Some("info")));
        assert_eq!((message.host, message.process, message.process_id), ("host1", Some("sshd"), Some(4123)));
        assert_eq!(message.text, "Accepted publickey for root: RSA");

        let message = read("Jan  1 00:00:01 host1 kernel: audit: backlog limit exceeded");
        assert_eq!(message.time, "2026-01-01T00:00:01Z".parse().ok());
        assert_eq!((message.process, message.text), (Some("kernel"), "audit: backlog limit exceeded"));

        let message = read(r#"<165>1 2003-10-11T22:14:15.003Z host2 app - ID47 [x@32473 a="\"]"][y] the message"#);
        assert_eq!(message.time, "2003-10-11T22:14:15.003Z".parse().ok());
        assert_eq!((message.facility, message.severity), (Some("local4"), Some("notice")));
        assert_eq!((message.host, message.process, message.process_id), ("host2", Some("app"), None));
        assert_eq!(message.text, "the message");

        let message = read("2026-01-01T10:00:00.5+02:00 host3 something without a process");
        assert_eq!(message.time, "2026-01-01T08:00:00.5Z".parse().ok());
        assert_eq!((message.process, message.text), (None, "something without a process"));
    }

    #[test]
    fn a_line_without_a_time_is_none() {
        for line in ["", "hello world", "<34>", "<999>Oct 1", "Feb 30 00:00:00 host x: y", "ä".repeat(20).as_str()] {
            assert_eq!(Message::read(line, None), None, "{line}");
        }
    }
}
