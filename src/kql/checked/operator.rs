//! What is done with rows.

use std::sync::Arc;

use model::ColumnType;

use super::{Aggregate, Expr, Schema, Table};
use crate::{function::Function, literal::Literal, operator::ScanOutput, place::Span};

/// Something done with rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What.
    pub operator: Operator,
    /// The columns that come out.
    pub columns: Schema,
    /// Where it stands.
    pub span: Span,
}

/// What is done with rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Operator {
    /// Only rows of which this is true.
    Filter(Expr),
    /// One expression for each column that comes out. May hold functions of [`crate::function::Family::Window`].
    Project(Vec<Expr>),
    /// Each row once.
    Distinct,
    /// One row for each combination of values; without any, one row. The columns that come out: the values, then those of the
    /// aggregates.
    Summarize {
        /// The values.
        by: Vec<Expr>,
        /// The aggregates.
        aggregates: Vec<Aggregate>,
    },
    /// Rows in order; what comes first counts most.
    Sort(Vec<SortKey>),
    /// The first rows in order.
    Top {
        /// How many.
        count: Expr,
        /// In which order.
        keys: Vec<SortKey>,
    },
    /// At most so many rows.
    Take(Expr),
    /// So many rows, by chance.
    Sample(Expr),
    /// The order of rows counts from here on.
    Serialize,
    /// Rows of two tables side by side.
    Join(Box<Join>),
    /// One row for each element.
    MvExpand(Expansions),
    /// Something done with the elements of each row. The columns that come out: those columns of the row that are not
    /// expanded, then those of the table that have no such name; a column that both have is the table's.
    MvApply {
        /// The elements. What comes out of them is what goes into the table.
        expansions: Expansions,
        /// The columns that go into the table.
        input: Schema,
        /// What is done with them.
        table: Box<Table>,
        /// For each column that comes out: a column of the row (`Ok`), or one of the table (`Err`).
        outputs: Vec<Result<usize, usize>>,
    },
    /// Aggregates at even steps. The columns that come out: the values, the lists, the steps.
    MakeSeries(Box<MakeSeries>),
    /// Columns from a text by a pattern.
    ParseText(ParseText),
    /// Columns from keys and values.
    ParseKv(ParseKv),
    /// Something done with the rows of each value by themselves.
    Partition {
        /// The value.
        by: Expr,
        /// What is done, with all columns of the rows going in.
        table: Box<Table>,
    },
    /// Texts that are alike as patterns.
    Reduce(Reduce),
    /// The top values, and within each the top of others. The columns that come out: value and aggregate of each level.
    TopNested(Vec<NestedLevel>),
    /// Rows matched against steps.
    Scan(Box<Scan>),
    /// A plugin.
    Evaluate(Box<Evaluate>),
}

/// Something to sort by.
#[derive(Debug, Clone, PartialEq)]
pub struct SortKey {
    /// What.
    pub expr: Expr,
    /// From small to great.
    pub ascending: bool,
    /// Nulls before values.
    pub nulls_first: bool,
}

/// Rows of two tables side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    /// Which rows come out.
    pub kind: JoinKind,
    /// The other table.
    pub right: Table,
    /// What must be equal: an expression of the left and one of the right row, of the same type. Null equals nothing.
    /// Without any, each row meets each.
    pub on: Vec<(Expr, Expr)>,
}

/// Which rows a join gives. All but the semi and anti kinds give the columns of the left, then those of the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JoinKind {
    /// Pairs, after the left side was reduced to one row for each key.
    InnerUnique,
    /// Pairs.
    Inner,
    /// Pairs, and left rows without any.
    LeftOuter,
    /// Pairs, and right rows without any.
    RightOuter,
    /// Pairs, and rows of either side without any.
    FullOuter,
    /// Left rows with a pair; only the left columns.
    LeftSemi,
    /// Right rows with a pair; only the right columns.
    RightSemi,
    /// Left rows without a pair; only the left columns.
    LeftAnti,
    /// Right rows without a pair; only the right columns.
    RightAnti,
}

/// Lists and bags expanded side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Expansions {
    /// What is expanded. Shorter ones are filled with nulls.
    pub items: Vec<Expansion>,
    /// Members of bags become `["key", value]` instead of `{"key": value}`.
    pub as_array: bool,
    /// The column that says which element it was, from 0.
    pub index: Option<usize>,
    /// At most so many rows of each row.
    pub limit: Option<Expr>,
}

/// Something expanded.
#[derive(Debug, Clone, PartialEq)]
pub struct Expansion {
    /// The list or bag.
    pub list: Expr,
    /// The column that its elements go to. All other columns stay at their places.
    pub column: usize,
    /// The type that elements become.
    pub column_type: ColumnType,
}

/// Aggregates at even steps.
#[derive(Debug, Clone, PartialEq)]
pub struct MakeSeries {
    /// The aggregates.
    pub series: Vec<Series>,
    /// What the steps are of.
    pub on: Expr,
    /// Where they begin; at the least value if nothing is said.
    pub from: Option<Expr>,
    /// Where they end; behind the greatest value if nothing is said.
    pub to: Option<Expr>,
    /// Whether the end belongs to them.
    pub inclusive: bool,
    /// How far they are from each other.
    pub step: Expr,
    /// One row for each combination of these.
    pub by: Vec<Expr>,
    /// One row with defaults even if there are no rows at all.
    pub nonempty: bool,
}

/// A list of aggregates.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The aggregate; of one column.
    pub aggregate: Aggregate,
    /// What is done with it: an expression whose columns are the values of `by`, then this aggregate.
    pub finish: Option<Expr>,
    /// What stands where there are no rows.
    pub default: Literal,
}

/// Columns from a text by a pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct ParseText {
    /// The text.
    pub text: Expr,
    /// How strictly.
    pub parsing: TextParsing,
    /// The pattern.
    pub pattern: Vec<PatternPart>,
    /// Only rows that match.
    pub only_matching: bool,
}

/// How a pattern is matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextParsing {
    /// Texts as they are; all values must have their types.
    Simple,
    /// Texts as they are; values that have not their types are null.
    Relaxed,
    /// Texts are regular expressions, with these flags.
    Regex(Arc<str>),
}

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq)]
pub enum PatternPart {
    /// Anything.
    Skip,
    /// This text, or this regular expression.
    Text(Arc<str>),
    /// What goes to a column that comes out, with the type of that column.
    Column(usize),
}

/// Columns from keys and values.
#[derive(Debug, Clone, PartialEq)]
pub struct ParseKv {
    /// The text.
    pub text: Expr,
    /// The keys, and the columns that come out with their values.
    pub keys: Vec<(Arc<str>, usize)>,
    /// What stands between pairs.
    pub pair_delimiter: Option<Arc<str>>,
    /// What stands between key and value.
    pub kv_delimiter: Option<Arc<str>>,
    /// Opening and closing quote, or one for both.
    pub quote: Option<Arc<str>>,
    /// What escapes a quote.
    pub escape: Option<Arc<str>>,
    /// Keys are found greedily.
    pub greedy: bool,
    /// A regular expression with two groups, key and value, instead of delimiters.
    pub regex: Option<Arc<str>>,
}

/// Texts that are alike as patterns. The columns that come out: pattern, count, representative; or the row and these.
#[derive(Debug, Clone, PartialEq)]
pub struct Reduce {
    /// The text.
    pub text: Expr,
    /// How much of the rows a pattern must have.
    pub threshold: f64,
    /// Characters that separate nothing.
    pub characters: Arc<str>,
    /// `kind=source`: each row with its pattern.
    pub keep_rows: bool,
}

/// A level of `top-nested`.
#[derive(Debug, Clone, PartialEq)]
pub struct NestedLevel {
    /// How many; all if nothing is said.
    pub count: Option<Expr>,
    /// Of what.
    pub of: Expr,
    /// The value of a row that stands for all others.
    pub others: Option<Expr>,
    /// By which aggregate.
    pub by: Aggregate,
    /// What is done with it: an expression whose only column is the aggregate.
    pub finish: Option<Expr>,
    /// The least first.
    pub ascending: bool,
}

/// Rows matched against steps. The columns that come out: those that come in, the declared ones, the number of the match.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// In which order rows are taken; as they come if nothing is said.
    pub order: Vec<SortKey>,
    /// What rows that are matched together have in common.
    pub partition: Vec<Expr>,
    /// The values that declared columns begin with.
    pub declared: Vec<Literal>,
    /// The steps.
    pub steps: Vec<ScanStep>,
    /// Whether the number of the match is a column.
    pub with_match_id: bool,
}

/// A step of a `scan`.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanStep {
    /// Its name.
    pub name: Arc<str>,
    /// Whether it may be left out.
    pub optional: bool,
    /// Which rows it gives.
    pub output: ScanOutput,
    /// What must be true of a row; may look at the state of steps.
    pub condition: Expr,
    /// What declared columns become: their number among the declared ones, and the value.
    pub assignments: Vec<(usize, Expr)>,
}

/// A plugin and what it is given.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluate {
    /// Which.
    pub plugin: Plugin,
    /// Its arguments without names, in order.
    pub arguments: Vec<Argument>,
    /// Its arguments with names.
    pub named: Vec<(Arc<str>, Argument)>,
    /// The rows that it gets, if its columns must be found out; otherwise they come in as for any operator.
    pub input: Option<Table>,
}

/// Plugins, as they are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the plugin of that name")]
pub enum Plugin {
    ActiveUsersCount,
    ActivityCountsMetrics,
    ActivityEngagement,
    ActivityMetrics,
    Autocluster,
    BagUnpack,
    Basket,
    DcountIntersect,
    Diffpatterns,
    GeoLineLookup,
    GeoPolygonLookup,
    Ipv4Lookup,
    Ipv6Lookup,
    Narrow,
    NewActivityMetrics,
    Pivot,
    Preview,
    RollingPercentile,
    RowsNear,
    SchemaMerge,
    SequenceDetect,
    SessionCount,
    SlidingWindowCounts,
}

/// An argument of a plugin.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// A value or a column of the rows.
    Expr(Expr),
    /// A table.
    Table(Table),
    /// A column of the table that was given before: `ipv4_lookup`.
    LookupColumn(usize),
    /// An aggregate: `pivot`.
    Aggregate(Aggregate),
}

impl JoinKind {
    /// Whether only the columns of the left come out.
    pub const fn is_left_only(self) -> bool {
        matches!(self, Self::LeftSemi | Self::LeftAnti)
    }

    /// Whether only the columns of the right come out.
    pub const fn is_right_only(self) -> bool {
        matches!(self, Self::RightSemi | Self::RightAnti)
    }
}

impl Aggregate {
    /// How the aggregate is called.
    pub fn name(&self) -> &'static str {
        let Function { name, .. } = self.function;
        name
    }
}
