//! Runs queries: on threads of its own, within limits of memory, time and rows. Nothing of DataFusion shows outside.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use datafusion::{
    execution::{
        SessionState, SessionStateBuilder,
        disk_manager::{DiskManagerBuilder, DiskManagerMode},
        memory_pool::FairSpillPool,
        runtime_env::{RuntimeEnv, RuntimeEnvBuilder},
    },
    prelude::SessionConfig,
};
use kql::{
    Literal, Mistakes,
    checked::{Checked, Column, External, Output, Render, Schema},
};
use model::{ColumnSpec, Fault, Faulty, table::ticks_of_datetime};
use tokio::{sync::Semaphore, time::Instant};

use crate::{
    atlas::{Atlas, Places},
    catalog::{Catalog, Stored},
    elsewhere::{Elsewhere, ElsewhereError, Fetched},
    limits::{Limits, QueryLimits},
    pieces::Pieces,
    plan::{Known, Need, PlanError, Planned, Planner, plugin_columns},
    run,
};

/// Why a query has no answer.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The query is wrong.
    #[error("{0}")]
    Mistakes(#[from] Mistakes),
    /// The query asks for what is not done here.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// The query asks for what makes no sense, which only its values show.
    #[error("{0}")]
    Senseless(&'static str),
    /// The query did not end in time.
    #[error("the query did not end in time while {0}")]
    TooSlow(&'static str),
    /// The query needs more memory than there is for it.
    #[error("the query needs more memory than it may have while {0}")]
    TooLarge(&'static str),
    /// What `externaldata` reads can't be had.
    #[error("externaldata: {0}")]
    Elsewhere(#[from] ElsewhereError),
    /// A table can't be read.
    #[error("a table can't be read")]
    Unreadable,
    /// The engine is shutting down.
    #[error("the engine is shutting down")]
    Stopped,
    /// Something that must not happen.
    #[error("the query failed while {0}")]
    Broken(&'static str),
}

impl Faulty for EngineError {
    fn fault(&self) -> Fault {
        match self {
            Self::Mistakes(mistakes) => mistakes.fault(),
            Self::Unsupported(_) => Fault::Unsupported,
            Self::Senseless(_) => Fault::Invalid,
            Self::TooSlow(_) => Fault::Timeout,
            Self::TooLarge(_) => Fault::TooLarge,
            Self::Elsewhere(error) => error.fault(),
            Self::Unreadable | Self::Stopped => Fault::Unavailable,
            Self::Broken(_) => Fault::Internal,
        }
    }
}

/// A query and what it is asked of.
pub struct Ask {
    /// The query.
    pub text: String,
    /// The functions that it may call.
    pub functions: Arc<kql::Functions>,
    /// The columns that are known of a table: what those functions may name, whether rows have them or not.
    pub documented: fn(&str) -> Option<&'static [ColumnSpec]>,
    /// The values of its `declare query_parameters`.
    pub parameters: BTreeMap<Arc<str>, Literal>,
    /// The tables that it may name.
    pub catalog: Arc<dyn Catalog>,
    /// What `now()` is.
    pub now: DateTime<Utc>,
    /// What lies elsewhere, if `externaldata` may read any of it.
    pub elsewhere: Option<Arc<dyn Elsewhere>>,
    /// What it may take.
    pub limits: QueryLimits,
}

/// One of the results of a query.
#[derive(Debug)]
pub struct Answer {
    /// Its name, if the query gave it one.
    pub name: Option<Arc<str>>,
    /// How it is best shown, as the query says.
    pub render: Option<Render>,
    /// Its columns.
    pub columns: Vec<ColumnSpec>,
    /// Its rows.
    pub pieces: Pieces,
}

/// An engine with threads of its own.
pub struct Engine {
    runtime: Option<tokio::runtime::Runtime>,
    environment: Arc<RuntimeEnv>,
    admission: Arc<Semaphore>,
    threads: usize,
    places: Option<Arc<Places>>,
}

impl Engine {
    /// Starts the threads.
    pub fn start(limits: &Limits) -> Result<Self, EngineError> {
        let disk = match &limits.spill_folder {
            Some(folder) => DiskManagerMode::Directories(vec![folder.clone()]),
            None => DiskManagerMode::OsTmpDirectory,
        };
        let disk = DiskManagerBuilder::default().with_mode(disk).with_max_temp_directory_size(limits.spill_bytes);
        let environment = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(limits.memory_bytes)))
            .with_disk_manager_builder(disk)
            .build_arc()
            .map_err(|_| EngineError::Broken("starting"))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(limits.threads.max(1))
            .thread_name("engine")
            .thread_stack_size(16 << 20)
            .enable_all()
            .build()
            .map_err(|_| EngineError::Broken("starting"))?;
        Ok(Self {
            runtime: Some(runtime),
            environment,
            admission: Arc::new(Semaphore::new(limits.concurrent.max(1))),
            threads: limits.threads.max(1),
            places: None,
        })
    }

    /// With what `geo_info_from_ip_address` asks; without it nothing is known of any address.
    #[must_use]
    pub fn with_atlas(mut self, atlas: Atlas) -> Self {
        self.places = Some(Arc::new(Places(atlas)));
        self
    }

    /// Answers a query. Dropping what comes back stops what still runs.
    pub async fn ask(&self, ask: Ask) -> Result<Vec<Answer>, EngineError> {
        let deadline = Instant::now() + ask.limits.deadline;
        let waiting = tokio::time::timeout_at(deadline, self.admission.clone().acquire_owned()).await;
        let permit =
            waiting.map_err(|_| EngineError::TooSlow("waiting for others"))?.map_err(|_| EngineError::Stopped)?;
        let runtime = self.runtime.as_ref().ok_or(EngineError::Stopped)?;
        let query = Query {
            environment: self.environment.clone(),
            threads: self.threads,
            places: self.places.clone(),
            ask,
            deadline,
            permit: Arc::new(permit),
        };
        let task = run::Aborting(runtime.spawn(async move {
            let deadline = query.deadline;
            tokio::time::timeout_at(deadline, query.answer()).await.unwrap_or(Err(EngineError::TooSlow("planning")))
        }));
        task.await.unwrap_or(Err(EngineError::Broken("planning")))
    }
}

/// Its threads end on their own: waiting for them is not allowed where drops may happen.
impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A query on its way.
struct Query {
    environment: Arc<RuntimeEnv>,
    threads: usize,
    places: Option<Arc<Places>>,
    ask: Ask,
    deadline: Instant,
    permit: Arc<tokio::sync::OwnedSemaphorePermit>,
}

impl Query {
    async fn answer(&self) -> Result<Vec<Answer>, EngineError> {
        let parsed = kql::parse(&self.ask.text)?;
        let mut tables = Tables::of(&self.ask);
        let mut discovered: Vec<Schema> = Vec::new();
        let outputs = loop {
            let checked = tables.check(&parsed, &self.ask, &discovered);
            if tables.load_wanted(self.ask.catalog.as_ref()).await? {
                continue;
            }
            let checked = checked?;
            tables.fetch_wanted().await?;
            match checked {
                Checked::Ready(outputs) => break outputs,
                Checked::Discover(evaluate) => discovered.push(self.discover(&evaluate, &tables).await?),
            }
        };
        let mut known = HashMap::new();
        let mut answers = Vec::new();
        for output in &outputs {
            answers.push(self.output(output, &tables, &mut known).await?);
        }
        Ok(answers)
    }

    fn now(&self) -> i64 {
        ticks_of_datetime(self.ask.now)
    }

    async fn output(
        &self,
        output: &Output,
        tables: &Tables,
        known: &mut HashMap<usize, Known>,
    ) -> Result<Answer, EngineError> {
        let (state, planned) = self.plan(tables, known, |planner| planner.result(&output.table)).await?;
        let schema = output.table.schema();
        let columns: Vec<ColumnSpec> = schema
            .iter()
            .map(|column| ColumnSpec { name: column.name.to_string(), kind: column.column_type })
            .collect();
        let pieces =
            Pieces::start(state, planned, columns.clone(), self.ask.limits.rows, self.deadline, self.permit.clone());
        Ok(Answer { name: output.name.clone(), render: output.render.clone(), columns, pieces })
    }

    /// Plans, and runs first what must be run first.
    async fn plan(
        &self,
        tables: &Tables,
        known: &mut HashMap<usize, Known>,
        plan: impl Fn(&Planner<'_>) -> Result<Planned, PlanError>,
    ) -> Result<(SessionState, Planned), EngineError> {
        loop {
            let state = self.state(self.threads);
            let (planned, is_in_order) = {
                let planner = Planner::new(&state, tables.for_planner(), known, self.now(), 10_000_000);
                (plan(&planner), planner.is_in_order())
            };
            let state = if is_in_order { self.state(1) } else { state };
            match planned {
                Ok(planned) => return Ok((state, planned)),
                Err(PlanError::Needs(need)) => {
                    let Need { key, plan, rows } = *need;
                    let cells = run::cells(&state, plan, rows).await?;
                    known.insert(key, cells);
                }
                Err(error) => return Err(run::failed(error, "planning")),
            }
        }
    }

    /// The columns of a plugin, by running what it gets.
    async fn discover(&self, evaluate: &kql::checked::Evaluate, tables: &Tables) -> Result<Schema, EngineError> {
        let input = evaluate.input.as_ref().ok_or(EngineError::Broken("planning"))?;
        let mut known = HashMap::new();
        let (state, planned) = self.plan(tables, &mut known, |planner| planner.table(input)).await?;
        let rows = run::cells(&state, planned, self.ask.limits.rows).await?;
        let planner = Planner::new(&state, tables.for_planner(), &known, self.now(), 0);
        let columns: Vec<Column> = plugin_columns(evaluate, &planner, &rows, self.ask.catalog.hoped())
            .map_err(|error| run::failed(error, "planning"))?;
        Ok(columns.into())
    }

    fn state(&self, threads: usize) -> SessionState {
        let mut config = SessionConfig::new().with_target_partitions(threads).with_information_schema(false);
        config.options_mut().execution.parquet.pushdown_filters = true;
        config.options_mut().optimizer.max_passes = 2;
        // To look up each row's key while it is unpacked takes longer than to unpack it, unless few are found.
        config.options_mut().optimizer.enable_join_dynamic_filter_pushdown = false;
        if let Some(places) = &self.places {
            config.set_extension(Arc::clone(places));
        }
        SessionStateBuilder::new_with_default_features()
            .with_config(config)
            .with_runtime_env(self.environment.clone())
            .build()
    }
}

/// How the tables of ASIM begin, which events are normalized into before they are stored.
const MODEL: &str = "ASim";

/// The tables that a query names, as far as they are known.
struct Tables {
    names: Vec<Arc<str>>,
    documented: fn(&str) -> Option<&'static [ColumnSpec]>,
    elsewhere: Option<Arc<dyn Elsewhere>>,
    loaded: HashMap<String, Option<Stored>>,
    fetched: Vec<Fetched>,
    wanted: Mutex<Wanted>,
}

/// What a check asked for.
#[derive(Default)]
struct Wanted {
    tables: BTreeSet<String>,
    externals: Vec<(External, Schema)>,
}

impl Tables {
    fn of(ask: &Ask) -> Self {
        Self {
            names: ask.catalog.names().into_iter().map(Into::into).collect(),
            elsewhere: ask.elsewhere.clone(),
            loaded: HashMap::new(),
            fetched: Vec::new(),
            wanted: Mutex::default(),
            documented: ask.documented,
        }
    }

    fn check(&self, query: &kql::tree::Query, ask: &Ask, discovered: &[Schema]) -> Result<Checked, Mistakes> {
        let context =
            kql::Context { catalogue: self, functions: &ask.functions, parameters: &ask.parameters, discovered };
        kql::check(query, &context)
    }

    fn wanted(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Loads the tables that a check asked for; whether there were any.
    async fn load_wanted(&mut self, catalog: &dyn Catalog) -> Result<bool, EngineError> {
        let wanted = std::mem::take(&mut self.wanted().tables);
        for name in &wanted {
            let stored = catalog.table(name).await?;
            self.loaded.insert(name.clone(), stored);
        }
        Ok(!wanted.is_empty())
    }

    /// Fetches what a check without mistakes asked for from elsewhere.
    async fn fetch_wanted(&mut self) -> Result<(), EngineError> {
        let wanted = std::mem::take(&mut self.wanted().externals);
        let Some(elsewhere) = &self.elsewhere else { return Ok(()) };
        for (external, columns) in wanted {
            let is_there =
                self.fetched.iter().any(|fetched| fetched.external == external && fetched.columns == columns);
            if !is_there {
                self.fetched.push(Fetched::of(external, columns, elsewhere).await?);
            }
        }
        Ok(())
    }

    fn for_planner(&self) -> (&HashMap<String, Option<Stored>>, &[Fetched]) {
        (&self.loaded, &self.fetched)
    }
}

impl kql::Catalogue for Tables {
    fn table(&self, _: Option<&str>, name: &str) -> Option<Schema> {
        match self.loaded.get(name) {
            Some(stored) => {
                let columns = &stored.as_ref()?.columns;
                Some(columns.iter().map(column_of).collect())
            }
            None => {
                self.wanted().tables.insert(name.to_owned());
                None
            }
        }
    }

    fn whole_table(&self, database: Option<&str>, name: &str) -> Option<Schema> {
        let columns = match self.table(database, name) {
            Some(columns) => columns,
            // The tables of the model are there for functions even without rows.
            None if name.starts_with(MODEL) && matches!(self.loaded.get(name), Some(None)) => Arc::default(),
            None => return None,
        };
        let is_new = |column: &&ColumnSpec| columns.iter().all(|known| *known.name != *column.name);
        let further = (self.documented)(name).into_iter().flatten().filter(is_new);
        let whole: Schema = columns.iter().cloned().chain(further.map(column_of)).collect();
        Some(whole).filter(|columns| !columns.is_empty())
    }

    fn names(&self) -> Vec<Arc<str>> {
        self.names.clone()
    }

    fn may_read(&self, external: &External, columns: &Schema) -> bool {
        let Some(elsewhere) = &self.elsewhere else { return false };
        let may = external.locations.iter().all(|location| elsewhere.may_read(location));
        if may {
            self.wanted().externals.push((external.clone(), columns.clone()));
        }
        may
    }
}

fn column_of(spec: &ColumnSpec) -> Column {
    Column::new(spec.name.as_str(), spec.kind)
}
