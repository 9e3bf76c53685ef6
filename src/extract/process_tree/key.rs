//! The key of a process: `name|number|time`, in lower case, with the time to 10 microseconds; and numbers of processes.

use std::num::IntErrorKind;

use chrono::Datelike as _;
use model::{Value, table::datetime_of_ticks};

use super::intern::Names;

/// How a number of a process is written.
const HEX: u64 = 1 << 62;
/// It is no number: the rest counts texts.
const TEXT: u64 = 1 << 63;

/// The number of a process: decimal, hexadecimal, or a text such as a GUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pid(u64);

impl Pid {
    /// Reads a cell; none if it says nothing.
    pub(super) fn read(cell: &Value<'_>, names: &mut Names) -> Option<Self> {
        match cell {
            Value::Long(number) => u64::try_from(*number).ok().filter(|number| *number < HEX).map(Self),
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range and whole")]
            Value::Real(number) => {
                (number.fract() == 0.0 && (0.0..9e15).contains(number)).then_some(Self(*number as u64))
            }
            Value::Null | Value::Bool(_) => None,
            cell => Self::of_text(cell.to_text().trim(), names),
        }
    }

    fn of_text(text: &str, names: &mut Names) -> Option<Self> {
        let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
        let parsed = match hex {
            Some(digits) => u64::from_str_radix(digits, 16).map(|number| number | HEX),
            None => text.parse::<u64>().or_else(|error| match text.parse::<f64>() {
                // What other programs write for whole numbers in a column with gaps.
                Ok(number) if number.fract() == 0.0 && (0.0..9e15).contains(&number) =>
                {
                    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range and whole")]
                    Ok(number as u64)
                }
                _ => Err(error),
            }),
        };
        match parsed {
            Ok(number) if number & TEXT == 0 => Some(Self(number)),
            Err(error) if *error.kind() == IntErrorKind::Empty => None,
            _ if matches!(text, "-" | "N/A" | "null" | "nan" | "None") => None,
            _ => Some(Self(u64::from(names.lower(text)) | TEXT)),
        }
    }

    /// The same however it is written: `0x10` is 16.
    pub(super) const fn identity(self) -> u64 {
        self.0 & !HEX
    }

    /// As a cell.
    pub(super) fn to_value(self, names: &Names) -> Value<'static> {
        if self.0 & (TEXT | HEX) == 0 {
            i64::try_from(self.0).map_or(Value::Null, Value::Long)
        } else {
            let mut text = String::new();
            self.write(names, &mut text);
            text.into()
        }
    }

    pub(super) fn write(self, names: &Names, out: &mut String) {
        if self.0 & TEXT != 0 {
            out.push_str(u32::try_from(self.0 & !TEXT).ok().and_then(|number| names.text(number)).unwrap_or_default());
        } else if self.0 & HEX != 0 {
            out.push_str("0x");
            let number = self.0 & !HEX;
            let places = (u64::BITS - number.leading_zeros()).div_ceil(4).max(1);
            let digit =
                |place| u32::try_from(number >> (4 * place) & 0xf).ok().and_then(|digit| char::from_digit(digit, 16));
            out.extend((0..places).rev().filter_map(digit));
        } else if let Ok(small) = u32::try_from(self.0) {
            digits(small, 1, out);
        } else {
            out.push_str(&self.0.to_string());
        }
    }
}

/// The time in a key: to 10 microseconds, half to even.
pub(super) fn rounded(ticks: i64) -> i64 {
    let (tens, rest) = (ticks.div_euclid(100), ticks.rem_euclid(100));
    let up = rest > 50 || rest == 50 && tens.rem_euclid(2) == 1;
    (tens + i64::from(up)).saturating_mul(100)
}

/// Writes keys of processes. Many in a row are of the same day, whose date is then written once.
#[derive(Debug, Default)]
pub(super) struct KeyWriter {
    day: Option<i64>,
    date: String,
}

impl KeyWriter {
    /// Writes the key of a process.
    pub(super) fn write(&mut self, name: &str, pid: Pid, ticks: i64, names: &Names, out: &mut String) {
        out.push_str(name);
        out.push('|');
        pid.write(names, out);
        out.push('|');
        let micros = rounded(ticks) / 10;
        let (day, clock) = (micros.div_euclid(MICROS_PER_DAY), micros.rem_euclid(MICROS_PER_DAY));
        if self.day != Some(day) {
            let Some(instant) = datetime_of_ticks((day * MICROS_PER_DAY).saturating_mul(10)) else { return };
            self.day = Some(day);
            self.date.clear();
            digits(u32::try_from(instant.year()).unwrap_or_default(), 4, &mut self.date);
            for number in [instant.month(), instant.day()] {
                self.date.push('-');
                digits(number, 2, &mut self.date);
            }
        }
        out.push_str(&self.date);
        let (seconds, micros) = (clock / 1_000_000, clock % 1_000_000);
        let [[a, b], [c, d], [e, f]] = [seconds / 3_600, seconds / 60 % 60, seconds % 60].map(pair);
        let [[g, h], [i, j], [k, l]] = [micros / 10_000, micros / 100 % 100, micros % 100].map(pair);
        let clock = [b' ', a, b, b':', c, d, b':', e, f, b'.', g, h, i, j, k, l];
        out.push_str(std::str::from_utf8(&clock).unwrap_or_default());
    }
}

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Two digits of a number below a hundred.
fn pair(number: i64) -> [u8; 2] {
    [number / 10, number % 10].map(|digit| b'0' + u8::try_from(digit).unwrap_or_default())
}

/// A number with leading zeros. Several times as fast as the formatter, which matters where there are so many a row.
pub(super) fn digits(number: u32, width: usize, out: &mut String) {
    let mut text = [b'0'; 10];
    let mut rest = number;
    let mut used = 0;
    for digit in text.iter_mut().rev() {
        if rest == 0 {
            break;
        }
        // One digit.
        *digit += u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        used += 1;
    }
    let from = text.len() - used.max(width.min(text.len()));
    out.push_str(text.get(from..).and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(cell: impl Into<Value<'static>>) -> Option<String> {
        let mut names = Names::default();
        let pid = Pid::read(&cell.into(), &mut names)?;
        let mut out = String::new();
        pid.write(&names, &mut out);
        Some(out)
    }

    #[test]
    fn numbers_are_written_as_their_log_writes_them() {
        for (cell, expected) in [
            (Value::from("0xDA4"), Some("0xda4")),
            ("0x0".into(), Some("0x0")),
            ("0x2fffffffffffffff".into(), Some("0x2fffffffffffffff")),
            ("3492".into(), Some("3492")),
            (22536.0.into(), Some("22536")),
            ("22536.0".into(), Some("22536")),
            (4_i64.into(), Some("4")),
            ("{2F1A}".into(), Some("{2f1a}")),
            ("".into(), None),
            (" ".into(), None),
            ("N/A".into(), None),
            (Value::Null, None),
            ((-1_i64).into(), None),
            (1.5.into(), None),
        ] {
            assert_eq!(written(cell.clone()).as_deref(), expected, "{cell:?}");
        }
        let mut names = Names::default();
        let mut read = |text: &'static str| Pid::read(&text.into(), &mut names).unwrap().identity();
        assert_eq!(read("0x10"), read("16"));
        assert_ne!(read("{10}"), read("16"));
    }

    #[test]
    fn a_key_is_name_number_and_time() {
        let names = Names::default();
        let key = |ticks| {
            let mut out = String::new();
            KeyWriter::default().write("a.exe", Pid(7), ticks, &names, &mut out);
            out
        };
        assert_eq!(key(0), "a.exe|7|1970-01-01 00:00:00.000000");
        assert_eq!(key(15_614_906_780_170_049), "a.exe|7|2019-06-25 19:24:38.017000");
        assert_eq!(key(15_614_906_780_170_051), "a.exe|7|2019-06-25 19:24:38.017010");
        assert_eq!(key(-1_000), "a.exe|7|1969-12-31 23:59:59.999900");
        assert_eq!((rounded(50), rounded(150), rounded(-50)), (0, 200, 0));
    }
}
