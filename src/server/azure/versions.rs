//! Which version of its interface a type of resource is asked in: the newest that is not a preview.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::Value as Json;
use tokio::time::Instant;

use super::Azure;
use crate::arm::{ArmError, ArmRequest, ResourcePath, versions::RESOURCES};

/// How long a version is taken for the newest.
const FRESH: Duration = Duration::from_hours(24);

/// The newest version of each type, as providers said. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Versions(Arc<Mutex<HashMap<ResourceType, (String, Instant)>>>);

impl Versions {
    /// The version that a type of resource is asked in; none if its provider has no such type.
    pub async fn of(
        &self,
        azure: &Azure,
        subscription: &str,
        wanted: &ResourceType,
    ) -> Result<Option<String>, ArmError> {
        let key = ResourceType { namespace: wanted.namespace.to_lowercase(), name: wanted.name.to_lowercase() };
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some((version, at)) = known
            && at.elapsed() < FRESH
        {
            return Ok(Some(version));
        }
        let path = ResourcePath::subscription(subscription).then("/providers").segment(&wanted.namespace);
        let found = newest(&azure.send(ArmRequest::get(path, RESOURCES)).await?, &wanted.name);
        if let Some(version) = &found {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert(key, (version.clone(), Instant::now()));
        }
        Ok(found)
    }
}

/// A type of resource: the namespace of its provider, and its name with those that it lies in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ResourceType {
    /// The namespace, such as `Microsoft.Compute`.
    pub namespace: String,
    /// The type within it, such as `virtualMachines/extensions`.
    pub name: String,
}

impl ResourceType {
    /// The type of the resource with this id: that of the last provider that the id names.
    pub fn of(resource_id: &str) -> Option<Self> {
        let mut parts = resource_id.split('/').filter(|part| !part.is_empty()).peekable();
        let mut found = None;
        while let Some(part) = parts.next() {
            if !part.eq_ignore_ascii_case("providers") {
                // Names come in pairs with their types.
                parts.next();
                continue;
            }
            let namespace = parts.next()?;
            let mut types = Vec::new();
            while parts.peek().is_some_and(|part| !part.eq_ignore_ascii_case("providers")) {
                types.extend(parts.next());
                parts.next()?;
            }
            found = (!types.is_empty()).then(|| Self { namespace: namespace.to_owned(), name: types.join("/") });
        }
        found
    }

    /// Whether it is the same, in whatever case it is written.
    pub fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace.eq_ignore_ascii_case(namespace) && self.name.eq_ignore_ascii_case(name)
    }
}

/// The version that a provider would be asked in about one of its types: the newest that is none of the previews, or else the
/// newest of these.
fn newest(provider: &Json, name: &str) -> Option<String> {
    let text = |of: &Json| of.as_str().map(str::to_owned);
    let types = provider.get("resourceTypes")?.as_array()?;
    let known = types.iter().find(|known| {
        known.get("resourceType").and_then(Json::as_str).is_some_and(|known| known.eq_ignore_ascii_case(name))
    })?;
    let versions: Vec<String> = known.get("apiVersions")?.as_array()?.iter().filter_map(text).collect();
    // Versions are dates.
    let stable = versions.iter().filter(|version| version.len() == "2024-01-01".len()).max();
    stable.or_else(|| versions.iter().max()).cloned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_type_of_a_resource_is_read_from_its_id() {
        let of = |id: &str| ResourceType::of(id).map(|found| format!("{} {}", found.namespace, found.name));
        let group = "/subscriptions/s/resourceGroups/providers";
        for (id, expected) in [
            (format!("{group}/providers/Microsoft.Compute/virtualMachines/v"), "Microsoft.Compute virtualMachines"),
            (format!("{group}/providers/M.N/virtualNetworks/v/subnets/s/"), "M.N virtualNetworks/subnets"),
            (format!("{group}/providers/M.O/workspaces/w/providers/M.S/incidents/1"), "M.S incidents"),
        ] {
            assert_eq!(of(&id).as_deref(), Some(expected), "{id}");
        }
        for none in
            ["", "/subscriptions/s", group, "/subscriptions/s/providers/M.C", "/subscriptions/s/providers/M.C/v"]
        {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn previews_are_asked_only_where_there_is_nothing_else() {
        let provider = json!({ "namespace": "Microsoft.Compute", "resourceTypes": [
            { "resourceType": "virtualMachines", "apiVersions": ["2024-11-01-preview", "2023-09-01", "2024-07-01", "2019-08-01"] },
            { "resourceType": "new", "apiVersions": ["2023-01-01-preview", "2024-01-01-preview"] }, { "resourceType": "none", "apiVersions": [] },
        ] });
        assert_eq!(newest(&provider, "virtualmachines").as_deref(), Some("2024-07-01"));
        assert_eq!(newest(&provider, "new").as_deref(), Some("2024-01-01-preview"));
        assert_eq!((newest(&provider, "none"), newest(&provider, "other")), (None, None));
    }
}
