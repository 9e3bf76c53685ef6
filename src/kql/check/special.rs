//! Functions that look at names, types or tables instead of values: `toscalar`, `column_ifexists`, `pack_all`.

use std::sync::Arc;

use model::ColumnType::{Bool, Dynamic};

use super::{Checker, Done, call::all_columns, fitting::known_call, operand::Value, row::Env, types};
use crate::{
    Literal,
    checked::{Expr, ExprKind},
    mistake::{What, Wrong},
    place::Span,
    tree::{self, Named},
};

impl<'t> Checker<'_, 't> {
    /// Functions that look at names, types or tables instead of values.
    pub(super) fn special_call(
        &mut self,
        name: &str,
        arguments: &'t [Named],
        span: Span,
        env: Env<'_, 't>,
    ) -> Option<Done<Expr>> {
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
                    Expr::of_literal(Literal::Dynamic(Arc::new(serde_json::Value::Array(names))), span)
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
    pub(super) fn constant_text(&mut self, expr: &'t tree::Expr, env: Env<'_, 't>) -> Done<Arc<str>> {
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
}
