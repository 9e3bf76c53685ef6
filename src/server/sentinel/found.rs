//! Workspaces found in Azure: by the address of a page of the portal, by name, or by id.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use url::Url;
use utoipa::ToSchema;

use super::{
    input::Mistake,
    named::is_id,
    portal::{PortalAddress, tenant_id},
    space::SentinelError,
};
use crate::{
    arm::ArmError,
    azure::{
        Azure,
        graph::{Where, query},
    },
    upstream::{Call, Expects, HeaderMap, Method, SendError, Upstream, plain_header},
};

/// No name is that of so many workspaces.
const MOST: usize = 1_000;

/// The workspaces that have Sentinel: it is a solution that is named for its workspace.
const SENTINEL: &str = "resources | where type =~ 'microsoft.operationsmanagement/solutions' | where name startswith 'SecurityInsights(' \
                        | project key = tolower(tostring(properties.workspaceResourceId))";

/// What an issuer publishes of itself is not larger.
const BODY_CAP: usize = 256 * 1024;

/// Which workspace is looked for: by one of `url`, `name`, `workspace_id` and `resource_id`; without any, all that have Sentinel.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WorkspaceSearch)]
pub struct Search {
    /// The address of a page of the portal that is about it, percent-encoded or not.
    #[serde(default)]
    #[schema(nullable = false, max_length = 8192)]
    pub url: Option<String>,
    /// Its name.
    #[serde(default)]
    #[schema(nullable = false, example = "soc-workspace")]
    pub name: Option<String>,
    /// With a name or without anything else: the resource group.
    #[serde(default)]
    #[schema(nullable = false)]
    pub resource_group: Option<String>,
    /// With a name or without anything else: the subscription.
    #[serde(default)]
    #[schema(nullable = false)]
    pub subscription_id: Option<String>,
    /// Its id in Log Analytics.
    #[serde(default)]
    #[schema(nullable = false)]
    pub workspace_id: Option<String>,
    /// The id of its resource.
    #[serde(default)]
    #[schema(nullable = false)]
    pub resource_id: Option<String>,
}

/// A workspace that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FoundWorkspace)]
pub struct Found {
    /// Its name.
    pub workspace_name: String,
    /// Its id in Log Analytics; left out where Azure shows no such workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub workspace_id: Option<String>,
    /// The directory of whoever opened the page, if the address names it, or else that of the workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tenant_id: Option<String>,
    /// The directory of the workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub workspace_tenant_id: Option<String>,
    /// The subscription.
    pub subscription_id: String,
    /// The resource group.
    pub resource_group: String,
    /// The region.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub location: Option<String>,
}

/// What a search comes to.
enum Sought {
    Address(PortalAddress),
    Query(String),
}

impl Search {
    fn read(self) -> Result<Sought, Mistake> {
        let Self { url, name, resource_group, subscription_id, workspace_id, resource_id } = self;
        let begin = "resources | where type =~ 'microsoft.operationalinsights/workspaces' | extend workspaceId = tostring(properties.customerId)";
        let end = "project name, workspaceId, tenantId, subscriptionId, resourceGroup, location";
        match (url.or(resource_id), name, workspace_id) {
            (Some(text), None, None) => PortalAddress::read(&text).map(Sought::Address).ok_or_else(|| {
                Mistake::at("/url", "no workspace is named there: /subscriptions/…/workspaces/… is looked for")
            }),
            (None, name, None) => {
                let mut text = match name {
                    Some(name) => format!("{begin} | where name =~ {}", literal("/name", &name)?),
                    None => format!("{begin} | extend key = tolower(id) | join kind=inner ({SENTINEL}) on key"),
                };
                if let Some(group) = resource_group {
                    text.push_str(&format!(" | where resourceGroup =~ {}", literal("/resource_group", &group)?));
                }
                if let Some(id) = subscription_id {
                    text.push_str(&format!(" | where subscriptionId =~ {}", literal("/subscription_id", &id)?));
                }
                Ok(Sought::Query(format!("{text} | {end}")))
            }
            (None, None, Some(id)) => {
                Ok(Sought::Query(format!("{begin} | where workspaceId =~ {} | {end}", literal("/workspace_id", &id)?)))
            }
            _ => Err(Mistake::at("", "at most one of url, name, workspace_id and resource_id is needed")),
        }
    }
}

/// A literal of the query: names in Azure hold nothing that could end it.
fn literal(pointer: &str, text: &str) -> Result<String, Mistake> {
    let is_plain = !text.is_empty()
        && text.len() <= 128
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '(' | ')'));
    if is_plain { Ok(format!("'{text}'")) } else { Err(Mistake::at(pointer, "not a name or an id in Azure")) }
}

/// Finds workspaces. One whose address is known, but which Azure does not show to the credential, is told as far as it is known.
pub async fn find(
    azure: &Azure,
    upstream: &Upstream,
    authority: &Url,
    search: Search,
) -> Result<Vec<Found>, SentinelError> {
    let (text, address) = match search.read()? {
        Sought::Query(text) => (text, None),
        Sought::Address(address) => (address.query(), Some(address)),
    };
    let visitor = match address.as_ref().and_then(|address| address.tenant.as_deref()) {
        Some(id) if is_id(id) => Some(id.to_owned()),
        Some(domain) => tenant_of(azure, upstream, authority, domain).await?,
        None => None,
    };
    let rows = query(azure, &text, &Where::default(), MOST).await?.rows;
    let mut found: Vec<Found> = rows.iter().map(|row| Found::read(row, visitor.as_deref())).collect();
    if let (true, Some(address)) = (found.is_empty(), address) {
        found.push(Found {
            workspace_name: address.name,
            workspace_id: None,
            tenant_id: visitor,
            workspace_tenant_id: None,
            subscription_id: address.subscription,
            resource_group: address.resource_group,
            location: None,
        });
    }
    Ok(found)
}

impl Found {
    fn read(row: &serde_json::Map<String, Json>, visitor: Option<&str>) -> Self {
        let text = |key: &str| row.get(key).and_then(Json::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
        Self {
            workspace_name: text("name").unwrap_or_default(),
            workspace_id: text("workspaceId"),
            tenant_id: visitor.map(str::to_owned).or_else(|| text("tenantId")),
            workspace_tenant_id: text("tenantId"),
            subscription_id: text("subscriptionId").unwrap_or_default(),
            resource_group: text("resourceGroup").unwrap_or_default(),
            location: text("location"),
        }
    }
}

/// The id of the directory that has a domain, as the issuer of tokens publishes it; none if it knows no such domain.
async fn tenant_of(
    azure: &Azure,
    upstream: &Upstream,
    authority: &Url,
    domain: &str,
) -> Result<Option<String>, SentinelError> {
    let base = authority.as_str().trim_end_matches('/');
    let address = format!("{base}/{domain}/.well-known/openid-configuration");
    let url: Url = address.parse().map_err(|_| ArmError::Send(SendError::BadUrl))?;
    let mut headers = HeaderMap::new();
    plain_header(&mut headers, "accept", "application/json").map_err(ArmError::Send)?;
    let call = Call {
        to: "entra",
        method: Method::GET,
        url,
        headers,
        body: bytes::Bytes::new(),
        deadline: azure.until,
        body_cap: BODY_CAP,
        expects: Expects::Anything,
        retries: 2,
        may_repeat: true,
    };
    let received = upstream.send(call).await.map_err(ArmError::Send)?;
    let configuration = serde_json::from_slice(&received.body).unwrap_or_default();
    Ok(tenant_id(&configuration).filter(|_| received.status.is_success()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(of: Json) -> Result<String, Mistake> {
        let search: Search = serde_json::from_value(of).unwrap();
        Ok(match search.read()? {
            Sought::Address(address) => address.query(),
            Sought::Query(text) => text,
        })
    }

    #[test]
    fn at_most_one_thing_is_looked_for_by() {
        for of in [json!({ "name": "a", "workspace_id": "b" }), json!({ "url": "/x", "name": "a" })] {
            assert_eq!(text(of).unwrap_err().pointer, "");
        }
        assert_eq!(text(json!({ "url": "https://portal.azure.com/" })).unwrap_err().pointer, "/url");
    }

    #[test]
    fn no_name_ends_its_literal() {
        let query = text(json!({ "name": "Soc", "resource_group": "g" })).unwrap();
        assert!(query.contains("| where name =~ 'Soc' | where resourceGroup =~ 'g' | project"), "{query}");
        let all = text(json!({ "subscription_id": "s-1" })).unwrap();
        assert!(all.contains("SecurityInsights(") && all.contains("| where subscriptionId =~ 's-1'"), "{all}");
        assert_eq!(text(json!({ "name": "x' or true //" })).unwrap_err().pointer, "/name");
        assert_eq!(text(json!({ "workspace_id": "x'" })).unwrap_err().pointer, "/workspace_id");
    }
}
