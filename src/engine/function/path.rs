//! Parts of `dynamic`: `a.b[0]["c"]`, found by scanning the JSON as far as needed.

use std::{borrow::Cow, sync::Arc};

use datafusion::{
    arrow::array::{ArrayRef, StringViewBuilder},
    error::Result,
    logical_expr::ColumnarValue,
};
use model::ColumnType;
use serde_json::Value as Json;

use super::{ArrayFunction, Context};
use crate::cell::{Cell, Cells};

pub(super) fn find_arrays(name: &str) -> Option<ArrayFunction> {
    (name == "[]").then_some(path as ArrayFunction)
}

/// A step into JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    Name(String),
    /// From the end if negative.
    Index(i64),
}

impl Key {
    fn of(cell: &Cell<'_>) -> Option<Self> {
        match cell.clone().unpacked() {
            Cell::Null => None,
            Cell::Long(index) => Some(Self::Index(index)),
            other => Some(Self::Name(other.into_text().into_owned())),
        }
    }
}

/// The first argument is JSON or a text of JSON, the others are keys. A text is asked for without its quotes.
fn path(context: &Context, cells: &[Cells], _: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
    let mut out = StringViewBuilder::with_capacity(rows);
    let as_text = context.result == ColumnType::String;
    let Some((json, keys)) = cells.split_first() else { return Ok(Arc::new(out.finish())) };
    let keys_of = |row| keys.iter().map(|key: &Cells| Key::of(&key.cell(row))).collect::<Option<Vec<_>>>();
    let constant = keys.iter().all(Cells::is_constant).then(|| keys_of(0));
    for row in 0..rows {
        let cell = json.cell(row);
        let json = match &cell {
            Cell::Dynamic(json) | Cell::Text(json) => json.as_ref(),
            _ => "",
        };
        let found = match &constant {
            Some(keys) => keys.as_deref().and_then(|keys| at_path(json, keys)),
            None => keys_of(row).and_then(|keys| at_path(json, &keys)),
        };
        match found {
            Some(json) if json != "null" => {
                let json = tidy(json);
                if as_text {
                    out.append_value(Cell::Dynamic(json).into_text());
                } else {
                    out.append_value(json);
                }
            }
            _ if as_text => out.append_value(""),
            _ => out.append_null(),
        }
    }
    Ok(Arc::new(out.finish()))
}

/// JSON as it is always written: what was in a text may have blanks, and numbers more digits than they need.
pub(crate) fn tidy(json: &str) -> Cow<'_, str> {
    let is_plain = match json.as_bytes().first() {
        Some(b'{' | b'[') => false,
        Some(b'-' | b'0'..=b'9') => json.len() < 19 && json.bytes().all(|byte| matches!(byte, b'-' | b'0'..=b'9')),
        _ => true,
    };
    if is_plain {
        return json.into();
    }
    serde_json::from_str::<Json>(json).map_or(json.into(), |read| read.to_string().into())
}

/// The JSON at the end of a path.
pub(crate) fn at_path<'j>(json: &'j str, path: &[Key]) -> Option<&'j str> {
    let bytes = json.as_bytes();
    let mut at = skip_blanks(bytes, 0);
    for key in path {
        at = match key {
            Key::Name(name) => member(json, at, name)?,
            Key::Index(index) => element(bytes, at, *index)?,
        };
    }
    json.get(at..skip_value(bytes, at)?)
}

fn skip_blanks(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

/// Where the value of a member begins.
fn member(json: &str, at: usize, name: &str) -> Option<usize> {
    let bytes = json.as_bytes();
    if *bytes.get(at)? != b'{' {
        return None;
    }
    let mut at = skip_blanks(bytes, at + 1);
    loop {
        if *bytes.get(at)? != b'"' {
            return None;
        }
        let end = skip_text(bytes, at)?;
        let key = json.get(at + 1..end - 1)?;
        let is_it = if key.contains('\\') {
            serde_json::from_str::<String>(json.get(at..end)?).is_ok_and(|key| key == name)
        } else {
            key == name
        };
        at = skip_blanks(bytes, end);
        if *bytes.get(at)? != b':' {
            return None;
        }
        at = skip_blanks(bytes, at + 1);
        if is_it {
            return Some(at);
        }
        at = next_item(bytes, at)?;
    }
}

/// Where an element begins.
fn element(bytes: &[u8], at: usize, index: i64) -> Option<usize> {
    if *bytes.get(at)? != b'[' {
        return None;
    }
    let first = skip_blanks(bytes, at + 1);
    if *bytes.get(first)? == b']' {
        return None;
    }
    let mut index = usize::try_from(index)
        .or_else(|_| {
            let mut count: usize = 1;
            let mut at = first;
            while let Some(next) = next_item(bytes, at) {
                count += 1;
                at = next;
            }
            count.checked_sub(usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX)).ok_or(())
        })
        .ok()?;
    let mut at = first;
    while index > 0 {
        at = next_item(bytes, at)?;
        index -= 1;
    }
    Some(at)
}

/// Where the item behind the one that begins here begins.
fn next_item(bytes: &[u8], at: usize) -> Option<usize> {
    let at = skip_blanks(bytes, skip_value(bytes, at)?);
    (*bytes.get(at)? == b',').then(|| skip_blanks(bytes, at + 1))
}

/// Behind the text that begins here.
fn skip_text(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if *bytes.get(at)? == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Behind the value that begins here.
fn skip_value(bytes: &[u8], at: usize) -> Option<usize> {
    match *bytes.get(at)? {
        b'"' => skip_text(bytes, at),
        b'{' | b'[' => {
            let mut depth = 0_usize;
            let mut at = at;
            loop {
                match *bytes.get(at)? {
                    b'"' => {
                        at = skip_text(bytes, at)?;
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth -= 1;
                        if depth == 0 {
                            return Some(at + 1);
                        }
                    }
                    _ => {}
                }
                at += 1;
            }
        }
        _ => {
            let rest = bytes.get(at..)?;
            let length = rest.iter().position(|byte| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace());
            let length = length.unwrap_or(rest.len());
            (length > 0).then_some(at + length)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn at(json: &str, path: &[Key]) -> Option<String> {
        at_path(json, path).map(str::to_owned)
    }

    fn name(name: &str) -> Key {
        Key::Name(name.to_owned())
    }

    #[test]
    fn parts_are_found_without_reading_the_rest() {
        let json = r#" {"a": {"b\"c": [1, "x,]", {"d": null}]}, "e": 2.50 } and what follows"#;
        assert_eq!(at(json, &[name("a"), name("b\"c"), Key::Index(1)]).unwrap(), "\"x,]\"");
        assert_eq!(at(json, &[name("a"), name("b\"c"), Key::Index(-1), name("d")]).unwrap(), "null");
        assert_eq!(at(json, &[name("e")]).unwrap(), "2.50");
        assert_eq!(at(json, &[name("E")]), None);
        assert_eq!(at(json, &[name("a"), name("b\"c"), Key::Index(3)]), None);
    }

    #[test]
    fn what_is_no_json_has_no_parts() {
        for json in ["", "plain", "{", "{\"a\"", "{\"a\":", "[", "[1", "\"a", "{\"a\\", "[]", "{}"] {
            assert_eq!(at(json, &[name("a"), Key::Index(0)]), None);
            let _ = at(json, &[Key::Index(-1)]);
        }
    }

    proptest! {
        #[test]
        fn any_member_of_any_object_is_found(keys in prop::collection::btree_map("[a-c\"\\\\]{0,3}", any::<i32>(), 1..4)) {
            let json = json!({"o": [keys.clone()]}).to_string();
            for (key, value) in keys {
                let path = [name("o"), Key::Index(0), Key::Name(key)];
                prop_assert_eq!(at(&json, &path).unwrap(), value.to_string());
            }
        }

        #[test]
        fn no_text_breaks_the_scan(text in "[\\[\\]{}\",:\\\\a1 ]{0,20}", index in -3_i64..3) {
            let _ = at(&text, &[name("a"), Key::Index(index)]);
            let _ = at(&text, &[Key::Index(index), name("a")]);
        }
    }
}
