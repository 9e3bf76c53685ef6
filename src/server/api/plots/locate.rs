//! Addresses become places before they are drawn on a map.

use std::net::IpAddr;

use model::{Column, ColumnType, Geo, Table, Value};

use crate::{api::problem::Problem, geo::GeoDatabases};

/// Adds where each address of a column is: latitude, longitude, country and city. Columns of these names that are there
/// already stay as they are.
pub(super) fn locate(table: &mut Table, column: &str, geo: &GeoDatabases) -> Result<(), Problem> {
    if table.row_count() == 0 {
        return Ok(());
    }
    let Some(addresses) = table.column(column) else {
        return Err(Problem::invalid_at("/ip_column", "no row has this column"));
    };
    let place = |value: Value<'_>| {
        let address = value.as_str().and_then(|text| text.trim().parse::<IpAddr>().ok());
        address.map(|address| geo.find(address)).unwrap_or_default()
    };
    let places: Vec<Geo> = addresses.iter().map(place).collect();
    let real = |name, of: fn(&Geo) -> Option<f64>| Column::of(name, ColumnType::Real, places.iter().map(of));
    let text = |name, of: fn(&Geo) -> Option<String>| Column::of(name, ColumnType::String, places.iter().map(of));
    for located in [
        real("latitude", |place| place.latitude),
        real("longitude", |place| place.longitude),
        text("country_code", |place| place.country_code.clone()),
        text("city", |place| place.city.clone()),
    ] {
        // A number fits a column of numbers, a text one of texts.
        if let Ok(located) = located
            && table.column(located.name()).is_none()
        {
            table.add(located)?;
        }
    }
    Ok(())
}
