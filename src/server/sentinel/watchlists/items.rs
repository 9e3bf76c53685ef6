//! The items of watchlists, one for each row: listed, and made to be as a caller's rows are.

use chrono::{DateTime, Utc};
use futures::{StreamExt as _, stream};
use model::Table;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use utoipa::ToSchema;

use super::Watchlist;
use crate::{
    arm::{ArmError, ArmRequest, ResourcePath},
    azure::gather,
    sentinel::{
        input::written,
        object::{instant, read},
        pages::Wanted,
        space::{SentinelError, Space, Stored as _},
    },
};

/// Requests for items that are under way at once.
const AT_ONCE: usize = 4;

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
    use super::*;

    fn table(rows: &Json) -> Table {
        serde_json::from_str::<model::Rows>(&rows.to_string()).unwrap().into_table(None).unwrap()
    }

    fn map(of: &Json) -> Map<String, Json> {
        of.as_object().unwrap().clone()
    }

    #[test]
    fn a_row_becomes_the_item_that_it_means() {
        let item = |id: &str, values: Json| WatchlistItem { id: id.to_owned(), updated: None, values: map(&values) };
        let existing = [item("1", json!({ "host": "a", "n": "1" })), item("2", json!({ "host": "b", "n": 2 }))];
        let wanted = table(&json!([
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
}
