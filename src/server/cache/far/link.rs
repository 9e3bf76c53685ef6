//! How the shared store is reached: one server, a cluster, or the leader of a group that Sentinel watches.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionInfo, IntoConnectionInfo, Pipeline, RedisConnectionInfo, RedisFuture,
    RedisResult, TlsMode, Value,
    aio::{ConnectionLike, MultiplexedConnection},
    cluster::ClusterClient,
    cluster_async::ClusterConnection,
    cluster_routing::{RoutingInfo, SingleNodeRoutingInfo},
    sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType},
};

use super::line::LIMIT;
use crate::settings::{RedisMode, RedisSettings, Secret};

/// Time limit of one TCP and TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(1);

/// Commands that wait for their turn on the one connection; the crate's own 50 is for small programs.
const QUEUE: usize = 1024;

/// Where a link comes from.
pub(super) enum Door {
    Single(Box<Client>),
    Cluster(Box<ClusterClient>),
    Sentinel(Vec<SentinelClient>),
}

impl Door {
    /// Connects to nothing yet; fails only for addresses that cannot be read.
    pub(super) fn new(settings: &RedisSettings) -> RedisResult<Self> {
        let servers = settings
            .urls
            .iter()
            .map(Secret::expose)
            .map(IntoConnectionInfo::into_connection_info)
            .collect::<RedisResult<Vec<_>>>()?;
        Ok(match settings.mode {
            RedisMode::Single => Self::Single(Box::new(Client::open(first(&servers)?)?)),
            RedisMode::Cluster => {
                let client = ClusterClient::builder(servers)
                    .connection_timeout(HANDSHAKE)
                    .response_timeout(LIMIT)
                    .retries(2)
                    .max_retry_wait(50)
                    .build()?;
                Self::Cluster(Box::new(client))
            }
            RedisMode::Sentinel => Self::Sentinel(watched(&servers, &settings.sentinel_group)?),
        })
    }

    /// A link that has answered.
    pub(super) async fn open(&mut self) -> RedisResult<Link> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(HANDSHAKE))
            .set_response_timeout(Some(LIMIT))
            .set_pipeline_buffer_size(QUEUE);
        let mut link = match self {
            Self::Single(client) => Link::Server(client.get_multiplexed_async_connection_with_config(&config).await?),
            Self::Cluster(client) => Link::Cluster(client.get_async_connection().await?),
            Self::Sentinel(ways) => Link::Server(leader(ways, &config).await?),
        };
        link.ping().await?;
        Ok(link)
    }
}

/// The ways to ask the Sentinels. What the addresses hold besides host and port (user, password, database, TLS) is for
/// the servers behind the Sentinels; whether these want a password too differs, so both ways are tried.
fn watched(sentinels: &[ConnectionInfo], group: &str) -> RedisResult<Vec<SentinelClient>> {
    let first = first(sentinels)?;
    let mut servers = SentinelNodeConnectionInfo::default().set_redis_connection_info(first.redis_settings().clone());
    if matches!(first.addr(), redis::ConnectionAddr::TcpTls { .. }) {
        servers = servers.set_tls_mode(TlsMode::Secure);
    }
    let ask = |with: fn(&RedisConnectionInfo) -> RedisConnectionInfo| {
        let sentinels =
            sentinels.iter().map(|info| info.clone().set_redis_settings(with(info.redis_settings()))).collect();
        SentinelClient::build(sentinels, group, Some(servers.clone()), SentinelServerType::Master)
    };
    let mut ways = vec![ask(|_| RedisConnectionInfo::default())?];
    if first.redis_settings().password().is_some() {
        ways.push(ask(|settings| settings.clone().set_db(0))?);
    }
    Ok(ways)
}

async fn leader(ways: &mut [SentinelClient], config: &AsyncConnectionConfig) -> RedisResult<MultiplexedConnection> {
    let mut failure = nowhere();
    for way in ways {
        match way.get_async_connection_with_config(config).await {
            Ok(server) => return Ok(server),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn first(servers: &[ConnectionInfo]) -> RedisResult<ConnectionInfo> {
    servers.first().cloned().ok_or_else(nowhere)
}

fn nowhere() -> redis::RedisError {
    (redis::ErrorKind::InvalidClientConfig, "no address").into()
}

/// A connection that all commands share. Cheap to clone.
#[derive(Clone)]
pub(super) enum Link {
    Server(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Link {
    /// Asks for a sign of life; in a cluster any node will do.
    pub(super) async fn ping(&mut self) -> RedisResult<()> {
        let ping = redis::cmd("PING");
        match self {
            Self::Server(server) => ping.exec_async(server).await,
            Self::Cluster(cluster) => {
                cluster.route_command(ping, RoutingInfo::SingleNode(SingleNodeRoutingInfo::Random)).await.map(drop)
            }
        }
    }
}

impl ConnectionLike for Link {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Server(server) => server.req_packed_command(command),
            Self::Cluster(cluster) => cluster.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        commands: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Server(server) => server.req_packed_commands(commands, offset, count),
            Self::Cluster(cluster) => cluster.req_packed_commands(commands, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Server(server) => server.get_db(),
            Self::Cluster(cluster) => cluster.get_db(),
        }
    }
}
