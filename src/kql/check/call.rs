//! Calls of functions and aggregates.

use model::ColumnType::{self, Bool, Dynamic, Long, Real, String};

use super::{
    Checker, Done,
    fitting::{apply, choose, result_type},
    row::{Aggregates, Env},
    types,
};
use crate::{
    checked::{Aggregate, Expr, ExprKind},
    function,
    mistake::{What, Wrong},
    place::Span,
    tree::{self, Name, Named},
};

impl<'t> Checker<'_, 't> {
    /// A call that gives a value.
    pub(super) fn call(&mut self, name: &'t Name, arguments: &'t [Named], span: Span, env: Env<'_, 't>) -> Done<Expr> {
        if let Some(aggregates) = env.aggregates
            && function::aggregate(&name.text).is_some()
            && (function::scalar(&name.text).is_none() || arguments.len() == 1)
        {
            let aggregate = self.aggregate(name, arguments, span, env.scope, aggregates)?;
            let column_type = aggregate.column_type;
            return Ok(Expr::of_column(aggregates.add(aggregate), column_type, span));
        }
        if env.scope.find(&name.text).is_some() {
            return self.value_of_call(name, arguments, span, env);
        }
        if let Some(stored) = self.stored(&name.text) {
            return self.call_stored(stored, arguments, None, span, env)?.scalar(span);
        }
        if let Some(special) = self.special_call(&name.text, arguments, span, env) {
            return special;
        }
        let Some(function) = function::scalar(&name.text) else { return Err(self.unknown_function(name, env)) };
        let arguments = self.arguments(arguments, env)?;
        if let Some(to) = conversion(function.name)
            && let [argument] = arguments.as_slice()
        {
            let argument = argument.clone();
            if to == ColumnType::Timespan && types::is_number(argument.column_type) {
                return apply(function, vec![argument], span);
            }
            return Ok(Expr { span, ..types::cast(argument, to) });
        }
        apply(function, arguments, span)
    }

    fn value_of_call(&mut self, name: &'t Name, arguments: &'t [Named], span: Span, env: Env<'_, 't>) -> Done<Expr> {
        use super::scope::Binding;
        match env.scope.find(&name.text) {
            Some(Binding::Function(declaration, scope)) => {
                let (declaration, scope) = (*declaration, scope.clone());
                self.call_declared(declaration, &scope, arguments, None, span, env)?.scalar(span)
            }
            Some(Binding::Pattern(pattern, scope)) => {
                let (pattern, scope) = (*pattern, scope.clone());
                self.call_pattern(pattern, &scope, arguments, None, span, env)?.scalar(span)
            }
            Some(Binding::Wrong) => Err(Wrong::new(What::Told, span)),
            _ => match function::scalar(&name.text) {
                Some(function) => apply(function, self.arguments(arguments, env)?, span),
                None => Err(self.unknown_function(name, env)),
            },
        }
    }

    fn unknown_function(&self, name: &Name, env: Env<'_, 't>) -> Wrong {
        if function::aggregate(&name.text).is_some() {
            return Wrong::new(What::MisplacedAggregate, name.span);
        }
        let known: Vec<&str> = function::names().collect();
        Wrong::new(What::UnknownFunction, name.span)
            .near(&name.text, known.into_iter().chain(env.scope.names()).chain(self.context.functions.names()))
    }

    /// The values of arguments; `*` stands for all columns.
    fn arguments(&mut self, arguments: &'t [Named], env: Env<'_, 't>) -> Done<Vec<Expr>> {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            if matches!(argument.expr.kind, tree::ExprKind::Star) {
                values.extend(all_columns(env, argument.expr.span));
            } else {
                values.push(self.expr(&argument.expr, env)?);
            }
        }
        Ok(values)
    }

    /// A text read as JSON.
    pub(super) fn parsed_json(&self, text: Expr) -> Expr {
        let span = text.span;
        match function::scalar("parse_json") {
            Some(function) => {
                Expr { kind: ExprKind::Call { function, arguments: vec![text] }, column_type: Dynamic, span }
            }
            None => types::cast(text, Dynamic),
        }
    }

    /// An aggregate of the rows.
    pub(super) fn aggregate(
        &mut self,
        name: &'t Name,
        arguments: &'t [Named],
        span: Span,
        scope: &super::scope::Scope<'t>,
        aggregates: &Aggregates<'_>,
    ) -> Done<Aggregate> {
        let env = Env::of(scope, aggregates.columns, aggregates.row);
        let Some(call) = function::aggregate(&name.text) else { return Err(self.unknown_function(name, env)) };
        let mut values = Vec::with_capacity(arguments.len());
        let mut filter = None;
        for (place, argument) in arguments.iter().enumerate() {
            if call.condition == Some(place) {
                filter = Some(self.condition(&argument.expr, env)?);
            } else if matches!(argument.expr.kind, tree::ExprKind::Star) {
                // In arg_max(a, *) the columns that are named already are not repeated.
                let named: Vec<usize> = values.iter().filter_map(plain_column).collect();
                let is_new = |place: usize| !named.contains(&place) && !aggregates.grouped.contains(&place);
                values.extend(all_columns(env, span).filter(|expr| plain_column(expr).is_some_and(is_new)));
            } else {
                values.push(self.expr(&argument.expr, env)?);
            }
        }
        if call.condition.is_some() && filter.is_none() {
            return Err(Wrong::new(What::WrongCount { expected: "a condition".into(), found: arguments.len() }, span));
        }
        let (values, signature) = choose(call.function, values, span)?;
        let column_type = result_type(signature, &values);
        let outputs = match call.function.name {
            "arg_max" | "arg_min" | "take_any" => values.len(),
            _ => 1,
        };
        Ok(Aggregate { function: call.function, arguments: values, filter, column_type, outputs })
    }
}

/// The column that an expression is, if it is nothing else.
pub(super) const fn plain_column(expr: &Expr) -> Option<usize> {
    match expr.kind {
        ExprKind::Column(place) => Some(place),
        _ => None,
    }
}

/// All columns of a row.
pub(super) fn all_columns<'e>(env: Env<'e, '_>, span: Span) -> impl Iterator<Item = Expr> + 'e {
    env.columns.iter().enumerate().map(move |(place, column)| Expr::of_column(place, column.column_type, span))
}

/// The type that a function converts to.
fn conversion(name: &str) -> Option<ColumnType> {
    Some(match name {
        "tostring" => String,
        "tolong" => Long,
        "toint" => ColumnType::Int,
        "toreal" => Real,
        "todecimal" => ColumnType::Decimal,
        "tobool" => Bool,
        "todatetime" | "make_datetime" => ColumnType::Datetime,
        "totimespan" | "make_timespan" => ColumnType::Timespan,
        "toguid" => ColumnType::Guid,
        _ => return None,
    })
}
