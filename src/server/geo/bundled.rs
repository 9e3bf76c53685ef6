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
    // Room for just what the file says it holds: the rest would be kept for ever.
    let size = zstd::zstd_safe::get_frame_content_size(bytes).ok().flatten();
    let size = size.and_then(|size| usize::try_from(size).ok()).filter(|size| *size <= SIZE_LIMIT);
    let bytes =
        zstd::bulk::decompress(bytes, size.ok_or(GeoError::Bundle(name))?).map_err(|_| GeoError::Bundle(name))?;
    Database::bundled(name, bytes).map(Arc::new)
}
