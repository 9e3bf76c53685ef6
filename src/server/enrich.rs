//! The main job: from whatever is sent, an incident or a text or a value, to what is known about all of it.

mod certificates;
pub mod incident;
mod pivoting;
mod plan;
mod registration;
mod render;
mod report;
mod resolution;

use std::{collections::HashMap, sync::Arc};

use model::{EntityGraph, KindHint, Observable, ObservableKind, When};
pub use plan::{Incoming, Plan, PlanError};
use providers::Purpose;
pub use registration::{Registered, Registration};
pub use render::{Drawable, html, markdown, sentinel_comment, text};
pub use report::{
    AutonomousSystem, Context, DomainParts, EnrichedItem, PivotResult, PivotedEntity, ProviderVerdict, Rejected,
    Rendered, Report, Summary,
};
pub use resolution::Resolution;
use tokio::time::Instant;

use crate::{
    geo::GeoDatabases,
    lookups::{Ask, Item, Permission, UnknownProvider},
    pivots::{Pivots, World},
    settings::ContextPart,
};

/// How it is to be enriched.
#[derive(Debug, Clone)]
pub struct Manner {
    /// Ids of the providers; absent: every enabled one.
    pub providers: Option<Vec<String>>,
    /// What else is asked about each observable.
    pub context: Vec<ContextPart>,
    /// What may be done with the observables.
    pub permission: Permission,
    /// When the answer is due.
    pub deadline: Instant,
    /// Ask again whatever the cache holds.
    pub refresh: bool,
    /// Pass on the providers' answers as received.
    pub include_raw: bool,
    /// Pivots to run, as `container.function`.
    pub pivots: Vec<String>,
    /// Whether the caller may query events.
    pub may_query: bool,
    /// When queries of pivots begin.
    pub start: Option<When>,
    /// When they end.
    pub end: Option<When>,
}

/// What is known, and the sheet from which texts are written.
pub struct Enriched {
    /// The items.
    pub items: Vec<EnrichedItem>,
    /// Entities that are no observables, and what the pivots brought.
    pub entities: Vec<PivotedEntity>,
    /// All entities, and how they refer to each other.
    pub graph: EntityGraph,
    /// The counts.
    pub summary: Summary,
    /// What could not be read.
    pub rejected: Vec<Rejected>,
    /// Whether everything was answered before the deadline.
    pub complete: bool,
    /// What the texts say.
    pub sheet: render::Sheet,
}

/// Enriches everything in a plan. Everybody is asked at once.
pub async fn enrich(
    plan: Plan,
    manner: Manner,
    world: World<'_>,
    pivots: &Pivots,
) -> Result<Enriched, UnknownProvider> {
    let World { lookups, geo, dns, tls, .. } = world;
    let Plan { subjects, rejected, headline, graph, .. } = plan;
    let observables: Vec<Observable> = subjects.iter().map(|subject| subject.observable.clone()).collect();
    let mut contexts: Vec<Context> = observables.iter().map(|observable| context(observable, geo)).collect();
    let ask = Ask {
        observables: observables.clone(),
        purpose: Purpose::ThreatIntelligence,
        providers: manner.providers.clone(),
        query_type: None,
        permission: manner.permission.clone(),
        deadline: manner.deadline,
        refresh: manner.refresh,
        include_raw: manner.include_raw,
    };
    let wanted = |part| manner.context.contains(&part);
    let ((registrations, a), (resolutions, b), (certificates, c), brought, answered) = futures::join!(
        async {
            if !wanted(ContextPart::Whois) {
                return (Vec::new(), true);
            }
            registration::register(lookups, &observables, &contexts, &manner).await
        },
        async {
            if !wanted(ContextPart::Dns) {
                return (Vec::new(), true);
            }
            resolution::resolve(dns, &observables, &contexts, &manner).await
        },
        async {
            if !wanted(ContextPart::Tls) {
                return (Vec::new(), true);
            }
            certificates::look_at(tls, &observables, &manner).await
        },
        pivoting::pivot(world, pivots, &graph, &subjects, &manner),
        lookups.look_up(ask),
    );
    let answered = answered?;
    for (context, registration) in contexts.iter_mut().zip(registrations) {
        context.whois = registration;
    }
    for (context, resolution) in contexts.iter_mut().zip(resolutions) {
        context.dns = resolution;
    }
    for (context, shown) in contexts.iter_mut().zip(certificates) {
        context.tls = shown;
    }
    let items: Vec<EnrichedItem> = answered
        .items
        .into_iter()
        .zip(subjects)
        .zip(contexts)
        .zip(brought.of_items)
        .map(|(((Item { observable, verdict, score, findings }, subject), context), pivots)| EnrichedItem {
            verdicts: ProviderVerdict::all(&findings),
            context,
            observable,
            entity: subject.entity,
            verdict,
            score,
            findings,
            pivots,
        })
        .collect();
    let summary = Summary::of(&items);
    let verdict = items.iter().map(|item| item.verdict).max().unwrap_or_default();
    let titles: HashMap<Arc<str>, &'static str> =
        lookups.members().iter().map(|member| (member.id.clone(), member.facts().title)).collect();
    let sheet = render::Sheet::new(verdict, &summary, headline, &items, &brought.of_bystanders, &rejected, &titles);
    let complete = answered.complete && a && b && c && brought.complete;
    Ok(Enriched { items, entities: brought.of_bystanders, graph, summary, rejected, complete, sheet })
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
