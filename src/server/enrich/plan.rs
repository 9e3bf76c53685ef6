//! What is to be enriched: the observables of everything that was sent, each once, and what they belong to.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use model::{Entity, EntityGraph, Fault, Faulty, Observable, ObservableKind, Span};
use serde_json::Value;

use super::{render::Subject as Headline, report::Rejected};

/// How long before the first activity, and after the last, events are of interest.
const BEFORE: TimeDelta = TimeDelta::days(1);
const AFTER: TimeDelta = TimeDelta::hours(1);

/// What was sent.
#[derive(Debug, Clone, Default)]
pub struct Incoming {
    /// Observables that could be read.
    pub observables: Vec<Observable>,
    /// Values that could not.
    pub rejected: Vec<Rejected>,
    /// Text to be searched for IoCs.
    pub text: Option<String>,
    /// Entities in any of Sentinel's spellings.
    pub entities: Option<Value>,
    /// A Sentinel incident, as a playbook's trigger gives it.
    pub incident: Option<Value>,
    /// A Sentinel alert.
    pub alert: Option<Value>,
}

/// What was sent holds nothing to enrich, or too much.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// None of the parts is there.
    #[error("at least one of observables, text, entities, incident and alert is needed")]
    Nothing,
    /// More observables than one call may have.
    #[error("{count} observables were found where at most {limit} are allowed in one call")]
    TooMany {
        /// Found.
        count: usize,
        /// Allowed.
        limit: usize,
    },
}

impl Faulty for PlanError {
    fn fault(&self) -> Fault {
        match self {
            Self::Nothing => Fault::Invalid,
            Self::TooMany { .. } => Fault::TooLarge,
        }
    }
}

/// One observable to enrich.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The observable.
    pub observable: Observable,
    /// The entity that it comes from.
    pub entity: Option<Entity>,
}

/// Everything to enrich.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Distinct observables in the order of their first appearance.
    pub subjects: Vec<Subject>,
    /// What could not be read.
    pub rejected: Vec<Rejected>,
    /// What the report is about.
    pub headline: Option<Headline>,
    /// The entities of everything that was sent, and how they refer to each other.
    pub graph: EntityGraph,
    /// When what was sent happened, as the incident says.
    pub span: Option<Span>,
}

impl Plan {
    /// Collects the observables of all parts. Searching long text takes time: run it where it holds nobody up.
    pub fn new(incoming: Incoming, limit: usize) -> Result<Self, PlanError> {
        let Incoming { observables, rejected, text, entities, incident, alert } = incoming;
        let nothing = text.is_none() && entities.is_none() && incident.is_none() && alert.is_none();
        if nothing && observables.is_empty() && rejected.is_empty() {
            return Err(PlanError::Nothing);
        }
        let mut gathering = Gathering { plan: Self { rejected, ..Self::default() }, places: HashMap::new() };
        for observable in observables {
            gathering.add(observable, None);
        }
        let mut headline = Headline::default();
        let told = [incident.as_ref().map(of_incident), alert.as_ref().map(of_alert)];
        for (graph, facts, span) in told.into_iter().flatten() {
            gathering.plan.span = gathering.plan.span.or(span);
            if headline.title.is_empty() {
                headline.title = facts.title;
            }
            headline.facts.extend(facts.facts);
            gathering.add_graph(graph, &mut headline.bystanders);
        }
        if let Some(entities) = &entities {
            gathering.add_graph(EntityGraph::from_entities(entities), &mut headline.bystanders);
        }
        if let Some(text) = &text {
            for ioc in extract::extract_iocs(text, &extract::Options::default()) {
                if let Some(observable) = ioc.observable() {
                    gathering.add(observable, None);
                }
            }
        }
        let mut plan = gathering.plan;
        if plan.subjects.len() > limit {
            return Err(PlanError::TooMany { count: plan.subjects.len(), limit });
        }
        if headline.title.is_empty() && !headline.bystanders.is_empty() {
            "Enrichment".clone_into(&mut headline.title);
        }
        plan.headline = (!headline.title.is_empty()).then_some(headline);
        Ok(plan)
    }
}

/// A plan in the making.
struct Gathering {
    plan: Plan,
    places: HashMap<(ObservableKind, String), usize>,
}

impl Gathering {
    fn add(&mut self, observable: Observable, entity: Option<Entity>) {
        let key = (observable.kind(), observable.canonical().to_owned());
        match self.places.get(&key).and_then(|place| self.plan.subjects.get_mut(*place)) {
            Some(known) => {
                if known.entity.is_none() {
                    known.entity = entity;
                }
            }
            None => {
                self.places.insert(key, self.plan.subjects.len());
                self.plan.subjects.push(Subject { observable, entity });
            }
        }
    }

    fn add_graph(&mut self, graph: EntityGraph, bystanders: &mut Vec<String>) {
        for entity in &graph.entities {
            let mut looked_up = false;
            for (observable, role) in entity.observables() {
                // A person's sign-in name and a path are for people to read, not for the world to be asked about.
                let is_path = matches!(observable.kind(), ObservableKind::WindowsPath | ObservableKind::LinuxPath);
                if role == "upn" || is_path {
                    continue;
                }
                looked_up = true;
                self.add(observable, Some(entity.clone()));
            }
            if !looked_up && !entity.name().is_empty() {
                let bystander = format!("{} {}", entity.kind().as_str().replace('_', " "), entity.name());
                if !bystanders.contains(&bystander) {
                    bystanders.push(bystander);
                }
            }
        }
        self.plan
            .rejected
            .extend(graph.rejected.iter().map(|r| Rejected { value: r.pointer.clone(), reason: r.reason.to_string() }));
        let own = &mut self.plan.graph;
        let is_new = |entity: &Entity| own.entity(entity.id()).is_none();
        let new: Vec<Entity> = graph.entities.into_iter().filter(is_new).collect();
        own.entities.extend(new);
        own.edges.extend(graph.edges);
        own.rejected.extend(graph.rejected);
    }
}

fn of_incident(incident: &Value) -> (EntityGraph, Headline, Option<Span>) {
    let (graph, facts) = EntityGraph::from_incident(incident);
    let mut words = Vec::new();
    words.extend(facts.number.map(|number| format!("incident {number}")));
    words.extend(facts.severity.map(|severity| format!("severity {severity}")));
    words.extend(facts.status.map(|status| format!("status {status}")));
    if !facts.tactics.is_empty() {
        words.push(format!("tactics {}", facts.tactics.join(", ")));
    }
    let span = around(facts.first_activity_at.or(facts.created_at), facts.last_activity_at.or(facts.created_at));
    (graph, Headline { title: facts.title.unwrap_or_default(), facts: words, bystanders: Vec::new() }, span)
}

fn of_alert(alert: &Value) -> (EntityGraph, Headline, Option<Span>) {
    let (graph, facts) = EntityGraph::from_alert(alert);
    let mut words = Vec::new();
    words.extend(facts.severity.map(|severity| format!("severity {severity}")));
    words.extend(facts.product.map(|product| format!("from {product}")));
    if !facts.tactics.is_empty() {
        words.push(format!("tactics {}", facts.tactics.join(", ")));
    }
    let span = around(facts.started_at.or(facts.generated_at), facts.ended_at.or(facts.generated_at));
    (graph, Headline { title: facts.title.unwrap_or_default(), facts: words, bystanders: Vec::new() }, span)
}

/// The time that is worth looking at: what happened, what led to it, and what came of it.
fn around(first: Option<DateTime<Utc>>, last: Option<DateTime<Utc>>) -> Option<Span> {
    let start = first?.checked_sub_signed(BEFORE)?;
    let end = last.or(first)?.checked_add_signed(AFTER)?;
    Span::between(start, end).ok()
}
