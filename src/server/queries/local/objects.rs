//! Objects of a store, such as Amazon S3 or Azure Blob Storage, as a source: they are listed, and those that a query needs
//! are fetched once into files, which the engine reads. Names of objects name tables, never paths.

mod arrival;
mod asked;
mod cache;
mod download;
mod listing;
mod partition;
mod store;
mod tables;
mod transport;
mod xml;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use engine::local::{ChosenFiles, Layout};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use model::ColumnSpec;
use object_store::{ObjectStore, path::Path};
use sources::{Trouble, TroubleKind};
use tokio::{runtime::Handle, task::spawn_blocking, time::Instant};

pub(super) use self::tables::ObjectTables;
use self::{
    arrival::Arrival,
    cache::{Cache, Kept, Taken},
    download::download,
    listing::{Listing, MAX_OBJECTS, Needed, Object},
    transport::{Transport, trouble_of},
};
use crate::{
    queries::{Connection, exchange::Exchanges},
    settings::ObjectPlace,
};

/// Bytes of objects that are kept, if the settings do not say.
const CACHE_BYTES: u64 = 8 << 30;
/// The largest object, if the settings do not say.
const OBJECT_BYTES: u64 = 1 << 30;
/// How old a list may be, if the settings do not say.
const FRESH: Duration = Duration::from_secs(5);
/// Objects that are fetched at once for one table.
const AT_ONCE: usize = 8;
/// Objects of each table from which its columns are told.
const SAMPLE: usize = 4;

/// A bucket or container behind one connection.
pub(super) struct Bucket {
    store: Arc<dyn ObjectStore>,
    transport: Transport,
    prefix: String,
    files: Arc<ChosenFiles>,
    cache: Arc<Cache>,
    list: Mutex<Option<(Instant, Arrival<Arc<Listing>>)>>,
    fresh: Duration,
    object_bytes: u64,
    /// Where fetching goes on when nobody waits.
    runtime: Handle,
}

/// A table's columns.
pub(super) type Shape = (String, Vec<ColumnSpec>);

impl Bucket {
    /// Opens it; asks nobody.
    pub(super) fn open(
        connection: &Arc<Connection>,
        exchanges: &Arc<Exchanges>,
        place: &ObjectPlace,
        layout: Layout,
        runtime: Handle,
    ) -> Result<Self, Trouble> {
        exchanges.lacks_nothing(connection)?;
        let settings = &connection.objects;
        let object_bytes = settings.object_bytes.unwrap_or(OBJECT_BYTES);
        let transport = Transport::new(connection, exchanges, object_bytes);
        let no_room = || Trouble::new(TroubleKind::Failed, "no temporary files can be made");
        Ok(Self {
            store: store::open(connection, place, &exchanges.credentials, transport.clone())?,
            transport,
            prefix: place.prefix.clone(),
            files: Arc::new(ChosenFiles::new(layout).map_err(|_| no_room())?),
            cache: Arc::new(Cache::new(settings.cache_bytes.unwrap_or(CACHE_BYTES)).map_err(|_| no_room())?),
            list: Mutex::default(),
            fresh: settings.fresh.unwrap_or(FRESH),
            object_bytes,
            runtime,
        })
    }

    /// The objects as they are, or were a moment ago.
    async fn list(self: &Arc<Self>) -> Result<Arc<Listing>, Trouble> {
        let listed = {
            let mut kept = self.list.lock().unwrap_or_else(PoisonError::into_inner);
            let is_fresh = |(at, list): &&(Instant, Arrival<_>)| {
                list.is_coming() || (matches!(list.ended(), Some(Ok(_))) && at.elapsed() < self.fresh)
            };
            match kept.as_ref().filter(is_fresh) {
                Some((_, list)) => list.clone(),
                None => {
                    let bucket = Arc::clone(self);
                    let list = Arrival::begin(&self.runtime, async move { bucket.read_list().await.map(Arc::new) });
                    *kept = Some((Instant::now(), list.clone()));
                    list
                }
            }
        };
        listed.outcome().await
    }

    async fn read_list(&self) -> Result<Listing, Trouble> {
        let prefix =
            Path::parse(&self.prefix).map_err(|_| Trouble::new(TroubleKind::Failed, "the prefix is no path"))?;
        let listed = self.store.list(Some(&prefix)).take(MAX_OBJECTS + 1).try_collect::<Vec<_>>().await;
        let mut found = listed.map_err(|error| trouble_of(&error))?;
        let is_cut = found.len() > MAX_OBJECTS;
        found.truncate(MAX_OBJECTS);
        let mut listing = Listing::of(found, &self.prefix, self.files.layout());
        let odd = self.transport.odd_names().into_iter().take(SAMPLE * 5);
        listing.warnings.extend(odd.map(|name| format!("{name:?}: its name is no path")));
        if is_cut {
            listing.warnings.push(format!("there are more than {MAX_OBJECTS} objects; the others are not seen"));
        }
        Ok(listing)
    }

    /// The files of objects, or why there is none.
    async fn fetch_all(
        self: &Arc<Self>,
        objects: Vec<Arc<Object>>,
    ) -> Vec<(Arc<Object>, Result<(Arc<Kept>, PathBuf), Trouble>)> {
        let fetching = objects.into_iter().map(|object| {
            let bucket = Arc::clone(self);
            async move {
                let fetched = bucket.fetch(&object).await;
                (object, fetched)
            }
        });
        stream::iter(fetching).buffered(AT_ONCE).collect().await
    }

    /// The file of an object. It is fetched once, whoever asks for it.
    async fn fetch(&self, object: &Arc<Object>) -> Result<(Arc<Kept>, PathBuf), Trouble> {
        if object.bytes > self.object_bytes {
            let message = format!("its {} bytes are more than object_bytes allows", object.bytes);
            return Err(Trouble::new(TroubleKind::Incomplete, message));
        }
        let (store, cache, wanted) = (Arc::clone(&self.store), Arc::clone(&self.cache), Arc::clone(object));
        let fetch = |file| {
            Arrival::begin(&self.runtime, async move {
                let fetched = download(store.as_ref(), &wanted, file).await;
                match &fetched {
                    Ok(_) => cache.arrived(&wanted),
                    Err(trouble) => cache.failed(&wanted, trouble, Instant::now()),
                }
                fetched
            })
        };
        let Taken { kept, gone } = self.cache.take(object, Instant::now(), fetch)?;
        if !gone.is_empty() {
            let files = Arc::clone(&self.files);
            self.runtime.spawn_blocking(move || {
                for file in gone {
                    files.forget(&file);
                    // The folder goes with the process; a file that stays in it harms nobody.
                    let _ = std::fs::remove_file(file);
                }
            });
        }
        let file = kept.file.outcome().await?;
        Ok((kept, file))
    }

    /// All tables with their columns, as some of their objects have them, and what is wrong with objects.
    pub(super) async fn shapes(self: Arc<Self>) -> Result<(Vec<Shape>, Vec<Trouble>), Trouble> {
        let listing = self.list().await?;
        let (mut shapes, mut held, mut too_large) = (Vec::new(), Vec::new(), Vec::new());
        for name in listing.names() {
            let all = listing.table(name);
            too_large.extend(all.iter().filter(|object| object.bytes > self.object_bytes).cloned());
            let small = all.iter().filter(|object| object.bytes <= self.object_bytes);
            let fetched = self.fetch_all(small.take(SAMPLE).cloned().collect()).await;
            let (kept, files): (Vec<_>, Vec<_>) = fetched.into_iter().filter_map(|(_, of)| of.ok()).unzip();
            held.extend(kept);
            let (bucket, table) = (Arc::clone(&self), name.clone());
            let opened = spawn_blocking(move || bucket.files.table(&table, &files)).await;
            if let Ok(Ok(Some(table))) = opened {
                shapes.push((name.clone(), table.columns));
            }
        }
        let mut wrong = self.cache.failures(|key| listing.has(key));
        for object in too_large {
            wrong.extend(self.fetch(&object).await.err().map(|trouble| (object.name.clone(), trouble)));
        }
        // Of the others, too, that queries have read.
        for (name, file) in self.cache.files(|key| listing.has(key)) {
            let warnings = self.files.warnings(&file).into_iter();
            wrong.extend(warnings.map(|words| (name.clone(), Trouble::new(TroubleKind::Incomplete, words))));
        }
        drop(held);
        wrong.sort_by(|(one, _), (other, _)| one.cmp(other));
        let told = listing.warnings.iter().map(|words| Trouble::new(TroubleKind::Incomplete, words.clone()));
        Ok((shapes, told.chain(tables::told(&wrong)).collect()))
    }
}
