//! The tabular operators, one file each: what it says, how it is read, how it is printed.

mod assert_schema;
mod consume;
mod count;
mod datatable;
mod distinct;
mod evaluate;
mod extend;
mod externaldata;
mod facet;
mod filter;
mod find;
mod fork;
mod getschema;
mod invoke;
mod join;
mod make_series;
mod mv_apply;
mod mv_expand;
mod name_as;
mod parse_kv;
mod parse_text;
mod partition;
mod print;
mod project;
mod project_names;
mod range;
mod reduce;
mod render;
mod sample;
mod scan;
mod search;
mod serialize;
mod sort;
mod summarize;
mod take;
mod top_hitters;
mod top_nested;
mod union;

pub use self::{
    assert_schema::AssertSchema,
    consume::Consume,
    count::Count,
    datatable::Datatable,
    distinct::Distinct,
    evaluate::{Evaluate, EvaluateSchema},
    extend::Extend,
    externaldata::Externaldata,
    facet::Facet,
    filter::Filter,
    find::{Find, FindColumn, FindColumns, FindTable},
    fork::{Branch, Fork},
    getschema::Getschema,
    invoke::Invoke,
    join::{Join, Lookup},
    make_series::{MakeSeries, Series, SeriesRange},
    mv_apply::MvApply,
    mv_expand::{Expanded, MvExpand},
    name_as::As,
    parse_kv::ParseKv,
    parse_text::{ParseText, PatternPart},
    partition::Partition,
    print::Print,
    project::{Project, ProjectRename},
    project_names::{ProjectAway, ProjectByNames, ProjectKeep, ProjectReorder, ReorderKey, Selector},
    range::Range,
    reduce::Reduce,
    render::Render,
    sample::{Sample, SampleDistinct},
    scan::{Scan, ScanOutput, ScanStep},
    search::Search,
    serialize::Serialize,
    sort::{Ordered, Sort, Top},
    summarize::Summarize,
    take::Take,
    top_hitters::TopHitters,
    top_nested::{NestedLevel, TopNested},
    union::Union,
};
pub use crate::parse::{Setting, SettingValue};
use crate::{
    mistake::Wrong,
    parse::{Parsed, Parser},
    place::Span,
    print::Printer,
};

/// An operator and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What is done.
    pub operator: Operator,
    /// Where it stands.
    pub span: Span,
}

macro_rules! operators {
    ($($(#[$doc:meta])* $variant:ident: $($name:literal)|+;)+) => {
        /// What is done with a table.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Operator {
            $($(#[$doc])* $variant($variant),)+
        }

        /// How operators are called.
        pub(crate) const NAMES: &[&str] = &[$($($name),+),+];

        impl Operator {
            /// Takes what stands behind the name of an operator, if there is one of that name.
            pub(crate) fn parse(name: &str, parser: &mut Parser<'_>) -> Parsed<Option<Self>> {
                // Chosen first and called then, so that the frame here is small: operators nest.
                let read: fn(&str, &mut Parser<'_>) -> Parsed<Self> = match name {
                    $($($name)|+ => |name, parser| $variant::parse(name, parser).map(Self::$variant),)+
                    _ if GRAPH_NAMES.contains(&name) => {
                        return Err(Wrong::unsupported("operators on graphs and on groups of databases", parser.span()));
                    }
                    _ => return Ok(None),
                };
                read(name, parser).map(Some)
            }

            pub(crate) fn print(&self, out: &mut Printer) {
                match self {
                    $(Self::$variant(operator) => operator.print(out),)+
                }
            }
        }
    };
}

operators! {
    /// `as`
    As: "as";
    /// `assert-schema`
    AssertSchema: "assert-schema";
    /// `consume`
    Consume: "consume";
    /// `count`
    Count: "count";
    /// `distinct`
    Distinct: "distinct";
    /// `evaluate`
    Evaluate: "evaluate";
    /// `extend`
    Extend: "extend";
    /// `facet`
    Facet: "facet";
    /// `where`
    Filter: "where" | "filter";
    /// `find`
    Find: "find";
    /// `fork`
    Fork: "fork";
    /// `getschema`
    Getschema: "getschema";
    /// `invoke`
    Invoke: "invoke";
    /// `join`
    Join: "join";
    /// `lookup`
    Lookup: "lookup";
    /// `make-series`
    MakeSeries: "make-series";
    /// `mv-apply`
    MvApply: "mv-apply" | "mvapply";
    /// `mv-expand`
    MvExpand: "mv-expand" | "mvexpand";
    /// `parse` and `parse-where`
    ParseText: "parse" | "parse-where";
    /// `parse-kv`
    ParseKv: "parse-kv";
    /// `partition`
    Partition: "partition";
    /// `print`
    Print: "print";
    /// `project`
    Project: "project";
    /// `project-away`
    ProjectAway: "project-away";
    /// `project-by-names`
    ProjectByNames: "project-by-names";
    /// `project-keep`
    ProjectKeep: "project-keep";
    /// `project-rename`
    ProjectRename: "project-rename";
    /// `project-reorder`
    ProjectReorder: "project-reorder";
    /// `range`
    Range: "range";
    /// `reduce`
    Reduce: "reduce";
    /// `render`
    Render: "render";
    /// `sample`
    Sample: "sample";
    /// `sample-distinct`
    SampleDistinct: "sample-distinct";
    /// `scan`
    Scan: "scan";
    /// `search`
    Search: "search";
    /// `serialize`
    Serialize: "serialize";
    /// `sort`
    Sort: "sort" | "order";
    /// `summarize`
    Summarize: "summarize";
    /// `take`
    Take: "take" | "limit";
    /// `top`
    Top: "top";
    /// `top-hitters`
    TopHitters: "top-hitters";
    /// `top-nested`
    TopNested: "top-nested";
    /// `union`
    Union: "union";
}

/// Operators that are known, and not done here.
const GRAPH_NAMES: [&str; 8] = [
    "make-graph",
    "graph-match",
    "graph-to-table",
    "graph-shortest-paths",
    "graph-mark-components",
    "graph-where-nodes",
    "graph-where-edges",
    "macro-expand",
];

/// Whether an operator is called so.
pub(crate) fn is_operator_name(name: &str) -> bool {
    NAMES.contains(&name) || GRAPH_NAMES.contains(&name)
}
