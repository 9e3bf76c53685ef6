//! What stands where a value or a table may stand: names, calls, brackets.

use std::sync::Arc;

use super::{
    Checker, Done,
    row::Env,
    scope::{Binding, Scope},
};
use crate::{
    checked::{Expr, Source, Table},
    mistake::{What, Wrong},
    place::Span,
    tree::{self, ExprKind, Member, Name, Pipe},
};

/// A value or a table.
pub(super) enum Value {
    /// A value.
    Scalar(Expr),
    /// A table.
    Table(Table),
}

impl Value {
    pub(super) fn scalar(self, span: Span) -> Done<Expr> {
        match self {
            Self::Scalar(expr) => Ok(expr),
            Self::Table(_) => Err(Wrong::new(What::NotAValueButATable, span)),
        }
    }

    pub(super) fn table(self, span: Span) -> Done<Table> {
        match self {
            Self::Table(table) => Ok(table),
            Self::Scalar(_) => Err(Wrong::new(What::NotATable, span)),
        }
    }
}

/// Functions that name a database or what is in it.
const ENTITY_FUNCTIONS: [&str; 11] = [
    "_GetWatchlist",
    "table",
    "database",
    "cluster",
    "workspace",
    "app",
    "resource",
    "adx",
    "external_table",
    "materialized_view",
    "materialize",
];

impl<'t> Checker<'_, 't> {
    /// A value or a table.
    pub(super) fn value(&mut self, expr: &'t tree::Expr, env: Env<'_, 't>) -> Done<Value> {
        match &expr.kind {
            ExprKind::Name(name) if env.columns.iter().all(|column| column.name != name.text) => {
                self.named_value(name, env)
            }
            ExprKind::Call { function, arguments } => match env.scope.find(&function.text) {
                Some(Binding::Function(declaration, scope)) => {
                    let (declaration, scope) = (*declaration, scope.clone());
                    self.call_declared(declaration, &scope, arguments, None, expr.span, env)
                }
                Some(Binding::Pattern(pattern, scope)) => {
                    let (pattern, scope) = (*pattern, scope.clone());
                    self.call_pattern(pattern, &scope, arguments, None, expr.span, env)
                }
                found => match self.stored(&function.text).filter(|_| found.is_none()) {
                    Some(stored) => self.call_stored(stored, arguments, None, expr.span, env),
                    None if ENTITY_FUNCTIONS.contains(&&*function.text) => {
                        self.entity(expr, env.scope).map(Value::Table)
                    }
                    None => self.expr(expr, env).map(Value::Scalar),
                },
            },
            ExprKind::Member { of, member } => {
                if let (ExprKind::Call { function, arguments }, Member::Name(path)) = (&of.kind, member)
                    && let Some(Binding::Pattern(pattern, scope)) = env.scope.find(&function.text)
                {
                    let (pattern, scope) = (*pattern, scope.clone());
                    return self.call_pattern(pattern, &scope, arguments, Some(&path.text), expr.span, env);
                }
                if is_entity_path(of) {
                    return self.entity(expr, env.scope).map(Value::Table);
                }
                self.expr(expr, env).map(Value::Scalar)
            }
            ExprKind::Pipe(pipe) => self.within(expr.span, |checker| checker.pipe_value(pipe, env.scope, None)),
            ExprKind::Datatable(table) => self.datatable(table, env.scope, expr.span).map(Value::Table),
            ExprKind::Externaldata(table) => self.externaldata(table, expr.span).map(Value::Table),
            _ => self.expr(expr, env).map(Value::Scalar),
        }
    }

    /// What a name stands for that is no column.
    fn named_value(&mut self, name: &'t Name, env: Env<'_, 't>) -> Done<Value> {
        match env.scope.find(&name.text) {
            Some(Binding::Value(expr, row)) => {
                if *row != super::row::NONE && *row != env.row {
                    return Err(Wrong::new(What::NotConstant, name.span));
                }
                self.count(1, name.span)?;
                Ok(Value::Scalar(Expr { span: name.span, ..expr.clone() }))
            }
            Some(Binding::Table(table, nodes)) => {
                self.count(*nodes + 1, name.span)?;
                Ok(Value::Table((**table).clone()))
            }
            Some(Binding::Function(declaration, scope)) => {
                let (declaration, scope) = (*declaration, scope.clone());
                self.call_declared(declaration, &scope, &[], None, name.span, env)
            }
            // It was told already; whatever it is, nothing more is told about it.
            Some(Binding::Wrong) => Err(Wrong::new(What::Told, name.span)),
            None if env.absent.iter().any(|column| column.name == name.text) => {
                let absent = env.absent.iter().find(|column| column.name == name.text);
                let column_type = absent.map_or(model::ColumnType::Dynamic, |column| column.column_type);
                Ok(Value::Scalar(Expr::of_literal(crate::Literal::Null(column_type), name.span)))
            }
            Some(Binding::Pattern(..)) | None => self.kept_value(name, env),
        }
    }

    /// What a name stands for of which the query says nothing: a stored function or a table.
    fn kept_value(&mut self, name: &'t Name, env: Env<'_, 't>) -> Done<Value> {
        if let Some(function) = self.stored(&name.text).filter(|function| function.needs_nothing()) {
            return self.call_stored(function, &[], None, name.span, env);
        }
        match self.known_table(None, &name.text) {
            Some(columns) => Ok(Value::Table(stored(None, name.text.clone(), columns))),
            None => Err(self.unknown_name(name, env)),
        }
    }

    /// The most helpful thing to say about a name that stands for nothing.
    pub(super) fn unknown_name(&self, name: &Name, env: Env<'_, 't>) -> Wrong {
        if let Some(aggregates) = env.aggregates
            && aggregates.columns.iter().any(|column| column.name == name.text)
        {
            return Wrong::new(What::NotAnAggregate, name.span);
        }
        let columns = env.columns.iter().chain(env.aggregates.into_iter().flat_map(|aggregates| aggregates.columns));
        let columns: Vec<&str> = columns.map(|column| &*column.name).collect();
        let what = if env.row == super::row::NONE { What::UnknownName } else { What::UnknownColumn };
        let tables = if columns.is_empty() { self.context.catalogue.names() } else { Vec::new() };
        let functions = self.context.functions.names().filter(|_| columns.is_empty()).collect::<Vec<_>>();
        let known = columns.into_iter().chain(env.scope.names()).chain(tables.iter().map(|name| &**name));
        let known = known.chain(functions);
        Wrong::new(what, name.span).near(&name.text, known)
    }

    /// A table.
    pub(super) fn table(&mut self, expr: &'t tree::Expr, env: Env<'_, 't>) -> Done<Table> {
        self.within(expr.span, |checker| checker.value(expr, env).map_err(not_a_table)?.table(expr.span))
    }

    /// The table of a pipe.
    pub(super) fn pipe_table(&mut self, pipe: &'t Pipe, scope: &Scope<'t>) -> Done<Table> {
        let span = pipe.source.as_ref().map(|source| source.span).unwrap_or_default();
        match self.pipe_value(pipe, scope, None)? {
            Value::Table(table) => Ok(table),
            // A value by itself is a table of one cell.
            Value::Scalar(expr) if pipe.steps.is_empty() => Ok(super::source::single("print_0", expr)),
            Value::Scalar(_) => Err(Wrong::new(What::NotATable, span)),
        }
    }

    /// The value or table of a pipe; what surrounds it is the input of operators that need one.
    pub(super) fn pipe_value(&mut self, pipe: &'t Pipe, scope: &Scope<'t>, input: Option<Table>) -> Done<Value> {
        let mut scope = scope.clone();
        let mut table = match &pipe.source {
            Some(source) => match self.value(source, Env::constant(&scope)).map_err(not_a_table)? {
                Value::Table(table) => Some(table),
                scalar if pipe.steps.is_empty() => return Ok(scalar),
                Value::Scalar(_) => return Err(Wrong::new(What::NotATable, source.span)),
            },
            None => input,
        };
        for step in &pipe.steps {
            table = Some(self.step(step, table, &mut scope)?);
        }
        table.map(Value::Table).ok_or_else(|| Wrong::new(What::Empty, Span::default()))
    }
}

/// A name that stands where a table must.
fn not_a_table(wrong: Wrong) -> Wrong {
    match wrong.what {
        What::UnknownName => Wrong { what: What::UnknownTable, ..wrong },
        _ => wrong,
    }
}

/// Whether a path begins with a function that names a database or a part of one.
fn is_entity_path(of: &tree::Expr) -> bool {
    match &of.kind {
        ExprKind::Call { function, .. } => ENTITY_FUNCTIONS.contains(&&*function.text),
        ExprKind::Member { of, .. } => is_entity_path(of),
        _ => false,
    }
}

/// A table of the catalogue.
pub(super) fn stored(database: Option<Arc<str>>, name: Arc<str>, columns: crate::checked::Schema) -> Table {
    Table { source: Source::Stored { database, name }, columns, steps: Vec::new() }
}
