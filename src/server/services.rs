//! Everything that handlers can use, built once from the settings and swapped in part when they are read again.

use std::sync::Arc;

use arc_swap::ArcSwap;
use model::{Fault, Faulty};
use providers::Provider;
use tokio::{sync::Mutex, task::JoinSet, time::Instant};

use crate::{
    arm::Arm,
    azure::versions::Versions,
    cache::Far,
    credentials::{Credentials, KeyVaultError, SignerError, fetch_secrets},
    datasets::DataSets,
    dns::Dns,
    geo::{GeoDatabases, GeoError, Updater},
    jobs::Jobs,
    lookups::{Lists, Lookups, Parts, Roster, Runner},
    pivots::{Pivots, World, pipeline::Pipelines},
    queries::Queries,
    settings::Settings,
    telemetry::Metrics,
    templates::Catalogue,
    tls::Tls,
    upstream::{Budgets, Upstream, UpstreamError},
    work::Work,
};

/// The service cannot be built from these settings.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A geolocation database cannot be used.
    #[error(transparent)]
    Geo(#[from] GeoError),
    /// Calls out cannot be prepared.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// A credential cannot be used.
    #[error(transparent)]
    Credential(#[from] SignerError),
    /// A setting waits for a secret that does not come.
    #[error(transparent)]
    KeyVault(#[from] KeyVaultError),
    /// The query templates or the pipelines cannot be read.
    #[error("the query templates or the pipelines cannot be read")]
    Templates,
}

impl Faulty for BuildError {
    fn fault(&self) -> Fault {
        match self {
            Self::Geo(error) => error.fault(),
            Self::Templates => Fault::Internal,
            Self::Upstream(error) => error.fault(),
            Self::Credential(error) => error.fault(),
            Self::KeyVault(error) => error.fault(),
        }
    }
}

/// Everybody who can be asked: those that are built in, and those that the settings describe.
fn roster(providers: &[&'static dyn Provider], settings: &Settings) -> Roster {
    let custom = settings.custom_providers.iter().map(|custom| *custom as &'static dyn Provider);
    Roster::new(providers.iter().copied().chain(custom), &settings.providers)
}

/// What handlers see.
pub struct Services {
    /// Threat intelligence.
    pub lookups: Lookups,
    /// The team's own events.
    pub queries: Queries,
    /// Azure Resource Manager.
    pub arm: Arm,
    /// The newest versions of what Azure's providers speak.
    pub api_versions: Versions,
    /// Geolocation.
    pub geo: GeoDatabases,
    /// Query templates.
    pub templates: Catalogue,
    /// Recorded attacks.
    pub datasets: DataSets,
    /// Work that callers do not wait for.
    pub jobs: Jobs,
    /// Where things are counted.
    pub metrics: Metrics,
    /// Threads for work that would hold up a worker.
    pub work: Work,
    /// The shared cache.
    pub far: Option<Far>,
    /// Who sends.
    pub upstream: Upstream,
    /// As whom other services are asked.
    pub credentials: Credentials,
    settings: ArcSwap<Settings>,
    pivots: ArcSwap<Pivots>,
    pipelines: ArcSwap<Pipelines>,
    providers: Vec<&'static dyn Provider>,
    /// List fetching and file watching: begun anew when the settings are read again.
    chores: Mutex<JoinSet<()>>,
}

impl Services {
    /// Builds everything. Must run inside the runtime that is to carry the calls out.
    pub async fn build(
        settings: Settings,
        providers: Vec<&'static dyn Provider>,
        metrics: Metrics,
    ) -> Result<Arc<Self>, BuildError> {
        let geo_settings = settings.geo.clone();
        let geo = tokio::task::spawn_blocking(move || GeoDatabases::open(&geo_settings));
        let template_settings = settings.templates.clone();
        let templates = tokio::task::spawn_blocking(move || Catalogue::load(&template_settings));
        let pipeline_paths = settings.pipelines.paths.clone();
        let pipelines = tokio::task::spawn_blocking(move || Pipelines::load(&pipeline_paths));
        let upstream = Upstream::new(&settings.egress, &settings.dns)?;
        let credentials = Credentials::new(upstream.clone(), &settings.credentials)?;
        fetch_secrets(&upstream, &credentials, &settings.key_vault).await?;
        let far = match &settings.cache.redis {
            Some(redis) => Some(Far::connect(redis).await),
            None => None,
        };
        let budgets = Budgets::new(far.clone());
        let geo = geo.await.map_err(|_| GeoError::Bundle("country"))??;
        let (asker, counted) = (upstream.clone(), metrics.clone());
        let queries =
            Queries::new(asker, credentials.clone(), budgets.clone(), counted, geo.clone(), &settings.sources);
        let arm = Arm::new(upstream.clone(), credentials.clone(), budgets.clone(), metrics.clone());
        let runner = Runner::new(Parts {
            near_bytes: settings.cache.near_bytes,
            far: far.clone(),
            upstream: upstream.clone(),
            credentials: credentials.clone(),
            budgets,
            lists: Lists::new(upstream.clone(), far.clone(), metrics.clone()),
            metrics: metrics.clone(),
        });
        let roster = roster(&providers, &settings);
        let lookups = Lookups::new(roster, settings.policy.clone(), Arc::new(runner));
        let templates = templates.await.map_err(|_| BuildError::Templates)?;
        let pivots = Pivots::find_all(&lookups.members(), &templates.shelf(), &queries, &settings);
        let services = Arc::new(Self {
            lookups,
            queries,
            arm,
            api_versions: Versions::default(),
            geo,
            templates,
            pivots: ArcSwap::from_pointee(pivots),
            pipelines: ArcSwap::from_pointee(pipelines.await.map_err(|_| BuildError::Templates)?),
            jobs: Jobs::new(far.clone()),
            datasets: DataSets::new(settings.datasets.clone(), upstream.clone()),
            metrics,
            work: Work::new(),
            far,
            upstream,
            credentials,
            settings: ArcSwap::from_pointee(settings),
            providers,
            chores: Mutex::default(),
        });
        services.begin_chores().await;
        Ok(services)
    }

    /// Name servers, and what may be asked of them.
    pub fn dns<'a>(&'a self, settings: &'a Settings) -> Dns<'a> {
        Dns { resolver: self.upstream.resolver(), dns: &settings.dns, policy: &settings.policy }
    }

    /// Servers that show certificates, and which of them may be called.
    pub fn tls<'a>(&'a self, settings: &'a Settings) -> Tls<'a> {
        Tls { upstream: &self.upstream, lookups: &self.lookups, dns: &settings.dns, policy: &settings.policy }
    }

    /// Every function of entities.
    pub fn pivots(&self) -> Arc<Pivots> {
        self.pivots.load_full()
    }

    /// Every pipeline that has a name.
    pub fn pipelines(&self) -> Arc<Pipelines> {
        self.pipelines.load_full()
    }

    /// Everybody whom a function of entities can ask.
    pub fn world<'a>(&'a self, settings: &'a Settings) -> World<'a> {
        World {
            lookups: &self.lookups,
            geo: &self.geo,
            dns: self.dns(settings),
            tls: self.tls(settings),
            queries: &self.queries,
            settings,
            work: &self.work,
        }
    }

    /// The settings in force.
    pub fn settings(&self) -> arc_swap::Guard<Arc<Settings>> {
        self.settings.load()
    }

    /// Takes new settings: providers, keys, budgets, policy, limits, profiles, templates, geolocation. Requests that run keep the old ones.
    /// Addresses to listen on, the cache and the way out are settled at start.
    pub async fn reload(&self, settings: Settings) -> Result<(), BuildError> {
        let credentials = Credentials::new(self.upstream.clone(), &settings.credentials)?;
        fetch_secrets(&self.upstream, &credentials, &settings.key_vault).await?;
        let (geo, geo_settings) = (self.geo.clone(), settings.geo.clone());
        tokio::task::spawn_blocking(move || geo.swap(&geo_settings))
            .await
            .map_err(|_| GeoError::Bundle("country"))??;
        let (templates, template_settings) = (self.templates.clone(), settings.templates.clone());
        let swapped = tokio::task::spawn_blocking(move || templates.swap(&template_settings)).await;
        swapped.map_err(|_| BuildError::Templates)?;
        let pipeline_paths = settings.pipelines.paths.clone();
        let pipelines = tokio::task::spawn_blocking(move || Pipelines::load(&pipeline_paths)).await;
        let pipelines = pipelines.map_err(|_| BuildError::Templates)?;
        self.credentials.become_like(&credentials);
        self.queries.swap(&settings.sources);
        self.lookups.swap(roster(&self.providers, &settings), settings.policy.clone());
        let pivots = Pivots::find_all(&self.lookups.members(), &self.templates.shelf(), &self.queries, &settings);
        self.pivots.store(Arc::new(pivots));
        self.pipelines.store(Arc::new(pipelines));
        self.settings.store(Arc::new(settings));
        self.begin_chores().await;
        Ok(())
    }

    /// Writes how caches, budgets and breakers stand into the metrics.
    pub async fn write_gauges(&self) {
        if let Some(far) = &self.far {
            self.metrics.redis_up(far.is_up());
        }
        // Of two that hold the same, the one that is asked first is told.
        for state in self.geo.states().iter().rev() {
            self.metrics.geo_built(state.content(), state.built_at);
        }
        let runner = self.lookups.runner();
        for member in self.lookups.members().iter().filter(|member| member.is_ready() && !member.is_list()) {
            let id = member.facts().id;
            self.metrics.breaker(id, runner.breakers().of(id).state(Instant::now()));
            if !member.windows.is_empty() {
                for window in runner.budgets().state(&member.credential, &member.windows).await.windows {
                    self.metrics.budget_left(id, window.per_s, window.left);
                }
            }
        }
    }

    async fn begin_chores(&self) {
        let mut chores = self.chores.lock().await;
        chores.abort_all();
        for member in self.lookups.members() {
            if member.enabled && member.is_list() {
                chores.spawn(self.lookups.runner().lists().clone().keep_fetching(member));
            }
        }
        let geo = self.settings.load().geo.clone();
        if let Some(update) = geo.update.clone() {
            chores.spawn(Updater::new(update, self.upstream.clone()).keep_updating(self.geo.clone()));
        }
        chores.spawn(self.geo.clone().keep_watching(geo));
    }
}
