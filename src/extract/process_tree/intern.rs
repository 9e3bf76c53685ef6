//! Texts by number: each distinct text once, so that processes are compared by numbers.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use model::Column;

/// Texts by number, and the numbers of spellings whose case does not matter.
#[derive(Debug)]
pub(super) struct Names {
    texts: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32, RandomState>,
    /// The numbers of the same texts in lower case.
    lower: HashMap<Box<str>, u32, RandomState>,
}

/// The number of the empty text.
pub(super) const EMPTY: u32 = 0;

impl Default for Names {
    /// With the empty text.
    fn default() -> Self {
        let mut names = Self { texts: Vec::new(), numbers: HashMap::default(), lower: HashMap::default() };
        names.number("");
        names
    }
}

impl Names {
    /// The number of a text.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        // There are fewer texts than cells, and fewer of those than this type counts.
        let number = u32::try_from(self.texts.len()).unwrap_or(EMPTY);
        self.texts.push(text.into());
        self.numbers.insert(text.into(), number);
        number
    }

    /// The number of a text in lower case.
    pub(super) fn lower(&mut self, text: &str) -> u32 {
        if let Some(number) = self.lower.get(text) {
            return *number;
        }
        let number = self.number(&text.to_lowercase());
        self.lower.insert(text.into(), number);
        number
    }

    /// The text of a number.
    pub(super) fn text(&self, number: u32) -> Option<&str> {
        self.texts.get(number as usize).map(AsRef::as_ref)
    }
}

/// The numbers of a column's texts: each text that the column stores is looked up once.
#[derive(Debug)]
pub(super) struct Numbers<'t> {
    column: Option<&'t Column>,
    known: Vec<Option<u32>>,
}

impl<'t> Numbers<'t> {
    /// Those of a column, if there is one.
    pub(super) fn of(column: Option<&'t Column>) -> Self {
        Self { column, known: vec![None; column.map_or(0, Column::text_numbers)] }
    }

    /// The number of the text in a row, which `look_up` knows; none if the cell is missing or empty.
    pub(super) fn number(&mut self, row: usize, look_up: impl FnOnce(&str) -> u32) -> Option<u32> {
        let column = self.column?;
        let place = column.text_number(row).and_then(|number| self.known.get_mut(number));
        if let Some(Some(known)) = place {
            return Some(*known);
        }
        let value = column.value(row);
        let text = value.to_text();
        let number = (!text.is_empty()).then(|| look_up(&text));
        if let Some(place) = place {
            *place = number;
        }
        number
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
