//! Pipelines as they are written: MSTICPy's YAML, in files and requests, and the same as JSON. What the steps mean is read
//! later, when the parameters have their values.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    super::run::JoinName,
    mistake::{Mistake, read},
};

/// A text of pipelines is not longer.
const MOST_BYTES: usize = 1 << 20;

/// A pipeline as it is written.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PipelineDocument {
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// What it can be told: `${name}` in the steps stands for the value.
    #[serde(default)]
    pub parameters: BTreeMap<String, ParameterDocument>,
    /// Its steps, each of which gets what the one before left.
    pub steps: Vec<Value>,
}

/// What a pipeline can be told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PipelineParameter)]
pub struct ParameterDocument {
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The column with addresses")]
    pub description: Option<String>,
    /// What it is when it is not given; `null` leaves out the field in which it stands. Without a default it must be given.
    #[serde(default, deserialize_with = "even_null", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, nullable = false)]
    pub default: Option<Value>,
}

/// A value that may be `null`, which is not the same as none.
fn even_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// A step of a pipeline.
///
/// `type` says what it is: `pivot`, `query`, `operation`, `plot`, `tee`, `display`, or a step from one table to another:
/// `filter`, `filter_columns`, `sort`, `list_to_rows`, `parse_json`, `dict_to_columns`, `distinct`, `head`, `rename`.
/// MSTICPy's own words (`step_type`, `params`, `pos_params`, `pivot_tee`, `pd_accessor`, …) are understood, too.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PipelineStep)]
pub struct StepDocument {
    /// What reports call it; its place among the steps when left out.
    #[serde(default)]
    #[schema(nullable = false, example = "whose")]
    pub(super) name: Option<String>,
    /// What it is.
    #[serde(rename = "type", alias = "step_type")]
    #[schema(example = "pivot")]
    pub(super) kind: String,
    /// Of a pivot: the kind of entity.
    #[serde(default)]
    #[schema(nullable = false, example = "IpAddress")]
    pub(super) entity: Option<String>,
    /// Of a pivot: the container. `function` can have it before a dot instead.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(super) container: Option<String>,
    /// Of a pivot its name; of a query `environment/family/name`; of an operation or a plot its kind: `process-tree`,
    /// `timeline`.
    #[serde(default)]
    #[schema(nullable = false, example = "util.whois")]
    pub(super) function: Option<String>,
    /// Of a pivot: the column that is asked about; `value` when left out.
    #[serde(default)]
    #[schema(nullable = false, example = "IpAddress")]
    pub(super) column: Option<String>,
    /// Of a pivot: how the answer is joined to the table.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(super) join: Option<JoinName>,
    /// The column of the table whose cells must be equal to those of `right_on`; otherwise rows meet by the value.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(super) left_on: Option<String>,
    /// The column of the answer.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(super) right_on: Option<String>,
    /// Whether upper and lower case are the same in these columns.
    #[serde(default, alias = "join_ignore_case")]
    pub(super) ignore_case: bool,
    /// Of a query: the source; not needed where only one runs it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(super) source: Option<String>,
    /// The table to work on: one that a `tee` before it kept. The one that the step before left when left out.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(super) input: Option<String>,
    /// What happens when the step fails.
    #[serde(default)]
    pub(super) on_error: OnError,
    /// For people.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(super) comment: Option<String>,
    /// Parameters by their place, as MSTICPy writes them.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub(super) pos_params: Vec<Value>,
    /// Parameters of the step by name. Of a query, `{"column": "…"}` stands for the values of a column.
    #[serde(default, alias = "params")]
    #[schema(value_type = Object)]
    pub(super) parameters: Map<String, Value>,
}

/// What happens when a step fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum OnError {
    /// The steps after it are skipped, and the table is as it was before.
    #[default]
    Stop,
    /// They go on with the table as it was before.
    Continue,
}

/// The pipelines of a text: `pipelines: {name: {description, steps}}`, or without the first line, as MSTICPy writes them.
pub fn read_yaml(text: &str) -> Result<Vec<(String, PipelineDocument)>, Mistake> {
    if text.len() > MOST_BYTES {
        return Err(Mistake::new("", format!("longer than {MOST_BYTES} bytes")));
    }
    let json: Value = serde_saphyr::from_str(text).map_err(|error| {
        let place = error.location().map(|place| format!(" in line {}", place.line())).unwrap_or_default();
        Mistake::new("", format!("no valid YAML{place}"))
    })?;
    let (mut all, parent) = match json {
        Value::Object(all) => (all, ""),
        _ => return Err(Mistake::new("", "no pipelines by name")),
    };
    let (all, parent) = match (all.len(), all.remove("pipelines")) {
        (1, Some(Value::Object(pipelines))) => (pipelines, "/pipelines"),
        (_, None) => (all, parent),
        _ => return Err(Mistake::new("/pipelines", "no pipelines by name, or something beside them")),
    };
    let read_one = |(name, pipeline): (String, Value)| {
        let mut pointer = parent.to_owned();
        super::mistake::push(&mut pointer, &name);
        Ok((name, read(pipeline).map_err(|mistake| mistake.below(&pointer))?))
    };
    all.into_iter().map(read_one).collect()
}
