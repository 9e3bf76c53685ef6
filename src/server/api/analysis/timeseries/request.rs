//! What callers ask of time series, and whether it makes sense before any row is looked at.

use analysis::{
    bins::{Aggregate, Filling},
    decomposition::{Mstl, Stl},
};
use model::{ColumnSpec, Rows};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{series::Method, written};
use crate::api::{
    analysis::{input::Names, span::Span},
    problem::Problem,
    tables::TakesRows,
};

/// More periods than anything has.
const MOST_PERIODS: usize = 10;

/// A table with a time and a value in each row.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct TimeseriesRequest {
    /// The rows, in any order.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub(super) rows: Option<Rows>,
    /// The types of the columns, where they are to be checked.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(super) columns: Option<Vec<ColumnSpec>>,
    /// The column with the times: instants, or seconds since 1970.
    #[schema(example = "TimeGenerated")]
    pub(super) time_column: String,
    /// The column with the numbers. Only for `"aggregate": "count"` it can be left out.
    #[serde(default)]
    #[schema(nullable = false, example = "TotalBytesSent")]
    pub(super) value_column: Option<String>,
    /// `stl` for one period, `mstl` for several.
    #[serde(default)]
    method: MethodName,
    /// Points in a period.
    #[serde(default = "period")]
    #[schema(default = 24, minimum = 2)]
    period: usize,
    /// For `mstl`: the points in each period; `period` and seven times as many when left out.
    #[serde(default)]
    #[schema(nullable = false, example = json!([24, 168]))]
    periods: Option<Vec<usize>>,
    /// Periods over which a season is smoothed: odd, at least 3. 7 for `stl` when left out; for `mstl` 11 for the shortest
    /// period and 4 more for each next.
    #[serde(default)]
    #[schema(nullable = false, minimum = 3, example = 7)]
    seasonal: Option<usize>,
    /// Keep outliers from bending season and trend.
    #[serde(default)]
    robust: bool,
    /// How many standard deviations of the residuals make an anomaly.
    #[serde(default = "threshold")]
    #[schema(default = 3.0, minimum = 0.0)]
    pub(super) score_threshold: f64,
    /// Put rows into bins of this width first: `1h`, `PT1H`, `01:00:00` or seconds. When left out, the rows of a series must
    /// be equally spaced, gaps aside.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "1h")]
    pub(super) bin: Option<Span>,
    /// What the rows of a bin become.
    #[serde(default)]
    pub(super) aggregate: AggregateName,
    /// What stands in for a bin, or for a gap, without a value.
    #[serde(default)]
    pub(super) fill: FillName,
    /// The columns that tell series apart.
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["Computer"]))]
    pub(super) group_by: Names,
}

impl TakesRows for TimeseriesRequest {
    fn take_rows(&mut self, rows: Rows) {
        self.rows = Some(rows);
    }
}

const fn period() -> usize {
    24
}

const fn threshold() -> f64 {
    3.0
}

/// How series are taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[schema(as = DecompositionMethod)]
#[serde(rename_all = "snake_case")]
pub(super) enum MethodName {
    #[default]
    Stl,
    Mstl,
}

/// What the rows of a bin become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[schema(as = BinAggregate)]
#[serde(rename_all = "snake_case")]
pub(super) enum AggregateName {
    #[default]
    Sum,
    Mean,
    Min,
    Max,
    Count,
}

/// What stands in for a bin without a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[schema(as = GapFilling)]
#[serde(rename_all = "snake_case")]
pub(super) enum FillName {
    /// 0: nothing happened.
    #[default]
    Zero,
    /// The straight line between its neighbours.
    Linear,
    /// What the bin before has.
    Previous,
}

impl TimeseriesRequest {
    /// Which method the parameters describe, each of which is looked at before any row.
    pub(super) fn method(&self) -> Result<Method, Problem> {
        if self.value_column.is_none() && self.aggregate != AggregateName::Count {
            return Err(Problem::invalid_at("/value_column", "missing field `value_column`"));
        }
        if !self.score_threshold.is_finite() || self.score_threshold < 0.0 {
            return Err(Problem::invalid_at("/score_threshold", "not a number from 0"));
        }
        let made = [&self.time_column].into_iter().chain(&self.value_column).chain(&self.group_by.0);
        if let Some(name) = made.into_iter().find(|name| written::is_made(name)) {
            return Err(Problem::invalid_at("", format!("the answer has a column {name:?} of its own: rename yours")));
        }
        if self.value_column.as_ref() == Some(&self.time_column) {
            return Err(Problem::invalid_at("/value_column", "this is the column with the times"));
        }
        if self.bin == Some(Span(0)) {
            return Err(Problem::invalid_at("/bin", "a bin is wider than nothing"));
        }
        if self.aggregate != AggregateName::default() && self.bin.is_none() {
            return Err(Problem::invalid_at("/aggregate", "rows are put together in bins only: `bin` is missing"));
        }
        if self.seasonal.is_some_and(|seasonal| seasonal < 3 || seasonal.is_multiple_of(2)) {
            return Err(Problem::invalid_at("/seasonal", "not an odd number of at least 3"));
        }
        if self.period < 2 {
            return Err(Problem::invalid_at("/period", "a period has at least 2 points"));
        }
        let robust = self.robust;
        match (self.method, &self.periods) {
            (MethodName::Stl, None) => {
                Ok(Method::Stl(Stl { period: self.period, seasonal: self.seasonal.unwrap_or(7), robust }))
            }
            (MethodName::Stl, Some(_)) => Err(Problem::invalid_at("/periods", "several periods are for `mstl`")),
            (MethodName::Mstl, periods) => {
                let periods = periods.clone().unwrap_or_else(|| vec![self.period, self.period.saturating_mul(7)]);
                if periods.is_empty() || periods.iter().any(|period| *period < 2) {
                    return Err(Problem::invalid_at("/periods", "a period has at least 2 points"));
                }
                if periods.len() > MOST_PERIODS {
                    return Err(Problem::too_many_items("/periods", periods.len(), MOST_PERIODS));
                }
                Ok(Method::Mstl(Mstl { periods, seasonal: self.seasonal, robust }))
            }
        }
    }
}

impl From<AggregateName> for Aggregate {
    fn from(name: AggregateName) -> Self {
        match name {
            AggregateName::Sum => Self::Sum,
            AggregateName::Mean => Self::Mean,
            AggregateName::Min => Self::Min,
            AggregateName::Max => Self::Max,
            AggregateName::Count => Self::Count,
        }
    }
}

impl From<FillName> for Filling {
    fn from(name: FillName) -> Self {
        match name {
            FillName::Zero => Self::Zero,
            FillName::Linear => Self::Linear,
            FillName::Previous => Self::Previous,
        }
    }
}
