//! Text operators that look for something: `has` and its kin by whole terms, `contains`, `startswith` and their kin anywhere.
//!
//! A term is a run of letters and digits. Without `_cs` the case of letters does not matter.

use std::sync::Arc;

use datafusion::{
    arrow::array::{ArrayRef, AsArray, BooleanArray, StringViewArray},
    error::Result,
    logical_expr::ColumnarValue,
};
use memchr::memmem::Finder;
use model::ColumnType;
use serde_json::Value as Json;

use super::{ArrayFunction, Context};
use crate::cell::{Cell, Cells};

pub(super) fn find_arrays(name: &str) -> Option<ArrayFunction> {
    Some(match name {
        "has_any" | "has_all" => has_list,
        name if Search::named(name).is_some() => search,
        _ => return None,
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Term,
    TermPrefix,
    TermSuffix,
    Anywhere,
    Start,
    End,
    Whole,
}

/// A text to look for.
struct Search {
    kind: Kind,
    case: bool,
}

impl Search {
    fn named(name: &str) -> Option<Self> {
        let (base, case) = name.strip_suffix("_cs").map_or((name, false), |base| (base, true));
        let kind = match base {
            "has" => Kind::Term,
            "hasprefix" => Kind::TermPrefix,
            "hassuffix" => Kind::TermSuffix,
            "contains" => Kind::Anywhere,
            "startswith" => Kind::Start,
            "endswith" => Kind::End,
            "=~" => Kind::Whole,
            _ => return None,
        };
        Some(Self { kind, case })
    }
}

/// A needle that is looked for in many texts.
struct Needle {
    kind: Kind,
    case: bool,
    /// In small letters if case does not matter.
    text: String,
    finder: Finder<'static>,
    is_ascii: bool,
    /// The rarest-looking byte of it, in both cases: texts without it are passed over quickly.
    scout: (u8, u8),
}

impl Needle {
    fn new(kind: Kind, case: bool, text: &str) -> Self {
        let text = if case { text.to_owned() } else { text.to_lowercase() };
        let scout = text.bytes().max_by_key(|byte| rarity(*byte)).unwrap_or(0);
        Self {
            kind,
            case,
            finder: Finder::new(text.as_bytes()).into_owned(),
            is_ascii: text.is_ascii(),
            scout: (scout, scout.to_ascii_uppercase()),
            text,
        }
    }

    fn is_in(&self, text: &str) -> bool {
        if self.text.is_empty() {
            return self.kind != Kind::Whole || text.is_empty();
        }
        if !self.case && (!self.is_ascii || !text.is_ascii()) {
            // Beyond ASCII letters change their length with their case.
            return Self::new(self.kind, true, &self.text).is_in(&text.to_lowercase());
        }
        let (text, needle) = (text.as_bytes(), self.text.as_bytes());
        let same = |part: &[u8]| if self.case { part == needle } else { part.eq_ignore_ascii_case(needle) };
        match self.kind {
            Kind::Whole => same(text),
            Kind::Start => text.get(..needle.len()).is_some_and(same),
            Kind::End => text.len().checked_sub(needle.len()).and_then(|at| text.get(at..)).is_some_and(same),
            Kind::Anywhere | Kind::Term | Kind::TermPrefix | Kind::TermSuffix => {
                let mut from = 0;
                while let Some(at) = self.next(text, from) {
                    if self.is_bounded(text, at) {
                        return true;
                    }
                    from = at + 1;
                }
                false
            }
        }
    }

    /// The next place where the needle stands.
    fn next(&self, text: &[u8], from: usize) -> Option<usize> {
        if self.case {
            return self.finder.find(text.get(from..)?).map(|at| at + from);
        }
        let needle = self.text.as_bytes();
        let offset = needle.iter().position(|byte| *byte == self.scout.0).unwrap_or(0);
        let mut scan = from + offset;
        loop {
            let rest = text.get(scan..)?;
            let at = if self.scout.0 == self.scout.1 {
                memchr::memchr(self.scout.0, rest)
            } else {
                memchr::memchr2(self.scout.0, self.scout.1, rest)
            }? + scan;
            let start = at - offset;
            if text.get(start..start + needle.len())?.eq_ignore_ascii_case(needle) {
                return Some(start);
            }
            scan = at + 1;
        }
    }

    fn is_bounded(&self, text: &[u8], at: usize) -> bool {
        let starts = || at == 0 || text.get(at - 1).is_none_or(|byte| !is_term_byte(*byte));
        let ends = || text.get(at + self.text.len()).is_none_or(|byte| !is_term_byte(*byte));
        match self.kind {
            Kind::Term => starts() && ends(),
            Kind::TermPrefix => starts(),
            Kind::TermSuffix => ends(),
            _ => true,
        }
    }
}

/// Letters beyond ASCII are parts of terms.
const fn is_term_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

/// How seldom a byte is in logs, roughly.
const fn rarity(byte: u8) -> u8 {
    match byte {
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' | b'c' | b'm' | b' ' | b'.' | b'\\' | b'/' | b'-' => 0,
        b'0'..=b'9' | b'l' | b'd' | b'u' | b'p' | b'h' | b'w' => 1,
        b'j' | b'q' | b'x' | b'z' | b'k' | b'v' | b'y' => 3,
        _ => 2,
    }
}

/// Whether a text has a term.
pub(crate) fn has_term(text: &str, term: &str, case: bool) -> bool {
    Needle::new(Kind::Term, case, term).is_in(text)
}

fn search(context: &Context, cells: &[Cells], values: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
    let (Some(search), [text, needle]) = (Search::named(context.name), cells) else {
        return Ok(Arc::new(BooleanArray::from(vec![None; rows])));
    };
    if needle.is_constant() {
        let needle = Needle::new(search.kind, search.case, &needle.cell(0).text());
        if let Some(ColumnarValue::Array(array)) = values.first()
            && context.arguments.first() == Some(&ColumnType::String)
            && let Some(texts) = array.as_string_view_opt()
        {
            return Ok(each_text(texts, |text| needle.is_in(text)));
        }
        return Ok(each(rows, |row| needle.is_in(&text.cell(row).text())));
    }
    Ok(each(rows, |row| Needle::new(search.kind, search.case, &needle.cell(row).text()).is_in(&text.cell(row).text())))
}

fn each_text(texts: &StringViewArray, is_in: impl Fn(&str) -> bool) -> ArrayRef {
    Arc::new(texts.iter().map(|text| Some(is_in(text.unwrap_or_default()))).collect::<BooleanArray>())
}

fn each(rows: usize, is_in: impl Fn(usize) -> bool) -> ArrayRef {
    Arc::new((0..rows).map(|row| Some(is_in(row))).collect::<BooleanArray>())
}

/// `has_any` and `has_all`: the list is one `dynamic`, or all arguments behind the first.
fn has_list(context: &Context, cells: &[Cells], _: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
    let Some((text, list)) = cells.split_first() else { return Ok(each(rows, |_| false)) };
    let all = context.name == "has_all";
    let needles_of = |row: usize| -> Vec<Needle> {
        let mut needles = Vec::new();
        for cell in list.iter().map(|cells| cells.cell(row)) {
            match cell {
                Cell::Dynamic(_) => match cell.json() {
                    Json::Array(items) => {
                        needles.extend(
                            items.iter().map(|item| Needle::new(Kind::Term, false, &Cell::of_json(item).text())),
                        );
                    }
                    _ => needles.push(Needle::new(Kind::Term, false, &cell.text())),
                },
                cell => needles.push(Needle::new(Kind::Term, false, &cell.text())),
            }
        }
        needles
    };
    let is_in = |needles: &[Needle], text: &str| {
        if all {
            needles.iter().all(|needle| needle.is_in(text))
        } else {
            needles.iter().any(|needle| needle.is_in(text))
        }
    };
    if list.iter().all(Cells::is_constant) {
        let needles = needles_of(0);
        return Ok(each(rows, |row| is_in(&needles, &text.cell(row).text())));
    }
    Ok(each(rows, |row| is_in(&needles_of(row), &text.cell(row).text())))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_in(name: &str, text: &str, needle: &str) -> bool {
        let search = Search::named(name).unwrap();
        Needle::new(search.kind, search.case, needle).is_in(text)
    }

    #[test]
    fn terms_end_where_letters_and_digits_end() {
        assert!(is_in("has", r"C:\Windows\System32\cmd.exe /c", "CMD"));
        assert!(is_in("has", "North-America", "america"));
        assert!(!is_in("has", "cmdline", "cmd"));
        assert!(is_in("has", "a.b.c", "b.c"));
        assert!(is_in("hasprefix", "cmdline", "CMD"));
        assert!(!is_in("hasprefix_cs", "cmdline", "CMD"));
        assert!(is_in("hassuffix", "the powershell", "shell"));
        assert!(!is_in("hassuffix", "shells", "shell"));
        assert!(is_in("has", "cmdcmd cmd", "cmd"));
    }

    #[test]
    fn other_searches_know_no_terms() {
        assert!(is_in("contains", "PowerShell", "ersh"));
        assert!(!is_in("contains_cs", "PowerShell", "ersh"));
        assert!(is_in("startswith", "PowerShell", "power"));
        assert!(is_in("endswith_cs", "PowerShell", "Shell"));
        assert!(is_in("=~", "ÄRGER", "ärger"));
    }

    proptest! {
        #[test]
        fn contains_is_the_search_of_small_letters(text in "[a-cA-C.]{0,12}", needle in "[a-cA-C]{1,3}") {
            let expected = text.to_lowercase().contains(&needle.to_lowercase());
            prop_assert_eq!(is_in("contains", &text, &needle), expected);
        }

        #[test]
        fn has_is_a_split_into_terms(text in "[a-bA-B. ]{0,12}", needle in "[a-bA-B]{1,3}") {
            let expected = text.split(['.', ' ']).any(|term| term.eq_ignore_ascii_case(&needle));
            prop_assert_eq!(is_in("has", &text, &needle), expected);
        }
    }
}
