//! The main job: from whatever is sent, an incident or a text or a value, to what is known about all of it.

mod plan;
mod render;
mod report;

use std::{collections::HashMap, sync::Arc};

use model::{KindHint, Observable, ObservableKind};
pub use plan::{Incoming, Plan, PlanError};
use providers::Purpose;
pub use render::{html, markdown, sentinel_comment, text};
pub use report::{
    AutonomousSystem, Context, DomainParts, EnrichedItem, PivotResult, ProviderVerdict, Rejected, Rendered, Report,
    Summary,
};
use tokio::time::Instant;

use crate::{
    geo::GeoDatabases,
    lookups::{Ask, Item, Lookups, Permission, UnknownProvider},
};

/// How it is to be enriched.
#[derive(Debug, Clone)]
pub struct Manner {
    /// Ids of the providers; absent: every enabled one.
    pub providers: Option<Vec<String>>,
    /// What may be done with the observables.
    pub permission: Permission,
    /// When the answer is due.
    pub deadline: Instant,
    /// Ask again whatever the cache holds.
    pub refresh: bool,
    /// Pass on the providers' answers as received.
    pub include_raw: bool,
}

/// What is known, and the sheet from which texts are written.
pub struct Enriched {
    /// The items.
    pub items: Vec<EnrichedItem>,
    /// The counts.
    pub summary: Summary,
    /// What could not be read.
    pub rejected: Vec<Rejected>,
    /// Whether everything was answered before the deadline.
    pub complete: bool,
    /// What the texts say.
    pub sheet: render::Sheet,
}

/// Enriches everything in a plan.
pub async fn enrich(
    plan: Plan,
    manner: Manner,
    lookups: &Lookups,
    geo: &GeoDatabases,
) -> Result<Enriched, UnknownProvider> {
    let Plan { subjects, rejected, headline } = plan;
    let (observables, entities): (Vec<_>, Vec<_>) =
        subjects.into_iter().map(|subject| (subject.observable, subject.entity)).unzip();
    let answered = lookups
        .look_up(Ask {
            observables,
            purpose: Purpose::ThreatIntelligence,
            providers: manner.providers,
            query_type: None,
            permission: manner.permission,
            deadline: manner.deadline,
            refresh: manner.refresh,
            include_raw: manner.include_raw,
        })
        .await?;
    let items: Vec<EnrichedItem> = answered
        .items
        .into_iter()
        .zip(entities)
        .map(|(Item { observable, verdict, score, findings }, entity)| EnrichedItem {
            verdicts: ProviderVerdict::all(&findings),
            context: context(&observable, geo),
            observable,
            entity,
            verdict,
            score,
            findings,
            pivots: Vec::new(),
        })
        .collect();
    let summary = Summary::of(&items);
    let verdict = items.iter().map(|item| item.verdict).max().unwrap_or_default();
    let titles: HashMap<Arc<str>, &'static str> =
        lookups.members().iter().map(|member| (member.id.clone(), member.facts().title)).collect();
    let sheet = render::Sheet::new(verdict, &summary, headline, &items, &rejected, &titles);
    Ok(Enriched { items, summary, rejected, complete: answered.complete, sheet })
}

/// What is known about an observable without asking anybody.
fn context(observable: &Observable, geo: &GeoDatabases) -> Context {
    let mut context = Context::default();
    if let Some(address) = observable.address() {
        context.ip_type = Some(model::ip_type(address));
        if model::is_global(address) {
            let mut place = geo.find(address);
            context.asn = place.asn.take().map(|asn| AutonomousSystem { asn, organization: place.organization.take() });
            context.geo = (!place.is_empty()).then_some(place);
        }
    } else if let Some(host) = observable.host() {
        context.domain = domain(host, observable.kind());
    }
    context
}

fn domain(host: &str, kind: ObservableKind) -> Option<DomainParts> {
    // A bare host name belongs to no registry.
    if kind == ObservableKind::Hostname
        && Observable::parse(host, Some(KindHint::Exactly(ObservableKind::Domain))).is_err()
    {
        return None;
    }
    let registrable = psl::domain_str(host)?;
    let suffix = psl::suffix_str(host)?;
    Some(DomainParts { registrable: registrable.to_owned(), suffix: suffix.to_owned() })
}
