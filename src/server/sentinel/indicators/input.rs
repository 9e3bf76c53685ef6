//! What is said of an indicator that is made or changed, and the pattern that it matches by.

use chrono::{DateTime, Utc};
use model::{Observable, ObservableKind, When};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use utoipa::ToSchema;

use crate::sentinel::input::{Mistake, members, when, written};

/// Who indicators are from that say nothing.
pub const SOURCE: &str = "pivotd";

/// The phases that a name without a chain belongs to.
const KILL_CHAIN: &str = "Lockheed Martin - Intrusion Kill Chain";

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

    pub(super) fn check(&self) -> Result<(), Mistake> {
        if self.confidence.is_some_and(|confidence| confidence > 100) {
            return Err(Mistake::at("/confidence", "must be from 0 to 100"));
        }
        Ok(())
    }
}
