//! The query pack, as it is compiled in: one file for each environment and family.

/// Names and texts of all files, in the order in which they are loaded.
pub const PACK: &[(&str, &str)] = texts! { "../../queries/":
    "mssentinel/azure.yaml"
    "mssentinel/azure_network.yaml"
    "mssentinel/azure_sentinel.yaml"
    "mssentinel/heartbeat.yaml"
    "mssentinel/linux_audit.yaml"
    "mssentinel/linux_syslog.yaml"
    "mssentinel/multi_data_source.yaml"
    "mssentinel/network.yaml"
    "mssentinel/office_365.yaml"
    "mssentinel/security_alert.yaml"
    "mssentinel/threat_intelligence.yaml"
    "mssentinel/windows_security.yaml"
    "m365d/hunting.yaml"
    "m365d/identity_on_prem.yaml"
    "m365d/m365d.yaml"
    "mde/mde.yaml"
    "msgraph/security_graph_alert.yaml"
    "resourcegraph/resource_graph.yaml"
    "resourcegraph/sentinel.yaml"
    "splunk/alerts.yaml"
    "splunk/audittrail.yaml"
    "splunk/authentication.yaml"
    "splunk/splunk_general.yaml"
    "sumologic/sumologic_general.yaml"
    "cybereason/connection.yaml"
    "cybereason/host.yaml"
    "cybereason/process.yaml"
    "prismacloud/prismacloud.yaml"
    "openobserve/open_observe_general.yaml"
    "localdata/azure.yaml"
    "localdata/network.yaml"
    "localdata/security_alert.yaml"
    "localdata/windows_security.yaml"
};

#[cfg(test)]
mod tests;
