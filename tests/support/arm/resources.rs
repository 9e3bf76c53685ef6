//! What Sentinel adds to resources that are put into it, and resources as tests need them.

use serde_json::{Value, json};

use super::{
    State, below, refusal,
    store::{Store, resource_type},
};
use crate::vendor::Reply;

/// No incident has more comments.
const MOST_COMMENTS: usize = 100;

/// An incident as Sentinel gives it.
pub fn incident(number: u32, title: &str, severity: &str) -> Value {
    let hour =
        |offset: u32| format!("2026-05-{:02}T{:02}:00:00Z", 1 + (number + offset) / 24 % 28, (number + offset) % 24);
    json!({ "properties": {
        "title": title,
        "description": format!("Incident {number}"),
        "severity": severity,
        "status": "New",
        "owner": { "objectId": null, "email": null, "assignedTo": null, "userPrincipalName": null },
        "labels": [],
        "firstActivityTimeUtc": hour(0),
        "lastActivityTimeUtc": hour(1),
        "lastModifiedTimeUtc": hour(2),
        "createdTimeUtc": hour(2),
        "incidentNumber": number,
        "additionalData": {
            "alertsCount": 1, "bookmarksCount": 0, "commentsCount": 0,
            "alertProductNames": ["Azure Sentinel"], "tactics": ["CommandAndControl"]
        },
        "relatedAnalyticRuleIds": [below("alertRules/fab3d2d4-747f-46a7-8ef0-9c0be8112bf7")],
        "incidentUrl": format!("https://portal.azure.com/#asset/Microsoft_Azure_Security_Insights/Incident{}", below("Incidents/x")),
        "providerName": "Azure Sentinel",
        "providerIncidentId": number.to_string()
    } })
}

/// An entity of an incident: below `incidents/x/entities`.
pub fn entity(kind: &str, properties: Value) -> Value {
    json!({ "type": "Microsoft.SecurityInsights/Entities", "kind": kind, "properties": properties })
}

/// An alert of an incident: below `incidents/x/alerts`.
pub fn alert(id: &str, name: &str) -> Value {
    json!({ "type": "Microsoft.SecurityInsights/Entities", "kind": "SecurityAlert", "properties": {
        "systemAlertId": id, "alertDisplayName": name, "severity": "High", "status": "New", "tactics": ["Persistence"],
        "productName": "Azure Sentinel", "vendorName": "Microsoft", "alertType": "rule",
        "startTimeUtc": "2026-05-01T00:00:00Z", "endTimeUtc": "2026-05-01T01:00:00Z",
        "timeGenerated": "2026-05-01T01:05:00Z", "friendlyName": name
    } })
}

/// A bookmark.
pub fn bookmark(name: &str, query: &str) -> Value {
    json!({ "properties": { "displayName": name, "query": query, "created": "2026-05-01T00:00:00Z" } })
}

impl State {
    /// What stands against a PUT, beyond its shape.
    pub(super) fn refuse_put(&self, path: &str, body: &Value) -> Option<Reply> {
        let kind = resource_type(path).to_lowercase();
        let (collection, parent) = parents(path);
        if kind.starts_with("microsoft.securityinsights/incidents/") && self.store.find(parent).is_none() {
            return Some(refusal(404, "NotFound", "The incident does not exist"));
        }
        match kind.as_str() {
            "microsoft.securityinsights/incidents/comments" => {
                let is_full =
                    self.store.find(path).is_none() && self.store.children(collection).count() >= MOST_COMMENTS;
                is_full.then(|| refusal(400, "BadRequest", "The incident has reached its maximum number of comments"))
            }
            "microsoft.securityinsights/incidents/relations" => {
                let related = body.pointer("/properties/relatedResourceId");
                if self.store.find(related?.as_str()?).is_none() {
                    return Some(refusal(404, "NotFound", "The related resource does not exist"));
                }
                let is_there = self
                    .store
                    .children(collection)
                    .any(|other| other.pointer("/properties/relatedResourceId") == related);
                is_there.then(|| refusal(409, "Conflict", "The relation exists already"))
            }
            _ => None,
        }
    }

    /// Keeps what a PUT says, with what Sentinel adds.
    pub(super) fn put(&mut self, path: &str, mut body: Value) -> Value {
        let old = self.store.find(path).cloned();
        let now = "2026-11-24T12:00:00Z";
        let properties = &mut body["properties"];
        match resource_type(path).to_lowercase().as_str() {
            "microsoft.securityinsights/incidents" => {
                let (collection, _) = parents(path);
                let number = self.store.children(collection).count() as u32 + 1;
                let mut whole = old.unwrap_or_else(|| incident(number, "", ""))["properties"].take();
                for (key, value) in properties.as_object().expect("it has a shape") {
                    whole[key] = value.clone();
                }
                if let Some(labels) = whole["labels"].as_array_mut() {
                    labels.iter_mut().for_each(|label| label["labelType"] = json!("User"));
                }
                whole["lastModifiedTimeUtc"] = json!(now);
                *properties = whole;
            }
            "microsoft.securityinsights/incidents/comments" => {
                properties["createdTimeUtc"] = json!(now);
                properties["author"] =
                    json!({ "objectId": "o1", "email": null, "name": "pivotd", "userPrincipalName": null });
                let (_, parent) = parents(path);
                count(&mut self.store, parent, "commentsCount");
            }
            "microsoft.securityinsights/incidents/relations" => {
                let related = properties["relatedResourceId"].as_str().unwrap_or_default().to_owned();
                properties["relatedResourceName"] = json!(related.rsplit('/').next());
                properties["relatedResourceType"] = json!(resource_type(&related));
                let (_, parent) = parents(path);
                count(&mut self.store, parent, "bookmarksCount");
            }
            _ => {}
        }
        self.store.hold(path, body)
    }

    /// What the actions of incidents give.
    pub(super) fn act(&mut self, path: &str, body: &Value) -> Option<Reply> {
        let lower = path.to_lowercase();
        if let Some(at) = self.actions.iter().position(|(end, _)| lower.ends_with(end.as_str())) {
            let (end, action) = self.actions.remove(at);
            let reply = action(&mut self.store, path, body);
            self.actions.insert(at, (end, action));
            return Some(reply);
        }
        let (incident, what) = path.rsplit_once('/')?;
        if !resource_type(incident).eq_ignore_ascii_case("Microsoft.SecurityInsights/incidents") {
            return None;
        }
        self.store.find(incident)?;
        let items: Vec<&Value> = self.store.children(path).collect();
        let answer = match what {
            "entities" => {
                let kinds = items.iter().map(|item| json!({ "entityKind": item["kind"], "count": 1 }));
                json!({ "metaData": kinds.collect::<Vec<_>>(), "entities": items })
            }
            "alerts" => json!({ "value": items }),
            "bookmarks" => {
                let related = self.store.children(&format!("{incident}/relations"));
                let related =
                    related.filter_map(|relation| relation.pointer("/properties/relatedResourceId")?.as_str());
                json!({ "value": related.filter_map(|id| self.store.find(id)).collect::<Vec<_>>() })
            }
            _ => return None,
        };
        Some(Reply::json(answer.to_string()))
    }
}

/// The collection that a resource is in, and the resource that this belongs to.
fn parents(path: &str) -> (&str, &str) {
    let collection = path.rsplit_once('/').map_or("", |(rest, _)| rest);
    (collection, collection.rsplit_once('/').map_or("", |(rest, _)| rest))
}

/// Counts one more comment or bookmark of an incident, which changes it.
fn count(store: &mut Store, path: &str, what: &str) {
    if let Some(mut incident) = store.find(path).cloned() {
        let counted = &mut incident["properties"]["additionalData"][what];
        *counted = json!(counted.as_u64().unwrap_or_default() + 1);
        store.hold(path, incident);
    }
}
