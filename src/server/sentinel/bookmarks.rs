//! Bookmarks: events that a hunter kept, with the query that found them.
//!
//! <https://learn.microsoft.com/rest/api/securityinsights/bookmarks>

use chrono::{DateTime, Utc};
use model::When;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::{
    input::{Mistake, members, when},
    named::Named,
    object::{User, instant},
    space::{SentinelError, Space, Stored},
};

/// A bookmark.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all(deserialize = "camelCase"))]
pub struct Bookmark {
    /// The id.
    #[schema(example = "73e01a99-5cd7-4139-a149-9f2736ff2ab5")]
    pub id: String,
    /// Tells this state of it from others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub etag: Option<String>,
    /// The name that people know it by.
    #[serde(default, rename(deserialize = "displayName"))]
    #[schema(example = "Logons from a new country")]
    pub name: String,
    /// The query that found the events.
    #[serde(default)]
    pub query: String,
    /// What the query found: mostly the text of a JSON object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub query_result: Option<String>,
    /// Notes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub notes: Option<String>,
    /// Labels.
    #[serde(default)]
    pub labels: Vec<String>,
    /// When what was found happened.
    #[serde(default, deserialize_with = "instant", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub event_time: Option<DateTime<Utc>>,
    /// Beginning of the time that the query is about.
    #[serde(
        default,
        rename(deserialize = "queryStartTime"),
        deserialize_with = "instant",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false)]
    pub start: Option<DateTime<Utc>>,
    /// End of that time.
    #[serde(
        default,
        rename(deserialize = "queryEndTime"),
        deserialize_with = "instant",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false)]
    pub end: Option<DateTime<Utc>>,
    /// When it was made.
    #[serde(default, deserialize_with = "instant", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub created: Option<DateTime<Utc>>,
    /// When it was changed.
    #[serde(default, deserialize_with = "instant", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub updated: Option<DateTime<Utc>>,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub created_by: Option<User>,
    /// The incident that it belongs to.
    #[serde(default, rename(deserialize = "incidentInfo"), skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub incident: Option<BookmarkIncident>,
}

/// The incident of a bookmark.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all(deserialize = "camelCase"))]
pub struct BookmarkIncident {
    /// The id.
    #[serde(default, rename(deserialize = "incidentId"), skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub id: Option<String>,
    /// The title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub title: Option<String>,
    /// The severity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "High")]
    pub severity: Option<String>,
}

impl Named for Bookmark {
    const WHAT: &'static str = "bookmark";

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }
}

impl Stored for Bookmark {
    const PATH: &'static str = "/providers/Microsoft.SecurityInsights/bookmarks";
}

/// Makes a bookmark.
pub async fn create(space: &Space, new: NewBookmark, now: DateTime<Utc>) -> Result<Bookmark, SentinelError> {
    space.put(&uuid::Uuid::new_v4().to_string(), new.body(now)?).await
}

/// A bookmark to make.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBookmark {
    /// The name that people know it by.
    #[schema(example = "Logons from a new country")]
    pub name: String,
    /// The query that found the events.
    #[schema(example = "SigninLogs | where Location == 'XX'")]
    pub query: String,
    /// What the query found: a row, or a text that is taken as it is.
    #[serde(default)]
    #[schema(value_type = Object, nullable = false)]
    pub query_result: Option<Json>,
    /// Notes.
    #[serde(default)]
    #[schema(nullable = false)]
    pub notes: Option<String>,
    /// Labels.
    #[serde(default)]
    #[schema(nullable = false, example = json!(["hunt-7"]))]
    pub labels: Option<Vec<String>>,
    /// When what was found happened.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "2026-05-01T12:00:00Z")]
    pub event_time: Option<When>,
    /// Beginning of the time that the query is about.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "-1d")]
    pub start: Option<When>,
    /// End of that time.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "now")]
    pub end: Option<When>,
}

impl NewBookmark {
    /// As it is sent. A result that is no text is sent as the text of its JSON, which is what the portal shows.
    pub fn body(self, now: DateTime<Utc>) -> Result<Json, Mistake> {
        let result = self.query_result.map(|result| match result {
            Json::String(text) => text,
            other => other.to_string(),
        });
        Ok(json!({ "properties": members([
            ("displayName", Some(self.name.into())),
            ("query", Some(self.query.into())),
            ("queryResult", result.map(Json::String)),
            ("notes", self.notes.map(Json::String)),
            ("labels", self.labels.map(Json::from)),
            ("eventTime", when("/event_time", self.event_time, now)?),
            ("queryStartTime", when("/start", self.start, now)?),
            ("queryEndTime", when("/end", self.end, now)?),
        ]) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sentinel::object::read;

    #[test]
    fn a_bookmark_is_read_as_it_is_published() {
        let bookmark: Bookmark = read(json!({
            "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w/providers/Microsoft.SecurityInsights/bookmarks/73e01a99-5cd7-4139-a149-9f2736ff2ab5",
            "name": "73e01a99-5cd7-4139-a149-9f2736ff2ab5",
            "type": "Microsoft.SecurityInsights/bookmarks",
            "etag": "\"0300bf09-0000-0000-0000-5c37296e0000\"",
            "properties": {
                "displayName": "My bookmark", "created": "2021-09-01T13:15:30Z", "updated": "2021-09-01T13:15:30Z",
                "createdBy": { "objectId": "2046feea-040d-4a46-9e2b-91c2941bfa70", "email": "john@contoso.com", "name": "john doe" },
                "labels": ["Tag1"], "query": "SecurityEvent | take 1", "queryResult": "{}",
                "incidentInfo": { "incidentId": "i", "title": "New case", "severity": "Low", "relationName": "r" },
            },
        }))
        .unwrap();
        assert_eq!(bookmark.id(), "73e01a99-5cd7-4139-a149-9f2736ff2ab5");
        assert_eq!((bookmark.name(), bookmark.labels.as_slice()), (Some("My bookmark"), &["Tag1".to_owned()][..]));
        assert_eq!(bookmark.created_by.unwrap().email.as_deref(), Some("john@contoso.com"));
        assert_eq!(bookmark.incident.unwrap().title.as_deref(), Some("New case"));
    }

    #[test]
    fn what_is_not_given_is_not_sent_and_a_result_is_sent_as_text() {
        let new = json!({ "name": "it's \"mine\"", "query": "T", "query_result": { "a": null }, "start": "-1h" });
        let new: NewBookmark = serde_json::from_value(new).unwrap();
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        assert_eq!(
            new.body(now).unwrap(),
            json!({ "properties": { "displayName": "it's \"mine\"", "query": "T", "queryResult": "{\"a\":null}",
                "queryStartTime": "2023-11-14T21:13:20Z" } })
        );
    }
}
