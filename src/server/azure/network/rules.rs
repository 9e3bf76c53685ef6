//! Security rules: those that a group has, and those that hold for an interface.

use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use super::{text, texts};

/// A security rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AzureSecurityRule)]
pub struct SecurityRule {
    /// The security group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub security_group: Option<String>,
    /// The interface or the subnet that the group counts for, of rules that hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub association: Option<String>,
    /// The name.
    #[schema(example = "AllowSsh")]
    pub name: String,
    /// Whether every group has it.
    pub is_default: bool,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub description: Option<String>,
    /// Inbound or Outbound.
    #[schema(example = "Inbound")]
    pub direction: String,
    /// Allow or Deny.
    #[schema(example = "Allow")]
    pub access: String,
    /// The rule with the least number that fits counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 100)]
    pub priority: Option<i64>,
    /// Tcp, Udp, Icmp, Esp, Ah, or * and All for all.
    #[schema(example = "Tcp")]
    pub protocol: String,
    /// Addresses, ranges or tags that it comes from.
    pub sources: Vec<String>,
    /// Ports that it comes from.
    pub source_ports: Vec<String>,
    /// Addresses, ranges or tags that it goes to.
    pub destinations: Vec<String>,
    /// Ports that it goes to.
    #[schema(example = json!(["22"]))]
    pub destination_ports: Vec<String>,
}

/// The rules of a security group: its own, then those that every group has.
pub fn rules_of(group: &Json) -> Vec<SecurityRule> {
    let id = text(group, "/id");
    let rules = [("/properties/securityRules", false), ("/properties/defaultSecurityRules", true)];
    let of = |(pointer, is_default): (&str, bool)| {
        let list = group.pointer(pointer).and_then(Json::as_array).cloned().unwrap_or_default();
        let id = id.clone();
        list.into_iter().map(move |rule| {
            let properties = rule.get("properties").cloned().unwrap_or_default();
            let name = text(&rule, "/name").unwrap_or_default();
            SecurityRule { security_group: id.clone(), is_default, ..SecurityRule::read(name, &properties) }
        })
    };
    rules.into_iter().flat_map(of).collect()
}

/// The rules that hold for an interface, out of what Azure reckons.
pub fn effective_rules(answer: &Json) -> Vec<SecurityRule> {
    let mut all = Vec::new();
    for group in answer.get("value").and_then(Json::as_array).into_iter().flatten() {
        let association =
            ["/association/networkInterface/id", "/association/subnet/id", "/association/networkManager/id"];
        let association = association.iter().find_map(|pointer| text(group, pointer));
        for rule in group.get("effectiveSecurityRules").and_then(Json::as_array).into_iter().flatten() {
            // `securityRules/name`, `defaultSecurityRules/name`, `UserRule_name`
            let full = text(rule, "/name").unwrap_or_default();
            let (of, name) = full.split_once('/').unwrap_or(("", &full));
            all.push(SecurityRule {
                security_group: text(group, "/networkSecurityGroup/id"),
                association: association.clone(),
                is_default: of.eq_ignore_ascii_case("defaultSecurityRules"),
                ..SecurityRule::read(name.to_owned(), rule)
            });
        }
    }
    all.sort_by(|one, other| (&one.direction, one.priority).cmp(&(&other.direction, other.priority)));
    all
}

impl SecurityRule {
    fn read(name: String, of: &Json) -> Self {
        let member = |key: &str| text(of, &format!("/{key}")).unwrap_or_default();
        Self {
            name,
            description: text(of, "/description"),
            direction: member("direction"),
            access: member("access"),
            priority: of.get("priority").and_then(Json::as_i64),
            protocol: member("protocol"),
            sources: one_or_many(of, "sourceAddressPrefix", "sourceAddressPrefixes"),
            source_ports: one_or_many(of, "sourcePortRange", "sourcePortRanges"),
            destinations: one_or_many(of, "destinationAddressPrefix", "destinationAddressPrefixes"),
            destination_ports: one_or_many(of, "destinationPortRange", "destinationPortRanges"),
            ..Self::default()
        }
    }
}

/// Azure writes one value in one member and several in another.
fn one_or_many(of: &Json, one: &str, many: &str) -> Vec<String> {
    let several = texts(of.get(many));
    if several.is_empty() { text(of, &format!("/{one}")).into_iter().collect() } else { several }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NSG: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/nsg";

    #[test]
    fn a_groups_own_rules_come_before_those_that_all_have() {
        let rule = |name: &str, ports: Json| {
            json!({ "name": name, "properties": { "protocol": "Tcp", "sourcePortRange": "*",
            "destinationPortRange": ports.as_str().unwrap_or_default(), "destinationPortRanges": ports, "sourceAddressPrefix": "*",
            "destinationAddressPrefix": "*", "access": "Allow", "priority": 130, "direction": "Inbound" } })
        };
        let rules = rules_of(&json!({ "id": NSG, "properties": {
            "defaultSecurityRules": [rule("AllowVnetInBound", json!("*"))], "securityRules": [rule("mine", json!(["22", "80-90"]))] } }));
        let told: Vec<_> =
            rules.iter().map(|rule| (rule.name.as_str(), rule.is_default, rule.destination_ports.join(","))).collect();
        assert_eq!(told, [("mine", false, "22,80-90".to_owned()), ("AllowVnetInBound", true, "*".to_owned())]);
    }

    #[test]
    fn rules_that_hold_are_in_the_order_in_which_they_count() {
        let rule = |name: &str, priority: u32| {
            json!({ "name": name, "protocol": "All", "sourcePortRange": "0-65535", "destinationPortRange": "3389-3389",
            "sourceAddressPrefix": "0.0.0.0/0", "destinationAddressPrefixes": ["0.0.0.0/0"], "access": "Deny", "priority": priority, "direction": "Inbound" })
        };
        let rules = effective_rules(
            &json!({ "value": [{ "networkSecurityGroup": { "id": NSG }, "association": { "subnet": { "id": "sub" } },
            "effectiveSecurityRules": [rule("defaultSecurityRules/DenyAllInBound", 65500), rule("securityRules/rdp", 100)] }] }),
        );
        let told: Vec<_> = rules.iter().map(|rule| (rule.name.as_str(), rule.is_default, rule.priority)).collect();
        assert_eq!(told, [("rdp", false, Some(100)), ("DenyAllInBound", true, Some(65500))]);
        assert_eq!((rules[0].association.as_deref(), rules[0].security_group.as_deref()), (Some("sub"), Some(NSG)));
    }
}
