//! A picture as one page: the SVG, a script that lets readers look closer, and the data as a table.
//!
//! Nothing is fetched. What came from outside stands in the page as text and nowhere else: the script is the same for every
//! page and its policy allows no other.

use std::{fmt::Write as _, sync::LazyLock};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

use crate::{
    Plot,
    font::{FAMILY, FOR_THE_WEB},
    options::Theme,
    reading::{bounded, text_of, times},
    scale::counted,
    scene::svg::{Dress, escape},
};

/// Rows and columns of the table under a picture.
const MOST_ROWS: usize = 2_000;
const MOST_COLUMNS: usize = 20;
/// Characters of one cell.
const MOST_CHARACTERS: usize = 1_000;

const SCRIPT: &str = include_str!("page/page.js");
const LOOKS: &str = include_str!("page/page.css");

static FONT_FACE: LazyLock<String> = LazyLock::new(|| {
    let font = STANDARD.encode(FOR_THE_WEB);
    format!("@font-face{{font-family:'{FAMILY}';src:url(data:font/woff2;base64,{font}) format('woff2')}}")
});

static STYLE_SHEET: LazyLock<String> = LazyLock::new(|| format!("{}\n{LOOKS}", *FONT_FACE));

static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; script-src {}; style-src {}; font-src data:; base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(&STYLE_SHEET)
    )
});

/// The font, for a style sheet.
pub(crate) fn font_face() -> &'static str {
    &FONT_FACE
}

/// What a page may do.
pub(crate) fn policy() -> &'static str {
    &POLICY
}

/// Writes the page.
pub(crate) fn write(plot: &Plot<'_>) -> String {
    let mut out = String::with_capacity(256 * 1024);
    let theme = if plot.theme == Theme::Dark { "dark" } else { "light" };
    out.push_str("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    // Writing into a string does not fail.
    let _ = write!(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">", *POLICY);
    out.push_str("<meta name=\"viewport\" content=\"width=device-width\"><title>");
    escape(&mut out, &plot.title);
    let _ = write!(out, "</title><style>{}</style></head><body class=\"{theme}\"><main>", *STYLE_SHEET);
    out.push_str(TOOLS);
    let _ = write!(out, "<figure id=\"picture\" tabindex=\"0\">{}</figure>", plot.dressed(Dress::Page));
    table(&mut out, plot);
    let _ = writeln!(out, "</main><div id=\"tip\" hidden></div><script>{SCRIPT}</script></body></html>");
    out
}

const TOOLS: &str = "<div id=\"tools\" role=\"toolbar\" aria-label=\"Look closer\">\
<button id=\"closer\" type=\"button\">Closer</button><button id=\"farther\" type=\"button\">Farther</button>\
<button id=\"all\" type=\"button\">All</button><span id=\"range\" aria-live=\"polite\"></span>\
<span id=\"hint\">Drag to select, scroll to come closer, double-click to see all.</span></div>";

fn table(out: &mut String, plot: &Plot<'_>) {
    let data = &plot.data;
    let columns: Vec<_> = data.columns().iter().take(MOST_COLUMNS).collect();
    let rows = data.row_count().min(MOST_ROWS);
    let _ = write!(out, "<details open><summary>Data: {}", counted(data.row_count(), "row", "rows"));
    if rows < data.row_count() {
        let _ = write!(out, ", the first {} shown", counted(rows, "row", "rows"));
    }
    if columns.len() < data.columns().len() {
        let _ = write!(out, ", the first {MOST_COLUMNS} of {} columns shown", data.columns().len());
    }
    out.push_str("</summary><input id=\"find\" type=\"search\" placeholder=\"Find in the table\" aria-label=\"Find in the table\"> <span id=\"shown\" aria-live=\"polite\"></span><div id=\"scroll\"><table><thead><tr>");
    for column in &columns {
        out.push_str("<th scope=\"col\">");
        escape(out, column.name());
        out.push_str("</th>");
    }
    out.push_str("</tr></thead><tbody>\n");
    let time_column = plot.time_column.as_deref().and_then(|name| data.column(name));
    let times = time_column.and_then(|column| times("time_column", column).ok()).unwrap_or_default();
    for row in 0..rows {
        let _ = write!(out, "<tr id=\"row{row}\"");
        if let Some(time) = times.get(row).copied().flatten() {
            let _ = write!(out, " data-time=\"{time}\"");
        }
        out.push('>');
        for column in &columns {
            out.push_str("<td>");
            escape(out, &bounded(&text_of(&column.value(row)), MOST_CHARACTERS));
            out.push_str("</td>");
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div></details>");
}
