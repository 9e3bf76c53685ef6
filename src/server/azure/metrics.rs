//! Metrics: what Azure measures about resources, as rows.
//!
//! <https://learn.microsoft.com/rest/api/monitor/metrics/list>

use chrono::{DateTime, TimeDelta, Utc};
use futures::{StreamExt as _, stream};
use model::{Span, When};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use utoipa::ToSchema;

use super::Azure;
use crate::{
    arm::{ArmError, ArmRequest, ResourcePath, versions::METRICS},
    sentinel::{
        input::{Mistake, is_interval, words},
        space::SentinelError,
    },
};

/// Resources that are asked about at once.
const AT_ONCE: usize = 4;

/// How far back metrics are asked for that say nothing.
const WINDOW: TimeDelta = TimeDelta::days(1);

/// What can be made of the values of an interval.
const AGGREGATIONS: &[&str] = &["Average", "Total", "Minimum", "Maximum", "Count"];

/// As many metrics as Azure takes in one request.
const MOST_METRICS: usize = 20;

/// Which metrics of which resources.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AzureMetricsRequest)]
pub struct MetricsRequest {
    /// The ids of the resources.
    #[schema(min_items = 1)]
    pub resource_ids: Vec<String>,
    /// The names of the metrics.
    #[schema(min_items = 1, max_items = 20, example = json!(["Percentage CPU"]))]
    pub metrics: Vec<String>,
    /// The length of the intervals, as ISO 8601 has it.
    #[serde(default)]
    #[schema(nullable = false, default = "PT1H", example = "PT1M")]
    pub interval: Option<String>,
    /// What is made of the values of an interval: Average, Total, Minimum, Maximum, Count; all when left out.
    #[serde(default)]
    #[schema(nullable = false, example = json!(["Average"]))]
    pub aggregation: Option<Vec<String>>,
    /// Beginning of the time; a day before its end when left out.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "-1d")]
    pub start: Option<When>,
    /// End of the time; now when left out.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "now")]
    pub end: Option<When>,
    /// The namespace of the metrics, where the type of the resource has several.
    #[serde(default)]
    #[schema(nullable = false, example = "Microsoft.Compute/virtualMachines")]
    pub namespace: Option<String>,
    /// A filter of dimensions as Azure has it; a dimension that is asked for with `*` becomes a column.
    #[serde(default)]
    #[schema(nullable = false, example = "Tier eq '*'")]
    pub filter: Option<String>,
    /// When the answer is due, in milliseconds. At most 100000.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100_000, default = 8000)]
    pub deadline_ms: Option<u64>,
}

impl MetricsRequest {
    /// What is sent beside the id of a resource.
    pub fn query(&self, now: DateTime<Utc>) -> Result<Vec<(&'static str, String)>, Mistake> {
        if self.metrics.is_empty() || self.metrics.len() > MOST_METRICS {
            return Err(Mistake::at("/metrics", format!("from 1 to {MOST_METRICS} names are needed")));
        }
        // Names are parted by commas; a comma in a name is written so.
        let names: Vec<String> = self.metrics.iter().map(|name| name.replace(',', "%2")).collect();
        let interval = self.interval.as_deref().unwrap_or("PT1H");
        if !is_interval(interval) {
            return Err(Mistake::at("/interval", "an interval of ISO 8601 such as PT1H is needed"));
        }
        let aggregation = match &self.aggregation {
            Some(texts) if !texts.is_empty() => words("/aggregation", texts, AGGREGATIONS)?,
            _ => AGGREGATIONS.to_vec(),
        };
        let span = Span::resolve(self.start, self.end, WINDOW, now);
        let span = span.map_err(|error| Mistake::at("/start", error.to_string()))?;
        let instant = |instant: DateTime<Utc>| instant.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let mut query = vec![
            ("metricnames", names.join(",")),
            ("interval", interval.to_owned()),
            ("aggregation", aggregation.join(",")),
            ("timespan", format!("{}/{}", instant(span.start()), instant(span.end()))),
        ];
        query.extend(self.namespace.clone().map(|namespace| ("metricnamespace", namespace)));
        query.extend(self.filter.clone().map(|filter| ("$filter", filter)));
        Ok(query)
    }
}

/// The metrics of all resources, and what went wrong with each that has none.
pub async fn look(
    azure: &Azure,
    request: &MetricsRequest,
    now: DateTime<Utc>,
) -> Result<(Vec<Map<String, Json>>, Vec<MetricsError>), SentinelError> {
    let query = request.query(now)?;
    let mut paths = Vec::new();
    for (place, id) in request.resource_ids.iter().enumerate() {
        let not_one = || Mistake::at(format!("/resource_ids/{place}"), "not the id of a resource");
        paths.push((id, ResourcePath::of_id(id).ok_or_else(not_one)?.then("/providers/Microsoft.Insights/metrics")));
    }
    let ask = |(id, path): (&String, ResourcePath)| {
        let request =
            query.iter().fold(ArmRequest::get(path, METRICS), |request, (name, value)| request.query(name, value));
        let (azure, id) = (azure.clone(), id.clone());
        async move { (azure.send(request).await, id) }
    };
    let answers: Vec<_> =
        stream::iter(paths.into_iter().map(ask).collect::<Vec<_>>()).buffered(AT_ONCE).collect().await;
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for (answer, id) in answers {
        match answer {
            Ok(answer) => found.extend(rows(&id, &answer)),
            Err(error) => errors.push(MetricsError::of(id, &error)),
        }
    }
    Ok((found, errors))
}

/// A resource whose metrics are missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AzureMetricsError)]
pub struct MetricsError {
    /// The resource.
    pub resource_id: String,
    /// Why.
    pub reason: String,
}

impl MetricsError {
    fn of(resource_id: String, error: &ArmError) -> Self {
        // Azure names the metrics that there are.
        let words = error.said().map(|said| said.message.as_str()).filter(|words| !words.is_empty());
        Self { resource_id, reason: words.map_or_else(|| error.to_string(), |words| format!("{error}: {words}")) }
    }
}

/// A row for each interval of each series: when, of what, and the values. Intervals without a value are left out.
fn rows(resource_id: &str, answer: &Json) -> Vec<Map<String, Json>> {
    let list = |of: &Json, key: &str| of.get(key).and_then(Json::as_array).cloned().unwrap_or_default();
    let mut rows = Vec::new();
    for metric in list(answer, "value") {
        let mut of = Map::new();
        of.insert("resource_id".to_owned(), resource_id.into());
        of.insert("metric".to_owned(), metric.pointer("/name/value").cloned().unwrap_or_default());
        of.insert("unit".to_owned(), metric.get("unit").cloned().unwrap_or_default());
        for series in list(&metric, "timeseries") {
            let dimensions = list(&series, "metadatavalues").into_iter().filter_map(|dimension| {
                Some((dimension.pointer("/name/value")?.as_str()?.to_owned(), dimension.get("value")?.clone()))
            });
            let dimensions: Vec<_> = dimensions.collect();
            for point in list(&series, "data") {
                let Json::Object(mut point) = point else { continue };
                let Some(time) = point.remove("timeStamp") else { continue };
                if point.is_empty() {
                    continue;
                }
                let mut row = Map::new();
                row.insert("time".to_owned(), time);
                row.extend(of.clone());
                row.extend(dimensions.iter().cloned());
                row.extend(point);
                rows.push(row);
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn query(of: Json) -> Result<Vec<(&'static str, String)>, Mistake> {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        serde_json::from_value::<MetricsRequest>(of).unwrap().query(now)
    }

    #[test]
    fn a_day_by_hours_is_asked_for_unless_it_says_otherwise() {
        let sent = query(json!({ "resource_ids": ["r"], "metrics": ["Percentage CPU", "a,b"] })).unwrap();
        assert_eq!(
            sent,
            [
                ("metricnames", "Percentage CPU,a%2b".to_owned()),
                ("interval", "PT1H".to_owned()),
                ("aggregation", "Average,Total,Minimum,Maximum,Count".to_owned()),
                ("timespan", "2023-11-13T22:13:20Z/2023-11-14T22:13:20Z".to_owned()),
            ]
        );
    }

    #[test]
    fn mistakes_are_pointed_at() {
        for (member, value, pointer) in [
            ("metrics", json!([]), "/metrics"),
            ("interval", json!("hour"), "/interval"),
            ("aggregation", json!(["average", "median"]), "/aggregation/1"),
            ("end", json!("-3d"), ""),
        ] {
            let mut of = json!({ "resource_ids": ["r"], "metrics": ["m"], "start": "-2d" });
            of[member] = value;
            let expected = if pointer.is_empty() { "/start" } else { pointer };
            assert_eq!(query(of).unwrap_err().pointer, expected);
        }
    }

    #[test]
    fn every_interval_with_a_value_is_a_row_and_dimensions_are_columns() {
        let answer = json!({ "interval": "PT1H", "value": [{ "name": { "value": "BlobCount" }, "unit": "Count", "timeseries": [{
            "metadatavalues": [{ "name": { "value": "tier" }, "value": "Hot" }],
            "data": [{ "timeStamp": "2021-04-20T09:00:00Z", "average": 7.0, "maximum": 8.0 }, { "timeStamp": "2021-04-20T10:00:00Z" }] }] }] });
        assert_eq!(
            json!(rows("r", &answer)),
            json!([{ "time": "2021-04-20T09:00:00Z", "resource_id": "r", "metric": "BlobCount", "unit": "Count", "tier": "Hot",
                "average": 7.0, "maximum": 8.0 }])
        );
        assert!(rows("r", &json!({})).is_empty());
    }
}
