//! How columns are called that the query gives no name, and that no two are called the same.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use model::ColumnType;

use super::Done;
use crate::{
    Literal,
    checked::{Column, Schema},
    function,
    mistake::{What, Wrong},
    place::Span,
    tree::{Expr, ExprKind, Member, Name, Named},
};

/// The name that a column of an expression has by itself: that of the column, of the path (`a_b`), or of the first argument.
pub(super) fn of_expr(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.text.to_string()),
        ExprKind::Member { of, member: Member::Name(name) } => Some(format!("{}_{name}", of_expr(of)?)),
        ExprKind::Member { of, member: Member::Value(index) } | ExprKind::Index { of, index } => {
            let part = match &index.kind {
                ExprKind::Literal(Literal::String(text)) => text.to_string(),
                ExprKind::Literal(Literal::Long(number)) => number.to_string(),
                _ => String::new(),
            };
            Some(format!("{}_{part}", of_expr(of)?))
        }
        ExprKind::Call { function: name, arguments } => {
            // Made of parts, it is no longer what the first part is called.
            if matches!(&*name.text, "make_datetime" | "make_timespan") && arguments.len() > 1 {
                return None;
            }
            let is_aggregate = function::aggregate(&name.text).is_some() && arguments.len() < 2;
            match function::scalar(&name.text).filter(|_| !is_aggregate) {
                Some(function) => of_call(function.signatures.first()?.column?, arguments),
                None => of_aggregate(&name.text, arguments),
            }
        }
        _ => None,
    }
}

/// The name of a column of a call, from how its function calls columns.
pub(super) fn of_call(column: &str, arguments: &[Named]) -> Option<String> {
    let Some(prefix) = column.strip_suffix('_') else { return Some(column.to_owned()) };
    let argument = arguments.first().and_then(|argument| of_expr(&argument.expr));
    match (prefix, argument) {
        ("", argument) => argument,
        (prefix, argument) => Some(format!("{prefix}_{}", argument.unwrap_or_default())),
    }
}

/// The name of the column of an aggregate that gives one.
pub(super) fn of_aggregate(name: &str, arguments: &[Named]) -> Option<String> {
    let call = function::aggregate(name)?;
    let column = match name {
        "any" => "any_",
        "anyif" => "anyif_",
        "cnt" => "cnt_",
        "hll_if" | "sumif" | "countif" | "dcountif" | "minif" | "maxif" | "avgif" | "stdevif" | "varianceif"
        | "variancepif" | "covarianceif" | "covariancepif" | "count_distinctif" => {
            return with_argument(&format!("{name}_"), arguments);
        }
        "take_any" | "take_anyif" => "_",
        "percentile" | "percentilew" => {
            let of = arguments.first().and_then(|argument| of_expr(&argument.expr)).unwrap_or_default();
            let percent = arguments.last().and_then(|argument| percent_name(&argument.expr))?;
            return Some(format!("percentile_{of}_{percent}"));
        }
        _ => call.function.signatures.first()?.column?,
    };
    if matches!(call.function.name, "covariance" | "covariancep") {
        return with_argument(column, arguments);
    }
    of_call(column, arguments)
}

/// A percentage as part of a name: `99_9`.
fn percent_name(percent: &Expr) -> Option<String> {
    match &percent.kind {
        ExprKind::Literal(Literal::Long(number)) => Some(number.to_string()),
        ExprKind::Literal(Literal::Real(number)) => Some(number.to_string().replace('.', "_")),
        _ => None,
    }
}

/// The names of both arguments of a covariance, of the first of others.
fn with_argument(column: &str, arguments: &[Named]) -> Option<String> {
    let first = of_call(column, arguments)?;
    let second = arguments.get(1).filter(|_| column.starts_with("covariance")).and_then(|second| of_expr(&second.expr));
    Some(second.map_or(first.clone(), |second| format!("{first}_{second}")))
}

/// Columns while they are collected; no two have the same name.
#[derive(Debug, Default)]
pub(super) struct Columns {
    columns: Vec<Column>,
    places: HashMap<Arc<str>, usize>,
    /// Names that only their own columns get.
    reserved: HashSet<Arc<str>>,
    unnamed: usize,
}

impl Columns {
    /// With these to begin with.
    pub(super) fn new(columns: &[Column]) -> Self {
        let places = columns.iter().enumerate().map(|(place, column)| (column.name.clone(), place)).collect();
        Self { columns: columns.to_vec(), places, reserved: HashSet::new(), unnamed: 0 }
    }

    pub(super) fn name(&self, place: usize) -> Option<Arc<str>> {
        self.columns.get(place).map(|column| column.name.clone())
    }

    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    /// Adds a column that the query gives its name.
    pub(super) fn add(&mut self, name: &Name, column_type: ColumnType) -> Done<usize> {
        self.add_named(&name.text, name.span, column_type)
    }

    /// Adds a column of this name.
    pub(super) fn add_named(&mut self, name: &Arc<str>, span: Span, column_type: ColumnType) -> Done<usize> {
        if self.places.contains_key(name) {
            return Err(Wrong::new(What::RepeatedName, span));
        }
        Ok(self.push(name.clone(), column_type))
    }

    /// Adds a column of this name, or of this name with a number if there is one already.
    pub(super) fn add_unique(&mut self, name: &str, column_type: ColumnType) -> usize {
        let mut unique: Arc<str> = name.into();
        let mut number = 0;
        while self.places.contains_key(&unique) || (number > 0 && self.reserved.contains(&unique)) {
            number += 1;
            unique = format!("{name}{number}").into();
        }
        self.push(unique, column_type)
    }

    /// Keeps these names for columns that are added with them.
    pub(super) fn reserve<'n>(&mut self, names: impl Iterator<Item = &'n Arc<str>>) {
        self.reserved.extend(names.cloned());
    }

    /// Adds a column that has no name by itself.
    pub(super) fn add_unnamed(&mut self, column_type: ColumnType) -> usize {
        loop {
            self.unnamed += 1;
            let name: Arc<str> = format!("Column{}", self.unnamed).into();
            if !self.places.contains_key(&name) {
                return self.push(name, column_type);
            }
        }
    }

    /// Adds a column, or replaces the one that has its name.
    pub(super) fn put(&mut self, name: &str, column_type: ColumnType) -> usize {
        match self.place(name) {
            Some(place) => {
                self.retype(place, column_type);
                place
            }
            None => self.push(name.into(), column_type),
        }
    }

    pub(super) fn retype(&mut self, place: usize, column_type: ColumnType) {
        if let Some(column) = self.columns.get_mut(place) {
            column.column_type = column_type;
        }
    }

    fn push(&mut self, name: Arc<str>, column_type: ColumnType) -> usize {
        let place = self.columns.len();
        self.places.insert(name.clone(), place);
        self.columns.push(Column { name, column_type });
        place
    }

    pub(super) fn into_schema(self) -> Schema {
        self.columns.into()
    }
}
