//! Functions of the operator's own: what the settings say of a provider, which may be any HTTP service, or of a query.

use std::sync::Arc;

use futures::{FutureExt as _, future::BoxFuture};
use model::{KindHint, Observable, Outcome, Rows};
use providers::Purpose;
use serde_json::{Map, Value};

use super::{Answered, Ending, Function, Manner, PivotError, Step, Takes, World, queries::Events};
use crate::{
    lookups::{Ask, Member},
    settings::{Asks, CustomPivot, PivotSettings},
    templates::Shelf,
};

/// What the settings add.
pub(super) fn functions(settings: &PivotSettings, members: &[Arc<Member>], shelf: &Shelf) -> Vec<Function> {
    settings.custom.iter().map(|(name, custom)| function(name, custom, members, shelf)).collect()
}

fn function(name: &str, custom: &CustomPivot, members: &[Arc<Member>], shelf: &Shelf) -> Function {
    let (step, needs): (Arc<dyn Step>, Vec<String>) = match &custom.asks {
        Asks::Provider { id, query_type, rows } => {
            let member = members.iter().find(|member| *member.id == **id);
            let needs = match member {
                Some(member) if member.enabled => Vec::new(),
                Some(member) if !member.needs.is_empty() => member.needs.clone(),
                _ => vec![format!("providers.{id}.enabled")],
            };
            let purpose = member.map_or(Purpose::Context, |member| member.facts().purpose);
            let asked = Provider { id: id.clone(), purpose, query_type: query_type.clone(), rows: rows.clone() };
            (Arc::new(asked), needs)
        }
        Asks::Query { address: (environment, family, name), parameter, source } => {
            match shelf.find(environment, family, name) {
                Some(shelved) => {
                    let step = Events {
                        template: Arc::clone(&shelved.template),
                        environment: sources::Environment::named(environment).name().into(),
                        source: source.as_deref().map(Into::into),
                        parameter: Some(parameter.as_str().into()),
                    };
                    (Arc::new(step), Vec::new())
                }
                None => (Arc::new(Nothing), vec![format!("a query {environment}/{family}/{name}")]),
            }
        }
    };
    let takes = custom.entities.iter().map(|(entity, attribute)| Takes {
        entity: *entity,
        attribute: attribute.as_str().into(),
        parameter: None,
    });
    Function {
        container: custom.container.as_str().into(),
        name: name.into(),
        aliases: Vec::new(),
        description: custom.description.as_deref().unwrap_or("A pivot of this installation.").into(),
        takes: takes.collect(),
        parameters: Vec::new(),
        columns: Vec::new(),
        needs,
        is_query: matches!(custom.asks, Asks::Query { .. }),
        step,
    }
}

/// A function that needs something that is not there; it is never run.
struct Nothing;

impl Step for Nothing {
    fn ask<'a>(
        &'a self,
        _: World<'a>,
        _: &'a [Arc<str>],
        _: &'a Manner,
    ) -> BoxFuture<'a, Result<Answered, PivotError>> {
        async { Err(PivotError::Needs("a query that is not there".to_owned())) }.boxed()
    }
}

/// A provider whose evidence makes the columns.
struct Provider {
    id: String,
    purpose: Purpose,
    query_type: Option<String>,
    rows: Option<String>,
}

impl Step for Provider {
    fn ask<'a>(
        &'a self,
        world: World<'a>,
        values: &'a [Arc<str>],
        manner: &'a Manner,
    ) -> BoxFuture<'a, Result<Answered, PivotError>> {
        async move {
            let read: Vec<_> = values.iter().map(|value| Observable::parse(value, None::<KindHint>)).collect();
            let ask = Ask {
                observables: read.iter().flatten().cloned().collect(),
                purpose: self.purpose,
                providers: Some(vec![self.id.clone()]),
                query_type: self.query_type.clone(),
                permission: manner.permission.clone(),
                deadline: manner.deadline,
                refresh: manner.refresh,
                include_raw: false,
            };
            let answered = world.lookups.look_up(ask).await.map_err(|error| PivotError::Needs(error.to_string()))?;
            let mut items = answered.items.into_iter();
            let (mut rows, mut about, mut endings) = (Rows::default(), Vec::new(), Vec::new());
            for value in read {
                let number = endings.len();
                let finding = match value {
                    Err(rejection) => {
                        let reason = Some(rejection.to_string().into());
                        endings.push(Ending { outcome: Outcome::Unsupported, reason });
                        continue;
                    }
                    Ok(_) => items.next().and_then(|item| item.findings.into_iter().next()),
                };
                let Some(finding) = finding else {
                    endings.push(Ending { outcome: Outcome::Skipped, reason: None });
                    continue;
                };
                endings.push(Ending { outcome: finding.outcome, reason: finding.reason.clone() });
                for row in self.rows(&finding.evidence) {
                    rows.read_row(&serde_json::to_vec(&row).unwrap_or_default())?;
                    about.push(number);
                }
            }
            let table = rows.into_table_as_sent()?.with_instants();
            Ok(Answered { table, about, endings, complete: answered.complete })
        }
        .boxed()
    }
}

impl Provider {
    /// The evidence as one row, or each entry of a list in it as one.
    fn rows(&self, evidence: &Map<String, Value>) -> Vec<Map<String, Value>> {
        let Some(name) = &self.rows else {
            return if evidence.is_empty() { Vec::new() } else { vec![evidence.clone()] };
        };
        let entries = match evidence.get(name) {
            Some(Value::Array(entries)) => entries.clone(),
            Some(other) => vec![other.clone()],
            None => Vec::new(),
        };
        let row = |entry| match entry {
            Value::Object(cells) => cells,
            other => Map::from_iter([(name.clone(), other)]),
        };
        entries.into_iter().map(row).collect()
    }
}
