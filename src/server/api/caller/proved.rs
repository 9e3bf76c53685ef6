//! Tokens that were proved a moment ago: a signature costs more than all the rest of an answer from the cache.
//!
//! A token is known by its digest alone, and forgotten after a minute: so long may a key that was withdrawn live on.

use std::time::Duration;

use moka::sync::Cache;
use sha2::{Digest as _, Sha256};

use super::Caller;

/// How long a proof is believed.
const BELIEVED: Duration = Duration::from_secs(60);

/// So many are remembered.
const CAPACITY: u64 = 10_000;

/// Proved tokens and whom they stand for.
pub(super) struct Proved(Cache<[u8; 32], Proof>);

#[derive(Clone)]
struct Proof {
    caller: Caller,
    /// In seconds since 1970.
    expires: u64,
}

impl Proved {
    pub(super) fn new() -> Self {
        Self(Cache::builder().max_capacity(CAPACITY).time_to_live(BELIEVED).build())
    }

    /// Whom a token stands for, if it was proved and has not expired at `now`, in seconds since 1970.
    pub(super) fn find(&self, token: &str, now: u64) -> Option<Caller> {
        self.0.get(&digest(token)).filter(|proof| now < proof.expires).map(|proof| proof.caller)
    }

    /// Remembers a proof until the token expires.
    pub(super) fn remember(&self, token: &str, caller: Caller, expires: u64) {
        self.0.insert(digest(token), Proof { caller, expires });
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Scopes;

    #[test]
    fn a_proof_holds_for_that_token_until_it_expires() {
        let proved = Proved::new();
        proved.remember("a.b.c", Caller { id: "soar".into(), scopes: Scopes::default() }, 100);
        assert_eq!(proved.find("a.b.c", 99).map(|caller| caller.id), Some("soar".into()));
        assert!(proved.find("a.b.c", 100).is_none());
        assert!(proved.find("a.b.d", 99).is_none());
    }
}
