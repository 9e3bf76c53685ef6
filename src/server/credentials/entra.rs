//! Tokens of Entra for an application: OAuth 2.0 client credentials (RFC 6749 §4.4), proved by secret, signature or the
//! cluster's own token.
//!
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde::Deserialize;
use tokio::time::Instant;
use url::{Url, form_urlencoded};

use super::{CredentialError, Endpoints, Fresh, assertion::Signer};
use crate::{
    settings::{ApplicationSettings, CredentialSettings, Proof, Secret},
    upstream::{Call, Expects, HeaderMap, Method, Received, SendError, Upstream, plain_header},
};

/// A token's answer may be so large.
const BODY_CAP: usize = 256 * 1024;

/// How much of what an issuer says is passed on.
const LONGEST_WORDS: usize = 400;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Fetches a token.
pub(super) async fn fetch(
    upstream: &Upstream,
    settings: &CredentialSettings,
    proof: &Proof,
    signer: Option<&Signer>,
    scope: &str,
    deadline: Instant,
) -> Result<Fresh, CredentialError> {
    let (application, proof) = match proof {
        Proof::ClientSecret { application, secret } => (application, Proved::BySecret(secret.clone())),
        Proof::Certificate { application, .. } => {
            let audience = address(settings, application)?;
            let signed = signer
                .and_then(|signer| signer.assertion(&application.client_id, audience.as_str(), SystemTime::now()).ok());
            // The signer has signed before, when it was made.
            (application, Proved::ByAssertion(signed.ok_or(CredentialError::NoToken(0))?))
        }
        Proof::WorkloadIdentity { application, token_file } => {
            let token = tokio::fs::read_to_string(token_file).await.map_err(|_| CredentialError::TokenFile)?;
            (application, Proved::ByAssertion(token.trim().to_owned()))
        }
        Proof::ManagedIdentity { .. } => return Err(CredentialError::Unknown),
    };
    let mut headers = HeaderMap::new();
    plain_header(&mut headers, "content-type", "application/x-www-form-urlencoded")?;
    plain_header(&mut headers, "accept", "application/json")?;
    let received = upstream
        .send(Call {
            to: "entra",
            method: Method::POST,
            url: address(settings, application)?,
            headers,
            body: form(application, scope, &proof),
            deadline,
            body_cap: BODY_CAP,
            expects: Expects::Anything,
            retries: 2,
            may_repeat: true,
        })
        .await?;
    read(&received)
}

enum Proved {
    BySecret(Secret),
    ByAssertion(String),
}

fn form(application: &ApplicationSettings, scope: &str, proof: &Proved) -> Bytes {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials").append_pair("client_id", &application.client_id);
    form.append_pair("scope", scope);
    match proof {
        Proved::BySecret(secret) => form.append_pair("client_secret", secret.expose()),
        Proved::ByAssertion(token) => {
            form.append_pair("client_assertion_type", ASSERTION_TYPE).append_pair("client_assertion", token)
        }
    };
    form.finish().into()
}

/// Where an application's tokens are issued.
fn address(settings: &CredentialSettings, application: &ApplicationSettings) -> Result<Url, SendError> {
    let own = settings.authority.as_ref().map(Url::as_str);
    let authority = own.unwrap_or(Endpoints::of(settings.cloud).authority).trim_end_matches('/');
    let address = format!("{authority}/{}/oauth2/v2.0/token", application.tenant_id);
    address.parse().map_err(|_| SendError::BadUrl)
}

/// Reads the token from an issuer's answer, or what it has against giving one.
pub(super) fn read(received: &Received) -> Result<Fresh, CredentialError> {
    #[derive(Deserialize)]
    struct Issued {
        access_token: String,
        /// Seconds, as a number or as text.
        #[serde(default)]
        expires_in: serde_json::Value,
        /// Unix time, where there is nothing else.
        #[serde(default)]
        expires_on: serde_json::Value,
    }
    #[derive(Deserialize)]
    struct Refused {
        error: Option<String>,
        error_description: Option<String>,
        message: Option<String>,
    }

    if received.status.is_success()
        && let Ok(issued) = serde_json::from_slice::<Issued>(&received.body)
    {
        let on = seconds(&issued.expires_on).map(Duration::from_secs);
        let until = on.map(|on| (SystemTime::UNIX_EPOCH + on).duration_since(SystemTime::now()).unwrap_or_default());
        let lifetime = seconds(&issued.expires_in).map(Duration::from_secs).or(until);
        let lifetime = lifetime.unwrap_or(Duration::from_mins(5));
        return Ok(Fresh { token: Secret::new(issued.access_token), lifetime });
    }
    let status = received.status.as_u16();
    let Ok(Refused { error, error_description, message }) = serde_json::from_slice(&received.body) else {
        return Err(CredentialError::NoToken(status));
    };
    // The first line says what is wrong; the others are identifiers for the issuer's support.
    let description = error_description.or(message).unwrap_or_default();
    let first = description.lines().next().unwrap_or_default();
    let words: Vec<&str> =
        [error.as_deref().unwrap_or_default(), first].into_iter().filter(|w| !w.is_empty()).collect();
    if words.is_empty() || status >= 500 {
        return Err(CredentialError::NoToken(status));
    }
    Err(CredentialError::Refused(words.join(": ").chars().take(LONGEST_WORDS).collect()))
}

fn seconds(value: &serde_json::Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}
