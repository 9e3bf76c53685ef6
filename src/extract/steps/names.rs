//! Names of columns in parameters: one, or a list of them.

use std::fmt;

use model::{Column, Table};
use regex::{Regex, RegexBuilder};
use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};

use super::StepError;

/// What a pattern may grow to. Enough for any that a person writes.
const PATTERN_BYTES: usize = 1 << 20;

/// One name or a list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    names: Vec<String>,
    is_list: bool,
}

impl Names {
    /// The names.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub(super) fn to_vec(&self) -> Vec<String> {
        self.names.clone()
    }

    /// The place of a name among the parameters.
    pub(super) fn pointer(&self, index: usize) -> String {
        if self.is_list { format!("/columns/{index}") } else { "/columns".to_owned() }
    }

    /// The columns of these names, each of which must be there.
    pub(super) fn of<'t>(&self, table: &'t Table) -> Result<Vec<&'t Column>, StepError> {
        let column = |(index, name): (usize, &String)| {
            let missing = || StepError::NoSuchColumn { pointer: self.pointer(index), column: name.clone() };
            table.column(name).ok_or_else(missing)
        };
        self.names.iter().enumerate().map(column).collect()
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;
        impl<'de> Visitor<'de> for OneOrMany {
            type Value = Names;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a column or a list of names")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Names, E> {
                Ok(Names { names: vec![name.to_owned()], is_list: false })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Names, A::Error> {
                let mut names = Vec::new();
                while let Some(name) = seq.next_element()? {
                    names.push(name);
                }
                if names.is_empty() {
                    return Err(A::Error::invalid_length(0, &self));
                }
                Ok(Names { names, is_list: true })
            }
        }
        deserializer.deserialize_any(OneOrMany)
    }
}

/// A regular expression that a caller wrote.
pub(super) fn regex(pattern: &str, match_case: bool, pointer: &str) -> Result<Regex, StepError> {
    let mut builder = RegexBuilder::new(pattern);
    let built = builder.case_insensitive(!match_case).size_limit(PATTERN_BYTES).build();
    built.map_err(|_| StepError::NotARegex { pointer: pointer.to_owned() })
}
