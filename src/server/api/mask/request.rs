//! What is to be masked, and how.

use std::{collections::BTreeMap, fmt};

use extract::mask::Masking;
use model::{ColumnSpec, Rows};
use serde::{Deserialize, Deserializer, de};
use utoipa::ToSchema;

use crate::api::{problem::Problem, tables::TakesRows};

/// Rows to mask.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct MaskRequest {
    /// The rows.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, nullable = false)]
    pub(super) rows: Option<Rows>,
    /// What the columns of the rows hold, if that does not show.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(super) columns: Option<Vec<ColumnSpec>>,
    /// How columns are masked: `uuid`, `ip`, `str`, `dict`, `list`, `sid`, `acct`, `null`, or signs between which the parts are
    /// masked (`@.:`). In a query string: `name=way`, once for each column.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({ "User": "acct", "Host": "@./:.", "Secret": "null" }))]
    pub(super) column_map: ColumnMap,
    /// Whether columns of known tables are masked as is usual for them.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub(super) use_default: bool,
    /// The key that decides the masks, at least 8 bytes: with the same, they are the same. When left out the service has one
    /// of its own for as long as it runs.
    #[serde(default)]
    #[schema(nullable = false, format = Password)]
    pub(super) key: Option<String>,
}

const fn yes() -> bool {
    true
}

impl TakesRows for MaskRequest {
    fn take_rows(&mut self, rows: Rows) {
        self.rows = Some(rows);
    }
}

/// Ways to mask by the names of columns.
#[derive(Default)]
pub(super) struct ColumnMap(BTreeMap<String, String>);

impl ColumnMap {
    /// The ways, each of which must be one.
    pub(super) fn read(&self) -> Result<BTreeMap<String, Masking>, Problem> {
        let read = |(name, way): (&String, &String)| match way.parse::<Masking>() {
            Ok(masking) => Ok((name.clone(), masking)),
            Err(error) => {
                let pointer = name.replace('~', "~0").replace('/', "~1");
                Err(Problem::invalid_at(format!("/column_map/{pointer}"), error.to_string()))
            }
        };
        self.0.iter().map(read).collect()
    }
}

impl<'de> Deserialize<'de> for ColumnMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MapOrList)
    }
}

struct MapOrList;

impl MapOrList {
    fn pair<E: de::Error>(text: &str) -> Result<(String, String), E> {
        let (name, way) = text.split_once('=').ok_or_else(|| E::custom("expected name=way"))?;
        Ok((name.to_owned(), way.to_owned()))
    }
}

impl<'de> de::Visitor<'de> for MapOrList {
    type Value = ColumnMap;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ways to mask by the names of columns")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<ColumnMap, E> {
        Self::pair(text).map(|pair| ColumnMap([pair].into()))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<ColumnMap, A::Error> {
        let mut ways = BTreeMap::new();
        while let Some((name, way)) = map.next_entry()? {
            ways.insert(name, way);
        }
        Ok(ColumnMap(ways))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<ColumnMap, A::Error> {
        let mut ways = BTreeMap::new();
        while let Some(text) = seq.next_element::<String>()? {
            ways.extend([Self::pair::<A::Error>(&text)?]);
        }
        Ok(ColumnMap(ways))
    }
}
