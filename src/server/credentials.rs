//! Tokens of Entra: as whom the service asks other services that belong to the operator.
//!
//! A token is fetched once for all who need it, kept in memory, and renewed before it ends. Nothing here needs a person.

mod assertion;
mod cloud;
mod entra;
mod key_vault;
mod managed_identity;
mod slot;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use model::{Fault, Faulty};
use tokio::time::{Instant, timeout_at};

use self::assertion::Signer;
pub use self::{
    assertion::SignerError,
    cloud::Endpoints,
    key_vault::{KeyVaultError, fetch_secrets},
    slot::{Fresh, Slot},
};
use crate::{
    settings::{CredentialSettings, Proof, Secret},
    upstream::{SendError, Upstream},
};

/// How long fetching one token may take, whoever waits for it.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// The tokens of all credentials. Cheap to clone.
#[derive(Clone)]
pub struct Credentials(Arc<Shared>);

struct Shared {
    upstream: Upstream,
    holders: ArcSwap<BTreeMap<String, Arc<Holder>>>,
}

/// One credential with its tokens.
struct Holder {
    settings: CredentialSettings,
    signer: Option<Signer>,
    /// By scope.
    tokens: Mutex<HashMap<Box<str>, Arc<Slot<CredentialError>>>>,
}

/// Why there is no token. What an issuer says is passed on to whoever may see it; it never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// The settings have no credential of this name.
    #[error("the settings have no such credential")]
    Unknown,
    /// The cluster's token cannot be read.
    #[error("the file with the cluster's token cannot be read")]
    TokenFile,
    /// The issuer does not accept the credential.
    #[error("the credential was refused: {0}")]
    Refused(String),
    /// The issuer answered with something else than a token.
    #[error("the issuer of tokens gave no token (status {0})")]
    NoToken(u16),
    /// No answer of the issuer.
    #[error("the issuer of tokens: {0}")]
    Send(#[from] SendError),
}

impl Faulty for CredentialError {
    fn fault(&self) -> Fault {
        match self {
            Self::Unknown => Fault::Missing,
            Self::TokenFile => Fault::Internal,
            Self::Refused(_) | Self::NoToken(_) => Fault::Upstream,
            Self::Send(error) => error.fault(),
        }
    }
}

impl Credentials {
    /// Those of the settings. Reads certificates; asks nobody.
    pub fn new(upstream: Upstream, settings: &BTreeMap<String, CredentialSettings>) -> Result<Self, SignerError> {
        Ok(Self(Arc::new(Shared { upstream, holders: ArcSwap::from_pointee(holders(settings)?) })))
    }

    /// Becomes what another one is. Its own tokens are forgotten.
    pub fn become_like(&self, other: &Self) {
        self.0.holders.store(other.0.holders.load_full());
    }

    /// A token of a credential for a scope, such as `https://graph.microsoft.com/.default`.
    pub async fn token(&self, name: &str, scope: &str, until: Instant) -> Result<Secret, CredentialError> {
        let holder = self.holder(name)?;
        let slot = holder.slot(scope);
        let (upstream, scope) = (self.0.upstream.clone(), scope.to_owned());
        let fetch = move || {
            let (upstream, holder, scope) = (upstream.clone(), Arc::clone(&holder), scope.clone());
            async move { holder.fetch(&upstream, &scope, Instant::now() + TIME_LIMIT).await }
        };
        timeout_at(until, slot.take(Instant::now(), fetch))
            .await
            .unwrap_or(Err(CredentialError::Send(SendError::Timeout)))
    }

    /// Forgets a token that was refused where it was shown, so that the next one is new.
    pub fn forget(&self, name: &str, scope: &str, token: &Secret) {
        if let Ok(holder) = self.holder(name) {
            holder.slot(scope).forget(token);
        }
    }

    /// The addresses of the cloud in which a credential is known.
    pub fn endpoints(&self, name: &str) -> Result<&'static Endpoints, CredentialError> {
        Ok(Endpoints::of(self.holder(name)?.settings.cloud))
    }

    fn holder(&self, name: &str) -> Result<Arc<Holder>, CredentialError> {
        self.0.holders.load().get(name).cloned().ok_or(CredentialError::Unknown)
    }
}

fn holders(settings: &BTreeMap<String, CredentialSettings>) -> Result<BTreeMap<String, Arc<Holder>>, SignerError> {
    let holder = |(name, settings): (&String, &CredentialSettings)| {
        let signer = match &settings.proof {
            Proof::Certificate { certificate, key, algorithm, send_chain, .. } => {
                Some(Signer::new(certificate, key.as_ref(), *algorithm, *send_chain)?)
            }
            _ => None,
        };
        Ok((name.clone(), Arc::new(Holder { settings: settings.clone(), signer, tokens: Mutex::default() })))
    };
    settings.iter().map(holder).collect()
}

impl Holder {
    fn slot(&self, scope: &str) -> Arc<Slot<CredentialError>> {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = tokens.get(scope) {
            return Arc::clone(slot);
        }
        Arc::clone(tokens.entry(scope.into()).or_default())
    }

    async fn fetch(&self, upstream: &Upstream, scope: &str, deadline: Instant) -> Result<Fresh, CredentialError> {
        match &self.settings.proof {
            Proof::ManagedIdentity { client_id, endpoint, header } => {
                let platform = managed_identity::Platform {
                    client_id: client_id.as_deref(),
                    endpoint: endpoint.as_ref(),
                    header: header.as_ref(),
                };
                platform.fetch(upstream, scope, deadline).await
            }
            proof => entra::fetch(upstream, &self.settings, proof, self.signer.as_ref(), scope, deadline).await,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
