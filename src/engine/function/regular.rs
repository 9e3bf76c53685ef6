//! Functions of regular expressions, in RE2's form.

use model::ColumnType;
use regex::{Captures, Regex};
use serde_json::Value as Json;

use super::{Context, RowFunction, arg, convert, text::Window};
use crate::cell::Cell;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "matches regex" => matches_regex,
        "extract" => extract,
        "extract_all" => extract_all,
        "replace_regex" | "replace" => replace_regex,
        "regex_quote" => |_, cells| Cell::of(regex::escape(&arg(cells, 0).text())),
        "indexof_regex" => index_of,
        "trim" => |context, cells| trim(context, cells, true, true),
        "trim_start" => |context, cells| trim(context, cells, true, false),
        "trim_end" => |context, cells| trim(context, cells, false, true),
        _ => return None,
    })
}

fn matches_regex<'a>(context: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    context.regex(&arg(cells, 1).text()).map_or(Cell::Null, |regex| Cell::Bool(regex.is_match(&arg(cells, 0).text())))
}

/// `extract(regex, group, text)`; what is not found is empty, or null of the type asked for.
fn extract<'a>(context: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let Some(regex) = context.regex(&arg(cells, 0).text()) else { return Cell::Null };
    let text = arg(cells, 2).text();
    let group = match arg(cells, 1) {
        Cell::Text(name) => regex.captures(&text).and_then(|found| Some(found.name(name)?.as_str().to_owned())),
        number => number.long().and_then(|number| {
            let group = usize::try_from(number).ok()?;
            if group == 0 {
                return Some(regex.find(&text)?.as_str().to_owned());
            }
            Some(regex.captures(&text)?.get(group)?.as_str().to_owned())
        }),
    };
    match group {
        Some(group) if context.result == ColumnType::String => Cell::of(group),
        Some(group) => convert::to(context.result, &Cell::of(group)).into_owned(),
        None => Cell::Null,
    }
}

/// `extract_all(regex, [groups,] text)`.
fn extract_all<'a>(context: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let (groups, text) =
        if cells.len() > 2 { (Some(arg(cells, 1).json()), arg(cells, 2)) } else { (None, arg(cells, 1)) };
    let Some(regex) = context.regex(&arg(cells, 0).text()) else { return Cell::Null };
    let groups: Vec<usize> = match groups {
        Some(Json::Array(groups)) => groups.iter().filter_map(|group| group_number(&regex, group)).collect(),
        _ if regex.captures_len() == 1 => vec![0],
        _ => (1..regex.captures_len()).collect(),
    };
    let text = text.text();
    let part = |found: &Captures<'_>, group: usize| Json::from(found.get(group).map_or("", |part| part.as_str()));
    let all = regex.captures_iter(&text).map(|found| match groups.as_slice() {
        [group] => part(&found, *group),
        groups => groups.iter().map(|group| part(&found, *group)).collect(),
    });
    let all: Vec<Json> = all.collect();
    if all.is_empty() { Cell::Null } else { Cell::of_list(all) }
}

fn group_number(regex: &Regex, group: &Json) -> Option<usize> {
    match group {
        Json::String(name) => regex.capture_names().position(|known| known == Some(name)),
        number => usize::try_from(number.as_u64()?).ok().filter(|number| *number < regex.captures_len()),
    }
}

fn replace_regex<'a>(context: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let Some(regex) = context.regex(&arg(cells, 1).text()) else { return Cell::Null };
    let by = arg(cells, 2).text();
    let text = arg(cells, 0).text();
    let replaced = regex.replace_all(&text, |found: &Captures<'_>| {
        let mut out = String::new();
        let mut chars = by.chars();
        while let Some(c) = chars.next() {
            if c != '\\' {
                out.push(c);
                continue;
            }
            match chars.next() {
                Some(digit) if digit.is_ascii_digit() => {
                    let group = digit.to_digit(10).and_then(|digit| usize::try_from(digit).ok()).unwrap_or(0);
                    out.push_str(found.get(group).map_or("", |part| part.as_str()));
                }
                Some(other) => out.push(other),
                None => out.push('\\'),
            }
        }
        out
    });
    Cell::of(replaced.into_owned())
}

fn index_of<'a>(context: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let (text, pattern) = (arg(cells, 0).text(), arg(cells, 1).text());
    // The page of this function shows no place for a start behind the end; that of `indexof` does.
    if cells.len() == 3 && arg(cells, 2).long().is_some_and(|start| start < 0) {
        return Cell::Null;
    }
    let (Some(window), Some(regex)) = (Window::of(&text, cells), context.regex(&pattern)) else { return Cell::Null };
    let part = text.get(window.start..window.end).unwrap_or_default();
    let nth = usize::try_from(window.occurrence - 1).unwrap_or(0);
    let found = regex.find_iter(part).nth(nth).map(|found| window.start + found.start());
    Cell::Long(found.map_or(-1, |at| super::text::len(text.get(..at).unwrap_or_default().chars().count())))
}

/// Takes what matches off the start and the end of a text.
fn trim<'a>(context: &Context, cells: &[Cell<'a>], start: bool, end: bool) -> Cell<'a> {
    let (pattern, text) = (arg(cells, 0).text(), arg(cells, 1).text());
    let mut text: &str = &text;
    if start {
        let Some(regex) = context.regex(&format!("^(?:{pattern})")) else { return Cell::Null };
        text = regex.find(text).map_or(text, |found| text.get(found.end()..).unwrap_or_default());
    }
    if end {
        let Some(regex) = context.regex(&format!("(?:{pattern})$")) else { return Cell::Null };
        text = regex.find(text).map_or(text, |found| text.get(..found.start()).unwrap_or_default());
    }
    Cell::of(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::run;
    use super::*;

    #[test]
    fn parts_of_a_match_are_extracted() {
        let cells = [Cell::of("x=([0-9]+)"), Cell::Long(1), Cell::of("hello x=45|wo")];
        assert_eq!(run("extract", ColumnType::String, &cells), Cell::of("45"));
        assert_eq!(run("extract", ColumnType::Long, &cells), Cell::Long(45));
        let missing = [Cell::of("y=([0-9]+)"), Cell::Long(1), Cell::of("hello x=45|wo")];
        assert!(run("extract", ColumnType::String, &missing).is_null());
    }

    #[test]
    fn what_is_trimmed_is_a_pattern() {
        let trimmed =
            |name, pattern, text| run(name, ColumnType::String, &[Cell::of(pattern), Cell::of(text)]).into_text();
        assert_eq!(trimmed("trim", "--", "--https://bing.com--"), "https://bing.com");
        assert_eq!(trimmed("trim", r"[^\w]+", "-  Te st1// $"), "Te st1");
        assert_eq!(trimmed("trim_end", ".com", "bing.com"), "bing");
    }

    #[test]
    fn a_broken_pattern_is_no_panic() {
        assert!(run("matches regex", ColumnType::Bool, &[Cell::of("a"), Cell::of("(")]).is_null());
    }
}
