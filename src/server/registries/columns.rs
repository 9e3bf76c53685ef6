//! What registries say about networks and domains, under the names of MSTICPy's columns, from what the providers found.

use model::Finding;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What is known about the network of an address.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct NetworkColumns {
    /// Number of the autonomous system that announces it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 15169)]
    asn: Option<u32>,
    /// All numbers, when several announce it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    asns: Vec<u32>,
    /// The network as it is announced.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "8.8.8.0/24")]
    asn_cidr: Option<String>,
    /// Country in which it was allocated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "US")]
    asn_country_code: Option<String>,
    /// The registry that allocated it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "arin")]
    asn_registry: Option<String>,
    /// When it was allocated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2023-12-28")]
    asn_date: Option<String>,
    /// Name of the autonomous system.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "GOOGLE, US")]
    asn_description: Option<String>,
    /// Name of the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    name: Option<String>,
    /// Its handle in the registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    handle: Option<String>,
    /// Its first address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    start_address: Option<String>,
    /// Its last address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    end_address: Option<String>,
    /// Its prefixes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cidr: Vec<String>,
    /// How it was given out, in the registry's words.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    allocation: Option<String>,
    /// Country of the holder.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    country_code: Option<String>,
    /// The network and the one around it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nets: Vec<Net>,
    /// What networks and domains have in common.
    #[serde(flatten)]
    holder: Holder,
}

/// A network as MSTICPy tells it.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
struct Net {
    /// Its prefixes, separated by commas.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cidr: Option<String>,
    /// Its handle in the registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    handle: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    name: Option<String>,
    /// Its first address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    start_address: Option<String>,
    /// Its last address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    end_address: Option<String>,
    /// When it was registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    created: Option<String>,
    /// When the registration was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    updated: Option<String>,
    /// Where its holder is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    address: Option<String>,
    /// Mail addresses of its contacts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    emails: Vec<String>,
}

/// What is known about a domain.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct DomainColumns {
    /// The domain as the registry writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    domain: Option<String>,
    /// The same in Unicode.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    unicode_name: Option<String>,
    /// Its handle in the registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    handle: Option<String>,
    /// Who registered it for its holder.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    registrar: Option<String>,
    /// The registrar's number with IANA.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    registrar_iana_id: Option<String>,
    /// When the registration ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    expires: Option<String>,
    /// Its name servers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    name_servers: Vec<String>,
    /// Whether its delegation is signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    dnssec: Option<bool>,
    /// What networks and domains have in common.
    #[serde(flatten)]
    holder: Holder,
}

/// Who holds it, since when, and who can be told.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct Holder {
    /// Who holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    registrant: Option<String>,
    /// The holder's country.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    registrant_country: Option<String>,
    /// When it was registered: RFC 3339, or as the registry writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    created: Option<String>,
    /// When the registration was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    updated: Option<String>,
    /// How the registration stands, in the registry's words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    status: Vec<String>,
    /// Where the holder is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    address: Option<String>,
    /// Mail addresses of the contacts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    emails: Vec<String>,
    /// Whom to tell about abuse.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    abuse_email: Option<String>,
    /// The same by telephone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    abuse_phone: Option<String>,
    /// The contacts, with their roles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    entities: Vec<Map<String, Value>>,
    /// What was left out for privacy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    redacted: Vec<String>,
}

impl NetworkColumns {
    pub(crate) fn of(findings: &[Finding]) -> Self {
        together(findings)
    }
}

impl DomainColumns {
    pub(crate) fn of(findings: &[Finding]) -> Self {
        together(findings)
    }
}

/// What all say together; the first who says something about a column is believed.
pub(crate) fn together<T: DeserializeOwned + Default>(findings: &[Finding]) -> T {
    let mut columns = Map::new();
    for (name, value) in findings.iter().flat_map(|finding| finding.evidence.iter()) {
        columns.entry(name.clone()).or_insert_with(|| value.clone());
    }
    serde_json::from_value(Value::Object(columns)).unwrap_or_default()
}
