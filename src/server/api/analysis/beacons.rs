//! `/v1/analysis/beacons`: events that come back at a steady interval, as those of malware that asks for orders.

use std::sync::Arc;

use actix_web::{HttpResponse, post, web::Data};
use analysis::periodicity::{MAX_BINS, NoRhythm, Rhythm, find_rhythm, fitting_step};
use model::{
    ColumnSpec, ColumnType, Rows, Table, Value,
    table::{TICKS_PER_SECOND, datetime_of_ticks},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    TableWith,
    groups::{self, Failure, Groups, Outcome},
    input::{NO_TIME, Names, made, times, without},
    span::Span,
};
use crate::{
    api::{
        Operations,
        caller::{Allowed, scope},
        given,
        problem::Problem,
        tables::{TableBody, TableForm, TakesRows},
    },
    services::Services,
};

/// More bins than one request is worth, and how many a group has in any case.
const MOST_BINS: usize = 1 << 27;
const FAIR_SHARE: usize = 1 << 14;

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(find_beacons);
}

/// Events.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BeaconsRequest {
    /// The rows, in any order.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    rows: Option<Rows>,
    /// The types of the columns, where they are to be checked.
    #[serde(default)]
    #[schema(nullable = false)]
    columns: Option<Vec<ColumnSpec>>,
    /// The column with the times: instants, or seconds since 1970.
    #[schema(example = "TimeGenerated")]
    time_column: String,
    /// The columns that tell talks apart, such as source and destination.
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["SrcIP", "DestIP"]))]
    group_by: Names,
    /// How exactly times are looked at: `1s`, `PT1S`, `00:00:01` or seconds. When left out, a second, or as many as make at
    /// most 64 bins for each event.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "1s")]
    bin: Option<Span>,
    /// Up to which probability of chance a rhythm is taken for one.
    #[serde(default = "significance")]
    #[schema(default = 0.05, minimum = 0.0, maximum = 1.0)]
    significance: f64,
}

impl TakesRows for BeaconsRequest {
    fn take_rows(&mut self, rows: Rows) {
        self.rows = Some(rows);
    }
}

const fn significance() -> f64 {
    0.05
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
struct BeaconsAnswer {
    /// How many groups have a rhythm.
    beacons: usize,
    /// Rows without a time, which are in no group.
    skipped_rows: usize,
}

/// Find beacons
///
/// Looks in each group of events for a steady interval: a periodogram, and Fisher's g-test of its highest peak. The interval
/// is that of the fundamental frequency and not of one of its harmonics. A row of the table is a group: the columns of
/// `group_by`, `events`, `first_event_time`, `last_event_time`, `outcome`, `p_value` (how likely such a peak is by chance),
/// `dominant_frequency` (per second), `dominant_interval` (in seconds), `bin_s` and `beacon` (whether `p_value` is at most
/// `significance`); the least likely first. An interval of fewer than 3 bins is not seen. The table can also be sent and
/// answered in other forms; the parameters then stand in the query string.
#[utoipa::path(
    tag = "analysis",
    operation_id = "find_beacons",
    request_body(content(
        (
            BeaconsRequest = "application/json",
            example = json!({
                "rows": [
                    { "TimeGenerated": "2024-05-01T00:00:00Z", "SrcIP": "10.0.3.5", "DestIP": "198.51.100.7" },
                    { "TimeGenerated": "2024-05-01T00:01:00Z", "SrcIP": "10.0.3.5", "DestIP": "198.51.100.7" }
                ],
                "time_column": "TimeGenerated", "group_by": ["SrcIP", "DestIP"]
            })
        ),
        (String = "application/x-ndjson"),
    )),
    extensions(("x-scope" = json!("analyze"))),
    responses((
        status = OK,
        content((TableWith<BeaconsAnswer> = "application/json"), (String = "application/x-ndjson")),
        description = "All groups, and which of them have a rhythm.",
    )),
)]
#[post("/v1/analysis/beacons")]
async fn find_beacons(
    _: Allowed<scope::Analyze>,
    services: Data<Services>,
    form: TableForm,
    request: TableBody<BeaconsRequest>,
) -> Result<HttpResponse, Problem> {
    let TableBody(mut request) = request;
    if !(0.0..=1.0).contains(&request.significance) {
        return Err(Problem::invalid_at("/significance", "not a number from 0 to 1"));
    }
    if request.bin == Some(Span(0)) {
        return Err(Problem::invalid_at("/bin", "a bin is wider than nothing"));
    }
    let table = given::table(&services, request.rows.take(), request.columns.take()).await?;
    let (table, request, times, groups) = services
        .work
        .run(move || {
            let is_empty = table.row_count() == 0;
            let times = if is_empty { Vec::new() } else { times(&table, "/time_column", &request.time_column)? };
            let groups = groups::group(&table, &request.group_by.0)?;
            let told = without(table, |name| !request.group_by.0.iter().any(|told| told == name))?;
            Ok::<_, Problem>((told, request, times, Arc::new(groups)))
        })
        .await??;
    let skipped_rows = times.iter().filter(|time| **time == NO_TIME).count();
    let bin = request.bin;
    let most = (MOST_BINS / groups.len().max(1)).clamp(FAIR_SHARE, MAX_BINS);
    let looked_at =
        groups::each(&services, Arc::clone(&groups), move |group| look_at(&times, group, bin, most)).await?;
    if let (true, [Talk { rhythm: Err(failure), .. }]) = (request.group_by.0.is_empty(), looked_at.as_slice()) {
        return Err(failure.clone().into_problem());
    }
    let beacons = looked_at.iter().filter(|talk| talk.is_beacon(request.significance)).count();
    let table = services.work.run(move || written(&table, &request, &groups, &looked_at)).await??;
    Ok(form.answer(table, &BeaconsAnswer { beacons, skipped_rows }))
}

/// A group of events, and whether they come steadily.
struct Talk {
    events: usize,
    first: i64,
    last: i64,
    bin: i64,
    rhythm: Result<Rhythm, Failure>,
}

impl Talk {
    fn is_beacon(&self, significance: f64) -> bool {
        self.rhythm.as_ref().is_ok_and(|rhythm| rhythm.p_value <= significance)
    }
}

fn look_at(times: &[i64], group: &[u32], bin: Option<Span>, most: usize) -> Talk {
    let of_group = group.iter().filter_map(|row| times.get(*row as usize)).copied();
    let mut times: Vec<i64> = of_group.filter(|time| *time != NO_TIME).collect();
    times.sort_unstable();
    let bin = bin.map_or_else(|| fitting_step(&times, TICKS_PER_SECOND), |Span(ticks)| ticks);
    let rhythm = find_rhythm(&times, bin, most).map_err(|error| match error {
        NoRhythm::TooFew | NoRhythm::TooShort => Failure::new(Outcome::TooShort, "/rows", error),
        NoRhythm::TooLong => Failure::new(Outcome::TooLong, "/bin", error),
        NoRhythm::Constant => Failure::new(Outcome::Constant, "/bin", error),
    });
    let (first, last) = (times.first().copied(), times.last().copied());
    Talk { events: times.len(), first: first.unwrap_or(NO_TIME), last: last.unwrap_or(NO_TIME), bin, rhythm }
}

fn written(table: &Table, request: &BeaconsRequest, groups: &Groups, talks: &[Talk]) -> Result<Table, Problem> {
    let mut order: Vec<(&Talk, &Vec<u32>)> = talks.iter().zip(groups).collect();
    let p_value = |talk: &Talk| talk.rhythm.as_ref().map_or(f64::INFINITY, |rhythm| rhythm.p_value);
    order.sort_by(|(one, _), (other, _)| p_value(one).total_cmp(&p_value(other)));
    let mut written = Table::default();
    for name in &request.group_by.0 {
        let Some(column) = table.column(name) else { continue };
        let first = |rows: &[u32]| rows.first().map_or(Value::Null, |row| column.value(*row as usize));
        written.add(made(name, column.kind(), order.iter().map(|(_, rows)| first(rows)))?)?;
    }
    let talks = || order.iter().map(|(talk, _)| *talk);
    let shown = |time: i64| Some(time).filter(|time| *time != NO_TIME).and_then(datetime_of_ticks);
    let of_rhythm = |name, of: fn(&Rhythm, f64) -> f64| {
        let value = move |talk: &Talk| {
            let seconds = talk.bin as f64 / TICKS_PER_SECOND as f64;
            talk.rhythm.as_ref().ok().map(|rhythm| of(rhythm, seconds))
        };
        made(name, ColumnType::Real, talks().map(value))
    };
    let outcome = |talk: &Talk| talk.rhythm.as_ref().map_or_else(|failure| failure.outcome, |_| Outcome::Ok).as_str();
    written.add(made("events", ColumnType::Long, talks().map(|talk| talk.events as i64))?)?;
    written.add(made("first_event_time", ColumnType::Datetime, talks().map(|talk| shown(talk.first)))?)?;
    written.add(made("last_event_time", ColumnType::Datetime, talks().map(|talk| shown(talk.last)))?)?;
    written.add(made("outcome", ColumnType::String, talks().map(outcome))?)?;
    written.add(of_rhythm("p_value", |rhythm, _| rhythm.p_value)?)?;
    written.add(of_rhythm("dominant_frequency", |rhythm, seconds| rhythm.frequency / seconds)?)?;
    written.add(of_rhythm("dominant_interval", |rhythm, seconds| rhythm.interval * seconds)?)?;
    written.add(made("bin_s", ColumnType::Real, talks().map(|talk| talk.bin as f64 / TICKS_PER_SECOND as f64))?)?;
    written.add(made("beacon", ColumnType::Bool, talks().map(|talk| talk.is_beacon(request.significance)))?)?;
    Ok(written)
}
