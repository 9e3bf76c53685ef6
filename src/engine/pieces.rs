//! The rows of an answer, a piece at a time.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use datafusion::{
    arrow::array::RecordBatch, error::DataFusionError, execution::SessionState, physical_plan::execute_stream,
};
use futures::StreamExt;
use model::{
    Column, ColumnSpec, Table, TableError, Value,
    table::{datetime_of_ticks, timespan_of_ticks},
};
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    time::Instant,
};

use crate::{
    cell::{Cell, Cells, write_decimal},
    engine::EngineError,
    plan::Planned,
    run::{self, Aborting},
};

/// What the engine is doing while rows come.
const DOING: &str = "working out its rows";

/// The rows of an answer. Dropping it stops the query.
#[derive(Debug)]
pub struct Pieces {
    receiver: mpsc::Receiver<Result<Table, EngineError>>,
    truncated: Arc<AtomicBool>,
    /// Whether the task came to its end: one that broke off must not look like one without further rows.
    finished: Arc<AtomicBool>,
    _task: Aborting<()>,
}

impl Pieces {
    /// Starts a plan; must be called within the engine's runtime.
    pub(crate) fn start(
        state: SessionState,
        planned: Planned,
        columns: Vec<ColumnSpec>,
        max_rows: usize,
        deadline: Instant,
        permit: Arc<OwnedSemaphorePermit>,
    ) -> Self {
        // A piece or two ahead of whoever reads.
        let (sender, receiver) = mpsc::channel(2);
        let truncated = Arc::new(AtomicBool::new(false));
        let is_truncated = truncated.clone();
        let finished = Arc::new(AtomicBool::new(false));
        let is_finished = finished.clone();
        let task = tokio::spawn(async move {
            let sending = send(&state, planned, &columns, max_rows, &is_truncated, &sender);
            let result = tokio::time::timeout_at(deadline, sending).await.unwrap_or(Err(EngineError::TooSlow(DOING)));
            if let Err(error) = result {
                let _ = sender.send(Err(error)).await;
            }
            drop(permit);
            is_finished.store(true, Ordering::Release);
            drop(sender);
        });
        Self { receiver, truncated, finished, _task: Aborting(task) }
    }

    /// The next rows; nothing when there are no more.
    pub async fn next(&mut self) -> Option<Result<Table, EngineError>> {
        match self.receiver.recv().await {
            None if !self.finished.swap(true, Ordering::Acquire) => Some(Err(EngineError::Broken(DOING))),
            piece => piece,
        }
    }

    /// Whether rows were cut off; known when all have come.
    pub fn truncated(&self) -> bool {
        self.truncated.load(Ordering::Relaxed)
    }

    /// All rows as one table; whether rows were cut off.
    pub async fn collect(mut self) -> Result<(Option<Table>, bool), EngineError> {
        let mut all: Option<Vec<Column>> = None;
        while let Some(piece) = self.next().await {
            let piece = piece?;
            match &mut all {
                None => all = Some(piece.columns().to_vec()),
                Some(columns) => {
                    for (column, more) in columns.iter_mut().zip(piece.columns()) {
                        for value in more.iter() {
                            column.push(value).map_err(|_| EngineError::TooLarge(DOING))?;
                        }
                    }
                }
            }
        }
        let table = all.map(Table::new).transpose().map_err(|_| EngineError::TooLarge(DOING))?;
        Ok((table, self.truncated()))
    }
}

async fn send(
    state: &SessionState,
    planned: Planned,
    columns: &[ColumnSpec],
    max_rows: usize,
    truncated: &AtomicBool,
    sender: &mpsc::Sender<Result<Table, EngineError>>,
) -> Result<(), EngineError> {
    let failed = |error: DataFusionError| run::broken(&error, DOING);
    let plan = planned.laid_out().map_err(|error| run::failed(error, DOING))?;
    let physical = state.create_physical_plan(&plan).await.map_err(failed)?;
    let mut stream = execute_stream(physical, state.task_ctx()).map_err(failed)?;
    let mut left = max_rows;
    let mut is_first = true;
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(failed)?;
        if batch.num_rows() == 0 {
            continue;
        }
        if left == 0 {
            truncated.store(true, Ordering::Relaxed);
            break;
        }
        if batch.num_rows() > left {
            truncated.store(true, Ordering::Relaxed);
        }
        let rows = batch.num_rows().min(left);
        left -= rows;
        is_first = false;
        let piece = table_of(&batch.slice(0, rows), columns)?;
        if sender.send(Ok(piece)).await.is_err() {
            return Ok(());
        }
    }
    // No rows are an answer, too.
    if is_first {
        let empty = columns.iter().map(|column| Column::new(&column.name, column.kind)).collect();
        let _ = sender.send(Table::new(empty).map_err(|_| EngineError::Broken(DOING))).await;
    }
    Ok(())
}

/// The rows of a batch as a table.
fn table_of(batch: &RecordBatch, columns: &[ColumnSpec]) -> Result<Table, EngineError> {
    let mut made = Vec::with_capacity(columns.len());
    for (array, spec) in batch.columns().iter().zip(columns) {
        let cells = Cells::of_array(array, spec.kind).map_err(|error| run::broken(&error, DOING))?;
        let mut column = Column::new(&spec.name, spec.kind);
        for row in 0..batch.num_rows() {
            column.push(value_of(&cells.cell(row))).map_err(|_| EngineError::Broken(DOING))?;
        }
        made.push(column);
    }
    Table::new(made).map_err(|error| match error {
        TableError::TooManyCells => EngineError::TooLarge(DOING),
        _ => EngineError::Broken(DOING),
    })
}

fn value_of<'c>(cell: &'c Cell<'c>) -> Value<'c> {
    match cell {
        Cell::Null => Value::Null,
        Cell::Bool(value) => Value::Bool(*value),
        Cell::Long(number) => Value::Long(*number),
        Cell::Real(number) => Value::Real(*number),
        Cell::Decimal(number) => Value::Decimal(write_decimal(*number).into()),
        Cell::Text(text) => Value::String(text.as_ref().into()),
        Cell::Datetime(ticks) => datetime_of_ticks(*ticks).map_or(Value::Null, Value::Datetime),
        Cell::Timespan(ticks) => Value::Timespan(timespan_of_ticks(*ticks)),
        Cell::Guid(text) => text.parse().map_or(Value::Null, Value::Guid),
        Cell::Dynamic(json) => Value::Dynamic(json.as_ref().into()),
    }
}
