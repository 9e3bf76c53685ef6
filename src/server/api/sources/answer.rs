//! The answer of a query: a table with what is missing from it, or rows passed on as they come.

use std::{io, sync::Arc, time::Duration};

use actix_web::{HttpResponse, http::header};
use bytes::Bytes;
use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use futures::stream;
use model::{ColumnSpec, Table, table};
use serde::Serialize;
use tokio::time::{Instant, timeout_at};
use utoipa::ToSchema;

use crate::{
    api::{
        problem::Problem,
        tables::{NDJSON, TableForm},
    },
    lookups::elapsed_ms,
    queries::{
        Collected, DEFAULT_ROWS, Event, Flow, MISTAKES, OLDEST, PartialError, Piece, Queries, Query, QueryOutcome,
        Results, SourceHere,
    },
};

/// How much the caller wants, and how fast.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// More rows than these are not wanted.
    pub(crate) max_rows: Option<u64>,
    /// When the answer is due.
    pub(crate) deadline_ms: Option<u64>,
    /// How old an answer may be.
    pub(crate) cache_s: Option<u64>,
}

impl Wanted {
    /// What time it is for this query: within the time that an answer may be old, always the same.
    pub(crate) fn now(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let age = self.cache_s.and_then(|seconds| TimeDelta::try_seconds(i64::try_from(seconds).ok()?));
        age.filter(|age| !age.is_zero()).and_then(|age| now.duration_trunc(age).ok()).unwrap_or(now)
    }

    fn check(&self) -> Result<(), Problem> {
        if self.max_rows == Some(0) {
            return Err(Problem::invalid_at("/max_rows", "must be at least 1"));
        }
        if self.cache_s.is_some_and(|seconds| seconds > OLDEST.as_secs()) {
            return Err(Problem::invalid_at("/cache_s", format!("must be at most {}", OLDEST.as_secs())));
        }
        Ok(())
    }
}

/// What stands beside the rows.
#[derive(Debug, Serialize)]
struct Beside<'a> {
    source: &'a str,
    outcome: QueryOutcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_s: Option<u64>,
    partial_errors: &'a [PartialError],
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_age_s: Option<u64>,
    elapsed_ms: u64,
}

/// The rows that a query found, and what is missing from them.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the JSON form of an answer")]
pub(crate) struct QueryAnswer {
    /// The columns, from left to right.
    columns: Vec<ColumnSpec>,
    /// The rows: values by the names of the columns, null where a cell is missing.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<()>,
    /// How many rows there are.
    row_count: u64,
    /// Whether rows were left out because there were too many.
    truncated: bool,
    /// The source.
    #[schema(example = "soc")]
    source: String,
    /// How the query ended.
    outcome: QueryOutcome,
    /// Why there is nothing, in the source's own words.
    #[schema(nullable = false)]
    reason: Option<String>,
    /// Seconds after which asking again makes sense.
    #[schema(nullable = false)]
    retry_after_s: Option<u64>,
    /// What is missing, and why.
    partial_errors: Vec<PartialError>,
    /// The query that was sent, when it was made from a template.
    #[schema(nullable = false)]
    query: Option<String>,
    /// How old the answer is, if it was kept.
    #[schema(nullable = false)]
    cache_age_s: Option<u64>,
    /// Time that the query took.
    elapsed_ms: u64,
}

/// Runs a query and answers in the form that the caller wants.
pub(crate) async fn run(
    queries: &Queries,
    source: Arc<SourceHere>,
    mut query: Query,
    wanted: &Wanted,
    form: TableForm,
    rendered: Option<&str>,
    started: Instant,
) -> Result<HttpResponse, Problem> {
    wanted.check()?;
    let most = source.settings.max_rows;
    if form == TableForm::Ndjson {
        query.max_rows = wanted.max_rows.or(most).map(|rows| rows.min(most.unwrap_or(u64::MAX)));
        query.ends_at = query.until.max(started + source.facts().longest);
        return passed_on(&source, query).await;
    }
    let Kept { answer: collected, age_s: cache_age_s } = collect(queries, &source, query, wanted).await?;
    let outcome = collected.outcome();
    let errors = collected.partial_errors.clone();
    let first = errors.first().filter(|_| outcome != QueryOutcome::Partial);
    let beside = Beside {
        source: &source.id,
        outcome,
        reason: first.map(|error| error.message.as_str()),
        retry_after_s: first.and_then(|error| error.retry_after_s),
        partial_errors: &errors,
        query: rendered,
        cache_age_s,
        elapsed_ms: elapsed_ms(started.elapsed()),
    };
    let mut response = form.answer(Arc::unwrap_or_clone(collected).table, &beside);
    // What stands beside the rows has no place in the forms that are rows alone.
    if form != TableForm::Json {
        tell_in_headers(&mut response, outcome, errors.first().map(Told::of));
    }
    Ok(response)
}

/// What a query found, and how old that is if it was kept.
pub(crate) struct Kept {
    /// What it found.
    pub(crate) answer: Arc<Collected>,
    age_s: Option<u64>,
}

/// Runs a query and holds all that it finds. A mistake in the query itself is a problem.
pub(crate) async fn collect(
    queries: &Queries,
    source: &SourceHere,
    mut query: Query,
    wanted: &Wanted,
) -> Result<Kept, Problem> {
    wanted.check()?;
    let most = source.settings.max_rows.unwrap_or(DEFAULT_ROWS);
    query.max_rows = Some(wanted.max_rows.unwrap_or(most).min(most));
    let max_age = wanted.cache_s.filter(|seconds| *seconds > 0).map(Duration::from_secs);
    let key = max_age.map(|_| Results::key(&source.id, &query));
    let kept = key.zip(max_age).and_then(|(key, max_age)| queries.results().find(&key, max_age));
    let age_s = kept.as_ref().map(|kept| kept.age().as_secs());
    let answer = match kept {
        Some(kept) => kept.answer,
        None => {
            let max_rows = query.max_rows;
            let collected = Arc::new(Collected::of(source.start(query), max_rows).await);
            if let Some(key) = key {
                queries.results().keep(key, &collected);
            }
            collected
        }
    };
    match mistake(&answer.partial_errors) {
        Some(mistake) => Err(mistake),
        None => Ok(Kept { answer, age_s }),
    }
}

/// Passes rows on as they come. What happens before the first is told in headers; after it, a body that ends well is whole.
async fn passed_on(source: &SourceHere, query: Query) -> Result<HttpResponse, Problem> {
    let (until, max_rows) = (query.until, query.max_rows.unwrap_or(u64::MAX));
    let mut rows = Passing { flow: source.start(query), left: max_rows, waiting: None, errors: Vec::new(), parts: 0 };
    let first = timeout_at(until, rows.next()).await;
    if let Some(mistake) = mistake(&rows.errors) {
        return Err(mistake);
    }
    let mut response = HttpResponse::Ok();
    response.insert_header((header::VARY, "Accept")).content_type(NDJSON);
    Ok(match first {
        Ok(Some(table)) => {
            response.insert_header(("x-outcome", "streaming"));
            rows.waiting = Some(table);
            response.streaming(stream::unfold(Some(rows), |rows| async move {
                let mut rows = rows?;
                match rows.next().await {
                    Some(table) => Some((written(&table), Some(rows))),
                    // Half an answer must not look whole.
                    None if !rows.errors.is_empty() => Some((Err(io::Error::other("the answer is incomplete")), None)),
                    None => None,
                }
            }))
        }
        Ok(None) => {
            let outcome = match rows.errors.first() {
                None => QueryOutcome::Complete,
                Some(_) if rows.parts > 0 => QueryOutcome::Partial,
                Some(first) => first.outcome,
            };
            let mut response = response.body(Bytes::new());
            tell_in_headers(&mut response, outcome, rows.errors.first().map(Told::of));
            response
        }
        Err(_) => {
            response.insert_header(("x-outcome", QueryOutcome::Timeout.as_str()));
            response.body(Bytes::new())
        }
    })
}

/// What is wrong with the query itself, if that was found here and not by a source.
fn mistake(errors: &[PartialError]) -> Option<Problem> {
    let first = errors.first().filter(|error| error.code.as_deref() == Some(MISTAKES))?;
    Some(Problem::invalid_at("/query", first.message.clone()))
}

/// Rows on their way, and what went wrong so far.
struct Passing {
    flow: Flow,
    left: u64,
    waiting: Option<Table>,
    errors: Vec<PartialError>,
    /// Parts that ended well.
    parts: usize,
}

impl Passing {
    /// The next table with rows; `None` when there are no more.
    async fn next(&mut self) -> Option<Table> {
        if let Some(table) = self.waiting.take() {
            return Some(table);
        }
        while self.left > 0 {
            let mut piece = self.flow.next().await?;
            match &mut piece.event {
                Event::Rows(table) if table.row_count() > 0 => {
                    let table = std::mem::take(table).first(usize::try_from(self.left).unwrap_or(usize::MAX));
                    self.left -= table.row_count() as u64;
                    return Some(table);
                }
                Event::Rows(_) => {}
                Event::Trouble(trouble) => {
                    let trouble = trouble.clone();
                    self.fail(&piece, trouble);
                }
                Event::End(ending) => match ending.failure.take() {
                    Some(trouble) => self.fail(&piece, trouble),
                    None => self.parts += 1,
                },
            }
        }
        None
    }

    fn fail(&mut self, piece: &Piece, trouble: sources::Trouble) {
        self.errors.push(PartialError::of(piece, trouble));
    }
}

fn written(table: &Table) -> io::Result<Bytes> {
    let mut lines = Vec::new();
    table::ndjson::write(table, 0..table.row_count(), &mut lines)?;
    Ok(lines.into())
}

/// Why something is missing, as headers tell it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told<'a> {
    /// The source's own words, or ours.
    pub(crate) reason: &'a str,
    /// Seconds after which asking again makes sense.
    pub(crate) retry_after_s: Option<u64>,
}

impl<'a> Told<'a> {
    /// What a query says of a part.
    pub(crate) fn of(error: &'a PartialError) -> Self {
        Self { reason: &error.message, retry_after_s: error.retry_after_s }
    }
}

/// How a query ended, for forms that have no place for it.
pub(crate) fn tell_in_headers(response: &mut HttpResponse, outcome: QueryOutcome, missing: Option<Told<'_>>) {
    let mut tell = |name: &'static str, value: String| {
        if let Ok(value) = header::HeaderValue::from_str(&value) {
            response.headers_mut().insert(header::HeaderName::from_static(name), value);
        }
    };
    tell("x-outcome", outcome.as_str().to_owned());
    if let Some(Told { reason, retry_after_s }) = missing {
        tell("x-reason", in_a_header(reason));
        if let Some(seconds) = retry_after_s {
            tell("x-retry-after-s", seconds.to_string());
        }
    }
}

/// Words as a header may carry them.
fn in_a_header(words: &str) -> String {
    words.chars().map(|c| if c.is_ascii() && !c.is_ascii_control() { c } else { ' ' }).take(500).collect()
}
