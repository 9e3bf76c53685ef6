//! From tree to checked tree: names are resolved, types found, `let` and functions put in their places.
//!
//! Where Kusto refuses a value of another type, a conversion is put in if there is one that makes sense: logs that were
//! not written for Kusto have texts where it has numbers and instants. Only what can't be meant is an error.

mod activity;
mod branch;
mod call;
mod columns;
mod expand;
mod expression;
mod externaldata;
mod find;
mod fitting;
mod function;
mod grouping;
mod invoke;
mod join;
mod names;
mod nested;
mod operand;
mod plugin;
mod row;
mod rows;
mod scan;
mod scope;
mod search;
mod series;
mod source;
mod special;
mod step;
mod stored;
#[cfg(test)]
mod tests;
mod text;
mod types;
mod union;

use std::{collections::BTreeMap, sync::Arc};

use self::scope::{Binding, Scope};
use crate::{
    Context, Literal,
    checked::{Checked, Evaluate, Output, Render, Table},
    mistake::{Mistakes, What, Wrong},
    place::Span,
    tree::{LetValue, Parameter, ParameterType, Query, Statement},
};

/// A query that is put together of its functions must not have more expressions and operators than this.
const MAX_NODES: usize = 200_000;
/// Functions that call functions, tables within tables.
const MAX_CALLS: usize = 40;

/// Checks a query against the tables that there are.
pub fn check(query: &Query, context: &Context<'_>) -> Result<Checked, Mistakes> {
    let mut checker = Checker::new(context);
    let outputs = checker.query(query);
    if let Some(evaluate) = checker.pending {
        return Ok(Checked::Discover(evaluate));
    }
    if checker.wrongs.is_empty() {
        Ok(Checked::Ready(outputs))
    } else {
        Err(Mistakes::new(checker.wrongs, &query.text))
    }
}

/// What checking a part gives.
type Done<T> = Result<T, Wrong>;

/// The state of a check.
struct Checker<'c: 't, 't> {
    context: &'c Context<'c>,
    wrongs: Vec<Wrong>,
    /// How many expressions and operators there are so far, those of inlined functions and tables included.
    nodes: usize,
    /// How many calls and tables surround what is checked.
    calls: usize,
    /// The stored functions in which what is checked stands.
    within: Vec<&'t str>,
    /// Identities that were given away.
    ids: usize,
    /// How many plugins were asked for their columns.
    discoveries: usize,
    /// A plugin whose columns must be found out before anything else.
    pending: Option<Box<Evaluate>>,
    /// The last `render` that was met.
    render: Option<Render>,
    /// The results of `fork` and `facet`, in place of the table that they end.
    branches: Vec<(Option<Arc<str>>, Table)>,
    /// Views of the query, which `search` and `union *` see.
    views: Vec<(&'t str, Scope<'t>)>,
}

impl<'c, 't> Checker<'c, 't> {
    fn new(context: &'c Context<'c>) -> Self {
        Self {
            context,
            wrongs: Vec::new(),
            nodes: 0,
            calls: 0,
            within: Vec::new(),
            ids: 0,
            discoveries: 0,
            pending: None,
            render: None,
            branches: Vec::new(),
            views: Vec::new(),
        }
    }

    fn query(&mut self, query: &'t Query) -> Vec<Output> {
        let mut scope = Scope::default();
        let mut outputs = Vec::new();
        for statement in &query.statements {
            if self.pending.is_some() {
                break;
            }
            match self.statement(statement, &mut scope) {
                Ok(more) => outputs.extend(more),
                Err(wrong) => self.wrongs.push(wrong),
            }
        }
        outputs
    }

    fn statement(&mut self, statement: &'t Statement, scope: &mut Scope<'t>) -> Done<Vec<Output>> {
        match statement {
            Statement::Query(pipe) => {
                let table = self.pipe_table(pipe, scope)?;
                let render = self.render.take();
                if self.branches.is_empty() {
                    return Ok(vec![Output { name: None, table, render }]);
                }
                let output = |(name, table)| Output { name, table, render: None };
                return Ok(std::mem::take(&mut self.branches).into_iter().map(output).collect());
            }
            Statement::QueryParameters(parameters) => {
                for parameter in parameters {
                    let binding = match self.query_parameter(parameter) {
                        Ok(value) => Binding::Value(value, row::NONE),
                        Err(wrong) => {
                            self.wrongs.push(wrong);
                            Binding::Wrong
                        }
                    };
                    *scope = scope.with(&parameter.name.text, binding);
                }
            }
            Statement::Pattern(pattern) => {
                *scope = scope.with(&pattern.name.text, Binding::Pattern(pattern, scope.clone()));
            }
            Statement::Let { name, value } => {
                let binding = match value {
                    LetValue::Function(function) => {
                        if function.view && function.parameters.is_empty() {
                            self.views.push((&name.text, scope.clone()));
                        }
                        Binding::Function(function, scope.clone())
                    }
                    LetValue::Pipe(pipe) => {
                        let before = self.nodes;
                        let value = self.pipe_value(pipe, scope, None);
                        self.bound(value, before)
                    }
                };
                *scope = scope.with(&name.text, binding);
                // A view sees itself, so that `search` finds it by its name.
                if let Some((_, view)) = self.views.iter_mut().rev().find(|(view, _)| *view == &*name.text) {
                    *view = scope.clone();
                }
            }
            Statement::Alias { .. } | Statement::Restrict(_) | Statement::Set { .. } => {}
        }
        Ok(Vec::new())
    }

    /// What a `let` stands for. What is wrong with it is told once, not again wherever it is used.
    fn bound(&mut self, value: Done<operand::Value>, before: usize) -> Binding<'t> {
        match value {
            Ok(operand::Value::Scalar(expr)) => Binding::Value(expr, row::NONE),
            Ok(operand::Value::Table(table)) => Binding::Table(table.into(), self.nodes - before),
            Err(wrong) => {
                self.wrongs.push(wrong);
                Binding::Wrong
            }
        }
    }

    /// The value of a parameter of the query.
    fn query_parameter(&self, parameter: &Parameter) -> Done<crate::checked::Expr> {
        let span = parameter.name.span;
        let ParameterType::Scalar(column_type) = parameter.kind else {
            return Err(Wrong::unsupported("query parameters that are tables", span));
        };
        let values: &BTreeMap<Arc<str>, Literal> = self.context.parameters;
        let given = values.get(&parameter.name.text).or(parameter.default.as_ref());
        let given = given.ok_or_else(|| Wrong::new(What::MissingParameter, span))?;
        let value = types::convert(given, column_type).ok_or_else(|| Wrong::new(What::NotAValue(column_type), span))?;
        Ok(crate::checked::Expr::of_literal(value, span))
    }

    /// Counts something that becomes part of the checked tree.
    fn count(&mut self, nodes: usize, span: Span) -> Done<()> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > MAX_NODES { Err(Wrong::new(What::TooLarge, span)) } else { Ok(()) }
    }

    /// Does something within a call or a table.
    fn within<T>(&mut self, span: Span, inner: impl FnOnce(&mut Self) -> Done<T>) -> Done<T> {
        if self.calls >= MAX_CALLS {
            return Err(Wrong::new(What::TooDeep, span));
        }
        self.calls += 1;
        let result = inner(self);
        self.calls -= 1;
        result
    }

    fn next_id(&mut self) -> usize {
        self.ids += 1;
        self.ids
    }
}
