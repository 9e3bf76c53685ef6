//! What PostgreSQL says, as cells and troubles.

use model::{ColumnSpec, ColumnType, Value};
use sources::{Enough, Gatherer, Trouble, TroubleKind};
use tokio_postgres::{Column, Error, SimpleQueryRow, types::Type};

/// The columns of a prepared query.
pub(super) fn columns(columns: &[Column]) -> Vec<ColumnSpec> {
    columns.iter().map(|column| ColumnSpec { name: column.name().to_owned(), kind: kind(column.type_()) }).collect()
}

fn kind(of: &Type) -> ColumnType {
    match *of {
        Type::BOOL => ColumnType::Bool,
        Type::INT2 | Type::INT4 => ColumnType::Int,
        Type::INT8 | Type::OID => ColumnType::Long,
        Type::FLOAT4 | Type::FLOAT8 => ColumnType::Real,
        Type::NUMERIC => ColumnType::Decimal,
        Type::TIMESTAMP | Type::TIMESTAMPTZ => ColumnType::Datetime,
        Type::UUID => ColumnType::Guid,
        Type::JSON | Type::JSONB => ColumnType::Dynamic,
        _ => ColumnType::String,
    }
}

/// Puts a row into the tables.
pub(super) fn put(row: &SimpleQueryRow, types: &[Type], rows: &mut Gatherer) -> Result<(), Enough> {
    rows.begin()?;
    for (place, of) in types.iter().enumerate() {
        rows.cell(place, row.try_get(place).ok().flatten().map_or(Value::Null, |text| cell(of, text)));
    }
    rows.end()
}

/// A cell of which the server wrote the text.
fn cell<'t>(of: &Type, text: &'t str) -> Value<'t> {
    match *of {
        Type::BOOL => Value::Bool(text == "t"),
        Type::JSON | Type::JSONB => Value::Dynamic(text.into()),
        // The offset of UTC has hours only.
        Type::TIMESTAMPTZ => match text.strip_suffix("+00") {
            Some(instant) => Value::String(format!("{instant}Z").into()),
            None => Value::String(text.into()),
        },
        _ => Value::String(text.into()),
    }
}

/// What an error means. <https://www.postgresql.org/docs/current/errcodes-appendix.html>
pub(super) fn trouble(error: &Error) -> Trouble {
    let Some(said) = error.as_db_error() else {
        return Trouble::new(TroubleKind::Failed, "no conversation with the database could be had");
    };
    let code = said.code().code();
    let kind = match code.get(..2).unwrap_or_default() {
        "28" => TroubleKind::Unauthorized,
        "53" => TroubleKind::RateLimited,
        "57" if code == "57014" => TroubleKind::Timeout,
        "08" | "57" | "58" | "XX" => TroubleKind::Failed,
        _ if code == "42501" => TroubleKind::Unauthorized,
        _ => TroubleKind::Rejected,
    };
    Trouble::new(kind, said.message()).code(Some(code))
}
