//! What is wrong with a query, and where. Texts of errors never quote the query: the quote is a field of its own.

use std::{borrow::Cow, fmt, sync::Arc};

use model::{ColumnType, Fault, Faulty};

use crate::{
    place::{Place, Span},
    stored::StoredFunction,
};

/// What is wrong at a place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum What {
    /// Something else must stand here.
    #[error("expected {0}")]
    Expected(Cow<'static, str>),
    /// A text begins here and does not end.
    #[error("a text that does not end")]
    UnclosedText,
    /// A character that is not part of the language.
    #[error("a character that means nothing here")]
    UnknownCharacter,
    /// A literal that is none of its type.
    #[error("not a value of type {}", .0.as_str())]
    NotAValue(ColumnType),
    /// A `dynamic` literal that is no JSON.
    #[error("not a dynamic value")]
    NotDynamic,
    /// A query longer than is read.
    #[error("a query of more than {} bytes", crate::MAX_QUERY_BYTES)]
    TooLong,
    /// Brackets, calls or operators that nest too deeply.
    #[error("nested more than {} deep", crate::MAX_DEPTH)]
    TooDeep,
    /// A query that becomes too large when what it names is put in its place.
    #[error("a query that becomes too large when its functions are written out")]
    TooLarge,
    /// There is no such operator.
    #[error("no such operator")]
    UnknownOperator,
    /// Nothing is called so.
    #[error("no such column, table or variable")]
    UnknownName,
    /// There is no such table.
    #[error("no such table")]
    UnknownTable,
    /// The table has no such column.
    #[error("no such column")]
    UnknownColumn,
    /// There is no such function.
    #[error("no such function")]
    UnknownFunction,
    /// There is no such plugin.
    #[error("no such plugin")]
    UnknownPlugin,
    /// There is no such type.
    #[error("no such type")]
    UnknownType,
    /// An operator, function or plugin has no such parameter.
    #[error("no such parameter")]
    UnknownParameter,
    /// A parameter has no such value.
    #[error("not one of the values of this parameter: {0}")]
    UnknownValue(&'static str),
    /// The name stands for something already.
    #[error("a name that is there already")]
    RepeatedName,
    /// A name means a column of either side.
    #[error("a column that is there more than once")]
    AmbiguousColumn,
    /// A value of another type must stand here.
    #[error("expected {expected}, found {}", found.as_str())]
    WrongType {
        /// What may stand here.
        expected: Cow<'static, str>,
        /// What does.
        found: ColumnType,
    },
    /// Too few or too many arguments.
    #[error("expected {expected}, found {found} arguments")]
    WrongCount {
        /// How many are allowed.
        expected: Cow<'static, str>,
        /// How many there are.
        found: usize,
    },
    /// A table must stand here.
    #[error("expected a table, found a value")]
    NotATable,
    /// A value must stand here.
    #[error("expected a value, found a table")]
    NotAValueButATable,
    /// A value must stand here that is the same for all rows.
    #[error("expected a constant")]
    NotConstant,
    /// An aggregate stands outside `summarize` and the like.
    #[error("an aggregate is only allowed in summarize, make-series and the like")]
    MisplacedAggregate,
    /// Something else than aggregates of columns.
    #[error("a column outside an aggregate that is not grouped by")]
    NotAnAggregate,
    /// Two branches, sides or arguments whose types do not go together.
    #[error("types that do not go together: {} and {}", .0.as_str(), .1.as_str())]
    Mismatch(ColumnType, ColumnType),
    /// A query parameter without a value.
    #[error("a query parameter without a value")]
    MissingParameter,
    /// The query says nothing.
    #[error("a query without a statement that gives a table")]
    Empty,
    /// A stored function calls itself, by itself or through others.
    #[error("a function that calls itself")]
    Recursive,
    /// Something is wrong within a stored function.
    #[error("in the function {function}, {place}: {what}")]
    Within {
        /// The function.
        function: Arc<str>,
        /// Where in its text.
        place: Place,
        /// The text that stands there, at most 80 characters of it.
        under: Box<str>,
        /// What is wrong.
        what: Box<Self>,
    },
    /// What another mistake says already; never among [`Mistakes`].
    #[error("wrong for a reason that was told")]
    Told,
    /// This is Kusto, but not done here.
    #[error("not supported: {0}")]
    Unsupported(Cow<'static, str>),
}

impl What {
    /// The text of the innermost stored function in which something is wrong.
    fn quote(&self) -> Option<&str> {
        match self {
            Self::Within { under, what, .. } => Some(what.quote().unwrap_or(under)),
            _ => None,
        }
    }

    /// What is wrong where nothing else is called.
    pub fn innermost(&self) -> &Self {
        match self {
            Self::Within { what, .. } => what.innermost(),
            what => what,
        }
    }
}

/// Something wrong at a place, while the text is not at hand.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wrong {
    pub(crate) what: What,
    pub(crate) span: Span,
    pub(crate) nearest: Option<Box<str>>,
}

impl Wrong {
    pub(crate) fn new(what: What, span: Span) -> Self {
        Self { what, span, nearest: None }
    }

    pub(crate) fn expected(what: impl Into<Cow<'static, str>>, span: Span) -> Self {
        Self::new(What::Expected(what.into()), span)
    }

    pub(crate) fn unsupported(what: impl Into<Cow<'static, str>>, span: Span) -> Self {
        Self::new(What::Unsupported(what.into()), span)
    }

    /// Adds the known name that is most like what was written.
    pub(crate) fn near<'n>(mut self, written: &str, known: impl IntoIterator<Item = &'n str>) -> Self {
        self.nearest = nearest(written, known).map(Into::into);
        self
    }

    /// The same, for the text that calls the stored function in which it is.
    pub(crate) fn within(self, function: &StoredFunction, call: Span) -> Self {
        if self.what == What::Told {
            return self;
        }
        let place = Place::of(self.span.start, &function.text);
        let under = under(self.span, &function.text);
        let what = What::Within { function: function.name.clone(), place, under, what: self.what.into() };
        Self { what, span: call, nearest: self.nearest }
    }

    pub(crate) fn at(self, text: &str) -> Mistake {
        Mistake {
            what: self.what,
            place: Place::of(self.span.start, text),
            under: under(self.span, text),
            nearest: self.nearest,
            span: self.span,
        }
    }
}

/// More of the text under a mistake helps nobody.
const MAX_UNDER_CHARS: usize = 80;

/// The beginning of the text that stands somewhere.
fn under(span: Span, text: &str) -> Box<str> {
    let under = span.text(text);
    under.char_indices().nth(MAX_UNDER_CHARS).map_or(under, |(end, _)| under.get(..end).unwrap_or(under)).into()
}

/// Something wrong with a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Mistake {
    /// What it is.
    pub what: What,
    /// Where it begins.
    pub place: Place,
    /// The text that stands there, at most 80 characters of it; empty at the end of the query.
    pub under: Box<str>,
    /// The known name that is most like what was written.
    pub nearest: Option<Box<str>>,
    /// The stretch of the text.
    pub span: Span,
}

impl Mistake {
    /// The whole of it, for whoever wrote the query: with the text that stands there and the name that may have been meant.
    /// Not for logs.
    pub fn told(&self) -> String {
        let under = self.what.quote().unwrap_or(&self.under);
        let under = if under.is_empty() { String::new() } else { format!(", at `{under}`") };
        let nearest = self.nearest.as_ref().map_or_else(String::new, |name| format!("; did you mean {name}?"));
        format!("{self}{under}{nearest}")
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// All that was found wrong with a query; at least one mistake, in the order of the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Mistakes(pub Vec<Mistake>);

impl Mistakes {
    pub(crate) fn new(mut wrongs: Vec<Wrong>, text: &str) -> Self {
        wrongs.retain(|wrong| wrong.what != What::Told);
        wrongs.sort_by_key(|wrong| wrong.span.start);
        Self(wrongs.into_iter().map(|wrong| wrong.at(text)).collect())
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.0.iter().enumerate() {
            write!(f, "{}{mistake}", if index == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}

impl Faulty for Mistakes {
    fn fault(&self) -> Fault {
        match self.0.first().map(|mistake| mistake.what.innermost()) {
            Some(What::Unsupported(_)) => Fault::Unsupported,
            Some(What::TooLong | What::TooLarge) => Fault::TooLarge,
            _ => Fault::Invalid,
        }
    }
}

/// The known name that is most like a name, if any is like it.
fn nearest<'n>(written: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    const LIKE: f64 = 0.75;
    if written.is_empty() || written.len() > 64 {
        return None;
    }
    let lower = written.to_ascii_lowercase();
    let likeness = |name: &str| strsim::jaro_winkler(&lower, &name.to_ascii_lowercase());
    known
        .into_iter()
        .filter(|name| name.len() <= 64)
        .map(|name| (likeness(name), name))
        .filter(|(like, _)| *like >= LIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
