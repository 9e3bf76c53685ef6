//! What names stand for besides columns and tables of the catalogue: `let`, parameters, `as`.

use std::{rc::Rc, sync::Arc};

use crate::{
    checked::{Expr, Table},
    tree::{FunctionDeclaration, Pattern},
};

/// The names that are known at a place; the last that was added counts. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope<'t>(Option<Rc<Link<'t>>>);

#[derive(Debug)]
struct Link<'t> {
    name: &'t str,
    binding: Binding<'t>,
    rest: Scope<'t>,
}

/// What a name stands for.
#[derive(Debug, Clone)]
pub(super) enum Binding<'t> {
    /// A value. If it has columns, they are those of the row of this number.
    Value(Expr, usize),
    /// A table, and how many nodes it has.
    Table(Arc<Table>, usize),
    /// A function and what it sees.
    Function(&'t FunctionDeclaration, Scope<'t>),
    /// A pattern and what it sees.
    Pattern(&'t Pattern, Scope<'t>),
    /// Something that was told to be wrong.
    Wrong,
}

impl<'t> Scope<'t> {
    /// The same names, and one more.
    pub(super) fn with(&self, name: &'t str, binding: Binding<'t>) -> Self {
        Self(Some(Rc::new(Link { name, binding, rest: self.clone() })))
    }

    /// What a name stands for.
    pub(super) fn find(&self, name: &str) -> Option<&Binding<'t>> {
        self.links().find(|link| link.name == name).map(|link| &link.binding)
    }

    /// All names, the last first.
    pub(super) fn names(&self) -> impl Iterator<Item = &'t str> {
        self.links().map(|link| link.name)
    }

    fn links(&self) -> impl Iterator<Item = &Link<'t>> {
        std::iter::successors(self.0.as_deref(), |link| link.rest.0.as_deref())
    }
}
