//! Running queries: where the team's own events are, one call asks one or many places, whole or in spans of time.
//!
//! A source that fails is never an error here: what it gave before is kept, and what it said stands beside it. A query that
//! nobody waits for any more is cancelled where it runs.

mod access;
mod cache;
mod collect;
mod connection;
mod exchange;
mod filled;
mod flow;
#[cfg_attr(not(feature = "engine"), path = "queries/left_out.rs")]
mod local;
mod outcome;
mod parts;
mod pieces;
mod postgres;
mod remote;
mod run;
mod session;

use std::{
    collections::BTreeMap,
    sync::{Arc, Weak},
    time::Duration,
};

use arc_swap::ArcSwap;
use model::Span;
use sources::{Facts, Trouble};
use tokio::{sync::Semaphore, time::Instant};

pub use self::{
    cache::{Kept, OLDEST, Results},
    collect::Collected,
    connection::Connection,
    filled::{ChoiceError, FillError, Filled},
    flow::{Flow, Piece},
    outcome::{PartialError, QueryOutcome},
    parts::{Part, SplitError, split},
    run::{Ending, Event, LoadedTable},
};
use self::{
    exchange::Exchanges,
    local::{Local, SharedEngine},
    postgres::Postgres,
    remote::Remote,
    run::Run,
};
use crate::{
    credentials::Credentials,
    geo::GeoDatabases,
    settings::{ConnectionSettings, SourceKind, SourceSettings},
    telemetry::Metrics,
    upstream::{Breakers, Budgets, Upstream},
};

/// How long one query may take if neither the request nor the settings say.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(8);

/// Rows of an answer that is held, if neither the request nor the settings say.
pub const DEFAULT_ROWS: u64 = 500_000;

/// The code of a trouble that is a mistake in the query itself, found here.
pub const MISTAKES: &str = "mistakes";

/// Every source of the settings.
pub struct Queries {
    sources: ArcSwap<BTreeMap<String, Arc<SourceHere>>>,
    exchanges: Arc<Exchanges>,
    engine: Arc<SharedEngine>,
    results: Results,
}

/// A source as this installation runs it.
pub struct SourceHere {
    /// Its name in the settings.
    pub id: String,
    /// What it is by itself.
    pub kind: SourceKind,
    /// The settings.
    pub settings: SourceSettings,
    /// Where it is asked.
    pub connections: Vec<Arc<Connection>>,
    /// Queries at once.
    places: Arc<Semaphore>,
}

/// A query for one or several places.
#[derive(Debug, Clone)]
pub struct Query {
    /// The parts, in the order of their rows.
    pub parts: Vec<Part>,
    /// More rows than these are not wanted.
    pub max_rows: Option<u64>,
    /// By when there should be an answer: sources are told.
    pub until: Instant,
    /// When it ends at the latest: rows that are passed on as they come may come for longer.
    pub ends_at: Instant,
}

impl Queries {
    /// Those of the settings. Asks nobody.
    pub fn new(
        upstream: Upstream,
        credentials: Credentials,
        budgets: Budgets,
        metrics: Metrics,
        geo: GeoDatabases,
        settings: &BTreeMap<String, SourceSettings>,
    ) -> Self {
        let exchanges = Arc::new(Exchanges::new(upstream, credentials, budgets, Breakers::new(), metrics));
        let engine = Arc::new(SharedEngine::new(geo));
        let sources = ArcSwap::from_pointee(sources(settings, &exchanges, &engine));
        Self { sources, exchanges, engine, results: Results::new() }
    }

    /// Takes other settings. Queries that run keep the old ones.
    pub fn swap(&self, settings: &BTreeMap<String, SourceSettings>) {
        self.sources.store(Arc::new(sources(settings, &self.exchanges, &self.engine)));
        self.results.forget();
    }

    /// All sources by name.
    pub fn all(&self) -> Arc<BTreeMap<String, Arc<SourceHere>>> {
        self.sources.load_full()
    }

    /// The source of this name.
    pub fn source(&self, id: &str) -> Option<Arc<SourceHere>> {
        self.sources.load().get(id).cloned()
    }

    /// Answers that are kept for those who accept them.
    pub fn results(&self) -> &Results {
        &self.results
    }

    /// How a connection's breaker stands.
    pub fn breaker(&self, connection: &Connection) -> crate::telemetry::BreakerState {
        self.exchanges.breaker(connection).state(Instant::now())
    }
}

fn sources(
    settings: &BTreeMap<String, SourceSettings>,
    exchanges: &Arc<Exchanges>,
    engine: &Arc<SharedEngine>,
) -> BTreeMap<String, Arc<SourceHere>> {
    let source = |(id, settings): (&String, &SourceSettings)| {
        let facts = settings.kind.facts();
        let connection = |of: &ConnectionSettings| {
            Arc::new_cyclic(|own| {
                let run = runner(settings.kind, of, Weak::clone(own), Arc::clone(exchanges), Arc::clone(engine));
                Connection::new(id, facts, settings, of, run)
            })
        };
        let here = SourceHere {
            id: id.clone(),
            kind: settings.kind,
            connections: settings.connections.iter().map(connection).collect(),
            places: Arc::new(Semaphore::new(settings.concurrent.unwrap_or_else(|| facts.concurrency.into()))),
            settings: settings.clone(),
        };
        (id.clone(), Arc::new(here))
    };
    settings.iter().map(source).collect()
}

/// What runs queries over a connection of this kind. Kinds that run elsewhere than on a vendor's server have theirs here.
fn runner(
    kind: SourceKind,
    settings: &ConnectionSettings,
    connection: Weak<Connection>,
    exchanges: Arc<Exchanges>,
    engine: Arc<SharedEngine>,
) -> Arc<dyn Run> {
    match kind {
        SourceKind::Http(source) => Arc::new(Remote { source, connection, exchanges }),
        SourceKind::Postgres => Arc::new(Postgres { connection, exchanges }),
        SourceKind::Local => Arc::new(Local::new(settings, connection, exchanges, engine)),
    }
}

impl SourceHere {
    /// What it is by itself.
    pub fn facts(&self) -> &'static Facts {
        self.kind.facts()
    }

    /// How long a query may take that says nothing.
    pub fn timeout(&self) -> Duration {
        self.settings.timeout.unwrap_or(DEFAULT_TIMEOUT)
    }

    /// Whether it runs templates of this environment.
    pub fn runs(&self, environment: &str) -> bool {
        self.facts().environments.iter().any(|known| known.eq_ignore_ascii_case(environment))
    }

    /// Whether every connection can be asked.
    pub fn is_ready(&self) -> bool {
        self.connections.iter().all(|connection| connection.needs.is_empty())
    }

    /// Starts a query: its rows and troubles come as they are there, in the order of the parts.
    pub fn start(&self, query: Query) -> Flow {
        Flow::start(self.facts().origin_column, Arc::clone(&self.places), query)
    }

    /// Adds a file as rows of a table; `None` if this kind of source takes none. Blocks.
    pub fn load(&self, table: &str, file: &str, bytes: &[u8]) -> Option<Result<LoadedTable, Trouble>> {
        self.connections.first()?.run().load(table, file, bytes)
    }

    /// Asks for the names of tables and columns; `None` if the source cannot say.
    pub async fn schema(&self, connection: &Connection, until: Instant) -> Option<Collected> {
        let question = connection.question("", None, None, until);
        let flow = Flow::listen(|out| connection.run().run_schema(question, until, out))?;
        Some(Collected::of(flow, None).await)
    }
}

impl Query {
    /// One part for each connection, all with the same text.
    pub fn everywhere(connections: &[Arc<Connection>], text: &str, span: Option<Span>, until: Instant) -> Self {
        let part = |connection: &Arc<Connection>| Part {
            connection: Arc::clone(connection),
            place: None,
            query: text.to_owned(),
            span,
            chunk: None,
        };
        Self { parts: connections.iter().map(part).collect(), max_rows: None, until, ends_at: until }
    }
}
