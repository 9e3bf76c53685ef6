//! The table that answers: clusters, or all events with theirs.

use model::{ColumnType, Table, table::datetime_of_ticks};

use crate::api::{
    analysis::input::{NO_TIME, made},
    problem::Problem,
};

/// Columns that are made here, whatever the table has under such names.
const MADE: [&str; 5] = ["cluster_id", "clustered", "cluster_size", "first_event_time", "last_event_time"];

/// What is known of a cluster.
#[derive(Debug, Clone, Copy)]
struct Cluster {
    size: i64,
    /// The earliest row, or the first of those as early.
    row: u32,
    first: i64,
    last: i64,
}

/// Writes the table. Without times the earlier of two rows is the one that stands before.
pub(super) fn table(
    table: &Table,
    labels: &[Option<u32>],
    clusters: usize,
    times: Option<&[i64]>,
    all: bool,
) -> Result<Table, Problem> {
    let time = |row: u32| times.and_then(|times| times.get(row as usize)).copied().unwrap_or(NO_TIME);
    let mut known: Vec<Option<Cluster>> = vec![None; clusters];
    for (row, label) in (0_u32..).zip(labels) {
        let Some(cluster) = label.and_then(|label| known.get_mut(label as usize)) else { continue };
        let time = time(row);
        let cluster = cluster.get_or_insert(Cluster { size: 0, row, first: time, last: time });
        cluster.size += 1;
        if time != NO_TIME && (cluster.first == NO_TIME || time < cluster.first) {
            (cluster.first, cluster.row) = (time, row);
        }
        cluster.last = cluster.last.max(time);
    }
    let of_row = |row: u32| {
        let label = labels.get(row as usize).copied().flatten();
        label.and_then(|label| known.get(label as usize).copied().flatten())
    };
    let rows: Vec<u32> = (0..table.row_count() as u32)
        .filter(|row| all || of_row(*row).is_none_or(|cluster| cluster.row == *row))
        .collect();

    let mut written = Table::default();
    for column in table.columns().iter().filter(|column| !MADE.contains(&column.name())) {
        let cells = rows.iter().map(|row| column.value(*row as usize));
        written.add(made(column.name(), column.kind(), cells)?)?;
    }
    let label = |row: &u32| labels.get(*row as usize).copied().flatten().map(i64::from);
    written.add(made("cluster_id", ColumnType::Long, rows.iter().map(label))?)?;
    written.add(made("clustered", ColumnType::Bool, rows.iter().map(|row| label(row).is_some()))?)?;
    let size = |row: &u32| of_row(*row).map_or(1, |cluster| cluster.size);
    written.add(made("cluster_size", ColumnType::Long, rows.iter().map(size))?)?;
    if times.is_some() {
        let shown = |time: i64| Some(time).filter(|time| *time != NO_TIME).and_then(datetime_of_ticks);
        let first = |row: &u32| shown(of_row(*row).map_or(time(*row), |cluster| cluster.first));
        let last = |row: &u32| shown(of_row(*row).map_or(time(*row), |cluster| cluster.last));
        written.add(made("first_event_time", ColumnType::Datetime, rows.iter().map(first))?)?;
        written.add(made("last_event_time", ColumnType::Datetime, rows.iter().map(last))?)?;
    }
    Ok(written)
}
