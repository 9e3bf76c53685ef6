//! What a caller says of a picture of a table.

use std::fmt;

use model::{ColumnSpec, Rows};
use plots::{Aggregate, Kind, Layout, Options, Sort, Style, Theme};
use serde::{
    Deserialize, Deserializer,
    de::{
        self,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};
use utoipa::ToSchema;

use super::{
    queried::{PipelineInput, QueryInput},
    reference::{RefEvents, RefTimeInput, resolve},
};
use crate::api::{problem::Problem, tables::TakesRows};

/// A table, and how it is to be drawn. Which options a plot understands stands with its operation; others are refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlotRequest {
    /// The rows of the table.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, nullable = false)]
    rows: Option<Rows>,
    /// In place of the rows, a query that finds them.
    #[serde(default)]
    #[schema(nullable = false)]
    query: Option<QueryInput>,
    /// In place of the rows, a pipeline that leaves them.
    #[serde(default)]
    #[schema(nullable = false)]
    pipeline: Option<PipelineInput>,
    /// The columns of the table; found in the rows when left out.
    #[serde(default)]
    #[schema(nullable = false)]
    columns: Option<Vec<ColumnSpec>>,
    /// The column with the time of an event; `TimeGenerated` and the like, or the first with times, when left out.
    #[serde(default)]
    #[schema(nullable = false, example = "TimeGenerated")]
    time_column: Option<String>,
    /// The column with the time at which it ended.
    #[serde(default)]
    #[schema(nullable = false, example = "EndTime")]
    end_time_column: Option<String>,
    /// The column whose values make the groups; a list of names makes groups of their pairs.
    #[serde(default, deserialize_with = "one_or_many")]
    #[schema(value_type = String, nullable = false, example = "Computer")]
    group_by: Vec<String>,
    /// The column with the value to show, to sum or to count.
    #[serde(default)]
    #[schema(nullable = false, example = "Total")]
    value_column: Option<String>,
    /// The column across (matrix) or of the sources (network).
    #[serde(default)]
    #[schema(nullable = false, example = "DestinationPort")]
    x: Option<String>,
    /// The column down (matrix) or of the targets (network).
    #[serde(default)]
    #[schema(nullable = false, example = "SourceIP")]
    y: Option<String>,
    /// The column whose values choose the colours.
    #[serde(default)]
    #[schema(nullable = false, example = "Verdict")]
    color_by: Option<String>,
    /// The column with texts that stand beside marks or on arrows.
    #[serde(default)]
    #[schema(nullable = false)]
    label_column: Option<String>,
    /// The columns that are shown on hover.
    #[serde(default, deserialize_with = "one_or_many")]
    source_columns: Vec<String>,
    /// The column of which each value gets a plot of its own, all on the same scales.
    #[serde(default)]
    #[schema(nullable = false)]
    facet_by: Option<String>,
    /// Times that are marked by a line: RFC 3339 or relative (`-6h`), or objects `{time, label}`.
    #[serde(default, deserialize_with = "one_or_many")]
    #[schema(value_type = Vec<String>, example = json!(["2026-05-04T12:42:00Z"]))]
    ref_times: Vec<RefTimeInput>,
    /// Events that are marked by lines in the same way: one or several tables of them.
    #[serde(default, deserialize_with = "one_or_many")]
    ref_events: Vec<RefEvents>,
    /// How values are drawn; a list draws them in several ways.
    #[serde(default, deserialize_with = "one_or_many")]
    #[schema(value_type = Style, inline, nullable = false)]
    style: Vec<Style>,
    /// Whether values or sizes are on a logarithmic scale.
    #[serde(default)]
    #[schema(nullable = false)]
    log_scale: Option<bool>,
    /// The column with the expected value.
    #[serde(default)]
    #[schema(nullable = false, example = "baseline")]
    baseline_column: Option<String>,
    /// The column that is 1 or -1 where there is an anomaly.
    #[serde(default)]
    #[schema(nullable = false, example = "anomaly")]
    anomaly_column: Option<String>,
    /// How many standard deviations wide the band is on each side of the baseline; 3 when left out.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 1_000)]
    score_threshold: Option<f64>,
    /// What a circle of the matrix says.
    #[serde(default)]
    #[schema(nullable = false, inline)]
    aggregate: Option<Aggregate>,
    /// Whether rare pairs are drawn large.
    #[serde(default)]
    #[schema(nullable = false)]
    invert: Option<bool>,
    /// The order of the columns of the matrix.
    #[serde(default)]
    #[schema(nullable = false, inline)]
    sort_x: Option<Sort>,
    /// The order of the rows of the matrix.
    #[serde(default)]
    #[schema(nullable = false, inline)]
    sort_y: Option<Sort>,
    /// How nodes are laid out.
    #[serde(default)]
    #[schema(nullable = false, inline)]
    layout: Option<Layout>,
    /// The column with degrees north; `latitude` when left out.
    #[serde(default)]
    #[schema(nullable = false)]
    latitude_column: Option<String>,
    /// The column with degrees east; `longitude` when left out.
    #[serde(default)]
    #[schema(nullable = false)]
    longitude_column: Option<String>,
    /// The column with ISO 3166-1 alpha-2 codes of countries, in whose middle a row without coordinates is drawn;
    /// `country_code` when left out.
    #[serde(default)]
    #[schema(nullable = false)]
    country_column: Option<String>,
    /// The column with IP addresses, which are located with the installation's databases.
    #[serde(default)]
    #[schema(nullable = false)]
    ip_column: Option<String>,
    /// What the picture is called.
    #[serde(default)]
    #[schema(nullable = false)]
    title: Option<String>,
    /// Pixels from left to right; 900 when left out.
    #[serde(default)]
    #[schema(nullable = false, minimum = 200, maximum = 4_000)]
    width: Option<u32>,
    /// Pixels from top to bottom; as many as the plot needs when left out.
    #[serde(default)]
    #[schema(nullable = false, minimum = 200, maximum = 4_000)]
    height: Option<u32>,
    /// Pixels of a PNG for each pixel of width and height; 1 when left out.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0.25, maximum = 4)]
    scale: Option<f64>,
    /// Light or dark; light when left out.
    #[serde(default)]
    #[schema(nullable = false, inline)]
    theme: Option<Theme>,
}

impl TakesRows for PlotRequest {
    fn take_rows(&mut self, rows: Rows) {
        self.rows = Some(rows);
    }
}

/// Where the table comes from.
pub(super) enum Given {
    /// It was sent.
    Rows(Rows, Option<Vec<ColumnSpec>>),
    /// A query finds it.
    Query(QueryInput),
    /// A pipeline leaves it.
    Pipeline(PipelineInput),
}

impl PlotRequest {
    /// Where the table comes from, the options, and the scale of a PNG.
    pub(super) fn read(mut self, kind: Kind) -> Result<(Given, Options, f64), Problem> {
        let given = match (self.rows.take(), self.query.take(), self.pipeline.take()) {
            (Some(rows), None, None) => Given::Rows(rows, self.columns.take()),
            (None, Some(_), None) | (None, None, Some(_)) if self.columns.is_some() => {
                return Err(Problem::invalid_at("/columns", "columns belong to rows"));
            }
            (None, Some(query), None) => Given::Query(query),
            (None, None, Some(pipeline)) => Given::Pipeline(pipeline),
            (None, None, None) => {
                let kind = kind.as_str();
                let needed =
                    format!("the rows of the table are needed for a {kind}, or a query or pipeline that finds them");
                return Err(Problem::invalid_at("/rows", needed));
            }
            _ => return Err(Problem::invalid_at("", "only one of rows, query and pipeline is possible")),
        };
        let scale = self.scale.unwrap_or(1.0);
        Ok((given, self.options()?, scale))
    }

    /// The options alone.
    pub(super) fn options(self) -> Result<Options, Problem> {
        Ok(Options {
            time_column: self.time_column,
            end_time_column: self.end_time_column,
            group_by: self.group_by,
            value_column: self.value_column,
            x: self.x,
            y: self.y,
            color_by: self.color_by,
            label_column: self.label_column,
            source_columns: self.source_columns,
            facet_by: self.facet_by,
            ref_times: resolve(self.ref_times, self.ref_events)?,
            style: self.style,
            log_scale: self.log_scale,
            baseline_column: self.baseline_column,
            anomaly_column: self.anomaly_column,
            score_threshold: self.score_threshold,
            aggregate: self.aggregate,
            invert: self.invert,
            sort_x: self.sort_x,
            sort_y: self.sort_y,
            layout: self.layout,
            latitude_column: self.latitude_column,
            longitude_column: self.longitude_column,
            country_column: self.country_column,
            ip_column: self.ip_column,
            title: self.title,
            width: self.width,
            height: self.height,
            theme: self.theme.unwrap_or_default(),
        })
    }
}

/// One value, or a list of them.
fn one_or_many<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    struct OneOrMany<T>(std::marker::PhantomData<T>);

    impl<'de, T: Deserialize<'de>> de::Visitor<'de> for OneOrMany<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("one or a list of them")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<T>, E> {
            T::deserialize(de::value::StrDeserializer::new(text)).map(|one| vec![one])
        }

        fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Vec<T>, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map)).map(|one| vec![one])
        }

        fn visit_seq<A: de::SeqAccess<'de>>(self, sequence: A) -> Result<Vec<T>, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(sequence))
        }
    }

    deserializer.deserialize_any(OneOrMany(std::marker::PhantomData))
}
