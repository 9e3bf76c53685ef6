//! Indicators found by what is known of them, and counted.

use chrono::{DateTime, Utc};
use model::When;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use utoipa::ToSchema;

use super::{Indicator, MAIN};
use crate::{
    arm::{ArmRequest, versions::SECURITY_INSIGHTS},
    sentinel::{
        input::{Mistake, members, when},
        object::read,
        pages::{Cutter, Page, Wanted},
        space::{SentinelError, Space},
    },
};

/// Indicators that Azure is asked for at once.
const PAGE: usize = 100;

/// Which indicators are meant. All that is given must fit.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ThreatIndicatorQuery)]
pub struct IndicatorQuery {
    /// Words that occur in them.
    #[schema(nullable = false, example = json!(["198.51.100.7"]))]
    pub keywords: Option<Vec<String>>,
    /// Ids.
    #[schema(nullable = false)]
    pub ids: Option<Vec<String>>,
    /// Who they are from.
    #[schema(nullable = false)]
    pub sources: Option<Vec<String>>,
    /// What their patterns are about: `ipv4-addr`, `domain-name`, `url`, `file` and others.
    #[schema(nullable = false)]
    pub pattern_types: Option<Vec<String>>,
    /// What they threaten with.
    #[schema(nullable = false)]
    pub threat_types: Option<Vec<String>>,
    /// Their sources are at least so sure.
    #[schema(nullable = false, minimum = 0, maximum = 100)]
    pub min_confidence: Option<u8>,
    /// Their sources are at most so sure.
    #[schema(nullable = false, minimum = 0, maximum = 100)]
    pub max_confidence: Option<u8>,
    /// They hold at least until then.
    #[schema(value_type = String, nullable = false, example = "now")]
    pub min_valid_until: Option<When>,
    /// They hold at most until then.
    #[schema(value_type = String, nullable = false)]
    pub max_valid_until: Option<When>,
    /// Whether those are meant, too, that hold no more.
    #[schema(nullable = false)]
    pub include_disabled: Option<bool>,
    /// The field that they are sorted by, as Sentinel calls it, such as `lastUpdatedTimeUtc`; with a hyphen before it, downwards.
    #[schema(nullable = false, example = "-lastUpdatedTimeUtc")]
    pub sort_by: Option<String>,
}

impl IndicatorQuery {
    /// As it is sent, for pages of so many.
    pub fn body(self, page: usize, now: DateTime<Utc>) -> Result<Json, Mistake> {
        let sort = self.sort_by.map(|field| match field.strip_prefix('-') {
            Some(field) => json!([{ "itemKey": field, "sortOrder": "descending" }]),
            None => json!([{ "itemKey": field, "sortOrder": "ascending" }]),
        });
        Ok(Json::Object(members([
            ("pageSize", Some(page.into())),
            ("keywords", self.keywords.map(Json::from)),
            ("ids", self.ids.map(Json::from)),
            ("sources", self.sources.map(Json::from)),
            ("patternTypes", self.pattern_types.map(Json::from)),
            ("threatTypes", self.threat_types.map(Json::from)),
            ("minConfidence", self.min_confidence.map(Json::from)),
            ("maxConfidence", self.max_confidence.map(Json::from)),
            ("minValidUntil", when("/min_valid_until", self.min_valid_until, now)?),
            ("maxValidUntil", when("/max_valid_until", self.max_valid_until, now)?),
            ("includeDisabled", self.include_disabled.map(Json::Bool)),
            ("sortBy", sort),
        ])))
    }
}

/// A part of the list of those indicators that are meant.
pub async fn query(
    space: &Space,
    query: IndicatorQuery,
    wanted: Wanted,
    now: DateTime<Utc>,
) -> Result<Page<Indicator>, SentinelError> {
    let path = space.root.clone().then(MAIN).then("/queryIndicators");
    let body = query.body(PAGE, now)?;
    let (azure, mut cutter) = (&space.azure, Cutter::new(wanted));
    loop {
        let mut body = body.clone();
        if let (Some(token), Some(body)) = (cutter.token(), body.as_object_mut()) {
            body.insert("skipToken".to_owned(), token.into());
        }
        let request = ArmRequest::ask(path.clone(), SECURITY_INSIGHTS, Some(body));
        let page = azure.arm.page(&azure.account, &request, azure.until).await?;
        if let Some(page) = cutter.take(page.items, page.skip_token, |object| read(object).map(Some))? {
            return Ok(page);
        }
    }
}

/// How many indicators there are, as a row for each number.
pub async fn metrics(space: &Space) -> Result<Vec<Map<String, Json>>, SentinelError> {
    let path = space.root.clone().then(MAIN).then("/metrics");
    Ok(metric_rows(&space.azure.send(ArmRequest::get(path, SECURITY_INSIGHTS)).await?))
}

pub(super) fn metric_rows(answer: &Json) -> Vec<Map<String, Json>> {
    let mut rows = Vec::new();
    for metric in answer.get("value").and_then(Json::as_array).into_iter().flatten() {
        for (member, of) in
            [("threatTypeMetrics", "threat_type"), ("patternTypeMetrics", "pattern_type"), ("sourceMetrics", "source")]
        {
            let counted = metric.pointer(&format!("/properties/{member}")).and_then(Json::as_array);
            rows.extend(counted.into_iter().flatten().map(|count| {
                members([
                    ("by", Some(of.into())),
                    ("value", count.get("metricName").cloned()),
                    ("count", count.get("metricValue").cloned()),
                ])
            }));
        }
    }
    rows
}
