//! Kusto's scalar functions on Arrow arrays, one file for each family. Nothing here knows plans or tables.
//!
//! Most are functions of the cells of one row; what is asked for in every query works on whole arrays.

mod arithmetic;
mod arrays;
mod bags;
mod bits;
mod comparison;
mod conditional;
mod convert;
mod datetime;
mod datetime_format;
mod distribution;
mod encoding;
mod geo;
mod geohash;
mod hash;
mod json_path;
mod math;
mod membership;
mod network;
mod parse_text;
mod path;
mod punycode;
mod regular;
mod series;
mod sets;
mod sketch;
mod term;
mod text;
mod unit;
mod url;
mod user_agent;

use std::{
    collections::HashMap,
    fmt,
    hash::{Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
};

use datafusion::{
    arrow::{array::ArrayRef, datatypes::DataType},
    error::Result,
    logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility},
    scalar::ScalarValue,
};
use model::ColumnType;
use regex::Regex;
use serde_json::Value as Json;

pub(crate) use self::{
    comparison::compare,
    convert::to,
    geo::Shape,
    hash::hash_of,
    json_path::keys as keys_of_path,
    path::{Key, at_path, tidy},
    term::has_term,
};
use crate::{
    atlas::Places,
    cell::{Cell, Cells, Writer, arrow_type},
};

/// A function of the cells of one row.
pub(crate) type RowFunction = for<'a> fn(&Context, &[Cell<'a>]) -> Cell<'a>;
/// A function of whole arguments.
pub(crate) type ArrayFunction = fn(&Context, &[Cells], &[ColumnarValue], usize) -> Result<ArrayRef>;

/// How a function runs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Function {
    Rows(RowFunction),
    Arrays(ArrayFunction),
}

/// The function of this name, as the checked tree spells it.
pub(crate) fn find(name: &str) -> Option<Function> {
    let rows = [
        arithmetic::find,
        arrays::find,
        bags::find,
        bits::find,
        comparison::find,
        conditional::find,
        convert::find,
        datetime::find,
        datetime_format::find,
        distribution::find,
        encoding::find,
        geo::find,
        geohash::find,
        hash::find,
        json_path::find,
        math::find,
        membership::find,
        network::find,
        parse_text::find,
        punycode::find,
        regular::find,
        series::find,
        sets::find,
        sketch::find,
        text::find,
        unit::find,
        url::find,
        user_agent::find,
    ];
    let arrays = [datetime::find_arrays, path::find_arrays, term::find_arrays];
    arrays
        .iter()
        .find_map(|find| find(name))
        .map(Function::Arrays)
        .or_else(|| rows.iter().find_map(|find| find(name)).map(Function::Rows))
}

/// What a call of a function knows beside its arguments.
#[derive(Debug)]
pub(crate) struct Context {
    /// The name that it was called by.
    pub(crate) name: &'static str,
    /// The types of its arguments.
    pub(crate) arguments: Vec<ColumnType>,
    /// The type of its result.
    pub(crate) result: ColumnType,
    /// Where addresses are, if that is known.
    pub(crate) places: Option<Arc<Places>>,
    regexes: Mutex<HashMap<String, Option<Regex>>>,
    shapes: Mutex<HashMap<String, Option<Arc<Shape>>>>,
}

/// More compiled patterns are not kept.
const MAX_REGEXES: usize = 64;
/// More shapes are not kept.
const MAX_SHAPES: usize = 16;

impl Context {
    pub(crate) fn new(name: &'static str, arguments: Vec<ColumnType>, result: ColumnType) -> Self {
        Self { name, arguments, result, places: None, regexes: Mutex::default(), shapes: Mutex::default() }
    }

    /// The compiled pattern; none if it is not one.
    pub(crate) fn regex(&self, pattern: &str) -> Option<Regex> {
        let mut regexes = self.regexes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = regexes.get(pattern) {
            return known.clone();
        }
        let compiled = regex::RegexBuilder::new(pattern).size_limit(4 << 20).build().ok();
        if regexes.len() >= MAX_REGEXES {
            regexes.clear();
        }
        regexes.insert(pattern.to_owned(), compiled.clone());
        compiled
    }

    /// The shape of a text in GeoJSON.
    pub(crate) fn shape(&self, text: &str) -> Option<Arc<Shape>> {
        let mut shapes = self.shapes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = shapes.get(text) {
            return known.clone();
        }
        let shape = serde_json::from_str(text).ok().and_then(|json: Json| Shape::of(&json)).map(Arc::new);
        if shapes.len() >= MAX_SHAPES {
            shapes.clear();
        }
        shapes.insert(text.to_owned(), shape.clone());
        shape
    }
}

/// A call of a function, as DataFusion has it.
pub(crate) struct Call {
    context: Context,
    function: Function,
    signature: Signature,
}

impl Call {
    /// A function that gives this type of arguments of these types.
    pub(crate) fn new(name: &'static str, function: Function, arguments: Vec<ColumnType>, result: ColumnType) -> Self {
        let types = arguments.iter().map(|argument| arrow_type(*argument)).collect::<Vec<_>>();
        let signature = if types.is_empty() {
            Signature::nullary(Volatility::Immutable)
        } else {
            Signature::any(types.len(), Volatility::Immutable)
        };
        Self { context: Context::new(name, arguments, result), function, signature }
    }

    /// With what knows where addresses are.
    pub(crate) fn with_places(mut self, places: Option<Arc<Places>>) -> Self {
        self.context.places = places;
        self
    }

    /// As DataFusion takes it.
    pub(crate) fn udf(self) -> Arc<ScalarUDF> {
        Arc::new(ScalarUDF::new_from_impl(self))
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.context.name)
    }
}

impl PartialEq for Call {
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (&self.context, &other.context);
        a.name == b.name && a.arguments == b.arguments && a.result == b.result
    }
}

impl Eq for Call {}

impl Hash for Call {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.context.name.hash(state);
        self.context.arguments.hash(state);
    }
}

impl ScalarUDFImpl for Call {
    fn name(&self) -> &str {
        self.context.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(arrow_type(self.context.result))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let cells = args
            .args
            .iter()
            .zip(&self.context.arguments)
            .map(|(value, column_type)| Cells::of_value(value, *column_type))
            .collect::<Result<Vec<_>>>()?;
        let is_constant = cells.iter().all(Cells::is_constant);
        let rows = if is_constant { 1 } else { args.number_rows };
        let array = match self.function {
            Function::Rows(function) => run_rows(&self.context, function, &cells, rows),
            Function::Arrays(function) => function(&self.context, &cells, &args.args, rows)?,
        };
        if is_constant {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?));
        }
        Ok(ColumnarValue::Array(array))
    }
}

/// Runs a function row by row.
fn run_rows(context: &Context, function: RowFunction, cells: &[Cells], rows: usize) -> ArrayRef {
    let mut writer = Writer::new(context.result, rows);
    let mut row_cells = Vec::with_capacity(cells.len());
    for row in 0..rows {
        row_cells.clear();
        row_cells.extend(cells.iter().map(|cells| cells.cell(row)));
        writer.push(&function(context, &row_cells));
    }
    writer.finish()
}

/// A cell of a row; null if there are fewer.
pub(crate) fn arg<'c, 'a>(cells: &'c [Cell<'a>], index: usize) -> &'c Cell<'a> {
    const NULL: &Cell<'static> = &Cell::Null;
    cells.get(index).unwrap_or(NULL)
}

/// Runs a function on constant cells: for constants and for tests.
#[cfg(test)]
pub(crate) fn run<'a>(name: &'static str, result: ColumnType, cells: &[Cell<'a>]) -> Cell<'a> {
    match find(name) {
        Some(Function::Rows(function)) => function(&Context::new(name, Vec::new(), result), cells),
        _ => Cell::Null,
    }
}
