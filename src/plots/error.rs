//! Why a table makes no picture. Each says which option is at fault; no text holds a value of the table.

use model::{Fault, Faulty};

/// The table or the options do not make a picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlotError {
    /// An option names a column that the table lacks.
    #[error("there is no column {column:?}; there are {known}")]
    MissingColumn {
        /// The option.
        option: &'static str,
        /// What it says.
        column: String,
        /// The columns of the table, the first of them.
        known: String,
    },
    /// A column holds nothing of the kind that the option needs.
    #[error("column {column:?} holds no {expected}")]
    WrongType {
        /// The option.
        option: &'static str,
        /// The column.
        column: String,
        /// What it should hold, in the plural.
        expected: &'static str,
    },
    /// The plot can't do without this option.
    #[error("is needed for this plot: {expected}")]
    Needed {
        /// The option.
        option: &'static str,
        /// What it should name.
        expected: &'static str,
    },
    /// An option that this plot has no use for.
    #[error("means nothing to this plot")]
    Meaningless {
        /// The option.
        option: &'static str,
    },
    /// A number out of its bounds.
    #[error("must lie between {least} and {most}")]
    OutOfBounds {
        /// The option.
        option: &'static str,
        /// The least that is allowed.
        least: u32,
        /// The most that is allowed.
        most: u32,
    },
    /// More than can be drawn.
    #[error("at most {most} are drawn")]
    TooMany {
        /// The option.
        option: &'static str,
        /// How many there may be.
        most: usize,
    },
    /// A PNG of more pixels than one answer may have.
    #[error("width, height and scale make more than {most} million pixels")]
    TooManyPixels {
        /// Millions of pixels.
        most: u32,
    },
    /// The picture could not be turned into pixels.
    #[error("the picture could not be turned into pixels")]
    NoPixels,
}

impl PlotError {
    /// The option at fault, by its name in requests.
    pub const fn option(&self) -> Option<&'static str> {
        match self {
            Self::MissingColumn { option, .. }
            | Self::WrongType { option, .. }
            | Self::Needed { option, .. }
            | Self::Meaningless { option }
            | Self::OutOfBounds { option, .. }
            | Self::TooMany { option, .. } => Some(option),
            Self::TooManyPixels { .. } => Some("scale"),
            Self::NoPixels => None,
        }
    }
}

impl Faulty for PlotError {
    fn fault(&self) -> Fault {
        match self {
            Self::NoPixels => Fault::Internal,
            _ => Fault::Invalid,
        }
    }
}
