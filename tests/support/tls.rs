//! Servers on loopback that speak TLS as they are told, with certificates made for the test.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

pub use rcgen;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// An authority that vouches for whatever a test wants.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its own certificate, PEM.
    pub pem: String,
    der: Vec<u8>,
}

impl Authority {
    /// A new one.
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Test Authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        Self { pem: certificate.pem(), der: certificate.der().to_vec(), issuer: Issuer::new(params, key) }
    }

    /// A certificate that this authority signed, and its key, PEM.
    pub fn issue(&self, params: CertificateParams) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        (params.signed_by(&key, &self.issuer).expect("a certificate").pem(), key.serialize_pem())
    }

    /// Starts a server whose certificate this authority signed; the authority's own is sent along.
    pub async fn serve(&self, params: CertificateParams) -> SocketAddr {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        listen(vec![certificate.der().to_vec(), self.der.clone()], &key).await
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

/// What a certificate for these hosts says.
pub fn params(hosts: &[&str]) -> CertificateParams {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    CertificateParams::new(hosts).expect("names of hosts")
}

/// Starts a server that vouches for itself. Its certificate, DER, comes with it.
pub async fn serve_self_signed(params: CertificateParams) -> (SocketAddr, Vec<u8>) {
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("a certificate").der().to_vec();
    (listen(vec![certificate.clone()], &key).await, certificate)
}

/// What a host says to a path: status, headers, body.
type Say = fn(host: &str, path: &str) -> (u16, Vec<(&'static str, String)>, String);

/// A server that speaks HTTP/1.1 over TLS for several hosts, one exchange for each connection. Stops when dropped.
pub struct HttpsServer {
    seen: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl HttpsServer {
    /// Starts one where HTTPS is spoken, if this process may listen there. Otherwise it says so.
    pub async fn start_on_port_443(authority: &Authority, params: CertificateParams, say: Say) -> Option<Self> {
        let listener = match TcpListener::bind("127.0.0.1:443").await {
            Ok(listener) => listener,
            Err(error) => {
                eprintln!("skipped: no listening on port 443: {error}");
                return None;
            }
        };
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &authority.issuer).expect("a certificate");
        let acceptor = acceptor(vec![certificate.der().to_vec(), authority.der.clone()], &key);
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let record = seen.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, record) = (acceptor.clone(), record.clone());
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        // Whoever hangs up early misses the answer.
                        let _ = exchange(stream, say, &record).await;
                    }
                });
            }
        });
        Some(Self { seen, task })
    }

    /// Host and path of every request so far.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("no test panics here").clone()
    }
}

impl Drop for HttpsServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn exchange(mut stream: TlsStream<TcpStream>, say: Say, record: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default();
    let host = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("host: ").map(str::to_owned));
    let host = host.unwrap_or_default();
    record.lock().expect("no test panics here").push(format!("{host}{path}"));
    let (status, headers, body) = say(&host, path);
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    let answer = format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

fn acceptor(chain: Vec<Vec<u8>>, key: &KeyPair) -> TlsAcceptor {
    server::upstream::install_tls();
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let chain = chain.into_iter().map(Into::into).collect();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).expect("a pair");
    TlsAcceptor::from(Arc::new(config))
}

async fn listen(chain: Vec<Vec<u8>>, key: &KeyPair) -> SocketAddr {
    let acceptor = acceptor(chain, key);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // Who does not like the certificate hangs up.
                let _ = acceptor.accept(stream).await;
            });
        }
    });
    address
}
