//! The network of machines and interfaces, asked for piece by piece: what one question misses the others still tell.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt as _, stream};
use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use super::{
    Interface, interfaces_of,
    rules::{SecurityRule, effective_rules, rules_of},
};
use crate::{
    arm::{
        ArmError, ArmRequest, ResourcePath,
        versions::{NETWORK, VIRTUAL_MACHINES},
    },
    azure::{Azure, versions::ResourceType},
    sentinel::{input::Mistake, space::SentinelError},
};

/// Questions that are under way at once.
const AT_ONCE: usize = 4;

/// What is known of a network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AzureNetwork)]
pub struct Network {
    /// The interfaces.
    pub interfaces: Vec<Interface>,
    /// The rules that the security groups of the interfaces and of their subnets have: their own, then those of every group.
    pub rules: Vec<SecurityRule>,
    /// The rules that hold, in the order in which they count.
    pub effective_rules: Vec<SecurityRule>,
    /// What could not be learnt, and why.
    pub partial_errors: Vec<NetworkError>,
}

/// Something that could not be learnt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AzureNetworkError)]
pub struct NetworkError {
    /// What was asked: interface, public_address, subnet, security_group or effective_rules.
    #[schema(example = "effective_rules")]
    pub step: &'static str,
    /// About which resource.
    pub resource_id: String,
    /// Why there is no answer.
    pub reason: String,
}

/// Looks at machines or interfaces, and the rules that hold for them if that is wanted.
pub async fn look(azure: &Azure, ids: &[String], wants_effective: bool) -> Result<Network, SentinelError> {
    let mut interfaces = BTreeSet::new();
    for (place, id) in ids.iter().enumerate() {
        let not_one = || Mistake::at(format!("/resource_ids/{place}"), "not the id of a machine or an interface");
        let kind = ResourceType::of(id).ok_or_else(not_one)?;
        let path = ResourcePath::of_id(id).ok_or_else(not_one)?;
        if kind.is("Microsoft.Network", "networkInterfaces") {
            interfaces.insert(id.clone());
        } else if kind.is("Microsoft.Compute", "virtualMachines") {
            interfaces.extend(interfaces_of(&azure.send(ArmRequest::get(path, VIRTUAL_MACHINES)).await?));
        } else {
            return Err(not_one().into());
        }
    }
    let mut network = Network::default();
    for (id, shown) in ask_all(azure, &interfaces).await {
        match shown {
            Ok(shown) => network.interfaces.push(Interface::read(&shown)),
            Err(error) => network.miss("interface", &id, &error),
        }
    }
    network.complete(azure).await;
    if wants_effective {
        let ask = |interface: &Interface| {
            let (azure, id) = (azure.clone(), interface.interface_id.clone());
            async move { (effective(&azure, &id).await, id) }
        };
        let asked: Vec<_> = network.interfaces.iter().filter(|of| of.virtual_machine.is_some()).map(ask).collect();
        for (rules, id) in stream::iter(asked).buffered(AT_ONCE).collect::<Vec<_>>().await {
            match rules {
                Ok(answer) => network.effective_rules.extend(effective_rules(&answer)),
                Err(error) => network.miss("effective_rules", &id, &error),
            }
        }
    }
    Ok(network)
}

/// Azure reckons these rules; it takes a while.
async fn effective(azure: &Azure, interface: &str) -> Result<Json, ArmError> {
    let path = ResourcePath::of_id(interface).ok_or(ArmError::Unreadable("an interface has no id"))?;
    azure.finish(ArmRequest::ask(path.then("/effectiveNetworkSecurityGroups"), NETWORK, None)).await
}

/// What Azure shows of resources, in the order of their ids.
async fn ask_all(azure: &Azure, ids: &BTreeSet<String>) -> Vec<(String, Result<Json, ArmError>)> {
    let ask = |id: &String| {
        let (azure, id) = (azure.clone(), id.clone());
        let path = ResourcePath::of_id(&id);
        async move {
            let shown = match path {
                Some(path) => azure.send(ArmRequest::get(path, NETWORK)).await,
                None => Err(ArmError::Unreadable("a resource has no id")),
            };
            (id, shown)
        }
    };
    stream::iter(ids.iter().map(ask).collect::<Vec<_>>()).buffered(AT_ONCE).collect().await
}

impl Network {
    fn miss(&mut self, step: &'static str, resource_id: &str, error: &ArmError) {
        let reason = match error {
            ArmError::Denied { permission: Some(permission), .. } => format!("{error}: {permission}"),
            _ => error.to_string(),
        };
        self.partial_errors.push(NetworkError { step, resource_id: resource_id.to_owned(), reason });
    }

    /// Asks for what the interfaces only name: public addresses, subnets, and the groups of both.
    async fn complete(&mut self, azure: &Azure) {
        let public = self.known(azure, "public_address", |network| {
            network
                .addresses()
                .filter(|address| address.lacks_public())
                .filter_map(|of| of.public_ip_id.clone())
                .collect()
        });
        let public = public.await;
        let subnets = self.known(azure, "subnet", |network| {
            network.addresses().filter_map(|address| address.subnet_id.clone()).collect()
        });
        let subnets = subnets.await;
        for address in self.interfaces.iter_mut().flat_map(|interface| &mut interface.addresses) {
            if let Some(shown) = address.public_ip_id.as_ref().and_then(|id| public.get(id)) {
                address.take_public(shown);
            }
            if let Some(shown) = address.subnet_id.as_ref().and_then(|id| subnets.get(id)) {
                address.take_subnet(shown);
            }
        }
        let groups = self.known(azure, "security_group", |network| {
            let of_subnets = network.addresses().filter_map(|address| address.subnet_security_group.clone());
            of_subnets.chain(network.interfaces.iter().filter_map(|of| of.security_group.clone())).collect()
        });
        self.rules = groups.await.values().flat_map(rules_of).collect();
    }

    fn addresses(&self) -> impl Iterator<Item = &super::InterfaceAddress> {
        self.interfaces.iter().flat_map(|interface| &interface.addresses)
    }

    /// What Azure shows of these resources; what it does not is noted.
    async fn known(
        &mut self,
        azure: &Azure,
        step: &'static str,
        ids: impl Fn(&Self) -> BTreeSet<String>,
    ) -> BTreeMap<String, Json> {
        let mut known = BTreeMap::new();
        for (id, shown) in ask_all(azure, &ids(self)).await {
            match shown {
                Ok(shown) => drop(known.insert(id, shown)),
                Err(error) => self.miss(step, &id, &error),
            }
        }
        known
    }
}
