//! The clouds that are run apart from each other, and where in each of them things are asked.
//!
//! <https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud>

use crate::settings::Cloud;

/// The addresses of a cloud, without a slash at the end.
#[derive(Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Who issues tokens.
    pub authority: &'static str,
    /// Azure Resource Manager.
    pub resource_manager: &'static str,
    /// Log Analytics, and with it Sentinel's tables.
    pub log_analytics: &'static str,
    /// Microsoft Graph.
    pub graph: &'static str,
    /// The API of Defender for Endpoint; empty where there is none.
    pub defender: &'static str,
    /// Whom tokens for Key Vault are for.
    pub key_vault: &'static str,
}

static PUBLIC: Endpoints = Endpoints {
    authority: "https://login.microsoftonline.com",
    resource_manager: "https://management.azure.com",
    log_analytics: "https://api.loganalytics.io",
    graph: "https://graph.microsoft.com",
    defender: "https://api.securitycenter.microsoft.com",
    key_vault: "https://vault.azure.net",
};

static GOVERNMENT: Endpoints = Endpoints {
    authority: "https://login.microsoftonline.us",
    resource_manager: "https://management.usgovcloudapi.net",
    log_analytics: "https://api.loganalytics.us",
    graph: "https://graph.microsoft.us",
    defender: "https://api-gov.securitycenter.microsoft.us",
    key_vault: "https://vault.usgovcloudapi.net",
};

static CHINA: Endpoints = Endpoints {
    authority: "https://login.chinacloudapi.cn",
    resource_manager: "https://management.chinacloudapi.cn",
    log_analytics: "https://api.loganalytics.azure.cn",
    graph: "https://microsoftgraph.chinacloudapi.cn",
    defender: "",
    key_vault: "https://vault.azure.cn",
};

impl Endpoints {
    /// Those of a cloud.
    pub const fn of(cloud: Cloud) -> &'static Self {
        match cloud {
            Cloud::Public => &PUBLIC,
            Cloud::Government => &GOVERNMENT,
            Cloud::China => &CHINA,
        }
    }
}
