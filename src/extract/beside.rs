//! Columns put beside those of a table.

use model::{Column, Table, TableError};

/// The table with further columns on the right. A column of its own that has the name of one of them is kept with `source_`
/// before its name.
pub fn beside(table: Table, added: Vec<Column>) -> Result<Table, TableError> {
    let is_truncated = table.is_truncated();
    let mut columns = Vec::with_capacity(table.columns().len() + added.len());
    for column in table.into_columns() {
        let is_taken = added.iter().any(|added| added.name() == column.name());
        let name = if is_taken { format!("source_{}", column.name()) } else { column.name().to_owned() };
        columns.push(column.renamed(name));
    }
    columns.extend(added);
    let mut table = Table::new(columns)?;
    if is_truncated {
        table.mark_truncated();
    }
    Ok(table)
}
