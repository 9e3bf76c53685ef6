//! The name servers one by one, so that an answer can be laid at the door of the one that gave it. What they say is kept as
//! long as its owner allows, in this process.
//!
//! Only whole names are asked: no search list and no hosts file leads to another name.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use hickory_resolver::{
    TokioResolver,
    config::{NameServerConfig, ResolveHosts, ResolverConfig},
    net::{DnsError as Said, NetError, NoRecords, runtime::TokioRuntimeProvider},
    proto::{
        op::ResponseCode,
        rr::{Name, RecordType},
    },
};
use tokio::time::{Instant, timeout_at};

use super::records::{DnsAnswer, DnsError, Presence, can_be_asked, plain, read};

/// How long one name server is waited for before the next is asked.
const PATIENCE: Duration = Duration::from_secs(2);

/// Answers that are kept for each name server.
const KEPT: u64 = 8_192;

/// The longest that an answer is kept, whatever its owner says; and that an absence is (RFC 2308 section 5).
const LONGEST_LIFETIME: Duration = Duration::from_hours(24);
const LONGEST_ABSENCE: Duration = Duration::from_hours(3);

/// Questions that may wait on one connection to a name server.
const QUESTIONS_AT_ONCE: usize = 1_024;

/// The name servers, each with what it said. Cheap to clone.
#[derive(Clone)]
pub(super) struct NameServers(Arc<Inner>);

struct Inner {
    servers: Vec<NameServer>,
    /// Who answered last, and is asked first.
    preferred: AtomicUsize,
}

struct NameServer {
    address: SocketAddr,
    dns: TokioResolver,
}

impl NameServers {
    pub(super) fn new(configs: &[NameServerConfig]) -> Result<Self, NetError> {
        let servers = configs.iter().map(NameServer::new).collect::<Result<_, _>>()?;
        Ok(Self(Arc::new(Inner { servers, preferred: AtomicUsize::new(0) })))
    }

    /// Asks one name server after the other until one answers. That there is nothing is an answer.
    pub(super) async fn records(
        &self,
        name: &str,
        record_type: RecordType,
        deadline: Instant,
    ) -> Result<DnsAnswer, DnsError> {
        if !can_be_asked(record_type) {
            return Err(DnsError::BadType);
        }
        let mut name = Name::from_utf8(name).map_err(|_| DnsError::BadName)?;
        name.set_fqdn(true);

        let Inner { servers, preferred } = &*self.0;
        let (before, from_preferred) =
            servers.split_at_checked(preferred.load(Ordering::Relaxed)).unwrap_or((&[], servers));
        let mut failure = DnsError::Unreachable;
        for (tried, server) in from_preferred.iter().chain(before).enumerate() {
            let is_last = tried + 1 == servers.len();
            let patience = if is_last { deadline } else { deadline.min(Instant::now() + PATIENCE) };
            match timeout_at(patience, server.ask(&name, record_type)).await {
                Ok(Ok(answer)) => {
                    let place = servers.iter().position(|other| std::ptr::eq(other, server)).unwrap_or_default();
                    preferred.store(place, Ordering::Relaxed);
                    return Ok(answer);
                }
                Ok(Err(error)) => failure = error,
                Err(_) if Instant::now() >= deadline => return Err(DnsError::Timeout),
                Err(_) => failure = DnsError::Unreachable,
            }
        }
        Err(failure)
    }
}

impl NameServer {
    fn new(config: &NameServerConfig) -> Result<Self, NetError> {
        let port = config.connections.first().map_or(53, |connection| connection.port);
        let address = SocketAddr::new(config.ip, port);
        let config = ResolverConfig::from_name_servers(vec![config.clone()]);
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        let options = builder.options_mut();
        options.timeout = PATIENCE;
        options.use_hosts_file = ResolveHosts::Never;
        options.cache_size = KEPT;
        options.positive_max_ttl = Some(LONGEST_LIFETIME);
        options.negative_max_ttl = Some(LONGEST_ABSENCE);
        options.max_active_requests = QUESTIONS_AT_ONCE;
        Ok(Self { address, dns: builder.build()? })
    }

    async fn ask(&self, name: &Name, record_type: RecordType) -> Result<DnsAnswer, DnsError> {
        match self.dns.lookup(name.clone(), record_type).await {
            Ok(found) => Ok(read(name, record_type, self.address, &found)),
            Err(NetError::Dns(Said::NoRecordsFound(NoRecords { response_code, .. }))) => {
                let is_absent = response_code == ResponseCode::NXDomain;
                let presence = if is_absent { Presence::NoName } else { Presence::NoRecord };
                let canonical_name = plain(name);
                Ok(DnsAnswer { presence, records: Vec::new(), canonical_name, name_server: self.address })
            }
            Err(NetError::Dns(Said::ResponseCode(ResponseCode::Refused | ResponseCode::NotAuth))) => {
                Err(DnsError::Refused)
            }
            Err(NetError::Dns(_)) => Err(DnsError::ServerFailure),
            Err(_) => Err(DnsError::Unreachable),
        }
    }
}
