//! What an application signs to prove that it holds the key of its certificate (RFC 7523, as Entra wants it).
//!
//! <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use model::{Fault, Faulty};
use rustls::{
    SignatureScheme,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    sign::SigningKey,
};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::settings::{Secret, SigningAlgorithm};

/// How long an assertion holds.
const LIFETIME: Duration = Duration::from_mins(10);

/// A certificate that cannot be used to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    /// There is no certificate in the text.
    #[error("a credential's certificate holds no certificate in PEM form")]
    NoCertificate,
    /// There is no private key in the text.
    #[error("a credential's certificate has no private key in PEM form beside it")]
    NoKey,
    /// The key cannot sign in this way.
    #[error("a credential's private key is not an RSA key that can be used")]
    UnusableKey,
}

impl Faulty for SignerError {
    fn fault(&self) -> Fault {
        Fault::Invalid
    }
}

/// A certificate with its key.
pub(super) struct Signer {
    key: Arc<dyn SigningKey>,
    algorithm: SigningAlgorithm,
    /// SHA-256 of the certificate, base64url.
    thumbprint: String,
    /// The certificates, if they are sent along.
    chain: Option<Vec<String>>,
}

impl Signer {
    /// Reads certificate and key.
    pub(super) fn new(
        certificate: &Secret,
        key: Option<&Secret>,
        algorithm: SigningAlgorithm,
        send_chain: bool,
    ) -> Result<Self, SignerError> {
        let pem = certificate.expose().as_bytes();
        let certificates: Vec<_> =
            CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| SignerError::NoCertificate)?;
        let first = certificates.first().ok_or(SignerError::NoCertificate)?;
        let key = PrivateKeyDer::from_pem_slice(key.unwrap_or(certificate).expose().as_bytes());
        let key = rustls::crypto::ring::sign::any_supported_type(&key.map_err(|_| SignerError::NoKey)?);
        let signer = Self {
            key: key.map_err(|_| SignerError::UnusableKey)?,
            algorithm,
            thumbprint: URL_SAFE_NO_PAD.encode(Sha256::digest(first)),
            chain: send_chain.then(|| certificates.iter().map(|certificate| STANDARD.encode(certificate)).collect()),
        };
        signer.sign(b"").map(|_| signer)
    }

    /// An assertion of the application `client_id` for `audience`.
    pub(super) fn assertion(&self, client_id: &str, audience: &str, now: SystemTime) -> Result<String, SignerError> {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut header = json!({ "alg": self.name(), "typ": "JWT", "x5t#S256": self.thumbprint });
        if let (Some(chain), Some(header)) = (&self.chain, header.as_object_mut()) {
            header.insert("x5c".to_owned(), json!(chain));
        }
        let claims = json!({
            "aud": audience,
            "iss": client_id,
            "sub": client_id,
            "jti": uuid::Uuid::new_v4(),
            "iat": now.as_secs(),
            "nbf": now.as_secs(),
            "exp": (now + LIFETIME).as_secs(),
        });
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = self.sign(signed.as_bytes())?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let scheme = match self.algorithm {
            SigningAlgorithm::Ps256 => SignatureScheme::RSA_PSS_SHA256,
            SigningAlgorithm::Rs256 => SignatureScheme::RSA_PKCS1_SHA256,
        };
        let signer = self.key.choose_scheme(&[scheme]).ok_or(SignerError::UnusableKey)?;
        signer.sign(message).map_err(|_| SignerError::UnusableKey)
    }

    const fn name(&self) -> &'static str {
        match self.algorithm {
            SigningAlgorithm::Ps256 => "PS256",
            SigningAlgorithm::Rs256 => "RS256",
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}
