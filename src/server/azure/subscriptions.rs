//! Subscriptions.
//!
//! <https://learn.microsoft.com/rest/api/resources/subscriptions>

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Azure, gather};
use crate::{
    arm::{ArmRequest, ResourcePath, versions::SUBSCRIPTIONS},
    sentinel::{
        object::Unreadable,
        pages::{Page, Wanted},
        space::SentinelError,
    },
};

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all(deserialize = "camelCase"))]
#[schema(as = AzureSubscription)]
pub struct Subscription {
    /// The id.
    #[serde(rename(deserialize = "subscriptionId"))]
    #[schema(example = "d1d8779d-38d7-4f06-91db-9cbc8de0176f")]
    pub id: String,
    /// The name.
    #[serde(default, rename(deserialize = "displayName"))]
    #[schema(example = "Production")]
    pub name: String,
    /// Whether it can be used: Enabled, Disabled, Warned, PastDue or Deleted.
    #[serde(default)]
    #[schema(example = "Enabled")]
    pub state: String,
    /// The directory that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tenant_id: Option<String>,
    /// What it may use.
    #[serde(flatten)]
    pub policies: Policies,
}

/// What a subscription may use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AzureSubscriptionPolicies)]
pub struct Policies {
    /// Which regions it sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Public_2014-09-01")]
    pub location_placement: Option<String>,
    /// Its quota.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "PayAsYouGo_2014-09-01")]
    pub quota: Option<String>,
    /// Whether it stops when its money is spent: On, Off or CurrentPeriodOff.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Off")]
    pub spending_limit: Option<String>,
}

impl<'de> Deserialize<'de> for Policies {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Shown {
            subscription_policies: Option<ShownPolicies>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct ShownPolicies {
            location_placement_id: Option<String>,
            quota_id: Option<String>,
            spending_limit: Option<String>,
        }
        let shown = Shown::deserialize(deserializer)?.subscription_policies;
        Ok(shown.map_or_else(Self::default, |shown| Self {
            location_placement: shown.location_placement_id,
            quota: shown.quota_id,
            spending_limit: shown.spending_limit,
        }))
    }
}

/// A part of the list of all subscriptions that the credential may see.
pub async fn list(azure: &Azure, wanted: Wanted) -> Result<Page<Subscription>, SentinelError> {
    let request = ArmRequest::get(ResourcePath::root("/subscriptions"), SUBSCRIPTIONS);
    let read = |shown| serde_json::from_value(shown).map(Some).map_err(|_| Unreadable.into());
    gather(azure, &request, wanted, read).await
}

/// One subscription.
pub async fn find(azure: &Azure, id: &str) -> Result<Subscription, SentinelError> {
    let shown = azure.send(ArmRequest::get(ResourcePath::subscription(id), SUBSCRIPTIONS)).await?;
    Ok(serde_json::from_value(shown).map_err(|_| Unreadable)?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_subscription_is_read_as_it_is_published() {
        let subscription: Subscription = serde_json::from_value(json!({
            "id": "/subscriptions/291bba3f-e0a5-47bc-a099-3bdcb2a50a05", "subscriptionId": "291bba3f-e0a5-47bc-a099-3bdcb2a50a05",
            "tenantId": "31c75423-32d6-4322-88b7-c478bdde4858", "displayName": "Example Subscription", "state": "Enabled",
            "subscriptionPolicies": { "locationPlacementId": "Internal_2014-09-01", "quotaId": "Internal_2014-09-01", "spendingLimit": "Off" },
            "authorizationSource": "RoleBased", "managedByTenants": []
        }))
        .unwrap();
        assert_eq!(
            serde_json::to_value(subscription).unwrap(),
            json!({ "id": "291bba3f-e0a5-47bc-a099-3bdcb2a50a05", "name": "Example Subscription", "state": "Enabled",
                "tenant_id": "31c75423-32d6-4322-88b7-c478bdde4858", "location_placement": "Internal_2014-09-01",
                "quota": "Internal_2014-09-01", "spending_limit": "Off" })
        );
        let least: Subscription = serde_json::from_value(json!({ "subscriptionId": "s" })).unwrap();
        assert_eq!(least.policies, Policies::default());
    }
}
