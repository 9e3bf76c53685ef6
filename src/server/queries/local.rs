//! A folder of logs as a source: KQL on the engine's own threads, nothing leaves the machine.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
};

use chrono::Utc;
use engine::{
    Answer, Ask, Catalog, Engine, EngineError, Limits, QueryLimits, Widened, Within,
    local::{Folder, Layout, LocalError, TableLayout},
};
use futures::{FutureExt as _, future::BoxFuture};
use kql::{Mistakes, What};
use model::{Column, ColumnSpec, ColumnType, Fault, Faulty as _, Table, Value};
use sources::{Question, Trouble, TroubleKind};
use tokio::time::Instant;

use super::{
    Connection, MISTAKES,
    run::{Ending, Event, LoadedTable, Outlet, Run},
};
use crate::settings::LocalTable;

/// The engine of this process, started when the first query comes.
#[derive(Default)]
pub(super) struct SharedEngine(OnceLock<Result<Engine, EngineError>>);

impl SharedEngine {
    fn engine(&self) -> Result<&Engine, Trouble> {
        let started = self.0.get_or_init(|| Engine::start(&Limits::default()));
        started.as_ref().map_err(|_| Trouble::new(TroubleKind::Failed, "the engine could not be started"))
    }
}

/// A folder behind one connection.
pub(super) struct Local {
    connection: Weak<Connection>,
    engine: Arc<SharedEngine>,
    folder: Mutex<Option<Arc<Folder>>>,
}

impl Local {
    pub(super) fn new(connection: Weak<Connection>, engine: Arc<SharedEngine>) -> Self {
        Self { connection, engine, folder: Mutex::new(None) }
    }

    /// The folder, opened once it is there. Blocks.
    fn folder(&self) -> Result<Arc<Folder>, Trouble> {
        let missing = || Trouble::new(TroubleKind::Failed, "the folder can't be read");
        let mut kept = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = &*kept {
            return Ok(Arc::clone(folder));
        }
        let connection = self.connection.upgrade().ok_or_else(missing)?;
        let path = connection.folder.as_deref().ok_or_else(missing)?;
        let folder = Arc::new(Folder::open(path, layout(&connection)).map_err(|_| missing())?);
        *kept = Some(Arc::clone(&folder));
        Ok(folder)
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
        Some(self.folder().and_then(loaded))
    }

    fn run_schema(self: Arc<Self>, _: Question, _: Instant, out: Outlet) -> Option<BoxFuture<'static, ()>> {
        let listing = async move {
            let listed = tokio::task::spawn_blocking(move || self.list()).await;
            let failed = Trouble::new(TroubleKind::Failed, "the folder could not be listed");
            let failure = match listed.unwrap_or(Err(failed)) {
                Ok((table, warnings)) => {
                    let _ = out.send(Event::Rows(table)).await;
                    for warning in warnings {
                        let _ = out.send(Event::Trouble(Trouble::new(TroubleKind::Incomplete, warning))).await;
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
        let opening = Arc::clone(&self);
        let broken = |_| Trouble::new(TroubleKind::Failed, "opening the folder broke off");
        let folder = tokio::task::spawn_blocking(move || opening.folder()).await.map_err(broken)??;
        let catalog: Arc<dyn Catalog> = match question.span {
            Some(span) => Arc::new(Within { folder, span }),
            None => folder,
        };
        let limits = QueryLimits {
            rows: question.max_rows.and_then(|rows| usize::try_from(rows).ok()).unwrap_or(usize::MAX),
            deadline: until.saturating_duration_since(Instant::now()),
        };
        let engine = self.engine.engine()?;
        let answers = answers(engine, question.query, catalog, limits).await;
        let mut answers = answers.map_err(|error| trouble(&error))?.into_iter();
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
    fn list(&self) -> Result<(Table, Vec<String>), Trouble> {
        let failed = |_| Trouble::new(TroubleKind::Failed, "the folder can't be read");
        let (shapes, warnings) = self.folder()?.shapes().map_err(failed)?;
        let rows: Vec<[&str; 3]> = shapes
            .iter()
            .flat_map(|shape| {
                shape.columns.iter().map(|column| [shape.name.as_str(), column.name.as_str(), column.kind.as_str()])
            })
            .collect();
        let column = |(place, name): (usize, &str)| {
            let texts = rows.iter().map(|row| row.get(place).copied().map_or(Value::Null, Into::into));
            Column::of(name, ColumnType::String, texts).map_err(|_| ())
        };
        let columns: Result<Vec<_>, ()> = ["table", "column", "type"].into_iter().enumerate().map(column).collect();
        let table = columns.ok().and_then(|columns| Table::new(columns).ok()).unwrap_or_default();
        Ok((table, warnings.into_iter().map(|warning| format!("{}: {}", warning.file, warning.reason)).collect()))
    }
}

/// Runs a query. Columns that are documented for its tables and stand in none of their files are there, and empty.
async fn answers(
    engine: &Engine,
    text: String,
    catalog: Arc<dyn Catalog>,
    limits: QueryLimits,
) -> Result<Vec<Answer>, EngineError> {
    let now = Utc::now();
    let mut columns: BTreeMap<String, Vec<ColumnSpec>> = BTreeMap::new();
    loop {
        let catalog: Arc<dyn Catalog> = if columns.is_empty() {
            Arc::clone(&catalog)
        } else {
            Arc::new(Widened { catalog: Arc::clone(&catalog), columns: columns.clone() })
        };
        let ask = Ask { text: text.clone(), parameters: Default::default(), catalog, now, limits };
        match engine.ask(ask).await {
            // Some mistakes show only once others are mended.
            Err(EngineError::Mistakes(mistakes)) if widen(&mut columns, &mistakes, &text) => {}
            done => return done,
        }
    }
}

/// Adds the columns that a query misses and that are documented; whether there was one.
fn widen(columns: &mut BTreeMap<String, Vec<ColumnSpec>>, mistakes: &Mistakes, text: &str) -> bool {
    let missing = mistakes.0.iter().filter(|mistake| matches!(mistake.what, What::UnknownColumn | What::UnknownName));
    let missing: Vec<&str> = missing.map(|mistake| mistake.under.trim()).collect();
    let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let mut is_wider = false;
    for table in words {
        let Some(documented) = sources::documented(table) else { continue };
        let known = columns.entry(table.to_owned()).or_default();
        for column in documented.iter().filter(|column| missing.contains(&column.name.as_str())) {
            if !known.iter().any(|other| other.name == column.name) {
                known.push(column.clone());
                is_wider = true;
            }
        }
    }
    is_wider
}

fn trouble(error: &EngineError) -> Trouble {
    let kind = match error.fault() {
        Fault::Invalid | Fault::Missing | Fault::Unsupported => TroubleKind::Rejected,
        Fault::Timeout => TroubleKind::Timeout,
        _ => TroubleKind::Failed,
    };
    let code = (kind == TroubleKind::Rejected).then_some(MISTAKES);
    let text = match error {
        EngineError::Mistakes(mistakes) => mistakes.0.iter().map(kql::Mistake::told).collect::<Vec<_>>().join("\n"),
        error => error.to_string(),
    };
    Trouble::new(kind, text).code(code)
}
