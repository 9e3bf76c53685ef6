//! The time about which a query's own text asks: what its first filters say of the table with which it begins.
//!
//! Only what is plain to see is taken, since objects that are left out cannot be missed: a table that stands in the text once,
//! and filters that compare its column of time with instants.

use chrono::{DateTime, TimeDelta, Utc};
use kql::{
    Functions, Literal,
    moment::read_datetime,
    tree::{BinaryOperator, Expr, ExprKind, Operator, Statement},
};
use model::{
    Span,
    table::{datetime_of_ticks, timespan_of_ticks},
};

/// Columns that say when a row happened, whatever the settings say.
const COLUMNS: [&str; 2] = ["TimeGenerated", "Timestamp"];

/// The engine's clock may be so much later than ours.
const SLACK: TimeDelta = TimeDelta::minutes(1);

/// Operators that may read a table without naming it.
const READERS: [&str; 3] = ["union", "search", "find"];

/// The table with which a query begins, and the time of the rows that it wants of it; none if the text does not say.
pub(super) fn asked_about<'c>(
    text: &str,
    functions: &Functions,
    now: DateTime<Utc>,
    time_column: impl Fn(&str) -> Option<&'c str>,
) -> Option<(String, Span)> {
    let query = kql::parse(text).ok()?;
    let mut queries = query.statements.iter().filter_map(|statement| match statement {
        Statement::Query(pipe) => Some(pipe),
        _ => None,
    });
    let (pipe, None) = (queries.next()?, queries.next()) else { return None };
    let ExprKind::Name(table) = &pipe.source.as_ref()?.kind else { return None };
    let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let is_read_again = |word: &str| word == &*table.text || READERS.contains(&word) || functions.find(word).is_some();
    if words.by_ref().filter(|word| is_read_again(word)).count() != 1 {
        return None;
    }
    let is_time = |name: &str| COLUMNS.contains(&name) || time_column(&table.text) == Some(name);
    let mut bounds = Bounds { start: DateTime::<Utc>::MIN_UTC, end: DateTime::<Utc>::MAX_UTC };
    for step in &pipe.steps {
        let Operator::Filter(filter) = &step.operator else { break };
        bounds.narrow(&filter.condition, now, &is_time);
    }
    let says_nothing = bounds.start == DateTime::<Utc>::MIN_UTC && bounds.end == DateTime::<Utc>::MAX_UTC;
    let span = Span::between(bounds.start, bounds.end).ok().filter(|_| !says_nothing)?;
    Some((table.text.to_string(), span))
}

struct Bounds {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Bounds {
    /// What a condition says, if it is a comparison, or several of which all must hold.
    fn narrow(&mut self, condition: &Expr, now: DateTime<Utc>, is_time: &impl Fn(&str) -> bool) {
        let is_column = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(name) if is_time(&name.text));
        match &condition.kind {
            ExprKind::And(all) => all.iter().for_each(|one| self.narrow(one, now, is_time)),
            ExprKind::Binary { operator, left, right } => {
                use BinaryOperator::{Greater, GreaterOrEqual, Less, LessOrEqual};
                let (is_flipped, other) = match (is_column(left), is_column(right)) {
                    (true, false) => (false, right),
                    (false, true) => (true, left),
                    _ => return,
                };
                let Some(instant) = instant(other, now) else { return };
                match (operator, is_flipped) {
                    (Greater | GreaterOrEqual, false) | (Less | LessOrEqual, true) => self.from(instant),
                    (Less | LessOrEqual, false) | (Greater | GreaterOrEqual, true) => self.until(instant),
                    _ => {}
                }
            }
            ExprKind::Between { negated: false, value, low, high } if is_column(value) => {
                let Some(start) = instant(low, now) else { return };
                self.from(start);
                let end = instant(high, now).or_else(|| start.checked_add_signed(length(high)?));
                end.into_iter().for_each(|end| self.until(end));
            }
            _ => {}
        }
    }

    fn from(&mut self, start: DateTime<Utc>) {
        self.start = self.start.max(start);
    }

    fn until(&mut self, end: DateTime<Utc>) {
        self.end = self.end.min(end.checked_add_signed(SLACK).unwrap_or(end));
    }
}

/// An instant that can be said without any row.
fn instant(expr: &Expr, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match &expr.kind {
        ExprKind::Literal(Literal::Datetime(ticks)) => datetime_of_ticks(*ticks),
        ExprKind::Call { function, arguments } => match (&*function.text, arguments.as_slice()) {
            ("now", []) => Some(now),
            ("now", [offset]) => now.checked_add_signed(length(&offset.expr)?),
            ("ago", [back]) => now.checked_sub_signed(length(&back.expr)?),
            ("todatetime", [text]) => match &text.expr.kind {
                ExprKind::Literal(text) => datetime_of_ticks(read_datetime(text.as_str()?)?),
                _ => None,
            },
            _ => None,
        },
        ExprKind::Binary { operator: BinaryOperator::Add, left, right } => {
            instant(left, now)?.checked_add_signed(length(right)?)
        }
        ExprKind::Binary { operator: BinaryOperator::Subtract, left, right } => {
            instant(left, now)?.checked_sub_signed(length(right)?)
        }
        _ => None,
    }
}

/// A length of time.
fn length(expr: &Expr) -> Option<TimeDelta> {
    match &expr.kind {
        ExprKind::Literal(Literal::Timespan(ticks)) => Some(timespan_of_ticks(*ticks)),
        ExprKind::Negative(length_of) => length(length_of)?.checked_mul(-1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn asked(text: &str) -> Option<(String, String, String)> {
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        let mut functions = Functions::default();
        functions.insert(kql::StoredFunction::of_parts("Kept", "", "T").unwrap());
        let (table, span) = asked_about(text, &functions, now, |table| (table == "T").then_some("EventTime"))?;
        let is_any = |time: DateTime<Utc>| time == DateTime::<Utc>::MIN_UTC || time == DateTime::<Utc>::MAX_UTC;
        let written =
            |time: DateTime<Utc>| if is_any(time) { "any".to_owned() } else { time.format("%dT%H:%M").to_string() };
        Some((table, written(span.start()), written(span.end())))
    }

    #[test]
    fn first_filters_on_the_column_of_time_say_which_time_is_meant() {
        for (text, start, end) in [
            ("T | where TimeGenerated > ago(1d) | count", "23T12:00", "any"),
            (
                "T | where TimeGenerated >= datetime(2026-11-20) and Timestamp < datetime(2026-11-21 06:00)",
                "20T00:00",
                "21T06:01",
            ),
            ("T | where a == 1 | where ago(2h) <= EventTime | summarize count() by b", "24T10:00", "any"),
            ("T | where TimeGenerated between (datetime(2026-11-20) .. 1d) | take 1", "20T00:00", "21T00:01"),
            ("T | where TimeGenerated between (ago(2d) .. ago(1d))", "22T12:00", "23T12:01"),
            ("T | where TimeGenerated > now() - 1h | where TimeGenerated > now(-30m)", "24T11:30", "any"),
            ("let x = 1; T | where TimeGenerated <= todatetime('2026-11-20') | join (U) on a", "any", "20T00:01"),
        ] {
            let expected = Some(("T".to_owned(), start.to_owned(), end.to_owned()));
            assert_eq!(asked(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_plain_to_see_says_nothing() {
        for text in [
            "T",
            "T | count | where TimeGenerated > ago(1d)",
            "T | extend TimeGenerated = now() | where TimeGenerated > ago(1d)",
            "T | where TimeGenerated > ago(1d) or a == 1",
            "T | where not(TimeGenerated > ago(1d))",
            "T | where TimeGenerated !between (ago(2d) .. ago(1d))",
            "T | where other > ago(1d)",
            "T | where TimeGenerated > start",
            "T | where TimeGenerated == ago(1d)",
            "T | where TimeGenerated > ago(1d) | join (T) on a",
            "T | where TimeGenerated > ago(1d) | union U*",
            "T | where TimeGenerated > ago(1d) | join Kept on a",
            "union T, U | where TimeGenerated > ago(1d)",
            "T | where TimeGenerated > ago(1d); T | count",
            "let T = U; T | where TimeGenerated > ago(1d)",
            "T | where TimeGenerated > ago(1d) and TimeGenerated < ago(3d)",
            "not a query |",
        ] {
            assert_eq!(asked(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_instant_breaks_it(ticks in any::<i64>(), days in any::<i32>()) {
            let _ = (datetime_of_ticks(ticks), timespan_of_ticks(ticks));
            let _ = asked(&format!("T | where TimeGenerated > ago({days}d) and TimeGenerated < now({days}d)"));
        }
    }
}
