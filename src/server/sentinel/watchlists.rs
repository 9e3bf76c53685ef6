//! Watchlists: tables that analysts keep beside the events, and their items, one for each row.
//!
//! <https://learn.microsoft.com/rest/api/securityinsights/watchlists>

use chrono::{DateTime, Utc};
use futures::{StreamExt as _, stream};
use model::{Column, Table};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use utoipa::ToSchema;

use super::{
    input::{Mistake, members, written},
    named::Named,
    object::{User, instant, read},
    pages::Wanted,
    space::{SentinelError, Space, Stored},
};
use crate::{
    arm::{ArmError, ArmRequest, ResourcePath},
    azure::gather,
};

/// Requests for items that are under way at once.
const AT_ONCE: usize = 4;

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

/// All items of a watchlist.
pub async fn all_items(space: &Space, alias: &str) -> Result<Vec<WatchlistItem>, SentinelError> {
    let request = ArmRequest::get(items_of(space, alias), Watchlist::VERSION);
    let items = gather(&space.azure, &request, Wanted::default(), |item| Ok::<_, SentinelError>(Some(read(item)?)));
    Ok(items.await?.items)
}

/// Makes a watchlist have these rows, each by itself; what became of each, in their order.
pub async fn put_items(space: &Space, id_or_name: &str, rows: &Table) -> Result<Vec<PutItem>, SentinelError> {
    let watchlist = space.find::<Watchlist>(id_or_name).await?;
    let existing = all_items(space, &watchlist.alias).await?;
    let steps = plan(&existing, watchlist.search_key.as_deref(), items(rows));
    let alias = &watchlist.alias;
    let put = |(source_row, step)| async move {
        let (id, outcome, error) = match step {
            Step::Keep(id) => (id, PutOutcome::Unchanged, None),
            Step::Update(id, values) => {
                let put = put_item(space, alias, &id, &values).await;
                (id, PutOutcome::Updated, put.err())
            }
            Step::Create(values) => {
                let id = uuid::Uuid::new_v4().to_string();
                let put = put_item(space, alias, &id, &values).await;
                (id, PutOutcome::Created, put.err())
            }
        };
        match error {
            None => PutItem { source_row, id: Some(id), outcome, reason: None },
            Some(error) => {
                PutItem { source_row, id: None, outcome: PutOutcome::Error, reason: Some(error.to_string()) }
            }
        }
    };
    Ok(stream::iter(steps.into_iter().enumerate()).map(put).buffered(AT_ONCE).collect().await)
}

async fn put_item(space: &Space, alias: &str, id: &str, values: &Map<String, Json>) -> Result<Json, ArmError> {
    let body = json!({ "properties": { "itemsKeyValue": values } });
    space.azure.send(ArmRequest::put(items_of(space, alias).segment(id), Watchlist::VERSION, body)).await
}

/// Deletes an item.
pub async fn delete_item(space: &Space, id_or_name: &str, item: &str) -> Result<String, SentinelError> {
    let alias = space.id_of::<Watchlist>(id_or_name).await?;
    space.azure.send(ArmRequest::delete(items_of(space, &alias).segment(item), Watchlist::VERSION)).await?;
    Ok(alias)
}

/// Where the items of a watchlist are.
fn items_of(space: &Space, alias: &str) -> ResourcePath {
    space.path::<Watchlist>().segment(alias).then("/watchlistItems")
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = WatchlistItemOutcome)]
pub struct PutItem {
    /// The row, counted from 0.
    pub source_row: usize,
    /// The item that it became.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub id: Option<String>,
    /// What was done.
    pub outcome: PutOutcome,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
}

/// What was done about a row. New outcomes may be added; treat unknown ones as `error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WatchlistItemOutcomeKind)]
pub enum PutOutcome {
    /// There is a new item.
    Created,
    /// An item has other values.
    Updated,
    /// There was an item with these values.
    Unchanged,
    /// Azure did not take it.
    Error,
}

/// One row of a watchlist.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WatchlistItem {
    /// The id.
    pub id: String,
    /// When it was changed.
    #[serde(default, deserialize_with = "instant")]
    pub updated: Option<DateTime<Utc>>,
    /// The values by the names of the columns.
    #[serde(default, rename = "itemsKeyValue")]
    pub values: Map<String, Json>,
}

/// The column with the ids of items in tables.
pub const ITEM_ID: &str = "_item_id";

/// The column that says when an item was changed.
pub const ITEM_UPDATED: &str = "_updated";

impl WatchlistItem {
    /// As a row of a table.
    pub fn row(self) -> Map<String, Json> {
        let mut row = Map::new();
        row.insert(ITEM_ID.to_owned(), self.id.into());
        if let Some(updated) = self.updated {
            row.insert(ITEM_UPDATED.to_owned(), written(updated));
        }
        row.extend(self.values);
        row
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

/// The rows of a table as the values of items: texts, which is what Sentinel makes of a watchlist's rows, too.
fn items(rows: &Table) -> Vec<Map<String, Json>> {
    let item = |row| {
        let present = rows.columns().iter().filter(|column| !column.value(row).is_null());
        present.map(|column| (column.name().to_owned(), column.value(row).to_text().into())).collect()
    };
    (0..rows.row_count()).map(item).collect()
}

/// A value as the text that Sentinel keeps of it.
fn plain(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What has to be done for one row.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// An item with these values is made.
    Create(Map<String, Json>),
    /// The values of an item are replaced.
    Update(String, Map<String, Json>),
    /// There is such an item.
    Keep(String),
}

/// What has to be done so that a watchlist has these rows: one that names an item, or has its value in the search key, becomes
/// that item; the others become new ones.
fn plan(existing: &[WatchlistItem], search_key: Option<&str>, rows: Vec<Map<String, Json>>) -> Vec<Step> {
    let step = |mut row: Map<String, Json>| {
        row.remove(ITEM_UPDATED);
        let named = row.remove(ITEM_ID).map(|id| plain(&id));
        let key = search_key.and_then(|key| row.get(key)).map(plain);
        let is_meant = |item: &&WatchlistItem| match (&named, &key) {
            (Some(id), _) => item.id.eq_ignore_ascii_case(id),
            (None, Some(key)) => search_key.and_then(|name| item.values.get(name)).map(plain).as_ref() == Some(key),
            (None, None) => false,
        };
        match (existing.iter().find(is_meant), named) {
            (Some(item), _) if is_same(&item.values, &row) => Step::Keep(item.id.clone()),
            (Some(item), _) => Step::Update(item.id.clone(), row),
            (None, Some(id)) => Step::Update(id, row),
            (None, None) => Step::Create(row),
        }
    };
    rows.into_iter().map(step).collect()
}

fn is_same(one: &Map<String, Json>, other: &Map<String, Json>) -> bool {
    one.len() == other.len() && one.iter().all(|(key, value)| other.get(key).map(plain) == Some(plain(value)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sentinel::object::read;

    fn rows(rows: &Json) -> Table {
        serde_json::from_str::<model::Rows>(&rows.to_string()).unwrap().into_table(None).unwrap()
    }

    fn new(of: Json) -> NewWatchlist {
        NewWatchlist {
            name: "High value assets".to_owned(),
            description: None,
            provider: "pivotd".to_owned(),
            source: "hva.csv".to_owned(),
            search_key: "host".to_owned(),
            rows: rows(&of),
        }
    }

    fn map(of: &Json) -> Map<String, Json> {
        of.as_object().unwrap().clone()
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
        let body = new(json!([{ "host": "a,b", "note": "=1+1" }, { "host": "say \"x\"\nagain", "note": null }]))
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
            assert_eq!(new(rows).body().unwrap_err().pointer, pointer);
        }
    }

    #[test]
    fn a_row_becomes_the_item_that_it_means() {
        let item = |id: &str, values: Json| WatchlistItem { id: id.to_owned(), updated: None, values: map(&values) };
        let existing = [item("1", json!({ "host": "a", "n": "1" })), item("2", json!({ "host": "b", "n": 2 }))];
        let wanted = rows(&json!([
            { "host": "a", "n": 1 }, { "host": "b", "n": 3 }, { "host": "c", "n": 4 }, { "_item_id": "1", "host": "z", "n": 5 }
        ]));
        let steps = plan(&existing, Some("host"), items(&wanted));
        assert_eq!(
            steps,
            [
                Step::Keep("1".to_owned()),
                Step::Update("2".to_owned(), map(&json!({ "host": "b", "n": "3" }))),
                Step::Create(map(&json!({ "host": "c", "n": "4" }))),
                Step::Update("1".to_owned(), map(&json!({ "host": "z", "n": "5" }))),
            ]
        );
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
