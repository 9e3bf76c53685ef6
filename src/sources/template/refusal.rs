//! Why a template is not filled: each reason with the parameter that it is about, none with a value.

use std::sync::Arc;

use model::{Fault, Faulty, NotATime};

use super::{Parameter, parameter::Unfit};
use crate::Unwritable;

/// Why a template is not filled. No text holds a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It has to be given.
    #[error("parameter {name} is missing; it takes {expects} (type {type_name})")]
    Missing {
        /// The parameter.
        name: Arc<str>,
        /// What it takes.
        expects: &'static str,
        /// Its type, as written.
        type_name: Arc<str>,
    },
    /// There is no such parameter.
    #[error("the query has no parameter of this name; {0}")]
    Unknown(String, /** The name. */ String),
    /// It is of another type.
    #[error("parameter {name} takes {expects} (type {type_name})")]
    Unfit {
        /// The parameter.
        name: Arc<str>,
        /// What it takes.
        expects: &'static str,
        /// Its type, as written.
        type_name: Arc<str>,
    },
    /// It is none of those that are allowed.
    #[error("parameter {name} takes one of {allowed}")]
    NotAllowed {
        /// The parameter.
        name: Arc<str>,
        /// The allowed ones.
        allowed: String,
    },
    /// It gives no time.
    #[error("parameter {name}: {error}")]
    Time {
        /// The parameter.
        name: Arc<str>,
        /// Why not.
        error: NotATime,
    },
    /// It cannot be written in its place.
    #[error("parameter {name}: the value {Unwritable}")]
    Unwritable {
        /// The parameter.
        name: Arc<str>,
    },
    /// It would be part of the query, and that is not allowed.
    #[error(
        "parameter {name} is text of the query itself (raw): the settings of this service allow callers no raw text \
         (templates.allow_raw)"
    )]
    Raw {
        /// The parameter.
        name: Arc<str>,
    },
}

impl Refusal {
    /// The name that the caller used, or that is missing.
    pub fn parameter(&self) -> &str {
        match self {
            Self::Unknown(_, name) => name,
            Self::Missing { name, .. }
            | Self::Unfit { name, .. }
            | Self::NotAllowed { name, .. }
            | Self::Time { name, .. }
            | Self::Unwritable { name }
            | Self::Raw { name } => name,
        }
    }
}

impl Faulty for Refusal {
    fn fault(&self) -> Fault {
        match self {
            Self::Raw { .. } => Fault::Denied,
            _ => Fault::Invalid,
        }
    }
}

impl Parameter {
    pub(super) fn refusal(&self, unfit: Unfit) -> Refusal {
        let name = Arc::clone(&self.name);
        match unfit {
            Unfit::Type => {
                Refusal::Unfit { name, expects: self.kind.expects(), type_name: Arc::clone(&self.type_name) }
            }
            Unfit::Value => Refusal::NotAllowed { name, allowed: self.values.join(", ") },
            Unfit::Time(error) => Refusal::Time { name, error },
        }
    }
}
