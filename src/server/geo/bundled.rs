//! The databases that come with the service: countries (DB-IP Lite) and AS numbers (RouteViews, NRO, DB-IP Lite).
//!
//! Both under CC BY 4.0; the README gives the attribution. `make geo-bundle` makes the files anew.

use std::sync::{Arc, OnceLock};

use super::{Database, GeoError};

const COUNTRY: &[u8] = include_bytes!("bundled/country.mmdb.zst");
const ASN: &[u8] = include_bytes!("bundled/asn.mmdb.zst");

/// More than either of them needs.
const SIZE_LIMIT: usize = 64 * 1024 * 1024;

/// The bundled databases, unpacked at first use and then shared.
pub(super) fn databases() -> Result<Vec<Arc<Database>>, GeoError> {
    static UNPACKED: OnceLock<Vec<Arc<Database>>> = OnceLock::new();
    if let Some(databases) = UNPACKED.get() {
        return Ok(databases.clone());
    }
    let databases = vec![unpack("country", COUNTRY)?, unpack("asn", ASN)?];
    Ok(UNPACKED.get_or_init(|| databases).clone())
}

fn unpack(name: &'static str, bytes: &[u8]) -> Result<Arc<Database>, GeoError> {
    let bytes = zstd::bulk::decompress(bytes, SIZE_LIMIT).map_err(|_| GeoError::Bundle(name))?;
    Database::bundled(name, bytes).map(Arc::new)
}
