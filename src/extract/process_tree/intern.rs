//! Texts by number: each distinct text once, so that processes are compared by numbers.

use std::{borrow::Cow, collections::HashMap};

/// Texts by number, and the numbers of spellings whose case does not matter.
#[derive(Debug)]
pub(super) struct Names {
    texts: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32>,
    /// The last text and its number, in either case: neighbours are often alike.
    last: (String, u32),
    last_lower: (String, u32),
}

/// The number of the empty text.
pub(super) const EMPTY: u32 = 0;

impl Default for Names {
    /// With the empty text.
    fn default() -> Self {
        Self {
            texts: vec!["".into()],
            numbers: HashMap::from([("".into(), EMPTY)]),
            last: (String::new(), EMPTY),
            last_lower: (String::new(), EMPTY),
        }
    }
}

impl Names {
    /// The number of a text.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if self.last.0 != text {
            let number = self.add(text);
            self.last.0.clear();
            self.last.0.push_str(text);
            self.last.1 = number;
        }
        self.last.1
    }

    /// The number of a text in lower case.
    pub(super) fn lower(&mut self, text: &str) -> u32 {
        if self.last_lower.0 != text {
            let number = self.add(&lower(text));
            self.last_lower.0.clear();
            self.last_lower.0.push_str(text);
            self.last_lower.1 = number;
        }
        self.last_lower.1
    }

    fn add(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        // There are fewer texts than cells, and fewer of those than this type counts.
        let number = u32::try_from(self.texts.len()).unwrap_or(EMPTY);
        self.texts.push(text.into());
        self.numbers.insert(text.into(), number);
        number
    }

    /// The text of a number.
    pub(super) fn text(&self, number: u32) -> Option<&str> {
        self.texts.get(number as usize).map(AsRef::as_ref)
    }
}

fn lower(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && !text.bytes().any(|b| b.is_ascii_uppercase()) {
        text.into()
    } else {
        text.to_lowercase().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_equal_numbers_whatever_stood_between() {
        let mut names = Names::default();
        let (a, b) = (names.lower("C:\\A.EXE"), names.lower("c:\\b.exe"));
        assert_ne!(a, b);
        assert_eq!((names.lower("c:\\a.exe"), names.number("c:\\a.exe")), (a, a));
        assert_ne!(names.number("C:\\A.EXE"), a);
        assert_eq!(names.text(a), Some("c:\\a.exe"));
        assert_eq!((names.number(""), names.text(EMPTY)), (EMPTY, Some("")));
    }
}
