//! Many texts in one allocation.

/// Texts by number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Texts {
    all: String,
    ends: Vec<usize>,
}

impl Texts {
    pub(super) fn push(&mut self, text: &str) {
        self.all.push_str(text);
        self.ends.push(self.all.len());
    }

    pub(super) fn text(&self, index: usize) -> Option<&str> {
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.all.get(start..*self.ends.get(index)?)
    }

    /// Makes room for as much as there is in others.
    pub(super) fn reserve_like(&mut self, others: &Self) {
        self.all.reserve_exact(others.all.len());
        self.ends.reserve_exact(others.ends.len());
    }

    #[cfg(test)]
    pub(super) fn heap_bytes(&self) -> usize {
        self.all.len() + self.ends.len() * 8
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn texts_come_back_as_they_went_in(sent in prop::collection::vec(".{0,8}", 0..20)) {
            let mut texts = Texts::default();
            sent.iter().for_each(|text| texts.push(text));
            for (index, text) in sent.iter().enumerate() {
                prop_assert_eq!(texts.text(index), Some(text.as_str()));
            }
            prop_assert_eq!(texts.text(sent.len()), None);
        }
    }
}
