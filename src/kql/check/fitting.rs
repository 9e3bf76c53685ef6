//! Which signature of a function fits its arguments, what they are converted to, and what type comes out.

use model::ColumnType::{self, Dynamic, Long, Real};

use super::{Done, types};
use crate::{
    Literal,
    checked::{Aggregate, Expr, ExprKind},
    function::{self, Function, Kind, Returns, Signature},
    mistake::{What, Wrong},
    place::Span,
};

/// An aggregate that an operator stands for, of all rows.
pub(super) fn known_aggregate(name: &str, arguments: Vec<Expr>, span: Span) -> Done<Aggregate> {
    let call = function::aggregate(name).ok_or_else(|| Wrong::new(What::UnknownFunction, span))?;
    let (arguments, signature) = choose(call.function, arguments, span)?;
    let column_type = result_type(signature, &arguments);
    Ok(Aggregate { function: call.function, arguments, filter: None, column_type, outputs: 1 })
}

/// A call of a function of this project's own, whose arguments need no check.
pub(super) fn known_call(name: &str, arguments: Vec<Expr>, span: Span) -> Done<Expr> {
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
pub(super) fn choose(
    function: &'static Function,
    arguments: Vec<Expr>,
    span: Span,
) -> Done<(Vec<Expr>, &'static Signature)> {
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
fn counts(function: &Function) -> String {
    let mut counts: Vec<String> = Vec::new();
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
pub(super) fn result_type(signature: &Signature, arguments: &[Expr]) -> ColumnType {
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
