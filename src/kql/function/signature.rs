//! A signature, read from its line.

use model::ColumnType;

use crate::literal::named_type;

/// What a function takes and gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// What it takes.
    pub parameters: Vec<Parameter>,
    /// What it gives.
    pub returns: Returns,
    /// How a column of it is called; if it ends with `_`, the name of the first argument follows.
    pub column: Option<&'static str>,
}

/// A parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// What it may be.
    pub kind: Kind,
    /// How often it may stand.
    pub occurs: Occurs,
}

/// What an argument may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Of this type.
    Type(ColumnType),
    /// Any value.
    Any,
    /// Any value but a dynamic one.
    Plain,
    /// A number.
    Number,
    /// A whole number.
    Whole,
    /// A number, a length of time, an instant.
    Summable,
    /// Anything that has an order.
    Orderable,
    /// A text, or a dynamic value that is taken as text.
    Text,
    /// Of one type with all others of this kind.
    Common,
    /// `typeof(…)`
    TypeOf,
    /// A table.
    Table,
}

/// How often an argument may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occurs {
    /// Once.
    Once,
    /// Once or not.
    Optional,
    /// Once or more often.
    Repeated,
    /// Not, once, or more often.
    Any,
}

/// The type of what a function gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Returns {
    /// This type.
    Type(ColumnType),
    /// The type of the argument of this number.
    Argument(usize),
    /// The type of the first argument, but `long` for `int`.
    Promoted,
    /// `real`, but `decimal` for `decimal`.
    Average,
    /// The type of all arguments that are common.
    Common,
    /// The widest type of the numbers.
    Widest,
    /// What `typeof(…)` says.
    TypeOf,
    /// Several values.
    Several(Vec<(&'static str, ColumnType)>),
}

impl Signature {
    /// Reads a line. Gives the name of the function too.
    pub(super) fn read(line: &'static str) -> Option<(&'static str, Self)> {
        let (name, rest) = line.split_once('(')?;
        let (parameters, rest) = rest.split_once(") ")?;
        let (returns, column) = match rest.rsplit_once(" as ") {
            Some((returns, column)) => (returns, Some(column)),
            None => (rest, None),
        };
        let parameters = if parameters.is_empty() {
            Vec::new()
        } else {
            parameters.split(", ").map(Parameter::read).collect::<Option<_>>()?
        };
        Some((name, Self { parameters, returns: Returns::read(returns)?, column }))
    }

    /// The parameter that each of so many arguments is for, if they can be so many.
    pub(crate) fn parameters_of(&self, count: usize) -> Option<Vec<Kind>> {
        let least = self.parameters.iter().filter(|p| matches!(p.occurs, Occurs::Once | Occurs::Repeated)).count();
        let mut spare = count.checked_sub(least)?;
        let repeated = self.parameters.iter().filter(|p| p.occurs == Occurs::Repeated).count();
        let mut kinds = Vec::with_capacity(count);
        let mut parameters = self.parameters.iter().peekable();
        while let Some(parameter) = parameters.next() {
            match parameter.occurs {
                Occurs::Once => kinds.push(parameter.kind),
                Occurs::Optional => {
                    if spare > 0 {
                        spare -= 1;
                        kinds.push(parameter.kind);
                    }
                }
                // Two that are repeated side by side take turns.
                Occurs::Repeated if repeated == 2 => {
                    let second = parameters.next()?;
                    for _ in 0..=spare / 2 {
                        kinds.extend([parameter.kind, second.kind]);
                    }
                    spare %= 2;
                }
                Occurs::Repeated => {
                    kinds.extend(std::iter::repeat_n(parameter.kind, 1 + spare));
                    spare = 0;
                }
                Occurs::Any => {
                    kinds.extend(std::iter::repeat_n(parameter.kind, spare));
                    spare = 0;
                }
            }
        }
        (spare == 0).then_some(kinds)
    }
}

impl Parameter {
    fn read(text: &str) -> Option<Self> {
        let (word, occurs) = match text.as_bytes().last()? {
            b'?' => (text.strip_suffix('?')?, Occurs::Optional),
            b'+' => (text.strip_suffix('+')?, Occurs::Repeated),
            b'*' => (text.strip_suffix('*')?, Occurs::Any),
            _ => (text, Occurs::Once),
        };
        let kind = match word {
            "any" => Kind::Any,
            "plain" => Kind::Plain,
            "number" => Kind::Number,
            "whole" => Kind::Whole,
            "summable" => Kind::Summable,
            "orderable" => Kind::Orderable,
            "text" => Kind::Text,
            "common" => Kind::Common,
            "type" => Kind::TypeOf,
            "table" => Kind::Table,
            _ => Kind::Type(named_type(word)?),
        };
        Some(Self { kind, occurs })
    }
}

impl Returns {
    fn read(text: &'static str) -> Option<Self> {
        Some(match text {
            "first" => Self::Argument(0),
            "second" => Self::Argument(1),
            "promoted" => Self::Promoted,
            "average" => Self::Average,
            "common" => Self::Common,
            "widest" => Self::Widest,
            "type" => Self::TypeOf,
            _ => match text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
                None => Self::Type(named_type(text)?),
                Some(values) => {
                    let value = |text: &'static str| {
                        let (name, column_type) = text.split_once(' ')?;
                        Some((name, named_type(column_type)?))
                    };
                    Self::Several(values.split(", ").map(value).collect::<Option<_>>()?)
                }
            },
        })
    }
}
