//! The JSON form of a table: `{"columns": […], "rows": [{…}], "row_count", "truncated"}`.

use std::{
    borrow::Cow,
    io::{self, Write},
    ops::Range,
};

use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeSeq, SerializeStruct},
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use super::{Column, ColumnSpec, Table};

/// Writes what stands before the rows: the form may be too large to have it all at once.
pub fn write_beginning(table: &Table, out: &mut impl Write) -> io::Result<()> {
    let columns: Vec<_> = table.columns.iter().map(Column::spec).collect();
    out.write_all(b"{\"columns\":")?;
    serde_json::to_writer(&mut *out, &columns)?;
    out.write_all(b",\"rows\":[")
}

/// Writes these rows, parted from those before. Numbers past the last row are left out.
pub fn write(table: &Table, rows: Range<usize>, out: &mut impl Write) -> io::Result<()> {
    for row in rows.start..rows.end.min(table.row_count) {
        if row > 0 {
            out.write_all(b",")?;
        }
        serde_json::to_writer(&mut *out, &Row { table, row })?;
    }
    Ok(())
}

/// Writes what stands after the rows, and the members of an object.
pub fn write_end(table: &Table, beside: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    write!(out, "],\"row_count\":{},\"truncated\":{}", table.row_count, table.truncated)?;
    let beside = serde_json::to_string(beside)?;
    let members = beside.strip_prefix('{').unwrap_or("}");
    out.write_all(if members == "}" { b"" } else { b"," })?;
    out.write_all(members.as_bytes())
}

/// One row, as an object.
pub(super) struct Row<'a> {
    pub(super) table: &'a Table,
    pub(super) row: usize,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.table.columns.len()))?;
        for column in &self.table.columns {
            map.serialize_entry(column.name(), &column.value(self.row))?;
        }
        map.end()
    }
}

impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct AllRows<'a>(&'a Table);
        impl Serialize for AllRows<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let Self(table) = *self;
                let mut seq = serializer.serialize_seq(Some(table.row_count))?;
                for row in 0..table.row_count {
                    seq.serialize_element(&Row { table, row })?;
                }
                seq.end()
            }
        }

        let columns: Vec<_> = self.columns.iter().map(Column::spec).collect();
        let mut table = serializer.serialize_struct("Table", 4)?;
        table.serialize_field("columns", &columns)?;
        table.serialize_field("rows", &AllRows(self))?;
        table.serialize_field("row_count", &self.row_count)?;
        table.serialize_field("truncated", &self.truncated)?;
        table.end()
    }
}

/// A table: its columns and its rows.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the JSON form of a table")]
struct TableForm {
    /// The columns, from left to right.
    columns: Vec<ColumnSpec>,
    /// The rows: values by the names of the columns, null where a cell is missing.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<()>,
    /// How many rows there are.
    row_count: u64,
    /// Whether rows were left out because there were too many.
    truncated: bool,
}

impl PartialSchema for Table {
    fn schema() -> RefOr<Schema> {
        TableForm::schema()
    }
}

impl ToSchema for Table {
    fn name() -> Cow<'static, str> {
        "Table".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        TableForm::schemas(schemas);
    }
}
