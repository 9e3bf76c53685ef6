//! `union`: the rows of several tables, with the columns of all of them.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use model::ColumnType::{self, String};

use super::{
    Checker, Done,
    columns::is_alike,
    names::Columns,
    operand::stored,
    row::Env,
    scope::{Binding, Scope},
};
use crate::{
    Literal,
    checked::{Column, Expr, Source, Table},
    mistake::{What, Wrong},
    operator::{Setting, Union},
    place::Span,
    tree::{self, Member},
};

/// A table and the name that `withsource` gives it.
pub(super) struct NamedTable {
    pub(super) name: Arc<str>,
    pub(super) table: Table,
}

/// The value of a setting that is a word or a text.
pub(super) fn setting<'s>(settings: &'s [Setting], name: &str) -> Option<&'s str> {
    settings.iter().find(|setting| &*setting.name.text == name).and_then(|setting| setting.value.as_str())
}

/// Whether a setting is there and not false.
fn is_set(settings: &[Setting], name: &str) -> bool {
    settings.iter().any(|setting| {
        &*setting.name.text == name
            && !matches!(setting.value, crate::operator::SettingValue::Literal(Literal::Bool(false)))
            && setting.value.as_str() != Some("false")
    })
}

impl<'t> Checker<'_, 't> {
    pub(super) fn union(
        &mut self,
        union: &'t Union,
        input: Option<Table>,
        scope: &Scope<'t>,
        span: Span,
    ) -> Done<Table> {
        let is_fuzzy = is_set(&union.settings, "isfuzzy") || is_set(&union.settings, "best_effort");
        let mut tables = Vec::new();
        if let Some(table) = input {
            tables.push(NamedTable { name: "union_arg0".into(), table });
        }
        for expr in &union.tables {
            match self.union_tables(expr, tables.len(), scope) {
                Ok(found) => tables.extend(found),
                Err(wrong) if is_fuzzy && is_without_source(expr, &wrong) => {}
                Err(wrong) => return Err(wrong),
            }
        }
        if tables.is_empty() {
            return Err(Wrong::new(What::UnknownTable, span));
        }
        if setting(&union.settings, "kind") == Some("inner") {
            keep_common(&mut tables, span);
        }
        let source = setting(&union.settings, "withsource").or_else(|| setting(&union.settings, "with_source"));
        Ok(unified(tables, source, span))
    }

    /// The tables that an operand means: one, or all that are alike.
    pub(super) fn union_tables(
        &mut self,
        expr: &'t tree::Expr,
        place: usize,
        scope: &Scope<'t>,
    ) -> Done<Vec<NamedTable>> {
        match &expr.kind {
            tree::ExprKind::Star => self.all_tables("*", None, expr.span),
            tree::ExprKind::Wildcard(name) => self.all_tables(&name.text, None, expr.span),
            tree::ExprKind::Member { of, member: Member::Wildcard(name) } => {
                let database = self.database(of, scope)?;
                self.all_tables(&name.text, database.as_ref(), expr.span)
            }
            _ => {
                let name = operand_name(expr).unwrap_or_else(|| format!("union_arg{place}").into());
                let table = self.table(expr, Env::constant(scope))?;
                Ok(vec![NamedTable { name, table }])
            }
        }
    }

    /// All tables of the catalogue and views of the query whose names are alike.
    pub(super) fn all_tables(
        &mut self,
        pattern: &str,
        database: Option<&Arc<str>>,
        span: Span,
    ) -> Done<Vec<NamedTable>> {
        let mut found = Vec::new();
        if database.is_none() {
            for (view, scope) in self.views.clone() {
                if let Some(Binding::Function(function, seen)) = scope.find(view).filter(|_| is_alike(view, pattern)) {
                    let (function, seen) = (*function, seen.clone());
                    let table =
                        self.call_declared(function, &seen, &[], None, span, Env::constant(&scope))?.table(span)?;
                    found.push(NamedTable { name: view.into(), table });
                }
            }
        }
        for name in self.context.catalogue.names().into_iter().filter(|name| is_alike(name, pattern)) {
            if let Some(columns) = self.known_table(database.map(|name| &**name), &name) {
                self.count(1, span)?;
                found.push(NamedTable { name: name.clone(), table: stored(database.cloned(), name, columns) });
            }
        }
        if found.is_empty() { Err(Wrong::new(What::UnknownTable, span)) } else { Ok(found) }
    }
}

/// Whether what is wrong with an operand is that the table or function that its rows come from is not there.
fn is_without_source(operand: &tree::Expr, wrong: &Wrong) -> bool {
    match (&wrong.what, &operand.kind) {
        (What::UnknownTable, _) => true,
        (What::Within { what, .. }, _) => matches!(what.innermost(), What::UnknownTable | What::UnknownFunction),
        (_, tree::ExprKind::Pipe(pipe)) => pipe.source.as_ref().is_some_and(|source| is_without_source(source, wrong)),
        (What::UnknownFunction, tree::ExprKind::Call { function, .. }) => function.span.start == wrong.span.start,
        _ => false,
    }
}

/// The name of a table that is written by its name.
fn operand_name(expr: &tree::Expr) -> Option<Arc<str>> {
    match &expr.kind {
        tree::ExprKind::Name(name) | tree::ExprKind::Member { member: Member::Name(name), .. } => {
            Some(name.text.clone())
        }
        tree::ExprKind::Call { function, arguments } if &*function.text == "table" => {
            match arguments.first().map(|argument| &argument.expr.kind) {
                Some(tree::ExprKind::Literal(Literal::String(text))) => Some(text.clone()),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Leaves only the columns that all tables have.
fn keep_common(tables: &mut [NamedTable], span: Span) {
    let Some(first) = tables.first().map(|named| named.table.schema().clone()) else { return };
    let common: Vec<Column> = first
        .iter()
        .filter(|column| tables.iter().all(|named| named.table.schema().contains(column)))
        .cloned()
        .collect();
    for named in tables {
        let schema = named.table.schema().clone();
        let places: Vec<usize> =
            common.iter().filter_map(|column| schema.iter().position(|known| known == column)).collect();
        let table = Table { source: Source::Input, columns: schema, steps: Vec::new() };
        named.table = std::mem::replace(&mut named.table, table).pick(&places, span);
    }
}

/// The rows of all tables, with all columns that any has; where types differ, a column for each type.
pub(super) fn unified(tables: Vec<NamedTable>, source: Option<&str>, span: Span) -> Table {
    let mut types: Vec<(Arc<str>, Vec<ColumnType>)> = Vec::new();
    let mut places = HashMap::new();
    for column in tables.iter().flat_map(|named| named.table.schema().iter()) {
        let place = *places.entry(column.name.clone()).or_insert_with(|| {
            types.push((column.name.clone(), Vec::new()));
            types.len() - 1
        });
        if let Some((_, known)) = types.get_mut(place)
            && !known.contains(&column.column_type)
        {
            known.push(column.column_type);
        }
    }
    let mut columns = Columns::default();
    // For each column that comes out: the name and type of those that go in.
    let mut wanted: Vec<Column> = Vec::new();
    if let Some(source) = source {
        columns.add_unique(source, String);
    }
    // A column that keeps its name goes before one that is called after its type.
    let kept: HashSet<&str> = types.iter().filter(|(_, types)| types.len() == 1).map(|(name, _)| &**name).collect();
    let typed = |name: &str, column_type: ColumnType| {
        let name = format!("{name}_{}", column_type.as_str());
        let numbered = (1..).map(|number| format!("{name}{number}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !kept.contains(name.as_str()));
        free.unwrap_or_default()
    };
    for (name, types) in &types {
        for column_type in types {
            match types.len() {
                1 => columns.add_unique(name, *column_type),
                _ => columns.add_unique(&typed(name, *column_type), *column_type),
            };
            wanted.push(Column { name: name.clone(), column_type: *column_type });
        }
    }
    let columns = columns.into_schema();
    let project = |NamedTable { name, table }: NamedTable| {
        let schema = table.schema().clone();
        let source = source.map(|_| Expr::of_literal(Literal::String(name), span));
        let cell = |column: &Column| match schema.iter().position(|known| known == column) {
            Some(place) => Expr::of_column(place, column.column_type, span),
            None => null(column.column_type, span),
        };
        let exprs = source.into_iter().chain(wanted.iter().map(cell)).collect();
        table.project(exprs, columns.clone(), span)
    };
    let tables: Vec<Table> = tables.into_iter().map(project).collect();
    match <[Table; 1]>::try_from(tables) {
        Ok([only]) => only,
        Err(tables) => Table { source: Source::Union(tables), columns, steps: Vec::new() },
    }
}

/// No value of a type; of a text, the empty one.
pub(super) fn null(column_type: ColumnType, span: Span) -> Expr {
    let literal = if column_type == String { Literal::String("".into()) } else { Literal::Null(column_type) };
    Expr::of_literal(literal, span)
}
