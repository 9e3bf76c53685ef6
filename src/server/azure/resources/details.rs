//! Everything about one resource, by its id or by the parts of that.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

use super::Resource;
use crate::{
    arm::{ArmRequest, ResourcePath},
    azure::{
        Azure,
        network::power_state,
        versions::{ResourceType, Versions},
    },
    sentinel::{input::Mistake, object::Unreadable, space::SentinelError},
};

/// Everything about a resource.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = AzureResourceDetails)]
pub struct Details {
    /// The resource.
    #[serde(flatten)]
    pub resource: Resource,
    /// The version of its provider's interface that was asked.
    #[schema(example = "2025-04-01")]
    pub api_version: String,
    /// Whether a virtual machine runs: running, stopped, deallocated and others.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "running")]
    pub power_state: Option<String>,
    /// How a virtual machine is doing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Object)]
    pub instance_view: Option<Json>,
}

/// Asks for everything about a resource, in the newest version of its provider's interface.
pub async fn details(
    azure: &Azure,
    versions: &Versions,
    resource_id: &str,
    version: Option<String>,
) -> Result<Details, SentinelError> {
    let not_one = || Mistake::at("/resource_id", "not the id of a resource");
    let kind = ResourceType::of(resource_id).ok_or_else(not_one)?;
    let path = ResourcePath::of_id(resource_id).ok_or_else(not_one)?;
    let subscription = resource_id.split('/').nth(2).unwrap_or_default();
    let version = match version {
        Some(version) => version,
        None => versions.of(azure, subscription, &kind).await?.ok_or_else(|| {
            Mistake::at("/resource_id", "its provider has no such type of resource, or no version of it")
        })?,
    };
    let is_machine = kind.is("Microsoft.Compute", "virtualMachines");
    let mut request = ArmRequest::get(path, version.clone());
    if is_machine {
        request = request.query("$expand", "instanceView");
    }
    let mut resource: Resource = serde_json::from_value(azure.send(request).await?).map_err(|_| Unreadable)?;
    let properties = resource.properties.as_mut().and_then(Json::as_object_mut);
    let instance_view = properties.and_then(|properties| properties.remove("instanceView")).filter(|_| is_machine);
    let power_state = instance_view.as_ref().and_then(power_state);
    Ok(Details { resource, api_version: version, power_state, instance_view })
}

/// A resource by its parts.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AzureResourceParts)]
pub struct Parts {
    /// The id of the subscription; that of the settings when left out.
    #[serde(default)]
    #[schema(nullable = false)]
    pub subscription: Option<String>,
    /// The resource group.
    #[schema(example = "soc")]
    pub resource_group: String,
    /// The namespace of the provider.
    #[schema(example = "Microsoft.Compute")]
    pub provider: String,
    /// What it lies in: types and names in turn.
    #[serde(default)]
    #[schema(nullable = false, example = "virtualMachines/dc01")]
    pub parent: Option<String>,
    /// The type.
    #[serde(rename = "type")]
    #[schema(example = "extensions")]
    pub kind_of: String,
    /// The name.
    #[schema(example = "agent")]
    pub name: String,
}

impl Parts {
    /// The id of the resource.
    pub fn resource_id(&self, subscription: &str) -> String {
        let Self { resource_group, provider, parent, kind_of, name, .. } = self;
        let parent = parent.as_deref().map(|parent| format!("{}/", parent.trim_matches('/'))).unwrap_or_default();
        format!(
            "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/{provider}/{parent}{kind_of}/{name}"
        )
    }
}

/// Whether a text is the id of a resource that can be part of an address.
pub fn is_resource_id(text: &str) -> bool {
    let parts = || text.split('/').skip(1);
    text.starts_with('/')
        && text.len() <= 2_048
        && parts().next().is_some_and(|part| part.eq_ignore_ascii_case("subscriptions"))
        && parts().all(|part| {
            !matches!(part, "" | "." | "..")
                && part.chars().all(|c| !c.is_control() && !c.is_whitespace() && !matches!(c, '?' | '#' | '%' | '\\'))
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parts_make_an_id() {
        let parts: Parts = serde_json::from_value(json!({ "resource_group": "g", "provider": "Microsoft.Compute",
            "parent": "virtualMachines/dc01", "type": "extensions", "name": "agent" }))
        .unwrap();
        let id = parts.resource_id("s");
        assert_eq!(
            id,
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/dc01/extensions/agent"
        );
        assert!(is_resource_id(&id));
        for bad in [
            "",
            "/",
            "https://evil.example/subscriptions/s",
            "/subscriptions/s/../x",
            "/subscriptions//x",
            "/subscriptions/s?a",
            "/subscriptions/a b",
        ] {
            assert!(!is_resource_id(bad), "{bad}");
        }
    }
}
