//! Where a workspace of Sentinel lies in Azure: what queries do without, and Azure Resource Manager does not.

use url::Url;

use super::{
    kinds::{self, Wrong},
    section::Section,
};

/// Of a source of the kind `sentinel`, or of one of its connections.
#[derive(Debug, Clone, Default)]
pub struct WorkspaceSettings {
    /// The subscription's id.
    pub subscription_id: Option<String>,
    /// The resource group's name.
    pub resource_group: Option<String>,
    /// The workspace's name.
    pub workspace_name: Option<String>,
    /// The address of Azure Resource Manager, if it is not that of the credential's cloud.
    pub arm_url: Option<Url>,
    /// Where threat intelligence is uploaded, if not at `arm_url` or where the public cloud has it.
    pub ti_url: Option<Url>,
}

impl WorkspaceSettings {
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let subscription_id = section.optional("subscription_id", name);
        let resource_group = section.optional("resource_group", name);
        let workspace_name = section.optional("workspace_name", name);
        let arm_url = section.optional("arm_url", kinds::web_address);
        let ti_url = section.optional("ti_url", kinds::web_address);
        Some(Self {
            subscription_id: subscription_id?,
            resource_group: resource_group?,
            workspace_name: workspace_name?,
            arm_url: arm_url?,
            ti_url: ti_url?,
        })
    }

    /// What is not said here is what is said there.
    pub(super) fn or(self, other: &Self) -> Self {
        Self {
            subscription_id: self.subscription_id.or_else(|| other.subscription_id.clone()),
            resource_group: self.resource_group.or_else(|| other.resource_group.clone()),
            workspace_name: self.workspace_name.or_else(|| other.workspace_name.clone()),
            arm_url: self.arm_url.or_else(|| other.arm_url.clone()),
            ti_url: self.ti_url.or_else(|| other.ti_url.clone()),
        }
    }

    /// The settings that are missing before Azure Resource Manager can be asked.
    pub fn needs(&self) -> Vec<&'static str> {
        let all = [
            ("subscription_id", self.subscription_id.is_none()),
            ("resource_group", self.resource_group.is_none()),
            ("workspace_name", self.workspace_name.is_none()),
        ];
        all.into_iter().filter(|(_, is_missing)| *is_missing).map(|(key, _)| key).collect()
    }
}

/// A name in Azure: <https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules>
fn name(text: &str) -> Result<String, Wrong> {
    let is_allowed = |c: char| c.is_alphanumeric() || "._-()".contains(c);
    let is_name = (1..=90).contains(&text.chars().count()) && text.chars().all(is_allowed);
    if is_name { Ok(text.to_owned()) } else { Err(Wrong::allowed("a name in Azure, or an id")) }
}
