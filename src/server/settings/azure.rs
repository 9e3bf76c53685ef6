//! `azure`: as whom subscriptions and resources are looked at.

use std::collections::BTreeSet;

use url::Url;

use super::{kinds, section::Section};

/// `azure`
#[derive(Debug, Clone)]
pub struct AzureSettings {
    /// One of `credentials`.
    pub credential: Option<String>,
    /// The subscriptions to look at; empty: all that the credential may see.
    pub subscriptions: Vec<String>,
    /// The address of Azure Resource Manager, if it is not that of the credential's cloud.
    pub arm_url: Option<Url>,
}

impl AzureSettings {
    pub(super) fn read(section: &Section<'_>, credentials: &BTreeSet<&str>) -> Option<Self> {
        let credential = section.optional("credential", kinds::known(credentials));
        let subscriptions = section.list("subscriptions", super::credentials::identifier);
        let arm_url = section.optional("arm_url", kinds::web_address);
        Some(Self { credential: credential?, subscriptions: subscriptions?, arm_url: arm_url? })
    }
}
