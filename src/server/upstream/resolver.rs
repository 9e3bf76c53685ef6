//! From names to addresses, by the name servers of the settings or the system's.

use std::{net::IpAddr, sync::Arc, time::Duration};

use hickory_resolver::{
    TokioResolver,
    config::{LookupIpStrategy, NameServerConfig, ResolverConfig},
    net::runtime::TokioRuntimeProvider,
};

use super::{AddressPolicy, SendError, UpstreamError};
use crate::settings::DnsSettings;

/// How long one name server is waited for, before it is asked once more.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Looks names up. Cheap to clone.
#[derive(Clone)]
pub struct Resolver {
    dns: TokioResolver,
    policy: Arc<AddressPolicy>,
}

impl Resolver {
    pub(super) fn new(dns: &DnsSettings, policy: Arc<AddressPolicy>) -> Result<Self, UpstreamError> {
        let mut builder = if dns.servers.is_empty() {
            TokioResolver::builder_tokio().map_err(|_| UpstreamError::NoNameServers)?
        } else {
            let servers = dns.servers.iter().map(|server| {
                let mut config = NameServerConfig::udp_and_tcp(server.ip());
                config.connections.iter_mut().for_each(|connection| connection.port = server.port());
                config
            });
            let config = ResolverConfig::from_name_servers(servers.collect());
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        };
        let options = builder.options_mut();
        options.timeout = TIMEOUT;
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        let dns = builder.build().map_err(|_| UpstreamError::NoNameServers)?;
        Ok(Self { dns, policy })
    }

    /// The addresses of a host that may be called. Forbidden ones are left out; if no other is left, the host is denied.
    ///
    /// Whoever connects must connect to one of these, and not ask again: the next answer may be another.
    pub async fn permitted_addresses(&self, host: &str) -> Result<Vec<IpAddr>, SendError> {
        let mut addresses = self.addresses(host).await?;
        addresses.retain(|address| self.policy.permits(*address));
        if addresses.is_empty() { Err(SendError::Denied) } else { Ok(addresses) }
    }

    /// All addresses of a host, at least one. For hosts that the operator chose.
    pub(super) async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, SendError> {
        if let Ok(literal) = host.trim_matches(['[', ']']).parse() {
            return Ok(vec![literal]);
        }
        let answer = self.dns.lookup_ip(host).await.map_err(|_| SendError::Resolve)?;
        let addresses: Vec<_> = answer.iter().collect();
        if addresses.is_empty() { Err(SendError::Resolve) } else { Ok(addresses) }
    }
}
