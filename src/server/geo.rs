//! Where addresses are: the operator's databases first, then downloaded and bundled ones, all in memory, swapped when a
//! file changes.

mod bundled;
mod database;
mod distance;
mod systems;
mod update;

use std::{
    net::IpAddr,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwap;
pub use database::{Database, GeoError};
pub use distance::{Position, distance_km};
use model::Geo;
pub use systems::{System, networks_of, systems};
use tokio::sync::Notify;
pub use update::{UpdateError, Updater};

use crate::settings::{GeoSettings, GeoUpdate};

/// How often the files are looked at.
const WATCH_EVERY: Duration = Duration::from_secs(15);

/// A database, as the catalogue shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseState {
    /// The type that it calls itself.
    pub title: String,
    /// When it was built.
    pub built_at: SystemTime,
    /// Whether it came with the service.
    pub bundled: bool,
}

/// All geolocation databases. Cheap to clone.
#[derive(Clone)]
pub struct GeoDatabases {
    layers: Arc<ArcSwap<Vec<Arc<Database>>>>,
    changed: Arc<Notify>,
}

impl DatabaseState {
    /// What it holds, as one of a few words.
    pub fn content(&self) -> &'static str {
        let title = self.title.to_ascii_lowercase();
        let known = ["city", "country", "asn", "isp", "enterprise"];
        known.into_iter().find(|word| title.contains(word)).unwrap_or("other")
    }
}

impl GeoDatabases {
    /// Opens the operator's files, in their order, then what was downloaded, and the bundled databases behind them.
    pub fn open(settings: &GeoSettings) -> Result<Self, GeoError> {
        let layers = Arc::new(ArcSwap::from_pointee(open_all(settings)?));
        Ok(Self { layers, changed: Arc::default() })
    }

    /// What is known about an address; empty when no database knows it.
    pub fn find(&self, address: IpAddr) -> Geo {
        let mut geo = Geo::default();
        for database in self.layers.load().iter() {
            if let Some(found) = database.find(address) {
                geo.fill_from(found);
            }
        }
        if geo.country_name.is_none() {
            geo.country_name = geo.country_code.as_deref().and_then(providers::country_name).map(str::to_owned);
        }
        geo
    }

    /// The coordinates of an address, if a database knows them.
    pub fn position(&self, address: IpAddr) -> Option<Position> {
        let geo = self.find(address);
        Some(Position { latitude: geo.latitude?, longitude: geo.longitude? })
    }

    /// The network around an address, as the first database gives it that knows the system that announces it.
    pub fn announced_network(&self, address: IpAddr) -> Option<String> {
        self.layers.load().iter().find_map(|database| database.announced_network(address))
    }

    /// The databases, the first asked first.
    pub fn states(&self) -> Vec<DatabaseState> {
        self.layers.load().iter().map(|database| database.state()).collect()
    }

    /// Opens other files; requests see either the old ones or the new ones.
    pub fn swap(&self, settings: &GeoSettings) -> Result<(), GeoError> {
        self.layers.store(Arc::new(open_all(settings)?));
        Ok(())
    }

    /// Says that a file has changed, so that it is seen at once.
    fn tell_changed(&self) {
        self.changed.notify_one();
    }

    /// Opens the files again whenever one of them changes, for as long as the task lives.
    pub async fn keep_watching(self, settings: GeoSettings) {
        let files: Vec<_> = settings.files().collect();
        if files.is_empty() {
            return;
        }
        let mut seen = stamps(&files).await;
        loop {
            tokio::select! {
                () = tokio::time::sleep(WATCH_EVERY) => {}
                () = self.changed.notified() => {}
            }
            let now = stamps(&files).await;
            if now == seen {
                continue;
            }
            let (databases, settings) = (self.clone(), settings.clone());
            match tokio::task::spawn_blocking(move || databases.swap(&settings)).await {
                Ok(Ok(())) => tracing::info!("geolocation databases were opened again"),
                Ok(Err(error)) => {
                    tracing::warn!(%error, "a changed geolocation database cannot be used; the old one stands");
                }
                Err(_) => tracing::warn!("opening the geolocation databases broke off"),
            }
            seen = now;
        }
    }
}

fn open_all(settings: &GeoSettings) -> Result<Vec<Arc<Database>>, GeoError> {
    let mut layers = Vec::new();
    for file in &settings.databases {
        layers.push(Arc::new(Database::open(file)?));
    }
    // What was not downloaded yet will be; what cannot be opened is no reason not to start.
    let downloaded = settings.update.iter().flat_map(GeoUpdate::files).filter(|file| file.exists());
    for file in downloaded {
        match Database::open(&file) {
            Ok(database) => layers.push(Arc::new(database)),
            Err(error) => tracing::warn!(%error, "a downloaded geolocation database is left out"),
        }
    }
    layers.extend(bundled::databases()?);
    Ok(layers)
}

/// What tells a changed file: its time and size.
async fn stamps(files: &[PathBuf]) -> Vec<Option<(SystemTime, u64)>> {
    let mut stamps = Vec::with_capacity(files.len());
    for file in files {
        let metadata = tokio::fs::metadata(file).await.ok();
        stamps.push(metadata.and_then(|m| Some((m.modified().ok()?, m.len()))));
    }
    stamps
}
