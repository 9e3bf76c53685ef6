//! The tables of one query over objects: each is fetched when the engine asks for it, and no object that it does not need.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use engine::{Catalog, EngineError, Stored};
use futures::future::BoxFuture;
use model::Span;
use sources::{Trouble, TroubleKind};

use super::{
    Bucket, Needed,
    cache::Kept,
    listing::{Listing, Object},
};

/// Objects that are named when they are missing; of more, only their number is told.
const TOLD: usize = 20;

/// The tables.
pub(in super::super) struct ObjectTables {
    bucket: Arc<Bucket>,
    listing: Arc<Listing>,
    span: Option<Span>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    tables: HashMap<String, Option<Stored>>,
    /// What the query reads stays until it ends.
    held: Vec<Arc<Kept>>,
    missing: Vec<(String, Trouble)>,
    failure: Option<Trouble>,
}

impl ObjectTables {
    /// Those of a bucket as it is now.
    pub(in super::super) async fn of(bucket: Arc<Bucket>, span: Option<Span>) -> Result<Self, Trouble> {
        let listing = bucket.list().await?;
        Ok(Self { bucket, listing, span, state: Mutex::default() })
    }

    /// Why a table could not be read at all, if so.
    pub(in super::super) fn failure(&self) -> Option<Trouble> {
        self.state().failure.clone()
    }

    /// What is missing from the tables that were read.
    pub(in super::super) fn missing(&self) -> Vec<Trouble> {
        told(&self.state().missing)
    }

    async fn open(&self, name: &str) -> Result<Option<Stored>, EngineError> {
        let Some(Needed { objects, is_shape }) = self.listing.needed(name, self.span) else { return Ok(None) };
        let mut files = Vec::new();
        for (object, fetched) in self.bucket.fetch_all(objects).await {
            self.put(&object, fetched, &mut files);
        }
        if files.is_empty() {
            let mut state = self.state();
            let kind = |trouble: &Trouble| match trouble.kind {
                TroubleKind::Incomplete => TroubleKind::Failed,
                kind => kind,
            };
            state.failure = state.missing.first().map(|(name, trouble)| named(name, trouble, kind(trouble)));
            return Err(EngineError::Unreadable);
        }
        let table = tokio::task::block_in_place(|| self.bucket.files.table(name, &files));
        let stored = table.map_err(|_| EngineError::Unreadable)?.map(|table| Stored::of_local(table, self.span));
        let stored = stored.transpose()?;
        if is_shape { stored.map(Stored::without_rows).transpose() } else { Ok(stored) }
    }

    fn put(&self, object: &Object, fetched: Result<(Arc<Kept>, PathBuf), Trouble>, files: &mut Vec<PathBuf>) {
        let mut state = self.state();
        match fetched {
            Ok((kept, file)) => {
                state.held.push(kept);
                files.push(file);
            }
            Err(trouble) => state.missing.push((object.name.clone(), trouble)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Catalog for ObjectTables {
    fn names(&self) -> Vec<String> {
        self.listing.names().cloned().collect()
    }

    fn table<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Stored>, EngineError>> {
        Box::pin(async move {
            let known = self.state().tables.get(name).cloned();
            if let Some(stored) = known {
                return Ok(stored);
            }
            let stored = self.open(name).await?;
            self.state().tables.insert(name.to_owned(), stored.clone());
            Ok(stored)
        })
    }
}

/// Objects that are missing, the first by name.
pub(super) fn told(missing: &[(String, Trouble)]) -> Vec<Trouble> {
    let mut told: Vec<_> =
        missing.iter().take(TOLD).map(|(name, trouble)| named(name, trouble, TroubleKind::Incomplete)).collect();
    if let Some(more) = missing.len().checked_sub(TOLD).filter(|more| *more > 0) {
        told.push(Trouble::new(TroubleKind::Incomplete, format!("{more} more objects are missing")));
    }
    told
}

fn named(name: &str, trouble: &Trouble, kind: TroubleKind) -> Trouble {
    let message = format!("{name}: {}", trouble.message);
    Trouble { retry_after: trouble.retry_after, ..Trouble::new(kind, message).code(trouble.code.clone()) }
}
