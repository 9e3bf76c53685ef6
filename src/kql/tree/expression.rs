//! Expressions, as written.

use std::{fmt, sync::Arc};

use model::ColumnType;

use super::Pipe;
use crate::{
    literal::Literal,
    operator::{Datatable, Externaldata},
    place::Span,
};

/// A name, without brackets and quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// What it is.
    pub text: Arc<str>,
    /// Where it stands.
    pub span: Span,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// An expression and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// A value. Texts that stand side by side are one.
    Literal(Literal),
    /// A column, a table, a variable.
    Name(Name),
    /// Names that are alike: `Security*`.
    Wildcard(Name),
    /// All columns: `*`.
    Star,
    /// A call: `strcat(a, b)`.
    Call {
        /// The function.
        function: Name,
        /// Its arguments.
        arguments: Vec<Named>,
    },
    /// A part: `a.b`, `database("x").Table`.
    Member {
        /// Of what.
        of: Box<Expr>,
        /// Which.
        member: Member,
    },
    /// An element: `a[0]`, `a["b"]`.
    Index {
        /// Of what.
        of: Box<Expr>,
        /// Which.
        index: Box<Expr>,
    },
    /// `-a`.
    Negative(Box<Expr>),
    /// `+a`.
    Positive(Box<Expr>),
    /// `a == b`, `a has "b"`, `a + b`.
    Binary {
        /// Which.
        operator: BinaryOperator,
        /// On its left.
        left: Box<Expr>,
        /// On its right.
        right: Box<Expr>,
    },
    /// `a and b and c`; at least two.
    And(Vec<Expr>),
    /// `a or b or c`; at least two.
    Or(Vec<Expr>),
    /// `a in (1, 2)`, `a has_any ("b", "c")`.
    In {
        /// Which.
        operator: InOperator,
        /// What is looked for, or in.
        value: Box<Expr>,
        /// Values, or one table.
        list: Vec<Expr>,
    },
    /// `a between (1 .. 2)`.
    Between {
        /// `!between`.
        negated: bool,
        /// What is looked at.
        value: Box<Expr>,
        /// The least.
        low: Box<Expr>,
        /// The greatest, or a length of time behind the least.
        high: Box<Expr>,
    },
    /// `typeof(long)`, `typeof(a:long, b:string)`, `typeof(*, a:long)`.
    TypeOf(Vec<TypeSpec>),
    /// A table in brackets: `(T | where a)`.
    Pipe(Box<Pipe>),
    /// `datatable(a:long) [1, 2]`.
    Datatable(Box<Datatable>),
    /// `externaldata(a:long) ["https://…"]`.
    Externaldata(Box<Externaldata>),
}

/// Which part of something.
#[derive(Debug, Clone, PartialEq)]
pub enum Member {
    /// `.b`
    Name(Name),
    /// `.Security*`
    Wildcard(Name),
    /// `.[b]`: the part whose name a value says.
    Value(Box<Expr>),
    /// `.database("x")`
    Call {
        /// The function.
        function: Name,
        /// Its arguments.
        arguments: Vec<Named>,
    },
}

/// A part of `typeof(…)`.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeSpec {
    /// `*`: the columns that are there.
    Star,
    /// `long`
    Type(ColumnType),
    /// `a: long`
    Column(Name, ColumnType),
}

/// An expression that may be named: `a = b`, `(a, b) = c`.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// Its names; several for what gives several columns.
    pub names: Vec<Name>,
    /// What is named.
    pub expr: Expr,
}

impl Named {
    /// Without a name.
    pub(crate) const fn bare(expr: Expr) -> Self {
        Self { names: Vec::new(), expr }
    }
}

/// A column, or a part of a `dynamic` column, as some operators take it: `a.b[0]`.
pub type Path = Expr;

/// Operators between two expressions. Those of texts come with and without regard to case, and negated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "as_str says how each is written")]
pub enum BinaryOperator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    EqualTilde,
    NotEqualTilde,
    Has,
    NotHas,
    HasCs,
    NotHasCs,
    HasPrefix,
    NotHasPrefix,
    HasPrefixCs,
    NotHasPrefixCs,
    HasSuffix,
    NotHasSuffix,
    HasSuffixCs,
    NotHasSuffixCs,
    Contains,
    NotContains,
    ContainsCs,
    NotContainsCs,
    StartsWith,
    NotStartsWith,
    StartsWithCs,
    NotStartsWithCs,
    EndsWith,
    NotEndsWith,
    EndsWithCs,
    NotEndsWithCs,
    Like,
    NotLike,
    LikeCs,
    NotLikeCs,
    MatchesRegex,
}

/// How operators are written; of several spellings the first is printed.
const SPELLINGS: [(BinaryOperator, &[&str]); 42] = {
    use BinaryOperator as B;
    [
        (B::Add, &["+"]),
        (B::Subtract, &["-"]),
        (B::Multiply, &["*"]),
        (B::Divide, &["/"]),
        (B::Modulo, &["%"]),
        (B::Equal, &["=="]),
        (B::NotEqual, &["!=", "<>"]),
        (B::Less, &["<"]),
        (B::LessOrEqual, &["<="]),
        (B::Greater, &[">"]),
        (B::GreaterOrEqual, &[">="]),
        (B::EqualTilde, &["=~"]),
        (B::NotEqualTilde, &["!~"]),
        // The colon is how `search` writes it.
        (B::Has, &["has", ":"]),
        (B::NotHas, &["!has"]),
        (B::HasCs, &["has_cs"]),
        (B::NotHasCs, &["!has_cs"]),
        (B::HasPrefix, &["hasprefix"]),
        (B::NotHasPrefix, &["!hasprefix"]),
        (B::HasPrefixCs, &["hasprefix_cs"]),
        (B::NotHasPrefixCs, &["!hasprefix_cs"]),
        (B::HasSuffix, &["hassuffix"]),
        (B::NotHasSuffix, &["!hassuffix"]),
        (B::HasSuffixCs, &["hassuffix_cs"]),
        (B::NotHasSuffixCs, &["!hassuffix_cs"]),
        (B::Contains, &["contains"]),
        (B::NotContains, &["!contains", "notcontains"]),
        (B::ContainsCs, &["contains_cs", "containscs"]),
        (B::NotContainsCs, &["!contains_cs", "notcontainscs"]),
        (B::StartsWith, &["startswith"]),
        (B::NotStartsWith, &["!startswith"]),
        (B::StartsWithCs, &["startswith_cs"]),
        (B::NotStartsWithCs, &["!startswith_cs"]),
        (B::EndsWith, &["endswith"]),
        (B::NotEndsWith, &["!endswith"]),
        (B::EndsWithCs, &["endswith_cs"]),
        (B::NotEndsWithCs, &["!endswith_cs"]),
        (B::Like, &["like"]),
        (B::NotLike, &["notlike"]),
        (B::LikeCs, &["likecs"]),
        (B::NotLikeCs, &["notlikecs"]),
        (B::MatchesRegex, &["matches regex"]),
    ]
};

impl BinaryOperator {
    /// How it is written.
    pub fn as_str(self) -> &'static str {
        SPELLINGS
            .iter()
            .find(|(operator, _)| *operator == self)
            .and_then(|(_, names)| names.first())
            .copied()
            .unwrap_or("")
    }

    /// The operator that is written so. `matches regex` is two words, of which this knows the first.
    pub(crate) fn spelled(text: &str) -> Option<Self> {
        if text == "matches" {
            return Some(Self::MatchesRegex);
        }
        SPELLINGS.iter().find(|(_, names)| names.contains(&text)).map(|(operator, _)| *operator)
    }

    /// How tightly it binds: equality 1, order 2, sums 3, products 4, texts 5.
    pub(crate) const fn tightness(self) -> u8 {
        match self {
            Self::Equal | Self::NotEqual => 1,
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => 2,
            Self::Add | Self::Subtract => 3,
            Self::Multiply | Self::Divide | Self::Modulo => 4,
            _ => 5,
        }
    }

    /// Whether the text operator is the negation of another, and of which.
    pub const fn negates(self) -> Option<Self> {
        Some(match self {
            Self::NotEqual => Self::Equal,
            Self::NotEqualTilde => Self::EqualTilde,
            Self::NotHas => Self::Has,
            Self::NotHasCs => Self::HasCs,
            Self::NotHasPrefix => Self::HasPrefix,
            Self::NotHasPrefixCs => Self::HasPrefixCs,
            Self::NotHasSuffix => Self::HasSuffix,
            Self::NotHasSuffixCs => Self::HasSuffixCs,
            Self::NotContains => Self::Contains,
            Self::NotContainsCs => Self::ContainsCs,
            Self::NotStartsWith => Self::StartsWith,
            Self::NotStartsWithCs => Self::StartsWithCs,
            Self::NotEndsWith => Self::EndsWith,
            Self::NotEndsWithCs => Self::EndsWithCs,
            Self::NotLike => Self::Like,
            Self::NotLikeCs => Self::LikeCs,
            _ => return None,
        })
    }
}

/// Operators between an expression and a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InOperator {
    /// `in`: with regard to case.
    In,
    /// `!in`
    NotIn,
    /// `in~`: without regard to case.
    InTilde,
    /// `!in~`
    NotInTilde,
    /// `has_any`
    HasAny,
    /// `has_all`
    HasAll,
}

impl InOperator {
    /// How it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::NotIn => "!in",
            Self::InTilde => "in~",
            Self::NotInTilde => "!in~",
            Self::HasAny => "has_any",
            Self::HasAll => "has_all",
        }
    }

    /// The operator that is written so.
    pub(crate) fn spelled(text: &str) -> Option<Self> {
        [Self::In, Self::NotIn, Self::InTilde, Self::NotInTilde, Self::HasAny, Self::HasAll]
            .into_iter()
            .find(|operator| operator.as_str() == text)
    }
}
