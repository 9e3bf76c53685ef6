//! Rows that are kept: those with a text or a number anywhere, or those with a certain value in one column.

use std::cmp::Ordering;

use model::{Column, ColumnType, Table, Value};
use regex::Regex;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{
    StepError,
    compare::{compare, scalar},
    names::regex,
};

/// Keeps rows. With `expr`, those in which any column has it; with `column`, those whose value in it compares as told.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// A regular expression to be found in a text column, or a number whose digits are to be found in a numeric one.
    #[serde(default)]
    expr: Option<Json>,
    /// Whether `expr` is looked for in numeric columns though it is a text.
    #[serde(default)]
    numeric_col: bool,
    /// The column to compare.
    #[serde(default)]
    column: Option<String>,
    /// How. `eq` unless said.
    #[serde(default)]
    op: Operator,
    /// With what: a value of the column's type, or a list of them for `in` and `not_in`.
    #[serde(default)]
    value: Option<Json>,
    /// Whether texts that differ only in case are different.
    #[serde(default)]
    match_case: bool,
}

/// How a cell is compared. A missing cell is `ne`, `not_in`, `not_contains` and `is_empty`, and nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// Equal.
    #[default]
    #[serde(alias = "==")]
    Eq,
    /// Not equal.
    #[serde(alias = "!=")]
    Ne,
    /// Less.
    #[serde(alias = "<")]
    Lt,
    /// Less or equal.
    #[serde(alias = "<=")]
    Le,
    /// More.
    #[serde(alias = ">")]
    Gt,
    /// More or equal.
    #[serde(alias = ">=")]
    Ge,
    /// One of a list.
    In,
    /// None of a list.
    NotIn,
    /// Has a text in it.
    Contains,
    /// Has a text not in it.
    NotContains,
    /// Begins with a text.
    StartsWith,
    /// Ends with a text.
    EndsWith,
    /// A regular expression is found in it.
    Matches,
    /// Missing, or a text without characters.
    IsEmpty,
    /// There, and no text without characters.
    IsNotEmpty,
}

impl Filter {
    pub(super) fn apply(&self, table: &Table) -> Result<Table, StepError> {
        let keep: Vec<bool> = match (&self.expr, &self.column) {
            (Some(expr), None) => self.anywhere(expr, table)?,
            (None, Some(name)) => {
                let missing = || StepError::NoSuchColumn { pointer: "/column".to_owned(), column: name.clone() };
                let column = table.column(name).ok_or_else(missing)?;
                let test = self.test(column)?;
                column.iter().map(|value| test.holds(&scalar(value))).collect()
            }
            _ => return Err(StepError::ExprOrColumn),
        };
        let kept: Vec<_> = (0..table.row_count()).filter(|row| keep.get(*row) == Some(&true)).collect();
        Ok(table.take(&kept))
    }

    fn anywhere(&self, expr: &Json, table: &Table) -> Result<Vec<bool>, StepError> {
        let text = match expr {
            Json::String(text) => text.clone(),
            Json::Number(number) => number.to_string(),
            _ => return Err(StepError::NotARegex { pointer: "/expr".to_owned() }),
        };
        let is_number = self.numeric_col || expr.is_number();
        let pattern = regex(&if expr.is_number() { regex::escape(&text) } else { text }, self.match_case, "/expr")?;
        let mut keep = vec![false; table.row_count()];
        for column in table.columns().iter().filter(|column| is_numeric(column) == is_number && is_searched(column)) {
            for (keep, value) in keep.iter_mut().zip(column.iter()) {
                *keep = *keep || !value.is_null() && pattern.is_match(&value.to_text());
            }
        }
        Ok(keep)
    }

    /// What is asked of each cell of a column.
    fn test(&self, column: &Column) -> Result<Test, StepError> {
        use Operator::{
            Contains, EndsWith, Eq, Ge, Gt, In, IsEmpty, IsNotEmpty, Le, Lt, Matches, Ne, NotContains, NotIn,
            StartsWith,
        };
        let value = || self.value.as_ref().ok_or(StepError::NoValue);
        let text = || value()?.as_str().ok_or(StepError::WrongValue { expected: ColumnType::String });
        let pattern = |before: &str, text: &str, after: &str| {
            regex(&format!("{before}{}{after}", regex::escape(text)), self.match_case, "/value")
        };
        let one = |json: &Json| self.value_for(column, json);
        Ok(match self.op {
            Eq => Test::among(vec![one(value()?)?], true),
            Ne => Test::among(vec![one(value()?)?], false),
            In | NotIn => {
                let items = value()?.as_array().ok_or(StepError::WrongValue { expected: ColumnType::Dynamic })?;
                Test::among(items.iter().map(one).collect::<Result<_, _>>()?, self.op == In)
            }
            Lt | Le | Gt | Ge => {
                if matches!(column.kind(), ColumnType::Bool | ColumnType::Guid) {
                    return Err(StepError::Unordered(column.kind()));
                }
                let (side, or_equal) = match self.op {
                    Lt => (Ordering::Less, false),
                    Le => (Ordering::Less, true),
                    Gt => (Ordering::Greater, false),
                    _ => (Ordering::Greater, true),
                };
                Test::Order { than: one(value()?)?, side, or_equal }
            }
            Contains => Test::Found(pattern("", text()?, "")?, true),
            NotContains => Test::Found(pattern("", text()?, "")?, false),
            StartsWith => Test::Found(pattern(r"\A", text()?, "")?, true),
            EndsWith => Test::Found(pattern("", text()?, r"\z")?, true),
            Matches => Test::Found(regex(text()?, self.match_case, "/value")?, true),
            IsEmpty => Test::Empty(true),
            IsNotEmpty => Test::Empty(false),
        })
        .map(|test| if self.match_case { test } else { test.in_any_case() })
    }

    /// The value, as one of the column's type.
    fn value_for(&self, column: &Column, json: &Json) -> Result<Value<'static>, StepError> {
        let value = Value::of_json(json).into_owned();
        match column.kind() {
            ColumnType::Dynamic => Ok(value),
            expected => value.cast(expected).ok_or(StepError::WrongValue { expected }),
        }
    }
}

/// What is asked of a cell.
enum Test {
    Among { values: Vec<Value<'static>>, is_wanted: bool, in_any_case: bool },
    Order { than: Value<'static>, side: Ordering, or_equal: bool },
    Found(Regex, bool),
    Empty(bool),
}

impl Test {
    const fn among(values: Vec<Value<'static>>, is_wanted: bool) -> Self {
        Self::Among { values, is_wanted, in_any_case: false }
    }

    fn in_any_case(self) -> Self {
        match self {
            Self::Among { values, is_wanted, .. } => {
                Self::Among { values: values.into_iter().map(lower).collect(), is_wanted, in_any_case: true }
            }
            test => test,
        }
    }

    fn holds(&self, cell: &Value<'_>) -> bool {
        match self {
            Self::Among { values, is_wanted, in_any_case } => {
                let folded;
                let cell = if *in_any_case && cell.as_str().is_some() {
                    folded = lower(cell.clone());
                    &folded
                } else {
                    cell
                };
                let equals = |value: &Value<'_>| {
                    compare(cell, value) == Some(Ordering::Equal) || cell.is_null() && value.is_null()
                };
                values.iter().any(equals) == *is_wanted
            }
            Self::Order { than, side, or_equal } => {
                compare(cell, than).is_some_and(|order| order == *side || *or_equal && order == Ordering::Equal)
            }
            Self::Found(pattern, is_wanted) => (!cell.is_null() && pattern.is_match(&cell.to_text())) == *is_wanted,
            Self::Empty(is_wanted) => (cell.is_null() || cell.as_str() == Some("")) == *is_wanted,
        }
    }
}

fn lower(value: Value<'_>) -> Value<'_> {
    match value {
        Value::String(text) => Value::String(text.to_lowercase().into()),
        value => value,
    }
}

const fn is_numeric(column: &Column) -> bool {
    matches!(column.kind(), ColumnType::Int | ColumnType::Long | ColumnType::Real | ColumnType::Decimal)
}

/// Whether a column holds what an expression can be found in.
const fn is_searched(column: &Column) -> bool {
    is_numeric(column) || matches!(column.kind(), ColumnType::String | ColumnType::Guid | ColumnType::Dynamic)
}
