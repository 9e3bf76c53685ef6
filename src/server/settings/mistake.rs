//! What is wrong with the settings, told so that it can be mended without a manual. Never the text of a secret.

use std::{fmt, sync::Arc};

use model::{Fault, Faulty};

/// Where a value was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In the compiled-in defaults.
    Defaults,
    /// In the configuration file.
    File {
        /// The file, as it was named.
        name: Arc<str>,
        /// The line, from 1.
        line: usize,
    },
    /// In a variable of the environment.
    Environment(Arc<str>),
    /// On the command line.
    CommandLine,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Defaults => f.write_str("defaults"),
            Self::File { name, line } => write!(f, "file {name} line {line}"),
            Self::Environment(variable) => write!(f, "environment {variable}"),
            Self::CommandLine => f.write_str("command line"),
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The setting, such as `auth.api_keys[0].sha256`.
    pub key: String,
    /// What is wrong with it.
    pub what: String,
    /// Where it was set, or where it is missing.
    pub origin: Origin,
    /// What would be right.
    pub allowed: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n    where    {}", self.key, self.what, self.origin)?;
        if self.allowed.is_empty() { Ok(()) } else { write!(f, "\n    allowed  {}", self.allowed) }
    }
}

/// Everything that is wrong with the settings. There is at least one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Mistakes(pub(super) Vec<Mistake>);

impl Mistakes {
    /// One by one.
    pub fn iter(&self) -> std::slice::Iter<'_, Mistake> {
        self.0.iter()
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => f.write_str("one mistake in the settings")?,
            count => write!(f, "{count} mistakes in the settings")?,
        }
        self.iter().try_for_each(|mistake| write!(f, "\n\n{mistake}"))
    }
}

impl Faulty for Mistakes {
    fn fault(&self) -> Fault {
        Fault::Invalid
    }
}

/// The known word nearest to one that is not known, if it is near enough to have been meant.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    known
        .into_iter()
        .map(|known| (strsim::osa_distance(&word, known), known))
        .filter(|(distance, known)| *distance <= known.len().div_ceil(3))
        .min()
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_word_that_may_have_been_meant_is_offered() {
        let known = ["listen", "ops_listen", "drain_s"];
        assert_eq!(nearest("lisetn", known), Some("listen"));
        assert_eq!(nearest("DRAIN", known), Some("drain_s"));
        assert_eq!(nearest("colour", known), None);
    }

    #[test]
    fn a_mistake_is_a_readable_block() {
        let origin = Origin::File { name: "pivotd.yaml".into(), line: 3 };
        let mistake = |key: &str| Mistake {
            key: key.to_owned(),
            what: "\"soon\" is not allowed".to_owned(),
            origin: origin.clone(),
            allowed: "a whole number from 1 to 3600".to_owned(),
        };
        assert_eq!(
            Mistakes(vec![mistake("server.drain_s"), mistake("server.workers")]).to_string(),
            "2 mistakes in the settings\n\n\
             server.drain_s: \"soon\" is not allowed\n    \
                 where    file pivotd.yaml line 3\n    \
                 allowed  a whole number from 1 to 3600\n\n\
             server.workers: \"soon\" is not allowed\n    \
                 where    file pivotd.yaml line 3\n    \
                 allowed  a whole number from 1 to 3600"
        );
    }
}
