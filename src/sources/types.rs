//! What the types of each family of sources are in our tables.

use model::ColumnType;

/// A type of Kusto and its relatives (Log Analytics, Defender), by its own name, .NET's, or that of version 1.
pub(crate) fn of_kusto(name: &str) -> ColumnType {
    let name = name.strip_prefix("System.").unwrap_or(name);
    match name.to_ascii_lowercase().as_str() {
        "int" | "int32" | "int16" | "uint16" | "byte" => ColumnType::Int,
        "long" | "int64" | "uint32" => ColumnType::Long,
        "real" | "double" | "single" | "float" => ColumnType::Real,
        "decimal" | "sqldecimal" | "uint64" => ColumnType::Decimal,
        "bool" | "boolean" | "sbyte" => ColumnType::Bool,
        "datetime" | "date" => ColumnType::Datetime,
        "timespan" | "time" => ColumnType::Timespan,
        "guid" | "uuid" | "uniqueid" => ColumnType::Guid,
        "dynamic" | "object" => ColumnType::Dynamic,
        _ => ColumnType::String,
    }
}

/// A type of Elasticsearch's ES|QL.
pub(crate) fn of_elastic(name: &str) -> ColumnType {
    match name {
        "boolean" => ColumnType::Bool,
        "integer" | "short" | "byte" | "long" | "counter_integer" | "counter_long" => ColumnType::Long,
        "double" | "float" | "half_float" | "scaled_float" | "counter_double" => ColumnType::Real,
        "unsigned_long" => ColumnType::Decimal,
        "date" | "date_nanos" | "datetime" => ColumnType::Datetime,
        "keyword" | "text" | "ip" | "version" | "null" | "unsupported" => ColumnType::String,
        _ => ColumnType::Dynamic,
    }
}

/// A type of ClickHouse, seen through `Nullable` and `LowCardinality`.
pub(crate) fn of_clickhouse(name: &str) -> ColumnType {
    let mut name = name.trim();
    while let Some(inner) =
        ["Nullable(", "LowCardinality("].iter().find_map(|outer| name.strip_prefix(outer)?.strip_suffix(')'))
    {
        name = inner;
    }
    let word = name.split(['(', ' ']).next().unwrap_or_default();
    match word {
        "Bool" => ColumnType::Bool,
        "Int8" | "Int16" | "Int32" | "UInt8" | "UInt16" | "Int64" | "UInt32" => ColumnType::Long,
        "UInt64" | "Int128" | "UInt128" | "Int256" | "UInt256" => ColumnType::Decimal,
        "Float32" | "Float64" => ColumnType::Real,
        "DateTime" | "DateTime64" => ColumnType::Datetime,
        "UUID" => ColumnType::Guid,
        "Array" | "Map" | "Tuple" | "Nested" | "JSON" | "Object" | "Variant" | "Dynamic" => ColumnType::Dynamic,
        word if word.starts_with("Decimal") => ColumnType::Decimal,
        _ => ColumnType::String,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_familys_types_have_a_place() {
        for (name, expected) in [
            ("System.Int64", ColumnType::Long),
            ("SByte", ColumnType::Bool),
            ("DateTime", ColumnType::Datetime),
            ("Object", ColumnType::Dynamic),
            ("SqlDecimal", ColumnType::Decimal),
            ("anything", ColumnType::String),
        ] {
            assert_eq!(of_kusto(name), expected, "{name}");
        }
        for (name, expected) in [
            ("Nullable(UInt64)", ColumnType::Decimal),
            ("LowCardinality(Nullable(String))", ColumnType::String),
            ("DateTime64(3, 'UTC')", ColumnType::Datetime),
            ("Map(String, UInt8)", ColumnType::Dynamic),
            ("Decimal(9, 2)", ColumnType::Decimal),
            ("Array(Tuple(a UInt8))", ColumnType::Dynamic),
        ] {
            assert_eq!(of_clickhouse(name), expected, "{name}");
        }
        assert_eq!(of_elastic("date"), ColumnType::Datetime);
        assert_eq!(of_elastic("geo_point"), ColumnType::Dynamic);
    }
}
