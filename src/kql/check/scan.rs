//! `scan`.

use model::ColumnType;

use super::{Checker, Done, names::Columns, row::Env, scope::Scope, types, union::setting};
use crate::{
    Literal,
    checked::{self, ScanStep, Table},
    function::Kind,
    mistake::{What, Wrong},
    operator::{self, Scan, ScanOutput},
    place::Span,
    tree::ParameterType,
};

impl<'t> Checker<'_, 't> {
    pub(super) fn scan(&mut self, scan: &'t Scan, table: Table, scope: &Scope<'t>, span: Span) -> Done<Table> {
        let schema = table.schema().clone();
        let env = self.env(scope, &schema);
        let order = self.sort_keys(&scan.order, env)?;
        let partition = scan.partition.iter().map(|expr| self.expr(expr, env)).collect::<Done<_>>()?;
        let mut columns = Columns::new(&schema);
        let mut declared = Vec::with_capacity(scan.declare.len());
        for parameter in &scan.declare {
            let ParameterType::Scalar(column_type) = parameter.kind else {
                return Err(Wrong::expected("a type of values", parameter.name.span));
            };
            columns.add(&parameter.name, column_type)?;
            let default = match &parameter.default {
                Some(literal) => types::convert(literal, column_type)
                    .ok_or_else(|| Wrong::new(What::NotAValue(column_type), parameter.name.span))?,
                None => Literal::Null(column_type),
            };
            declared.push(default);
        }
        let seen = columns.into_schema();
        let names: Vec<&str> = scan.steps.iter().map(|step| &*step.name.text).collect();
        let row = self.next_row();
        let env = Env { steps: &names, ..Env::of(scope, &seen, row) };
        let mut steps = Vec::with_capacity(scan.steps.len());
        for step in &scan.steps {
            steps.push(self.scan_step(step, schema.len(), env)?);
        }
        let match_id = setting(&scan.settings, "with_match_id");
        let mut columns = Columns::new(&seen);
        if let Some(name) = match_id {
            columns.add_unique(name, ColumnType::Long);
        }
        let scan = checked::Scan { order, partition, declared, steps, with_match_id: match_id.is_some() };
        Ok(table.then(checked::Operator::Scan(Box::new(scan)), columns.into_schema(), span))
    }

    fn scan_step(&mut self, step: &'t operator::ScanStep, inputs: usize, env: Env<'_, 't>) -> Done<ScanStep> {
        let condition = self.condition(&step.condition, env)?;
        let mut assignments = Vec::with_capacity(step.assignments.len());
        for (name, expr) in &step.assignments {
            let place = super::columns::place(name, env.columns)?;
            let number = place.checked_sub(inputs).ok_or_else(|| Wrong::expected("a declared column", name.span))?;
            let value = self.expr(expr, env)?;
            let wanted = env.columns.get(place).map_or(value.column_type, |column| column.column_type);
            let found = value.column_type;
            if types::fit(found, Kind::Type(wanted)).is_none() {
                return Err(Wrong::new(What::WrongType { expected: wanted.as_str().into(), found }, expr.span));
            }
            assignments.push((number, types::cast(value, wanted)));
        }
        let output = step.output.unwrap_or(ScanOutput::All);
        Ok(ScanStep { name: step.name.text.clone(), optional: step.optional, output, condition, assignments })
    }
}
