//! Running a function on values or on a column of a table: each distinct value is asked about once, and what is answered
//! comes back as a table or is joined to the one that was given.

use std::{collections::HashMap, sync::Arc};

use model::{Column, ColumnType, Outcome, Table, Value, table::JoinKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Answered, Ending, Manner, Pivot, PivotError, World, join};

/// The column with the value that an answer is about.
pub(super) const VALUE: &str = "value";

/// Rows that failed are named one by one up to so many.
const MAX_NAMED: usize = 1_000;

/// What a function is asked about.
#[derive(Debug)]
pub enum Asked {
    /// Values.
    Values(Vec<String>),
    /// The cells of a column, and the table that it belongs to.
    Column {
        /// The table.
        table: Table,
        /// The name of the column.
        column: String,
    },
}

/// How an answer is joined to the table that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joining {
    /// Which rows are kept.
    pub kind: JoinKind,
    /// Columns whose cells must be equal: of the table, and of the answer. Otherwise the rows that a value was asked for
    /// get what was answered about it.
    pub on: Option<(String, String)>,
    /// Whether upper and lower case are the same in these columns.
    pub ignore_case: bool,
}

/// How an answer is joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(as = PivotJoin)]
#[serde(rename_all = "snake_case")]
pub enum JoinName {
    /// Not: the answer stands alone.
    None,
    /// Every row of the table, with what was answered.
    Left,
    /// Rows that got an answer.
    Inner,
    /// Every row of the answer.
    Right,
    /// Every row of both.
    Outer,
}

impl JoinName {
    /// The join, if it is one.
    pub const fn kind(self) -> Option<JoinKind> {
        match self {
            Self::None => None,
            Self::Left => Some(JoinKind::Left),
            Self::Inner => Some(JoinKind::Inner),
            Self::Right => Some(JoinKind::Right),
            Self::Outer => Some(JoinKind::Outer),
        }
    }
}

/// One call of a function.
#[derive(Debug)]
pub struct Call {
    /// What it is asked about.
    pub asked: Asked,
    /// How the answer is joined; not, if absent.
    pub join: Option<Joining>,
    /// How it is run.
    pub manner: Manner,
}

/// A row about whose value nothing could be found out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FailedRow {
    /// The first row with the value, counted from 0.
    pub source_row: usize,
    /// How asking ended.
    pub outcome: Outcome,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub reason: Option<Arc<str>>,
}

/// What came of a call.
#[derive(Debug, Clone)]
pub struct Ran {
    /// The rows.
    pub table: Table,
    /// Distinct values that were asked about.
    pub values: usize,
    /// The first of those that failed.
    pub failed: Vec<FailedRow>,
    /// Whether every answer was there in time.
    pub complete: bool,
}

/// The distinct values of a column.
struct Distinct {
    values: Vec<Arc<str>>,
    /// For each row, its value.
    of_row: Vec<Option<usize>>,
    /// For each value, the first row that has it.
    first_row: Vec<usize>,
}

impl Distinct {
    fn of<'v>(cells: impl Iterator<Item = Value<'v>>) -> Self {
        let mut known: HashMap<Arc<str>, usize> = HashMap::new();
        let mut distinct = Self { values: Vec::new(), of_row: Vec::new(), first_row: Vec::new() };
        for (row, cell) in cells.enumerate() {
            let text = cell.to_text();
            let text = text.trim();
            if text.is_empty() {
                distinct.of_row.push(None);
                continue;
            }
            let number = match known.get(text) {
                Some(number) => *number,
                None => {
                    let value: Arc<str> = text.into();
                    let number = distinct.values.len();
                    known.insert(Arc::clone(&value), number);
                    distinct.values.push(value);
                    distinct.first_row.push(row);
                    number
                }
            };
            distinct.of_row.push(Some(number));
        }
        distinct
    }
}

impl Pivot {
    /// Runs it.
    pub async fn run(&self, world: World<'_>, call: Call) -> Result<Ran, PivotError> {
        if !self.function.needs.is_empty() {
            return Err(PivotError::Needs(self.function.needs.join(", ")));
        }
        let Call { asked, join, mut manner } = call;
        manner.fills = self.takes().and_then(|takes| takes.parameter.clone());
        manner.by_value = join.as_ref().is_some_and(|join| join.on.is_none());
        let (left, distinct) = match asked {
            Asked::Values(values) => {
                let distinct = Distinct::of(values.iter().map(|value| value.as_str().into()));
                (Table::new(vec![texts(VALUE, values.iter().map(|value| value.as_str().into()))])?, distinct)
            }
            Asked::Column { table, column } => {
                let cells = table.column(&column).ok_or(PivotError::NoColumn("column"))?;
                let distinct = Distinct::of(cells.iter());
                (table, distinct)
            }
        };
        if join.as_ref().and_then(|join| join.on.as_ref()).is_some_and(|(key, _)| left.column(key).is_none()) {
            return Err(PivotError::NoColumn("left_on"));
        }
        let answered = self.function.step.ask(world, &distinct.values, &manner).await?;
        let (name, max_rows) = (Arc::clone(&self.function.name), manner.max_rows);
        world.work.run(move || compose(&name, &left, &distinct, answered, join.as_ref(), max_rows)).await?
    }
}

impl Pivot {
    /// Asks about values, each of which is there once: how it ended for each, and the rows about it.
    pub async fn ask_each(
        &self,
        world: World<'_>,
        values: &[Arc<str>],
        mut manner: Manner,
    ) -> Result<Vec<(Ending, Table)>, PivotError> {
        if !self.function.needs.is_empty() {
            return Err(PivotError::Needs(self.function.needs.join(", ")));
        }
        manner.fills = self.takes().and_then(|takes| takes.parameter.clone());
        let Answered { table, about, endings, .. } = self.function.step.ask(world, values, &manner).await?;
        let mut rows: Vec<Vec<usize>> = vec![Vec::new(); endings.len()];
        for (row, number) in about.into_iter().enumerate() {
            if let Some(rows) = rows.get_mut(number) {
                rows.push(row);
            }
        }
        Ok(endings.into_iter().zip(rows).map(|(ending, rows)| (ending, table.take(&rows))).collect())
    }
}

/// The answer as a table.
fn compose(
    function: &str,
    left: &Table,
    distinct: &Distinct,
    answered: Answered,
    joining: Option<&Joining>,
    max_rows: usize,
) -> Result<Ran, PivotError> {
    let failed: Vec<FailedRow> = (answered.endings.iter().zip(&distinct.first_row))
        .filter(|(ending, _)| ending.outcome.is_failure())
        .take(MAX_NAMED)
        .map(|(ending, row)| FailedRow { source_row: *row, outcome: ending.outcome, reason: ending.reason.clone() })
        .collect();
    let (values, complete) = (distinct.values.len(), answered.complete);
    let right = right(answered, distinct)?;
    let table = match joining {
        None => right.table,
        Some(Joining { kind, on: Some((left_on, right_on)), ignore_case }) => {
            join::by_key(left, &right.table, (left_on, right_on), *kind, *ignore_case, function)?
        }
        Some(Joining { kind, .. }) => {
            join::by_value(left, right.table, &right.rows_of, &distinct.of_row, *kind, function)?
        }
    };
    Ok(Ran { table: table.first(max_rows), values, failed, complete })
}

/// What was answered, with the value that each row is about and how asking ended.
pub(super) struct Right {
    /// `value`, `outcome`, `reason`, and the columns of the function.
    pub(super) table: Table,
    /// For each value, its rows, which stand together.
    pub(super) rows_of: Vec<std::ops::Range<usize>>,
}

/// A row for each row that was answered, and one for each value that failed or about which nothing is known.
fn right(answered: Answered, distinct: &Distinct) -> Result<Right, PivotError> {
    let Answered { table, about, endings, .. } = answered;
    if about.is_empty() && table.row_count() > 0 {
        // All were asked about together.
        return Ok(Right { table, rows_of: Vec::new() });
    }
    let mut rows: Vec<Option<usize>> = Vec::with_capacity(about.len());
    let mut value_of: Vec<usize> = Vec::with_capacity(about.len());
    let mut rows_of = Vec::with_capacity(distinct.values.len());
    let mut next = 0;
    for (number, ending) in endings.iter().enumerate() {
        let start = rows.len();
        while about.get(next) == Some(&number) {
            rows.push(Some(next));
            next += 1;
        }
        if rows.len() == start && ending.outcome != Outcome::NotFound {
            rows.push(None);
        }
        value_of.resize(rows.len(), number);
        rows_of.push(start..rows.len());
    }
    let value = |number: &usize| Value::from(distinct.values.get(*number).map(|value| &**value));
    let ending = |number: &usize| endings.get(*number);
    let mut columns = vec![
        texts(VALUE, value_of.iter().map(value)),
        texts("outcome", value_of.iter().map(|n| Value::from(ending(n).map(|ending| ending.outcome.as_str())))),
        texts("reason", value_of.iter().map(|n| Value::from(ending(n).and_then(|ending| ending.reason.as_deref())))),
    ];
    let truncated = table.is_truncated();
    let own: Vec<String> = columns.iter().map(|column| column.name().to_owned()).collect();
    for column in table.into_columns() {
        let gathered = column.gather(rows.iter().copied());
        // Events may have columns of these names.
        let name = gathered.name().to_owned();
        columns.push(if own.contains(&name) { gathered.renamed(format!("{name}_res")) } else { gathered });
    }
    let mut table = Table::new(columns)?;
    if truncated {
        table.mark_truncated();
    }
    Ok(Right { table, rows_of })
}

/// A column of texts.
fn texts<'v>(name: &str, cells: impl Iterator<Item = Value<'v>>) -> Column {
    let mut column = Column::new(name, ColumnType::String);
    for (row, cell) in cells.enumerate() {
        if column.push(cell).is_err() {
            column.fill(row + 1);
        }
    }
    column
}
