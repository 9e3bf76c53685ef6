//! A real name server on loopback that knows what a test tells it.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

pub use hickory_server::proto::rr::{Name, RData, rdata};
use hickory_server::{
    net::runtime::TokioRuntimeProvider,
    proto::rr::Record,
    store::in_memory::InMemoryZoneHandler,
    zone_handler::{AxfrPolicy, Catalog, ZoneHandler as _, ZoneType},
};
use tokio::net::UdpSocket;

type Zone = InMemoryZoneHandler<TokioRuntimeProvider>;

/// A name server for a few zones, which refuses to speak of others. Lives as long as the test.
pub struct NameServer {
    address: SocketAddr,
    zones: Vec<Arc<Zone>>,
}

impl NameServer {
    /// Starts one that knows nothing yet: whatever is asked in these zones does not exist.
    pub async fn start(zones: &[&str]) -> Self {
        let mut catalog = Catalog::new();
        let zones: Vec<_> = zones.iter().map(|origin| Arc::new(zone(name(origin)))).collect();
        for zone in &zones {
            catalog.upsert(zone.origin().clone(), vec![zone.clone()]);
        }
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let address = socket.local_addr().expect("an address");
        let mut server = hickory_server::Server::new(catalog);
        server.register_socket(socket);
        tokio::spawn(async move { server.block_until_done().await });
        Self { address, zones }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lines for the settings of a service that asks it.
    pub fn settings(&self) -> String {
        format!("dns: {{ servers: [\"{}\"] }}\n", self.address)
    }

    /// From now on this, and nothing else, is known of a name.
    pub async fn tell(&self, owner: &str, ttl: u32, data: impl IntoIterator<Item = RData>) {
        let owner = name(owner);
        let zone = self.zones.iter().find(|zone| zone.origin().zone_of(&owner.clone().into())).expect("a zone for it");
        zone.records_mut().await.retain(|key, _| key.name() != &owner.clone().into());
        for data in data {
            assert!(zone.upsert(Record::from_rdata(owner.clone(), ttl, data), 0).await, "the zone takes it");
        }
    }

    /// From now on a host has these addresses.
    pub async fn host(&self, owner: &str, addresses: &[&str]) {
        let data = addresses.iter().map(|address| RData::from(address.parse::<IpAddr>().expect("an address")));
        self.tell(owner, 300, data).await;
    }
}

/// An absolute name.
pub fn name(text: &str) -> Name {
    let mut name: Name = text.parse().expect("a name");
    name.set_fqdn(true);
    name
}

fn zone(origin: Name) -> Zone {
    Zone::empty(origin, ZoneType::Primary, AxfrPolicy::Deny)
}
