//! Secure connections: only to whom a certificate vouches for.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::{Arc, mpsc},
    thread,
};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer};

use super::*;

/// A server with a certificate that nobody signed; it tells which protocol was agreed on.
struct SecureServer {
    address: SocketAddr,
    certificate: String,
    protocols: mpsc::Receiver<Option<Vec<u8>>>,
}

fn start(protocol: &str) -> SecureServer {
    rustls::crypto::ring::default_provider().install_default().ok();
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let mut config =
        ServerConfig::builder().with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap();
    config.alpn_protocols = vec![protocol.into()];
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (told, protocols) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream.unwrap());
            // Fails with clients that do not trust us.
            if stream.read(&mut [0; 4096]).is_ok() {
                told.send(stream.conn.alpn_protocol().map(<[u8]>::to_vec)).ok();
                stream.write_all(&answer("200 OK", "secret")).ok();
            }
        }
    });
    SecureServer { address, certificate: cert.pem(), protocols }
}

fn trusting(ca_file: &Path) -> Result<Upstream, UpstreamError> {
    Upstream::new(&EgressSettings { ca_file: Some(ca_file.to_owned()), ..egress() }, &no_dns())
}

#[tokio::test]
async fn only_trusted_certificates_are_accepted() {
    let server = start("http/1.1");
    let url = format!("https://{}/", server.address);
    let retrying = Call { retries: 2, ..get(&url) };
    assert_eq!(upstream().send(retrying).await, Err(SendError::Tls));

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &server.certificate).unwrap();
    let received = trusting(file.path()).unwrap().send(get(&url)).await.unwrap();
    assert_eq!((received.body, received.attempts), (Bytes::from_static(b"secret"), 1));

    let other_name = format!("https://localhost:{}/", server.address.port());
    assert_eq!(trusting(file.path()).unwrap().send(get(other_name)).await, Err(SendError::Tls));
}

#[tokio::test]
async fn http2_is_offered() {
    let server = start("h2");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &server.certificate).unwrap();
    // The server agrees to HTTP/2, and then does not speak it.
    let outcome = trusting(file.path()).unwrap().send(get(format!("https://{}/", server.address))).await;
    assert_eq!(outcome, Err(SendError::Reset));
    assert_eq!(server.protocols.recv().unwrap().as_deref(), Some(&b"h2"[..]));
}

#[test]
fn a_file_without_certificates_is_refused_at_start() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for content in ["", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        std::fs::write(file.path(), content).unwrap();
        assert!(matches!(trusting(file.path()), Err(UpstreamError::CaFileInvalid)), "{content}");
    }
    let absent = file.path().with_extension("absent");
    assert!(matches!(trusting(&absent), Err(UpstreamError::CaFileUnreadable(_))));
}
