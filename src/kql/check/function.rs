//! Functions and patterns of the query: what they stand for, with their arguments in place.

use super::{
    Checker, Done,
    operand::Value,
    row::Env,
    scope::{Binding, Scope},
    types,
};
use crate::{
    checked::{Expr, Table},
    mistake::{What, Wrong},
    place::Span,
    tree::{Body, FunctionDeclaration, LetValue, Named, Parameter, ParameterType, Pattern, Statement},
};

impl<'t> Checker<'_, 't> {
    /// What a function gives for these arguments; the first is a table that stands before it, if `invoke` calls it.
    pub(super) fn call_declared(
        &mut self,
        function: &'t FunctionDeclaration,
        seen: &Scope<'t>,
        arguments: &'t [Named],
        input: Option<Table>,
        span: Span,
        env: Env<'_, 't>,
    ) -> Done<Value> {
        self.within(span, |checker| {
            let scope = checker.with_arguments(function, seen, arguments, input, span, env)?;
            checker.body(&function.body, scope, span, env)
        })
    }

    pub(super) fn with_arguments(
        &mut self,
        function: &'t FunctionDeclaration,
        seen: &Scope<'t>,
        arguments: &'t [Named],
        mut input: Option<Table>,
        span: Span,
        env: Env<'_, 't>,
    ) -> Done<Scope<'t>> {
        let mut scope = seen.clone();
        let mut given = arguments.iter().filter(|argument| argument.names.is_empty());
        for parameter in &function.parameters {
            let is_named = |argument: &&&Named| argument.names.first().is_some_and(|n| n.text == parameter.name.text);
            let argument = arguments.iter().find(|argument| is_named(&argument));
            let binding = match (input.take(), argument) {
                (Some(table), _) => Binding::Table(table.into(), 0),
                (None, Some(argument)) => self.argument(parameter, argument, env)?,
                (None, None) => match given.next() {
                    Some(argument) => self.argument(parameter, argument, env)?,
                    None => default(parameter, span, function.parameters.len(), arguments.len())?,
                },
            };
            scope = scope.with(&parameter.name.text, binding);
        }
        let unknown = arguments
            .iter()
            .filter_map(|argument| argument.names.first())
            .find(|name| function.parameters.iter().all(|parameter| parameter.name.text != name.text));
        if let Some(name) = unknown {
            let known = function.parameters.iter().map(|parameter| &*parameter.name.text);
            return Err(Wrong::new(What::UnknownParameter, name.span).near(&name.text, known));
        }
        if given.next().is_some() {
            let expected = function.parameters.len().to_string().into();
            return Err(Wrong::new(What::WrongCount { expected, found: arguments.len() }, span));
        }
        Ok(scope)
    }

    fn argument(&mut self, parameter: &'t Parameter, argument: &'t Named, env: Env<'_, 't>) -> Done<Binding<'t>> {
        let span = argument.expr.span;
        match &parameter.kind {
            ParameterType::Scalar(column_type) => {
                let value = self.expr(&argument.expr, env)?;
                let found = value.column_type;
                if types::fit(found, crate::function::Kind::Type(*column_type)).is_none() {
                    return Err(Wrong::new(What::WrongType { expected: column_type.as_str().into(), found }, span));
                }
                Ok(env.binding(types::cast(value, *column_type)))
            }
            ParameterType::Table(columns) => {
                let before = self.nodes;
                let table = self.table(&argument.expr, Env::constant(env.scope))?;
                for column in columns {
                    if !table.schema().iter().any(|known| known.name == column.name.text) {
                        let known = table.schema().iter().map(|known| &*known.name);
                        return Err(Wrong::new(What::UnknownColumn, span).near(&column.name.text, known));
                    }
                }
                Ok(Binding::Table(table.into(), self.nodes - before))
            }
        }
    }

    /// What the body of a function gives.
    pub(super) fn body(&mut self, body: &'t Body, mut scope: Scope<'t>, span: Span, env: Env<'_, 't>) -> Done<Value> {
        for statement in &body.statements {
            match statement {
                Statement::Query(pipe) => {
                    // A value may be worked out for each row, so that aggregates of arguments stay where they are.
                    return match (&pipe.source, pipe.steps.as_slice()) {
                        (Some(source), []) => self.value(source, Env { scope: &scope, columns: &[], ..env }),
                        _ => self.pipe_value(pipe, &scope, None),
                    };
                }
                Statement::Let { name, value: LetValue::Pipe(pipe) } => {
                    let before = self.nodes;
                    let binding = match (&pipe.source, pipe.steps.as_slice()) {
                        (Some(source), []) => match self.value(source, Env { scope: &scope, columns: &[], ..env })? {
                            Value::Scalar(expr) => env.binding(expr),
                            Value::Table(table) => Binding::Table(table.into(), self.nodes - before),
                        },
                        _ => {
                            let value = self.pipe_value(pipe, &scope, None)?;
                            Binding::Table(value.table(name.span)?.into(), self.nodes - before)
                        }
                    };
                    scope = scope.with(&name.text, binding);
                }
                Statement::Let { name, value: LetValue::Function(function) } => {
                    scope = scope.with(&name.text, Binding::Function(function, scope.clone()));
                }
                Statement::QueryParameters(parameters) => {
                    for parameter in parameters {
                        let value = self.query_parameter(parameter)?;
                        scope = scope.with(&parameter.name.text, Binding::Value(value, super::row::NONE));
                    }
                }
                _ => {}
            }
        }
        Err(Wrong::new(What::Empty, span))
    }

    /// What a pattern gives for these values.
    pub(super) fn call_pattern(
        &mut self,
        pattern: &'t Pattern,
        seen: &Scope<'t>,
        arguments: &'t [Named],
        path: Option<&str>,
        span: Span,
        env: Env<'_, 't>,
    ) -> Done<Value> {
        let values = arguments.iter().map(|argument| self.expr(&argument.expr, env)).collect::<Done<Vec<Expr>>>()?;
        let found = pattern.matches.iter().find(|one| {
            let same = one.values.len() == values.len()
                && one.values.iter().zip(&values).all(|(value, given)| given.literal() == Some(value));
            let same_path = one.path.as_ref().and_then(crate::Literal::as_str) == path;
            same && same_path
        });
        let found = found.ok_or_else(|| Wrong::expected("values that the pattern has", span))?;
        let mut scope = seen.clone();
        for (parameter, value) in pattern.parameters.iter().zip(values) {
            scope = scope.with(&parameter.name.text, env.binding(value));
        }
        self.within(span, |checker| checker.body(&found.body, scope, span, env))
    }
}

/// What a parameter stands for when nothing is given.
fn default<'t>(parameter: &Parameter, span: Span, expected: usize, found: usize) -> Done<Binding<'t>> {
    match (&parameter.default, &parameter.kind) {
        (Some(literal), ParameterType::Scalar(column_type)) => {
            let value = types::cast(Expr::of_literal(literal.clone(), parameter.name.span), *column_type);
            Ok(Binding::Value(value, super::row::NONE))
        }
        _ => Err(Wrong::new(What::WrongCount { expected: expected.to_string().into(), found }, span)),
    }
}
