//! Resources: what there is in a subscription.
//!
//! <https://learn.microsoft.com/rest/api/resources/resources>

pub mod details;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

use super::Azure;
use crate::{
    arm::{ArmRequest, ResourcePath, versions::RESOURCES},
    sentinel::{
        input::Mistake,
        object::{Unreadable, instant},
        pages::{Cutter, Page, Wanted as Part},
        space::SentinelError,
    },
};

/// Parts the id of a subscription from the token of a page of its resources.
const BETWEEN: char = '\u{1f}';

/// A resource.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all(deserialize = "camelCase"))]
#[schema(as = AzureResource)]
pub struct Resource {
    /// The id.
    #[serde(rename(deserialize = "id"))]
    pub resource_id: String,
    /// The name.
    #[serde(default)]
    #[schema(example = "dc01")]
    pub name: String,
    /// The type.
    #[serde(default, rename(serialize = "type", deserialize = "type"))]
    #[schema(rename = "type", example = "Microsoft.Compute/virtualMachines")]
    pub kind_of: String,
    /// The region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "westeurope")]
    pub location: Option<String>,
    /// Tags.
    #[serde(default)]
    #[schema(example = json!({ "owner": "soc" }))]
    pub tags: BTreeMap<String, String>,
    /// What its provider calls its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kind: Option<String>,
    /// What manages it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub managed_by: Option<String>,
    /// What is paid for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Object)]
    pub sku: Option<Json>,
    /// Whose offer it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Object)]
    pub plan: Option<Json>,
    /// As whom it acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Object)]
    pub identity: Option<Json>,
    /// Zones of the region.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<String>,
    /// Whether it is ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Succeeded")]
    pub provisioning_state: Option<String>,
    /// When it was made.
    #[serde(
        default,
        rename(deserialize = "createdTime"),
        deserialize_with = "instant",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false)]
    pub created: Option<DateTime<Utc>>,
    /// When it was changed.
    #[serde(
        default,
        rename(deserialize = "changedTime"),
        deserialize_with = "instant",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false)]
    pub changed: Option<DateTime<Utc>>,
    /// What its provider says of it; only for one resource by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Object)]
    pub properties: Option<Json>,
}

/// Which resources are meant. All that is given must fit.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The resource group.
    pub resource_group: Option<String>,
    /// The type.
    pub kind_of: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// Tags: names, with or without values.
    pub tags: Vec<(String, Option<String>)>,
}

impl Wanted {
    /// Reads tags: `name` or `name:value` each.
    pub fn tags(texts: &[String]) -> Vec<(String, Option<String>)> {
        let tag = |text: &String| match text.split_once(':') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (text.clone(), None),
        };
        texts.iter().map(tag).collect()
    }

    /// The filter that is sent. Tags are no part of it: Azure does not take them beside anything else.
    pub fn filter(&self) -> Option<String> {
        let given = [("resourceType", &self.kind_of), ("resourceGroup", &self.resource_group), ("name", &self.name)];
        // OData 4.01 §5.1.1.6.1: an apostrophe is written twice.
        let parts = given
            .into_iter()
            .filter_map(|(field, value)| Some(format!("{field} eq '{}'", value.as_ref()?.replace('\'', "''"))));
        let parts: Vec<String> = parts.collect();
        (!parts.is_empty()).then(|| parts.join(" and "))
    }

    /// Whether a resource has the tags. Names count in any case, values do not.
    pub fn fits(&self, resource: &Resource) -> bool {
        self.tags.iter().all(|(name, value)| {
            let mut tags = resource.tags.iter();
            tags.any(|(tag, has)| tag.eq_ignore_ascii_case(name) && value.as_ref().is_none_or(|value| value == has))
        })
    }
}

/// A part of the list of the resources of these subscriptions, one subscription after the other.
pub async fn list(
    azure: &Azure,
    subscriptions: &[String],
    wanted: &Wanted,
    part: Part,
) -> Result<Page<Resource>, SentinelError> {
    let mut cutter = Cutter::new(part);
    loop {
        let (subscription, token) = match cutter.token().and_then(|token| token.split_once(BETWEEN)) {
            Some((subscription, token)) => (subscription.to_owned(), Some(token.to_owned())),
            None => (subscriptions.first().cloned().unwrap_or_default(), None),
        };
        let Some(place) = subscriptions.iter().position(|known| *known == subscription) else {
            let detail = "not a page of these subscriptions";
            return if subscriptions.is_empty() {
                Ok(Page { items: Vec::new(), next: None })
            } else {
                Err(Mistake::at("/cursor", detail).into())
            };
        };
        let path = ResourcePath::subscription(&subscription).then("/resources");
        let mut request =
            ArmRequest::get(path, RESOURCES).query("$expand", "createdTime,changedTime,provisioningState");
        if let Some(filter) = wanted.filter() {
            request = request.query("$filter", filter);
        }
        if let Some(token) = token.filter(|token| !token.is_empty()) {
            request = request.query("$skipToken", token);
        }
        let page = azure.arm.page(&azure.account, &request, azure.until).await?;
        let following = subscriptions.get(place + 1);
        let next = page.skip_token.map(|token| format!("{subscription}{BETWEEN}{token}"));
        let next = next.or_else(|| following.map(|following| format!("{following}{BETWEEN}")));
        let pick = |shown| {
            let resource: Resource = serde_json::from_value(shown).map_err(|_| Unreadable)?;
            Ok::<_, Unreadable>(Some(resource).filter(|resource| wanted.fits(resource)))
        };
        if let Some(page) = cutter.take(page.items, next, pick)? {
            return Ok(page);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resource() -> Resource {
        serde_json::from_value(json!({
            "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/dc01", "name": "dc01",
            "type": "Microsoft.Compute/virtualMachines", "location": "westeurope", "tags": { "Owner": "soc" },
            "sku": { "name": "x" }, "identity": null, "createdTime": "2018-08-06T23:00:41.3385497Z",
            "changedTime": "2018-08-06T23:10:42.0993115Z", "provisioningState": "Succeeded",
        }))
        .unwrap()
    }

    #[test]
    fn a_resource_is_read_as_it_is_published() {
        let shown = serde_json::to_value(resource()).unwrap();
        assert_eq!(
            (&shown["type"], &shown["created"]),
            (&json!("Microsoft.Compute/virtualMachines"), &json!("2018-08-06T23:00:41.338549700Z"))
        );
        assert!(shown.get("identity").is_none() && shown.get("properties").is_none());
    }

    #[test]
    fn the_filter_says_what_is_given_and_no_value_ends_its_literal() {
        let wanted =
            Wanted { kind_of: Some("a/b".to_owned()), name: Some("o' or name ne '".to_owned()), ..Wanted::default() };
        assert_eq!(wanted.filter().as_deref(), Some("resourceType eq 'a/b' and name eq 'o'' or name ne '''"));
        assert_eq!(Wanted::default().filter(), None);
    }

    #[test]
    fn tags_are_compared_here() {
        let fits = |tags: &[&str]| {
            let tags: Vec<String> = tags.iter().map(|&tag| tag.to_owned()).collect();
            Wanted { tags: Wanted::tags(&tags), ..Wanted::default() }.fits(&resource())
        };
        assert!(fits(&[]) && fits(&["owner"]) && fits(&["owner:soc"]));
        assert!(!fits(&["owner:SOC"]) && !fits(&["owner", "env"]));
    }
}
