//! `POST /v1/pivots/{entity}/{container}/{function}`: a function of entities, run on values, entities or a table.

use actix_web::{
    HttpResponse, post,
    web::{Data, Path},
};
use model::{
    ColumnSpec, EntityKind, Rows, When,
    table::{JoinError, Side},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::time::Instant;
use utoipa::ToSchema;

use crate::{
    api::{
        caller::{Allowed, Refusal, scope},
        given,
        limits::RequestLimits,
        observables::{deadline, permission},
        problem::{Kind, Problem},
        queries::refused,
        tables::{TableBody, TableForm, TakesRows},
    },
    lookups::elapsed_ms,
    pivots::{Asked, Call, FailedRow, JoinName, Joining, Manner, Pivot, PivotError, Pivots, UnknownPivot},
    queries::FillError,
    services::Services,
    settings::{Profile, Scope},
};

/// Rows of one answer, if the request does not say.
const MOST_ROWS: usize = 1_000_000;

/// What a function is asked about, and how. One of `value`, `values`, `entity` and `rows` is given.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PivotRequest {
    /// A value.
    #[serde(default)]
    #[schema(nullable = false, example = "8.8.8.8")]
    value: Option<String>,
    /// Values.
    #[serde(default)]
    #[schema(nullable = false)]
    values: Option<Vec<String>>,
    /// An entity or a list of entities, in any of Sentinel's spellings.
    #[serde(default)]
    #[schema(value_type = Object, nullable = false)]
    entity: Option<Value>,
    /// A table of which a column is asked about.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, nullable = false)]
    rows: Option<Rows>,
    /// The columns of the table and their types; inferred when left out.
    #[serde(default)]
    #[schema(nullable = false)]
    columns: Option<Vec<ColumnSpec>>,
    /// The column that is asked about.
    #[serde(default)]
    #[schema(nullable = false, example = "IpAddress")]
    column: Option<String>,
    /// How the answer is joined to the table: none, left, inner, right or outer.
    #[serde(default)]
    #[schema(nullable = false)]
    join: Option<JoinName>,
    /// The column of the table whose cells must be equal to those of `right_on`; otherwise the rows meet by the value that
    /// was asked about.
    #[serde(default)]
    #[schema(nullable = false)]
    left_on: Option<String>,
    /// The column of the answer.
    #[serde(default)]
    #[schema(nullable = false)]
    right_on: Option<String>,
    /// Whether upper and lower case are the same in `left_on` and `right_on`.
    #[serde(default)]
    ignore_case: bool,
    /// Values of the function's parameters.
    #[serde(default)]
    #[schema(value_type = Object, nullable = false)]
    parameters: Option<Map<String, Value>>,
    /// When a query begins: RFC 3339, a number of days from now, or relative text; as the profile says when left out.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "-1d")]
    start: Option<When>,
    /// When a query ends.
    #[serde(default)]
    #[schema(value_type = String, nullable = false)]
    end: Option<When>,
    /// The profile whose times count; `default` when left out.
    #[serde(default)]
    #[schema(nullable = false, example = "default")]
    profile: Option<String>,
    /// When the answer is due, in milliseconds: what is there then is returned. At most 100000.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100_000, default = 8000)]
    deadline_ms: Option<u64>,
    /// How far the values may travel: clear, green, amber, amber+strict or red.
    #[serde(default)]
    #[schema(nullable = false, example = "amber")]
    tlp: Option<String>,
    /// What may be noticed: clear, green, amber or red.
    #[serde(default)]
    #[schema(nullable = false, example = "amber")]
    pap: Option<String>,
    /// Ask again whatever the cache holds.
    #[serde(default)]
    refresh: bool,
    /// More rows than these are not wanted.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 1_000_000)]
    max_rows: Option<usize>,
}

impl TakesRows for PivotRequest {
    fn take_rows(&mut self, rows: Rows) {
        self.rows = Some(rows);
    }
}

/// What stands beside the rows.
#[derive(Debug, Serialize, ToSchema)]
struct PivotBeside {
    /// The kind of entity.
    entity: EntityKind,
    /// The container.
    #[schema(example = "util")]
    container: String,
    /// The function.
    #[schema(example = "whois")]
    function: String,
    /// Distinct values that were asked about.
    values: usize,
    /// Rows whose value failed, the first of each value; at most 1,000.
    failed: Vec<FailedRow>,
    /// Whether every answer was there before the deadline.
    complete: bool,
    /// Time that it took.
    elapsed_ms: u64,
}

/// What a function answers.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the JSON form of an answer")]
struct PivotAnswer {
    /// The columns, from left to right: `value`, `outcome`, `reason` and those of the function; joined, those of the table
    /// first, and no `value`. Columns of one name have the suffixes `_src` and `_res`.
    columns: Vec<ColumnSpec>,
    /// The rows: values by the names of the columns, null where a cell is missing. A value that failed has a row with its
    /// outcome.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<()>,
    /// How many rows there are.
    row_count: u64,
    /// Whether rows were left out because there were too many.
    truncated: bool,
    #[serde(flatten)]
    beside: PivotBeside,
}

/// Run a pivot
///
/// On a value, values, entities in any spelling, or a column of a table, which can also be sent as NDJSON, CSV, Arrow or
/// Parquet with the parameters in the query string. Each distinct value is asked about once. A value that fails takes no
/// other down. Pivots that query events need the scope `query`.
#[utoipa::path(
    tag = "pivots",
    operation_id = "run_pivot",
    params(
        ("entity" = String, Path, description = "A kind of entity, in any of its names.", example = "IpAddress"),
        ("container" = String, Path, description = "The container.", example = "util"),
        ("function" = String, Path, description = "The name of the function, or one of its other names.", example = "whois"),
    ),
    request_body(content((PivotRequest = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"))),
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, content(
        (PivotAnswer = "application/json"),
        (String = "application/x-ndjson"),
        (String = "text/csv"),
    ), description = "What is known.")),
)]
#[post("/v1/pivots/{entity}/{container}/{function}")]
pub(super) async fn run_pivot(
    allowed: Allowed<scope::Lookup>,
    services: Data<Services>,
    path: Path<(String, String, String)>,
    form: TableForm,
    limits: RequestLimits,
    request: TableBody<PivotRequest>,
) -> Result<HttpResponse, Problem> {
    let started = Instant::now();
    let TableBody(mut request) = request;
    limits.check_items("/values", request.values.as_ref().map_or(0, Vec::len))?;
    let pivot = find(&services.pivots(), &path)?;
    if pivot.function.is_query && !allowed.caller.scopes.contains(Scope::Query) {
        return Err(Refusal::Scope(Scope::Query).into());
    }
    let settings = services.settings().clone();
    let profile = profile(&settings.profiles, request.profile.as_deref())?;
    let mut manner = Manner {
        permission: permission(request.tlp.as_deref(), request.pap.as_deref(), None)?,
        deadline: deadline(request.deadline_ms, started)?,
        refresh: request.refresh,
        parameters: request.parameters.take().unwrap_or_default(),
        start: request.start.or(profile.start),
        end: request.end.or(profile.end),
        max_rows: max_rows(request.max_rows)?,
        fills: None,
        by_value: false,
    };
    check(&pivot, &manner.parameters)?;
    let join = request.joining()?;
    let asked = asked(&services, &pivot, request, &mut manner.parameters).await?;
    let parameters = manner.parameters.clone();
    let ran = pivot
        .run(services.world(&settings), Call { asked, join, manner })
        .await
        .map_err(|error| problem(error, &parameters))?;
    let beside = PivotBeside {
        entity: pivot.entity,
        container: pivot.function.container.to_string(),
        function: pivot.function.name.to_string(),
        values: ran.values,
        failed: ran.failed,
        complete: ran.complete,
        elapsed_ms: elapsed_ms(started.elapsed()),
    };
    Ok(form.answer(ran.table, &beside))
}

/// The pivot that a path names.
fn find(pivots: &Pivots, path: &(String, String, String)) -> Result<Pivot, Problem> {
    let (entity, container, function) = path;
    let Ok(entity) = entity.parse::<EntityKind>() else {
        let known: Vec<&str> = EntityKind::ALL.iter().map(|kind| kind.as_str()).collect();
        let detail = format!("no such kind of entity; there are {}", known.join(", "));
        return Err(Problem::new(Kind::Missing).detail(detail));
    };
    pivots.find(entity, container, function).map_err(|unknown| unknown_pivot(entity, &unknown))
}

/// There is no such pivot, in the words of a request.
pub(crate) fn unknown_pivot(entity: EntityKind, UnknownPivot { nearest }: &UnknownPivot) -> Problem {
    let near = if nearest.is_empty() { String::new() } else { format!("; near to it are {}", nearest.join(", ")) };
    let detail = format!("{entity} has no such pivot{near}; GET /v1/pivots?entity={entity} lists all");
    Problem::new(Kind::Missing).detail(detail)
}

/// The parameters must be the function's own. Those of a query are checked when it is filled.
fn check(pivot: &Pivot, parameters: &Map<String, Value>) -> Result<(), Problem> {
    if pivot.function.is_query {
        return Ok(());
    }
    let known: Vec<&str> = pivot.function.parameters.iter().map(|parameter| &*parameter.name).collect();
    match parameters.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(_) if known.is_empty() => Err(Problem::invalid_at("/parameters", "the pivot has no parameters")),
        Some(name) => {
            let detail = format!("no such parameter; there are {}", known.join(", "));
            Err(Problem::invalid_at(format!("/parameters/{}", escaped(name)), detail))
        }
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// How many rows are wanted.
pub(crate) fn max_rows(given: Option<usize>) -> Result<usize, Problem> {
    match given {
        None => Ok(MOST_ROWS),
        Some(rows) if (1..=MOST_ROWS).contains(&rows) => Ok(rows),
        Some(_) => Err(Problem::invalid_at("/max_rows", format!("must be from 1 to {MOST_ROWS}"))),
    }
}

/// The profile that is named, or `default`.
pub(crate) fn profile(
    profiles: &std::collections::BTreeMap<String, Profile>,
    named: Option<&str>,
) -> Result<Profile, Problem> {
    match named {
        None => Ok(profiles.get("default").cloned().unwrap_or_default()),
        Some(name) => profiles.get(name).cloned().ok_or_else(|| {
            let known: Vec<&str> = profiles.keys().map(String::as_str).collect();
            Problem::invalid_at("/profile", format!("no such profile; there are {}", known.join(", ")))
        }),
    }
}

impl PivotRequest {
    fn joining(&mut self) -> Result<Option<Joining>, Problem> {
        let (left_on, right_on) = (self.left_on.take(), self.right_on.take());
        let Some(kind) = self.join.and_then(JoinName::kind) else {
            let pointer = if left_on.is_some() { "/left_on" } else { "/right_on" };
            return if left_on.is_some() || right_on.is_some() {
                Err(Problem::invalid_at(pointer, "belongs to a join; say which in `join`"))
            } else {
                Ok(None)
            };
        };
        let on = match (left_on, right_on) {
            (Some(left), Some(right)) => Some((left, right)),
            (None, None) => None,
            (Some(_), None) => return Err(Problem::invalid_at("/right_on", "is needed beside left_on")),
            (None, Some(_)) => return Err(Problem::invalid_at("/left_on", "is needed beside right_on")),
        };
        Ok(Some(Joining { kind, on, ignore_case: self.ignore_case }))
    }
}

/// What the request asks about.
async fn asked(
    services: &Services,
    pivot: &Pivot,
    request: PivotRequest,
    parameters: &mut Map<String, Value>,
) -> Result<Asked, Problem> {
    let PivotRequest { value, values, entity, rows, columns, column, .. } = request;
    match (value, values, entity, rows) {
        (Some(value), None, None, None) => Ok(Asked::Values(vec![value])),
        (None, Some(values), None, None) => Ok(Asked::Values(values)),
        (None, None, Some(entity), None) => {
            let (values, others) = pivot.values_of(&entity);
            if values.is_empty() {
                let attribute = pivot.takes().map(|takes| takes.attribute.to_string()).unwrap_or_default();
                let detail = format!("no {} in it has the attribute {attribute}", pivot.entity);
                return Err(Problem::invalid_at("/entity", detail));
            }
            // What the entities say for other parameters of a query holds where the request says nothing.
            for (name, value) in others {
                parameters.entry(name).or_insert(value);
            }
            Ok(Asked::Values(values))
        }
        (None, None, None, Some(rows)) => {
            let column = column.ok_or_else(|| Problem::invalid_at("/column", "say which column is asked about"))?;
            let table = given::table(services, Some(rows), columns).await?;
            Ok(Asked::Column { table, column })
        }
        _ => Err(Problem::invalid_at("", "exactly one of value, values, entity and rows is needed")),
    }
}

/// Why a pivot was not run, in the words of a request.
pub(crate) fn problem(error: PivotError, parameters: &Map<String, Value>) -> Problem {
    match error {
        PivotError::Parameter { name, what } if name.is_empty() => Problem::invalid_at("/parameters", what),
        PivotError::Parameter { name, what } => Problem::invalid_at(format!("/parameters/{}", escaped(&name)), what),
        PivotError::NoColumn(field) => {
            Problem::invalid_at(format!("/{field}"), PivotError::NoColumn(field).to_string())
        }
        PivotError::Join(JoinError::NoSuchColumn { side: Side::Right, .. }) => {
            Problem::invalid_at("/right_on", "the answer has no such column")
        }
        PivotError::Join(error) => Problem::invalid_at("/left_on", error.to_string()),
        PivotError::Fill(FillError::Refused(refusals)) => refused(&refusals, parameters),
        PivotError::Table(error) => error.into(),
        PivotError::Work(error) => error.into(),
        PivotError::Needs(_) | PivotError::Fill(_) | PivotError::Source(_) => {
            Problem::new(Kind::Unsupported).detail(error.to_string())
        }
    }
}
