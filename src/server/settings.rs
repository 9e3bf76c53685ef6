//! What the operator decides: compiled-in defaults, then the file, then the environment. All mistakes are told at once.
//!
//! Only this module reads the environment, and it takes it as an argument.

mod auth;
mod aws;
mod azure;
mod cache;
mod credentials;
mod custom_providers;
mod datasets;
mod describe;
mod dns;
mod egress;
mod environment;
mod external_data;
mod geo;
mod jobs;
mod key_vault;
mod kinds;
mod layers;
mod limits;
mod logs;
mod mistake;
mod node;
mod pipelines;
mod pivots;
mod policy;
mod profiles;
mod providers;
mod reader;
mod secret;
mod section;
mod server;
mod sources;
mod telemetry;
mod templates;
mod workspaces;
mod yaml;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use ::providers::{Provider as _, custom::Custom};

pub use auth::{ApiKey, AuthSettings, JwtIssuer, Scope};
pub use aws::AwsIdentity;
pub use azure::AzureSettings;
pub use cache::{CacheSettings, RedisMode, RedisSettings};
pub use credentials::{ApplicationSettings, Cloud, CredentialSettings, Proof, SigningAlgorithm};
pub use datasets::DataSetSettings;
pub use describe::describe;
pub use dns::DnsSettings;
pub use egress::EgressSettings;
pub use external_data::ExternalPlace;
pub use geo::{GeoSettings, GeoUpdate};
pub use jobs::JobSettings;
pub use key_vault::{KeyVaultSettings, VaultSecret};
pub use layers::FileText;
pub use limits::LimitSettings;
pub use logs::{LogPlace, ObjectPlace, ObjectProtocol, ObjectSettings};
pub use mistake::{Mistake, Mistakes, Origin};
pub use pipelines::PipelineSettings;
pub use pivots::{Asks, CustomPivot, PivotSettings};
pub use policy::PolicySettings;
pub use profiles::{ContextPart, Profile};
pub use providers::ProviderSettings;
pub use reader::Files;
use reader::{Disk, NoFiles, Reader};
pub use secret::Secret;
use section::Section;
pub use server::ServerSettings;
pub use sources::{ConnectionSettings, LocalTable, SourceKind, SourceSettings};
pub use telemetry::{LogFormat, OtlpProtocol, OtlpSettings, TelemetrySettings, log_filter};
pub use templates::TemplateSettings;
pub use workspaces::WorkspaceSettings;

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
    /// Providers that are described in files.
    pub custom_providers: Vec<&'static Custom>,
    /// Geolocation databases.
    pub geo: GeoSettings,
    /// Recorded attacks.
    pub datasets: DataSetSettings,
    /// Work that callers do not wait for.
    pub jobs: JobSettings,
    /// Name servers; empty: the system's.
    pub dns: DnsSettings,
    /// Named sets of lookups and pivots.
    pub profiles: BTreeMap<String, Profile>,
    /// Query templates.
    pub templates: TemplateSettings,
    /// Functions of entities of the operator's own.
    pub pivots: PivotSettings,
    /// Pipelines of the operator's own.
    pub pipelines: PipelineSettings,
    /// Logs, traces, metrics.
    pub telemetry: TelemetrySettings,
    /// As whom tokens are asked for, by name.
    pub credentials: BTreeMap<String, CredentialSettings>,
    /// Where secrets lie that are in no file.
    pub key_vault: KeyVaultSettings,
    /// Where events are queried, by name.
    pub sources: BTreeMap<String, SourceSettings>,
    /// As whom Azure is looked at.
    pub azure: AzureSettings,
}

/// The variable that names the file when the command line does not.
const FILE_VARIABLE: &str = "PIVOTD_CONFIG";

/// What lets a service listen on an address that others can reach.
const MAY_LISTEN: &str = "a loopback address; any address with auth.api_keys or auth.jwt; or \
     auth.dangerously_allow_anonymous: true, with which anybody may spend the keys of all providers";

impl Settings {
    /// Reads the settings of a process: defaults, then the file, then the environment. `other_providers` are the ids of
    /// providers that are not built in.
    pub fn load(
        file: Option<&Path>,
        environment: &BTreeMap<String, String>,
        other_providers: &[&str],
    ) -> Result<Self, Mistakes> {
        let named = environment.get(FILE_VARIABLE).map(Path::new);
        let origin = if file.is_some() { Origin::CommandLine } else { Origin::Environment(FILE_VARIABLE.into()) };
        let Some(path) = file.or(named) else {
            return Self::from_layers(None, environment, &Disk, other_providers);
        };
        let name = path.display().to_string();
        match Disk.read(path) {
            Ok(text) => Self::from_layers(Some((&name, &text)), environment, &Disk, other_providers),
            Err(error) => Err(Mistakes(vec![Mistake {
                key: "the configuration file".to_owned(),
                what: format!("{name:?} cannot be read: {error}"),
                origin,
                allowed: "a readable file".to_owned(),
            }])),
        }
    }

    /// What holds when nobody sets anything.
    pub fn defaults() -> Result<Self, Mistakes> {
        Self::from_text(None, &[])
    }

    /// Reads the settings from the defaults and a text, without the environment and without files.
    pub fn from_text(text: Option<FileText<'_>>, other_providers: &[&str]) -> Result<Self, Mistakes> {
        Self::from_layers(text, &BTreeMap::new(), &NoFiles, other_providers)
    }

    /// Reads the settings from their layers. Touches nothing but what it is given.
    pub fn from_layers(
        file: Option<FileText<'_>>,
        environment: &BTreeMap<String, String>,
        files: &dyn Files,
        other_providers: &[&str],
    ) -> Result<Self, Mistakes> {
        let root = layers::combine(file, environment)?;
        let ids = ::providers::ALL.iter().map(|provider| provider.facts().id);
        let ids: BTreeSet<&str> = ids.chain(other_providers.iter().copied()).collect();
        Reader::new(environment, files).read(&root, |root| Self::read(root, ids))
    }

    fn read(root: &Section<'_>, mut ids: BTreeSet<&str>) -> Option<Self> {
        let custom_providers = root.section("custom_providers", |section| custom_providers::read(section, &ids));
        ids.extend(custom_providers.iter().flatten().map(|custom| custom.facts().id));
        let ids = &ids;
        let auth = root.section("auth", AuthSettings::read);
        let server = root.section("server", |section| {
            let server = ServerSettings::read(section)?;
            if auth.as_ref().is_some_and(|auth| !server.may_listen(auth)) {
                section.tell("listen", "not a loopback address, and no caller has credentials", MAY_LISTEN);
            }
            Some(server)
        });
        let limits = root.section("limits", LimitSettings::read);
        let cache = root.section("cache", CacheSettings::read);
        let egress = root.section("egress", EgressSettings::read);
        let policy = root.section("policy", PolicySettings::read);
        let credentials = root.named("credentials", None, CredentialSettings::read);
        let names: BTreeSet<&str> = credentials.iter().flatten().map(|(name, _)| name.as_str()).collect();
        let providers = root.named("providers", Some(ids), |section| ProviderSettings::read(section, &names));
        let geo = root.section("geo", GeoSettings::read);
        let datasets = root.section("datasets", DataSetSettings::read);
        let jobs = root.section("jobs", JobSettings::read);
        let dns = root.section("dns", DnsSettings::read);
        let profiles = root.named("profiles", None, |profile| Profile::read(profile, ids));
        let templates = root.section("templates", TemplateSettings::read);
        let pivots = root.section("pivots", |section| PivotSettings::read(section, ids));
        let pipelines = root.section("pipelines", PipelineSettings::read);
        let telemetry = root.section("telemetry", TelemetrySettings::read);
        let sources = root.named("sources", None, |section| SourceSettings::read(section, &names));
        let azure = root.section("azure", |section| AzureSettings::read(section, &names));
        let key_vault = root.section("key_vault", |section| KeyVaultSettings::read(section, &names));
        Some(Self {
            server: server?,
            auth: auth?,
            limits: limits?,
            cache: cache?,
            egress: egress?,
            policy: policy?,
            providers: providers?,
            custom_providers: custom_providers?,
            geo: geo?,
            datasets: datasets?,
            jobs: jobs?,
            dns: dns?,
            profiles: profiles?,
            templates: templates?,
            pivots: pivots?,
            pipelines: pipelines?,
            telemetry: telemetry?,
            credentials: credentials?,
            key_vault: key_vault?,
            sources: sources?,
            azure: azure?,
        })
    }
}

/// The variables of this process.
pub fn environment() -> BTreeMap<String, String> {
    let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect()
}

#[cfg(test)]
mod tests;
