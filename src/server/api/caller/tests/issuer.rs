//! A token issuer in the process: signs, publishes its keys, rotates them, fails on demand.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::{FutureExt as _, future::BoxFuture};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use serde_json::{Value, json};
use url::Url;

use crate::api::caller::{FetchJwks, Unfetched};

pub(crate) const ISSUER: &str = "https://login.example/tenant";
pub(crate) const AUDIENCE: &str = "api://pivotd";

/// A token that was signed once with RSA, good until 2100, and the key that proves it. The private key is gone.
pub(super) const RSA_TOKEN: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsImtpZCI6InJzYS0xIn0.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUvdGVu\
    YW50IiwiYXVkIjoiYXBpOi8vcGl2b3RkIiwic3ViIjoibG9naWMtYXBwIiwiZXhwIjo0MTAyNDQ0ODAwLCJyb2xlcyI6WyJsb29r\
    dXAiXX0.U0lU3ZdqRSBEar_hwJAdG8mZgMlVHGu4yCiwWEo4EeU3gRHt8pTzhIVETdwgD0npNTWCfvBF9u63LfBdc4EXrYKCXu3L\
    rLXz2Bx_sar_tRu1eHtbtqVdIxi293Rrl9J5leGxucNhX3w1dchFitP8u7w5fJwBBnsk0mWngsSpRLMu_8v-Olt-PL3pqqLaSsk3\
    W_jFxH1wXEIZIXKWL-7BMY2Wj1-vrOEjFqgBNvbbmxPk6EuXyFYDu9QD00Sl9-4h-U6qMLnN70M4W7FknpOZsY3Em5QcGaviXcwH\
    ZMtfntpW78yVNPefwcfhHPO_DLFIzUWhBZBwZVetQWg9CY5B4g";
pub(super) const RSA_KEYS: &str = r#"{"keys":[{"kty":"RSA","use":"sig","kid":"rsa-1","e":"AQAB","n":"mwgVAlnrqTHKh2aVDKM9cH6e4OLg2_3AZWLk5zAahYGq1PsgWVF34lw57XlRY8kBw97rToQKWDkm9DGpPSenLCoz1j1KvFIGCJ-jUhtsxoDyuxNqCnX59uCUw1VOnii7ZoJWXPCZKyi95MV1Jiry_-763bcQwN4M_5YkdhZUHwcdWqpgK1A5vrZ6JLfgOzDqXN0q08wzvkAvZty5f9CDzATo8-BkJO-CiFZawS0A8Rmpqe4ZpJ1nekaA3WcIbRuc92myAEABhhcFksVpv4hp2-ulxyY1Masl6rMGzy8MQf_NA9PrwZPeCZBgTZ73c_GZ1208otKULXYRdWMN5rIr9Q"}]}"#;

/// Signs with one key on the curve P-256.
pub(crate) struct TestIssuer {
    key: EncodingKey,
    published: Mutex<Option<String>>,
    fetched: AtomicUsize,
}

impl TestIssuer {
    /// Publishes its key as `ec-1`.
    pub(crate) fn new() -> Arc<Self> {
        let issuer = Self::publishing(String::new());
        issuer.rotate("ec-1");
        issuer
    }

    pub(super) fn publishing(document: String) -> Arc<Self> {
        // PKCS #8 around a scalar that is as good as any other.
        let mut der = hex::decode("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420").unwrap();
        der.extend([7; 32]);
        Arc::new(Self {
            key: EncodingKey::from_ec_der(&der),
            published: Mutex::new(Some(document)),
            fetched: AtomicUsize::new(0),
        })
    }

    /// Publishes its key under another id.
    pub(super) fn rotate(&self, id: &str) {
        let mut jwk = Jwk::from_encoding_key(&self.key, Algorithm::ES256).unwrap();
        jwk.common.key_id = Some(id.to_owned());
        *self.published.lock().unwrap() = Some(json!({ "keys": [jwk] }).to_string());
    }

    pub(super) fn fail(&self) {
        *self.published.lock().unwrap() = None;
    }

    pub(super) fn fetched(&self) -> usize {
        self.fetched.load(Ordering::Relaxed)
    }

    /// Claims that are taken.
    pub(crate) fn claims() -> Value {
        let expiry = jsonwebtoken::get_current_timestamp() + 600;
        json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "logic-app", "exp": expiry})
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some("ec-1".to_owned()), ..Header::new(Algorithm::ES256) };
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }

    /// The old trick: a public key, which everybody has, used as a shared secret.
    pub(super) fn sign_with_public_key_as_secret(&self, claims: &Value) -> String {
        let published = self.published.lock().unwrap().clone().unwrap();
        let header = Header { kid: Some("ec-1".to_owned()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(published.as_bytes())).unwrap()
    }

    /// A token of any parts.
    pub(super) fn assemble(header: &Value, claims: &Value, signature: &str) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.{signature}", part(header), part(claims))
    }
}

impl FetchJwks for TestIssuer {
    fn fetch<'a>(&'a self, _: &'a Url) -> BoxFuture<'a, Result<Vec<u8>, Unfetched>> {
        self.fetched.fetch_add(1, Ordering::Relaxed);
        let document = self.published.lock().unwrap().clone();
        async move { document.map(String::into_bytes).ok_or(Unfetched("unreachable".to_owned())) }.boxed()
    }
}
