//! `search`: conditions in which a text stands for any column that has it, over rows of several tables.

use super::{
    Checker, Done,
    expression::{any_column, boolean},
    fitting,
    row::Env,
    scope::Scope,
    union::{NamedTable, setting, unified},
};
use crate::{
    Literal,
    checked::{self, Column, Expr, ExprKind, Source, Table},
    function,
    mistake::{What, Wrong},
    operator::{FindTable, Search},
    place::Span,
    tree::{self, BinaryOperator},
};

impl<'t> Checker<'_, 't> {
    /// The tables that `search` and `find` look in.
    pub(super) fn searched(
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
    pub(super) fn filtered(
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
                fitting::apply(not, vec![argument], span)
            }
            _ => self.condition(expr, env),
        }
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
