//! A set of kinds.

use model::ObservableKind;

/// A set of kinds of observables. By default all that can be found in a text, but for paths, which stand in nearly every
/// line of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kinds(u16);

impl Kinds {
    /// No kind.
    pub const fn none() -> Self {
        Self(0)
    }

    /// All kinds.
    pub fn all() -> Self {
        ObservableKind::ALL.iter().copied().collect()
    }

    /// Puts a kind into the set.
    pub const fn insert(&mut self, kind: ObservableKind) {
        self.0 |= bit(kind);
    }

    /// Whether a kind is in the set.
    pub const fn contains(self, kind: ObservableKind) -> bool {
        self.0 & bit(kind) != 0
    }
}

const fn bit(kind: ObservableKind) -> u16 {
    1 << kind as u16
}

impl Default for Kinds {
    fn default() -> Self {
        let path = |kind: &ObservableKind| matches!(kind, ObservableKind::WindowsPath | ObservableKind::LinuxPath);
        ObservableKind::ALL.iter().copied().filter(|kind| !path(kind)).collect()
    }
}

impl FromIterator<ObservableKind> for Kinds {
    fn from_iter<I: IntoIterator<Item = ObservableKind>>(kinds: I) -> Self {
        let mut set = Self::none();
        kinds.into_iter().for_each(|kind| set.insert(kind));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_into_it() {
        let some: Kinds = [ObservableKind::Url, ObservableKind::Sha256].into_iter().collect();
        for kind in ObservableKind::ALL {
            assert_eq!(some.contains(*kind), matches!(kind, ObservableKind::Url | ObservableKind::Sha256));
            assert_eq!(Kinds::default().contains(*kind), !kind.as_str().ends_with("path"));
            assert!(Kinds::all().contains(*kind) && !Kinds::none().contains(*kind));
        }
    }
}
