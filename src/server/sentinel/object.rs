//! Objects as Azure shows them: a name, a tag of their state, and properties. Here they are read flat.

use chrono::{DateTime, Utc};
use model::{Fault, Faulty, Rows, Table, TableError, Value};
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value as Json};
use utoipa::ToSchema;

/// An object has not the form that it should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an object of Azure has not the form that it should have")]
pub struct Unreadable;

impl Faulty for Unreadable {
    fn fault(&self) -> Fault {
        Fault::Upstream
    }
}

/// Reads an object: its properties beside its name (as `id`), its address (as `resourceId`), its etag and its kind.
pub fn read<T: DeserializeOwned>(object: Json) -> Result<T, Unreadable> {
    let Json::Object(mut object) = object else { return Err(Unreadable) };
    let properties = object.remove("properties");
    let mut flat = Map::new();
    let own = [("id", "name"), ("resourceId", "id"), ("etag", "etag"), ("kind", "kind")];
    flat.extend(own.into_iter().filter_map(|(key, theirs)| Some((key.to_owned(), object.remove(theirs)?))));
    if let Some(Json::Object(properties)) = properties {
        for (key, value) in properties {
            flat.entry(key).or_insert(value);
        }
    }
    flat.retain(|_, value| !value.is_null());
    serde_json::from_value(Json::Object(flat)).map_err(|_| Unreadable)
}

/// Reads a list of objects.
pub fn read_all<T: DeserializeOwned>(objects: Vec<Json>) -> Result<Vec<T>, Unreadable> {
    objects.into_iter().map(read).collect()
}

/// Somebody who made or changed an object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all(deserialize = "camelCase"))]
pub struct User {
    /// The id in the directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub object_id: Option<String>,
    /// The address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "alice@contoso.com")]
    pub email: Option<String>,
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Alice")]
    pub name: Option<String>,
}

/// An instant, if the text is one: Azure writes empty texts where there is none.
pub fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.and_then(|text| DateTime::parse_from_rfc3339(&text).ok()).map(|instant| instant.to_utc()))
}

/// Objects as the rows of a table; a column for each member that occurs.
pub fn table<'o>(objects: impl IntoIterator<Item = &'o Map<String, Json>>) -> Result<Table, TableError> {
    let mut rows = Rows::default();
    for object in objects {
        rows.push_row(object.iter().map(|(name, value)| (name.as_str(), Value::of_json(value))))?;
    }
    rows.into_table(None)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all(deserialize = "camelCase"))]
    struct Thing {
        id: String,
        resource_id: String,
        etag: Option<String>,
        display_name: Option<String>,
        #[serde(default, deserialize_with = "instant")]
        valid_until: Option<DateTime<Utc>>,
    }

    #[test]
    fn an_object_is_read_flat_and_its_own_name_wins() {
        let object = json!({ "id": "/subscriptions/s/x/n", "name": "n", "type": "x", "properties": {
            "id": "another", "displayName": "A", "etag": null, "validUntil": "" } });
        let thing: Thing = read(object).unwrap();
        assert_eq!(
            thing,
            Thing {
                id: "n".to_owned(),
                resource_id: "/subscriptions/s/x/n".to_owned(),
                etag: None,
                display_name: Some("A".to_owned()),
                valid_until: None
            }
        );
    }

    #[test]
    fn an_instant_is_in_utc_whatever_its_offset() {
        let object = json!({ "id": "i", "name": "n", "properties": { "validUntil": "2020-09-28T02:26:54.77+02:00" } });
        let thing: Thing = read(object).unwrap();
        assert_eq!(thing.valid_until.unwrap().to_rfc3339(), "2020-09-28T00:26:54.770+00:00");
    }

    #[test]
    fn what_is_no_object_is_told() {
        assert_eq!(read::<Thing>(json!([])), Err(Unreadable));
        assert_eq!(read_all::<Thing>(vec![json!({ "name": 1 })]), Err(Unreadable));
    }
}
