//! Servers on loopback that do as they are told.

use std::{
    future::Future,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use hickory_server::{
    net::runtime::TokioRuntimeProvider,
    proto::rr::{Name, RData, Record},
    store::in_memory::InMemoryZoneHandler,
    zone_handler::{AxfrPolicy, Catalog, ZoneHandler as _, ZoneType},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, UdpSocket},
};

/// A server that takes one request from each connection.
pub(super) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Leaves the answer to the script, which gets the number of the request, from 0.
    pub(super) async fn start<S, F>(script: S) -> Self
    where
        S: Fn(usize, TcpStream) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = read_request(&mut stream).await;
                let number = record.lock().unwrap().len();
                record.lock().unwrap().push(request);
                tokio::spawn(script(number, stream));
            }
        });
        Self { address, seen }
    }

    /// Gives the answers in their order, and the last one over and over.
    pub(super) async fn answering<const N: usize>(answers: [Vec<u8>; N]) -> Self {
        Self::start(move |number, mut stream| {
            let answer = answers[number.min(N - 1)].clone();
            async move {
                // Who has heard enough hangs up.
                stream.write_all(&answer).await.ok();
            }
        })
        .await
    }

    /// Says this much, and then nothing, without hanging up.
    pub(super) async fn falling_silent_after(beginning: &'static str) -> Self {
        Self::start(move |_, mut stream| async move {
            stream.write_all(beginning.as_bytes()).await.unwrap();
            std::future::pending::<()>().await;
        })
        .await
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The requests so far, head and body, header names in lower case.
    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

/// An answer with a length, after which the server hangs up.
pub(super) fn answer(head: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// One request, head and body.
pub(super) async fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return text;
            }
        }
        if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return text;
        }
    }
}

/// A name server for `example.` and the names of IPv4 addresses, which refuses to speak of others.
pub(super) struct NameServer {
    pub(super) address: SocketAddr,
    zones: Vec<Arc<Zone>>,
}

type Zone = InMemoryZoneHandler<TokioRuntimeProvider>;

impl NameServer {
    pub(super) async fn start(hosts: &[(&str, &[&str])]) -> Self {
        let mut catalog = Catalog::new();
        let mut zones = Vec::new();
        for origin in ["example.", "in-addr.arpa."] {
            let origin: Name = origin.parse().unwrap();
            let zone = Arc::new(Zone::empty(origin.clone(), ZoneType::Primary, AxfrPolicy::Deny));
            catalog.upsert(origin.into(), vec![zone.clone()]);
            zones.push(zone);
        }
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let mut server = hickory_server::Server::new(catalog);
        server.register_socket(socket);
        tokio::spawn(async move { server.block_until_done().await });
        let server = Self { address, zones };
        for (host, addresses) in hosts {
            server.set(host, addresses).await;
        }
        server
    }

    /// From now on the host has these addresses, and nobody may remember them.
    pub(super) async fn set(&self, host: &str, addresses: &[&str]) {
        let data = addresses.iter().map(|address| RData::from(address.parse::<std::net::IpAddr>().unwrap()));
        self.tell(host, 0, data).await;
    }

    /// From now on there is this, and nothing else, to know of a name.
    pub(super) async fn tell(&self, name: &str, ttl: u32, data: impl IntoIterator<Item = RData>) {
        let name: Name = name.parse().unwrap();
        let zone = self.zones.iter().find(|zone| zone.origin().zone_of(&name.clone().into())).unwrap();
        zone.records_mut().await.retain(|key, _| key.name() != &name.clone().into());
        for data in data {
            assert!(zone.upsert(Record::from_rdata(name.clone(), ttl, data), 0).await);
        }
    }
}
