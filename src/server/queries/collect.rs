//! An answer that is held as a whole: the tables of all parts in one, and what is missing from it.

use model::Table;
use sources::Trouble;

use super::{Flow, PartialError, QueryOutcome, run::Event};

/// Everything that came of a query.
#[derive(Debug, Clone, Default)]
pub struct Collected {
    /// The rows.
    pub table: Table,
    /// What is missing, in the order of the parts.
    pub partial_errors: Vec<PartialError>,
    /// Parts that ended well, and parts that did not.
    pub parts: (usize, usize),
}

impl Collected {
    /// Waits for all of it, or for so many rows.
    pub async fn of(mut flow: Flow, max_rows: Option<u64>) -> Self {
        let max_rows = max_rows.and_then(|rows| usize::try_from(rows).ok()).unwrap_or(usize::MAX);
        let mut all = Self::default();
        while let Some(mut piece) = flow.next().await {
            match &mut piece.event {
                Event::Rows(table) => {
                    if let Err(error) = all.table.append(table) {
                        let trouble = Trouble::new(sources::TroubleKind::Incomplete, error.to_string());
                        all.partial_errors.push(PartialError::of(&piece, trouble));
                        break;
                    }
                    if all.table.row_count() > max_rows {
                        break;
                    }
                }
                Event::Trouble(trouble) => {
                    let trouble = trouble.clone();
                    all.partial_errors.push(PartialError::of(&piece, trouble));
                }
                Event::End(ending) => {
                    if ending.truncated {
                        all.table.mark_truncated();
                    }
                    match ending.failure.take() {
                        None => all.parts.0 += 1,
                        Some(trouble) => {
                            all.parts.1 += 1;
                            all.partial_errors.push(PartialError::of(&piece, trouble));
                        }
                    }
                }
            }
        }
        all.table = all.table.first(max_rows).with_instants();
        all
    }

    /// How it ended as a whole.
    pub fn outcome(&self) -> QueryOutcome {
        match self.partial_errors.first() {
            None => QueryOutcome::Complete,
            Some(first) if self.parts.0 == 0 && self.table.row_count() == 0 => first.outcome,
            Some(_) => QueryOutcome::Partial,
        }
    }
}
