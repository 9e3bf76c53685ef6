//! `find`: rows of several tables, with the columns that are asked for or that the condition mentions.

use std::sync::Arc;

use model::ColumnType::Dynamic;

use super::{
    Checker, Done,
    fitting::known_call,
    names::Columns,
    scope::Scope,
    types,
    union::{NamedTable, null, setting, unified},
};
use crate::{
    Literal,
    checked::{Column, Expr, Schema, Table},
    mistake::{What, Wrong},
    operator::{Find, FindColumn, FindColumns},
    place::Span,
    tree,
};

impl<'t> Checker<'_, 't> {
    pub(super) fn find(&mut self, find: &'t Find, input: Option<Table>, scope: &Scope<'t>, span: Span) -> Done<Table> {
        let tables = self.searched(&find.tables, input, scope, span)?;
        let tables = self.filtered(tables, &find.condition, false, scope, span)?;
        let schemas: Vec<Schema> = tables.iter().map(|named| named.table.schema().clone()).collect();
        let (wanted, pack) = found_columns(&find.columns, &find.condition, &schemas)?;
        let mut picked = Vec::with_capacity(tables.len());
        for NamedTable { name, table } in tables {
            picked.push(NamedTable { name, table: pick_found(table, &wanted, pack, span)? });
        }
        Ok(unified(picked, Some(setting(&find.settings, "withsource").unwrap_or("source_")), span))
    }
}

/// The columns that `find` gives, and whether all others come in a bag.
fn found_columns(columns: &FindColumns, condition: &tree::Expr, schemas: &[Schema]) -> Done<(Vec<Column>, bool)> {
    let all = || schemas.iter().flat_map(|schema| schema.iter());
    let mut found = Columns::default();
    let mut pack = false;
    let typed = |name: &str| {
        let mut types = all().filter(|column| &*column.name == name).map(|column| column.column_type);
        let first = types.next()?;
        Some(if types.all(|other| other == first) { first } else { Dynamic })
    };
    match columns {
        FindColumns::Smart => {
            for column in schemas.first().into_iter().flat_map(|schema| schema.iter()) {
                if schemas.len() > 1
                    && schemas.iter().all(|schema| schema.iter().any(|known| known.name == column.name))
                {
                    found.put(&column.name, typed(&column.name).unwrap_or(column.column_type));
                }
            }
            let mut named = Vec::new();
            names_in(condition, &mut named);
            for name in named {
                if let Some(column_type) = typed(&name) {
                    found.put(&name, column_type);
                }
            }
            pack = true;
        }
        FindColumns::Project(columns) => {
            for column in columns {
                match column {
                    FindColumn::Star => {
                        for column in all() {
                            found.put(&column.name, column.column_type);
                        }
                    }
                    FindColumn::Pack => pack = true,
                    FindColumn::Column(name, column_type) => {
                        let known = column_type.or_else(|| typed(&name.text));
                        let known = known.ok_or_else(|| {
                            Wrong::new(What::UnknownColumn, name.span)
                                .near(&name.text, all().map(|column| &*column.name))
                        })?;
                        found.put(&name.text, known);
                    }
                }
            }
        }
        FindColumns::Away(away) => {
            let is_away = |name: &str| away.iter().any(|c| matches!(c, FindColumn::Column(n, _) if &*n.text == name));
            for column in all().filter(|column| !is_away(&column.name)) {
                found.put(&column.name, typed(&column.name).unwrap_or(column.column_type));
            }
        }
    }
    Ok((found.into_schema().to_vec(), pack))
}

/// The names that an expression mentions.
fn names_in(expr: &tree::Expr, names: &mut Vec<Arc<str>>) {
    match &expr.kind {
        tree::ExprKind::Name(name) => names.push(name.text.clone()),
        tree::ExprKind::And(parts) | tree::ExprKind::Or(parts) => parts.iter().for_each(|part| names_in(part, names)),
        tree::ExprKind::Binary { left, right, .. } => [left, right].into_iter().for_each(|part| names_in(part, names)),
        tree::ExprKind::In { value, .. } | tree::ExprKind::Between { value, .. } => names_in(value, names),
        tree::ExprKind::Member { of, .. } | tree::ExprKind::Index { of, .. } => names_in(of, names),
        tree::ExprKind::Call { arguments, .. } => arguments.iter().for_each(|argument| names_in(&argument.expr, names)),
        _ => {}
    }
}

/// A table with the columns that `find` gives.
fn pick_found(table: Table, wanted: &[Column], pack: bool, span: Span) -> Done<Table> {
    let schema = table.schema().clone();
    let cell = |column: &Column| match schema.iter().position(|known| known.name == column.name) {
        Some(place) => {
            let known = schema.get(place).map_or(Dynamic, |known| known.column_type);
            types::cast(Expr::of_column(place, known, span), column.column_type)
        }
        None => null(column.column_type, span),
    };
    let mut exprs: Vec<Expr> = wanted.iter().map(cell).collect();
    let mut columns = wanted.to_vec();
    if pack {
        let mut arguments = vec![Expr::of_literal(Literal::Bool(true), span)];
        for (place, column) in schema.iter().enumerate() {
            if wanted.iter().all(|one| one.name != column.name) {
                arguments.push(Expr::of_literal(Literal::String(column.name.clone()), span));
                arguments.push(Expr::of_column(place, column.column_type, span));
            }
        }
        exprs.push(known_call("pack_all", arguments, span)?);
        columns.push(Column::new("pack_", Dynamic));
    }
    Ok(table.project(exprs, columns, span))
}
