//! Ten million events in Parquet, asked in KQL; beside DuckDB's own SQL and `duckdb-kql` on the same files, in the same run.
//!
//! The events are kept beside this program: making them takes longer than asking.

mod duckdb;
mod events;
mod planning;
mod queries;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use engine::{
    Ask, Catalog, Engine, Limits, QueryLimits,
    local::{Folder, Layout},
};
use model::{Table, table::datetime_of_ticks};

use self::{
    duckdb::DuckDb,
    queries::{QUERIES, Query},
};
use crate::report::Report;

/// Threads of each side.
const THREADS: usize = 2;
/// Bytes of memory for the rows in flight of each side.
const MEMORY: usize = 1 << 30;
/// Times that each query is asked of each side, in turn; the best counts.
const ROUNDS: usize = 3;

/// Measures the queries. `python` has DuckDB and `duckdb-kql`; `named` are the queries to ask, all if there are none.
pub async fn measure(report: &mut Report, python: Option<&str>, named: &[String]) -> anyhow::Result<()> {
    let folder = data()?;
    let engine = Engine::start(&Limits { memory_bytes: MEMORY, threads: THREADS, ..Limits::default() })?;
    planning::measure(report, &engine).await?;
    let catalog: Arc<dyn Catalog> = Arc::new(Folder::open(&folder, Layout::default())?);
    let mut duckdb = python.map(|python| DuckDb::start(python, &folder)).transpose()?;
    let (mut sql, mut kql) = (Vec::new(), Vec::new());
    let mut peak = 0.0_f64;
    for query in QUERIES.iter().filter(|query| named.is_empty() || named.iter().any(|name| name == query.name)) {
        forget_peak();
        let mut times = [f64::INFINITY; 3];
        for _ in 0..ROUNDS {
            let started = Instant::now();
            let ours = Answer::of(&ask(&engine, &catalog, query.kql).await?);
            times[0] = times[0].min(started.elapsed().as_secs_f64());
            let Some(duckdb) = &mut duckdb else { continue };
            let (took, theirs) = duckdb.ask("sql", query.sql)?.with_context(|| format!("{}: no answer", query.name))?;
            times[1] = times[1].min(took);
            anyhow::ensure!(query.is_rough || ours.is_like(&theirs), "{}: {ours:?} is not {theirs:?}", query.name);
            if let Some((took, _)) = duckdb.ask("kql", query.kql)? {
                times[2] = times[2].min(took);
            }
        }
        peak = peak.max(resident_peak()?);
        add(report, query, times);
        sql.push(times[0] / times[1]);
        if times[2].is_finite() {
            kql.push(times[0] / times[2]);
        }
    }
    if duckdb.is_some() {
        let (mean, worst) = (geometric_mean(&sql), sql.iter().copied().fold(0.0, f64::max));
        let measured = format!("{mean:.2} times DuckDB's SQL, at worst {worst:.2}");
        report.add("geometric mean of all", measured, "at most 1.3 times, at worst 3", mean <= 1.3 && worst <= 3.0);
        let measured = format!("{:.2} times duckdb-kql in the {} that it answers", geometric_mean(&kql), kql.len());
        report.add("beside duckdb-kql", measured, "at most as long", geometric_mean(&kql) <= 1.0);
    }
    // What the files' buffers, the threads and the program itself take comes on top of what rows in flight may take.
    let limit = MEMORY as f64 / 1e6 * 1.25;
    report.add("memory at its peak", format!("{peak:.0} MB"), "within the limit of 1 GiB", peak <= limit);
    Ok(())
}

fn add(report: &mut Report, query: &Query, [ours, sql, kql]: [f64; 3]) {
    let ms = |seconds: f64| if seconds.is_finite() { format!("{:.0} ms", seconds * 1e3) } else { "none".to_owned() };
    let measured = format!("{}; DuckDB {}, duckdb-kql {}: {:.2} times", ms(ours), ms(sql), ms(kql), ours / sql);
    report.add(
        &format!("10 M rows: {}", query.name),
        measured,
        "at most 3 times DuckDB",
        ours / sql <= 3.0 || sql.is_infinite(),
    );
}

/// What can be compared of two answers.
#[derive(Debug, PartialEq)]
struct Answer {
    rows: usize,
    /// All whole numbers of it, added.
    sum: f64,
}

impl Answer {
    fn of(tables: &[Table]) -> Self {
        let columns = || tables.iter().flat_map(Table::columns);
        let numbers = columns().flat_map(model::Column::values).filter_map(|value| match value {
            model::Value::Long(number) => Some(number as f64),
            _ => None,
        });
        Self { rows: tables.iter().map(Table::row_count).sum(), sum: numbers.sum() }
    }

    fn is_like(&self, other: &Self) -> bool {
        self.rows == other.rows && (self.sum - other.sum).abs() <= self.sum.abs() * 1e-9
    }
}

/// The rows of the first result of a query.
async fn ask(engine: &Engine, catalog: &Arc<dyn Catalog>, text: &str) -> anyhow::Result<Vec<Table>> {
    let ask = Ask {
        text: text.to_owned(),
        functions: Arc::default(),
        documented: |_| None,
        parameters: Default::default(),
        catalog: catalog.clone(),
        now: datetime_of_ticks(events::END).context("an instant")?,
        elsewhere: None,
        limits: QueryLimits { rows: usize::MAX, deadline: Duration::from_secs(300) },
    };
    let mut answer = engine.ask(ask).await?.into_iter().next().context("an answer")?;
    let mut tables = Vec::new();
    while let Some(piece) = answer.pieces.next().await {
        tables.push(piece?);
    }
    Ok(tables)
}

/// The folder of the events, filled once.
fn data() -> anyhow::Result<PathBuf> {
    let folder = std::env::current_exe()?.with_file_name("events");
    if !folder.exists() {
        let unfinished = folder.with_extension("unfinished");
        events::write(&unfinished)?;
        fs::rename(&unfinished, &folder)?;
    }
    Ok(folder)
}

/// Lets the kernel begin anew with the largest size that this process has had.
fn forget_peak() {
    // Where that is not allowed the peak includes what was before.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

fn resident_peak() -> anyhow::Result<f64> {
    let status = fs::read_to_string(Path::new("/proc/self/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("the kernel tells no size")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? * 1024.0 / 1e6)
}

fn geometric_mean(of: &[f64]) -> f64 {
    (of.iter().map(|ratio| ratio.ln()).sum::<f64>() / of.len() as f64).exp()
}
