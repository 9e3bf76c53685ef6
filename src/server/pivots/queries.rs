//! Functions that query events: every template one of whose parameters an entity fills, in every source that runs it.

use std::{collections::HashSet, sync::Arc};

use chrono::Utc;
use futures::{FutureExt as _, StreamExt as _, future::BoxFuture, stream};
use model::{EntityKind, Outcome, Table};
use serde_json::{Map, Value};
use sources::{Arguments, PARAMETER_ENTITIES, ParameterType, Refusal, Template};

use super::{Answered, Ending, Function, Manner, Parameter, PivotError, Step, Takes, World};
use crate::{
    queries::{Collected, FillError, Filled, Queries, Query, QueryOutcome, SourceHere},
    templates::Shelf,
};

/// Queries of one call that run at once. Each source has a limit of its own besides.
const AT_ONCE: usize = 8;

/// What stands before the name of a query about a table: in MSTICPy's second version, and in its first.
const PREFIXES: &[(&str, &str, &str)] = &[
    ("SecurityEvent", "wevt", "wevt"),
    ("Syslog", "syslog", "lxsys"),
    ("SecurityAlert", "sec", ""),
    ("SigninLogs", "aad", "aad"),
    ("AzureActivity", "azure", "az"),
    ("AzureNetworkAnalytics_CL", "az_nsg", "aznet"),
    ("OfficeActivity", "o365", "o365"),
    ("ThreatIntelligenceIndicator", "ti", "azti"),
    ("Heartbeat", "", "hb"),
    ("AuditLog_CL", "auditd", "lxaud"),
    ("HuntingBookmark", "sent", "azsent"),
    ("StorageFileLogs", "az_stor", "az"),
    ("DnsEvents", "dns", "dns"),
];

/// What queries can be asked.
pub(super) fn functions(shelf: &Shelf, queries: &Queries) -> Vec<Function> {
    let sources = queries.all();
    let (mut taken, mut seen) = (HashSet::new(), HashSet::new());
    let mut functions = Vec::new();
    // Of several that an entity would call alike the last keeps the name, as in MSTICPy; the others say their family.
    let mut shelved: Vec<_> = shelf.iter().collect();
    shelved.reverse();
    for (environment, family, shelved) in shelved {
        let template = &shelved.template;
        let takes = takes(template);
        // One that belongs to several families stands on the shelf once for each.
        if takes.is_empty() || !seen.insert((environment, Arc::as_ptr(template))) {
            continue;
        }
        let able: Vec<&Arc<SourceHere>> = sources.values().filter(|source| source.runs(environment)).collect();
        let places: Vec<(String, Option<&Arc<SourceHere>>)> = match able.as_slice() {
            [] => vec![(environment.to_owned(), None)],
            [only] => vec![(environment.to_owned(), Some(only))],
            several => several.iter().map(|source| (format!("{environment}_{}", source.id), Some(*source))).collect(),
        };
        for (container, source) in places {
            let (name, aliases) = names(template);
            let is_free = |takes: &Takes| taken.insert((container.clone(), name.clone(), takes.entity));
            let (own, others): (Vec<Takes>, Vec<Takes>) = takes.clone().into_iter().partition(is_free);
            let mut add = |name: String, aliases: Vec<Arc<str>>, takes: Vec<Takes>| {
                if !takes.is_empty() {
                    functions.push(function(template, environment, &container, source, name, aliases, takes));
                }
            };
            add(name.clone(), aliases, own);
            add(format!("{family}_{name}"), Vec::new(), others);
        }
    }
    functions.reverse();
    functions
}

/// A query as a function of some kinds of entities.
fn function(
    template: &Arc<Template>,
    environment: &str,
    container: &str,
    source: Option<&Arc<SourceHere>>,
    name: String,
    aliases: Vec<Arc<str>>,
    takes: Vec<Takes>,
) -> Function {
    Function {
        container: container.into(),
        name: name.into(),
        aliases,
        description: template.description.clone().unwrap_or_else(|| Arc::clone(&template.name)),
        takes,
        parameters: template.parameters.iter().map(parameter).collect(),
        columns: Vec::new(),
        needs: match source {
            None => vec![format!("a source that runs queries of {environment}")],
            Some(source) => source.connections.iter().flat_map(|connection| connection.needs.iter().cloned()).collect(),
        },
        is_query: true,
        step: Arc::new(Events {
            template: Arc::clone(template),
            environment: environment.into(),
            source: source.map(|source| source.id.as_str().into()),
            parameter: None,
        }),
    }
}

/// The entities that fill one of the parameters; of several parameters for one kind, the first of the table.
fn takes(template: &Template) -> Vec<Takes> {
    let mut takes: Vec<Takes> = Vec::new();
    for (parameter, entity, attribute) in PARAMETER_ENTITIES {
        let Some(known) = template.parameters.iter().find(|known| &*known.name == *parameter) else { continue };
        let Ok(entity) = entity.parse::<EntityKind>() else { continue };
        let attribute = super::entities::attribute(attribute);
        if !takes.iter().any(|known| known.entity == entity) {
            takes.push(Takes { entity, attribute: attribute.into(), parameter: Some(Arc::clone(&known.name)) });
        }
    }
    takes
}

/// The name that MSTICPy gives a query on entities, and the other names.
fn names(template: &Template) -> (String, Vec<Arc<str>>) {
    let short = template.pivot.short_name.as_ref().unwrap_or(&template.name);
    let with = |prefix: &str| if prefix.is_empty() { short.to_string() } else { format!("{prefix}_{short}") };
    // MSTICPy's authors say the table in a parameter of this name.
    let said = template.parameter("table").and_then(|table| table.default.as_ref()).and_then(Value::as_str);
    let table = said.and_then(|table| table.split_whitespace().next());
    let (second, first) = match table {
        None => ("", ""),
        Some(table) => PREFIXES
            .iter()
            .find(|(known, ..)| *known == table)
            .map_or((table, table), |(_, second, first)| (*second, *first)),
    };
    let name = with(second);
    let mut aliases: Vec<Arc<str>> = Vec::new();
    for alias in [with(first), format!("qry_{short}")] {
        if alias != name {
            aliases.push(alias.into());
        }
    }
    (name, aliases)
}

fn parameter(parameter: &sources::Parameter) -> Parameter {
    let is_time = matches!(&*parameter.name, "start" | "end");
    Parameter {
        name: Arc::clone(&parameter.name),
        type_name: Arc::clone(&parameter.type_name),
        description: parameter.description.clone(),
        required: parameter.default.is_none() && !is_time,
    }
}

/// A query template.
pub(super) struct Events {
    /// The template.
    pub(super) template: Arc<Template>,
    /// The environment under which it is called.
    pub(super) environment: Arc<str>,
    /// Where it runs; the only place that does when it is not said.
    pub(super) source: Option<Arc<str>>,
    /// The parameter that the values fill, if it is not the one that the entity has.
    pub(super) parameter: Option<Arc<str>>,
}

impl Step for Events {
    fn ask<'a>(
        &'a self,
        world: World<'a>,
        values: &'a [Arc<str>],
        manner: &'a Manner,
    ) -> BoxFuture<'a, Result<Answered, PivotError>> {
        async move {
            let parameter = self.parameter(manner)?;
            let takes_list = self.template.parameter(&parameter).is_some_and(|p| p.kind == ParameterType::List);
            let source = world.queries.choose(&self.template, &self.environment, self.source.as_deref())?;
            if takes_list && !manner.by_value {
                let list: Vec<Value> = values.iter().map(|value| Value::from(&**value)).collect();
                let asked = self.run(world, &source, &parameter, list.into(), manner).await?;
                let endings = vec![asked.ending.clone(); values.len()];
                let complete = asked.ending.outcome != Outcome::Timeout;
                return Ok(Answered { table: asked.table, about: Vec::new(), endings, complete });
            }
            let one = |value: Arc<str>| {
                let given = if takes_list { Value::from(vec![&*value]) } else { Value::from(&*value) };
                self.run(world, &source, &parameter, given, manner)
            };
            let asked: Vec<Result<Asked, PivotError>> =
                stream::iter(values.to_vec()).map(one).buffered(AT_ONCE).collect().await;
            let mut answered =
                Answered { table: Table::default(), about: Vec::new(), endings: Vec::new(), complete: true };
            for (number, asked) in asked.into_iter().enumerate() {
                let Asked { table, ending } = asked?;
                answered.complete &= ending.outcome != Outcome::Timeout;
                answered.endings.push(ending);
                let room = manner.max_rows.saturating_sub(answered.about.len());
                let table = table.first(room);
                answered.about.extend(std::iter::repeat_n(number, table.row_count()));
                answered.table.append(&table)?;
            }
            answered.table = answered.table.with_instants();
            Ok(answered)
        }
        .boxed()
    }
}

/// What came of asking about one value, or about all.
struct Asked {
    table: Table,
    ending: Ending,
}

impl Events {
    /// The parameter that the values fill.
    fn parameter(&self, manner: &Manner) -> Result<Arc<str>, PivotError> {
        let filled = self.parameter.clone().or_else(|| manner.fills.clone());
        let name = filled.ok_or_else(|| PivotError::parameter("", "no parameter of the query takes the values"))?;
        if manner.parameters.contains_key(&*name) {
            return Err(PivotError::parameter(&*name, "is filled by the values, so that it cannot be given"));
        }
        Ok(name)
    }

    async fn run(
        &self,
        world: World<'_>,
        source: &SourceHere,
        parameter: &str,
        value: Value,
        manner: &Manner,
    ) -> Result<Asked, PivotError> {
        let mut parameters: Map<String, Value> = manner.parameters.clone();
        parameters.insert(parameter.to_owned(), value);
        let given = Arguments {
            parameters: &parameters,
            start: manner.start,
            end: manner.end,
            allow_raw: world.settings.templates.allow_raw,
        };
        let filled = Filled { template: &self.template, given, now: Utc::now() };
        let whole = match filled.render() {
            Ok(whole) => whole,
            // A value that the query cannot take is no reason to leave the others out.
            Err(FillError::Refused(refusals)) if refusals.iter().all(|refusal| is_about(refusal, parameter)) => {
                let reason = refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                let ending = Ending { outcome: Outcome::Unsupported, reason: Some(reason.into()) };
                return Ok(Asked { table: Table::default(), ending });
            }
            Err(error) => return Err(error.into()),
        };
        let parts = filled.parts(source, &source.routed(&self.template)?, &whole, None)?;
        let query = Query { parts, max_rows: None, until: manner.deadline, ends_at: manner.deadline };
        let rows = u64::try_from(manner.max_rows).unwrap_or(u64::MAX);
        let collected = Collected::of(source.start(query), Some(rows)).await;
        let outcome = match collected.outcome() {
            QueryOutcome::Complete | QueryOutcome::Partial if collected.table.row_count() > 0 => Outcome::Hit,
            QueryOutcome::Complete => Outcome::NotFound,
            QueryOutcome::Rejected | QueryOutcome::Error | QueryOutcome::Partial => Outcome::Error,
            QueryOutcome::Unauthorized => Outcome::Unauthorized,
            QueryOutcome::RateLimited => Outcome::RateLimited,
            QueryOutcome::Timeout => Outcome::Timeout,
        };
        let reason = collected.partial_errors.first().map(|error| error.message.as_str().into());
        Ok(Asked { table: collected.table, ending: Ending { outcome, reason } })
    }
}

/// Whether a refusal is about the parameter that values fill.
fn is_about(refusal: &Refusal, parameter: &str) -> bool {
    refusal.parameter() == parameter && !matches!(refusal, Refusal::Unknown(..))
}
