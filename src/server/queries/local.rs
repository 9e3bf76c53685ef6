//! Logs in a folder or an object store as a source: KQL on the engine's own threads, the queries leave the machine nowhere.

mod answers;
mod elsewhere;
mod functions;
mod mended;
mod objects;
mod supposed;

use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use engine::{
    Catalog, Elsewhere, Engine, EngineError, Limits, QueryLimits, Within,
    local::{Folder, Layout, LocalError, TableLayout, Warning},
};
use futures::{FutureExt as _, future::BoxFuture};
use model::{Column, ColumnSpec, ColumnType, Span, Table, Value};
use sources::{Question, Trouble, TroubleKind};
use tokio::{runtime::Handle, time::Instant};

use self::{
    answers::{answers, trouble},
    elsewhere::ExternalData,
    functions::Kept,
    objects::{Bucket, ObjectTables},
};
use super::{
    Connection,
    exchange::Exchanges,
    run::{Ending, Event, LoadedTable, Outlet, Run},
};
use crate::{
    geo::GeoDatabases,
    settings::{ConnectionSettings, LocalTable, LogPlace},
};

/// The engine of this process, started when the first query comes.
pub(super) struct SharedEngine {
    engine: OnceLock<Result<Engine, EngineError>>,
    geo: GeoDatabases,
}

impl SharedEngine {
    /// Queries ask these where addresses are.
    pub(super) fn new(geo: GeoDatabases) -> Self {
        Self { engine: OnceLock::new(), geo }
    }

    fn engine(&self) -> Result<&Engine, Trouble> {
        let started = self.engine.get_or_init(|| {
            let geo = self.geo.clone();
            Ok(Engine::start(&Limits::default())?.with_atlas(Arc::new(move |address| geo.find(address))))
        });
        started.as_ref().map_err(|_| Trouble::new(TroubleKind::Failed, "the engine could not be started"))
    }
}

/// Logs behind one connection.
pub(super) struct Local {
    connection: Weak<Connection>,
    exchanges: Arc<Exchanges>,
    engine: Arc<SharedEngine>,
    kept: Kept,
    logs: Mutex<Option<Logs>>,
    elsewhere: OnceLock<Option<Arc<dyn Elsewhere>>>,
}

/// Where logs lie.
#[derive(Clone)]
enum Logs {
    Folder(Arc<Folder>),
    Objects(Arc<Bucket>),
}

/// The tables of one query.
struct Tables {
    catalog: Arc<dyn Catalog>,
    objects: Option<Arc<ObjectTables>>,
}

impl Local {
    /// Logs that are opened when somebody asks. The functions are read here. Blocks.
    pub(super) fn new(
        settings: &ConnectionSettings,
        connection: Weak<Connection>,
        exchanges: Arc<Exchanges>,
        engine: Arc<SharedEngine>,
    ) -> Self {
        let kept = Kept::read(&settings.functions);
        Self { connection, exchanges, engine, kept, logs: Mutex::new(None), elsewhere: OnceLock::new() }
    }

    /// The logs, opened once they are there. Blocks.
    fn logs(&self) -> Result<Logs, Trouble> {
        let missing = || Trouble::new(TroubleKind::Failed, "the folder can't be read");
        let mut kept = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(logs) = &*kept {
            return Ok(logs.clone());
        }
        let connection = self.connection.upgrade().ok_or_else(missing)?;
        let layout = layout(&connection);
        let logs = match connection.logs.as_ref().ok_or_else(missing)? {
            LogPlace::Folder(path) => Logs::Folder(Arc::new(Folder::open(path, layout).map_err(|_| missing())?)),
            LogPlace::Objects(place) => {
                let runtime = Handle::try_current().map_err(|_| missing())?;
                Logs::Objects(Arc::new(Bucket::open(&connection, &self.exchanges, place, layout, runtime)?))
            }
        };
        *kept = Some(logs.clone());
        Ok(logs)
    }

    /// What queries may read that lies elsewhere.
    fn elsewhere(&self) -> Option<Arc<dyn Elsewhere>> {
        let open = || {
            let (connection, runtime) = (self.connection.upgrade()?, Handle::try_current().ok()?);
            let data = ExternalData::of(&connection, &self.exchanges, runtime)?;
            Some(Arc::new(data) as Arc<dyn Elsewhere>)
        };
        self.elsewhere.get_or_init(open).clone()
    }

    /// The logs, without blocking.
    async fn opened(self: &Arc<Self>) -> Result<Logs, Trouble> {
        let opening = Arc::clone(self);
        let broken = |_| Trouble::new(TroubleKind::Failed, "opening the logs broke off");
        tokio::task::spawn_blocking(move || opening.logs()).await.map_err(broken)?
    }

    /// The tables of a query about a span.
    async fn tables(self: &Arc<Self>, query: &str, span: Option<Span>) -> Result<Tables, Trouble> {
        Ok(match (self.opened().await?, span) {
            (Logs::Folder(folder), None) => Tables { catalog: folder, objects: None },
            (Logs::Folder(folder), Some(span)) => Tables { catalog: Arc::new(Within { folder, span }), objects: None },
            (Logs::Objects(bucket), span) => {
                let objects = Arc::new(ObjectTables::of(bucket, query, &self.kept.functions, span).await?);
                Tables { catalog: Arc::clone(&objects) as Arc<dyn Catalog>, objects: Some(objects) }
            }
        })
    }
}

/// What the settings say of the tables, for the engine.
fn layout(connection: &Connection) -> Layout {
    let table = |table: &LocalTable| TableLayout {
        files: table.files.clone(),
        time_column: table.time_column.clone(),
        types: table.types.clone(),
        renames: table.renames.clone(),
    };
    Layout { tables: connection.tables.iter().map(|(name, of)| (name.clone(), table(of))).collect() }
}

impl Run for Local {
    fn run(self: Arc<Self>, question: Question, until: Instant, out: Outlet) -> BoxFuture<'static, ()> {
        async move {
            let asked = tokio::select! {
                asked = tokio::time::timeout_at(until, self.ask(question, until, &out)) => asked,
                () = out.closed() => return,
            };
            let late = Trouble::new(TroubleKind::Timeout, "the deadline passed");
            let ending = match asked.unwrap_or(Err(late)) {
                Ok(truncated) => Ending { truncated, failure: None },
                Err(trouble) => Ending { truncated: false, failure: Some(trouble) },
            };
            let _ = out.send(Event::End(ending)).await;
        }
        .boxed()
    }

    fn load(&self, table: &str, file: &str, bytes: &[u8]) -> Option<Result<LoadedTable, Trouble>> {
        let failed = |error: LocalError| Trouble::new(TroubleKind::Failed, error.to_string());
        let loaded = |folder: Arc<Folder>| {
            let shape = folder.load(table, file, bytes).map_err(failed)?;
            Ok(LoadedTable { name: shape.name, columns: shape.columns, row_count: shape.rows })
        };
        // Whoever wants a file in an object store puts it there.
        if matches!(self.connection.upgrade()?.logs, Some(LogPlace::Objects(_))) {
            return None;
        }
        match self.logs() {
            Ok(Logs::Folder(folder)) => Some(loaded(folder)),
            Ok(Logs::Objects(_)) => None,
            Err(trouble) => Some(Err(trouble)),
        }
    }

    fn run_schema(self: Arc<Self>, _: Question, until: Instant, out: Outlet) -> Option<BoxFuture<'static, ()>> {
        let listing = async move {
            let late = Trouble::new(TroubleKind::Timeout, "the deadline passed");
            let failure = match tokio::time::timeout_at(until, Arc::clone(&self).list()).await.unwrap_or(Err(late)) {
                Ok((table, troubles)) => {
                    let _ = out.send(Event::Rows(table)).await;
                    for trouble in self.kept.troubles().chain(troubles) {
                        let _ = out.send(Event::Trouble(trouble)).await;
                    }
                    None
                }
                Err(trouble) => Some(trouble),
            };
            let _ = out.send(Event::End(Ending { truncated: false, failure })).await;
        };
        Some(listing.boxed())
    }
}

impl Local {
    /// Runs a query; whether rows were left out.
    async fn ask(self: Arc<Self>, question: Question, until: Instant, out: &Outlet) -> Result<bool, Trouble> {
        let Tables { catalog, objects } = self.tables(&question.query, question.span).await?;
        let limits = QueryLimits {
            rows: question.max_rows.and_then(|rows| usize::try_from(rows).ok()).unwrap_or(usize::MAX),
            deadline: until.saturating_duration_since(Instant::now()),
        };
        let engine = self.engine.engine()?;
        let answers = answers(engine, question.query, &self.kept.functions, catalog, self.elsewhere(), limits).await;
        let failed = |error| objects.as_ref().and_then(|tables| tables.failure()).unwrap_or_else(|| trouble(&error));
        let (answers, supposed) = answers.map_err(failed)?;
        let mut answers = answers.into_iter();
        if !supposed.is_empty() {
            let names = supposed.into_iter().collect::<Vec<_>>().join(", ");
            let empty =
                Trouble::new(TroubleKind::Incomplete, format!("no log has these tables, they are empty: {names}"));
            let _ = out.send(Event::Trouble(empty)).await;
        }
        for missing in objects.iter().flat_map(|tables| tables.missing()) {
            let _ = out.send(Event::Trouble(missing)).await;
        }
        let first = answers.next();
        if answers.next().is_some() {
            let more = Trouble::new(TroubleKind::Incomplete, "the query has several results; this is the first");
            let _ = out.send(Event::Trouble(more)).await;
        }
        let Some(mut answer) = first else { return Ok(false) };
        while let Some(piece) = answer.pieces.next().await {
            let piece = piece.map_err(|error| trouble(&error))?;
            if out.send(Event::Rows(piece)).await.is_err() {
                break;
            }
        }
        Ok(answer.pieces.truncated())
    }

    /// One row for each column of each table, and what is wrong with files.
    async fn list(self: Arc<Self>) -> Result<(Table, Vec<Trouble>), Trouble> {
        match self.opened().await? {
            Logs::Folder(folder) => {
                let failed = || Trouble::new(TroubleKind::Failed, "the folder can't be read");
                let shapes = tokio::task::spawn_blocking(move || folder.shapes()).await.ok().and_then(Result::ok);
                let (shapes, warnings) = shapes.ok_or_else(failed)?;
                let warning =
                    |Warning { file, reason }| Trouble::new(TroubleKind::Incomplete, format!("{file}: {reason}"));
                let shapes: Vec<_> = shapes.into_iter().map(|shape| (shape.name, shape.columns)).collect();
                Ok((listed(&shapes), warnings.into_iter().map(warning).collect()))
            }
            Logs::Objects(bucket) => bucket.shapes().await.map(|(shapes, troubles)| (listed(&shapes), troubles)),
        }
    }
}

/// One row for each column of each table.
fn listed(shapes: &[(String, Vec<ColumnSpec>)]) -> Table {
    let columns = shapes.iter().flat_map(|(name, columns)| columns.iter().map(move |column| (name, column)));
    let rows: Vec<[&str; 3]> =
        columns.map(|(table, column)| [table.as_str(), column.name.as_str(), column.kind.as_str()]).collect();
    let column = |(place, name): (usize, &str)| {
        let texts = rows.iter().map(|row| row.get(place).copied().map_or(Value::Null, Into::into));
        Column::of(name, ColumnType::String, texts).map_err(|_| ())
    };
    let columns: Result<Vec<_>, ()> = ["table", "column", "type"].into_iter().enumerate().map(column).collect();
    columns.ok().and_then(|columns| Table::new(columns).ok()).unwrap_or_default()
}
