//! The sheet as Markdown (CommonMark with tables).

use std::fmt::Write;

use super::{
    brought::Related,
    sheet::{Row, Sheet},
};

/// Writes the sheet.
pub(super) fn render(sheet: &Sheet) -> String {
    let mut text = String::with_capacity(512 + sheet.rows.len() * 256);
    let title = sheet.subject.as_ref().map_or("Enrichment", |subject| &subject.title);
    // Writing into a string does not fail.
    let _ = writeln!(text, "## {}: {}\n", escape(title), sheet.verdict.as_str());
    if let Some(subject) = sheet.subject.as_ref().filter(|subject| !subject.facts.is_empty()) {
        let _ = writeln!(text, "{}\n", escape(&subject.facts.join(" · ")));
    }
    let _ = writeln!(text, "{}.\n", sheet.summary);
    if !sheet.rows.is_empty() {
        text.push_str("| verdict | observable | kind | context | who says what |\n|---|---|---|---|---|\n");
        for row in &sheet.rows {
            write_row(&mut text, row);
        }
    }
    if !sheet.related.is_empty() {
        text.push_str("\nRelated:\n\n");
        for Related { about, pivot, summary, rows } in &sheet.related {
            let _ = writeln!(text, "- {} – {}: {}", escape(about), escape(pivot), escape(summary));
            for row in rows {
                let _ = writeln!(text, "  - {}", escape(row));
            }
        }
    }
    if let Some(subject) = sheet.subject.as_ref().filter(|subject| !subject.bystanders.is_empty()) {
        let _ = writeln!(text, "\nAlso named: {}.", escape(&subject.bystanders.join(", ")));
    }
    if !sheet.silent.is_empty() {
        text.push_str("\nNo answer from:\n\n");
        for line in &sheet.silent {
            let _ = writeln!(text, "- {}", escape(line));
        }
    }
    if let Some(rejected) = &sheet.rejected {
        let _ = writeln!(text, "\n{rejected}.");
    }
    text
}

fn write_row(text: &mut String, row: &Row) {
    let score = row.score.map(|score| format!(" {score}/100")).unwrap_or_default();
    let says: Vec<String> = row
        .says
        .iter()
        .map(|says| {
            let provider = match &says.reference {
                Some(page) => format!("[{}]({})", escape(&says.provider), escape_link(page)),
                None => escape(&says.provider),
            };
            format!("{provider}: {}", escape(&says.text))
        })
        .collect();
    let _ = writeln!(
        text,
        "| {}{score} | {} | {} | {} | {} |",
        row.verdict.as_str(),
        escape(&row.value),
        row.kind,
        escape(&row.context),
        says.join("<br>"),
    );
}

/// No character of the text means anything in Markdown or HTML, and none ends the table row.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => escaped.push(' '),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '!' | '|' | '~' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// An address inside `(…)`.
fn escape_link(url: &str) -> String {
    url.chars()
        .filter(|c| !c.is_control() && !c.is_whitespace())
        .flat_map(|c| match c {
            '(' => "%28".chars().collect::<Vec<_>>(),
            ')' => "%29".chars().collect(),
            '|' => "%7C".chars().collect(),
            '<' => "%3C".chars().collect(),
            '>' => "%3E".chars().collect(),
            '\\' => "%5C".chars().collect(),
            c => vec![c],
        })
        .collect()
}
