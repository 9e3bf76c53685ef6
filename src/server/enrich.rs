//! The main job: from whatever is sent, an incident or a text or a value, to what is known about all of it.

mod certificates;
mod plan;
mod registration;
mod render;
mod report;
mod resolution;

use std::{collections::HashMap, sync::Arc};

use model::{KindHint, Observable, ObservableKind};
pub use plan::{Incoming, Plan, PlanError};
use providers::Purpose;
pub use registration::{Registered, Registration};
pub use render::{Drawable, html, markdown, sentinel_comment, text};
pub use report::{
    AutonomousSystem, Context, DomainParts, EnrichedItem, PivotResult, ProviderVerdict, Rejected, Rendered, Report,
    Summary,
};
pub use resolution::Resolution;
use tokio::time::Instant;

use crate::{
    dns::Dns,
    geo::GeoDatabases,
    lookups::{Ask, Item, Lookups, Permission, UnknownProvider},
    settings::ContextPart,
    tls::Tls,
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

/// Who knows something about observables.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// Providers.
    pub lookups: &'a Lookups,
    /// Where addresses are.
    pub geo: &'a GeoDatabases,
    /// Name servers.
    pub dns: Dns<'a>,
    /// Servers themselves.
    pub tls: Tls<'a>,
}

/// Enriches everything in a plan. Everybody is asked at once.
pub async fn enrich(
    plan: Plan,
    manner: Manner,
    Sources { lookups, geo, dns, tls }: Sources<'_>,
) -> Result<Enriched, UnknownProvider> {
    let Plan { subjects, rejected, headline } = plan;
    let (observables, entities): (Vec<_>, Vec<_>) =
        subjects.into_iter().map(|subject| (subject.observable, subject.entity)).unzip();
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
    let ((registrations, a), (resolutions, b), (certificates, c), answered) = futures::join!(
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
        .zip(entities)
        .zip(contexts)
        .map(|((Item { observable, verdict, score, findings }, entity), context)| EnrichedItem {
            verdicts: ProviderVerdict::all(&findings),
            context,
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
    Ok(Enriched { items, summary, rejected, complete: answered.complete && a && b && c, sheet })
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
