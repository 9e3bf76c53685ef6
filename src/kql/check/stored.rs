//! Calls of stored functions: they see no name of the query, and columns that no row of a table has.

use super::{Checker, Done, operand::Value, row::Env, scope::Scope};
use crate::{
    checked::{Expr, Schema, Table},
    mistake::{What, Wrong},
    place::Span,
    stored::StoredFunction,
    tree::Named,
};

impl<'c: 't, 't> Checker<'c, 't> {
    /// The stored function of a name. Within a function that is called like a table, the name means the table.
    pub(super) fn stored(&self, name: &str) -> Option<&'t StoredFunction> {
        let stored = self.context.functions.find(name)?;
        let is_table = self.within.contains(&name) && self.context.catalogue.table(None, name).is_some();
        Some(stored).filter(|_| !is_table)
    }

    /// What it gives for these arguments; the first is a table that stands before it, if `invoke` calls it.
    pub(super) fn call_stored(
        &mut self,
        function: &'t StoredFunction,
        arguments: &'t [Named],
        input: Option<Table>,
        span: Span,
        env: Env<'_, 't>,
    ) -> Done<Value> {
        if self.within.contains(&&*function.name) {
            return Err(Wrong::new(What::Recursive, span));
        }
        self.within(span, |checker| {
            let declaration = &function.declaration;
            let scope = checker.with_arguments(declaration, &Scope::default(), arguments, input, span, env)?;
            let told = checker.wrongs.len();
            checker.within.push(&function.name);
            let value = checker.body(&declaration.body, scope, span, env);
            checker.within.pop();
            // Of what is wrong in it the first is enough: whoever calls it can't mend it.
            let first = checker.wrongs.drain(told..).next();
            match first.map_or(value, Err).map_err(|wrong| wrong.within(function, span))? {
                Value::Scalar(expr) => Ok(Value::Scalar(Expr { span, ..expr })),
                table => Ok(table),
            }
        })
    }

    /// The columns of a table of the catalogue, as the place that names it may see them.
    pub(super) fn known_table(&self, database: Option<&str>, name: &str) -> Option<Schema> {
        let catalogue = self.context.catalogue;
        if self.within.is_empty() { catalogue.table(database, name) } else { catalogue.whole_table(database, name) }
    }
}
