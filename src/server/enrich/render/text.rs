//! The sheet as plain text for a terminal: one block for each observable.

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
    let _ = writeln!(text, "{}: {}", clean(title), sheet.verdict.as_str().to_uppercase());
    if let Some(subject) = sheet.subject.as_ref().filter(|subject| !subject.facts.is_empty()) {
        let _ = writeln!(text, "{}", clean(&subject.facts.join(" · ")));
    }
    let _ = writeln!(text, "{}\n", sheet.summary);
    let width = sheet.rows.iter().map(|row| row.value.chars().count()).max().unwrap_or_default().min(64);
    for row in &sheet.rows {
        write_row(&mut text, row, width);
    }
    if !sheet.related.is_empty() {
        text.push_str("\nRelated\n");
        for Related { about, pivot, summary, rows } in &sheet.related {
            let _ = writeln!(text, "  {} – {}: {}", clean(about), clean(pivot), clean(summary));
            for row in rows {
                let _ = writeln!(text, "    {}", clean(row));
            }
        }
    }
    if let Some(subject) = sheet.subject.as_ref().filter(|subject| !subject.bystanders.is_empty()) {
        let _ = writeln!(text, "\nAlso named: {}", clean(&subject.bystanders.join(", ")));
    }
    if !sheet.silent.is_empty() {
        text.push_str("\nNo answer from\n");
        for line in &sheet.silent {
            let _ = writeln!(text, "  {}", clean(line));
        }
    }
    if let Some(rejected) = &sheet.rejected {
        let _ = writeln!(text, "\n{rejected}");
    }
    text
}

fn write_row(text: &mut String, row: &Row, width: usize) {
    let score = row.score.map(|score| format!(" {score}/100")).unwrap_or_default();
    let verdict = format!("{}{score}", row.verdict.as_str());
    let _ = writeln!(text, "  {verdict:<18} {:<8} {:<width$}  {}", row.kind, clean(&row.value), clean(&row.context));
    for says in &row.says {
        let _ = writeln!(text, "  {:<18} {:<8} {}: {}", "", "", clean(&says.provider), clean(&says.text));
    }
}

/// No control character reaches a terminal.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
