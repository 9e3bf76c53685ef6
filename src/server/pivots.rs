//! Pivots: from an entity to what is known about it. Every lookup, every question to name servers and registries, every
//! function of texts and every query that an entity can fill is one, found by itself.
//!
//! Failure about one value is data: it is told in that value's row, and the others are done.

mod addresses;
mod answered;
mod custom;
mod entities;
mod function;
mod join;
mod lookups;
mod names;
pub mod pipeline;
mod queries;
mod run;
mod texts;

use std::sync::Arc;

use model::{Entity, EntityGraph, EntityKind, Fault, Faulty, TableError, table::JoinError};
use serde_json::{Map, Value};

pub use self::{
    answered::{Answered, Ending},
    function::{Function, Manner, Parameter, Step, Takes},
    run::{Asked, Call, FailedRow, JoinName, Joining, Ran},
};
use crate::{
    dns::Dns,
    geo::GeoDatabases,
    lookups::{Lookups, Member},
    queries::{ChoiceError, FillError, Queries},
    settings::Settings,
    templates::Shelf,
    tls::Tls,
    work::{Work, WorkError},
};

/// How alike a name must be to be suggested.
const ALIKE: f64 = 0.7;

/// Names that are suggested at most.
const SUGGESTED: usize = 5;

/// Everybody who can be asked.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// Providers.
    pub lookups: &'a Lookups,
    /// Where addresses are.
    pub geo: &'a GeoDatabases,
    /// Name servers.
    pub dns: Dns<'a>,
    /// Servers themselves.
    pub tls: Tls<'a>,
    /// Sources of events.
    pub queries: &'a Queries,
    /// The settings in force.
    pub settings: &'a Settings,
    /// Threads for work that takes long.
    pub work: &'a Work,
}

/// Why a pivot was not run. What fails for one value is none of these.
#[derive(Debug, thiserror::Error)]
pub enum PivotError {
    /// A parameter is wrong.
    #[error("parameter {name}: {what}")]
    Parameter {
        /// Its name.
        name: String,
        /// What is wrong with it.
        what: String,
    },
    /// The function needs settings that are not there.
    #[error("the pivot needs {0}")]
    Needs(String),
    /// The table lacks a column.
    #[error("no row has this column")]
    NoColumn(&'static str),
    /// Tables cannot be joined so.
    #[error(transparent)]
    Join(#[from] JoinError),
    /// A query cannot be filled or sent so.
    #[error(transparent)]
    Fill(#[from] FillError),
    /// No source runs a query.
    #[error(transparent)]
    Source(#[from] ChoiceError),
    /// The rows make no table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Work was not done.
    #[error(transparent)]
    Work(#[from] WorkError),
}

impl PivotError {
    pub(super) fn parameter(name: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Parameter { name: name.into(), what: what.into() }
    }
}

impl Faulty for PivotError {
    fn fault(&self) -> Fault {
        match self {
            Self::Parameter { .. } | Self::NoColumn(_) => Fault::Invalid,
            Self::Needs(_) => Fault::Unsupported,
            Self::Join(error) => error.fault(),
            Self::Fill(error) => error.fault(),
            Self::Source(error) => error.fault(),
            Self::Table(error) => error.fault(),
            Self::Work(error) => error.fault(),
        }
    }
}

/// Every function of entities that this installation has.
pub struct Pivots {
    functions: Vec<Arc<Function>>,
}

/// A function as one kind of entity has it.
#[derive(Clone)]
pub struct Pivot {
    /// The function.
    pub function: Arc<Function>,
    /// The kind of entity.
    pub entity: EntityKind,
}

/// There is no such pivot; these come closest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPivot {
    /// Names, as `container/function`, the closest first.
    pub nearest: Vec<String>,
}

impl Pivots {
    /// Finds all functions. Asks nobody.
    pub fn find_all(members: &[Arc<Member>], shelf: &Shelf, queries: &Queries, settings: &Settings) -> Self {
        let mut functions = addresses::functions();
        functions.extend(names::functions());
        functions.extend(texts::functions());
        functions.extend(lookups::functions(members));
        functions.extend(queries::functions(shelf, queries));
        functions.extend(custom::functions(&settings.pivots, members, shelf));
        Self { functions: functions.into_iter().map(Arc::new).collect() }
    }

    /// All, by kind of entity, container and name.
    pub fn all(&self) -> Vec<Pivot> {
        let of = |function: &Arc<Function>| {
            let function = Arc::clone(function);
            let entities: Vec<EntityKind> = function.takes.iter().map(|takes| takes.entity).collect();
            entities.into_iter().map(move |entity| Pivot { function: Arc::clone(&function), entity })
        };
        let mut pivots: Vec<Pivot> = self.functions.iter().flat_map(of).collect();
        pivots.sort_by(|a, b| a.key().cmp(&b.key()));
        pivots
    }

    /// The function of a kind of entity, by its name or one of its other names, in any case.
    pub fn find(&self, entity: EntityKind, container: &str, name: &str) -> Result<Pivot, UnknownPivot> {
        let of_entity = || self.functions.iter().filter(|f| f.takes.iter().any(|takes| takes.entity == entity));
        let in_container = |function: &&Arc<Function>| function.container.eq_ignore_ascii_case(container);
        let named = of_entity().filter(in_container).find(|function| function.name.eq_ignore_ascii_case(name));
        let called = |function: &&Arc<Function>| function.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name));
        match named.or_else(|| of_entity().filter(in_container).find(called)) {
            Some(function) => Ok(Pivot { function: Arc::clone(function), entity }),
            None => Err(UnknownPivot { nearest: nearest(of_entity(), container, name) }),
        }
    }
}

/// The names of functions that come closest to one that there is not.
fn nearest<'f>(functions: impl Iterator<Item = &'f Arc<Function>>, container: &str, name: &str) -> Vec<String> {
    let wanted = format!("{container}/{name}").to_lowercase();
    let mut near: Vec<(f64, String)> = functions
        .map(|function| {
            let whole = format!("{}/{}", function.container, function.name);
            let by_name = strsim::jaro_winkler(&name.to_lowercase(), &function.name.to_lowercase());
            (strsim::jaro_winkler(&wanted, &whole.to_lowercase()).max(by_name), whole)
        })
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    near.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    near.into_iter().map(|(_, name)| name).take(SUGGESTED).collect()
}

impl Pivot {
    /// What orders pivots, and where a list goes on.
    pub fn key(&self) -> (&'static str, &str, &str) {
        (self.entity.as_str(), &self.function.container, &self.function.name)
    }

    /// What of the entity is asked about.
    pub fn takes(&self) -> Option<&Takes> {
        self.function.takes.iter().find(|takes| takes.entity == self.entity)
    }

    /// The value of an entity that is asked about.
    pub fn value_of(&self, graph: &EntityGraph, entity: &Entity) -> Option<String> {
        entities::value(graph, entity, &self.takes()?.attribute)
    }

    /// The values of entities in any spelling, and what else they say for the parameters of a query.
    pub fn values_of(&self, entities: &Value) -> (Vec<String>, Map<String, Value>) {
        let graph = EntityGraph::from_entities(entities);
        let mut values = Vec::new();
        let mut others = Map::new();
        for takes in &self.function.takes {
            let found = entities::values(&graph, takes.entity, &takes.attribute);
            if takes.entity == self.entity {
                values = found;
            } else if let (Some(parameter), [one]) = (&takes.parameter, found.as_slice()) {
                others.insert(parameter.to_string(), one.as_str().into());
            }
        }
        (values, others)
    }
}
