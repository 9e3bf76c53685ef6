//! What the operator decides: compiled-in defaults, then the file, then the environment. All mistakes are told at once.
//!
//! Only this module reads the environment, and it takes it as an argument.

mod secret;
mod telemetry;

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, time::Duration};

use ipnet::IpNet;
use model::Tlp;
use providers::{SideEffect, Window};
pub use secret::Secret;
pub use telemetry::{LogFormat, OtlpProtocol, OtlpSettings, TelemetrySettings, log_filter};
use url::Url;

/// Everything that can be set, checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the service listens.
    pub server: ServerSettings,
    /// Who may call.
    pub auth: AuthSettings,
    /// How much a caller may ask.
    pub limits: LimitSettings,
    /// Where answers are kept.
    pub cache: CacheSettings,
    /// How calls leave.
    pub egress: EgressSettings,
    /// What may be sent to whom.
    pub policy: PolicySettings,
    /// Overrides of what providers are, by id.
    pub providers: BTreeMap<String, ProviderSettings>,
    /// Geolocation databases.
    pub geo: GeoSettings,
    /// Name servers; empty: the system's.
    pub dns: DnsSettings,
    /// Named sets of lookups and pivots.
    pub profiles: BTreeMap<String, Profile>,
    /// Logs, traces, metrics.
    pub telemetry: TelemetrySettings,
}

/// `server`
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Address of the API.
    pub listen: SocketAddr,
    /// Address for health and metrics alone, if apart.
    pub ops_listen: Option<SocketAddr>,
    /// The address that callers know, for links in answers.
    pub public_url: Option<Url>,
    /// Worker threads; absent: one a core.
    pub workers: Option<usize>,
    /// How long running requests may take to finish at shutdown.
    pub drain: Duration,
}

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

/// `limits`, all for one caller.
#[derive(Debug, Clone)]
pub struct LimitSettings {
    /// Requests a second, sustained; as many at once after a pause.
    pub requests_per_s: u32,
    /// Requests at once.
    pub concurrent: u32,
    /// Size of a request's body after decompression.
    pub body_bytes: usize,
    /// Observables, values or entities in one call.
    pub items_per_call: usize,
    /// Nesting of a JSON body.
    pub json_depth: usize,
}

/// `cache`
#[derive(Debug, Clone)]
pub struct CacheSettings {
    /// Size of the cache in the process.
    pub near_bytes: u64,
    /// The shared cache.
    pub redis: Option<RedisSettings>,
}

/// `cache.redis`
#[derive(Debug, Clone)]
pub struct RedisSettings {
    /// Addresses, with credentials in them: secret.
    pub urls: Vec<Secret>,
    /// How the servers work together.
    pub mode: RedisMode,
    /// First part of every key.
    pub prefix: String,
    /// Name of the group of servers that Sentinel watches.
    pub sentinel_group: String,
}

/// How several Redis servers work together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedisMode {
    /// One server.
    Single,
    /// Redis Cluster.
    Cluster,
    /// Redis Sentinel.
    Sentinel,
}

/// `egress`
#[derive(Debug, Clone)]
pub struct EgressSettings {
    /// Proxy for calls out; absent: none, whatever the environment says.
    pub proxy: Option<Secret>,
    /// Further trusted certificates, PEM.
    pub ca_file: Option<PathBuf>,
    /// Ranges that may be called although they are not global.
    pub allow_ranges: Vec<IpNet>,
    /// Time limit of connecting.
    pub connect_timeout: Duration,
}

/// `policy`
#[derive(Debug, Clone)]
pub struct PolicySettings {
    /// Label of a request that gives none.
    pub tlp_default: Tlp,
    /// Domains whose names are never sent out.
    pub internal_domains: Vec<String>,
    /// The side effects that lookups may have.
    pub side_effects: Vec<SideEffect>,
}

/// `providers.<id>`
#[derive(Debug, Clone, Default)]
pub struct ProviderSettings {
    /// On or off; absent: as the provider is by default.
    pub enabled: Option<bool>,
    /// Its key.
    pub key: Option<Secret>,
    /// The id or user name beside the key.
    pub id: Option<Secret>,
    /// Where it is asked.
    pub base_url: Option<Url>,
    /// Time limit of one request.
    pub timeout: Option<Duration>,
    /// The strictest label that may be sent.
    pub max_tlp: Option<Tlp>,
    /// Limits of the credential.
    pub budgets: Option<Vec<Window>>,
    /// How long an answer stays fresh.
    pub fresh: Option<Duration>,
    /// How long "not known" stays fresh.
    pub fresh_unknown: Option<Duration>,
}

/// `geo`
#[derive(Debug, Clone)]
pub struct GeoSettings {
    /// The operator's own databases; the first that knows a field wins, the bundled ones come last.
    pub databases: Vec<PathBuf>,
}

/// `dns`
#[derive(Debug, Clone)]
pub struct DnsSettings {
    /// Name servers; empty: the system's.
    pub servers: Vec<SocketAddr>,
}

/// `profiles.<name>`
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// Provider ids; empty: every enabled one.
    pub lookups: Vec<String>,
    /// Pivots to run.
    pub pivots: Vec<String>,
}
