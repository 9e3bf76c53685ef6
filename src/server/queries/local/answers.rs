//! What the engine answers to a query, and what its errors are to whoever asked.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::Utc;
use engine::{Answer, Ask, Catalog, Elsewhere, Engine, EngineError, QueryLimits, Widened};
use kql::{Functions, Mistakes, What};
use model::{ColumnSpec, Fault, Faulty as _};
use sources::{Trouble, TroubleKind};

use crate::queries::MISTAKES;

/// Runs a query. Columns that are documented for its tables and stand in none of their files are there, and empty.
pub(super) async fn answers(
    engine: &Engine,
    text: String,
    functions: &Arc<Functions>,
    catalog: Arc<dyn Catalog>,
    elsewhere: Option<Arc<dyn Elsewhere>>,
    limits: QueryLimits,
) -> Result<Vec<Answer>, EngineError> {
    let now = Utc::now();
    let mut columns: BTreeMap<String, Vec<ColumnSpec>> = BTreeMap::new();
    loop {
        let catalog: Arc<dyn Catalog> = if columns.is_empty() {
            Arc::clone(&catalog)
        } else {
            Arc::new(Widened { catalog: Arc::clone(&catalog), columns: columns.clone() })
        };
        let ask = Ask {
            text: text.clone(),
            functions: Arc::clone(functions),
            documented: sources::documented,
            parameters: BTreeMap::new(),
            catalog,
            now,
            elsewhere: elsewhere.clone(),
            limits,
        };
        match engine.ask(ask).await {
            // Some mistakes show only once others are mended.
            Err(EngineError::Mistakes(mistakes)) if widen(&mut columns, &mistakes, &text) => {}
            done => return done,
        }
    }
}

/// Adds the columns that a query misses and that are documented; whether there was one.
fn widen(columns: &mut BTreeMap<String, Vec<ColumnSpec>>, mistakes: &Mistakes, text: &str) -> bool {
    let missing = mistakes.0.iter().filter(|mistake| matches!(mistake.what, What::UnknownColumn | What::UnknownName));
    let missing: Vec<&str> = missing.map(|mistake| mistake.under.trim()).collect();
    let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let mut is_wider = false;
    for table in words {
        let Some(documented) = sources::documented(table) else { continue };
        let known = columns.entry(table.to_owned()).or_default();
        for column in documented.iter().filter(|column| missing.contains(&column.name.as_str())) {
            if !known.iter().any(|other| other.name == column.name) {
                known.push(column.clone());
                is_wider = true;
            }
        }
    }
    is_wider
}

/// What an error of the engine means.
pub(super) fn trouble(error: &EngineError) -> Trouble {
    let kind = match error.fault() {
        Fault::Invalid | Fault::Missing | Fault::Unsupported => TroubleKind::Rejected,
        Fault::Timeout => TroubleKind::Timeout,
        _ => TroubleKind::Failed,
    };
    let code = (kind == TroubleKind::Rejected).then_some(MISTAKES);
    let text = match error {
        EngineError::Mistakes(mistakes) => mistakes.0.iter().map(kql::Mistake::told).collect::<Vec<_>>().join("\n"),
        error => error.to_string(),
    };
    Trouble::new(kind, text).code(code)
}
