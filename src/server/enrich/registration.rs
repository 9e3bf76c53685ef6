//! Whose the addresses and names of a report are, and since when: what the registries say, in brief.
//!
//! The age of a domain is what an analyst looks for first. Registries are slow, so that nobody waits long for them.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, NaiveDate, Utc};
use model::{Finding, KindHint, Observable, ObservableKind, Outcome};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::{Context, Manner};
use crate::{
    lookups::Lookups,
    registries::{self, overall, together},
};

/// A report waits for the registries no longer than this.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whose something is, as the registries say.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Registration {
    /// How asking the registries ended.
    pub outcome: Outcome,
    /// Why there is no answer, when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub reason: Option<Arc<str>>,
    /// Days since it was registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 3)]
    pub age_days: Option<i64>,
    /// What is known.
    #[serde(flatten)]
    pub registered: Registered,
}

/// What is known of a registration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Registered {
    /// The domain that was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "example.com")]
    pub domain: Option<String>,
    /// Name of the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "EXAMPLE-NET")]
    pub name: Option<String>,
    /// Prefixes of the network.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cidr: Vec<String>,
    /// Country of the network's holder.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "US")]
    pub country_code: Option<String>,
    /// Who registered the domain for its holder.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub registrar: Option<String>,
    /// Who holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub registrant: Option<String>,
    /// When it was registered: RFC 3339, or as the registry writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub created: Option<String>,
    /// When the registration was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub updated: Option<String>,
    /// When the registration ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub expires: Option<String>,
    /// How the registration stands, in the registry's words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<String>,
    /// Name servers of the domain.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub name_servers: Vec<String>,
    /// Whom to tell about abuse.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub abuse_email: Option<String>,
}

impl Registration {
    /// What the findings say together; `None` if there was nobody to ask.
    fn of(findings: &[Finding], now: DateTime<Utc>) -> Option<Self> {
        let (outcome, reason) = overall(findings);
        if matches!(outcome, Outcome::Skipped | Outcome::Unsupported) {
            return None;
        }
        let registered: Registered = together(findings);
        let created = registered.created.as_deref().and_then(day);
        let age_days = created.map(|created| (now.date_naive() - created).num_days()).filter(|days| *days >= 0);
        Some(Self { outcome, reason, age_days, registered })
    }
}

/// The day of an instant or a date.
fn day(text: &str) -> Option<NaiveDate> {
    text.get(..10)?.parse().ok()
}

/// Asks the registries about all observables that they may know, each once: one registration for each row, and whether all
/// were in time.
pub(super) async fn register(
    lookups: &Lookups,
    observables: &[Observable],
    contexts: &[Context],
    manner: &Manner,
) -> (Vec<Option<Registration>>, bool) {
    let mut registrations = vec![None; observables.len()];
    let mut addresses: Vec<(usize, Observable)> = Vec::new();
    let mut domains: Vec<(usize, Observable)> = Vec::new();
    for (row, (observable, context)) in observables.iter().zip(contexts).enumerate() {
        if observable.address().is_some_and(model::is_global) {
            addresses.push((row, observable.clone()));
        } else if let Some(parts) = &context.domain
            && let Ok(domain) = Observable::parse(&parts.registrable, Some(KindHint::Exactly(ObservableKind::Domain)))
        {
            domains.push((row, domain));
        }
    }
    let manner = registries::Manner {
        permission: manner.permission.clone(),
        deadline: manner.deadline.min(Instant::now() + PATIENCE),
        refresh: manner.refresh,
        include_raw: false,
    };
    let values = |asked: &[(usize, Observable)]| asked.iter().map(|(_, observable)| observable.clone()).collect();
    let ((networks, a), (names, b)) = futures::join!(
        registries::networks(lookups, values(&addresses), &manner),
        registries::domains(lookups, values(&domains), &manner),
    );
    let now = Utc::now();
    for ((row, _), findings) in addresses.iter().zip(&networks).chain(domains.iter().zip(&names)) {
        if let Some(place) = registrations.get_mut(*row) {
            *place = Registration::of(findings, now);
        }
    }
    (registrations, a && b)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::Evidence;
    use serde_json::json;

    use super::*;

    fn finding(outcome: Outcome, evidence: &serde_json::Value) -> Finding {
        let mut finding = Finding::without_answer("rdap".into(), outcome, "reason");
        finding.evidence =
            Arc::new(evidence.as_object().cloned().unwrap_or_default().into_iter().collect::<Evidence>());
        finding
    }

    #[test]
    fn a_registration_has_an_age_unless_nobody_knows_when_it_was_made() {
        let now = "2025-01-31T12:00:00Z".parse().unwrap();
        for (created, age) in [
            (json!("2025-01-28T23:00:00Z"), Some(3)),
            (json!("2024-01-31"), Some(366)),
            (json!("2026-01-01"), None),
            (json!("before 1996"), None),
        ] {
            let found = [finding(Outcome::Hit, &json!({ "created": created, "registrar": "Example", "other": 1 }))];
            let registration = Registration::of(&found, now).unwrap();
            assert_eq!((registration.age_days, registration.registered.registrar.as_deref()), (age, Some("Example")));
        }
    }

    #[test]
    fn where_nobody_may_or_can_be_asked_nothing_is_said() {
        let now = Utc::now();
        for outcome in [Outcome::Skipped, Outcome::Unsupported] {
            assert_eq!(Registration::of(&[finding(outcome, &json!({}))], now), None);
        }
        assert_eq!(Registration::of(&[], now), None);
        assert_eq!(Registration::of(&[finding(Outcome::Timeout, &json!({}))], now).unwrap().outcome, Outcome::Timeout);
    }
}
