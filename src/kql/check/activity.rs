//! Plugins over a timeline: which columns they give.

use model::ColumnType::{self, Datetime, Int, Long, Real, Timespan};

use super::{Done, plugin::column};
use crate::{
    Literal,
    checked::{Argument, Column, Evaluate, Plugin, Schema},
    mistake::{What, Wrong},
    place::Span,
};

/// The periods, the columns that divide the rows, the numbers.
pub(super) fn activity_columns(made: &Evaluate, schema: &Schema, span: Span) -> Done<Vec<Column>> {
    let (constants, numbers): (usize, &[(&str, ColumnType)]) = match made.plugin {
        Plugin::ActiveUsersCount => (6, &[("dcount", Long)]),
        Plugin::ActivityCountsMetrics => {
            (3, &[("count", Long), ("dcount", Long), ("new_dcount", Long), ("aggregated_dcount", Long)])
        }
        Plugin::ActivityEngagement => {
            (4, &[("dcount_activities_inner", Long), ("dcount_activities_outer", Long), ("activity_ratio", Real)])
        }
        Plugin::ActivityMetrics => {
            (3, &[("dcount_values", Long), ("dcount_newvalues", Long), ("retention_rate", Real), ("churn_rate", Real)])
        }
        Plugin::NewActivityMetrics => (
            3,
            &[
                ("dcount_new_values", Long),
                ("dcount_retained_values", Long),
                ("dcount_churn_values", Long),
                ("retention_rate", Real),
                ("churn_rate", Real),
            ],
        ),
        Plugin::SessionCount => (4, &[("count_sessions", Long)]),
        _ => (4, &[("Count", Long), ("Dcount", Long)]),
    };
    let own = constants + 2;
    if made.arguments.len() < own {
        let expected = format!("at least {own}").into();
        return Err(Wrong::new(What::WrongCount { expected, found: made.arguments.len() }, span));
    }
    let cohort = usize::from(
        made.plugin == Plugin::NewActivityMetrics
            && made.arguments.get(own).is_some_and(|given| column(given).is_none()),
    );
    let timeline = of_column(made, schema, 1, span)?;
    of_column(made, schema, 0, span)?;
    if !matches!(timeline.column_type, Datetime | Timespan | Long | Int) {
        return Err(Wrong::new(What::Mismatch(Datetime, timeline.column_type), span));
    }
    if (2..own).any(|place| made.arguments.get(place).is_some_and(|given| column(given).is_some())) {
        return Err(Wrong::expected("a constant", span));
    }
    let times = match made.plugin {
        Plugin::NewActivityMetrics => vec![
            Column::new(format!("from_{}", timeline.name), timeline.column_type),
            Column::new(format!("to_{}", timeline.name), timeline.column_type),
        ],
        _ => vec![timeline],
    };
    let groups = (own + cohort..made.arguments.len())
        .map(|place| of_column(made, schema, place, span))
        .collect::<Done<Vec<_>>>()?;
    let numbers = numbers.iter().map(|(name, column_type)| Column::new(*name, *column_type));
    Ok(times.into_iter().chain(groups).chain(numbers).collect())
}

/// The bins, the columns that divide the rows, the percentile.
pub(super) fn rolling_columns(made: &Evaluate, schema: &Schema, span: Span) -> Done<Vec<Column>> {
    if made.arguments.len() < 5 {
        return Err(Wrong::new(What::WrongCount { expected: "at least 5".into(), found: made.arguments.len() }, span));
    }
    let (value, index) = (of_column(made, schema, 0, span)?, of_column(made, schema, 2, span)?);
    let groups =
        (5..made.arguments.len()).map(|place| of_column(made, schema, place, span)).collect::<Done<Vec<_>>>()?;
    let written = |place: usize| match made.arguments.get(place).map(number) {
        Some(Some(number)) => Ok(number),
        _ => Err(Wrong::expected("a number", span)),
    };
    let name = format!("rolling_{}_percentile_{}_{}", written(4)?, value.name, written(1)?);
    Ok(std::iter::once(index).chain(groups).chain([Column::new(name, value.column_type)]).collect())
}

/// A constant number as text.
fn number(argument: &Argument) -> Option<String> {
    let Argument::Expr(expr) = argument else { return None };
    match expr.literal()? {
        Literal::Real(number) => Some(number.to_string()),
        literal => literal.as_i64().map(|number| number.to_string()),
    }
}

fn of_column(made: &Evaluate, schema: &Schema, place: usize, span: Span) -> Done<Column> {
    let found = made.arguments.get(place).and_then(column).and_then(|place| schema.get(place));
    found.cloned().ok_or_else(|| Wrong::expected("a column", span))
}
