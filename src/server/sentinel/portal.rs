//! Which workspace the address of a page of the portal is about.

use percent_encoding::percent_decode_str;
use serde_json::Value as Json;

/// What an address says of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalAddress {
    /// The directory: a domain or an id, if it is named.
    pub tenant: Option<String>,
    /// The subscription.
    pub subscription: String,
    /// The resource group.
    pub resource_group: String,
    /// The workspace's name.
    pub name: String,
}

impl PortalAddress {
    /// Reads the address of a page, whose parts may be percent-encoded, even twice; or the id of a workspace alone.
    pub fn read(text: &str) -> Option<Self> {
        let mut text = text.trim().to_owned();
        let place = (0..3).find_map(|_| {
            let found = text.to_ascii_lowercase().find("/subscriptions/");
            if found.is_none() {
                text = percent_decode_str(&text).decode_utf8().ok()?.into_owned();
            }
            found
        })?;
        let (before, path) = text.split_at_checked(place)?;
        let decoded = percent_decode_str(path).decode_utf8().ok()?;
        let path = decoded.split(['?', '#', '&']).next()?;
        let mut parts = path.split('/').skip(1);
        let mut part = |name: &str| {
            parts.next().filter(|part| part.eq_ignore_ascii_case(name))?;
            parts.next().filter(|part| is_plain(part)).map(str::to_owned)
        };
        let (subscription, resource_group) = (part("subscriptions")?, part("resourcegroups")?);
        let provider = part("providers")?;
        let name = match provider.to_ascii_lowercase().as_str() {
            "microsoft.operationalinsights" => part("workspaces")?,
            // Sentinel is a solution that is named for its workspace.
            "microsoft.operationsmanagement" => {
                let solution = part("solutions")?;
                solution.split_once('(')?.1.strip_suffix(')')?.to_owned()
            }
            _ => return None,
        };
        Some(Self { tenant: tenant(before), subscription, resource_group, name })
    }

    /// The id of the workspace.
    pub fn resource_id(&self) -> String {
        let Self { subscription, resource_group, name, .. } = self;
        format!(
            "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/Microsoft.OperationalInsights/workspaces/{name}"
        )
    }

    /// The query of Resource Graph that finds the workspace. No part of an address can end the literal that it stands in.
    pub fn query(&self) -> String {
        format!(
            "resources | where type =~ 'microsoft.operationalinsights/workspaces' | where id =~ '{}' \
             | project name, workspaceId = tostring(properties.customerId), tenantId, subscriptionId, resourceGroup, location",
            self.resource_id()
        )
    }
}

/// Letters, digits and what else the names of resources may have.
fn is_plain(part: &str) -> bool {
    !part.is_empty()
        && part.len() <= 128
        && part.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '(' | ')'))
}

/// The directory, which stands behind an at sign: `…/#@contoso.com/…`.
fn tenant(before: &str) -> Option<String> {
    let decoded = percent_decode_str(before).decode_utf8().ok()?;
    let rest = decoded.split_once("/#@").or_else(|| decoded.split_once("/@"))?.1;
    let tenant = rest.split('/').next()?;
    let is_name = !tenant.is_empty() && tenant.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'));
    is_name.then(|| tenant.to_owned())
}

/// The id of a directory, out of what its issuer of tokens publishes of itself (OpenID Connect Discovery 1.0 §4.2).
pub fn tenant_id(configuration: &Json) -> Option<String> {
    let endpoint = configuration.get("token_endpoint").or_else(|| configuration.get("issuer"))?.as_str()?;
    let endpoint = url::Url::parse(endpoint).ok()?;
    let id = endpoint.path_segments()?.next()?;
    super::named::is_id(id).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const RESOURCE: &str = "/subscriptions/d1d8779d-38d7-4f06-91db-9cbc8de0176f/resourceGroups/soc/providers/Microsoft.OperationalInsights/workspaces/CyberSecuritySoc";

    fn read(text: &str) -> (Option<String>, String) {
        let read = PortalAddress::read(text).unwrap_or_else(|| panic!("{text}"));
        (read.tenant.clone(), read.resource_id())
    }

    #[test]
    fn a_page_of_the_portal_names_its_workspace_encoded_or_not() {
        let encoded = RESOURCE.replace('/', "%2F");
        let twice = encoded.replace('%', "%25");
        let tenant = Some("contoso.onmicrosoft.com".to_owned());
        for resource in [RESOURCE, &encoded, &twice, &RESOURCE.replace("resourceGroups", "resourcegroups")] {
            let url = format!(
                "https://portal.azure.com/#@contoso.onmicrosoft.com/blade/Microsoft_Azure_Security_Insights/MainMenuBlade/0/id/{resource}"
            );
            assert_eq!(read(&url), (tenant.clone(), RESOURCE.to_owned()), "{url}");
        }
        let old = format!(
            "https://ms.portal.azure.us/#blade/X/IncidentBlade/incidentId/{encoded}%2Fproviders%2FMicrosoft.SecurityInsights%2FIncidents%2F1"
        );
        assert_eq!(read(&old), (None, RESOURCE.to_owned()));
        let solution = RESOURCE.replace(
            "Microsoft.OperationalInsights/workspaces/CyberSecuritySoc",
            "Microsoft.OperationsManagement/solutions/SecurityInsights(CyberSecuritySoc)",
        );
        let page = format!("https://portal.azure.com/@contoso.onmicrosoft.com/resource{solution}/overview");
        assert_eq!(read(&page), (tenant, RESOURCE.to_owned()));
        assert_eq!(read(RESOURCE), (None, RESOURCE.to_owned()));
    }

    #[test]
    fn other_pages_name_none() {
        for text in [
            "",
            "https://portal.azure.com/",
            "https://portal.azure.com/#@c.example/resource/subscriptions/1/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v",
            "/subscriptions/1/resourceGroups/a'b/providers/Microsoft.OperationalInsights/workspaces/w",
        ] {
            assert_eq!(PortalAddress::read(text), None, "{text}");
        }
    }

    #[test]
    fn the_issuer_of_tokens_names_the_directory() {
        let id = "4b2462a4-bbee-495a-a0e1-f23ae524cc9c";
        let configuration = json!({ "token_endpoint": format!("https://login.microsoftonline.com/{id}/oauth2/token") });
        assert_eq!(tenant_id(&configuration).as_deref(), Some(id));
        assert_eq!(tenant_id(&json!({ "error": "invalid_tenant" })), None);
    }

    proptest! {
        #[test]
        fn whatever_is_read_stays_in_its_literal(text in "\\PC{0,200}", name in "\\PC{0,20}") {
            PortalAddress::read(&text);
            let text = format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/{name}");
            if let Some(read) = PortalAddress::read(&text) {
                prop_assert_eq!(read.query().matches('\'').count(), 4);
            }
        }
    }
}
