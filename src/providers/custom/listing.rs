//! Lists and tables of the customer's own: which file, how it is read, what it means to be in it.
//!
//! A table of assets or people is a list like any other: its rows are found by one of some columns, and tell the rest.

use std::{net::IpAddr, time::Duration};

use model::{Evidence, KindHint, Observable, ObservableKind, Verdict};
use serde_json::Value;

use super::{Place, expression::JsonPath};
use crate::{Entry, Key, ListSource, Listing, Misread, Reading};

/// A list or table.
pub struct ListDefinition {
    /// Where it lies.
    pub place: Place,
    /// How it is written.
    pub format: Format,
    /// The columns or members that an entry is told with; absent: all but those that it is found by.
    pub evidence: Option<Vec<String>>,
    /// How often it is fetched or looked at again.
    pub every: Duration,
    /// How old a copy may grow before it is no longer believed.
    pub believed_for: Duration,
    /// What it means to be in it.
    pub verdict: Verdict,
    /// 0 to 100.
    pub score: Option<u8>,
}

/// How a list is written.
pub enum Format {
    /// A value on each line; what follows `#` or `;` is a comment.
    Lines,
    /// A hosts file: an address and names on each line, of which the names are listed.
    Hosts,
    /// A table with a heading, found by these columns.
    Csv {
        /// Columns.
        columns: Vec<String>,
        /// What stands between cells.
        separator: u8,
    },
    /// JSON: the texts, or the objects found by these members, that the path leads to.
    Json {
        /// Where the entries are.
        entries: JsonPath,
        /// Members.
        columns: Vec<String>,
    },
}

impl ListDefinition {
    pub(super) fn source(&'static self) -> ListSource {
        match &self.place {
            Place::File(path) => ListSource::File(path),
            Place::Web(path) => ListSource::Path(path),
        }
    }

    pub(super) fn read(&self, listing: &Listing) -> Result<Reading, Misread> {
        let reading = listing.judged(self.verdict);
        Ok(match self.score.filter(|_| matches!(listing, Listing::Present(_))) {
            Some(score) => reading.score(score.into()),
            None => reading,
        })
    }

    /// Reads the file. One in which nothing can be read, or that came from the web with nothing in it, is not the list.
    pub(super) fn parse(&self, kinds: &[ObservableKind], file: &[u8]) -> Result<Vec<Entry>, Misread> {
        let rows = match &self.format {
            Format::Lines => lines(file).map(|line| Row::bare(line.trim())).collect(),
            Format::Hosts => lines(file)
                .flat_map(|line| line.split_whitespace().skip(1).map(str::to_owned).collect::<Vec<_>>())
                .map(|name| Row::bare(&name))
                .collect(),
            Format::Csv { columns, separator } => self.table(file, columns, *separator)?,
            Format::Json { entries, columns } => self.members(file, entries, columns)?,
        };
        let mut read = Vec::with_capacity(rows.len());
        for row in &rows {
            let keys = row.keys.iter().flat_map(|cell| keys(cell, kinds));
            read.extend(keys.map(|key| Entry { key, evidence: row.evidence.clone() }));
        }
        let may_be_empty = matches!(self.place, Place::File(_)) && rows.is_empty();
        if read.is_empty() && !may_be_empty { Err(Misread::Lacking("of a single entry")) } else { Ok(read) }
    }

    fn table(&self, file: &[u8], columns: &[String], separator: u8) -> Result<Vec<Row>, Misread> {
        // Spreadsheets put a mark before UTF-8.
        let file = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file);
        let mut reader = csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(file);
        let heading = reader.byte_headers().map_err(|_| Misread::Shape("heading".to_owned()))?.clone();
        let heading: Vec<String> = heading.iter().map(|cell| String::from_utf8_lossy(cell).trim().to_owned()).collect();
        if !columns.iter().any(|column| heading.contains(column)) {
            return Err(Misread::Lacking("that entries are found by"));
        }
        let mut rows = Vec::new();
        for record in reader.byte_records() {
            let record = record.map_err(|_| Misread::Shape("a row".to_owned()))?;
            let cells = record.iter().map(|cell| Value::from(String::from_utf8_lossy(cell).trim()));
            rows.push(self.row(columns, heading.iter().map(String::as_str).zip(cells)));
        }
        Ok(rows)
    }

    fn members(&self, file: &[u8], entries: &JsonPath, columns: &[String]) -> Result<Vec<Row>, Misread> {
        let document: Value = serde_json::from_slice(file).map_err(|_| Misread::NotJson)?;
        let row = |entry: &Value| match entry {
            Value::String(text) => Some(Row::bare(text)),
            Value::Object(members) => {
                Some(self.row(columns, members.iter().map(|(name, value)| (name.as_str(), value.clone()))))
            }
            _ => None,
        };
        Ok(entries.all(&document).into_iter().filter_map(row).collect())
    }

    fn row<'a>(&self, columns: &[String], cells: impl Iterator<Item = (&'a str, Value)>) -> Row {
        let (mut keys, mut told) = (Vec::new(), Reading::facts());
        for (name, value) in cells {
            let is_key = columns.iter().any(|column| column == name);
            if let (true, Some(text)) = (is_key, value.as_str()) {
                keys.push(text.to_owned());
            }
            let is_told = match &self.evidence {
                Some(names) => names.iter().any(|chosen| chosen == name),
                // Of several columns that it may be found by, the others tell something.
                None => !is_key || columns.len() > 1,
            };
            if is_told {
                told = told.says(name, value);
            }
        }
        Row { keys, evidence: told.evidence }
    }
}

/// An entry before it is known what its cells are.
struct Row {
    keys: Vec<String>,
    evidence: Evidence,
}

impl Row {
    fn bare(value: &str) -> Self {
        Self { keys: vec![value.to_owned()], evidence: Evidence::new() }
    }
}

/// The lines that say something, without their comments. A mark inside a word, as in a URL, begins none.
fn lines(file: &[u8]) -> impl Iterator<Item = String> {
    let text = String::from_utf8_lossy(file);
    let bare = |line: &str| {
        let mut before = ' ';
        let comment = line.char_indices().find(|(_, sign)| {
            let begins = matches!(sign, '#' | ';') && before.is_whitespace();
            before = *sign;
            begins
        });
        line.split_at(comment.map_or(line.len(), |(start, _)| start)).0.trim().to_owned()
    };
    text.trim_start_matches('\u{feff}')
        .lines()
        .map(bare)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .into_iter()
}

/// What a cell matches: a value, a network, or several values with commas, semicolons or spaces between them.
fn keys(cell: &str, kinds: &[ObservableKind]) -> Vec<Key> {
    match key(cell, kinds) {
        Some(key) => vec![key],
        None => cell.split([',', ';', ' ']).filter_map(|part| key(part, kinds)).collect(),
    }
}

fn key(text: &str, kinds: &[ObservableKind]) -> Option<Key> {
    let text = text.trim();
    if let Some((first, length)) = text.split_once('/')
        && let (Ok(first), Ok(length)) = (first.parse::<IpAddr>(), length.parse::<u8>())
    {
        let longest = if first.is_ipv4() { 32 } else { 128 };
        return (length <= longest && kinds.iter().any(|kind| kind.is_address()))
            .then_some(Key::Network(first, length));
    }
    kinds.iter().find_map(|kind| {
        let observable = Observable::parse(text, Some(KindHint::Exactly(*kind))).ok()?;
        Some(match observable.address() {
            Some(address) if kind.is_address() => Key::Address(address),
            _ => Key::Value(observable.canonical().to_owned()),
        })
    })
}
