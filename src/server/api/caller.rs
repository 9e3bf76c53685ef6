//! Who calls, and what they may do.
//!
//! Credentials are compared and dropped: no key and no token is kept, logged or answered.

mod allowed;
mod jwks;
mod keys;
mod proved;
mod refusal;
mod tokens;

use std::{net::SocketAddr, sync::Arc, time::Instant};

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
pub(crate) use allowed::Known;
pub use allowed::{Allowed, Permission, scope};
pub use jwks::{FetchJwks, Unfetched};
pub use keys::new_key;
use model::{Fault, Faulty};
pub(crate) use refusal::Refusal;

use self::{keys::Keys, tokens::Issuers};
use crate::settings::{AuthSettings, Scope};

/// Who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The name of the key's holder, or the subject of the token. For logs and limits.
    pub id: Arc<str>,
    /// What they may do.
    pub scopes: Scopes,
}

/// A set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u8);

impl Scopes {
    /// Whether the scope is in the set.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }
}

impl<'a> FromIterator<&'a Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = &'a Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |set, scope| set | 1 << *scope as u8))
    }
}

/// Everybody who may call.
pub struct Callers {
    keys: Keys,
    issuers: Issuers,
    anonymous: Option<Caller>,
}

/// Nobody is asked who they are, and others than this machine can connect.
#[derive(Debug, thiserror::Error)]
#[error(
    "no credentials are configured, so only a loopback address can be listened on; \
     set auth.api_keys or auth.jwt, or auth.dangerously_allow_anonymous"
)]
pub struct OpenToAll;

impl Faulty for OpenToAll {
    fn fault(&self) -> Fault {
        Fault::Denied
    }
}

impl Callers {
    /// Takes the callers from the settings. Without credentials, everybody on this machine is one caller who may do all.
    pub fn new(auth: &AuthSettings, listen: SocketAddr, fetch: &Arc<dyn FetchJwks>) -> Result<Self, OpenToAll> {
        let open = auth.api_keys.is_empty() && auth.jwt.is_empty();
        if open && !listen.ip().is_loopback() && !auth.dangerously_allow_anonymous {
            return Err(OpenToAll);
        }
        let anonymous = Caller { id: "anonymous".into(), scopes: Scope::ALL.iter().collect() };
        Ok(Self {
            keys: Keys::new(&auth.api_keys),
            issuers: Issuers::new(&auth.jwt, fetch),
            anonymous: (open || auth.dangerously_allow_anonymous).then_some(anonymous),
        })
    }

    /// Finds out who sent a request.
    pub(crate) async fn recognise(&self, headers: &HeaderMap) -> Result<Caller, Refusal> {
        if let Some(anonymous) = &self.anonymous
            && self.knows_nobody()
        {
            return Ok(anonymous.clone());
        }
        match Credential::of(headers)? {
            None => self.anonymous.clone().ok_or(Refusal::Missing),
            Some(Credential::Key(key)) => self.keys.find(key).ok_or(Refusal::UnknownKey),
            Some(Credential::Bearer(text)) => match self.keys.find(text) {
                Some(caller) => Ok(caller),
                None if self.issuers.is_empty() || !tokens::is_token(text) => Err(Refusal::UnknownKey),
                None => self.issuers.verify(text, Instant::now()).await,
            },
        }
    }

    /// Fetches the token issuers' keys, now and again, for ever. Failures are logged and the last good keys kept.
    pub async fn keep_keys_fresh(&self) {
        self.issuers.keep_keys_fresh().await;
    }

    fn knows_nobody(&self) -> bool {
        self.keys.is_empty() && self.issuers.is_empty()
    }
}

/// What a request shows.
enum Credential<'a> {
    /// In `X-API-Key`.
    Key(&'a str),
    /// In `Authorization: Bearer`: a key or a token.
    Bearer(&'a str),
}

impl<'a> Credential<'a> {
    fn of(headers: &'a HeaderMap) -> Result<Option<Self>, Refusal> {
        if let Some(key) = headers.get("x-api-key") {
            return key.to_str().map(|key| Some(Self::Key(key.trim()))).map_err(|_| Refusal::Malformed);
        }
        let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
        match value.to_str().map(|value| value.split_once(' ')) {
            Ok(Some((scheme, text))) if scheme.eq_ignore_ascii_case("bearer") && !text.trim().is_empty() => {
                Ok(Some(Self::Bearer(text.trim())))
            }
            _ => Err(Refusal::Malformed),
        }
    }
}

#[cfg(test)]
mod tests;
