//! What an incident turned out to be, said when it is closed.

use serde_json::{Map, Value as Json};

use super::change::IncidentChange;
use crate::sentinel::input::{Mistake, word};

/// What a closed incident turned out to be, and the reasons that there are for it.
const CLASSIFICATIONS: &[(&str, &[&str])] = &[
    ("TruePositive", &["SuspiciousActivity"]),
    ("BenignPositive", &["SuspiciousButExpected"]),
    ("FalsePositive", &["IncorrectAlertLogic", "InaccurateData"]),
    ("Undetermined", &[]),
];
const CLASSIFICATION_WORDS: &[&str] = &["TruePositive", "BenignPositive", "FalsePositive", "Undetermined"];
const REASONS: &[&str] = &["SuspiciousActivity", "SuspiciousButExpected", "IncorrectAlertLogic", "InaccurateData"];

/// Says of a closed incident what it turned out to be and why; takes it away from one that is open.
pub(super) fn classify(change: &IncidentChange, new: &mut Map<String, Json>) -> Result<(), Mistake> {
    let keys = ["classification", "classificationReason", "classificationComment"];
    let is_closed = new.get("status").is_some_and(|status| status == "Closed");
    let said = [&change.classification, &change.classification_reason, &change.classification_comment];
    if !is_closed {
        if said.iter().any(|said| said.is_some()) {
            return Err(Mistake::at("/classification", "only a closed incident has one"));
        }
        new.retain(|key, _| !keys.contains(&key.as_str()));
        return Ok(());
    }
    // What was closed elsewhere may lack a classification, and another change does not need one.
    if change.status.is_none() && said.iter().all(|said| said.is_none()) {
        return Ok(());
    }
    let old = new.get("classification").and_then(Json::as_str).map(str::to_owned);
    let Some(text) = change.classification.as_deref().or(old.as_deref()) else {
        let detail = format!("closing needs one of {}", CLASSIFICATION_WORDS.join(", "));
        return Err(Mistake::at("/classification", detail));
    };
    let classification = word("/classification", text, CLASSIFICATION_WORDS)?;
    let reasons = CLASSIFICATIONS.iter().find(|(known, _)| *known == classification).map_or(&[][..], |(_, of)| of);
    if old.as_deref() != Some(classification) {
        new.remove("classificationReason");
    }
    let reason = match &change.classification_reason {
        Some(text) => Some(word("/classification_reason", text, REASONS)?),
        None if new.contains_key("classificationReason") => None,
        None => reasons.first().copied(),
    };
    let is_undecided = change.classification_reason.is_none() && reasons.len() > 1 && reason.is_some();
    if is_undecided || reason.is_some_and(|reason| !reasons.contains(&reason)) {
        let allowed = if reasons.is_empty() { "none".to_owned() } else { reasons.join(" or ") };
        return Err(Mistake::at("/classification_reason", format!("of {classification} it is {allowed}")));
    }
    new.insert("classification".to_owned(), classification.into());
    new.extend(reason.map(|reason| ("classificationReason".to_owned(), reason.into())));
    let comment = change.classification_comment.clone();
    new.extend(comment.map(|comment| ("classificationComment".to_owned(), Json::String(comment))));
    Ok(())
}
