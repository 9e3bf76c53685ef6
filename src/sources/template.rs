//! Query templates in MSTICPy's YAML form: loaded, merged, checked, rendered.
//!
//! A template knows the place of each gap, so that a value is written as its place needs it. Text that is part of the query
//! is raw: it is taken from the template's author, and from callers only who may write queries of their own.

mod body;
mod document;
mod file;
mod lines;
mod mistake;
mod parameter;
mod pivot;
mod query;
mod refusal;
mod render;
mod text;
mod yaml;

use std::sync::Arc;

pub use file::{TemplateFile, read_file};
pub use mistake::Mistake;
pub(crate) use mistake::Mistakes;
pub use parameter::{Parameter, ParameterType};
pub use pivot::{PARAMETER_ENTITIES, Pivot};
pub use refusal::Refusal;
pub use render::{Arguments, Rendered};
pub(crate) use yaml::{Node, read as read_yaml};

use self::{body::Body, parameter::Argument};
use crate::{Dialect, Environment};

/// A named query with parameters.
#[derive(Debug)]
pub struct Template {
    /// Its name.
    pub name: Arc<str>,
    /// What it finds.
    pub description: Option<Arc<str>>,
    /// The environments that it is written for. They share a dialect.
    pub environments: Vec<Environment>,
    /// The families that it belongs to; with the environment and the name they are its address.
    pub families: Vec<Arc<str>>,
    /// The language of the text.
    pub dialect: Dialect,
    /// The text, macros replaced.
    pub text: Arc<str>,
    /// The parameters, in the order of the file.
    pub parameters: Vec<Parameter>,
    /// The tables that it reads, as far as they are known.
    pub tables: Vec<Arc<str>>,
    /// How it appears on entities.
    pub pivot: Pivot,
    /// Where a Kusto query goes.
    pub routing: Routing,
    /// The kind of data that it reads.
    pub data_source: Option<Arc<str>>,
    /// Words that it can be found by.
    pub tags: Vec<Arc<str>>,
    /// Where more is said about it.
    pub uri: Option<Arc<str>>,
    /// The file that it is from.
    pub file: Arc<str>,
    /// Its line there.
    pub line: usize,
    body: Body,
    /// What each parameter is when nothing is given; times are worked out anew.
    defaults: Vec<Option<Argument>>,
}

/// Where a query for Kusto goes (`metadata.database`, `cluster`, `clusters`, `cluster_groups`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Routing {
    /// The database.
    pub database: Option<Arc<str>>,
    /// The only cluster.
    pub cluster: Option<Arc<str>>,
    /// Clusters that it can go to.
    pub clusters: Vec<Arc<str>>,
    /// Groups of clusters that it can go to.
    pub cluster_groups: Vec<Arc<str>>,
}

impl Template {
    /// The parameter of that name or alias, with its place.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        let by_name = self.parameters.iter().position(|parameter| &*parameter.name == name);
        by_name.or_else(|| {
            self.parameters.iter().position(|parameter| parameter.aliases.iter().any(|alias| &**alias == name))
        })
    }

    /// The parameter of that name or alias.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.get(self.position(name)?)
    }
}

#[cfg(test)]
mod tests;
