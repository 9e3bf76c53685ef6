//! The tables of one query over objects: each is fetched when the engine asks for it, and no object that it does not need.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::Utc;
use engine::{Catalog, EngineError, Stored};
use futures::future::BoxFuture;
use kql::Functions;
use model::Span;
use sources::{Trouble, TroubleKind};

use super::{
    Bucket, Needed,
    asked::asked_about,
    cache::Kept,
    listing::{Listing, Object},
};

/// Objects that are named when they are missing; of more, only their number is told.
const TOLD: usize = 20;

/// The tables.
pub(in super::super) struct ObjectTables {
    bucket: Arc<Bucket>,
    listing: Arc<Listing>,
    /// The time that the query is about.
    span: Option<Span>,
    /// The table of which its text wants rows from a time, and that time.
    asked: Option<(String, Span)>,
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
    /// Those of a bucket as it is now, for a query about a span.
    pub(in super::super) async fn of(
        bucket: Arc<Bucket>,
        query: &str,
        functions: &Functions,
        span: Option<Span>,
    ) -> Result<Self, Trouble> {
        let listing = bucket.list().await?;
        let layout = bucket.files.layout();
        let column = |table: &str| layout.tables.get(table).and_then(|table| table.time_column.as_deref());
        let asked = asked_about(query, functions, Utc::now(), column);
        Ok(Self { bucket, listing, span, asked, state: Mutex::default() })
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
        let asked = self.asked.as_ref().filter(|(table, _)| table == name).map(|(_, span)| *span);
        let spans: Vec<_> = self.span.into_iter().chain(asked).collect();
        let Some(Needed { objects, is_shape }) = self.listing.needed(name, &spans) else { return Ok(None) };
        let mut files = Vec::new();
        for (object, fetched) in self.bucket.fetch_all(objects).await {
            match fetched {
                Ok((kept, file)) => {
                    self.state().held.push(kept);
                    files.push((object, file));
                }
                Err(trouble) => self.miss(&object, trouble),
            }
        }
        let paths: Vec<_> = files.iter().map(|(_, file)| file.clone()).collect();
        let table = tokio::task::block_in_place(|| self.bucket.files.table(name, &paths));
        for (object, file) in files {
            if let Some(words) = self.bucket.files.failure(&file) {
                self.miss(&object, Trouble::new(TroubleKind::Unreadable, words));
            }
        }
        let Some(table) = table.map_err(|_| EngineError::Unreadable)? else { return Err(self.fail(name)) };
        let stored = Stored::of_local(table, self.span)?;
        if is_shape { stored.without_rows().map(Some) } else { Ok(Some(stored)) }
    }

    /// An object is missing.
    fn miss(&self, object: &Object, trouble: Trouble) {
        self.state().missing.push((object.name.clone(), trouble));
    }

    /// Nothing of a table is there.
    fn fail(&self, table: &str) -> EngineError {
        let mut state = self.state();
        let failure = state.missing.first().map(|(name, trouble)| match trouble.kind {
            TroubleKind::Incomplete => named(name, trouble, TroubleKind::Failed),
            kind => named(name, trouble, kind),
        });
        let no_rows =
            || Trouble::new(TroubleKind::Unreadable, format!("{table}: its objects have no rows of this table"));
        state.failure = Some(failure.unwrap_or_else(no_rows));
        EngineError::Unreadable
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
