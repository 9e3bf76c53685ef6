//! Secrets of Azure Key Vault: fetched for the settings that wait for them, before anything else is built.
//!
//! <https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret>

use std::time::Duration;

use bytes::Bytes;
use model::{Fault, Faulty};
use serde::Deserialize;
use tokio::time::Instant;
use url::Url;

use super::{CredentialError, Credentials};
use crate::{
    settings::{KeyVaultSettings, VaultSecret},
    upstream::{Call, Expects, HeaderMap, Method, SendError, Upstream, plain_header, secret_header},
};

/// How long all of them may take together.
const TIME_LIMIT: Duration = Duration::from_secs(20);

const BODY_CAP: usize = 256 * 1024;

/// A secret that did not come from its vault. Names the setting that waits for it.
#[derive(Debug, thiserror::Error)]
pub enum KeyVaultError {
    /// No vault, or no credential for it.
    #[error("{0}: key_vault.url and key_vault.credential are needed")]
    NoVault(String),
    /// No token for the vault.
    #[error("key_vault.credential: {0}")]
    Credential(#[from] CredentialError),
    /// The vault did not answer.
    #[error("{key}: the vault: {error}")]
    Send {
        /// The setting.
        key: String,
        /// Why.
        error: SendError,
    },
    /// The vault has no such secret.
    #[error("{0}: the vault has no enabled secret of this name")]
    Missing(String),
    /// The vault does not give it, or gives something else.
    #[error("{key}: the vault does not give the secret (status {status})")]
    NotGiven {
        /// The setting.
        key: String,
        /// What the vault answered.
        status: u16,
    },
}

impl Faulty for KeyVaultError {
    fn fault(&self) -> Fault {
        match self {
            Self::NoVault(_) => Fault::Invalid,
            Self::Credential(error) => error.fault(),
            Self::Send { error, .. } => error.fault(),
            Self::Missing(_) => Fault::Missing,
            Self::NotGiven { .. } => Fault::Upstream,
        }
    }
}

/// Fetches every secret that a setting waits for. Asks nobody if none does.
pub async fn fetch_secrets(
    upstream: &Upstream,
    credentials: &Credentials,
    settings: &KeyVaultSettings,
) -> Result<(), KeyVaultError> {
    let Some(first) = settings.secrets.first() else { return Ok(()) };
    let (Some(vault), Some(credential)) = (&settings.url, &settings.credential) else {
        return Err(KeyVaultError::NoVault(first.key.clone()));
    };
    let until = Instant::now() + TIME_LIMIT;
    let audience = credentials.endpoints(credential)?.key_vault;
    let token = credentials.token(credential, &format!("{audience}/.default"), until).await?;
    for waiting in &settings.secrets {
        let mut headers = HeaderMap::new();
        let sent = |error| KeyVaultError::Send { key: waiting.key.clone(), error };
        secret_header(&mut headers, "authorization", &format!("Bearer {}", token.expose())).map_err(sent)?;
        plain_header(&mut headers, "accept", "application/json").map_err(sent)?;
        let received = upstream
            .send(Call {
                to: "key_vault",
                method: Method::GET,
                url: address(vault, waiting).map_err(sent)?,
                headers,
                body: Bytes::new(),
                deadline: until,
                body_cap: BODY_CAP,
                expects: Expects::Anything,
                retries: 2,
                may_repeat: true,
            })
            .await
            .map_err(sent)?;
        let status = received.status.as_u16();
        if status == 404 {
            return Err(KeyVaultError::Missing(waiting.key.clone()));
        }
        let text = received.status.is_success().then(|| text(&received.body)).flatten();
        waiting.secret.arrive(text.ok_or_else(|| KeyVaultError::NotGiven { key: waiting.key.clone(), status })?);
    }
    Ok(())
}

fn address(vault: &Url, waiting: &VaultSecret) -> Result<Url, SendError> {
    let vault = vault.as_str().trim_end_matches('/');
    let address = format!("{vault}/secrets/{}?api-version=7.4", waiting.name);
    address.parse().map_err(|_| SendError::BadUrl)
}

fn text(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Given {
        value: String,
    }
    serde_json::from_slice::<Given>(body).ok().map(|given| given.value).filter(|value| !value.is_empty())
}
