//! Stored functions: what a workspace keeps under names that every query may call. Parsed once, not by each query.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    mistake::Mistakes,
    parse::{parse_body, parse_commands, parse_parameters},
    tree::{Body, FunctionDeclaration, Parameter},
};

/// A function under its name.
#[derive(Debug, Clone)]
pub struct StoredFunction {
    /// Its name.
    pub name: Arc<str>,
    /// The text in which its body stands.
    pub(crate) text: Arc<str>,
    /// What it takes and gives.
    pub(crate) declaration: FunctionDeclaration,
}

impl StoredFunction {
    pub(crate) fn new(name: Arc<str>, text: Arc<str>, parameters: Vec<Parameter>, body: Body) -> Self {
        Self { name, text, declaration: FunctionDeclaration { view: false, parameters, body } }
    }

    /// A function of its parts: parameters with their brackets, or nothing; statements without braces.
    pub fn of_parts(name: &str, parameters: &str, body: &str) -> Result<Self, Mistakes> {
        let parameters = if parameters.is_empty() { Vec::new() } else { parse_parameters(parameters)? };
        Ok(Self::new(name.into(), body.into(), parameters, parse_body(body)?))
    }

    /// The functions that commands create: `.create-or-alter function with (folder = "f") Name(a: string) { … }`.
    pub fn of_commands(text: &str) -> Result<Vec<Self>, Mistakes> {
        parse_commands(text)
    }

    /// The same under another name.
    #[must_use]
    pub fn renamed(&self, name: &str) -> Self {
        Self { name: name.into(), ..self.clone() }
    }

    /// Whether it may be called by its name alone.
    pub(crate) fn needs_nothing(&self) -> bool {
        self.declaration.parameters.iter().all(|parameter| parameter.default.is_some())
    }
}

/// Functions by their names.
#[derive(Debug, Clone, Default)]
pub struct Functions(BTreeMap<Arc<str>, Arc<StoredFunction>>);

impl Functions {
    /// None at all.
    pub const NONE: &'static Self = &Self(BTreeMap::new());

    /// Adds one, in the place of any of its name.
    pub fn insert(&mut self, function: StoredFunction) {
        self.0.insert(function.name.clone(), function.into());
    }

    /// The function of a name.
    pub fn find(&self, name: &str) -> Option<&StoredFunction> {
        self.0.get(name).map(AsRef::as_ref)
    }

    /// All names, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(AsRef::as_ref)
    }
}
