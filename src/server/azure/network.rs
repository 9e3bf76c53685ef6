//! The network of a machine: interfaces, addresses, subnets, and the security rules that hold for it.
//!
//! Rules that a group has and rules that hold are two things: a subnet's group and an interface's both count, and what their
//! tags stand for changes. The rules that hold are reckoned by Azure, for running machines only.
//!
//! <https://learn.microsoft.com/rest/api/virtualnetwork/network-interfaces>

pub mod looked;
pub mod rules;

use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

/// An address of an interface.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AzureInterfaceAddress)]
pub struct InterfaceAddress {
    /// The interface.
    pub interface_id: String,
    /// The name of this address among those of the interface.
    #[schema(example = "ipconfig1")]
    pub name: String,
    /// Whether it is the interface's first.
    pub is_primary: bool,
    /// The private address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "10.0.0.4")]
    pub private_ip: Option<String>,
    /// How it is given: Static or Dynamic.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Dynamic")]
    pub private_ip_allocation: Option<String>,
    /// The resource of the public address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub public_ip_id: Option<String>,
    /// The public address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "198.51.100.7")]
    pub public_ip: Option<String>,
    /// How it is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Static")]
    pub public_ip_allocation: Option<String>,
    /// The name of the public address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "dc01.westeurope.cloudapp.azure.com")]
    pub public_name: Option<String>,
    /// Application security groups.
    pub application_security_groups: Vec<String>,
    /// The subnet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub subnet_id: Option<String>,
    /// The security group of the subnet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub subnet_security_group: Option<String>,
    /// The route table of the subnet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub subnet_route_table: Option<String>,
}

/// An interface.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AzureInterface)]
pub struct Interface {
    /// The id.
    pub interface_id: String,
    /// The machine that has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub virtual_machine: Option<String>,
    /// Its hardware address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "00-0D-3A-1B-C7-21")]
    pub mac: Option<String>,
    /// The security group of the interface itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub security_group: Option<String>,
    /// Name servers that hold for it.
    pub dns_servers: Vec<String>,
    /// Its addresses.
    pub addresses: Vec<InterfaceAddress>,
}

/// The ids of a machine's interfaces.
pub fn interfaces_of(machine: &Json) -> Vec<String> {
    let list = machine.pointer("/properties/networkProfile/networkInterfaces").and_then(Json::as_array);
    list.into_iter().flatten().filter_map(|interface| text(interface, "/id")).collect()
}

impl Interface {
    /// Reads an interface. Public addresses and subnets are shown in full where it was asked to expand them.
    pub fn read(interface: &Json) -> Self {
        let interface_id = text(interface, "/id").unwrap_or_default();
        let list = interface.pointer("/properties/ipConfigurations").and_then(Json::as_array);
        Self {
            addresses: list.into_iter().flatten().map(|of| InterfaceAddress::read(&interface_id, of)).collect(),
            virtual_machine: text(interface, "/properties/virtualMachine/id"),
            mac: text(interface, "/properties/macAddress"),
            security_group: text(interface, "/properties/networkSecurityGroup/id"),
            dns_servers: texts(interface.pointer("/properties/dnsSettings/appliedDnsServers")),
            interface_id,
        }
    }
}

impl InterfaceAddress {
    fn read(interface_id: &str, of: &Json) -> Self {
        let groups = of.pointer("/properties/applicationSecurityGroups").and_then(Json::as_array);
        let mut address = Self {
            interface_id: interface_id.to_owned(),
            name: text(of, "/name").unwrap_or_default(),
            is_primary: of.pointer("/properties/primary").and_then(Json::as_bool).unwrap_or_default(),
            private_ip: text(of, "/properties/privateIPAddress"),
            private_ip_allocation: text(of, "/properties/privateIPAllocationMethod"),
            public_ip_id: text(of, "/properties/publicIPAddress/id"),
            application_security_groups: groups.into_iter().flatten().filter_map(|group| text(group, "/id")).collect(),
            subnet_id: text(of, "/properties/subnet/id"),
            ..Self::default()
        };
        if let Some(public) = of.pointer("/properties/publicIPAddress") {
            address.take_public(public);
        }
        if let Some(subnet) = of.pointer("/properties/subnet") {
            address.take_subnet(subnet);
        }
        address
    }

    /// Whether the public address was not shown in full.
    pub fn lacks_public(&self) -> bool {
        self.public_ip_id.is_some() && self.public_ip_allocation.is_none()
    }

    /// Takes what is said of the public address.
    pub fn take_public(&mut self, public: &Json) {
        self.public_ip = text(public, "/properties/ipAddress");
        self.public_ip_allocation = text(public, "/properties/publicIPAllocationMethod");
        self.public_name = text(public, "/properties/dnsSettings/fqdn");
    }

    /// Takes what is said of the subnet.
    pub fn take_subnet(&mut self, subnet: &Json) {
        self.subnet_security_group = text(subnet, "/properties/networkSecurityGroup/id");
        self.subnet_route_table = text(subnet, "/properties/routeTable/id");
    }
}

fn texts(list: Option<&Json>) -> Vec<String> {
    let list = list.and_then(Json::as_array).into_iter().flatten();
    list.filter_map(Json::as_str).filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

fn text(of: &Json, pointer: &str) -> Option<String> {
    of.pointer(pointer).and_then(Json::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// How a machine is doing, out of its instance view: `running`, `deallocated` and so on.
pub fn power_state(view: &Json) -> Option<String> {
    let statuses = view.get("statuses").and_then(Json::as_array)?;
    let codes = statuses.iter().filter_map(|status| status.get("code").and_then(Json::as_str));
    codes.into_iter().find_map(|code| code.strip_prefix("PowerState/")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NIC: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkInterfaces/nic";
    const NSG: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/nsg";

    #[test]
    fn an_interface_is_read_as_it_is_published() {
        let mut interface = Interface::read(&json!({ "id": NIC, "properties": {
            "ipConfigurations": [{ "name": "ipconfig1", "properties": { "privateIPAddress": "172.20.2.4", "privateIPAllocationMethod": "Dynamic",
                "publicIPAddress": { "id": "/…/publicIPAddresses/ip" }, "subnet": { "id": "/…/subnets/default" }, "primary": true } }],
            "dnsSettings": { "appliedDnsServers": ["10.0.0.2"] }, "macAddress": "00-0D-3A-1B-C7-21",
            "networkSecurityGroup": { "id": NSG }, "virtualMachine": { "id": "/…/virtualMachines/vm1" } } }));
        assert_eq!(
            (interface.security_group.as_deref(), interface.dns_servers.as_slice()),
            (Some(NSG), &["10.0.0.2".to_owned()][..])
        );
        let address = &mut interface.addresses[0];
        assert!(address.is_primary && address.lacks_public());
        address.take_public(
            &json!({ "properties": { "ipAddress": "198.51.100.7", "publicIPAllocationMethod": "Static" } }),
        );
        address.take_subnet(
            &json!({ "properties": { "networkSecurityGroup": { "id": NSG }, "routeTable": { "id": "r" } } }),
        );
        assert!(!address.lacks_public());
        assert_eq!(
            (address.public_ip.as_deref(), address.subnet_route_table.as_deref()),
            (Some("198.51.100.7"), Some("r"))
        );
    }

    #[test]
    fn the_interfaces_of_a_machine_are_found() {
        let machine = json!({ "properties": { "networkProfile": { "networkInterfaces": [{ "id": NIC, "properties": { "primary": true } }] } } });
        assert_eq!(interfaces_of(&machine), [NIC]);
        assert_eq!(interfaces_of(&json!({})), Vec::<String>::new());
    }

    #[test]
    fn the_state_of_a_machine_is_read_from_its_statuses() {
        let view = json!({ "statuses": [{ "code": "ProvisioningState/succeeded" }, { "code": "PowerState/running" }] });
        assert_eq!(power_state(&view).as_deref(), Some("running"));
    }
}
