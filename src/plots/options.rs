//! What a caller can say about a picture.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{PlotError, kind::Kind};

/// The least and most pixels of a side before scaling.
const SIDE: (u32, u32) = (200, 4_000);
/// Reference lines in one picture.
const MOST_REF_TIMES: usize = 100;

/// Everything that can be said. What is left out is chosen from the table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Options {
    /// The column with the time of an event.
    pub time_column: Option<String>,
    /// The column with the time at which it ended.
    pub end_time_column: Option<String>,
    /// The columns whose values make the groups.
    pub group_by: Vec<String>,
    /// The column with the value to show.
    pub value_column: Option<String>,
    /// The column across (matrix), or of the sources (network).
    pub x: Option<String>,
    /// The column down (matrix), or of the targets (network).
    pub y: Option<String>,
    /// The column whose values choose the colours.
    pub color_by: Option<String>,
    /// The column with texts that stand beside marks or edges.
    pub label_column: Option<String>,
    /// The columns that are shown on hover.
    pub source_columns: Vec<String>,
    /// The column of which each value gets a plot of its own.
    pub facet_by: Option<String>,
    /// Times that are marked by a line.
    pub ref_times: Vec<RefTime>,
    /// How values are drawn.
    pub style: Vec<Style>,
    /// Whether values are drawn on a logarithmic scale.
    pub log_scale: Option<bool>,
    /// The column with the expected value.
    pub baseline_column: Option<String>,
    /// The column that is 1 or -1 where there is an anomaly.
    pub anomaly_column: Option<String>,
    /// The score from which a value is an anomaly: the width of the band.
    pub score_threshold: Option<f64>,
    /// What a cell of the matrix says.
    pub aggregate: Option<Aggregate>,
    /// Whether rare pairs are drawn large.
    pub invert: Option<bool>,
    /// The order of the columns of the matrix.
    pub sort_x: Option<Sort>,
    /// The order of the rows of the matrix.
    pub sort_y: Option<Sort>,
    /// How nodes are laid out.
    pub layout: Option<Layout>,
    /// The column with degrees north.
    pub latitude_column: Option<String>,
    /// The column with degrees east.
    pub longitude_column: Option<String>,
    /// The column with ISO 3166-1 alpha-2 codes of countries.
    pub country_column: Option<String>,
    /// The column with addresses. Whoever draws has located them: here it only says what the rows are.
    pub ip_column: Option<String>,
    /// What the picture is called.
    pub title: Option<String>,
    /// Pixels from left to right, before scaling.
    pub width: Option<u32>,
    /// Pixels from top to bottom, before scaling.
    pub height: Option<u32>,
    /// Light or dark.
    pub theme: Theme,
}

/// A moment that is marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefTime {
    /// When.
    pub time: DateTime<Utc>,
    /// What it is called.
    pub label: Option<String>,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Dark on white.
    #[default]
    Light,
    /// Light on nearly black.
    Dark,
}

/// How values over time are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// A thin bar from zero.
    Bar,
    /// A circle.
    Circle,
    /// A line from value to value.
    Line,
    /// Circles on a logarithmic scale, the lowest of them picked out: how likely sessions are.
    Likelihood,
}

/// What a cell of the matrix says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// How many rows have the pair.
    #[default]
    Count,
    /// The sum of `value_column`.
    Sum,
    /// How many different values `value_column` has.
    Distinct,
    /// Whether there is such a row.
    Presence,
}

/// An order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// As they come in the table.
    #[default]
    Data,
    /// By name.
    Asc,
    /// By name, backwards.
    Desc,
    /// By total, the greatest first.
    Total,
}

/// How nodes are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// What is connected draws together.
    #[default]
    Force,
    /// On a circle.
    Circular,
    /// Sources on the left, targets on the right.
    Bipartite,
}

impl Options {
    /// Which options were given, by name.
    fn given(&self) -> Vec<&'static str> {
        let mut given = Vec::new();
        let mut note = |name, is_given: bool| given.extend(is_given.then_some(name));
        note("time_column", self.time_column.is_some());
        note("end_time_column", self.end_time_column.is_some());
        note("group_by", !self.group_by.is_empty());
        note("value_column", self.value_column.is_some());
        note("x", self.x.is_some());
        note("y", self.y.is_some());
        note("color_by", self.color_by.is_some());
        note("label_column", self.label_column.is_some());
        note("source_columns", !self.source_columns.is_empty());
        note("facet_by", self.facet_by.is_some());
        note("ref_times", !self.ref_times.is_empty());
        note("style", !self.style.is_empty());
        note("log_scale", self.log_scale.is_some());
        note("baseline_column", self.baseline_column.is_some());
        note("anomaly_column", self.anomaly_column.is_some());
        note("score_threshold", self.score_threshold.is_some());
        note("aggregate", self.aggregate.is_some());
        note("invert", self.invert.is_some());
        note("sort_x", self.sort_x.is_some());
        note("sort_y", self.sort_y.is_some());
        note("layout", self.layout.is_some());
        note("latitude_column", self.latitude_column.is_some());
        note("longitude_column", self.longitude_column.is_some());
        note("country_column", self.country_column.is_some());
        note("ip_column", self.ip_column.is_some());
        given
    }

    /// Refuses what this kind of plot has no use for, and sizes that are too small or too large.
    pub(crate) fn check(&self, kind: Kind) -> Result<(), PlotError> {
        if let Some(option) = self.given().into_iter().find(|option| !kind.understands(option)) {
            return Err(PlotError::Meaningless { option });
        }
        for (option, side) in [("width", self.width), ("height", self.height)] {
            let (least, most) = SIDE;
            if side.is_some_and(|side| !(least..=most).contains(&side)) {
                return Err(PlotError::OutOfBounds { option, least, most });
            }
        }
        if self.score_threshold.is_some_and(|score| !(0.0..=1_000.0).contains(&score)) {
            return Err(PlotError::OutOfBounds { option: "score_threshold", least: 0, most: 1_000 });
        }
        if self.ref_times.len() > MOST_REF_TIMES {
            return Err(PlotError::TooMany { option: "ref_times", most: MOST_REF_TIMES });
        }
        Ok(())
    }
}
