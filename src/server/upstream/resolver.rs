//! From names to addresses, by the name servers of the settings or the system's.

use std::{net::IpAddr, sync::Arc, time::Duration};

use hickory_resolver::{
    TokioResolver,
    config::{LookupIpStrategy, NameServerConfig, ResolverConfig, ResolverOpts},
    net::runtime::TokioRuntimeProvider,
    proto::rr::Name,
    system_conf::read_system_conf,
};
use tokio::time::Instant;

use super::{
    AddressPolicy, SendError, UpstreamError,
    name_servers::NameServers,
    records::{DnsAnswer, DnsError, RecordType},
};
use crate::settings::DnsSettings;

/// How long one name server is waited for, before it is asked once more.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Looks names up. Cheap to clone.
#[derive(Clone)]
pub struct Resolver {
    dns: TokioResolver,
    name_servers: NameServers,
    policy: Arc<AddressPolicy>,
}

impl Resolver {
    pub(super) fn new(dns: &DnsSettings, policy: Arc<AddressPolicy>) -> Result<Self, UpstreamError> {
        let (config, mut options) = if dns.servers.is_empty() {
            read_system_conf().map_err(|_| UpstreamError::NoNameServers)?
        } else {
            let servers = dns.servers.iter().map(|server| {
                let mut config = NameServerConfig::udp_and_tcp(server.ip());
                config.connections.iter_mut().for_each(|connection| connection.port = server.port());
                config
            });
            (ResolverConfig::from_name_servers(servers.collect()), ResolverOpts::default())
        };
        options.timeout = TIMEOUT;
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        let name_servers = NameServers::new(config.name_servers()).map_err(|_| UpstreamError::NoNameServers)?;
        let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).with_options(options);
        let dns = builder.build().map_err(|_| UpstreamError::NoNameServers)?;
        Ok(Self { dns, name_servers, policy })
    }

    /// The records of a name, by whichever name server answers first. That there is none is an answer.
    ///
    /// Answers are kept in the process, for at most as long as their owners allow and a day, and their time to live counts
    /// down. Where they lead is not checked: whoever connects uses [`Self::permitted_addresses`].
    pub async fn records(&self, name: &str, record_type: RecordType, deadline: Instant) -> Result<DnsAnswer, DnsError> {
        self.name_servers.records(name, record_type, deadline).await
    }

    /// The names of an address: the PTR records of its name in `in-addr.arpa` or `ip6.arpa`.
    pub async fn names_of(&self, address: IpAddr, deadline: Instant) -> Result<DnsAnswer, DnsError> {
        self.name_servers.records(&Name::from(address).to_ascii(), RecordType::PTR, deadline).await
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
