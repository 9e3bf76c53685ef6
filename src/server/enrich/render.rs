//! A report for people: one sheet, four ways to write it, and pictures beside it.
//!
//! Everything that came from outside is escaped, and observables are defanged: nobody clicks on one by accident.

mod brought;
mod html;
mod markdown;
mod pictures;
mod sheet;
mod text;

pub use pictures::Drawable;
pub(super) use sheet::{Sheet, Subject};

/// The limit of Sentinel for one comment, in UTF-16 code units.
pub(super) const SENTINEL_COMMENT_LIMIT: usize = 30_000;

/// The sheet as Markdown.
pub fn markdown(sheet: &Sheet) -> String {
    markdown::render(sheet)
}

/// The sheet as plain text for a terminal.
pub fn text(sheet: &Sheet) -> String {
    text::render(sheet)
}

/// The sheet as an HTML fragment without a limit.
pub fn html(sheet: &Sheet) -> String {
    html::render(sheet, usize::MAX)
}

/// The sheet as an HTML fragment that Sentinel takes as a comment: whole rows only, and how many are left out.
pub fn sentinel_comment(sheet: &Sheet) -> String {
    html::render(sheet, SENTINEL_COMMENT_LIMIT)
}

/// The same with a last line that it ends with, whatever is left out.
pub(super) fn signed_comment(sheet: &Sheet, last_line: &str) -> String {
    html::render(sheet, SENTINEL_COMMENT_LIMIT - html::length(last_line)) + last_line
}
