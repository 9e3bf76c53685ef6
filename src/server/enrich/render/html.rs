//! The sheet as an HTML fragment: plain tables, no styles that a comment field would strip.

use std::fmt::Write;

use super::{
    brought::Related,
    sheet::{Row, Sheet, shorten},
};

/// Room kept for the lines below the table.
const TAIL_ROOM: usize = 2_000;

/// Writes the sheet in at most `limit` UTF-16 code units: whole rows, then how many are left out.
pub(super) fn render(sheet: &Sheet, limit: usize) -> String {
    let mut text = head(sheet);
    let mut used = length(&text);
    let mut written = 0;
    if !sheet.rows.is_empty() {
        text.push_str(TABLE_HEAD);
        used += length(TABLE_HEAD) + length(TABLE_END);
        for row in &sheet.rows {
            let row = render_row(row);
            let size = length(&row);
            if used + size > limit.saturating_sub(TAIL_ROOM) {
                break;
            }
            used += size;
            text.push_str(&row);
            written += 1;
        }
        text.push_str(TABLE_END);
    }
    let left_out = sheet.rows.len() - written;
    if left_out > 0 {
        let line =
            format!("<p>{left_out} more {} left out here.</p>", if left_out == 1 { "row is" } else { "rows are" });
        used += length(&line);
        text.push_str(&line);
    }
    let mut told = 0;
    for related in &sheet.related {
        let block = render_related(related);
        let size = length(&block);
        if used + size > limit.saturating_sub(TAIL_ROOM / 2) {
            break;
        }
        used += size;
        text.push_str(&block);
        told += 1;
    }
    if told < sheet.related.len() {
        let line = format!("<p>What {} more pivots brought is left out here.</p>", sheet.related.len() - told);
        used += length(&line);
        text.push_str(&line);
    }
    for line in tail(sheet) {
        let size = length(&line);
        if used + size > limit {
            break;
        }
        used += size;
        text.push_str(&line);
    }
    text
}

const TABLE_HEAD: &str = "<table><thead><tr><th>Verdict</th><th>Observable</th><th>Kind</th><th>Context</th>\
<th>Who says what</th></tr></thead><tbody>";
const TABLE_END: &str = "</tbody></table>";

/// Sentinel counts as .NET does.
pub(super) fn length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

fn head(sheet: &Sheet) -> String {
    let mut text = String::new();
    let title = sheet.subject.as_ref().map_or("Enrichment", |subject| &subject.title);
    // Writing into a string does not fail.
    let _ = write!(text, "<h3>{}: {}</h3>", escape(&shorten(title, 300)), sheet.verdict.as_str());
    if let Some(subject) = sheet.subject.as_ref().filter(|subject| !subject.facts.is_empty()) {
        let _ = write!(text, "<p>{}</p>", escape(&shorten(&subject.facts.join(" · "), 1_000)));
    }
    let _ = write!(text, "<p>{}.</p>", escape(&sheet.summary));
    text
}

fn render_row(row: &Row) -> String {
    let mut text = String::new();
    let score = row.score.map(|score| format!(" {score}/100")).unwrap_or_default();
    let says: Vec<String> = row
        .says
        .iter()
        .map(|says| {
            let provider = match says.reference.as_deref().filter(|page| page.starts_with("https://")) {
                Some(page) => format!("<a href=\"{}\">{}</a>", escape(page), escape(&says.provider)),
                None => escape(&says.provider),
            };
            format!("{provider}: {}", escape(&says.text))
        })
        .collect();
    let _ = write!(
        text,
        "<tr><td><b>{}</b>{score}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
        row.verdict.as_str(),
        escape(&row.value),
        row.kind,
        escape(&row.context),
        says.join("<br>"),
    );
    text
}

fn render_related(Related { about, pivot, summary, rows }: &Related) -> String {
    let rows: String = rows.iter().map(|row| format!("<li>{}</li>", escape(row))).collect();
    let list = if rows.is_empty() { rows } else { format!("<ul>{rows}</ul>") };
    format!("<p><b>{}</b> – {}: {}</p>{list}", escape(about), escape(pivot), escape(summary))
}

/// The lines below the table, the most useful first.
fn tail(sheet: &Sheet) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(subject) = sheet.subject.as_ref().filter(|subject| !subject.bystanders.is_empty()) {
        lines.push(format!("<p>Also named: {}.</p>", escape(&shorten(&subject.bystanders.join(", "), 1_000))));
    }
    if let Some(rejected) = &sheet.rejected {
        lines.push(format!("<p>{}.</p>", escape(rejected)));
    }
    lines.extend(sheet.silent.iter().map(|line| format!("<p>No answer from {}.</p>", escape(&shorten(line, 300)))));
    lines
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\r' | '\t' => escaped.push(' '),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}
