//! From values to places on an axis, and the values that are written on it.

mod clock;

pub(crate) use clock::{instant_text, span_text};

/// From a least to a greatest value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Range {
    pub(crate) from: f64,
    pub(crate) to: f64,
}

impl Range {
    /// The range of values; none if there are no values.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        values.into_iter().fold(None, |range, value| match range {
            None => Some(Self { from: value, to: value }),
            Some(Self { from, to }) => Some(Self { from: from.min(value), to: to.max(value) }),
        })
    }

    pub(crate) const fn union(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), to: self.to.max(other.to) }
    }

    pub(crate) fn length(&self) -> f64 {
        self.to - self.from
    }

    /// A little longer at both ends. A single value gets `least` around it.
    pub(crate) fn padded(self, share: f64, least: f64) -> Self {
        let more = if self.length() > 0.0 { self.length() * share } else { least };
        Self { from: self.from - more, to: self.to + more }
    }
}

/// How values become places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Milliseconds since 1970.
    Time,
    Linear,
    Log,
}

/// Values along a line of pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Axis {
    pub(crate) scale: Scale,
    /// The values at its ends.
    pub(crate) values: Range,
    /// The pixel of the first value and that of the last.
    pub(crate) start: f64,
    pub(crate) end: f64,
}

/// A value that is written on an axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    pub(crate) at: f64,
    pub(crate) label: String,
    /// What the labels from here on have in common: the day of hours, the year of days.
    pub(crate) below: Option<String>,
}

impl Axis {
    /// The pixel of a value.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let Range { from, to } = self.values;
        let share = match self.scale {
            Scale::Time | Scale::Linear => (value - from) / (to - from),
            Scale::Log => (value.max(f64::MIN_POSITIVE) / from).ln() / (to / from).ln(),
        };
        // Far out is far out: what lies beyond any picture need not be told apart.
        let share = if share.is_finite() { share.clamp(-1e4, 1e4) } else { 0.0 };
        self.start + share * (self.end - self.start)
    }

    /// Round values, so far apart that their labels have room.
    pub(crate) fn ticks(&self, room: f64) -> Vec<Tick> {
        let most = ((self.end - self.start).abs() / room).clamp(1.0, 50.0);
        match self.scale {
            Scale::Time => clock::ticks(self.values, most),
            Scale::Linear => linear_ticks(self.values, most),
            Scale::Log => log_ticks(self.values, most),
        }
    }
}

/// The round step of which about so many fit into a length.
fn round_step(length: f64, most: f64) -> f64 {
    let rough = length / most;
    let power = 10_f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0];
    steps.into_iter().map(|step| step * power).find(|step| *step >= rough * 0.999).unwrap_or(rough)
}

/// A range from round value to round value.
pub(crate) fn rounded(range: Range, most: f64) -> Range {
    if range.length() <= 0.0 || !range.length().is_finite() {
        return range;
    }
    let step = round_step(range.length(), most);
    Range { from: (range.from / step).floor() * step, to: (range.to / step).ceil() * step }
}

fn linear_ticks(range: Range, most: f64) -> Vec<Tick> {
    if range.length() <= 0.0 || !range.length().is_finite() {
        return Vec::new();
    }
    let step = round_step(range.length(), most);
    let first = (range.from / step - 1e-9).ceil();
    let count = (range.to / step + 1e-9).floor() - first;
    let mut ticks = Vec::new();
    let mut index = 0.0;
    while index <= count && ticks.len() < 100 {
        let at = (first + index) * step;
        ticks.push(Tick { at, label: short_number(at, step), below: None });
        index += 1.0;
    }
    ticks
}

fn log_ticks(range: Range, most: f64) -> Vec<Tick> {
    let (first, last) = (range.from.log10().ceil(), range.to.log10().floor());
    let every = ((last - first) / most).ceil().max(1.0);
    let mut ticks = Vec::new();
    let mut power = first;
    while power <= last && ticks.len() < 100 {
        let at = 10_f64.powf(power);
        ticks.push(Tick { at, label: short_number(at, at), below: None });
        power += every;
    }
    ticks
}

/// A number for an axis: no more digits than the step between two needs, thousands as k, millions as M and so on.
fn short_number(value: f64, step: f64) -> String {
    let size = value.abs().max(step.abs());
    if size < 1e-4 && value != 0.0 {
        return format!("{value:e}");
    }
    let (unit, name) = [(1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]
        .into_iter()
        .find(|(unit, _)| size >= *unit * if *unit > 1e3 { 1.0 } else { 10.0 })
        .unwrap_or((1.0, ""));
    let decimals = (-(step / unit).log10().floor()).clamp(0.0, 6.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 6")]
    let text = format!("{:.*}", decimals as usize, value / unit);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" || text == "0" { "0".to_owned() } else { format!("{text}{name}") }
}

/// A number in words and hovers: thousands apart, few decimals.
pub(crate) fn number_text(value: f64) -> String {
    let size = value.abs();
    if size >= 1e15 || (size < 1e-4 && value != 0.0) {
        return format!("{value:e}");
    }
    let text = if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.4}") };
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let rest = rest.trim_end_matches('0');
    let digits: Vec<char> = whole.trim_start_matches('-').chars().collect();
    let mut grouped = String::from(if whole.starts_with('-') { "-" } else { "" });
    for (index, digit) in digits.iter().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(*digit);
    }
    if rest.is_empty() { grouped } else { format!("{grouped}.{rest}") }
}

/// A count of things: `1 event`, `1,200 events`.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
    let number = number_text(count as f64);
    format!("{number} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels(from: f64, to: f64, scale: Scale) -> Vec<String> {
        let axis = Axis { scale, values: Range { from, to }, start: 0.0, end: 400.0 };
        axis.ticks(80.0).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_are_round_and_short() {
        assert_eq!(labels(0.0, 10.0, Scale::Linear), ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(labels(0.0, 1.0, Scale::Linear), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(labels(0.0, 2.4e6, Scale::Linear), ["0", "500k", "1M", "1.5M", "2M"]);
        assert_eq!(labels(-3.0, 3.0, Scale::Linear), ["-2", "0", "2"]);
        assert_eq!(labels(0.001, 10.0, Scale::Log), ["0.001", "0.01", "0.1", "1", "10"]);
        assert_eq!(labels(1e-9, 1e-6, Scale::Log), ["1e-9", "1e-8", "1e-7", "1e-6"]);
    }

    #[test]
    fn numbers_and_counts_read_well() {
        for (value, text) in [(0.0, "0"), (1234.5, "1,234.5"), (-1e6, "-1,000,000"), (0.25, "0.25"), (1e-7, "1e-7")] {
            assert_eq!(number_text(value), text);
        }
        assert_eq!(counted(1, "event", "events"), "1 event");
        assert_eq!(counted(12_000, "event", "events"), "12,000 events");
    }

    proptest! {
        #[test]
        fn an_axis_bears_any_range(from in any::<f64>(), to in any::<f64>(), value in any::<f64>()) {
            for scale in [Scale::Linear, Scale::Log, Scale::Time] {
                let axis = Axis { scale, values: Range { from, to }, start: 0.0, end: 300.0 };
                prop_assert!(axis.ticks(60.0).len() <= 200);
                prop_assert!(axis.place(value).is_finite());
            }
        }
    }
}
