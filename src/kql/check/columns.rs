//! `extend`, `project` and their kin, `print`: columns by expressions and by names.

use std::sync::Arc;

use model::ColumnType;

use super::{
    Checker, Done,
    call::plain_column,
    names::{self, Columns},
    row::Env,
    scope::Scope,
};
use crate::{
    Literal,
    checked::{Column, Expr, ExprKind, Source, Table},
    function::Returns,
    mistake::{What, Wrong},
    operator::{Print, ProjectByNames, ProjectRename, ProjectReorder, Selector},
    place::Span,
    tree::{self, Name, Named},
};

/// A value and how its column is called by itself: by the name that it has, or by none.
pub(super) struct Part {
    pub(super) expr: Expr,
    pub(super) name: Option<String>,
}

impl<'t> Checker<'_, 't> {
    /// The values of an expression: several for calls that give several. Those have names by themselves.
    pub(super) fn parts(&mut self, expr: &'t tree::Expr, env: Env<'_, 't>) -> Done<Vec<Part>> {
        let value = self.expr(expr, env)?;
        if let (ExprKind::Call { function, arguments }, tree::ExprKind::Call { arguments: written, .. }) =
            (&value.kind, &expr.kind)
        {
            if matches!(function.name, "array_sort_asc" | "array_sort_desc") {
                return Ok(sorted_parts(&value, arguments, written));
            }
            let signature = function.signatures.first();
            if let Some((Returns::Several(values), Some(column))) = signature.map(|s| (&s.returns, s.column)) {
                let prefix = names::of_call(column, written).unwrap_or_default();
                let part = |(index, (name, column_type)): (usize, &(&str, ColumnType))| Part {
                    expr: part_of(&value, index, *column_type),
                    name: Some(format!("{prefix}_{name}")),
                };
                return Ok(values.iter().enumerate().map(part).collect());
            }
        }
        let name = match (&expr.kind, plain_column(&value)) {
            // The column that is there, or nothing: the default of a missing column has no name.
            (tree::ExprKind::Call { function, .. }, Some(place)) if function.text.starts_with("column") => {
                env.columns.get(place).map(|column| column.name.to_string())
            }
            _ => names::of_expr(expr),
        };
        Ok(vec![Part { expr: value, name }])
    }

    pub(super) fn extend(&mut self, extended: &'t [Named], table: Table, scope: &Scope<'t>, span: Span) -> Done<Table> {
        let schema = table.schema().clone();
        let env = self.env(scope, &schema);
        let mut columns = Columns::new(&schema);
        let mut exprs: Vec<Expr> = super::call::all_columns(env, span).collect();
        let mut added: Vec<usize> = Vec::new();
        for named in extended {
            let parts = self.parts(&named.expr, env)?;
            check_names(named, parts.len())?;
            for (index, part) in parts.into_iter().enumerate() {
                let column_type = part.expr.column_type;
                let place = match (named.names.get(index), part.name) {
                    (Some(name), _) => match columns.place(&name.text) {
                        Some(place) if added.contains(&place) => return Err(Wrong::new(What::RepeatedName, name.span)),
                        _ => columns.put(&name.text, column_type),
                    },
                    (None, Some(name)) => columns.put(&name, column_type),
                    (None, None) => columns.add_unnamed(column_type),
                };
                added.push(place);
                match exprs.get_mut(place) {
                    Some(expr) => *expr = part.expr,
                    None => exprs.push(part.expr),
                }
            }
        }
        Ok(table.project(exprs, columns.into_schema(), span))
    }

    pub(super) fn project(
        &mut self,
        projected: &'t [Named],
        table: Table,
        scope: &Scope<'t>,
        span: Span,
    ) -> Done<Table> {
        let schema = table.schema().clone();
        let env = self.env(scope, &schema);
        let mut columns = Columns::default();
        let mut exprs = Vec::with_capacity(projected.len());
        for named in projected {
            for (index, part) in self.checked_parts(named, env)?.into_iter().enumerate() {
                let column_type = part.expr.column_type;
                match (named.names.get(index), part.name) {
                    (Some(name), _) => columns.add(name, column_type)?,
                    (None, Some(name)) => columns.add_unique(&name, column_type),
                    (None, None) => columns.add_unnamed(column_type),
                };
                exprs.push(part.expr);
            }
        }
        Ok(table.project(exprs, columns.into_schema(), span))
    }

    fn checked_parts(&mut self, named: &'t Named, env: Env<'_, 't>) -> Done<Vec<Part>> {
        let parts = self.parts(&named.expr, env)?;
        check_names(named, parts.len())?;
        Ok(parts)
    }

    pub(super) fn print(&mut self, print: &'t Print, scope: &Scope<'t>, span: Span) -> Done<Table> {
        let env = Env::constant(scope);
        let mut columns = Columns::default();
        let mut row = Vec::with_capacity(print.columns.len());
        for (place, named) in print.columns.iter().enumerate() {
            let parts = self.checked_parts(named, env)?;
            let is_single = parts.len() == 1;
            for (index, part) in parts.into_iter().enumerate() {
                let column_type = part.expr.column_type;
                match (named.names.get(index), part.name) {
                    (Some(name), _) => columns.add(name, column_type)?,
                    (None, Some(name)) if !is_single => columns.add_unique(&name, column_type),
                    _ => columns.add_unique(&format!("print_{place}"), column_type),
                };
                row.push(part.expr);
            }
        }
        self.count(row.len(), span)?;
        Ok(Table { source: Source::Rows(vec![row]), columns: columns.into_schema(), steps: Vec::new() })
    }

    pub(super) fn project_away(&mut self, away: &'t [Selector], table: Table, span: Span) -> Done<Table> {
        let mut gone = Vec::new();
        for selector in away {
            gone.extend(places(selector, table.schema())?);
        }
        let kept: Vec<usize> = (0..table.schema().len()).filter(|place| !gone.contains(place)).collect();
        Ok(table.pick(&kept, span))
    }

    pub(super) fn project_keep(&mut self, keep: &'t [Selector], table: Table, span: Span) -> Done<Table> {
        let mut kept = Vec::new();
        for selector in keep {
            kept.extend(places(selector, table.schema())?);
        }
        kept.sort_unstable();
        kept.dedup();
        Ok(table.pick(&kept, span))
    }

    pub(super) fn project_reorder(&mut self, reorder: &'t ProjectReorder, table: Table, span: Span) -> Done<Table> {
        let schema = table.schema().clone();
        let mut order: Vec<usize> = Vec::new();
        for key in &reorder.columns {
            let mut found = places(&key.columns, &schema)?;
            found.retain(|place| !order.contains(place));
            let name = |place: &usize| schema.get(*place).map(|column| column.name.clone()).unwrap_or_default();
            match key.order.as_deref() {
                Some("asc") => found.sort_by_key(name),
                Some("desc") => found.sort_by_key(|place| std::cmp::Reverse(name(place))),
                Some("granny-asc") => found.sort_by_key(|place| granny(&name(place))),
                Some("granny-desc") => found.sort_by_key(|place| std::cmp::Reverse(granny(&name(place)))),
                _ => {}
            }
            order.extend(found);
        }
        let rest: Vec<usize> = (0..schema.len()).filter(|place| !order.contains(place)).collect();
        order.extend(rest);
        Ok(table.pick(&order, span))
    }

    pub(super) fn project_rename(&mut self, rename: &'t ProjectRename, table: Table, span: Span) -> Done<Table> {
        let schema = table.schema().clone();
        let mut renamed: Vec<Column> = schema.to_vec();
        for named in &rename.columns {
            let tree::ExprKind::Name(old) = &named.expr.kind else {
                return Err(Wrong::expected("a column", named.expr.span));
            };
            let [new] = named.names.as_slice() else { return Err(Wrong::expected("\"new = old\"", old.span)) };
            let place = place(old, &schema)?;
            if let Some(column) = renamed.get_mut(place) {
                column.name = new.text.clone();
            }
            if renamed.iter().filter(|column| column.name == new.text).count() > 1 {
                return Err(Wrong::new(What::RepeatedName, new.span));
            }
        }
        let exprs = schema.iter().enumerate().map(|(place, column)| Expr::of_column(place, column.column_type, span));
        Ok(table.project(exprs.collect(), renamed, span))
    }

    pub(super) fn project_by_names(
        &mut self,
        by_names: &'t ProjectByNames,
        table: Table,
        scope: &Scope<'t>,
        span: Span,
    ) -> Done<Table> {
        let mut kept = Vec::new();
        for expr in &by_names.names {
            for name in self.constant_names(expr, scope)? {
                let is_wildcard = name.contains('*');
                let selector = Selector { name: Name { text: name, span: expr.span }, is_wildcard };
                let found = places(&selector, table.schema())?;
                kept.extend(found.into_iter().filter(|place| !kept.contains(place)).collect::<Vec<_>>());
            }
        }
        Ok(table.pick(&kept, span))
    }

    /// The texts of a text or of a list of texts.
    fn constant_names(&mut self, expr: &'t tree::Expr, scope: &Scope<'t>) -> Done<Vec<Arc<str>>> {
        let value = self.constant(expr, scope)?;
        match value.literal() {
            Some(Literal::String(text)) => Ok(vec![text.clone()]),
            Some(Literal::Dynamic(json)) => match &**json {
                serde_json::Value::Array(items) => {
                    Ok(items.iter().filter_map(|item| item.as_str()).map(Into::into).collect())
                }
                serde_json::Value::String(text) => Ok(vec![text.as_str().into()]),
                _ => Err(Wrong::new(What::NotConstant, expr.span)),
            },
            _ => Err(Wrong::new(What::NotConstant, expr.span)),
        }
    }
}

/// There must not be more names than values.
fn check_names(named: &Named, values: usize) -> Done<()> {
    match named.names.get(values) {
        Some(name) => Err(Wrong::new(
            What::WrongCount { expected: values.to_string().into(), found: named.names.len() },
            name.span,
        )),
        None => Ok(()),
    }
}

/// One of several values of a call.
fn part_of(value: &Expr, index: usize, column_type: ColumnType) -> Expr {
    Expr { kind: ExprKind::Part { of: Box::new(value.clone()), index }, column_type, span: value.span }
}

/// `array_sort_asc(a, b)` gives both lists, in the order of the first.
fn sorted_parts(value: &Expr, arguments: &[Expr], written: &[Named]) -> Vec<Part> {
    let lists: Vec<&Expr> = arguments.iter().filter(|argument| argument.column_type == ColumnType::Dynamic).collect();
    let name = |index: usize| {
        let argument = written.get(index).and_then(|argument| names::of_expr(&argument.expr));
        Some(format!("{}_sorted", argument.unwrap_or_else(|| "array".into())))
    };
    if lists.len() == 1 {
        return vec![Part { expr: value.clone(), name: name(0) }];
    }
    let part = |index| Part { expr: part_of(value, index, ColumnType::Dynamic), name: name(index) };
    (0..lists.len()).map(part).collect()
}

/// The place of a column.
pub(super) fn place(name: &Name, columns: &[Column]) -> Done<usize> {
    columns.iter().position(|column| column.name == name.text).ok_or_else(|| {
        Wrong::new(What::UnknownColumn, name.span).near(&name.text, columns.iter().map(|column| &*column.name))
    })
}

/// The places of the columns that a name, or names that are alike, mean.
fn places(selector: &Selector, columns: &[Column]) -> Done<Vec<usize>> {
    if !selector.is_wildcard {
        return Ok(vec![place(&selector.name, columns)?]);
    }
    let is_alike = |(_, column): &(usize, &Column)| is_alike(&column.name, &selector.name.text);
    Ok(columns.iter().enumerate().filter(is_alike).map(|(place, _)| place).collect())
}

/// Whether a name is like a pattern, in which stars stand for anything.
pub(super) fn is_alike(name: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// A name so that numbers in it sort by their value.
fn granny(name: &str) -> Vec<(bool, u64, String)> {
    let mut parts = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let len = if digits > 0 { digits } else { rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len()) };
        let (part, after) = rest.split_at_checked(len).unwrap_or((rest, ""));
        parts.push((
            digits > 0,
            part.parse().unwrap_or(u64::MAX),
            if digits > 0 { String::new() } else { part.into() },
        ));
        rest = after;
    }
    parts
}
