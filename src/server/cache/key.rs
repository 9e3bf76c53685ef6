//! Under which name an answer is kept.

use std::{fmt, sync::Arc};

use providers::{Facts, Question};
use sha2::{Digest, Sha256};

/// Stands between the parts: no provider, query type or kind holds it, and the value comes last.
const SEPARATOR: char = '\u{1f}';

/// What was asked of whom: provider, revision of its reader, query type, kind and canonical value. Cheap to clone.
///
/// Two questions have the same key exactly when one answer serves both.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Key {
    text: Arc<str>,
    provider: &'static str,
}

impl Key {
    /// The key of a question to a provider.
    pub fn new(facts: &Facts, question: &Question<'_>) -> Self {
        let Facts { id, revision, .. } = facts;
        let query_type = question.query_type.unwrap_or_default();
        let kind = question.observable.kind();
        let value = question.value();
        Self {
            text: format!("{id}{SEPARATOR}{revision}{SEPARATOR}{query_type}{SEPARATOR}{kind}{SEPARATOR}{value}").into(),
            provider: id,
        }
    }

    /// The key in Redis: the provider in the clear, everything else as a digest, so that the key is short and the
    /// observable shows neither in `MONITOR` nor in the slow log.
    pub fn far(&self, prefix: &str) -> String {
        format!("{prefix}:answer:{}:{}", self.provider, hex::encode(Sha256::digest(self.text.as_bytes())))
    }

    /// Bytes that it takes up.
    pub(super) fn size(&self) -> usize {
        self.text.len() + size_of::<Self>()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}, …)", self.provider)
    }
}

#[cfg(test)]
mod tests {
    use model::Observable;

    use super::*;

    static ALPHA: Facts = Facts { id: "alpha", ..Facts::DEFAULT };
    static ALPHA_REREAD: Facts = Facts { id: "alpha", revision: 2, ..Facts::DEFAULT };
    static BETA: Facts = Facts { id: "beta", ..Facts::DEFAULT };

    fn observable(value: &str) -> Observable {
        Observable::parse(value, None).unwrap()
    }

    #[test]
    fn every_part_of_the_question_makes_another_key() {
        let (one, other) = (observable("198.51.100.7"), observable("198.51.100.8"));
        let usual = Question::usual(&one);
        let keys = [
            Key::new(&ALPHA, &usual),
            Key::new(&ALPHA_REREAD, &usual),
            Key::new(&BETA, &usual),
            Key::new(&ALPHA, &Question { query_type: Some("whois"), ..usual }),
            Key::new(&ALPHA, &Question::usual(&other)),
        ];
        let far: std::collections::HashSet<_> = keys.iter().map(|key| key.far("p")).collect();
        assert_eq!(far.len(), keys.len());
        assert_eq!(Key::new(&ALPHA, &usual), keys[0]);
        assert_eq!(Key::new(&ALPHA, &usual).far("p"), keys[0].far("p"));
    }

    #[test]
    fn the_value_shows_neither_in_redis_nor_in_debug() {
        let seen = observable("198.51.100.7");
        let key = Key::new(&ALPHA, &Question::usual(&seen));
        let far = key.far("pivotd");
        assert!(far.starts_with("pivotd:answer:alpha:"), "{far}");
        assert!(far.is_ascii() && !far.contains("198.51"), "{far}");
        assert_eq!(format!("{key:?}"), "Key(alpha, …)");
    }
}
