//! Which files are which tables, and what the settings refine of them.

use std::{collections::BTreeMap, path::Path};

use model::ColumnType;

use super::format;

/// What the settings say of a folder's tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// Tables by name.
    pub tables: BTreeMap<String, TableLayout>,
}

/// What the settings say of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableLayout {
    /// Its files: paths below the folder, with `*` for any letters and `**` for any folders. Without, the files whose path
    /// says its name.
    pub files: Vec<String>,
    /// The column that says when a row happened.
    pub time_column: Option<String>,
    /// The types of columns, by their names in the files.
    pub types: BTreeMap<String, ColumnType>,
    /// Other names for columns, by their names in the files.
    pub renames: BTreeMap<String, String>,
}

impl Layout {
    /// The table of a file that lies somewhere else under this path; none if its name says that it holds no logs, or that
    /// it is hidden.
    pub fn table_of_path(&self, path: &str) -> Option<String> {
        let is_hidden = path.split('/').any(|part| part.starts_with(['.', '_']));
        let below = Path::new(path);
        (!is_hidden && format::is_known(below)).then(|| self.table_of(below))
    }

    /// The table of a file: the one whose pattern fits; else its uppermost folder's name; else its own, without endings.
    pub(super) fn table_of(&self, below: &Path) -> String {
        let path = below.to_string_lossy().replace('\\', "/");
        let fits = |layout: &TableLayout| layout.files.iter().any(|pattern| fits(pattern.as_bytes(), path.as_bytes()));
        if let Some((name, _)) = self.tables.iter().find(|(_, layout)| fits(layout)) {
            return name.clone();
        }
        let first = path.split('/').next().unwrap_or_default();
        let is_file = !path.contains('/');
        let name = if is_file { stem(first) } else { first };
        identifier(name)
    }

    pub(super) fn of(&self, table: &str) -> Option<&TableLayout> {
        self.tables.get(table)
    }

    pub(super) fn time_column(&self, table: &str) -> Option<&str> {
        self.of(table).and_then(|layout| layout.time_column.as_deref())
    }
}

/// A file's name without what says its form. `Windows.System.Pslist.json` is of `Windows.System.Pslist`.
pub(super) fn stem(name: &str) -> &str {
    let mut stem = name;
    while let Some((rest, ending)) = stem.rsplit_once('.') {
        let says_form = ["gz", "zst", "zstd", "parquet", "csv", "json", "ndjson", "jsonl", "log", "txt", "cef", "zip"];
        if rest.is_empty() || !says_form.contains(&ending.to_ascii_lowercase().as_str()) {
            break;
        }
        stem = rest;
    }
    stem
}

/// A name that needs no brackets in a query.
pub(super) fn identifier(name: &str) -> String {
    let plain: String = name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    if plain.starts_with(|first: char| first.is_ascii_digit()) { format!("_{plain}") } else { plain }
}

/// Whether a path fits a pattern.
fn fits(pattern: &[u8], path: &[u8]) -> bool {
    match pattern {
        [] => path.is_empty(),
        [b'*', b'*', rest @ ..] => {
            let rest = rest.strip_prefix(b"/").unwrap_or(rest);
            (0..=path.len()).any(|skipped| path.get(skipped..).is_some_and(|path| fits(rest, path)))
        }
        [b'*', rest @ ..] => {
            let name = path.iter().position(|byte| *byte == b'/').unwrap_or(path.len());
            (0..=name).any(|skipped| path.get(skipped..).is_some_and(|path| fits(rest, path)))
        }
        [first, rest @ ..] => path.split_first().is_some_and(|(byte, path)| byte == first && fits(rest, path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(path: &str) -> String {
        let files = |pattern: &str| TableLayout { files: vec![pattern.into()], ..TableLayout::default() };
        let tables = [("SecurityEvent", "SecurityEvent_*.ndjson"), ("Deep", "**/deep/*.json")];
        let tables = tables.map(|(name, pattern)| (name.to_owned(), files(pattern))).into();
        Layout { tables }.table_of(Path::new(path))
    }

    #[test]
    fn a_file_s_table_is_what_the_settings_its_folder_or_its_name_say() {
        for (path, expected) in [
            ("SecurityEvent_logons.ndjson", "SecurityEvent"),
            ("x/SecurityEvent_logons.ndjson", "x"),
            ("a/b/deep/c.json", "Deep"),
            ("deep/c.json", "Deep"),
            ("SigninLogs.ndjson.gz", "SigninLogs"),
            ("SigninLogs/2026/11/24/part-1.parquet", "SigninLogs"),
            ("Windows.System.Pslist.json", "Windows_System_Pslist"),
            ("2026-11.csv", "_2026_11"),
        ] {
            assert_eq!(table(path), expected, "{path}");
        }
    }
}
