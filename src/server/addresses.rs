//! What an address is and where it is, from memory. Nobody is asked.

use std::net::IpAddr;

use model::{Geo, IpType, KindHint, Observable, Outcome, SkipReason};
use serde::Serialize;
use utoipa::ToSchema;

use crate::geo::GeoDatabases;

/// Where one address is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GeoItem {
    /// The value as sent.
    pub(crate) value: String,
    /// hit, not_found, skipped (not a global address) or unsupported (not an address).
    pub(crate) outcome: Outcome,
    /// Why there is no place, when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) reason: Option<String>,
    /// What kind of address it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) ip_type: Option<IpType>,
    /// The place.
    #[serde(flatten)]
    pub(crate) geo: Geo,
}

/// What one address is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TypeItem {
    /// The value as sent.
    pub(crate) value: String,
    /// hit, or unsupported (not an address).
    pub(crate) outcome: Outcome,
    /// Why there is no answer, when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) reason: Option<String>,
    /// What kind of address it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) ip_type: Option<IpType>,
    /// MSTICPy's word for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Public")]
    pub(crate) msticpy_type: Option<&'static str>,
    /// Whether it is globally reachable.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) is_global: Option<bool>,
}

fn address(value: &str) -> Result<IpAddr, String> {
    let observable = Observable::parse(value, Some(KindHint::Address)).map_err(|rejection| rejection.to_string())?;
    observable.address().ok_or_else(|| "not an IP address".to_owned())
}

/// Where an address is.
pub(crate) fn locate(geo: &GeoDatabases, value: String) -> GeoItem {
    let (outcome, reason, ip_type, geo) = match address(&value) {
        Err(reason) => (Outcome::Unsupported, Some(reason), None, Geo::default()),
        Ok(address) if !model::is_global(address) => {
            let reason = SkipReason::NotGlobal.as_str().to_owned();
            (Outcome::Skipped, Some(reason), Some(model::ip_type(address)), Geo::default())
        }
        Ok(address) => {
            let geo = geo.find(address);
            let outcome = if geo.is_empty() { Outcome::NotFound } else { Outcome::Hit };
            let reason = geo.is_empty().then(|| "in none of the databases".to_owned());
            (outcome, reason, Some(model::ip_type(address)), geo)
        }
    };
    GeoItem { value, outcome, reason, ip_type, geo }
}

/// What an address is.
pub(crate) fn classify(value: String) -> TypeItem {
    match address(&value) {
        Err(reason) => TypeItem {
            value,
            outcome: Outcome::Unsupported,
            reason: Some(reason),
            ip_type: None,
            msticpy_type: None,
            is_global: None,
        },
        Ok(address) => {
            let ip_type = model::ip_type(address);
            TypeItem {
                value,
                outcome: Outcome::Hit,
                reason: None,
                ip_type: Some(ip_type),
                msticpy_type: Some(ip_type.msticpy_label()),
                is_global: Some(model::is_global(address)),
            }
        }
    }
}
