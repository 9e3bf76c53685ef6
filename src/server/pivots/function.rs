//! A function of entities: what it is called, what it takes, what it answers with, and which step does the work.

use std::sync::Arc;

use futures::future::BoxFuture;
use model::{ColumnSpec, ColumnType, EntityKind, When};
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::{Answered, PivotError, World};
use crate::{lookups::Permission, registries};

/// A function of one or several kinds of entities.
pub struct Function {
    /// The group that it belongs to: `util`, `ti`, `VT`, an environment of queries.
    pub container: Arc<str>,
    /// Its name, as MSTICPy has it where MSTICPy has it.
    pub name: Arc<str>,
    /// Other names, those of MSTICPy's first version among them.
    pub aliases: Vec<Arc<str>>,
    /// What it does.
    pub description: Arc<str>,
    /// Whom it can be asked about.
    pub takes: Vec<Takes>,
    /// What it can be told besides.
    pub parameters: Vec<Parameter>,
    /// The columns that it answers with, if that is known before it is asked; besides `value`, `outcome` and `reason`.
    pub columns: Vec<ColumnSpec>,
    /// What is missing before it can be run.
    pub needs: Vec<String>,
    /// Whether it queries events, which takes another permission than lookups.
    pub is_query: bool,
    /// Who does the work.
    pub step: Arc<dyn Step>,
}

/// A kind of entity and what of it is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Takes {
    /// The kind.
    pub entity: EntityKind,
    /// The attribute, in snake_case.
    pub attribute: Arc<str>,
    /// The parameter of a query that it fills.
    pub parameter: Option<Arc<str>>,
}

/// What a function can be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Parameter {
    /// Its name.
    #[schema(value_type = String, example = "providers")]
    pub name: Arc<str>,
    /// What it takes.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "list")]
    pub type_name: Arc<str>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub description: Option<Arc<str>>,
    /// Whether it has to be given.
    pub required: bool,
}

impl Parameter {
    /// One that may be left out.
    pub fn optional(name: &str, type_name: &str, description: &str) -> Self {
        Self { name: name.into(), type_name: type_name.into(), description: Some(description.into()), required: false }
    }
}

/// How a function is to be run.
#[derive(Debug, Clone)]
pub struct Manner {
    /// What may be done with the values.
    pub permission: Permission,
    /// When the answer is due.
    pub deadline: Instant,
    /// Ask again whatever the cache holds.
    pub refresh: bool,
    /// Values of the function's parameters.
    pub parameters: Map<String, Value>,
    /// When queries begin.
    pub start: Option<When>,
    /// When queries end.
    pub end: Option<When>,
    /// More rows than these are not wanted.
    pub max_rows: usize,
    /// The parameter of a query that the values fill; settled when the function is run.
    pub fills: Option<Arc<str>>,
    /// Whether the rows must say which value each is about: then a query is asked about one value after the other.
    pub by_value: bool,
}

impl Manner {
    /// How registries are asked.
    pub(super) fn of_registries(&self) -> registries::Manner {
        registries::Manner {
            permission: self.permission.clone(),
            deadline: self.deadline,
            refresh: self.refresh,
            include_raw: false,
        }
    }

    /// A parameter that is a list of texts, or one text.
    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, PivotError> {
        let wrong = || PivotError::parameter(name, "takes a list of texts");
        match self.parameters.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(vec![text.clone()])),
            Some(Value::Array(values)) => values
                .iter()
                .map(|value| value.as_str().map(str::to_owned).ok_or_else(wrong))
                .collect::<Result<_, _>>()
                .map(Some),
            Some(_) => Err(wrong()),
        }
    }

    /// A parameter that is a text.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, PivotError> {
        match self.parameters.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(PivotError::parameter(name, "takes a text")),
        }
    }
}

/// Who does the work of a function.
pub trait Step: Send + Sync {
    /// Asks about values, each of which is there once. What fails for one value is told about that value.
    fn ask<'a>(
        &'a self,
        world: World<'a>,
        values: &'a [Arc<str>],
        manner: &'a Manner,
    ) -> BoxFuture<'a, Result<Answered, PivotError>>;
}

/// The columns of an answer, by name and type.
pub(super) fn columns(of: &[(&str, ColumnType)]) -> Vec<ColumnSpec> {
    of.iter().map(|(name, kind)| ColumnSpec { name: (*name).to_owned(), kind: *kind }).collect()
}
