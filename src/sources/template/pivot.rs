//! How a query appears on entities: by what its author says, and by the names of its parameters.

use std::sync::Arc;

/// What the author says (`metadata.pivot`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pivot {
    /// Its name as a function of entities; without one, the query's.
    pub short_name: Option<Arc<str>>,
    /// The kinds of entities that show it first.
    pub direct_entities: Vec<Arc<str>>,
}

/// Parameters by whose names a query belongs to a kind of entity, and the attribute that fills them.
pub const PARAMETER_ENTITIES: &[(&str, &str, &str)] = &[
    ("account_name", "Account", "Name"),
    ("user", "Account", "Name"),
    ("host_name", "Host", "fqdn"),
    ("process_name", "Process", "ProcessFilePath"),
    ("ip_address", "IpAddress", "Address"),
    ("ip_address_list", "IpAddress", "Address"),
    ("source_ip_list", "IpAddress", "Address"),
    ("domain", "Dns", "DomainName"),
    ("domain_list", "Dns", "DomainName"),
    ("logon_session_id", "Process", "LogonSession"),
    ("logon_session_id", "HostLogonSession", "SessionId"),
    ("logon_session_id", "Account", "LogonId"),
    ("process_id", "Process", "ProcessId"),
    ("commandline", "Process", "CommandLine"),
    ("cmd_line", "Process", "CommandLine"),
    ("url", "Url", "Url"),
    ("url_list", "Url", "Url"),
    ("file_hash", "File", "file_hash"),
    ("file_hash_list", "File", "file_hash"),
    ("resource_id", "AzureResource", "ResourceId"),
];

impl super::Template {
    /// The kinds of entities that it can be asked about, each once, in alphabetical order.
    pub fn entities(&self) -> Vec<&str> {
        let by_parameter = PARAMETER_ENTITIES
            .iter()
            .filter(|(name, ..)| self.parameters.iter().any(|parameter| &*parameter.name == *name));
        let mut entities: Vec<&str> = by_parameter.map(|(_, entity, _)| *entity).collect();
        entities.sort_unstable();
        entities.dedup();
        entities
    }
}
