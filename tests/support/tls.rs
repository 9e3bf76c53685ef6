//! Servers on loopback that speak TLS as they are told, with certificates made for the test.

use std::{net::SocketAddr, sync::Arc};

pub use rcgen;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

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

async fn listen(chain: Vec<Vec<u8>>, key: &KeyPair) -> SocketAddr {
    server::upstream::install_tls();
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let chain = chain.into_iter().map(Into::into).collect();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).expect("a pair");
    let acceptor = TlsAcceptor::from(Arc::new(config));
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
