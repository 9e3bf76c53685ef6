//! A template on its way to a source: which source runs it, and what is asked of each connection about which time.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use model::{Fault, Faulty, Span, When};
use serde_json::{Map, Value};
use sources::{Arguments, Endpoint, Refusal, Rendered, Template};

use super::{Connection, Part, Queries, SourceHere, SplitError, split};

/// A template and what it is filled with.
#[derive(Clone, Copy)]
pub struct Filled<'a> {
    /// The template.
    pub template: &'a Template,
    /// What is given.
    pub given: Arguments<'a>,
    /// What time it is.
    pub now: DateTime<Utc>,
}

/// Why a template cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    /// It cannot be filled so.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Refused(Vec<Refusal>),
    /// It was to be split by a time of which it does not speak.
    #[error("the query speaks of no time, so that it cannot be split by it")]
    NoTime,
    /// It cannot be split so.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// It is for clusters that the source does not have.
    #[error("the query is for other clusters than those of the source")]
    OtherClusters,
}

impl Faulty for FillError {
    fn fault(&self) -> Fault {
        match self {
            Self::OtherClusters => Fault::Unsupported,
            _ => Fault::Invalid,
        }
    }
}

/// Why no source runs a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChoiceError {
    /// The one that was named is not there.
    #[error("there is no source of this name")]
    Unknown,
    /// The one that was named runs others.
    #[error("the source runs queries of {own}, not of {environment}")]
    Unfit {
        /// Its own environments.
        own: String,
        /// The template's.
        environment: String,
    },
    /// None does.
    #[error("no source of the settings runs queries of {0}")]
    None(String),
    /// Several do.
    #[error("several sources run such queries: one of {0} is needed")]
    Several(String),
}

impl Faulty for ChoiceError {
    fn fault(&self) -> Fault {
        match self {
            Self::Unknown => Fault::Missing,
            Self::None(_) => Fault::Unsupported,
            Self::Unfit { .. } | Self::Several(_) => Fault::Invalid,
        }
    }
}

impl Filled<'_> {
    /// The text of the query.
    pub fn render(&self) -> Result<Rendered, FillError> {
        self.template.render(self.given, self.now).map_err(FillError::Refused)
    }

    /// The text about a part of its time, which takes the place of the whole's, however that was given.
    fn render_part(&self, chunk: Span) -> Result<Rendered, FillError> {
        let is_time = |name: &str| {
            self.template.parameter(name).is_some_and(|parameter| matches!(&*parameter.name, "start" | "end"))
        };
        let others: Map<String, Value> = self
            .given
            .parameters
            .iter()
            .filter(|(name, _)| !is_time(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let (start, end) = (Some(When::at(chunk.start())), Some(When::at(chunk.end())));
        let part = Arguments { parameters: &others, start, end, allow_raw: self.given.allow_raw };
        self.template.render(part, self.now).map_err(FillError::Refused)
    }

    /// What is asked of each connection, and about which time; `whole` is what [`Self::render`] gave.
    pub fn parts(
        &self,
        source: &SourceHere,
        connections: &[Arc<Connection>],
        whole: &Rendered,
        split_by: Option<&str>,
    ) -> Result<Vec<Part>, FillError> {
        let chunks = match split_by {
            None => vec![(None, whole.clone())],
            Some(by) => {
                let chunk = |span| self.render_part(span).map(|rendered| (Some(span), rendered));
                split(whole.span.ok_or(FillError::NoTime)?, by)?.into_iter().map(chunk).collect::<Result<_, _>>()?
            }
        };
        // In Log Analytics the text says it all, and a second time beside it hides what the text looks back at.
        let beside = source.facts().endpoint != Endpoint::LogAnalytics || source.facts().id == "sentinel_search";
        let database = self.template.routing.database.as_ref().map(|database| vec![database.as_ref().to_owned()]);
        let is_kusto = source.facts().id == "kusto";
        let part = |connection: &Arc<Connection>, (chunk, rendered): &(Option<Span>, Rendered)| Part {
            connection: Arc::clone(connection),
            place: database.clone().filter(|_| is_kusto),
            query: rendered.query.clone(),
            span: rendered.span.filter(|_| beside),
            chunk: *chunk,
        };
        let of_all = connections.iter().flat_map(|connection| chunks.iter().map(move |chunk| part(connection, chunk)));
        Ok(of_all.collect())
    }
}

impl Queries {
    /// The source that is named, or the only one that runs queries of the environment.
    pub fn choose(
        &self,
        template: &Template,
        environment: &str,
        named: Option<&str>,
    ) -> Result<Arc<SourceHere>, ChoiceError> {
        let runs = |source: &SourceHere| {
            source.runs(environment) || template.environments.iter().any(|other| source.runs(other.name()))
        };
        if let Some(name) = named {
            let source = self.source(name).ok_or(ChoiceError::Unknown)?;
            let own = source.facts().environments.join(", ");
            let unfit = ChoiceError::Unfit { own, environment: environment.to_owned() };
            return if runs(&source) { Ok(source) } else { Err(unfit) };
        }
        let all = self.all();
        // Those of the environment that was named come first: a query may be for several.
        let exact: Vec<_> = all.values().filter(|source| source.runs(environment)).collect();
        let fitting = if exact.is_empty() { all.values().filter(|source| runs(source)).collect() } else { exact };
        match fitting.as_slice() {
            [only] => Ok(Arc::clone(only)),
            [] => Err(ChoiceError::None(environment.to_owned())),
            several => {
                let names: Vec<&str> = several.iter().map(|source| source.id.as_str()).collect();
                Err(ChoiceError::Several(names.join(", ")))
            }
        }
    }
}

impl SourceHere {
    /// The connections that a template allows: those of its clusters and groups, or all.
    pub fn routed(&self, template: &Template) -> Result<Vec<Arc<Connection>>, FillError> {
        let routing = &template.routing;
        let clusters = || routing.cluster.iter().chain(&routing.clusters);
        if clusters().next().is_none() && routing.cluster_groups.is_empty() {
            return Ok(self.connections.clone());
        }
        let fits = |connection: &&Arc<Connection>| {
            let in_group = |group: &Arc<str>| connection.groups.iter().any(|own| own.eq_ignore_ascii_case(group));
            clusters().any(|cluster| connection.is_called(cluster)) || routing.cluster_groups.iter().any(in_group)
        };
        let fitting: Vec<_> = self.connections.iter().filter(fits).cloned().collect();
        if fitting.is_empty() { Err(FillError::OtherClusters) } else { Ok(fitting) }
    }
}
