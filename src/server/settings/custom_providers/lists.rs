//! `list`: a file or address with a list or table, how it is written, and how often it is looked at.

use std::{path::Path, time::Duration};

use model::Verdict;
use providers::{
    Purpose,
    custom::{Format, JsonPath, ListDefinition, Place},
};
use url::Url;

use super::{
    super::{
        kinds::{self, Wrong},
        section::Section,
    },
    compiled,
    definition::VERDICTS,
};

/// A week.
const LONGEST_S: u64 = 7 * 24 * 3600;

/// A file is looked at so often, and read when it has changed.
const FILE_EVERY: Duration = Duration::from_secs(10);

/// A list on the web is fetched so often.
const WEB_EVERY: Duration = Duration::from_hours(1);

/// A copy is believed for so many intervals.
const INTERVALS_BELIEVED: u32 = 48;

/// Reads it, and the base address that a list on the web gives its provider.
pub(super) fn read(
    section: &Section<'_>,
    folder: &Path,
    purpose: Option<Purpose>,
) -> Option<(ListDefinition, Option<String>)> {
    let file = section.optional("file", kinds::path);
    let url = section.optional("url", address);
    let format = format(section);
    let evidence = section.list("evidence", kinds::name);
    let every = section.optional("every_s", kinds::seconds(1..=LONGEST_S));
    let believed_for = section.optional("believed_for_s", kinds::seconds(1..=52 * LONGEST_S));
    let verdict = match purpose {
        Some(Purpose::Context) if section.has("verdict") => {
            let right = "purpose: threat_intelligence, or none";
            section.tell("verdict", "what is asked for context gets no verdict", right);
            None
        }
        Some(Purpose::Context) => Some(Verdict::Unknown),
        _ => section.required("verdict", kinds::one_of(VERDICTS)),
    };
    let score = section.optional("score", kinds::whole(0..=100));
    let (place, base_url, usually_every) = match (file?, url?) {
        (Some(file), None) => (Place::File(folder.join(file)), None, FILE_EVERY),
        (None, Some(url)) => {
            let query = url.query().map_or_else(String::new, |query| format!("?{query}"));
            let place = Place::Web(format!("{}{query}", url.path()));
            (place, Some(url.origin().ascii_serialization()), WEB_EVERY)
        }
        _ => {
            section.tell("file", "not one place", "either file or url");
            return None;
        }
    };
    let every = every?.unwrap_or(usually_every);
    let believed_for = believed_for?.unwrap_or(match place {
        // Whoever keeps the file sees when it is gone.
        Place::File(_) => Duration::MAX,
        Place::Web(_) => every * INTERVALS_BELIEVED,
    });
    let evidence = Some(evidence?).filter(|names| !names.is_empty());
    let list =
        ListDefinition { place, format: format?, evidence, every, believed_for, verdict: verdict?, score: score? };
    Some((list, base_url))
}

fn format(section: &Section<'_>) -> Option<Format> {
    let forms = ["lines", "hosts", "csv", "json"].map(|form| (form, form));
    let form = section.required("format", kinds::one_of(forms));
    let columns = section.list("columns", kinds::name);
    let separator = section.optional("separator", separator);
    let entries = section.optional("entries", |text| compiled(JsonPath::compile(text)));
    let (form, columns, separator, entries) = (form?, columns?, separator?, entries?);
    if form == "csv" && section.is_missing("columns", columns.is_empty(), "the columns that a row is found by") {
        return None;
    }
    let is_of_another = |key: &'static str, forms: &[&str]| {
        let is_misplaced = section.has(key) && !forms.contains(&form);
        if is_misplaced {
            section.tell(key, &format!("the format {form} has none"), &format!("with format {}", kinds::or(forms)));
        }
        is_misplaced
    };
    let misplaced = [
        is_of_another("columns", &["csv", "json"]),
        is_of_another("separator", &["csv"]),
        is_of_another("entries", &["json"]),
    ];
    if misplaced.contains(&true) {
        return None;
    }
    Some(match form {
        "hosts" => Format::Hosts,
        "csv" => Format::Csv { columns, separator: separator.unwrap_or(b',') },
        "json" => {
            let entries = match entries {
                Some(entries) => entries,
                None => compiled(JsonPath::compile("$[*]")).ok()?,
            };
            Format::Json { entries, columns }
        }
        _ => Format::Lines,
    })
}

/// An address of a list; keys belong into the settings of the provider.
fn address(text: &str) -> Result<Url, Wrong> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none())
        .ok_or_else(|| Wrong::hidden("an http or https address without user name and password"))
}

fn separator(text: &str) -> Result<u8, Wrong> {
    match text.as_bytes() {
        _ if text == "tab" => Ok(b'\t'),
        [separator] if separator.is_ascii() => Ok(*separator),
        _ => Err(Wrong::allowed("one character, or tab")),
    }
}
