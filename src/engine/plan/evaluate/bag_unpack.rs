//! `bag_unpack`: the members of a bag as columns, in the order of their names.

use std::collections::BTreeMap;

use kql::checked::{Column, Evaluate, ExprKind, Schema};
use model::ColumnType;
use serde_json::Value as Json;

use super::{argument, expr_of};
use crate::{
    cell::Cell,
    plan::{
        Known, PlanError, Planned, Planner, Planning,
        constant::constant,
        expression::{call, convert},
    },
};

/// How columns of the same name are told apart.
struct Naming {
    bag: usize,
    prefix: String,
    conflict: String,
    ignored: Vec<String>,
}

impl Naming {
    fn of(evaluate: &Evaluate, planner: &Planner<'_>) -> Planning<Self> {
        let bag = match evaluate.arguments.first().and_then(expr_of).map(|expr| &expr.kind) {
            Some(ExprKind::Column(column)) => *column,
            _ => return Err(PlanError::Senseless("a bag that is no column")),
        };
        let ignored = match argument(evaluate, "ignoredProperties", 3).and_then(expr_of) {
            Some(expr) => match planner.value(expr)?.json() {
                Json::Array(names) => names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
                _ => Vec::new(),
            },
            None => Vec::new(),
        };
        Ok(Self {
            bag,
            prefix: planner.text_of(argument(evaluate, "OutputColumnPrefix", 1))?.unwrap_or_default(),
            conflict: planner.text_of(argument(evaluate, "columnsConflict", 2))?.unwrap_or_else(|| "error".to_owned()),
            ignored,
        })
    }
}

/// The columns of the row without the bag, then those of its members.
pub(super) fn columns(
    evaluate: &Evaluate,
    planner: &Planner<'_>,
    schema: &Schema,
    rows: &Known,
    cell: impl Fn(&Vec<Cell<'static>>, usize) -> Cell<'static>,
) -> Planning<Vec<Column>> {
    let naming = Naming::of(evaluate, planner)?;
    let mut members: BTreeMap<String, Option<ColumnType>> = BTreeMap::new();
    for row in rows {
        let Json::Object(bag) = cell(row, naming.bag).json() else { continue };
        for (name, value) in bag {
            if naming.ignored.contains(&name) {
                continue;
            }
            let kind = match &value {
                Json::Null => continue,
                Json::Bool(_) => ColumnType::Bool,
                Json::Number(number) if number.is_i64() => ColumnType::Long,
                Json::Number(_) => ColumnType::Real,
                Json::String(_) => ColumnType::String,
                _ => ColumnType::Dynamic,
            };
            let known = members.entry(name).or_insert(Some(kind));
            *known = match *known {
                Some(known) if known == kind => Some(known),
                Some(ColumnType::Long | ColumnType::Real) if matches!(kind, ColumnType::Long | ColumnType::Real) => {
                    Some(ColumnType::Real)
                }
                _ => Some(ColumnType::Dynamic),
            };
        }
    }
    let own = schema.iter().enumerate().filter(|(at, _)| *at != naming.bag).map(|(_, column)| column.clone());
    let mut columns: Vec<Column> = own.collect();
    for (name, kind) in members {
        let name = format!("{}{name}", naming.prefix);
        let column = Column::new(name.as_str(), kind.unwrap_or(ColumnType::Dynamic));
        match columns.iter().position(|known| *known.name == *name) {
            None => columns.push(column),
            Some(at) => match naming.conflict.as_str() {
                "replace_source" => {
                    if let Some(known) = columns.get_mut(at) {
                        *known = column;
                    }
                }
                "keep_source" => {}
                _ => return Err(PlanError::Senseless("a member of the bag that is a column already")),
            },
        }
    }
    Ok(columns)
}

impl Planner<'_> {
    pub(super) fn bag_unpack(
        &self,
        evaluate: &Evaluate,
        before: &Schema,
        after: &Schema,
        input: Planned,
    ) -> Planning<Planned> {
        let naming = Naming::of(evaluate, self)?;
        let bag = input.column(naming.bag)?;
        let mut exprs = Vec::new();
        let mut types = Vec::new();
        for column in after.iter() {
            let own = before.iter().position(|known| known.name == column.name).filter(|at| *at != naming.bag);
            let is_replaced = naming.conflict == "replace_source";
            let member = column.name.strip_prefix(naming.prefix.as_str()).unwrap_or(&column.name);
            let from_bag = || {
                let key = constant(&Cell::of(member.to_owned()), ColumnType::String);
                let part = call(
                    "[]",
                    vec![bag.clone(), key],
                    vec![ColumnType::Dynamic, ColumnType::String],
                    ColumnType::Dynamic,
                )?;
                convert(part, ColumnType::Dynamic, column.column_type)
            };
            exprs.push(match own {
                // A column that is replaced holds what some bag has; that no bag has it, the name does not say.
                Some(at) if !is_replaced || before.get(at).is_some_and(|known| known != column) => input.column(at)?,
                Some(_) | None => from_bag()?,
            });
            types.push(column.column_type);
        }
        let (planned, added) = input.with(exprs, self)?;
        Ok(planned.select(added.into_iter().zip(types).collect()))
    }
}
