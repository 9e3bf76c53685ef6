//! `auth`: who may call, and what.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use super::{kinds, section::Section};

/// `auth`
#[derive(Debug, Clone)]
pub struct AuthSettings {
    /// Keys, stored as digests.
    pub api_keys: Vec<ApiKey>,
    /// Token issuers that are trusted.
    pub jwt: Vec<JwtIssuer>,
    /// Whether anybody may call from anywhere.
    pub dangerously_allow_anonymous: bool,
}

/// One API key.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// Name of its holder, for logs and limits.
    pub id: String,
    /// SHA-256 of the key.
    pub sha256: [u8; 32],
    /// What it may do.
    pub scopes: Vec<Scope>,
}

/// One trusted issuer of tokens.
#[derive(Debug, Clone)]
pub struct JwtIssuer {
    /// The `iss` claim.
    pub issuer: String,
    /// The `aud` claim.
    pub audience: String,
    /// Where its keys are.
    pub jwks_url: Url,
    /// What its roles and scopes may do here; the scopes' own names always count.
    pub roles_to_scopes: BTreeMap<String, Vec<Scope>>,
}

/// What a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// `lookup`
    Lookup,
    /// `query`
    Query,
    /// `analyze`
    Analyze,
    /// `sentinel.read`
    SentinelRead,
    /// `sentinel.write`
    SentinelWrite,
    /// `admin`
    Admin,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 6] =
        [Self::Lookup, Self::Query, Self::Analyze, Self::SentinelRead, Self::SentinelWrite, Self::Admin];

    /// The name in settings, tokens and documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lookup => "lookup",
            Self::Query => "query",
            Self::Analyze => "analyze",
            Self::SentinelRead => "sentinel.read",
            Self::SentinelWrite => "sentinel.write",
            Self::Admin => "admin",
        }
    }
}

impl AuthSettings {
    /// Whether callers can be told apart at all.
    pub fn knows_callers(&self) -> bool {
        !self.api_keys.is_empty() || !self.jwt.is_empty()
    }

    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let mut ids = BTreeSet::new();
        let api_keys = section.items("api_keys", |key| ApiKey::read(key, &mut ids));
        let jwt = section.items("jwt", JwtIssuer::read);
        let dangerously_allow_anonymous = section.required("dangerously_allow_anonymous", kinds::flag);
        Some(Self { api_keys: api_keys?, jwt: jwt?, dangerously_allow_anonymous: dangerously_allow_anonymous? })
    }
}

impl ApiKey {
    fn read(section: &Section<'_>, ids: &mut BTreeSet<String>) -> Option<Self> {
        let id = section.required("id", kinds::unique(ids));
        let sha256 = section.required("sha256", kinds::digest);
        let scopes = section.list("scopes", scope);
        Some(Self { id: id?, sha256: sha256?, scopes: scopes? })
    }
}

impl JwtIssuer {
    fn read(section: &Section<'_>) -> Option<Self> {
        let issuer = section.required("issuer", kinds::name);
        let audience = section.required("audience", kinds::name);
        let jwks_url = section.required("jwks_url", kinds::web_address);
        let roles_to_scopes = section.lists("roles_to_scopes", scope);
        Some(Self { issuer: issuer?, audience: audience?, jwks_url: jwks_url?, roles_to_scopes: roles_to_scopes? })
    }
}

fn scope(text: &str) -> Result<Scope, kinds::Wrong> {
    kinds::one_of(Scope::ALL.map(|scope| (scope.as_str(), scope)))(text)
}
