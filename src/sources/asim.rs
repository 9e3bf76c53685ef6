//! The parsers of the Advanced Security Information Model, as they are compiled in: stored functions in KQL that make the
//! usual sources one table for each schema, with documented names, columns and filters.

/// Names and texts of all files: commands that create functions.
pub const ASIM: &[(&str, &str)] = texts! { "asim/":
    "common.kql"
    "windows.kql"
    "process.kql"
    "dns.kql"
    "network.kql"
    "web.kql"
    "authentication.kql"
    "file.kql"
    "registry.kql"
    "audit.kql"
    "users.kql"
    "dhcp.kql"
    "alert.kql"
};

/// Functions, and the other names under which workspaces have them.
pub const ASIM_NAMES: &[(&str, &[&str])] = &[
    ("_Im_ProcessEvent", &["imProcess", "imProcessEvent", "_ASim_ProcessEvent", "ASimProcessEvent", "ASimProcess"]),
    (
        "_Im_ProcessCreate",
        &["imProcessCreate", "_ASim_ProcessEvent_Create", "ASimProcessCreate", "ASimProcessEventCreate"],
    ),
    ("_Im_ProcessTerminate", &["imProcessTerminate", "ASimProcessTerminate", "ASimProcessEventTerminate"]),
    ("_Im_Dns", &["imDns", "_ASim_Dns", "ASimDns"]),
    ("_Im_NetworkSession", &["imNetworkSession", "_ASim_NetworkSession", "ASimNetworkSession"]),
    ("_Im_WebSession", &["imWebSession", "_ASim_WebSession", "ASimWebSession"]),
    ("_Im_Authentication", &["imAuthentication", "_ASim_Authentication", "ASimAuthentication"]),
    ("_Im_FileEvent", &["imFileEvent", "_ASim_FileEvent", "ASimFileEvent"]),
    (
        "_Im_RegistryEvent",
        &["imRegistry", "imRegistryEvent", "_Im_Registry", "_ASim_RegistryEvent", "ASimRegistryEvent", "ASimRegistry"],
    ),
    ("_Im_AuditEvent", &["imAuditEvent", "_ASim_AuditEvent", "ASimAuditEvent"]),
    ("_Im_UserManagement", &["imUserManagement", "_ASim_UserManagement", "ASimUserManagement"]),
    ("_Im_DhcpEvent", &["imDhcpEvent", "_ASim_DhcpEvent", "ASimDhcpEvent"]),
    ("_Im_AlertEvent", &["imAlertEvent", "_ASim_AlertEvent", "ASimAlertEvent"]),
];
