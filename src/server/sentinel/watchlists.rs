//! Watchlists: tables that analysts keep beside the events.
//!
//! <https://learn.microsoft.com/rest/api/securityinsights/watchlists>

pub mod items;

use chrono::{DateTime, Utc};
use model::{Column, Table};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::{
    input::{Mistake, members},
    named::Named,
    object::{User, instant},
    space::{SentinelError, Space, Stored},
};
use crate::arm::ArmError;

/// As much as one request can carry of the rows of a new watchlist, in bytes.
/// <https://learn.microsoft.com/azure/sentinel/watchlists#limitations-of-watchlists>
pub const MOST_BYTES: usize = 3_800_000;

/// A watchlist, without its items.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all(deserialize = "camelCase"))]
pub struct Watchlist {
    /// The alias: queries know it by this name.
    #[serde(rename(serialize = "alias", deserialize = "id"))]
    #[schema(rename = "alias", example = "HighValueAssets")]
    pub alias: String,
    /// The id.
    #[serde(default, rename(serialize = "id", deserialize = "watchlistId"), skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub id: Option<String>,
    /// Tells this state of it from others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub etag: Option<String>,
    /// The name that people know it by.
    #[serde(default, rename(deserialize = "displayName"))]
    #[schema(example = "High value assets")]
    pub name: String,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub description: Option<String>,
    /// Who provides it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub provider: Option<String>,
    /// What it was made from: mostly the name of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub source: Option<String>,
    /// The column by which items are found.
    #[serde(default, rename(deserialize = "itemsSearchKey"), skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "host")]
    pub search_key: Option<String>,
    /// How far the items of a new watchlist are taken in: New, InProgress or Complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Complete")]
    pub upload_status: Option<String>,
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
}

impl Named for Watchlist {
    const WHAT: &'static str = "watchlist";

    fn id(&self) -> &str {
        &self.alias
    }

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }
}

impl Stored for Watchlist {
    const PATH: &'static str = "/providers/Microsoft.SecurityInsights/watchlists";
}

/// Makes a watchlist. Azure would put the rows into one that there is.
pub async fn create(space: &Space, alias: &str, new: NewWatchlist) -> Result<Watchlist, SentinelError> {
    let body = new.body()?;
    match space.shown::<Watchlist>(alias).await {
        Ok(_) => Err(SentinelError::Exists("watchlist")),
        Err(ArmError::Missing(_)) => space.put(alias, body).await,
        Err(error) => Err(error.into()),
    }
}

/// A watchlist to make.
#[derive(Debug, Clone)]
pub struct NewWatchlist {
    /// The name that people know it by.
    pub name: String,
    /// What it is about.
    pub description: Option<String>,
    /// Who provides it.
    pub provider: String,
    /// What it was made from.
    pub source: String,
    /// The column by which items are found.
    pub search_key: String,
    /// The rows.
    pub rows: Table,
}

impl NewWatchlist {
    /// As it is sent: the rows as CSV, from which Sentinel makes the items.
    pub fn body(self) -> Result<Json, Mistake> {
        if self.rows.row_count() == 0 {
            return Err(Mistake::at("/rows", "at least one row is needed"));
        }
        if self.rows.column(&self.search_key).is_none() {
            return Err(Mistake::at("/search_key", "no row has this column"));
        }
        let csv = csv(&self.rows);
        if csv.len() > MOST_BYTES {
            let detail = format!("larger than {MOST_BYTES} bytes as CSV, which is as much as Sentinel takes at once");
            return Err(Mistake::at("/rows", detail));
        }
        Ok(json!({ "properties": members([
            ("displayName", Some(self.name.into())),
            ("description", self.description.map(Json::String)),
            ("provider", Some(self.provider.into())),
            ("source", Some(self.source.into())),
            ("sourceType", Some("Local file".into())),
            ("itemsSearchKey", Some(self.search_key.into())),
            ("contentType", Some("text/csv".into())),
            ("numberOfLinesToSkip", Some(0.into())),
            ("rawContent", Some(csv.into())),
        ]) }))
    }
}

/// Rows as CSV (RFC 4180), each value as it is: this is for a machine, which takes no text for a formula.
fn csv(rows: &Table) -> String {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Memory takes every line.
    let _ = writer.write_record(rows.columns().iter().map(Column::name));
    for row in 0..rows.row_count() {
        let cells: Vec<_> = rows.columns().iter().map(|column| column.value(row)).collect();
        let _ = writer.write_record(cells.iter().map(|cell| cell.to_text().into_owned()));
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sentinel::object::read;

    fn rows(rows: &Json) -> Table {
        serde_json::from_str::<model::Rows>(&rows.to_string()).unwrap().into_table(None).unwrap()
    }

    fn new(of: &Json) -> NewWatchlist {
        NewWatchlist {
            name: "High value assets".to_owned(),
            description: None,
            provider: "pivotd".to_owned(),
            source: "hva.csv".to_owned(),
            search_key: "host".to_owned(),
            rows: rows(of),
        }
    }

    #[test]
    fn a_watchlist_is_read_as_it_is_published() {
        let watchlist: Watchlist = read(json!({
            "id": "/subscriptions/s/…/watchlists/highValueAsset", "name": "highValueAsset", "etag": "\"e\"",
            "properties": { "watchlistId": "76d5a51f-ba1f-4038-9d22-59fda38dc017", "displayName": "High Value Assets Watchlist",
                "provider": "Microsoft", "source": "watchlist.csv", "created": "2020-09-28T00:26:54.7746089+00:00",
                "updated": "2020-09-28T00:26:57+00:00", "itemsSearchKey": "header1", "isDeleted": false, "uploadStatus": "Complete" },
        }))
        .unwrap();
        let shown = serde_json::to_value(&watchlist).unwrap();
        assert_eq!(shown["alias"], "highValueAsset");
        assert_eq!(shown["id"], "76d5a51f-ba1f-4038-9d22-59fda38dc017");
        assert_eq!(shown["search_key"], "header1");
        assert_eq!(shown["updated"], "2020-09-28T00:26:57Z");
    }

    #[test]
    fn rows_are_sent_as_csv_in_which_every_value_is_itself() {
        let body = new(&json!([{ "host": "a,b", "note": "=1+1" }, { "host": "say \"x\"\nagain", "note": null }]))
            .body()
            .unwrap();
        let sent = &body["properties"];
        assert_eq!(sent["rawContent"], "host,note\r\n\"a,b\",=1+1\r\n\"say \"\"x\"\"\nagain\",\r\n");
        assert_eq!((&sent["contentType"], &sent["itemsSearchKey"]), (&json!("text/csv"), &json!("host")));
        assert_eq!((&sent["source"], &sent["sourceType"]), (&json!("hva.csv"), &json!("Local file")));
    }

    #[test]
    fn rows_that_make_no_watchlist_are_refused_before_they_are_sent() {
        for (rows, pointer) in [
            (json!([]), "/rows"),
            (json!([{ "other": 1 }]), "/search_key"),
            (json!([{ "host": "x".repeat(MOST_BYTES) }]), "/rows"),
        ] {
            assert_eq!(new(&rows).body().unwrap_err().pointer, pointer);
        }
    }

    proptest! {
        #[test]
        fn csv_comes_back_as_it_was_whatever_the_values_are(values in proptest::collection::vec("[a-z\"', \n=+@-]{1,8}", 1..6)) {
            let table = rows(&values.iter().map(|value| json!({ "host": value })).collect());
            let mut reader = ::csv::ReaderBuilder::new().from_reader(std::io::Cursor::new(csv(&table)));
            let read: Vec<String> = reader.records().map(|record| record.unwrap()[0].to_owned()).collect();
            let written: Vec<String> = (0..table.row_count()).map(|row| table.value(row, "host").to_text().into_owned()).collect();
            prop_assert_eq!(read, written);
        }
    }
}
