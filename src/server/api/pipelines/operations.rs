//! The operations and plots that a pipeline can put its table through: the same code, and the same parameters, as the
//! operations of their own.

use futures::{FutureExt as _, future::BoxFuture};
use model::Table;
use plots::Kind;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{
    api::{
        analysis::{self, TimeseriesRequest},
        body::mistake_at,
        mask::{self, MaskRequest},
        plots::{self as drawing, PlotRequest},
        problem::Problem,
        process_tree::{self, ProcessTreeRequest},
    },
    pivots::pipeline::{Drawing, Mistake, Operations},
    services::Services,
};

/// What belongs to requests and not to steps, which have a table.
const OF_REQUESTS: &[&str] = &["rows", "query", "columns", "format", "scale"];

/// The operations of the service.
pub(super) struct Here<'a>(pub(super) &'a Services);

impl Operations for Here<'_> {
    fn check(&self, operation: &str, parameters: &Map<String, Value>) -> Vec<Mistake> {
        let read = match operation {
            "process-tree" => read::<ProcessTreeRequest>(parameters).map(|_| ()),
            "mask" => read::<MaskRequest>(parameters).map(|_| ()),
            _ => read::<TimeseriesRequest>(parameters).map(|_| ()),
        };
        read.err().map(|problem| mistakes(&problem)).unwrap_or_default()
    }

    fn check_plot(&self, kind: Kind, options: &Map<String, Value>) -> Vec<Mistake> {
        let checked = read::<PlotRequest>(options).and_then(|request| drawing::check(kind, request));
        checked.err().map(|problem| mistakes(&problem)).unwrap_or_default()
    }

    fn operate<'a>(
        &'a self,
        operation: &'a str,
        parameters: &'a Map<String, Value>,
        table: Table,
    ) -> BoxFuture<'a, Result<Table, String>> {
        let Self(services) = self;
        async move {
            match operation {
                "process-tree" => {
                    let request = read::<ProcessTreeRequest>(parameters)?;
                    services.work.run(move || process_tree::rows(table, request)).await?
                }
                "mask" => mask::masked(services, table, read::<MaskRequest>(parameters)?).await.map(|(table, _)| table),
                _ => {
                    let request = read::<TimeseriesRequest>(parameters)?;
                    analysis::decompose(services, table, request).await.map(|(table, _)| table)
                }
            }
        }
        .map(|done: Result<Table, Problem>| done.map_err(|problem| problem.words().to_owned()))
        .boxed()
    }

    fn draw<'a>(
        &'a self,
        kind: Kind,
        options: &'a Map<String, Value>,
        table: Table,
    ) -> BoxFuture<'a, Result<Drawing, String>> {
        async move { drawing::svg(self.0, kind, table, read::<PlotRequest>(options)?).await }
            .map(|drawn: Result<(String, String), Problem>| match drawn {
                Ok((title, svg)) => Ok(Drawing { title, svg }),
                Err(problem) => Err(problem.words().to_owned()),
            })
            .boxed()
    }
}

/// The parameters of a step as a request of the operation.
fn read<T: DeserializeOwned>(parameters: &Map<String, Value>) -> Result<T, Problem> {
    if let Some(name) = OF_REQUESTS.iter().find(|name| parameters.contains_key(**name)) {
        return Err(Problem::invalid_at(format!("/{name}"), "the table is the one that the step before left"));
    }
    serde_path_to_error::deserialize(Value::Object(parameters.clone()))
        .map_err(|error| mistake_at(error.path(), error.inner()))
}

fn mistakes(problem: &Problem) -> Vec<Mistake> {
    let pointed = problem.pointed().iter();
    pointed.map(|at| Mistake { pointer: at.pointer.clone(), what: at.detail.clone() }).collect()
}
