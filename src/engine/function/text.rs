//! Functions of texts: cutting, joining, searching, changing case.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::{Context, RowFunction, arg};
use crate::cell::Cell;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "strlen" => |_, cells| Cell::Long(len(arg(cells, 0).text().chars().count())),
        "string_size" => |_, cells| Cell::Long(len(arg(cells, 0).text().len())),
        "tolower" => |_, cells| Cell::of(arg(cells, 0).text().to_lowercase()),
        "toupper" => |_, cells| Cell::of(arg(cells, 0).text().to_uppercase()),
        "reverse" => |_, cells| Cell::of(arg(cells, 0).text().chars().rev().collect::<String>()),
        "strcat" => |_, cells| Cell::of(cells.iter().map(Cell::text).collect::<String>()),
        "strcat_delim" => strcat_delim,
        "strcat_array" => strcat_array,
        "strrep" => strrep,
        "strcmp" => |_, cells| Cell::Long(order(&arg(cells, 0).text(), &arg(cells, 1).text())),
        "substring" => substring,
        "split" => split,
        "indexof" => index_of,
        "countof" => count_of,
        "replace_string" => replace_string,
        "replace_strings" => replace_strings,
        "translate" => translate,
        "trim_ws" => |_, cells| Cell::of(arg(cells, 0).text().trim().to_owned()),
        "isascii" => |_, cells| Cell::Bool(arg(cells, 0).text().is_ascii()),
        "isutf8" => |_, _| Cell::Bool(true),
        "to_utf8" | "unicode_codepoints_from_string" => code_points,
        "make_string" | "unicode_codepoints_to_string" => of_code_points,
        "estimate_data_size" => |_, cells| Cell::Long(cells.iter().map(data_size).sum()),
        "has_any_index" => has_any_index,
        "dynamic_to_json" => |_, cells| Cell::of(sorted(arg(cells, 0).json()).to_string()),
        _ => return None,
    })
}

pub(super) fn len(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn order(a: &str, b: &str) -> i64 {
    a.cmp(b) as i64
}

fn strcat_delim<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let texts: Vec<_> = cells.iter().skip(1).map(Cell::text).collect();
    Cell::of(texts.join(&arg(cells, 0).text()))
}

fn strcat_array<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let Json::Array(items) = arg(cells, 0).json() else { return Cell::of("") };
    let texts: Vec<_> = items.iter().map(|item| Cell::of_json(item).into_text().into_owned()).collect();
    Cell::of(texts.join(&arg(cells, 1).text()))
}

/// Longer texts than this are not made by repetition.
const MAX_REPEATED: usize = 1 << 20;

fn strrep<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let Some(times) = arg(cells, 1).long().and_then(|times| usize::try_from(times).ok()) else { return Cell::of("") };
    let (text, between) = (arg(cells, 0).text(), arg(cells, 2).text());
    let times = times.min(1024).min(MAX_REPEATED / (text.len() + between.len()).max(1));
    Cell::of(vec![text; times].join(&between))
}

/// The part of a text from a character on; a negative start counts from the end.
fn substring<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let Some(start) = arg(cells, 1).long() else { return Cell::of("") };
    let length = match arg(cells, 2) {
        Cell::Null => usize::MAX,
        length => length.long().map_or(usize::MAX, |length| usize::try_from(length).unwrap_or(usize::MAX)),
    };
    match arg(cells, 0) {
        Cell::Text(Cow::Borrowed(text)) => Cell::of(part(text, start, length)),
        other => Cell::of(part(&other.text(), start, length).to_owned()),
    }
}

fn part(text: &str, start: i64, length: usize) -> &str {
    let start = match usize::try_from(start) {
        Ok(start) => start,
        Err(_) => text.chars().count().saturating_sub(usize::try_from(start.unsigned_abs()).unwrap_or(usize::MAX)),
    };
    if text.is_ascii() {
        return text.get(start..start.saturating_add(length).min(text.len())).unwrap_or_default();
    }
    let at = |count: usize| text.char_indices().nth(count).map_or(text.len(), |(at, _)| at);
    text.get(at(start)..at(start.saturating_add(length))).unwrap_or_default()
}

fn split<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let (text, delimiter) = (arg(cells, 0).text(), arg(cells, 1).text());
    let parts: Vec<&str> = if delimiter.is_empty() { vec![&text] } else { text.split(&*delimiter).collect() };
    let json = |part: &&str| Json::from(*part);
    match arg(cells, 2).long() {
        None => Cell::of_list(parts.iter().map(json).collect()),
        Some(wanted) => {
            let index = if wanted < 0 { len(parts.len()) + wanted } else { wanted };
            Cell::of_list(
                usize::try_from(index).ok().and_then(|index| parts.get(index)).map(json).into_iter().collect(),
            )
        }
    }
}

/// `indexof(text, lookup, start, length, occurrence)`, in characters.
fn index_of<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let (text, lookup) = (arg(cells, 0).text(), arg(cells, 1).text());
    let Some(window) = Window::of(&text, cells) else { return Cell::Null };
    let mut found = 0;
    let (mut from, mut end) = (window.start, window.end);
    let length = arg(cells, 3).long().and_then(|length| usize::try_from(length).ok());
    while let Some(at) = text.get(from..end).and_then(|rest| rest.find(&*lookup)) {
        found += 1;
        if found == window.occurrence {
            return Cell::Long(len(text.get(..from + at).unwrap_or_default().chars().count()));
        }
        from += at + lookup.chars().next().map_or(1, char::len_utf8);
        // The length counts anew from there.
        let rest = text.get(from..).unwrap_or_default();
        let beyond = length.and_then(|length| rest.char_indices().nth(length));
        end = beyond.map_or(text.len(), |(at, _)| from + at);
    }
    Cell::Long(-1)
}

/// Where in a text to look, in bytes, and for which occurrence.
pub(super) struct Window {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) occurrence: i64,
}

impl Window {
    /// From arguments `start, length, occurrence` behind the first two; none if they make no sense.
    pub(super) fn of(text: &str, cells: &[Cell<'_>]) -> Option<Self> {
        let number = |index, default| arg(cells, index).long().unwrap_or(default);
        let (start, length, occurrence) = (number(2, 0), number(3, -1), number(4, 1));
        if occurrence < 1 || length < -1 {
            return None;
        }
        let chars = len(text.chars().count());
        let start = if start < 0 { start + chars } else { start };
        if start < 0 {
            return None;
        }
        let byte = |count: i64| {
            let count = usize::try_from(count).unwrap_or(0);
            text.char_indices().nth(count).map_or(text.len(), |(at, _)| at)
        };
        let end = if length < 0 { text.len() } else { byte(start.saturating_add(length)) };
        Some(Self { start: byte(start), end, occurrence })
    }
}

fn count_of<'a>(context: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let (text, lookup) = (arg(cells, 0).text(), arg(cells, 1).text());
    if arg(cells, 2).text().eq_ignore_ascii_case("regex") {
        return context.regex(&lookup).map_or(Cell::Null, |regex| Cell::Long(len(regex.find_iter(&text).count())));
    }
    let (Some(step), false) = (lookup.chars().next().map(char::len_utf8), lookup.is_empty()) else {
        return Cell::Long(0);
    };
    // Plain texts are counted where they overlap, too.
    let (mut count, mut from) = (0, 0);
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(&*lookup)) {
        count += 1;
        from += at + step;
    }
    Cell::Long(count)
}

fn replace_string<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let (lookup, by) = (arg(cells, 1).text(), arg(cells, 2).text());
    if lookup.is_empty() {
        return arg(cells, 0).clone();
    }
    Cell::of(arg(cells, 0).text().replace(&*lookup, &by))
}

fn replace_strings<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let (Json::Array(lookups), Json::Array(by)) = (arg(cells, 1).json(), arg(cells, 2).json()) else {
        return arg(cells, 0).clone();
    };
    let mut text = arg(cells, 0).text().into_owned();
    for (lookup, by) in lookups.iter().zip(&by) {
        let (lookup, by) = (Cell::of_json(lookup), Cell::of_json(by));
        if !lookup.text().is_empty() {
            text = text.replace(&*lookup.text(), &by.text());
        }
    }
    Cell::of(text)
}

/// `translate(from, to, text)`: each character of the one list becomes that of the other; the last serves for all that follow.
fn translate<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let from: Vec<char> = arg(cells, 0).text().chars().collect();
    let to: Vec<char> = arg(cells, 1).text().chars().collect();
    let one = |c: char| match from.iter().position(|from| *from == c) {
        Some(index) => to.get(index).or(to.last()).copied(),
        None => Some(c),
    };
    Cell::of(arg(cells, 2).text().chars().filter_map(one).collect::<String>())
}

fn code_points<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    Cell::of_list(arg(cells, 0).text().chars().map(|c| Json::from(u32::from(c))).collect())
}

fn of_code_points<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let mut text = String::new();
    let mut push = |number: Option<i64>| {
        text.extend(number.and_then(|number| u32::try_from(number).ok()).and_then(char::from_u32));
    };
    for cell in cells {
        match cell.json() {
            Json::Array(items) => items.iter().for_each(|item| push(item.as_i64())),
            other => push(other.as_i64()),
        }
    }
    Cell::of(text)
}

/// Kusto's estimate: the size of the value as it is stored.
fn data_size(cell: &Cell<'_>) -> i64 {
    match cell {
        Cell::Null => 0,
        Cell::Bool(_) => 1,
        Cell::Long(_) | Cell::Real(_) | Cell::Datetime(_) | Cell::Timespan(_) => 8,
        Cell::Decimal(_) => 16,
        Cell::Guid(_) => 16,
        Cell::Text(text) | Cell::Dynamic(text) => len(text.len()),
    }
}

fn has_any_index<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let Json::Array(items) = arg(cells, 1).json() else { return Cell::Null };
    let text = arg(cells, 0).text();
    let found = items.iter().position(|item| super::has_term(&text, &Cell::of_json(item).text(), false));
    Cell::Long(found.map_or(-1, len))
}

/// The same JSON with the keys of all objects in order.
fn sorted(json: Json) -> Json {
    match json {
        Json::Object(members) => {
            let mut members: Vec<_> = members.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Json::Object(members.into_iter().collect())
        }
        Json::Array(items) => Json::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use model::ColumnType;

    use super::super::run;
    use super::*;

    fn text(name: &'static str, cells: &[Cell<'static>]) -> String {
        run(name, ColumnType::String, cells).text().into_owned()
    }

    #[test]
    fn parts_count_characters_and_negative_starts_from_the_end() {
        let part = |start, length| text("substring", &[Cell::of("äbcde"), Cell::Long(start), Cell::Long(length)]);
        assert_eq!(part(1, 2), "bc");
        assert_eq!(part(-2, 2), "de");
        assert_eq!(part(9, 2), "");
    }

    #[test]
    fn a_split_can_be_asked_for_one_part() {
        assert_eq!(text("split", &[Cell::of("a,b,c"), Cell::of(",")]), r#"["a","b","c"]"#);
        assert_eq!(text("split", &[Cell::of("a,b,c"), Cell::of(","), Cell::Long(1)]), r#"["b"]"#);
        assert_eq!(text("split", &[Cell::of(""), Cell::of(",")]), r#"[""]"#);
    }

    #[test]
    fn plain_occurrences_overlap() {
        assert_eq!(text("countof", &[Cell::of("aaaa"), Cell::of("aa")]), "3");
        assert_eq!(text("countof", &[Cell::of("ababa"), Cell::of("aba"), Cell::of("regex")]), "1");
    }

    #[test]
    fn the_last_character_of_a_translation_serves_for_the_rest() {
        assert_eq!(text("translate", &[Cell::of("krasp"), Cell::of("otsku"), Cell::of("spark")]), "kusto");
        assert_eq!(text("translate", &[Cell::of("abc"), Cell::of(""), Cell::of("ab cd")]), " d");
    }
}
