//! What the engine answers to a query, and what its errors are to whoever asked.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::Utc;
use engine::{Answer, Ask, Catalog, Elsewhere, Engine, EngineError, QueryLimits, Widened};
use kql::Functions;
use model::{Fault, Faulty as _};
use sources::{Trouble, TroubleKind};

use super::{mended::Mended, supposed::Supposed};
use crate::queries::MISTAKES;

/// Runs a query. Columns that are documented for its tables and stand in none of their files are there, and empty; so are
/// known tables that no log has, whose names come with the answers.
pub(super) async fn answers(
    engine: &Engine,
    text: String,
    functions: &Arc<Functions>,
    catalog: Arc<dyn Catalog>,
    elsewhere: Option<Arc<dyn Elsewhere>>,
    limits: QueryLimits,
) -> Result<(Vec<Answer>, BTreeSet<String>), EngineError> {
    let now = Utc::now();
    let mut mended = Mended::default();
    loop {
        let mut tables = Arc::clone(&catalog);
        let supposed =
            mended.others.clone().map(|others| Arc::new(Supposed::new(Arc::clone(&catalog), text.clone(), others)));
        if let Some(supposed) = &supposed {
            tables = Arc::clone(supposed) as Arc<dyn Catalog>;
        }
        if !mended.columns.is_empty() || !mended.hoped.is_empty() {
            let (columns, hoped) = (mended.columns.clone(), mended.hoped.iter().cloned().collect());
            tables = Arc::new(Widened { catalog: tables, columns, hoped });
        }
        let ask = Ask {
            text: text.clone(),
            functions: Arc::clone(functions),
            documented: sources::documented,
            parameters: BTreeMap::new(),
            catalog: tables,
            now,
            elsewhere: elsewhere.clone(),
            limits,
        };
        let asked = engine.ask(ask).await;
        let taken = supposed.map(|supposed| supposed.taken()).unwrap_or_default();
        match asked {
            Err(EngineError::Mistakes(mistakes)) if mended.learn(&mistakes, &text, &taken) => {}
            done => return done.map(|answers| (answers, taken)),
        }
    }
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
