//! The keys that a token issuer signs with: fetched, kept, fetched again when a token names one that is not there.
//!
//! A failure to fetch never takes away keys that are there.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use futures::future::BoxFuture;
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

/// How long one attempt to fetch may keep a request waiting.
const PATIENCE: Duration = Duration::from_secs(5);

/// A token that names an unknown key makes us fetch no more often than this.
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(60);

/// Fetches an issuer's published keys (RFC 7517). Implemented where calls to others are made.
pub trait FetchJwks: Send + Sync {
    /// The document at this address.
    fn fetch<'a>(&'a self, url: &'a Url) -> BoxFuture<'a, Result<Vec<u8>, Unfetched>>;
}

/// Why an issuer's keys could not be fetched; the text must hold no address.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unfetched(pub String);

/// The keys of one issuer.
pub(super) struct Jwks {
    url: Url,
    fetch: Arc<dyn FetchJwks>,
    signers: ArcSwap<Vec<Arc<Signer>>>,
    last_attempt: Mutex<Option<Instant>>,
}

/// One key that an issuer signs with.
pub(super) struct Signer {
    id: Option<String>,
    algorithm: Option<Algorithm>,
    pub(super) key: DecodingKey,
}

/// What a look for a key found.
pub(super) enum Sought {
    Found(Arc<Signer>),
    Unknown,
    /// Nothing could ever be fetched.
    Away,
}

impl Jwks {
    pub(super) fn new(url: Url, fetch: Arc<dyn FetchJwks>) -> Self {
        Self { url, fetch, signers: ArcSwap::default(), last_attempt: Mutex::new(None) }
    }

    /// Looks for a key by its id; if it is not there, perhaps after fetching.
    pub(super) async fn find(&self, id: Option<&str>, algorithm: Algorithm, now: Instant) -> Sought {
        if let Some(signer) = self.look(id, algorithm) {
            return Sought::Found(signer);
        }
        self.refresh(now, BETWEEN_ATTEMPTS).await;
        match self.look(id, algorithm) {
            Some(signer) => Sought::Found(signer),
            None if self.is_empty() => Sought::Away,
            None => Sought::Unknown,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.signers.load().is_empty()
    }

    /// A token without a key id can only be meant for an only key.
    fn look(&self, id: Option<&str>, algorithm: Algorithm) -> Option<Arc<Signer>> {
        let signers = self.signers.load();
        let mut fitting = signers.iter().filter(|signer| signer.may_sign(algorithm));
        match id {
            Some(id) => fitting.find(|signer| signer.id.as_deref() == Some(id)).cloned(),
            None => fitting.next().filter(|_| signers.len() == 1).cloned(),
        }
    }

    /// Fetches the keys, unless that was tried less than `at_most_every` ago. Callers at the same time share one attempt.
    pub(super) async fn refresh(&self, now: Instant, at_most_every: Duration) {
        let mut last_attempt = self.last_attempt.lock().await;
        if last_attempt.is_some_and(|last| now.saturating_duration_since(last) < at_most_every) {
            return;
        }
        *last_attempt = Some(now);
        match tokio::time::timeout(PATIENCE, self.fetch.fetch(&self.url)).await {
            Ok(Ok(document)) => match read(&document) {
                Some(signers) => self.signers.store(Arc::new(signers)),
                None => self.complain("no usable key in the document"),
            },
            Ok(Err(error)) => self.complain(&error.to_string()),
            Err(_) => self.complain("timed out"),
        }
    }

    fn complain(&self, reason: &str) {
        let issuer = self.url.host_str().unwrap_or_default();
        tracing::warn!(issuer, reason, "the keys of a token issuer could not be fetched");
    }
}

impl Signer {
    /// Keys for encryption, shared secrets and curves that are not supported are no signers.
    fn of(jwk: &Jwk) -> Option<Self> {
        if !matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
            return None;
        }
        let implied = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => None,
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Some(Algorithm::ES256),
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P384 => Some(Algorithm::ES384),
            AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Some(Algorithm::EdDSA),
            _ => return None,
        };
        let algorithm = match jwk.common.key_algorithm {
            Some(algorithm) => Some(Algorithm::try_from(algorithm).ok()?),
            None => implied,
        };
        Some(Self { id: jwk.common.key_id.clone(), algorithm, key: DecodingKey::from_jwk(jwk).ok()? })
    }

    fn may_sign(&self, algorithm: Algorithm) -> bool {
        self.algorithm.is_none_or(|own| own == algorithm) && self.key.family().algorithms().contains(&algorithm)
    }
}

/// The usable keys of a document; those that are not understood are left out. `None` if there is none.
fn read(document: &[u8]) -> Option<Vec<Arc<Signer>>> {
    #[derive(Deserialize)]
    struct Document {
        keys: Vec<Value>,
    }
    let document: Document = serde_json::from_slice(document).ok()?;
    let keys = document.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    let signers: Vec<_> = keys.filter_map(|jwk| Signer::of(&jwk)).map(Arc::new).collect();
    (!signers.is_empty()).then_some(signers)
}
