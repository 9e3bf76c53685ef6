//! What is asked of a process tree: the events, how they are read, and which of the processes are wanted.

use extract::process_tree::{CustomSchema, ProcessTree, Relation, Schema, SchemaName};
use model::{ColumnSpec, Rows, Table};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::{problem::Problem, tables::TakesRows};

/// Events that start processes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct ProcessTreeRequest {
    /// The events.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, nullable = false)]
    pub(super) rows: Option<Rows>,
    /// What the columns of the rows hold, if that does not show.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(super) columns: Option<Vec<ColumnSpec>>,
    /// The schema of the events; found by their columns when left out.
    #[serde(default)]
    #[schema(nullable = false)]
    schema: Option<SchemaName>,
    /// Rows, or trees with children in their parents.
    #[serde(default)]
    pub(super) format: Format,
    /// The `proc_key` of a process: the answer has it and its relatives only.
    #[serde(default)]
    #[schema(nullable = false)]
    process: Option<String>,
    /// The same by the row of its event, counted from 0.
    #[serde(default)]
    #[schema(nullable = false)]
    source_row: Option<usize>,
    /// Which of the relatives; all when left out. A parent is an ancestor, a child a descendant.
    #[serde(default)]
    pub(super) relations: Vec<Relation>,
    /// For the schema `custom`: the column with the beginning of the process.
    #[serde(default)]
    #[schema(nullable = false, example = "CreateTime")]
    time_column: Option<String>,
    /// The column with the name of the program.
    #[serde(default)]
    #[schema(nullable = false, example = "ImageFileName")]
    process_name_column: Option<String>,
    /// The column with the number of the process.
    #[serde(default)]
    #[schema(nullable = false, example = "PID")]
    process_id_column: Option<String>,
    /// The column with the number of the parent.
    #[serde(default)]
    #[schema(nullable = false, example = "PPID")]
    parent_id_column: Option<String>,
    /// The column with the name of the parent's program.
    #[serde(default)]
    #[schema(nullable = false)]
    parent_name_column: Option<String>,
    /// The column with the command line.
    #[serde(default)]
    #[schema(nullable = false)]
    command_line_column: Option<String>,
    /// The column with the account.
    #[serde(default)]
    #[schema(nullable = false)]
    user_column: Option<String>,
    /// The column with the host.
    #[serde(default)]
    #[schema(nullable = false)]
    host_column: Option<String>,
    /// The column that says what kind of event it is.
    #[serde(default)]
    #[schema(nullable = false)]
    event_column: Option<String>,
    /// The kind of event that starts a process.
    #[serde(default)]
    #[schema(nullable = false)]
    event_value: Option<String>,
}

/// The form of the answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(as = ProcessTreeFormat)]
#[serde(rename_all = "snake_case")]
pub(super) enum Format {
    /// One row for each process.
    #[default]
    Table,
    /// Trees: each process with its children in it.
    Nested,
}

impl TakesRows for ProcessTreeRequest {
    fn take_rows(&mut self, rows: Rows) {
        self.rows = Some(rows);
    }
}

impl ProcessTreeRequest {
    /// How the events are read.
    pub(super) fn schema(&self, table: &Table) -> Result<Schema, Problem> {
        let named = match self.schema {
            Some(SchemaName::Custom) => return self.custom(table),
            Some(name) => Schema::of(name),
            // One who names columns means their own.
            None if self.process_id_column.is_some() => return self.custom(table),
            None if table.row_count() == 0 => Schema::of(SchemaName::WindowsSecurity),
            None => Some(Schema::infer(table).map_err(|error| Problem::invalid_at("/schema", error.to_string()))?),
        };
        named.ok_or_else(|| Problem::invalid_at("/schema", "no such schema"))
    }

    fn custom(&self, table: &Table) -> Result<Schema, Problem> {
        let has = |name: &String| table.columns().is_empty() || table.column(name).is_some();
        let check = |pointer: &str, column: &Option<String>| match column {
            Some(name) if !has(name) => Err(Problem::invalid_at(pointer, "no row has this column")),
            column => Ok(column.clone()),
        };
        let need = |pointer: &str, column: &Option<String>| {
            check(pointer, column)?.ok_or_else(|| Problem::invalid_at(pointer, "the schema custom needs this column"))
        };
        let event = match (check("/event_column", &self.event_column)?, &self.event_value) {
            (Some(column), Some(value)) => Some((column, value.clone())),
            (None, None) => None,
            (Some(_), None) => return Err(Problem::invalid_at("/event_value", "say which events start a process")),
            (None, Some(_)) => {
                return Err(Problem::invalid_at("/event_column", "say in which column the event stands"));
            }
        };
        Ok(Schema::from(CustomSchema {
            time: need("/time_column", &self.time_column)?,
            process_name: need("/process_name_column", &self.process_name_column)?,
            process_id: need("/process_id_column", &self.process_id_column)?,
            parent_id: need("/parent_id_column", &self.parent_id_column)?,
            parent_name: check("/parent_name_column", &self.parent_name_column)?,
            command_line: check("/command_line_column", &self.command_line_column)?,
            user: check("/user_column", &self.user_column)?,
            host: check("/host_column", &self.host_column)?,
            event,
        }))
    }

    /// The process that is named, if one is.
    pub(super) fn process(&self, tree: &ProcessTree) -> Result<Option<u32>, Problem> {
        match (&self.process, self.source_row) {
            (None, None) if !self.relations.is_empty() => {
                Err(Problem::invalid_at("/process", "relatives of which process?"))
            }
            (None, None) => Ok(None),
            (Some(_), Some(_)) => {
                Err(Problem::invalid_at("/source_row", "only one of process and source_row is needed"))
            }
            (Some(key), None) => {
                tree.find(key).map(Some).ok_or_else(|| Problem::invalid_at("/process", "no process has this key"))
            }
            (None, Some(row)) => tree
                .find_row(row)
                .map(Some)
                .ok_or_else(|| Problem::invalid_at("/source_row", "no process was read from this row")),
        }
    }
}
