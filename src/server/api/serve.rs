//! The running service: listens, takes new settings, and stops without dropping what it was asked.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_web::{
    HttpServer,
    dev::{Server, ServerHandle},
    web::Data,
};
use futures::{FutureExt, future::BoxFuture, future::join_all};
use model::{Fault, Faulty};
use providers::Provider;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::Mutex,
};
use url::Url;

use super::{
    Api, Callers, FetchJwks, Health, OpenToAll, Unfetched,
    jobs::{Deferrals, serve as run_deferred},
};
use crate::{
    jobs::Jobs,
    services::{BuildError, Services},
    settings::Settings,
    telemetry::{LogLevel, Metrics, TelemetryError},
    upstream::Upstream,
};

/// How often what is known about caches, budgets and breakers is written into the metrics.
const GAUGES_EVERY: Duration = Duration::from_secs(5);

/// The service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The parts cannot be built from the settings.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Everybody could call.
    #[error(transparent)]
    Open(#[from] OpenToAll),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Nothing can be counted.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
}

impl Faulty for StartError {
    fn fault(&self) -> Fault {
        match self {
            Self::Build(error) => error.fault(),
            Self::Open(error) => error.fault(),
            Self::Listen { .. } => Fault::Conflict,
            Self::Telemetry(error) => error.fault(),
        }
    }
}

/// Reads the settings again; the text tells every mistake.
pub type LoadAgain = Box<dyn Fn() -> Result<Settings, String> + Send + Sync>;

/// Puts new settings in force, one reload at a time.
pub struct Reload {
    load: Option<LoadAgain>,
    services: Arc<Services>,
    api: Mutex<Api>,
    fetch: Arc<dyn FetchJwks>,
    level: Option<LogLevel>,
}

impl Reload {
    /// Reads the settings again and swaps what can be swapped. A mistake leaves everything as it is.
    pub async fn run(&self) -> Result<(), String> {
        let api = self.api.lock().await;
        let load = self.load.as_ref().ok_or("the settings of this process cannot be read again")?;
        let settings = load()?;
        let callers = Callers::new(&settings.auth, settings.server.listen, &self.fetch).map_err(|e| e.to_string())?;
        if let Some(level) = &self.level {
            level.set(&settings.telemetry.log_level).map_err(|error| error.to_string())?;
        }
        let limits = settings.limits.clone();
        self.services.reload(settings).await.map_err(|error| error.to_string())?;
        let callers = Arc::new(callers);
        tokio::spawn(keep_keys_fresh(Arc::downgrade(&callers)));
        api.replace_rules(callers, &limits);
        Ok(())
    }
}

/// Fetches token issuers' keys for as long as these callers are in force.
async fn keep_keys_fresh(callers: std::sync::Weak<Callers>) {
    if let Some(callers) = callers.upgrade() {
        callers.keep_keys_fresh().await;
    }
}

/// When to stop.
pub struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    /// At SIGTERM or SIGINT.
    pub fn on_signals() -> io::Result<impl Future<Output = ()>> {
        let mut stop =
            Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? };
        Ok(async move {
            tokio::select! {
                _ = stop.terminate.recv() => {}
                _ = stop.interrupt.recv() => {}
            }
        })
    }
}

/// The service, listening.
pub struct Application {
    address: SocketAddr,
    servers: Vec<Server>,
    handles: Vec<ServerHandle>,
    draining: Arc<AtomicBool>,
    reload: Arc<Reload>,
    callers: Arc<Callers>,
    jobs: Jobs,
    drain: Duration,
}

impl Application {
    /// Builds and binds everything, for a process that counts for itself and cannot reload. Must run inside the runtime
    /// that is to carry the calls out.
    pub async fn build(settings: Settings, providers: Vec<&'static dyn Provider>) -> Result<Self, StartError> {
        Self::build_with(settings, providers, Metrics::new()?, None, None).await
    }

    /// Builds and binds everything.
    pub async fn build_with(
        settings: Settings,
        providers: Vec<&'static dyn Provider>,
        metrics: Metrics,
        load: Option<LoadAgain>,
        level: Option<LogLevel>,
    ) -> Result<Self, StartError> {
        let (server, limits) = (settings.server.clone(), settings.limits.clone());
        let (auth, shows_metrics) = (settings.auth.clone(), settings.telemetry.metrics);
        let services = Services::build(settings, providers, metrics.clone()).await?;
        let fetch: Arc<dyn FetchJwks> = Arc::new(Fetch(services.upstream.clone()));
        let callers = Arc::new(Callers::new(&auth, server.listen, &fetch)?);
        let draining = Arc::new(AtomicBool::new(false));
        let health = health(&services, &draining, shows_metrics);
        let api = Api::new(&server, &limits, Arc::clone(&callers), health, metrics);
        let reload =
            Arc::new(Reload { load, services: Arc::clone(&services), api: Mutex::new(api.clone()), fetch, level });

        let data = (Data::from(Arc::clone(&services)), Data::new(Arc::clone(&reload)));
        let (deferred, deferred_data) = (api.clone(), data.clone());
        let deferrals = Deferrals::new(
            Arc::clone(&services),
            Box::new(move |queue, upstream| {
                let app = deferred.app().app_data(deferred_data.0.clone()).app_data(deferred_data.1.clone());
                run_deferred(app, queue, upstream).boxed_local()
            }),
        );
        let (edge, deferrals) = (api.clone(), Arc::new(deferrals));
        let main = HttpServer::new(move || {
            edge.app().app_data(data.0.clone()).app_data(data.1.clone()).app_data(Arc::clone(&deferrals))
        });
        let workers = server.workers.unwrap_or_else(cores);
        let main = main.workers(workers).disable_signals().shutdown_timeout(server.drain.as_secs());
        let main = main.bind(server.listen).map_err(|source| StartError::Listen { address: server.listen, source })?;
        let address = main.addrs().first().copied().unwrap_or(server.listen);
        api.served_at(server.public_url.as_ref(), address);
        let mut servers = vec![main.run()];
        if let Some(ops) = server.ops_listen {
            let apart = HttpServer::new(move || api.ops_app()).workers(1).disable_signals().shutdown_timeout(1);
            let apart = apart.bind(ops).map_err(|source| StartError::Listen { address: ops, source })?;
            servers.push(apart.run());
        }
        tokio::spawn(keep_gauges(Arc::downgrade(&services)));
        let handles = servers.iter().map(Server::handle).collect();
        let (jobs, drain) = (services.jobs.clone(), server.drain);
        Ok(Self { address, servers, handles, draining, reload, callers, jobs, drain })
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until told to stop; then is not ready any more, accepts nobody, finishes what runs, and returns.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        let Self { servers, handles, draining, reload, callers, jobs, drain, .. } = self;
        tokio::spawn(keep_keys_fresh(Arc::downgrade(&callers)));
        drop(callers);
        let hangups = tokio::spawn(reload_on_hangup(reload));
        let serving = join_all(servers);
        tokio::pin!(serving);
        let ended = tokio::select! {
            ended = &mut serving => ended,
            () = stop => {
                draining.store(true, Ordering::Relaxed);
                tracing::info!("stopping: what runs is finished, nothing new is taken");
                // Orders are taken only by servers that are being polled.
                tokio::join!(join_all(handles.iter().map(|handle| handle.stop(true))), serving, jobs.finish(drain)).1
            }
        };
        hangups.abort();
        ended.into_iter().collect()
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn health(services: &Arc<Services>, draining: &Arc<AtomicBool>, shows_metrics: bool) -> Health {
    let draining = Arc::clone(draining);
    let health = Health::default().check("accepting_requests", move || !draining.load(Ordering::Relaxed));
    if !shows_metrics {
        return health;
    }
    health.metrics(services.metrics.clone())
}

async fn reload_on_hangup(reload: Arc<Reload>) {
    let Ok(mut hangups) = signal(SignalKind::hangup()) else { return };
    while hangups.recv().await.is_some() {
        match reload.run().await {
            Ok(()) => tracing::info!("the settings were read again"),
            Err(mistakes) => tracing::error!(%mistakes, "the settings were not taken; the old ones stand"),
        }
    }
}

/// Writes now and then what nobody counts when it happens.
async fn keep_gauges(services: std::sync::Weak<Services>) {
    while let Some(services) = services.upgrade() {
        services.write_gauges().await;
        drop(services);
        tokio::time::sleep(GAUGES_EVERY).await;
    }
}

/// Token issuers' keys, by the one way out.
struct Fetch(Upstream);

impl FetchJwks for Fetch {
    fn fetch<'a>(&'a self, url: &'a Url) -> BoxFuture<'a, Result<Vec<u8>, Unfetched>> {
        async move {
            let key_set = self.0.key_set(url).await.map_err(|error| Unfetched(error.to_string()))?;
            Ok(key_set.to_vec())
        }
        .boxed()
    }
}
