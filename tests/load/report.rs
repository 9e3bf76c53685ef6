//! What was measured, and whether it was enough.

use std::io::Write;

/// All rows of a run.
#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
}

struct Row {
    what: String,
    measured: String,
    wanted: String,
    reached: bool,
}

impl Report {
    /// Adds a row, and shows it at once: a run takes minutes.
    pub fn add(&mut self, what: &str, measured: String, wanted: &str, reached: bool) {
        let row = Row { what: what.to_owned(), measured, wanted: wanted.to_owned(), reached };
        write_row(&row);
        self.rows.push(row);
    }

    /// Whether every row was reached.
    pub fn all_reached(&self) -> bool {
        self.rows.iter().all(|row| row.reached)
    }

    /// All rows as a Markdown table.
    pub fn print(&self) {
        let mut out = std::io::stdout().lock();
        // A closed pipe ends the run anyway.
        let _ = writeln!(out, "\n| what | measured | wanted | |\n|---|---|---|---|");
        drop(out);
        self.rows.iter().for_each(write_row);
    }
}

fn write_row(row: &Row) {
    let verdict = if row.reached { "reached" } else { "**missed**" };
    let _ = writeln!(std::io::stdout(), "| {} | {} | {} | {verdict} |", row.what, row.measured, row.wanted);
}

/// The value below which `share` of the samples lie.
pub fn percentile(samples: &mut [f64], share: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    let place = ((samples.len() as f64 * share).ceil() as usize).clamp(1, samples.len().max(1)) - 1;
    samples.get(place).copied().unwrap_or(f64::NAN)
}
