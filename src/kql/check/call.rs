//! Calls of functions and aggregates.

use model::ColumnType::{self, Bool, Dynamic, Long, Real, String};

use super::{
    Checker, Done,
    operand::Value,
    row::{Aggregates, Env},
    types,
};
use crate::{
    Literal,
    checked::{Aggregate, Expr, ExprKind},
    function::{self, Function, Kind, Returns, Signature},
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
        Wrong::new(What::UnknownFunction, name.span).near(&name.text, known.into_iter().chain(env.scope.names()))
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

    /// Functions that look at names, types or tables instead of values.
    fn special_call(&mut self, name: &str, arguments: &'t [Named], span: Span, env: Env<'_, 't>) -> Option<Done<Expr>> {
        let wrong_count = |expected: &'static str| {
            Some(Err(Wrong::new(What::WrongCount { expected: expected.into(), found: arguments.len() }, span)))
        };
        match name {
            "toscalar" => match arguments {
                [argument] => Some(self.scalar_of(argument, span, env)),
                _ => wrong_count("1"),
            },
            "column_ifexists" | "columnifexists" => match arguments {
                [column, default] => Some(self.column_if_exists(column, default, env)),
                _ => wrong_count("2"),
            },
            "iscolumnexists" => match arguments {
                [column] => Some(self.constant_text(&column.expr, env).map(|name| {
                    let exists = env.columns.iter().any(|column| *column.name == *name);
                    Expr::of_literal(Literal::Bool(exists), span)
                })),
                _ => wrong_count("1"),
            },
            "pack_all" => Some(self.pack_all(arguments, span, env)),
            "bag_pack_columns" => Some(self.pack_columns(arguments, span, env)),
            "column_names_of" => match arguments {
                [table] => Some(self.table(&table.expr, Env::constant(env.scope)).map(|table| {
                    let names = table.schema().iter().map(|column| serde_json::Value::from(&*column.name)).collect();
                    Expr::of_literal(Literal::Dynamic(std::sync::Arc::new(serde_json::Value::Array(names))), span)
                })),
                _ => wrong_count("1"),
            },
            _ => None,
        }
    }

    fn scalar_of(&mut self, argument: &'t Named, span: Span, env: Env<'_, 't>) -> Done<Expr> {
        let outer = Env { columns: &[], row: super::row::NONE, ..env };
        match self.within(span, |checker| checker.value(&argument.expr, outer))? {
            Value::Scalar(expr) => Ok(expr),
            Value::Table(table) => {
                let column_type = table.schema().first().map_or(Dynamic, |column| column.column_type);
                Ok(Expr { kind: ExprKind::Scalar(table.into()), column_type, span })
            }
        }
    }

    fn column_if_exists(&mut self, column: &'t Named, default: &'t Named, env: Env<'_, 't>) -> Done<Expr> {
        let name = self.constant_text(&column.expr, env)?;
        match env.columns.iter().position(|column| *column.name == *name) {
            Some(place) => {
                let column_type = env.columns.get(place).map_or(Dynamic, |column| column.column_type);
                Ok(Expr::of_column(place, column_type, column.expr.span))
            }
            None => self.expr(&default.expr, env),
        }
    }

    /// A text that is the same for all rows, known now.
    pub(super) fn constant_text(&mut self, expr: &'t tree::Expr, env: Env<'_, 't>) -> Done<std::sync::Arc<str>> {
        let value = self.expr(expr, env)?;
        match value.literal() {
            Some(Literal::String(text)) => Ok(text.clone()),
            _ => Err(Wrong::new(What::NotConstant, expr.span)),
        }
    }

    fn pack_all(&mut self, arguments: &'t [Named], span: Span, env: Env<'_, 't>) -> Done<Expr> {
        let ignore_empty = match arguments {
            [] => Expr::of_literal(Literal::Bool(false), span),
            [argument] => types::cast(self.expr(&argument.expr, env)?, Bool),
            _ => return Err(Wrong::new(What::WrongCount { expected: "0 or 1".into(), found: arguments.len() }, span)),
        };
        let mut packed = vec![ignore_empty];
        for (column, value) in env.columns.iter().zip(all_columns(env, span)) {
            packed.extend([Expr::of_literal(Literal::String(column.name.clone()), span), value]);
        }
        known_call("pack_all", packed, span)
    }

    fn pack_columns(&mut self, arguments: &'t [Named], span: Span, env: Env<'_, 't>) -> Done<Expr> {
        let mut packed = Vec::new();
        for argument in arguments {
            let tree::ExprKind::Name(name) = &argument.expr.kind else {
                return Err(Wrong::expected("a column", argument.expr.span));
            };
            packed.extend([
                Expr::of_literal(Literal::String(name.text.clone()), name.span),
                self.expr(&argument.expr, env)?,
            ]);
        }
        known_call("bag_pack", packed, span)
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

/// An aggregate that an operator stands for, of all rows.
pub(super) fn known_aggregate(name: &str, arguments: Vec<Expr>, span: Span) -> Done<Aggregate> {
    let call = function::aggregate(name).ok_or_else(|| Wrong::new(What::UnknownFunction, span))?;
    let (arguments, signature) = choose(call.function, arguments, span)?;
    let column_type = result_type(signature, &arguments);
    Ok(Aggregate { function: call.function, arguments, filter: None, column_type, outputs: 1 })
}

/// A call of a function of this project's own, whose arguments need no check.
fn known_call(name: &str, arguments: Vec<Expr>, span: Span) -> Done<Expr> {
    match function::scalar(name) {
        Some(function) => Ok(Expr { kind: ExprKind::Call { function, arguments }, column_type: Dynamic, span }),
        None => Err(Wrong::new(What::UnknownFunction, span)),
    }
}

/// A call of a function: the signature that fits best, with the conversions that it needs.
pub(super) fn apply(function: &'static Function, arguments: Vec<Expr>, span: Span) -> Done<Expr> {
    let (mut arguments, signature) = choose(function, arguments, span)?;
    let column_type = result_type(signature, &arguments);
    if signature.returns == Returns::Widest {
        arguments = arguments.into_iter().map(|argument| types::cast(argument, column_type)).collect();
    }
    Ok(Expr { kind: ExprKind::Call { function, arguments }, column_type, span })
}

/// The signature that fits arguments best, and the arguments as it wants them.
fn choose(function: &'static Function, arguments: Vec<Expr>, span: Span) -> Done<(Vec<Expr>, &'static Signature)> {
    let found = arguments.len();
    let candidates = || function.signatures.iter().filter_map(|s| s.parameters_of(found).map(|kinds| (s, kinds)));
    if candidates().next().is_none() {
        return Err(Wrong::new(What::WrongCount { expected: counts(function).into(), found }, span));
    }
    let distance = |kinds: &[Kind]| {
        kinds.iter().zip(&arguments).try_fold(0, |sum, (kind, argument)| {
            let is_type = matches!(argument.kind, ExprKind::Literal(Literal::Null(_)));
            let far = if *kind == Kind::TypeOf {
                is_type.then_some(0)
            } else {
                types::fit(argument.column_type, *kind).map(|(_, far)| far)
            };
            far.map(|far| sum + far)
        })
    };
    let best =
        candidates().filter_map(|(s, kinds)| distance(&kinds).map(|far| (far, s, kinds))).min_by_key(|(far, ..)| *far);
    let Some((_, signature, kinds)) = best else {
        return Err(misfit(candidates().next().map(|(_, kinds)| kinds).unwrap_or_default(), &arguments, span));
    };
    let is_common = |kind: &Kind| *kind == Kind::Common;
    let common =
        types::common(arguments.iter().zip(&kinds).filter(|(_, kind)| is_common(kind)).map(|(argument, _)| argument));
    let fitted = arguments.into_iter().zip(kinds).map(|(argument, kind)| match kind {
        Kind::Common => types::cast(argument, common),
        Kind::TypeOf => argument,
        kind => match types::fit(argument.column_type, kind) {
            Some((to, _)) => types::cast(argument, to),
            None => argument,
        },
    });
    Ok((fitted.collect(), signature))
}

/// What is wrong with arguments that fit no signature.
fn misfit(kinds: Vec<Kind>, arguments: &[Expr], span: Span) -> Wrong {
    let wrong =
        kinds.into_iter().zip(arguments).find(|(kind, argument)| types::fit(argument.column_type, *kind).is_none());
    match wrong {
        Some((kind, argument)) => {
            let what = What::WrongType { expected: types::kind_name(kind).into(), found: argument.column_type };
            Wrong::new(what, argument.span)
        }
        None => Wrong::expected("other arguments", span),
    }
}

/// How many arguments a function takes, in words.
fn counts(function: &Function) -> std::string::String {
    let mut counts: Vec<std::string::String> = Vec::new();
    for signature in &function.signatures {
        let possible: Vec<usize> = (0..=8).filter(|count| signature.parameters_of(*count).is_some()).collect();
        let count = match (possible.first(), possible.last()) {
            (Some(least), Some(8)) => format!("{least} or more"),
            (Some(least), Some(most)) if least == most => least.to_string(),
            (Some(least), Some(most)) => format!("{least} to {most}"),
            _ => "more".into(),
        };
        if !counts.contains(&count) {
            counts.push(count);
        }
    }
    counts.join(" or ")
}

/// The type of what a call gives.
fn result_type(signature: &Signature, arguments: &[Expr]) -> ColumnType {
    let argument = |place: usize| arguments.get(place).map_or(Dynamic, |argument| argument.column_type);
    match &signature.returns {
        Returns::Type(column_type) => *column_type,
        Returns::Argument(place) => argument(*place),
        Returns::Promoted => types::promoted(argument(0)),
        Returns::Average if argument(0) == ColumnType::Decimal => ColumnType::Decimal,
        Returns::Average => Real,
        Returns::Common => {
            let parameters = signature.parameters_of(arguments.len()).unwrap_or_default();
            parameters.iter().position(|kind| *kind == Kind::Common).map_or(Dynamic, argument)
        }
        Returns::Widest => {
            arguments.iter().map(|argument| types::promoted(argument.column_type)).fold(Long, types::wider)
        }
        Returns::TypeOf => arguments.last().map_or(Dynamic, |argument| argument.column_type),
        Returns::Several(_) => Dynamic,
    }
}
