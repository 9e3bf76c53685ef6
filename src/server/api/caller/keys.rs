//! API keys, known only by their digests.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::Caller;
use crate::settings::ApiKey;

/// A new key and its digest in hexadecimal: the one for the caller, the other for the settings. 256 bits, unguessable.
pub fn new_key() -> (String, String) {
    let key = format!("pivotd_{}", URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()));
    let digest = hex::encode(Sha256::digest(key.as_bytes()));
    (key, digest)
}

/// All API keys.
pub(super) struct Keys(Vec<([u8; 32], Caller)>);

impl Keys {
    pub(super) fn new(keys: &[ApiKey]) -> Self {
        let caller = |key: &ApiKey| Caller { id: key.id.as_str().into(), scopes: key.scopes.iter().collect() };
        Self(keys.iter().map(|key| (key.sha256, caller(key))).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The holder of a key. It takes the same time whichever it is, and when it is none.
    pub(super) fn find(&self, key: &str) -> Option<Caller> {
        if self.is_empty() {
            return None;
        }
        let digest: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        let mut found = None;
        for (known, caller) in &self.0 {
            if known.ct_eq(&digest).into() {
                found = Some(caller);
            }
        }
        found.cloned()
    }
}
