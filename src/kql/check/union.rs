//! `union`, `search` and `find`: the rows of several tables, with the columns of all of them.

use std::sync::Arc;

use model::ColumnType::{self, Dynamic, String};

use super::{
    Checker, Done, call,
    columns::is_alike,
    expression::{any_column, boolean},
    names::Columns,
    operand::stored,
    row::Env,
    scope::{Binding, Scope},
    types,
};
use crate::{
    Literal,
    checked::{self, Column, Expr, ExprKind, Schema, Source, Table},
    function,
    mistake::{What, Wrong},
    operator::{Find, FindColumn, FindColumns, FindTable, Search, Setting, Union},
    place::Span,
    tree::{self, BinaryOperator, Member},
};

/// A table and the name that `withsource` gives it.
struct NamedTable {
    name: Arc<str>,
    table: Table,
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
                Err(wrong) if is_fuzzy && wrong.what == What::UnknownTable => {}
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
    fn union_tables(&mut self, expr: &'t tree::Expr, place: usize, scope: &Scope<'t>) -> Done<Vec<NamedTable>> {
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
    fn all_tables(&mut self, pattern: &str, database: Option<&Arc<str>>, span: Span) -> Done<Vec<NamedTable>> {
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
            if let Some(columns) = self.context.catalogue.table(database.map(|name| &**name), &name) {
                self.count(1, span)?;
                found.push(NamedTable { name: name.clone(), table: stored(database.cloned(), name, columns) });
            }
        }
        if found.is_empty() { Err(Wrong::new(What::UnknownTable, span)) } else { Ok(found) }
    }

    /// The tables that `search` and `find` look in.
    fn searched(
        &mut self,
        tables: &'t [FindTable],
        input: Option<Table>,
        scope: &Scope<'t>,
        span: Span,
    ) -> Done<Vec<NamedTable>> {
        match (input, tables) {
            (Some(table), []) => {
                let name = match &table.source {
                    Source::Stored { name, .. } => name.clone(),
                    _ => "search_arg0".into(),
                };
                Ok(vec![NamedTable { name, table }])
            }
            (_, []) => self.all_tables("*", None, span),
            (_, tables) => {
                let mut found = Vec::new();
                for table in tables {
                    let mut more = self.union_tables(&table.table, found.len(), scope)?;
                    if let (Some(alias), [only]) = (&table.alias, more.as_mut_slice()) {
                        only.name = alias.text.clone();
                    }
                    found.extend(more);
                }
                Ok(found)
            }
        }
    }

    pub(super) fn search(
        &mut self,
        search: &'t Search,
        input: Option<Table>,
        scope: &Scope<'t>,
        span: Span,
    ) -> Done<Table> {
        let tables = self.searched(&search.tables, input, scope, span)?;
        let cs = setting(&search.settings, "kind") == Some("case_sensitive");
        let tables = self.filtered(tables, &search.condition, cs, scope, span)?;
        Ok(unified(tables, Some("$table"), span))
    }

    /// Only the rows of each table of which a condition is true.
    fn filtered(
        &mut self,
        tables: Vec<NamedTable>,
        condition: &'t tree::Expr,
        case_sensitive: bool,
        scope: &Scope<'t>,
        span: Span,
    ) -> Done<Vec<NamedTable>> {
        let all: Vec<Column> = tables.iter().flat_map(|named| named.table.schema().iter().cloned()).collect();
        let mut filtered = Vec::with_capacity(tables.len());
        for NamedTable { name, table } in tables {
            let schema = table.schema().clone();
            let env = Env { absent: &all, ..self.env(scope, &schema) };
            let condition = self.search_condition(condition, case_sensitive, env)?;
            let is_all = condition.literal() == Some(&Literal::Bool(true));
            let table = if is_all { table } else { table.then_same(checked::Operator::Filter(condition), span) };
            filtered.push(NamedTable { name, table });
        }
        Ok(filtered)
    }

    /// A condition in which a text by itself means any column that has it.
    fn search_condition(&mut self, expr: &'t tree::Expr, case_sensitive: bool, env: Env<'_, 't>) -> Done<Expr> {
        let span = expr.span;
        match &expr.kind {
            tree::ExprKind::Literal(Literal::String(text)) => Ok(searched_text(text, case_sensitive, span, env)),
            tree::ExprKind::Star => Ok(Expr::of_literal(Literal::Bool(true), span)),
            tree::ExprKind::And(parts) => {
                let parts = parts.iter().map(|part| self.search_condition(part, case_sensitive, env));
                Ok(boolean(ExprKind::And(parts.collect::<Done<_>>()?), span))
            }
            tree::ExprKind::Or(parts) => {
                let parts = parts.iter().map(|part| self.search_condition(part, case_sensitive, env));
                Ok(boolean(ExprKind::Or(parts.collect::<Done<_>>()?), span))
            }
            tree::ExprKind::Call { function, arguments } if &*function.text == "not" && arguments.len() == 1 => {
                let argument = arguments.first().map(|argument| &argument.expr).unwrap_or(expr);
                let argument = self.search_condition(argument, case_sensitive, env)?;
                let not = function::scalar("not").ok_or_else(|| Wrong::new(What::UnknownFunction, span))?;
                call::apply(not, vec![argument], span)
            }
            _ => self.condition(expr, env),
        }
    }

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

/// What `"abc*"` and the like look for in any column.
fn searched_text(text: &str, case_sensitive: bool, span: Span, env: Env<'_, '_>) -> Expr {
    use BinaryOperator as B;
    let inner = text.trim_matches('*');
    if inner.is_empty() && !text.is_empty() {
        return Expr::of_literal(Literal::Bool(true), span);
    }
    let operator = match (text.starts_with('*'), text.ends_with('*'), case_sensitive) {
        (false, false, false) => B::Has,
        (false, false, true) => B::HasCs,
        (false, true, false) => B::HasPrefix,
        (false, true, true) => B::HasPrefixCs,
        (true, false, false) => B::HasSuffix,
        (true, false, true) => B::HasSuffixCs,
        (true, true, false) => B::Contains,
        (true, true, true) => B::ContainsCs,
    };
    any_column(operator, Expr::of_literal(Literal::String(inner.into()), span), span, env)
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
fn unified(tables: Vec<NamedTable>, source: Option<&str>, span: Span) -> Table {
    let mut types: Vec<(Arc<str>, Vec<ColumnType>)> = Vec::new();
    let mut places = std::collections::HashMap::new();
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
    for (name, types) in &types {
        for column_type in types {
            match types.len() {
                1 => columns.add_unique(name, *column_type),
                _ => columns.add_unique(&format!("{name}_{}", column_type.as_str()), *column_type),
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
fn null(column_type: ColumnType, span: Span) -> Expr {
    let literal = if column_type == String { Literal::String("".into()) } else { Literal::Null(column_type) };
    Expr::of_literal(literal, span)
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
        let function = function::scalar("pack_all").ok_or_else(|| Wrong::new(What::UnknownFunction, span))?;
        let mut arguments = vec![Expr::of_literal(Literal::Bool(true), span)];
        for (place, column) in schema.iter().enumerate() {
            if wanted.iter().all(|one| one.name != column.name) {
                arguments.push(Expr::of_literal(Literal::String(column.name.clone()), span));
                arguments.push(Expr::of_column(place, column.column_type, span));
            }
        }
        exprs.push(Expr { kind: ExprKind::Call { function, arguments }, column_type: Dynamic, span });
        columns.push(Column::new("pack_", Dynamic));
    }
    Ok(table.project(exprs, columns, span))
}
