//! Plans at work: their rows as cells, their failures in words that tell nothing of the data.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use datafusion::{error::DataFusionError, execution::SessionState, physical_plan::execute_stream};
use futures::TryStreamExt;
use tokio::task::JoinHandle;

use crate::{
    cell::Cells,
    engine::EngineError,
    plan::{Known, PlanError, Planned},
};

/// A task that ends when nobody waits for it any more.
#[derive(Debug)]
pub(crate) struct Aborting<T>(pub(crate) JoinHandle<T>);

impl<T> Future for Aborting<T> {
    type Output = Result<T, tokio::task::JoinError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context)
    }
}

impl<T> Drop for Aborting<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Why planning failed.
pub(crate) fn failed(error: PlanError, doing: &'static str) -> EngineError {
    match error {
        PlanError::Unsupported(what) => EngineError::Unsupported(what),
        PlanError::Senseless(what) => EngineError::Senseless(what),
        PlanError::Needs(_) => EngineError::Broken(doing),
        PlanError::DataFusion(error) => broken(&error, doing),
    }
}

/// Why running failed.
pub(crate) fn broken(error: &DataFusionError, doing: &'static str) -> EngineError {
    #[cfg(test)]
    tests_say(error);
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => EngineError::TooLarge(doing),
        // No room on disk, either; the kind of error does not tell it.
        DataFusionError::ArrowError(error, _) if error.to_string().contains("spilling") => EngineError::TooLarge(doing),
        DataFusionError::ParquetError(_) | DataFusionError::IoError(_) | DataFusionError::ObjectStore(_) => {
            EngineError::Unreadable
        }
        _ => EngineError::Broken(doing),
    }
}

#[cfg(test)]
fn tests_say(error: &DataFusionError) {
    eprintln!("{error}");
}

/// The rows of a plan, as cells.
pub(crate) async fn cells(state: &SessionState, planned: Planned, rows: usize) -> Result<Known, EngineError> {
    const DOING: &str = "running a part of it";
    let types = planned.types.clone();
    let failed = |error: DataFusionError| broken(&error, DOING);
    let plan = state
        .create_physical_plan(&planned.laid_out().map_err(|error| self::failed(error, DOING))?)
        .await
        .map_err(failed)?;
    let mut stream = execute_stream(plan, state.task_ctx()).map_err(failed)?;
    let mut known = Known::new();
    while known.len() < rows
        && let Some(batch) = stream.try_next().await.map_err(failed)?
    {
        let columns =
            batch.columns().iter().zip(&types).map(|(array, column_type)| Cells::of_array(array, *column_type));
        let columns = columns.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        for row in 0..batch.num_rows().min(rows - known.len()) {
            known.push(columns.iter().map(|column| column.cell(row).into_owned()).collect());
        }
    }
    Ok(known)
}
