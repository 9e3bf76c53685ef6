//! Values that are the same for all rows.

use datafusion::{
    arrow::{
        array::{RecordBatch, RecordBatchOptions},
        datatypes::Schema,
    },
    common::{DFSchema, ScalarValue},
    logical_expr::{ColumnarValue, Expr},
};
use kql::{Literal, checked};
use model::ColumnType;
use uuid::Uuid;

use super::{Planned, Planner, Planning};
use crate::cell::{Cell, Cells, DECIMAL_SCALE, Writer, read_decimal};

/// A literal as a cell.
pub(super) fn cell_of(literal: &Literal) -> Cell<'static> {
    match literal {
        Literal::Null(ColumnType::String) => Cell::of(""),
        Literal::Null(_) => Cell::Null,
        Literal::Bool(value) => Cell::Bool(*value),
        Literal::Int(number) => Cell::Long(i64::from(*number)),
        Literal::Long(number) => Cell::Long(*number),
        Literal::Real(number) => Cell::Real(*number),
        Literal::Decimal(text) => read_decimal(text).map_or(Cell::Null, Cell::Decimal),
        Literal::String(text) => Cell::of(text.to_string()),
        Literal::Datetime(ticks) => Cell::Datetime(*ticks),
        Literal::Timespan(ticks) => Cell::Timespan(*ticks),
        Literal::Guid(guid) => Cell::Guid(Uuid::from_u128(*guid).hyphenated().to_string().into()),
        Literal::Dynamic(json) => Cell::of_json(json),
    }
}

/// A cell as DataFusion has it.
pub(super) fn scalar_of(cell: &Cell<'_>, column_type: ColumnType) -> ScalarValue {
    match column_type {
        ColumnType::Bool => ScalarValue::Boolean(cell.bool()),
        ColumnType::Int => ScalarValue::Int32(cell.long().and_then(|number| i32::try_from(number).ok())),
        ColumnType::Long | ColumnType::Datetime | ColumnType::Timespan => ScalarValue::Int64(cell.long()),
        ColumnType::Real => ScalarValue::Float64(cell.real()),
        ColumnType::Decimal => {
            let number = match cell {
                Cell::Decimal(number) => Some(*number),
                other => other.real().and_then(crate::cell::real_decimal),
            };
            ScalarValue::Decimal128(number, 38, DECIMAL_SCALE)
        }
        ColumnType::String => ScalarValue::Utf8View(Some(cell.text().into_owned())),
        ColumnType::Guid => {
            ScalarValue::Utf8View(if let Cell::Guid(text) = cell { Some(text.clone().into_owned()) } else { None })
        }
        ColumnType::Dynamic => ScalarValue::Utf8View((!cell.is_null()).then(|| cell.json_text().into_owned())),
    }
}

/// A cell as a constant of a plan.
pub(super) fn constant(cell: &Cell<'_>, column_type: ColumnType) -> Expr {
    Expr::Literal(scalar_of(cell, column_type), None)
}

impl Planner<'_> {
    /// The value of an expression without columns.
    pub(super) fn value(&self, expr: &checked::Expr) -> Planning<Cell<'static>> {
        if let Some(literal) = expr.literal() {
            return Ok(cell_of(literal));
        }
        let nothing = Planned {
            plan: datafusion::logical_expr::LogicalPlanBuilder::empty(true).build()?,
            columns: Vec::new(),
            types: Vec::new(),
            keys: Vec::new(),
            ordered: false,
        };
        let planned = self.expr(expr, &nothing)?;
        if let Expr::Literal(scalar, _) = &planned {
            let cells = Cells::of_value(&ColumnarValue::Scalar(scalar.clone()), expr.column_type)?;
            return Ok(cells.cell(0).into_owned());
        }
        let physical = self.state.create_physical_expr(planned, &DFSchema::empty())?;
        let options = RecordBatchOptions::new().with_row_count(Some(1));
        let row = RecordBatch::try_new_with_options(Schema::empty().into(), Vec::new(), &options)?;
        let cells = Cells::of_value(&physical.evaluate(&row)?, expr.column_type)?;
        Ok(cells.cell(0).into_owned())
    }

    /// A count that the query says.
    pub(super) fn count(&self, expr: &checked::Expr) -> Planning<usize> {
        Ok(self.value(expr)?.long().and_then(|count| usize::try_from(count).ok()).unwrap_or(0))
    }
}

/// Cells of columns as a batch.
pub(super) fn columns_of(rows: &[Vec<Cell<'_>>], types: &[ColumnType]) -> Vec<datafusion::arrow::array::ArrayRef> {
    let mut writers: Vec<_> = types.iter().map(|column_type| Writer::new(*column_type, rows.len())).collect();
    for row in rows {
        for (index, writer) in writers.iter_mut().enumerate() {
            writer.push(row.get(index).unwrap_or(&Cell::Null));
        }
    }
    writers.into_iter().map(Writer::finish).collect()
}
