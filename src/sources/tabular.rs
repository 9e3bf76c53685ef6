//! Tables in JSON, read as they come: first the columns, then row after row, each a list of cells or an object.

use std::{borrow::Cow, fmt, io::Read};

use model::{ColumnSpec, ColumnType, Value};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::{Map, Value as Json};

use crate::{Gatherer, Trouble, TroubleKind};

/// How a family of sources spells a table.
pub(crate) struct Spelling {
    /// The member that has the columns.
    pub(crate) columns: &'static [&'static str],
    /// The members of a column that have its name and its type.
    pub(crate) column: &'static [(&'static str, &'static str)],
    /// The member that has the rows.
    pub(crate) rows: &'static [&'static str],
    /// The member that has tables within.
    pub(crate) tables: &'static [&'static str],
    /// What a type means.
    pub(crate) kind: fn(&str) -> ColumnType,
    /// Whether the rows of a table, of which these members are known so far, are the ones that were asked for.
    pub(crate) is_wanted: fn(&Map<String, Json>) -> bool,
}

/// The members of a body that are no rows: the whole body's, and those of every table in it.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    pub(crate) members: Map<String, Json>,
    pub(crate) tables: Vec<Map<String, Json>>,
}

/// Reads a body that is a table, has tables in it, or is a list of tables. What was read before the body broke off is kept.
pub(crate) fn read(body: &mut dyn Read, spelling: &'static Spelling, rows: &mut Gatherer) -> Result<Beside, Trouble> {
    let mut beside = Beside::default();
    let mut state = State { spelling, rows, beside: &mut beside, has_rows: false };
    let mut deserializer = serde_json::Deserializer::from_reader(std::io::BufReader::with_capacity(64 * 1024, body));
    let read = Whole(&mut state).deserialize(&mut deserializer);
    // A body that is cut off after what looks like its end is cut off all the same.
    let read = read.and_then(|()| deserializer.end());
    match read {
        Ok(()) => Ok(beside),
        Err(_) if rows.is_full() => Ok(beside),
        Err(error) => Err(broken(&error)),
    }
}

/// Why a body could not be read to its end.
pub(crate) fn broken(error: &serde_json::Error) -> Trouble {
    if error.is_io() || error.is_eof() {
        Trouble::new(TroubleKind::Failed, "the answer broke off")
    } else {
        Trouble::unreadable()
    }
}

struct State<'s> {
    spelling: &'static Spelling,
    rows: &'s mut Gatherer,
    beside: &'s mut Beside,
    /// Whether there was a table with the rows that were asked for.
    has_rows: bool,
}

/// The whole body: an object or a list of tables.
struct Whole<'a, 's>(&'a mut State<'s>);

impl<'de> DeserializeSeed<'de> for Whole<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Whole<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table or tables")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.0.beside.members = table(self.0, map, true)?;
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(()) = seq.next_element_seed(OneTable(self.0))? {}
        Ok(())
    }
}

/// A table within a list of tables.
struct OneTable<'a, 's>(&'a mut State<'s>);

impl<'de> DeserializeSeed<'de> for OneTable<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OneTable<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let members = table(self.0, map, false)?;
        self.0.beside.tables.push(members);
        Ok(())
    }
}

/// The list of tables in a body.
struct Tables<'a, 's>(&'a mut State<'s>);

impl<'de> DeserializeSeed<'de> for Tables<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(Whole(self.0))
    }
}

/// Reads the members of a table, or of a body; returns those that are neither columns nor rows.
fn table<'de, A: MapAccess<'de>>(
    state: &mut State<'_>,
    mut map: A,
    may_have_tables: bool,
) -> Result<Map<String, Json>, A::Error> {
    let spelling = state.spelling;
    let mut members = Map::new();
    let mut columns = Vec::new();
    while let Some(key) = map.next_key::<String>()? {
        let key_is = |names: &[&str]| names.contains(&key.as_str());
        if key_is(spelling.columns) {
            let named: Vec<Map<String, Json>> = map.next_value()?;
            columns = named.iter().map(|column| described(spelling, column)).collect();
        } else if key_is(spelling.rows) {
            if state.has_rows || !(spelling.is_wanted)(&members) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            state.has_rows = true;
            state.rows.columns(std::mem::take(&mut columns)).map_err(A::Error::custom)?;
            map.next_value_seed(RowList(state.rows))?;
        } else if may_have_tables && key_is(spelling.tables) {
            map.next_value_seed(Tables(state))?;
        } else {
            members.insert(key, map.next_value()?);
        }
    }
    Ok(members)
}

fn described(spelling: &Spelling, column: &Map<String, Json>) -> ColumnSpec {
    let text = |pick: fn(&(&'static str, &'static str)) -> &'static str| {
        spelling.column.iter().find_map(|names| column.get(pick(names))?.as_str()).unwrap_or_default()
    };
    ColumnSpec { name: text(|names| names.0).to_owned(), kind: (spelling.kind)(text(|names| names.1)) }
}

/// The rows.
struct RowList<'r>(&'r mut Gatherer);

impl<'de> DeserializeSeed<'de> for RowList<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RowList<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rows")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(()) = seq.next_element_seed(Row(self.0))? {}
        Ok(())
    }
}

/// One row: its cells in the order of the columns, or by their names; or, among the rows of Kusto, an error.
pub(crate) struct Row<'r>(pub(crate) &'r mut Gatherer);

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.0.begin().map_err(A::Error::custom)?;
        let mut place = 0;
        while let Some(()) = seq.next_element_seed(Cell { rows: self.0, place })? {
            place += 1;
        }
        self.0.end().map_err(A::Error::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut begun = false;
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            if name == "OneApiErrors" && self.0.place_of(&name).is_none() {
                for error in map.next_value::<Vec<Json>>()? {
                    self.0.trouble(one_api_error(&error));
                }
                continue;
            }
            if !begun {
                self.0.begin().map_err(A::Error::custom)?;
                begun = true;
            }
            match self.0.place_of(&name) {
                Some(place) => map.next_value_seed(Cell { rows: self.0, place })?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if begun { self.0.end().map_err(A::Error::custom) } else { Ok(()) }
    }
}

/// An error in the form that Kusto has for all its errors.
pub(crate) fn one_api_error(error: &Json) -> Trouble {
    let (code, words) = crate::trouble::said(error);
    let detail = error.pointer("/error/@message").and_then(Json::as_str);
    let words = detail.map(str::to_owned).or(words).unwrap_or_else(|| "the source failed".to_owned());
    Trouble::new(TroubleKind::Incomplete, words).code(code)
}

/// One cell, put where it belongs without a copy.
struct Cell<'r> {
    rows: &'r mut Gatherer,
    place: usize,
}

impl<'de> DeserializeSeed<'de> for Cell<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Cell<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value of a cell")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.rows.cell(self.place, Value::Null);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.rows.cell(self.place, Value::Bool(value));
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.rows.cell(self.place, Value::Long(number));
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        let value = i64::try_from(number).map_or_else(|_| Value::Decimal(number.to_string().into()), Value::Long);
        self.rows.cell(self.place, value);
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.rows.cell(self.place, Value::Real(number));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.rows.cell(self.place, Value::String(text.into()));
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let json = Json::deserialize(MapAccessDeserializer::new(map))?;
        self.rows.cell(self.place, Value::Dynamic(json.to_string().into()));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element::<Json>()? {
            items.push(item);
        }
        self.rows.cell(self.place, Value::Dynamic(Json::Array(items).to_string().into()));
        Ok(())
    }
}
