//! `/v1/analysis/sequences`: how likely sessions of commands are among all, and which part of each is the oddest.

mod commands;

use actix_web::{HttpResponse, post, web::Data};
use analysis::sequences::{Corpus, Detail, Model, Window};
use model::{Column, ColumnSpec, ColumnType, Rows, Table, Value};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{
    TableWith,
    input::{column, made, without},
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

/// Longer windows are sessions.
const LONGEST_WINDOW: usize = 100;
/// More lengths of windows than anybody compares.
const MOST_WINDOWS: usize = 10;

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(score_sequences);
}

/// Sessions of commands: by themselves, or in a column of a table.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SequencesRequest {
    /// Sessions: lists of commands, each a name or `{"name", "params"}`, where `params` is a list of names or an object of
    /// names and values.
    #[serde(default)]
    #[schema(value_type = Vec<Vec<String>>, nullable = false, example = json!([["Set-User", "Set-Mailbox"], ["Get-User"]]))]
    sessions: Option<Vec<Box<RawValue>>>,
    /// Rows with a session each, instead.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, nullable = false)]
    rows: Option<Rows>,
    /// The types of the columns, where they are to be checked.
    #[serde(default)]
    #[schema(nullable = false)]
    columns: Option<Vec<ColumnSpec>>,
    /// The column with the sessions.
    #[serde(default = "session")]
    #[schema(default = "session", example = "Operation_list")]
    session_column: String,
    /// How much of a command counts; as much as is sent when left out.
    #[serde(default)]
    #[schema(nullable = false)]
    model: Option<ModelName>,
    /// The parameters whose values count in `commands_params_values`; those with few values, each seen often, when left out.
    #[serde(default)]
    #[schema(nullable = false, example = json!(["AuditEnabled"]))]
    modellable_params: Option<Vec<String>>,
    /// The lengths of the windows of which the rarest is looked for.
    #[serde(default = "lengths")]
    #[schema(default = json!([2, 3]))]
    window_lengths: Vec<usize>,
    /// Whether it counts how a session begins and ends.
    #[serde(default = "yes")]
    #[schema(default = true)]
    use_start_end_tokens: bool,
}

impl TakesRows for SequencesRequest {
    fn take_rows(&mut self, rows: Rows) {
        self.rows = Some(rows);
    }
}

fn session() -> String {
    "session".to_owned()
}

fn lengths() -> Vec<usize> {
    vec![2, 3]
}

const fn yes() -> bool {
    true
}

/// How much of a command counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SequenceModel)]
#[serde(rename_all = "snake_case")]
enum ModelName {
    /// Its name.
    Commands,
    /// Its name and which parameters come with it.
    CommandsParams,
    /// The values of parameters as well.
    CommandsParamsValues,
}

impl ModelName {
    const fn detail(self) -> Detail {
        match self {
            Self::Commands => Detail::Commands,
            Self::CommandsParams => Detail::Parameters,
            Self::CommandsParamsValues => Detail::Values,
        }
    }

    const fn of(detail: Detail) -> Self {
        match detail {
            Detail::Commands => Self::Commands,
            Detail::Parameters => Self::CommandsParams,
            Detail::Values => Self::CommandsParamsValues,
        }
    }
}

/// What was learnt from.
#[derive(Debug, Serialize, ToSchema)]
struct SequencesAnswer {
    /// How much of a command counted.
    model: ModelName,
    /// How many sessions there are.
    sessions: usize,
    /// How many commands they have.
    commands: usize,
    /// Sessions without commands, which have no likelihood.
    empty_sessions: usize,
}

/// Find odd sessions and the oddest part of each
///
/// Learns from all sessions which commands occur and which follow which (a Markov model, smoothed; if asked, also which
/// parameters come with a command, and their values), and says how likely each session is. The table has the columns that
/// were sent (`session` where only `sessions` were), then `likelihood`, `log_likelihood` (natural; a long session's likelihood
/// is too small for a number and then 0), `geometric_mean`, and for each window length `rarest_window2` (the commands),
/// `rarest_window2_likelihood` and so on; nothing where a session is shorter. The table can also be sent and answered in other
/// forms; the parameters then stand in the query string.
#[utoipa::path(
    tag = "analysis",
    operation_id = "score_sequences",
    request_body(content(
        (
            SequencesRequest = "application/json",
            example = json!({
                "sessions": [["Set-User", { "name": "Set-Mailbox", "params": { "AuditEnabled": "false" } }], ["Get-User"]],
                "window_lengths": [2, 3]
            })
        ),
        (String = "application/x-ndjson"),
    )),
    extensions(("x-scope" = json!("analyze"))),
    responses((
        status = OK,
        content((TableWith<SequencesAnswer> = "application/json"), (String = "application/x-ndjson")),
        description = "The sessions, in the order sent, with their likelihoods.",
    )),
)]
#[post("/v1/analysis/sequences")]
async fn score_sequences(
    _: Allowed<scope::Analyze>,
    services: Data<Services>,
    form: TableForm,
    request: TableBody<SequencesRequest>,
) -> Result<HttpResponse, Problem> {
    let TableBody(mut request) = request;
    if made_here(&request.session_column) {
        return Err(Problem::invalid_at("/session_column", "the answer has a column of this name: rename yours"));
    }
    if request.window_lengths.len() > MOST_WINDOWS {
        return Err(Problem::too_many_items("/window_lengths", request.window_lengths.len(), MOST_WINDOWS));
    }
    if let Some(place) = request.window_lengths.iter().position(|len| !(1..=LONGEST_WINDOW).contains(len)) {
        return Err(Problem::invalid_at(format!("/window_lengths/{place}"), "not a number from 1 to 100"));
    }
    let table = match (request.sessions.take(), request.rows.take()) {
        (Some(sessions), None) => {
            request.session_column = session();
            let cells = sessions.iter().map(|session| Value::Dynamic(session.get().into()));
            Table::new(vec![made(&request.session_column, ColumnType::Dynamic, cells)?])?
        }
        (None, Some(rows)) => given::table(&services, Some(rows), request.columns.take()).await?,
        _ => return Err(Problem::invalid_at("", "exactly one of sessions and rows is needed")),
    };
    let (table, answer) = services.work.run(move || score(table, &request)).await??;
    Ok(form.answer(table, &answer))
}

/// Whether a column of this name is one of those that are made here.
fn made_here(name: &str) -> bool {
    matches!(name, "likelihood" | "log_likelihood" | "geometric_mean") || name.starts_with("rarest_window")
}

fn score(table: Table, request: &SequencesRequest) -> Result<(Table, SequencesAnswer), Problem> {
    let mut corpus = Corpus::default();
    if table.row_count() > 0 {
        let sessions = column(&table, "/session_column", &request.session_column)?;
        for (row, session) in sessions.iter().enumerate() {
            commands::read(&session, &mut corpus).map_err(|error| {
                Problem::invalid_at(format!("/rows/{row}/{}", request.session_column), error.to_string())
            })?;
        }
    }
    let detail = request.model.map_or_else(|| corpus.detail(), ModelName::detail);
    let categorical: Option<Vec<&str>> =
        request.modellable_params.as_ref().map(|names| names.iter().map(String::as_str).collect());
    let model = Model::learn(&corpus, detail, categorical.as_deref());
    let whole = request.use_start_end_tokens;
    let likelihoods: Vec<_> = (0..corpus.len()).map(|session| model.likelihood(session, whole)).collect();

    let mut written = without(table, made_here)?;
    let of_each = |name, of: fn(&analysis::sequences::Likelihood) -> f64| {
        made(name, ColumnType::Real, likelihoods.iter().map(|likelihood| likelihood.as_ref().map(of)))
    };
    written.add(of_each("likelihood", |likelihood| likelihood.log.exp())?)?;
    written.add(of_each("log_likelihood", |likelihood| likelihood.log)?)?;
    written.add(of_each("geometric_mean", |likelihood| likelihood.geometric_mean)?)?;
    let mut lengths = request.window_lengths.clone();
    lengths.sort_unstable();
    lengths.dedup();
    for len in lengths {
        let windows: Vec<_> = (0..corpus.len()).map(|session| model.rarest_window(session, len, whole)).collect();
        let name = format!("rarest_window{len}");
        written.add(window_commands(&name, written.column(&request.session_column), &windows)?)?;
        let likelihoods = windows.iter().map(|window| window.map(|window| window.log.exp()));
        written.add(made(&format!("{name}_likelihood"), ColumnType::Real, likelihoods)?)?;
    }
    let answer = SequencesAnswer {
        model: ModelName::of(detail),
        sessions: corpus.len(),
        commands: corpus.event_count(),
        empty_sessions: likelihoods.iter().filter(|likelihood| likelihood.is_none()).count(),
    };
    Ok((written, answer))
}

/// The commands of windows, as they were sent.
fn window_commands(name: &str, sessions: Option<&Column>, windows: &[Option<Window>]) -> Result<Column, Problem> {
    let commands = |(row, window): (usize, &Option<Window>)| {
        let session = sessions.map_or(Value::Null, |sessions| sessions.value(row));
        window.map_or(Value::Null, |window| commands::part(&session, window.start, window.len))
    };
    made(name, ColumnType::Dynamic, windows.iter().enumerate().map(commands).map(Value::into_owned))
}
