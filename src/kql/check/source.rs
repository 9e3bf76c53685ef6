//! Where rows come from: `datatable`, tables of named databases, single rows.

use std::sync::Arc;

use super::{
    Checker, Done,
    operand::{Value, stored},
    row::Env,
    scope::Scope,
    types,
};
use crate::{
    checked::{Column, Expr, Schema, Shared, Source, Table},
    mistake::{What, Wrong},
    operator::Datatable,
    place::Span,
    tree::{self, Declared, ExprKind, Member, Named},
};

/// A table of one cell.
pub(super) fn single(name: &str, expr: Expr) -> Table {
    let columns = [Column::new(name, expr.column_type)].into();
    Table { source: Source::Rows(vec![vec![expr]]), columns, steps: Vec::new() }
}

/// Declared columns, of which no two may have the same name.
pub(super) fn schema(declared: &[Declared]) -> Done<Schema> {
    let mut columns = super::names::Columns::default();
    for column in declared {
        columns.add(&column.name, column.column_type)?;
    }
    Ok(columns.into_schema())
}

impl<'t> Checker<'_, 't> {
    pub(super) fn datatable(&mut self, table: &'t Datatable, scope: &Scope<'t>, span: Span) -> Done<Table> {
        let columns = schema(&table.columns)?;
        if columns.is_empty() || !table.cells.len().is_multiple_of(columns.len()) {
            let what = What::WrongCount {
                expected: format!("a multiple of {}", columns.len()).into(),
                found: table.cells.len(),
            };
            return Err(Wrong::new(what, span));
        }
        let mut rows = Vec::with_capacity(table.cells.len() / columns.len());
        for cells in table.cells.chunks(columns.len()) {
            let mut row = Vec::with_capacity(cells.len());
            for (cell, column) in cells.iter().zip(columns.iter()) {
                let value = self.expr(cell, Env::constant(scope))?;
                if types::fit(value.column_type, crate::function::Kind::Type(column.column_type)).is_none() {
                    let expected = column.column_type.as_str().into();
                    return Err(Wrong::new(What::WrongType { expected, found: value.column_type }, cell.span));
                }
                row.push(types::cast(value, column.column_type));
            }
            rows.push(row);
        }
        Ok(Table { source: Source::Rows(rows), columns, steps: Vec::new() })
    }

    /// `table("T")`, `database("d").T`, `cluster("c").database("d").table("T")`, `materialize(T)` and the like.
    pub(super) fn entity(&mut self, expr: &'t tree::Expr, scope: &Scope<'t>) -> Done<Table> {
        let env = Env::constant(scope);
        match &expr.kind {
            ExprKind::Call { function, arguments } if &*function.text == "materialize" => {
                let [argument] = arguments.as_slice() else {
                    let what = What::WrongCount { expected: "1".into(), found: arguments.len() };
                    return Err(Wrong::new(what, expr.span));
                };
                let table = self.table(&argument.expr, env)?;
                Ok(self.shared(table))
            }
            ExprKind::Call { function, arguments } if is_table_function(&function.text) => {
                match self.table_named(None, arguments, expr.span, scope) {
                    Err(Wrong { what: What::UnknownTable, .. }) if self.may_lack(&function.text) => Ok(no_watchlist()),
                    found => found,
                }
            }
            ExprKind::Member { of, member } => {
                let database = self.database(of, scope)?;
                match member {
                    Member::Name(name) => self.stored_table(database, &name.text, name.span),
                    Member::Call { function, arguments } if is_table_function(&function.text) => {
                        self.table_named(database, arguments, expr.span, scope)
                    }
                    Member::Call { function, arguments } => match self.stored(&function.text) {
                        Some(stored) => self.call_stored(stored, arguments, None, expr.span, env)?.table(expr.span),
                        None => Err(Wrong::expected("a table", expr.span)),
                    },
                    _ => Err(Wrong::expected("a table", expr.span)),
                }
            }
            _ => Err(Wrong::expected("a table of it", expr.span)),
        }
    }

    /// Whether it may be missing what a function names: stored functions ask for watchlists that few keep.
    fn may_lack(&self, function: &str) -> bool {
        function == WATCHLIST && !self.within.is_empty()
    }

    /// A table that several places may use; it is worked out once.
    pub(super) fn shared(&mut self, table: Table) -> Table {
        let columns = table.schema().clone();
        let shared = Shared { id: self.next_id(), table: Arc::new(table) };
        Table { source: Source::Shared(shared), columns, steps: Vec::new() }
    }

    fn table_named(
        &mut self,
        database: Option<Arc<str>>,
        arguments: &'t [Named],
        span: Span,
        scope: &Scope<'t>,
    ) -> Done<Table> {
        let env = Env::constant(scope);
        let Some(argument) = arguments.first() else {
            return Err(Wrong::new(What::WrongCount { expected: "1".into(), found: 0 }, span));
        };
        let name = self.constant_text(&argument.expr, env)?;
        if database.is_none()
            && let Some(super::scope::Binding::Table(table, nodes)) = scope.find(&name)
        {
            self.count(*nodes, span)?;
            return Ok((**table).clone());
        }
        self.stored_table(database, &name, argument.expr.span)
    }

    fn stored_table(&self, database: Option<Arc<str>>, name: &Arc<str>, span: Span) -> Done<Table> {
        match self.known_table(database.as_deref(), name) {
            Some(columns) => Ok(stored(database, name.clone(), columns)),
            None => {
                let known = self.context.catalogue.names();
                Err(Wrong::new(What::UnknownTable, span).near(name, known.iter().map(|name| &**name)))
            }
        }
    }

    /// The name of the database that a path says; of a workspace, that of the workspace.
    pub(super) fn database(&mut self, path: &'t tree::Expr, scope: &Scope<'t>) -> Done<Option<Arc<str>>> {
        let (function, arguments) = match &path.kind {
            ExprKind::Call { function, arguments }
            | ExprKind::Member { member: Member::Call { function, arguments }, .. } => (function, arguments),
            ExprKind::Member { of, member: Member::Name(_) } => return self.database(of, scope),
            _ => return Err(Wrong::expected("a database", path.span)),
        };
        match (&*function.text, arguments.first()) {
            ("cluster", _) | (_, None) => Ok(None),
            (_, Some(argument)) => self.constant_text(&argument.expr, Env::constant(scope)).map(Some),
        }
    }

    /// A value that must not differ from row to row.
    pub(super) fn constant(&mut self, expr: &'t tree::Expr, scope: &Scope<'t>) -> Done<Expr> {
        match self.value(expr, Env::constant(scope))? {
            Value::Scalar(value) => Ok(value),
            Value::Table(_) => Err(Wrong::new(What::NotAValueButATable, expr.span)),
        }
    }

    /// A number of rows.
    pub(super) fn row_count(&mut self, expr: &'t tree::Expr, scope: &Scope<'t>) -> Done<Expr> {
        let count = self.constant(expr, scope)?;
        match types::fit(count.column_type, crate::function::Kind::Whole) {
            Some(_) if count.column_type != model::ColumnType::String => {
                Ok(types::cast(count, model::ColumnType::Long))
            }
            _ => {
                let what = What::WrongType { expected: "a whole number".into(), found: count.column_type };
                Err(Wrong::new(what, expr.span))
            }
        }
    }
}

/// The function that gives the items of a watchlist.
const WATCHLIST: &str = "_GetWatchlist";

/// A watchlist without items.
fn no_watchlist() -> Table {
    let columns = ["_DTItemId", "SearchKey", "WatchlistItem"].map(|name| Column::new(name, model::ColumnType::String));
    Table { source: Source::Rows(Vec::new()), columns: columns.into(), steps: Vec::new() }
}

/// Functions that give the table that they name. A watchlist of Sentinel is a table of the name that it has there.
fn is_table_function(name: &str) -> bool {
    matches!(name, "table" | "external_table" | "materialized_view" | WATCHLIST)
}
