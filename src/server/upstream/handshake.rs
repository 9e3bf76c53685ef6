//! The certificates that a server shows. Whatever it shows is taken down and judged, and then the connection is closed:
//! nothing is asked over it, so nothing that such a server says can be mistaken for an answer.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, OnceLock},
    time::Duration,
};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, ProtocolVersion, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
    server::ParsedCertificate,
};
use rustls_platform_verifier::Verifier;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{Resolver, SendError, UpstreamError};
use crate::settings::EgressSettings;

/// Certificates of one server that are kept; more than any honest chain has.
const MAX_CHAIN: usize = 16;

/// What a server showed.
#[derive(Debug, Clone)]
pub struct Handshake {
    /// Its certificate and those that it sent along, DER.
    pub chain: Vec<Vec<u8>>,
    /// Where it was reached.
    pub address: IpAddr,
    /// The version of TLS, if the two sides agreed on one.
    pub protocol: Option<&'static str>,
    /// The cipher suite, if the two sides agreed on one.
    pub cipher_suite: Option<&'static str>,
    /// Whether the certificate is for the host that was called.
    pub names_host: bool,
    /// Why the certificate is not trusted, if so.
    pub distrust: Option<Distrust>,
}

/// Why a certificate is not trusted: the first reason that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distrust {
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYetValid,
    /// No trusted authority vouches for it.
    UnknownIssuer,
    /// It is for other hosts.
    WrongHost,
    /// Its authority took it back.
    Revoked,
    /// A signature is wrong.
    BadSignature,
    /// It cannot be read, or is not for servers.
    Unusable,
}

impl Distrust {
    /// The name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::UnknownIssuer => "unknown_issuer",
            Self::WrongHost => "wrong_host",
            Self::Revoked => "revoked",
            Self::BadSignature => "bad_signature",
            Self::Unusable => "unusable",
        }
    }
}

impl From<&rustls::Error> for Distrust {
    fn from(error: &rustls::Error) -> Self {
        use CertificateError as Bad;
        let rustls::Error::InvalidCertificate(error) = error else { return Self::Unusable };
        match error {
            Bad::Expired | Bad::ExpiredContext { .. } => Self::Expired,
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => Self::NotYetValid,
            Bad::UnknownIssuer => Self::UnknownIssuer,
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => Self::WrongHost,
            Bad::Revoked => Self::Revoked,
            Bad::BadSignature => Self::BadSignature,
            _ => Self::Unusable,
        }
    }
}

/// Whom we trust, and how we connect.
pub(super) struct Handshakes {
    verifier: Arc<Verifier>,
    cryptography: Arc<CryptoProvider>,
    connect_timeout: Duration,
    has_proxy: bool,
}

impl Handshakes {
    pub(super) fn new(egress: &EgressSettings) -> Result<Self, UpstreamError> {
        let cryptography = Arc::new(rustls::crypto::ring::default_provider());
        let own = match &egress.ca_file {
            Some(path) => CertificateDer::pem_file_iter(path)
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(|_| UpstreamError::CaFileInvalid)?,
            None => Vec::new(),
        };
        let verifier = Verifier::new_with_extra_roots(own, cryptography.clone()).map_err(|_| UpstreamError::NoTrust)?;
        Ok(Self {
            verifier: Arc::new(verifier),
            cryptography,
            connect_timeout: egress.connect_timeout,
            has_proxy: egress.proxy.is_some(),
        })
    }

    /// Whom we trust, and by which cryptography.
    pub(super) fn trust(&self) -> (Arc<Verifier>, Arc<CryptoProvider>) {
        (Arc::clone(&self.verifier), Arc::clone(&self.cryptography))
    }

    /// Connects to the first permitted address that answers, and takes down what it shows.
    pub(super) async fn with(
        &self,
        resolver: &Resolver,
        host: &str,
        port: u16,
        deadline: Instant,
    ) -> Result<Handshake, SendError> {
        // Past the proxy is not a way out.
        if self.has_proxy {
            return Err(SendError::Proxy);
        }
        let name = ServerName::try_from(host.to_owned()).map_err(|_| SendError::BadUrl)?;
        let connected = async {
            let mut failure = SendError::Connect;
            for address in resolver.permitted_addresses(host).await? {
                match timeout(self.connect_timeout, TcpStream::connect(SocketAddr::new(address, port))).await {
                    Ok(Ok(stream)) => return self.shake_hands(stream, address, name).await,
                    Ok(Err(_)) | Err(_) => failure = SendError::Connect,
                }
            }
            Err(failure)
        };
        timeout_at(deadline, connected).await.unwrap_or(Err(SendError::Timeout))
    }

    async fn shake_hands(
        &self,
        stream: TcpStream,
        address: IpAddr,
        name: ServerName<'static>,
    ) -> Result<Handshake, SendError> {
        let recorder = Arc::new(Recorder { verifier: self.verifier.clone(), seen: OnceLock::new() });
        let config = ClientConfig::builder_with_provider(self.cryptography.clone())
            .with_safe_default_protocol_versions()
            .map_err(|_| SendError::Tls)?
            .dangerous()
            .with_custom_certificate_verifier(recorder.clone())
            .with_no_client_auth();
        let outcome = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        // A server that shows its certificate and then breaks off has shown it.
        let Some(Seen { chain, names_host, distrust }) = recorder.seen.get().cloned() else {
            return Err(outcome.err().map_or(SendError::Tls, |error| meaning(&error)));
        };
        let agreed = outcome.as_ref().ok();
        Ok(Handshake {
            chain,
            address,
            protocol: agreed.and_then(protocol),
            cipher_suite: agreed.and_then(|tls| tls.get_ref().1.negotiated_cipher_suite()?.suite().as_str()),
            names_host,
            distrust,
        })
    }
}

fn protocol(tls: &TlsStream<TcpStream>) -> Option<&'static str> {
    match tls.get_ref().1.protocol_version()? {
        ProtocolVersion::TLSv1_2 => Some("TLSv1.2"),
        ProtocolVersion::TLSv1_3 => Some("TLSv1.3"),
        _ => None,
    }
}

fn meaning(error: &io::Error) -> SendError {
    let by_protocol = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()).is_some();
    if by_protocol { SendError::Tls } else { SendError::Reset }
}

/// Takes down what the server shows and what would be made of it, and goes on all the same.
struct Recorder {
    verifier: Arc<Verifier>,
    seen: OnceLock<Seen>,
}

#[derive(Clone)]
struct Seen {
    chain: Vec<Vec<u8>>,
    names_host: bool,
    distrust: Option<Distrust>,
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        stapled: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verdict = self.verifier.verify_server_cert(own, others, name, stapled, now);
        let parsed = ParsedCertificate::try_from(own);
        // Only the first handshake of a connection is of interest, and there is no other.
        let _ = self.seen.set(Seen {
            chain: std::iter::once(own).chain(others).take(MAX_CHAIN).map(|der| der.to_vec()).collect(),
            names_host: parsed.is_ok_and(|parsed| verify_server_name(&parsed, name).is_ok()),
            distrust: verdict.err().map(|error| Distrust::from(&error)),
        });
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}
