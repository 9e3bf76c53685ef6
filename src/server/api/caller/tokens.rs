//! Tokens (RFC 7519) of the issuers in the settings, signed with a published key: never `none`, never a shared secret.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, Validation, errors::ErrorKind};
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    Caller, FetchJwks, Refusal, Scopes,
    jwks::{Jwks, Sought},
    proved::Proved,
};
use crate::settings::{JwtIssuer, Scope};

/// How far the clocks of issuer and service may be apart, in seconds.
const LEEWAY_S: u64 = 60;

/// How often keys are fetched when nothing is wrong, and while an issuer has none.
const REFRESH: Duration = Duration::from_secs(15 * 60);
const REFRESH_EMPTY: Duration = Duration::from_secs(30);

/// The longest part of a subject that becomes a caller's name.
const MAX_NAME: usize = 64;

/// Everybody whose tokens are trusted.
pub(super) struct Issuers {
    issuers: Vec<Issuer>,
    proved: Proved,
}

struct Issuer {
    name: String,
    audience: String,
    roles_to_scopes: BTreeMap<String, Vec<Scope>>,
    jwks: Jwks,
}

/// The part of a token's header that decides how it is checked.
#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

/// Whom a token claims to be from: only good for choosing the issuer whose keys then prove or refute it.
#[derive(Deserialize)]
struct Claimed {
    iss: Option<String>,
}

/// What a token says, once it is proved.
#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: f64,
    #[serde(default)]
    roles: Names,
    #[serde(default)]
    scp: Names,
    #[serde(default)]
    scope: Names,
}

/// Names in an array, or in one text with spaces between them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    Many(Vec<String>),
    One(String),
}

impl Default for Names {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl Names {
    fn iter(&self) -> impl Iterator<Item = &str> {
        let (many, one) = match self {
            Self::Many(names) => (names.as_slice(), ""),
            Self::One(names) => ([].as_slice(), names.as_str()),
        };
        many.iter().map(String::as_str).chain(one.split_ascii_whitespace())
    }
}

/// Whether a text has the form of a token rather than that of a key.
pub(super) fn is_token(text: &str) -> bool {
    text.split('.').count() == 3
}

impl Issuers {
    pub(super) fn new(settings: &[JwtIssuer], fetch: &Arc<dyn FetchJwks>) -> Self {
        let issuer = |settings: &JwtIssuer| Issuer {
            name: settings.issuer.clone(),
            audience: settings.audience.clone(),
            roles_to_scopes: settings.roles_to_scopes.clone(),
            jwks: Jwks::new(settings.jwks_url.clone(), Arc::clone(fetch)),
        };
        Self { issuers: settings.iter().map(issuer).collect(), proved: Proved::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.issuers.is_empty()
    }

    pub(super) async fn keep_keys_fresh(&self) {
        while !self.is_empty() {
            for issuer in &self.issuers {
                issuer.jwks.refresh(Instant::now(), REFRESH_EMPTY).await;
            }
            let any_empty = self.issuers.iter().any(|issuer| issuer.jwks.is_empty());
            tokio::time::sleep(if any_empty { REFRESH_EMPTY } else { REFRESH }).await;
        }
    }

    /// Checks a token and reads who it stands for.
    pub(super) async fn verify(&self, token: &str, now: Instant) -> Result<Caller, Refusal> {
        if let Some(caller) = self.proved.find(token, jsonwebtoken::get_current_timestamp()) {
            return Ok(caller);
        }
        let (caller, expires) = self.prove(token, now).await?;
        self.proved.remember(token, caller.clone(), expires);
        Ok(caller)
    }

    /// Whom a token stands for, and until when, in seconds since 1970.
    async fn prove(&self, token: &str, now: Instant) -> Result<(Caller, u64), Refusal> {
        let mut parts = token.split('.');
        let head: Head = part(parts.next())?;
        let claimed: Claimed = part(parts.next())?;
        let algorithm = asymmetric(&head.alg).ok_or(Refusal::Algorithm)?;
        // Nothing that a `crit` header could ask for is supported (RFC 7515, section 4.1.11).
        if head.crit.is_some() {
            return Err(Refusal::Algorithm);
        }
        let claimed = claimed.iss.ok_or(Refusal::Claims)?;
        // One issuer may be listed several times, for several audiences.
        let mut refusal = Refusal::Issuer;
        for issuer in self.issuers.iter().filter(|issuer| issuer.name == claimed) {
            match issuer.prove(token, head.kid.as_deref(), algorithm, now).await {
                Ok(proved) => return Ok(proved),
                Err(why) => refusal = why,
            }
        }
        Err(refusal)
    }
}

impl Issuer {
    async fn prove(
        &self,
        token: &str,
        key: Option<&str>,
        algorithm: Algorithm,
        now: Instant,
    ) -> Result<(Caller, u64), Refusal> {
        let signer = match self.jwks.find(key, algorithm, now).await {
            Sought::Found(signer) => signer,
            Sought::Unknown => return Err(Refusal::UnknownSigner),
            Sought::Away => return Err(Refusal::SignersAway),
        };
        let mut validation = Validation::new(algorithm);
        validation.leeway = LEEWAY_S;
        validation.validate_nbf = true;
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&self.name]);
        validation.set_audience(&[&self.audience]);
        let token =
            jsonwebtoken::decode::<Claims>(token, &signer.key, &validation).map_err(|error| refusal(error.kind()))?;
        let caller = Caller { id: name(&token.claims.sub).into(), scopes: self.scopes(&token.claims) };
        // A conversion that saturates: a time that is no number of seconds has been refused.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Ok((caller, token.claims.exp as u64))
    }

    fn scopes(&self, claims: &Claims) -> Scopes {
        let names = claims.roles.iter().chain(claims.scp.iter()).chain(claims.scope.iter());
        names
            .flat_map(|name| {
                let mapped = self.roles_to_scopes.get(name).into_iter().flatten();
                mapped.chain(Scope::ALL.iter().filter(move |scope| scope.as_str() == name))
            })
            .collect()
    }
}

fn part<T: DeserializeOwned>(text: Option<&str>) -> Result<T, Refusal> {
    let bytes = URL_SAFE_NO_PAD.decode(text.unwrap_or_default()).map_err(|_| Refusal::Unreadable)?;
    serde_json::from_slice(&bytes).map_err(|_| Refusal::Unreadable)
}

/// The algorithm, if its keys come in pairs.
fn asymmetric(name: &str) -> Option<Algorithm> {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    const ALLOWED: [Algorithm; 9] = [RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA];
    name.parse().ok().filter(|algorithm| ALLOWED.contains(algorithm))
}

/// A subject as a name for logs: no control characters, not too long.
fn name(subject: &str) -> String {
    subject.chars().take(MAX_NAME).map(|c| if c.is_ascii_graphic() { c } else { '_' }).collect()
}

fn refusal(error: &ErrorKind) -> Refusal {
    match error {
        ErrorKind::ExpiredSignature => Refusal::Expired,
        ErrorKind::ImmatureSignature => Refusal::Immature,
        ErrorKind::InvalidAudience => Refusal::Audience,
        ErrorKind::InvalidIssuer => Refusal::Issuer,
        ErrorKind::InvalidSignature => Refusal::Signature,
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) | ErrorKind::Json(_) => Refusal::Claims,
        ErrorKind::InvalidAlgorithm | ErrorKind::UnsupportedAlgorithm => Refusal::Algorithm,
        _ => Refusal::Unreadable,
    }
}
