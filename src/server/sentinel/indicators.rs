//! Threat intelligence indicators, in the form that the portal made first.
//!
//! <https://learn.microsoft.com/rest/api/securityinsights/threat-intelligence-indicator>

pub mod stix;
pub mod upload;

use chrono::{DateTime, Utc};
use model::{Observable, ObservableKind, When};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use utoipa::ToSchema;

use super::{
    input::{Mistake, members, when, written},
    named::Named,
    object::{instant, read},
    pages::{Cutter, Page, Wanted},
    space::{SentinelError, Space, Stored},
};
use crate::arm::{ArmRequest, versions::SECURITY_INSIGHTS};

/// Where everything about indicators is.
const MAIN: &str = "/providers/Microsoft.SecurityInsights/threatIntelligence/main";

/// Indicators that Azure is asked for at once.
const PAGE: usize = 100;

/// Who indicators are from that say nothing.
pub const SOURCE: &str = "pivotd";

/// The phases that a name without a chain belongs to.
const KILL_CHAIN: &str = "Lockheed Martin - Intrusion Kill Chain";

/// An indicator.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all(deserialize = "camelCase"))]
#[schema(as = ThreatIndicator)]
pub struct Indicator {
    /// The id.
    #[schema(example = "180105c7-a28d-b1a2-4a78-234f6ec80fd6")]
    pub id: String,
    /// Tells this state of it from others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub etag: Option<String>,
    /// The name that people know it by.
    #[serde(default, rename(deserialize = "displayName"), skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// The pattern, in the language of STIX.
    #[serde(default)]
    #[schema(example = "[ipv4-addr:value = '198.51.100.7']")]
    pub pattern: String,
    /// What the pattern is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "ipv4-addr")]
    pub pattern_type: Option<String>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub description: Option<String>,
    /// How sure its source is, from 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 100)]
    pub confidence: Option<i32>,
    /// Who it is from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub source: Option<String>,
    /// Tags.
    #[serde(default, rename(deserialize = "threatIntelligenceTags"))]
    pub tags: Vec<String>,
    /// What it threatens with.
    #[serde(default)]
    #[schema(example = json!(["malicious-activity"]))]
    pub threat_types: Vec<String>,
    /// The phases of an attack that it belongs to.
    #[serde(default)]
    pub kill_chain_phases: Vec<KillChainPhase>,
    /// Where more is said about it.
    #[serde(default)]
    pub external_references: Vec<ExternalReference>,
    /// Whether it is taken back.
    #[serde(default)]
    pub revoked: bool,
    /// From when on it holds.
    #[serde(default, deserialize_with = "instant", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_from: Option<DateTime<Utc>>,
    /// Until when it holds; for ever when left out.
    #[serde(default, deserialize_with = "instant", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_until: Option<DateTime<Utc>>,
    /// When it was made.
    #[serde(default, deserialize_with = "instant", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub created: Option<DateTime<Utc>>,
    /// When it was changed.
    #[serde(
        default,
        rename(deserialize = "lastUpdatedTimeUtc"),
        deserialize_with = "instant",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false)]
    pub updated: Option<DateTime<Utc>>,
}

impl Named for Indicator {
    const WHAT: &'static str = "indicator";

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl Stored for Indicator {
    const PATH: &'static str = "/providers/Microsoft.SecurityInsights/threatIntelligence/main/indicators";
    const HAS_FEW: bool = false;
}

/// Makes an indicator.
pub async fn create(space: &Space, new: IndicatorInput, now: DateTime<Utc>) -> Result<Indicator, SentinelError> {
    let body = new.body(now)?;
    let path = space.root.clone().then(MAIN).then("/createIndicator");
    Ok(read(space.azure.send(ArmRequest::post(path, SECURITY_INSIGHTS, Some(body))).await?)?)
}

/// Changes what is given of an indicator, and nothing else.
pub async fn change(
    space: &Space,
    id: &str,
    change: IndicatorInput,
    now: DateTime<Utc>,
) -> Result<Indicator, SentinelError> {
    let shown = space.shown::<Indicator>(id).await?;
    space.put(id, change.change(shown, now)?).await
}

/// Adds tags to an indicator, or puts them in place of those that it has.
pub async fn tag(space: &Space, id: &str, tags: Vec<String>, in_place: bool) -> Result<Indicator, SentinelError> {
    let path = space.path::<Indicator>().segment(id);
    let request = if in_place {
        // Azure wants the whole indicator here.
        let mut shown = space.shown::<Indicator>(id).await?;
        if let Some(properties) = shown.get_mut("properties").and_then(Json::as_object_mut) {
            properties.insert("threatIntelligenceTags".to_owned(), tags.into());
        }
        ArmRequest::post(path.then("/replaceTags"), SECURITY_INSIGHTS, Some(shown))
    } else {
        let body = json!({ "threatIntelligenceTags": tags });
        ArmRequest::post(path.then("/appendTags"), SECURITY_INSIGHTS, Some(body))
    };
    space.azure.send(request).await?;
    space.find(id).await
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

/// A phase of an attack.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all(deserialize = "camelCase"))]
pub struct KillChainPhase {
    /// The chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kill_chain_name: Option<String>,
    /// The phase.
    #[serde(default)]
    #[schema(example = "Command and Control")]
    pub phase_name: String,
}

/// Where more is said.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all(deserialize = "camelCase"))]
pub struct ExternalReference {
    /// Who says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub source_name: Option<String>,
    /// What it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub description: Option<String>,
    /// Its name there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub external_id: Option<String>,
    /// Its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub url: Option<String>,
}

/// An indicator to make, or what is to change about one.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ThreatIndicatorInput)]
pub struct IndicatorInput {
    /// What was seen, defanged or not; needed for a new indicator.
    #[serde(default)]
    #[schema(nullable = false, example = "198.51.100[.]7", max_length = 8192)]
    pub value: Option<String>,
    /// Its kind, or an alias of MSTICPy, STIX, MISP or Cortex. Inferred when left out.
    #[serde(default)]
    #[schema(nullable = false, example = "ipv4")]
    pub kind: Option<String>,
    /// The name that people know it by.
    #[serde(default)]
    #[schema(nullable = false, example = "C2 of hunt 7")]
    pub name: Option<String>,
    /// What it is about.
    #[serde(default)]
    #[schema(nullable = false)]
    pub description: Option<String>,
    /// How sure its source is.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 100)]
    pub confidence: Option<u8>,
    /// Tags.
    #[serde(default, alias = "labels")]
    #[schema(nullable = false, example = json!(["hunt-7"]))]
    pub tags: Option<Vec<String>>,
    /// What it threatens with.
    #[serde(default)]
    #[schema(nullable = false, example = json!(["malicious-activity"]))]
    pub threat_types: Option<Vec<String>>,
    /// The phases of an attack that it belongs to.
    #[serde(default)]
    #[schema(nullable = false, example = json!(["Command and Control"]))]
    pub kill_chain_phases: Option<Vec<String>>,
    /// Addresses where more is said about it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub external_references: Option<Vec<String>>,
    /// From when on it holds: RFC 3339, days from now, or relative text; now when left out.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "now")]
    pub valid_from: Option<When>,
    /// Until when it holds; for ever when left out.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "+30d")]
    pub valid_until: Option<When>,
    /// Whether it is taken back.
    #[serde(default)]
    #[schema(nullable = false)]
    pub revoked: Option<bool>,
    /// Who it is from.
    #[serde(default)]
    #[schema(nullable = false, example = "Hunt team")]
    pub source: Option<String>,
}

/// What an indicator matches: the type of the object in STIX, and the whole pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// The type.
    pub of: &'static str,
    /// The pattern.
    pub text: String,
}

impl Pattern {
    /// The pattern that matches an observable and nothing else. No value can end the literal that it stands in.
    pub fn of(observable: &Observable) -> Result<Self, Mistake> {
        let (of, path) = match observable.kind() {
            ObservableKind::Ipv4 => ("ipv4-addr", "value"),
            ObservableKind::Ipv6 => ("ipv6-addr", "value"),
            ObservableKind::Domain | ObservableKind::Hostname => ("domain-name", "value"),
            ObservableKind::Url => ("url", "value"),
            ObservableKind::Email => ("email-addr", "value"),
            ObservableKind::Md5 => ("file", "hashes.'MD5'"),
            ObservableKind::Sha1 => ("file", "hashes.'SHA-1'"),
            ObservableKind::Sha256 => ("file", "hashes.'SHA-256'"),
            kind => return Err(Mistake::at("/kind", format!("no pattern is known for a {kind}"))),
        };
        // STIX 2.1 §9.2: a backslash and an apostrophe have a backslash before them.
        let value = observable.canonical().replace('\\', "\\\\").replace('\'', "\\'");
        Ok(Self { of, text: format!("[{of}:{path} = '{value}']") })
    }

    fn members(self) -> Map<String, Json> {
        members([("pattern", Some(self.text.into())), ("patternType", Some(self.of.into()))])
    }
}

impl IndicatorInput {
    /// What it matches.
    pub fn pattern(&self) -> Result<Pattern, Mistake> {
        let value = self.value.as_deref().ok_or_else(|| Mistake::at("/value", "a value is needed"))?;
        let hint = self.kind.as_deref().map(str::parse).transpose();
        let observable = hint.and_then(|hint| Observable::parse(value, hint));
        Pattern::of(&observable.map_err(|rejection| Mistake::at("/value", rejection.to_string()))?)
    }

    /// A new indicator as it is sent.
    pub fn body(self, now: DateTime<Utc>) -> Result<Json, Mistake> {
        let mut properties = members([
            ("source", Some(SOURCE.into())),
            ("displayName", Some("Indicator".into())),
            ("confidence", Some(0.into())),
            ("revoked", Some(false.into())),
            ("validFrom", Some(written(now))),
        ]);
        properties.extend(self.pattern()?.members());
        properties.extend(self.properties(now)?);
        Ok(json!({ "kind": "indicator", "properties": properties }))
    }

    /// An indicator as it is shown, with what is given in place of what it had: that is how Sentinel takes a change.
    pub fn change(self, mut shown: Json, now: DateTime<Utc>) -> Result<Json, Mistake> {
        let pattern = self.value.is_some().then(|| self.pattern()).transpose()?;
        let given = self.properties(now)?;
        let Some(object) = shown.as_object_mut() else { return Ok(shown) };
        object.retain(|key, _| matches!(key.as_str(), "etag" | "kind" | "properties"));
        if let Some(properties) = object.entry("properties").or_insert_with(|| json!({})).as_object_mut() {
            // What Sentinel says itself is not for others to say.
            for own in ["lastUpdatedTimeUtc", "created", "modified", "externalLastUpdatedTimeUtc", "friendlyName"] {
                properties.remove(own);
            }
            if let Some(pattern) = pattern {
                // It was read from the other pattern.
                properties.remove("parsedPattern");
                properties.extend(pattern.members());
            }
            properties.extend(given);
        }
        Ok(shown)
    }

    /// What is given beside the pattern, as it is sent.
    fn properties(self, now: DateTime<Utc>) -> Result<Map<String, Json>, Mistake> {
        self.check()?;
        let phases = |names: Vec<String>| -> Json {
            names.into_iter().map(|name| json!({ "killChainName": KILL_CHAIN, "phaseName": name })).collect()
        };
        let references = |urls: Vec<String>| -> Json {
            urls.into_iter().map(|url| json!({ "sourceName": SOURCE, "url": url })).collect()
        };
        Ok(members([
            ("source", self.source.map(Json::String)),
            ("displayName", self.name.map(Json::String)),
            ("description", self.description.map(Json::String)),
            ("confidence", self.confidence.map(Json::from)),
            ("threatIntelligenceTags", self.tags.map(Json::from)),
            ("threatTypes", self.threat_types.map(Json::from)),
            ("killChainPhases", self.kill_chain_phases.map(phases)),
            ("externalReferences", self.external_references.map(references)),
            ("validFrom", when("/valid_from", self.valid_from, now)?),
            ("validUntil", when("/valid_until", self.valid_until, now)?),
            ("revoked", self.revoked.map(Json::Bool)),
        ]))
    }

    fn check(&self) -> Result<(), Mistake> {
        if self.confidence.is_some_and(|confidence| confidence > 100) {
            return Err(Mistake::at("/confidence", "must be from 0 to 100"));
        }
        Ok(())
    }
}

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

fn metric_rows(answer: &Json) -> Vec<Map<String, Json>> {
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

#[cfg(test)]
#[path = "indicators/tests.rs"]
mod tests;
