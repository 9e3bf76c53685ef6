//! Incidents made and changed. A change says only what is to be different; all else stays as it is.

use chrono::{DateTime, Utc};
use model::When;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use utoipa::ToSchema;

use super::{Incident, closing::classify, find};
use crate::{
    arm::{ArmError, ArmRequest, versions::SECURITY_INSIGHTS},
    sentinel::{
        input::{Mistake, SEVERITIES, members, when, word},
        object::read,
        space::{SentinelError, Space},
    },
};

/// States of an incident.
const STATUSES: &[&str] = &["New", "Active", "Closed"];

/// What can be written of an incident; the rest Sentinel keeps itself.
const WRITABLE: &[&str] = &[
    "title",
    "description",
    "severity",
    "status",
    "owner",
    "labels",
    "classification",
    "classificationReason",
    "classificationComment",
    "firstActivityTimeUtc",
    "lastActivityTimeUtc",
];

/// How often a change is made again because somebody else was faster.
const TRIES: usize = 3;

/// Who is to work on an incident: at least one of these.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOwner {
    /// The id in the directory.
    #[serde(default)]
    #[schema(nullable = false)]
    pub object_id: Option<String>,
    /// The address.
    #[serde(default)]
    #[schema(nullable = false, example = "alice@contoso.com")]
    pub email: Option<String>,
    /// The name.
    #[serde(default)]
    #[schema(nullable = false)]
    pub assigned_to: Option<String>,
    /// The name for signing in.
    #[serde(default)]
    #[schema(nullable = false)]
    pub user_principal_name: Option<String>,
}

impl NewOwner {
    fn body(self) -> Json {
        Json::Object(members([
            ("objectId", self.object_id.map(Json::String)),
            ("email", self.email.map(Json::String)),
            ("assignedTo", self.assigned_to.map(Json::String)),
            ("userPrincipalName", self.user_principal_name.map(Json::String)),
        ]))
    }
}

/// An incident to make.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIncident {
    /// The title.
    #[schema(example = "Connection to a known malicious host")]
    pub title: String,
    /// `High`, `Medium`, `Low` or `Informational`, in any case.
    #[schema(example = "High")]
    pub severity: String,
    /// `New` or `Active`.
    #[serde(default)]
    #[schema(nullable = false, default = "New")]
    pub status: Option<String>,
    /// The description.
    #[serde(default)]
    #[schema(nullable = false)]
    pub description: Option<String>,
    /// Who is to work on it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub owner: Option<NewOwner>,
    /// Labels.
    #[serde(default)]
    #[schema(example = json!(["phishing"]))]
    pub labels: Vec<String>,
    /// When the first of it happened.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "2026-05-01T12:00:00Z")]
    pub first_activity: Option<When>,
    /// When the last of it happened.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "-1h")]
    pub last_activity: Option<When>,
    /// Bookmarks to attach, by id or name.
    #[serde(default)]
    pub bookmarks: Vec<String>,
}

/// What is to be different about an incident.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentChange {
    /// The state that the change is meant for; whatever state it is in when left out.
    #[schema(nullable = false)]
    pub etag: Option<String>,
    /// The title.
    #[schema(nullable = false)]
    pub title: Option<String>,
    /// The description.
    #[schema(nullable = false)]
    pub description: Option<String>,
    /// `High`, `Medium`, `Low` or `Informational`, in any case.
    #[schema(nullable = false, example = "High")]
    pub severity: Option<String>,
    /// `New`, `Active` or `Closed`. Closing needs a classification; opening again takes it away.
    #[schema(nullable = false, example = "Closed")]
    pub status: Option<String>,
    /// What it turned out to be: `TruePositive`, `BenignPositive`, `FalsePositive` or `Undetermined`.
    #[schema(nullable = false, example = "TruePositive")]
    pub classification: Option<String>,
    /// Why: `SuspiciousActivity` of a true positive, `SuspiciousButExpected` of a benign one, `IncorrectAlertLogic` or
    /// `InaccurateData` of a false one. Not needed where there is only one.
    #[schema(nullable = false, example = "SuspiciousActivity")]
    pub classification_reason: Option<String>,
    /// The same in words.
    #[schema(nullable = false)]
    pub classification_comment: Option<String>,
    /// Who is to work on it.
    #[schema(nullable = false)]
    pub owner: Option<NewOwner>,
    /// Nobody is to work on it.
    #[serde(default)]
    pub unassign: bool,
    /// The labels, instead of those that it has.
    #[schema(nullable = false)]
    pub labels: Option<Vec<String>>,
    /// Labels to add.
    #[serde(default)]
    pub add_labels: Vec<String>,
    /// Labels to take away.
    #[serde(default)]
    pub remove_labels: Vec<String>,
}

impl NewIncident {
    /// As it is sent.
    pub fn body(self, now: DateTime<Utc>) -> Result<Json, Mistake> {
        let status = word("/status", self.status.as_deref().unwrap_or("New"), STATUSES)?;
        if status == "Closed" {
            return Err(Mistake::at("/status", "an incident is not made closed"));
        }
        Ok(json!({ "properties": members([
            ("title", Some(self.title.into())),
            ("severity", Some(word("/severity", &self.severity, SEVERITIES)?.into())),
            ("status", Some(status.into())),
            ("description", self.description.map(Json::String)),
            ("owner", self.owner.map(NewOwner::body)),
            ("labels", (!self.labels.is_empty()).then(|| labels(&self.labels))),
            ("firstActivityTimeUtc", when("/first_activity", self.first_activity, now)?),
            ("lastActivityTimeUtc", when("/last_activity", self.last_activity, now)?),
        ]) }))
    }
}

impl IncidentChange {
    /// The incident as it is to be: what it was, with what is to be different. `None` if nothing is.
    pub fn body(&self, current: &Json) -> Result<Option<Json>, Mistake> {
        let empty = Map::new();
        let old = current.get("properties").and_then(Json::as_object).unwrap_or(&empty);
        let written = |key: &&str| old.get(*key).filter(|value| !value.is_null()).cloned();
        let mut new: Map<String, Json> =
            WRITABLE.iter().filter_map(|key| Some(((*key).to_owned(), written(key)?))).collect();
        new.insert("labels".to_owned(), labels(&names(old)));
        let before = new.clone();

        for (key, text) in [("title", &self.title), ("description", &self.description)] {
            new.extend(text.iter().map(|text| (key.to_owned(), Json::from(text.as_str()))));
        }
        if let Some(severity) = &self.severity {
            new.insert("severity".to_owned(), word("/severity", severity, SEVERITIES)?.into());
        }
        if let Some(status) = &self.status {
            new.insert("status".to_owned(), word("/status", status, STATUSES)?.into());
        }
        classify(self, &mut new)?;
        match (&self.owner, self.unassign) {
            (Some(_), true) => return Err(Mistake::at("/unassign", "nobody and somebody at once")),
            (Some(owner), false) => drop(new.insert("owner".to_owned(), owner.clone().body())),
            (None, true) => {
                let nobody = ["objectId", "email", "assignedTo", "userPrincipalName"];
                let nobody: Map<_, _> = nobody.into_iter().map(|key| (key.to_owned(), Json::Null)).collect();
                new.insert("owner".to_owned(), nobody.into());
            }
            (None, false) => {}
        }
        new.insert("labels".to_owned(), labels(&self.labelled(names(old))));
        if new == before {
            return Ok(None);
        }
        let etag = self.etag.clone().map(Json::String).or_else(|| current.get("etag").cloned());
        Ok(Some(Json::Object(members([("etag", etag), ("properties", Some(new.into()))]))))
    }

    fn labelled(&self, old: Vec<String>) -> Vec<String> {
        let mut new = self.labels.clone().unwrap_or(old);
        new.retain(|label| !self.remove_labels.contains(label));
        new.extend_from_slice(&self.add_labels);
        let mut seen = std::collections::HashSet::new();
        new.retain(|label| !label.trim().is_empty() && seen.insert(label.clone()));
        new
    }
}

fn names(properties: &Map<String, Json>) -> Vec<String> {
    let labels = properties.get("labels").and_then(Json::as_array).into_iter().flatten();
    labels.filter_map(|label| label.get("labelName")?.as_str()).map(str::to_owned).collect()
}

fn labels(names: &[String]) -> Json {
    names.iter().map(|name| json!({ "labelName": name })).collect()
}

/// Makes an incident.
pub async fn create(space: &Space, new: NewIncident, now: DateTime<Utc>) -> Result<Incident, SentinelError> {
    space.put(&uuid::Uuid::new_v4().to_string(), new.body(now)?).await
}

/// Changes an incident, which may be read already. A change that names a state is refused if the incident is in another; one
/// that names none is made again on what somebody else has made of it meanwhile. Says whether anything was different.
pub async fn update(
    space: &Space,
    word: &str,
    change: &IncidentChange,
    mut known: Option<Json>,
) -> Result<(Json, bool), SentinelError> {
    let mut tries = TRIES;
    loop {
        let current = match known.take() {
            Some(current) => current,
            None => find(space, word).await?,
        };
        let id = read::<Incident>(current.clone())?.id;
        let Some(body) = change.body(&current)? else { return Ok((current, false)) };
        let request = ArmRequest::put(space.path::<Incident>().segment(&id), SECURITY_INSIGHTS, body).once();
        match space.azure.send(request).await {
            Ok(changed) => return Ok((changed, true)),
            Err(ArmError::Stale(_)) if change.etag.is_none() && tries > 1 => tries -= 1,
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn current(extra: &Json) -> Json {
        let mut properties = json!({ "title": "T", "severity": "Low", "status": "New", "description": "D",
            "owner": { "email": null }, "labels": [{ "labelName": "a", "labelType": "User" }],
            "incidentNumber": 7, "additionalData": { "alertsCount": 1 } });
        for (key, value) in extra.as_object().unwrap() {
            properties[key] = value.clone();
        }
        json!({ "name": "i", "etag": "\"1\"", "properties": properties })
    }

    fn change(of: Json) -> IncidentChange {
        serde_json::from_value(of).unwrap()
    }

    #[test]
    fn what_is_not_to_be_different_stays_and_what_sentinel_keeps_is_not_sent() {
        let body = change(json!({ "severity": "high", "add_labels": ["b", "a"] })).body(&current(&json!({})));
        assert_eq!(
            body.unwrap().unwrap(),
            json!({ "etag": "\"1\"", "properties": { "title": "T", "description": "D", "severity": "High", "status": "New",
                "owner": { "email": null }, "labels": [{ "labelName": "a" }, { "labelName": "b" }] } })
        );
        let same = change(json!({ "severity": "Low", "add_labels": ["a"], "remove_labels": ["x"] }));
        assert_eq!(same.body(&current(&json!({}))), Ok(None));
    }

    #[test]
    fn closing_needs_a_classification_and_a_reason_that_fits() {
        let pointer = |of| change(of).body(&current(&json!({}))).unwrap_err().pointer;
        assert_eq!(pointer(json!({ "status": "Closed" })), "/classification");
        assert_eq!(pointer(json!({ "classification": "TruePositive" })), "/classification");
        let false_positive = json!({ "status": "Closed", "classification": "false_positive" });
        assert_eq!(pointer(false_positive), "/classification_reason");
        let wrong =
            json!({ "status": "Closed", "classification": "Undetermined", "classification_reason": "InaccurateData" });
        assert_eq!(pointer(wrong), "/classification_reason");
        let close = json!({ "status": "closed", "classification": "TruePositive", "classification_comment": "seen" });
        let body = change(close).body(&current(&json!({}))).unwrap().unwrap();
        assert_eq!(body["properties"]["classificationReason"], "SuspiciousActivity");
        assert_eq!(body["properties"]["classificationComment"], "seen");
    }

    #[test]
    fn what_was_closed_elsewhere_can_be_labelled() {
        let closed = current(&json!({ "status": "Closed", "classification": "FalsePositive" }));
        let body = change(json!({ "add_labels": ["b"] })).body(&closed).unwrap().unwrap();
        assert_eq!(body["properties"]["classification"], "FalsePositive");
        assert_eq!(body["properties"].get("classificationReason"), None);
    }

    #[test]
    fn opening_again_takes_the_classification_away() {
        let closed = current(&json!({ "status": "Closed", "classification": "Undetermined" }));
        let body = change(json!({ "status": "Active" })).body(&closed).unwrap().unwrap();
        assert_eq!((&body["properties"]["status"], body["properties"].get("classification")), (&json!("Active"), None));
        let again = change(json!({ "status": "Closed" })).body(&closed);
        assert_eq!(again, Ok(None));
    }
}
