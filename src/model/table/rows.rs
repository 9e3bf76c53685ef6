//! Rows as callers send them, read into columns as they arrive, whose types show only at the end.

use std::{borrow::Cow, collections::HashMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema, schema},
};

use super::{Column, ColumnSpec, ColumnType, MAX_CELLS, MAX_COLUMNS, Table, TableError, Value, moment::read_datetime};

/// The rows of a table in a request: a list of objects, with any members. Their types show once all have been read.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    columns: Vec<Column>,
    by_name: HashMap<String, usize>,
    row_count: usize,
    form: Form,
}

/// How much the form in which rows were sent says of their types.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Form {
    /// JSON, which has no instants.
    #[default]
    Json,
    /// One that has nothing but texts.
    Texts,
    /// One that says the type of every column.
    Typed,
}

impl Rows {
    /// How many rows there are.
    pub const fn row_count(&self) -> usize {
        self.row_count
    }

    /// The table of these rows. With `columns`, these are its columns, in this order, and every cell must fit; without,
    /// the columns are those that occur, in the order of their first occurrence, and have the type that fits all their
    /// cells: texts that are all instants make a `datetime`, cells of different types a `dynamic`.
    pub fn into_table(mut self, columns: Option<&[ColumnSpec]>) -> Result<Table, TableError> {
        if self.columns.len() * self.row_count > MAX_CELLS {
            return Err(TableError::TooManyCells);
        }
        for column in &mut self.columns {
            column.fill(self.row_count);
        }
        let mut table = Table::default();
        match columns {
            None => {
                let inferred = match self.form {
                    Form::Json => inferred,
                    Form::Texts => read_from_texts,
                    Form::Typed => |column| column,
                };
                self.columns.into_iter().try_for_each(|column| table.add(inferred(column)))?;
            }
            Some(specs) => {
                let is_declared = |column: &&Column| specs.iter().any(|spec| spec.name == column.name());
                if let Some(column) = self.columns.iter().find(|column| !is_declared(column)) {
                    let row = column.first_present().unwrap_or_default();
                    return Err(TableError::UndeclaredColumn { row, column: column.name().to_owned() });
                }
                for ColumnSpec { name, kind } in specs {
                    let mut missing = Column::new(name, *kind);
                    missing.fill(self.row_count);
                    let sent = self.by_name.get(name).and_then(|index| self.columns.get(*index));
                    let cast = sent.map_or(Ok(missing), |sent| sent.cast(*kind));
                    let wrong = |row| TableError::WrongType { row, column: name.clone(), expected: *kind };
                    table.add(cast.map_err(wrong)?)?;
                }
            }
        }
        table.row_count = self.row_count;
        Ok(table)
    }

    /// The rows of a table, whose columns have their types already.
    pub fn of_table(table: Table) -> Self {
        let Table { columns, row_count, .. } = table;
        let by_name = columns.iter().enumerate().map(|(index, column)| (column.name().to_owned(), index)).collect();
        Self { columns, by_name, row_count, form: Form::Typed }
    }

    /// The same rows, sent by somebody who writes everything as texts: numbers and JSON are recognised in them.
    #[must_use]
    pub fn loosely_typed(self) -> Self {
        Self { form: Form::Texts, ..self }
    }

    /// Rows of a form that has nothing but texts.
    pub(super) fn of_texts(columns: Vec<Column>, row_count: usize) -> Result<Self, TableError> {
        if columns.len() > MAX_COLUMNS {
            return Err(TableError::TooManyColumns);
        }
        let mut by_name = HashMap::new();
        for (index, column) in columns.iter().enumerate() {
            if by_name.insert(column.name().to_owned(), index).is_some() {
                return Err(TableError::RepeatedColumn(column.name().to_owned()));
            }
        }
        Ok(Self { columns, by_name, row_count, form: Form::Texts })
    }

    /// Whether a row with members of these names still fits.
    pub fn have_room_for<'n>(&self, names: impl Iterator<Item = &'n String>) -> bool {
        self.columns.len() + names.filter(|name| !self.by_name.contains_key(*name)).count() <= MAX_COLUMNS
    }

    /// Adds one row: a JSON object. After a failure the rows are of no use.
    pub fn read_row(&mut self, json: &[u8]) -> Result<(), TableError> {
        let row = self.row_count;
        let mut failure = None;
        let mut deserializer = serde_json::Deserializer::from_slice(json);
        let read = RowSeed { rows: self, failure: &mut failure }.deserialize(&mut deserializer);
        match failure {
            Some(failure) => Err(failure),
            None => read.and_then(|()| deserializer.end()).map_err(|_| TableError::NotAnObject(row)),
        }
    }

    /// Adds one row of cells by name.
    pub fn push_row<'v>(&mut self, cells: impl IntoIterator<Item = (&'v str, Value<'v>)>) -> Result<(), TableError> {
        for (hint, (name, value)) in cells.into_iter().enumerate() {
            let column = self.column(name.into(), hint)?;
            self.push(column, value)?;
        }
        self.row_count += 1;
        Ok(())
    }

    /// The table of these rows, in which texts stay texts whatever they look like: for rows of which more are to come.
    /// [`Table::with_instants`] looks at them once all are there.
    pub fn into_table_as_sent(mut self) -> Result<Table, TableError> {
        let mut table = Table::default();
        for mut column in self.columns.drain(..) {
            column.fill(self.row_count);
            table.add(column)?;
        }
        table.row_count = self.row_count;
        Ok(table)
    }

    /// The number of the column of this name, which stood at `hint` in the row before.
    fn column(&mut self, name: Cow<'_, str>, hint: usize) -> Result<usize, TableError> {
        if self.columns.get(hint).is_some_and(|column| column.name() == name) {
            return Ok(hint);
        }
        if let Some(index) = self.by_name.get(name.as_ref()) {
            return Ok(*index);
        }
        if self.columns.len() >= MAX_COLUMNS {
            return Err(TableError::TooManyColumns);
        }
        let name = name.into_owned();
        self.columns.push(Column::new(name.clone(), ColumnType::String));
        self.by_name.insert(name, self.columns.len() - 1);
        Ok(self.columns.len() - 1)
    }

    /// Adds a cell to the row that is being read.
    fn push(&mut self, column: usize, value: Value<'_>) -> Result<(), TableError> {
        let row = self.row_count;
        let Some(column) = self.columns.get_mut(column) else { return Ok(()) };
        if column.len() > row {
            return Err(TableError::RepeatedColumn(column.name().to_owned()));
        }
        column.fill(row);
        let fitting = match value.kind() {
            Some(_) if column.present() == 0 => value.kind(),
            Some(kind) => Some(common(column.kind(), kind)),
            None => None,
        };
        let wrong =
            |row, column: &Column, expected| TableError::WrongType { row, column: column.name().to_owned(), expected };
        if let Some(kind) = fitting.filter(|kind| *kind != column.kind()) {
            *column = column.cast(kind).map_err(|row| wrong(row, column, kind))?;
        }
        column.push(value).map_err(|mismatch| wrong(row, column, mismatch.0))
    }
}

/// The type that can hold values of both.
pub(super) fn common(one: ColumnType, other: ColumnType) -> ColumnType {
    match (one, other) {
        (one, other) if one == other => one,
        (ColumnType::Long, ColumnType::Real) | (ColumnType::Real, ColumnType::Long) => ColumnType::Real,
        (ColumnType::Long, ColumnType::Decimal) | (ColumnType::Decimal, ColumnType::Long) => ColumnType::Decimal,
        _ => ColumnType::Dynamic,
    }
}

/// Texts that are all instants are instants.
pub(super) fn inferred(column: Column) -> Column {
    let is_instant = |value: Value<'_>| value.as_str().is_some_and(|text| read_datetime(text).is_some());
    if column.kind() == ColumnType::String && column.present() > 0 && column.values().all(is_instant) {
        column.cast(ColumnType::Datetime).unwrap_or(column)
    } else {
        column
    }
}

/// What texts that stand for something else are. A number must be written as one is: `007` and `+1` are names.
fn read_from_texts(column: Column) -> Column {
    let all = |fits: fn(&str) -> bool| column.values().all(|value| value.as_str().is_some_and(fits));
    let is_long = |text: &str| text.parse::<i64>().is_ok_and(|number| number.to_string() == text);
    let is_real = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
        let starts = digits.first().is_some_and(u8::is_ascii_digit);
        let is_padded = digits.first() == Some(&b'0') && digits.get(1).is_some_and(u8::is_ascii_digit);
        starts && !is_padded && text.parse().is_ok_and(f64::is_finite)
    };
    let is_bool = |text: &str| text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
    let is_json =
        |text: &str| text.starts_with(['[', '{']) && serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok();
    let kind = match column.present() {
        0 => None,
        _ if all(is_long) => Some(ColumnType::Long),
        _ if all(is_real) => Some(ColumnType::Real),
        _ if all(is_bool) => Some(ColumnType::Bool),
        _ if all(is_json) => Some(ColumnType::Dynamic),
        _ => None,
    };
    match kind {
        Some(kind) => column.cast(kind).unwrap_or(column),
        None => inferred(column),
    }
}

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items;
        impl<'de> Visitor<'de> for Items {
            type Value = Rows;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of rows")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Rows, A::Error> {
                let (mut rows, mut failure) = (Rows::default(), None);
                while let Some(()) = seq.next_element_seed(RowSeed { rows: &mut rows, failure: &mut failure })? {}
                Ok(rows)
            }
        }
        deserializer.deserialize_seq(Items)
    }
}

/// Reads one row into the columns.
struct RowSeed<'r> {
    rows: &'r mut Rows,
    /// What went wrong, for callers who want to know more than the text.
    failure: &'r mut Option<TableError>,
}

impl<'de> DeserializeSeed<'de> for RowSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RowSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object: values by the names of columns")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { rows, failure } = self;
        let mut fail = |error: TableError| {
            let text = error.to_string();
            *failure = Some(error);
            A::Error::custom(text)
        };
        let mut hint = 0;
        while let Some(Name(name)) = map.next_key::<Name<'de>>()? {
            let column = rows.column(name, hint).map_err(&mut fail)?;
            let CellValue(value) = map.next_value()?;
            rows.push(column, value).map_err(&mut fail)?;
            hint = column + 1;
        }
        rows.row_count += 1;
        Ok(())
    }
}

/// The name of a member, borrowed where it can be.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// The value of a member, borrowed where it can be.
struct CellValue<'a>(Value<'a>);

impl<'de> Deserialize<'de> for CellValue<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyCell).map(Self)
    }
}

struct AnyCell;

impl<'de> Visitor<'de> for AnyCell {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value of a cell")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value<'de>, E> {
        Ok(Value::Long(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value<'de>, E> {
        Ok(i64::try_from(number).map_or_else(|_| Value::Decimal(number.to_string().into()), Value::Long))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value<'de>, E> {
        Ok(Value::Real(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::String(text.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::String(text.to_owned().into()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value<'de>, E> {
        Ok(Value::String(text.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value<'de>, A::Error> {
        let json = serde_json::Value::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Value::Dynamic(json.to_string().into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element::<serde_json::Value>()? {
            items.push(item);
        }
        Ok(Value::Dynamic(serde_json::Value::Array(items).to_string().into()))
    }
}

/// A list of objects with any members.
impl PartialSchema for Rows {
    fn schema() -> RefOr<Schema> {
        schema::ArrayBuilder::new().items(schema::Object::new()).into()
    }
}

impl ToSchema for Rows {}
