//! The files of a table as one table: its columns are those of all files, in types that fit all of them.

use std::{collections::HashMap, sync::Arc};

use datafusion::{
    arrow::{
        compute::can_cast_types,
        datatypes::{DataType, Field, Schema, TimeUnit},
    },
    catalog::TableProvider,
    datasource::{
        file_format::parquet::ParquetFormat,
        listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl},
    },
    error::{DataFusionError, Result},
};
use model::{ColumnSpec, ColumnType};
use url::Url;

use super::{LocalTable, convert::Part, is_time, times};
use crate::tables::{TYPE_KEY, kind_of};

/// Opens the files of a table; none if there are none.
pub(super) fn open(parts: &[Part], time_column: Option<&str>) -> Result<Option<LocalTable>> {
    if parts.is_empty() {
        return Ok(None);
    }
    let schema = Arc::new(unified(parts));
    let urls = parts.iter().map(|part| {
        let url =
            Url::from_file_path(&part.path).map_err(|()| DataFusionError::Plan("a path that is no URL".to_owned()))?;
        ListingTableUrl::parse(url)
    });
    let options = ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension("");
    let config = ListingTableConfig::new_with_multi_paths(urls.collect::<Result<_>>()?)
        .with_listing_options(options)
        .with_schema(schema.clone());
    let columns: Vec<_> =
        schema.fields().iter().map(|field| ColumnSpec { name: field.name().clone(), kind: kind_of(field) }).collect();
    let said = time_column.and_then(|name| columns.iter().find(|spec| spec.name == name && is_time(spec)));
    let best =
        || columns.iter().filter(|spec| is_time(spec)).min_by_key(|spec| times::rank(&spec.name).unwrap_or(usize::MAX));
    let time_column = said.or_else(best).map(|spec| spec.name.clone());
    let provider: Arc<dyn TableProvider> = Arc::new(ListingTable::try_new(config)?);
    Ok(Some(LocalTable { provider, columns, time_column }))
}

/// One field for each name, in the order in which the files have them.
fn unified(parts: &[Part]) -> Schema {
    let mut fields: Vec<Field> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for field in parts.iter().flat_map(|part| part.schema.fields()) {
        match places.get(field.name().as_str()).and_then(|place| fields.get_mut(*place)) {
            Some(known) => *known = common(known, field),
            None => {
                places.insert(field.name(), fields.len());
                fields.push(field.as_ref().clone().with_nullable(true));
            }
        }
    }
    Schema::new(fields.into_iter().map(viewed).collect::<Vec<_>>())
}

/// Texts are read as views: of what is in a dictionary, nothing is copied.
fn viewed(field: Field) -> Field {
    match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => field.with_data_type(DataType::Utf8View),
        _ => field,
    }
}

/// A field that can hold the values of both.
fn common(one: &Field, other: &Field) -> Field {
    let (first, second) = (kind_of(one), kind_of(other));
    if first == second && one.data_type() == other.data_type() {
        return one.clone();
    }
    let (data_type, kind) = match (first, second) {
        (ColumnType::Int | ColumnType::Long, ColumnType::Int | ColumnType::Long) => (DataType::Int64, ColumnType::Long),
        (
            ColumnType::Int | ColumnType::Long | ColumnType::Real,
            ColumnType::Int | ColumnType::Long | ColumnType::Real,
        ) => (DataType::Float64, ColumnType::Real),
        (ColumnType::Datetime, ColumnType::Datetime) => {
            (DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), ColumnType::Datetime)
        }
        (first, second) if first == second => (DataType::Utf8, first),
        (ColumnType::String, _) | (_, ColumnType::String) => (DataType::Utf8, ColumnType::String),
        _ => (DataType::Utf8, ColumnType::Dynamic),
    };
    // Lists and structs of different forms have nothing in common that could be scanned: those of the first file are kept,
    // and missing in the others.
    let fits = |field: &Field| can_cast_types(field.data_type(), &data_type);
    if !fits(one) || !fits(other) {
        return one.clone();
    }
    let metadata = HashMap::from([(TYPE_KEY.to_owned(), kind.as_str().to_owned())]);
    Field::new(one.name(), data_type, true).with_metadata(metadata)
}
