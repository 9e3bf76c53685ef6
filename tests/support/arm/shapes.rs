//! What bodies of PUT may say: which properties there are, which must be there, and which words they may be.

use serde_json::Value;

/// The shape of a type of resource.
pub struct Shape {
    /// The type, in lower case.
    pub kind: &'static str,
    /// Members beside `properties` that may be sent.
    pub beside: &'static [&'static str],
    /// Properties that may be sent.
    pub properties: &'static [&'static str],
    /// Those that must be.
    pub required: &'static [&'static str],
    /// Those that may be only one of some words.
    pub words: &'static [(&'static str, &'static [&'static str])],
    /// The longest text of a property.
    pub longest: &'static [(&'static str, usize)],
}

/// What most shapes have.
pub const USUAL: Shape =
    Shape { kind: "", beside: &["etag"], properties: &[], required: &[], words: &[], longest: &[] };

/// The shapes that are checked. Of other types every property is taken.
pub const SHAPES: &[Shape] = &[
    Shape {
        kind: "microsoft.securityinsights/incidents",
        properties: &[
            "title",
            "description",
            "severity",
            "status",
            "owner",
            "labels",
            "classification",
            "classificationComment",
            "classificationReason",
            "firstActivityTimeUtc",
            "lastActivityTimeUtc",
        ],
        required: &["title", "severity", "status"],
        words: &[
            ("severity", &["High", "Medium", "Low", "Informational"]),
            ("status", &["New", "Active", "Closed"]),
            ("classification", &["Undetermined", "TruePositive", "BenignPositive", "FalsePositive"]),
            (
                "classificationReason",
                &["SuspiciousActivity", "SuspiciousButExpected", "IncorrectAlertLogic", "InaccurateData"],
            ),
        ],
        longest: &[("description", 5_000)],
        ..USUAL
    },
    Shape {
        kind: "microsoft.securityinsights/incidents/comments",
        properties: &["message"],
        required: &["message"],
        longest: &[("message", 30_000)],
        ..USUAL
    },
    Shape {
        kind: "microsoft.securityinsights/incidents/relations",
        properties: &["relatedResourceId"],
        required: &["relatedResourceId"],
        ..USUAL
    },
    Shape {
        kind: "microsoft.securityinsights/bookmarks",
        properties: &[
            "created",
            "updated",
            "createdBy",
            "updatedBy",
            "displayName",
            "labels",
            "notes",
            "query",
            "queryResult",
            "eventTime",
            "queryStartTime",
            "queryEndTime",
            "incidentInfo",
            "entityMappings",
            "tactics",
            "techniques",
        ],
        required: &["displayName", "query"],
        ..USUAL
    },
];

impl Shape {
    /// The shape of a type.
    pub fn of(kind: &str) -> Option<&'static Self> {
        SHAPES.iter().chain(super::more_shapes::MORE).find(|shape| shape.kind.eq_ignore_ascii_case(kind))
    }

    /// What is wrong with a body.
    pub fn mistake(&self, body: &Value) -> Option<String> {
        let Some(members) = body.as_object() else { return Some("The body is no object".to_owned()) };
        let beside = members.keys().find(|key| *key != "properties" && !self.beside.contains(&key.as_str()));
        if let Some(key) = beside {
            return Some(format!("Unknown member '{key}'"));
        }
        let Some(properties) = members.get("properties").and_then(Value::as_object) else {
            return Some("Required property 'properties' not found".to_owned());
        };
        if let Some(key) = properties.keys().find(|key| !self.properties.contains(&key.as_str())) {
            return Some(format!("Could not find member '{key}' on object"));
        }
        if let Some(key) = self.required.iter().find(|key| properties.get(**key).is_none_or(Value::is_null)) {
            return Some(format!("Required property '{key}' not found"));
        }
        for (key, words) in self.words {
            let word = properties.get(*key).filter(|value| !value.is_null());
            if word.is_some_and(|word| !words.iter().any(|known| word == known)) {
                return Some(format!("Error converting value to property '{key}'"));
            }
        }
        let length = |key: &str| properties.get(key).and_then(Value::as_str).map_or(0, |text| text.chars().count());
        let long = self.longest.iter().find(|(key, longest)| length(key) > *longest);
        long.map(|(key, longest)| format!("'{key}' exceeds the maximum length of {longest}"))
    }
}
