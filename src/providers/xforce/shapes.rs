//! What X-Force answers, question by question.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::lenient::{List, Number, Part, Text, Texts, Time};

/// What is said about an address, a name or a URL: at the top, or under `result`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Report {
    pub(super) result: Option<Part<Assessment>>,
    #[serde(flatten)]
    pub(super) top: Assessment,
    pub(super) tags: Texts,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Assessment {
    pub(super) score: Number,
    pub(super) cats: Part<BTreeMap<String, Value>>,
    pub(super) reason: Text,
    pub(super) reason_description: Text,
    pub(super) geo: Part<Geo>,
    pub(super) history: List<Past>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Geo {
    pub(super) country: Text,
    pub(super) countrycode: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Past {
    pub(super) created: Time,
    pub(super) score: Number,
}

/// Malware with this digest: one, under `malware`.
#[derive(Deserialize)]
pub(super) struct Known {
    pub(super) malware: Malware,
}

/// Malware seen at a location: a list, under `malware`.
#[derive(Deserialize)]
pub(super) struct Seen {
    pub(super) malware: List<Malware>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Malware {
    pub(super) md5: Text,
    pub(super) risk: Text,
    pub(super) family: Texts,
    pub(super) r#type: Text,
    pub(super) created: Time,
    pub(super) firstseen: Time,
    pub(super) lastseen: Time,
    pub(super) origins: Part<Origins>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Origins {
    #[serde(rename = "CnCServers")]
    pub(super) servers: Part<Servers>,
    pub(super) external: Part<External>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Servers {
    pub(super) rows: List<Server>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Server {
    pub(super) domain: Text,
    pub(super) ip: Text,
    pub(super) uri: Text,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct External {
    pub(super) malware_type: Text,
    pub(super) platform: Text,
    pub(super) detection_coverage: Number,
    pub(super) family: Texts,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Whois {
    pub(super) created_date: Time,
    pub(super) updated_date: Time,
    pub(super) expires_date: Time,
    pub(super) registrar_name: Text,
    pub(super) contact_email: Text,
    pub(super) contact: List<Contact>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Contact {
    pub(super) r#type: Text,
    pub(super) organization: Text,
    pub(super) country: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Resolutions {
    #[serde(rename = "A")]
    pub(super) a: Texts,
    #[serde(rename = "AAAA")]
    pub(super) aaaa: Texts,
    #[serde(rename = "MX")]
    pub(super) mx: Texts,
    #[serde(rename = "RDNS")]
    pub(super) reverse: Texts,
    #[serde(rename = "Passive")]
    pub(super) passive: Part<Passive>,
    pub(super) total_rows: Number,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Passive {
    pub(super) records: List<Record>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Record {
    pub(super) value: Text,
    pub(super) record_type: Text,
    pub(super) first: Time,
    pub(super) last: Time,
}
