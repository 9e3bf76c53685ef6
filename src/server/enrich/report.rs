//! The answer of an enrichment: what is known about every observable, and what all of it says together.

use std::sync::Arc;

use model::{Entity, EntityGraph, Finding, Geo, IpType, Observable, Outcome, Table, Verdict};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Registration, Resolution};
use crate::tls::Shown;

/// Everything that is known about what was sent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Report {
    /// The id of this request in logs and traces.
    pub trace_id: String,
    /// The worst verdict of all items.
    pub verdict: Verdict,
    /// The counts.
    pub summary: Summary,
    /// One item for each distinct observable, in the order of their first appearance.
    pub items: Vec<EnrichedItem>,
    /// Entities that are no observables, such as accounts, and the related data that the profile's pivots brought.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub entities: Vec<PivotedEntity>,
    /// The entities of what was sent, and how they refer to each other.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub graph: Option<EntityGraph>,
    /// What could not be read, and why.
    pub rejected: Vec<Rejected>,
    /// The report as text, in the forms that were asked for.
    pub rendered: Rendered,
    /// Whether everything was answered before the deadline.
    pub complete: bool,
    /// Time that it took.
    pub elapsed_ms: u64,
}

/// How many observables there are of each verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct Summary {
    /// Distinct observables.
    pub observables: usize,
    /// Of these malicious.
    pub malicious: usize,
    /// Of these suspicious.
    pub suspicious: usize,
    /// Of these benign.
    pub benign: usize,
    /// Of these unknown.
    pub unknown: usize,
    /// Lookups that failed: rate-limited, unauthorized, timeout or error.
    pub failed_lookups: usize,
}

impl Summary {
    /// Counts the items.
    pub fn of(items: &[EnrichedItem]) -> Self {
        let count = |verdict| items.iter().filter(|item| item.verdict == verdict).count();
        Self {
            observables: items.len(),
            malicious: count(Verdict::Malicious),
            suspicious: count(Verdict::Suspicious),
            benign: count(Verdict::Benign),
            unknown: count(Verdict::Unknown),
            failed_lookups: items.iter().flat_map(|item| &item.findings).filter(|f| f.outcome.is_failure()).count(),
        }
    }
}

/// What is known about one observable.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EnrichedItem {
    /// The observable.
    pub observable: Observable,
    /// The entity that it comes from, when entities were sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub entity: Option<Entity>,
    /// The worst verdict that a provider gives.
    pub verdict: Verdict,
    /// The highest score among those who give it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 100, nullable = false)]
    pub score: Option<u8>,
    /// Who gave which verdict.
    pub verdicts: Vec<ProviderVerdict>,
    /// What kind of thing it is and where.
    pub context: Context,
    /// What each provider says.
    pub findings: Vec<Finding>,
    /// Related data that the profile's pivots brought.
    pub pivots: Vec<PivotResult>,
}

/// One provider's verdict.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProviderVerdict {
    /// Id of the provider.
    #[schema(value_type = String)]
    pub provider: Arc<str>,
    /// What it says.
    pub verdict: Verdict,
}

impl ProviderVerdict {
    /// The verdicts of those who answered.
    pub fn all(findings: &[Finding]) -> Vec<Self> {
        findings
            .iter()
            .filter(|finding| matches!(finding.outcome, Outcome::Hit | Outcome::Clean))
            .map(|finding| Self { provider: finding.provider.clone(), verdict: finding.verdict })
            .collect()
    }
}

/// What is known about an observable: without asking anybody, and what was asked besides the providers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Context {
    /// What kind of address it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ip_type: Option<IpType>,
    /// Where the address is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub geo: Option<Geo>,
    /// Whose network it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub asn: Option<AutonomousSystem>,
    /// The parts of the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub domain: Option<DomainParts>,
    /// Whose it is, as the registries say; with `whois` in the profile's or the request's context.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub whois: Option<Registration>,
    /// Where a name leads, or what an address is called; with `dns` in the profile's or the request's context.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub dns: Option<Resolution>,
    /// The certificate that the host shows; with `tls` in the profile's or the request's context, where servers may be
    /// contacted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tls: Option<Shown>,
}

/// The network that announces an address.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AutonomousSystem {
    /// Its number.
    pub asn: u32,
    /// Who holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organization: Option<String>,
}

/// A name taken apart by the public suffix list.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DomainParts {
    /// What can be registered: one label and the public suffix.
    pub registrable: String,
    /// The public suffix.
    pub suffix: String,
}

/// What a pivot brought.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PivotResult {
    /// Name of the pivot.
    #[schema(example = "MSSentinel.wevt_logons")]
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Why there is nothing, when there is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub reason: Option<Arc<str>>,
    /// The rows, at most 100: `columns`, `rows`, `row_count`, `truncated`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, nullable = false)]
    pub table: Option<Table>,
}

/// An entity that is no observable.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PivotedEntity {
    /// The entity.
    pub entity: Entity,
    /// Related data.
    pub pivots: Vec<PivotResult>,
}

/// A value that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Rejected {
    /// The value as sent.
    pub value: String,
    /// Why.
    pub reason: String,
}

/// The report as text.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Rendered {
    /// Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub markdown: Option<String>,
    /// HTML for a comment of a Sentinel incident: at most 30,000 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sentinel_comment: Option<String>,
    /// HTML for a mail or a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub html: Option<String>,
    /// The incident, its alerts and entities with their verdicts, as SVG.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub graph_svg: Option<String>,
    /// The same as PNG, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = Byte)]
    pub graph_png: Option<String>,
    /// When what was sent happened, as SVG.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub timeline_svg: Option<String>,
    /// The same as PNG, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = Byte)]
    pub timeline_png: Option<String>,
}
