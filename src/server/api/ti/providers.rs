//! `/v1/ti/providers`: who can be asked, and how each stands.

use std::time::SystemTime;

use actix_web::{HttpResponse, get, web::Data};
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;

use crate::api::Operations;
use crate::{
    api::caller::{Allowed, scope},
    services::Services,
};

/// The routes of this file.
pub(super) fn routes(operations: &mut Operations<'_>) {
    operations.service(list_providers);
}

/// The providers of this installation.
#[derive(Debug, Serialize, ToSchema)]
struct ProviderList {
    /// One item for each, in alphabetical order.
    items: Vec<ProviderItem>,
}

/// A provider, what it answers, and how it stands.
#[derive(Debug, Serialize, ToSchema)]
struct ProviderItem {
    /// Its id in requests, settings and findings.
    #[schema(example = "abuseipdb")]
    id: String,
    /// Its name.
    title: &'static str,
    /// What it is asked for: threat_intelligence, network or context.
    purpose: &'static str,
    /// The kinds that its usual question answers for.
    kinds: Vec<model::ObservableKind>,
    /// Its further questions.
    query_types: Vec<QueryTypeItem>,
    /// Whether it can be searched in its own language: `/v1/ti/search`.
    searchable: bool,
    /// Whether it answers unless it is left out by name.
    enabled: bool,
    /// The settings that are missing before it can be asked.
    needs: Vec<String>,
    /// What asking does: passive, publishes or active.
    side_effect: &'static str,
    /// The strictest TLP label that may be sent to it.
    max_tlp: model::Tlp,
    /// What its terms say that an operator should know.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    licence_note: Option<&'static str>,
    /// The limits of its credential and what is left of them.
    budget: BudgetItem,
    /// Whether it is given a rest: closed (asked), open (not asked) or half_open (tried).
    breaker: &'static str,
    /// How long its answers are kept.
    cache: LifetimeItem,
    /// The list that it answers from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    list: Option<ListItem>,
}

/// A further question of a provider.
#[derive(Debug, Serialize, ToSchema)]
struct QueryTypeItem {
    /// Its name, for `query_type`.
    name: &'static str,
    /// The kinds that it answers for.
    kinds: Vec<model::ObservableKind>,
    /// What asking it does.
    side_effect: &'static str,
}

/// A credential's limits.
#[derive(Debug, Serialize, ToSchema)]
struct BudgetItem {
    /// All limits hold at once.
    windows: Vec<WindowItem>,
    /// Seconds for which the provider itself said to stay away.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    closed_for_s: Option<u64>,
}

/// One limit.
#[derive(Debug, Serialize, ToSchema)]
struct WindowItem {
    /// So many requests
    requests: u32,
    /// in so many seconds.
    per_s: u32,
    /// What is left.
    left: u32,
    /// Seconds until all are left again if nothing is asked.
    resets_in_s: u64,
}

/// How long answers are kept.
#[derive(Debug, Serialize, ToSchema)]
struct LifetimeItem {
    /// A hit or clean answer is fresh for so many seconds.
    fresh_s: u64,
    /// "Not known" is fresh for so many seconds.
    fresh_unknown_s: u64,
}

/// A list in memory.
#[derive(Debug, Serialize, ToSchema)]
struct ListItem {
    /// Entries.
    entries: usize,
    /// Seconds since it was fetched.
    age_s: u64,
}

/// List the providers
///
/// Who can be asked, what each needs, what is left of its budget and whether it is given a rest.
#[utoipa::path(
    tag = "ti",
    operation_id = "list_providers",
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, body = ProviderList, description = "Every provider, in alphabetical order.")),
)]
#[get("/v1/ti/providers")]
async fn list_providers(_: Allowed<scope::Lookup>, services: Data<Services>) -> HttpResponse {
    let mut items = Vec::new();
    for member in services.lookups.members() {
        let facts = member.facts();
        let runner = services.lookups.runner();
        let budget = runner.budgets().state(&member.credential, &member.windows).await;
        let list = runner.lists().state(&member.id).map(|state| ListItem {
            entries: state.entries,
            age_s: SystemTime::now().duration_since(state.fetched_at).unwrap_or_default().as_secs(),
        });
        items.push(ProviderItem {
            id: member.id.to_string(),
            title: facts.title,
            purpose: facts.purpose.as_str(),
            kinds: facts.kinds.to_vec(),
            query_types: facts
                .query_types
                .iter()
                .map(|q| QueryTypeItem { name: q.name, kinds: q.kinds.to_vec(), side_effect: q.side_effect.as_str() })
                .collect(),
            searchable: member.provider.search().is_some(),
            enabled: member.enabled,
            needs: member.needs.clone(),
            side_effect: facts.side_effect.as_str(),
            max_tlp: member.max_tlp,
            licence_note: facts.licence_note,
            budget: BudgetItem {
                windows: budget
                    .windows
                    .iter()
                    .map(|w| WindowItem {
                        requests: w.requests,
                        per_s: w.per_s,
                        left: w.left,
                        resets_in_s: w.resets_in_s,
                    })
                    .collect(),
                closed_for_s: budget.closed_for.map(|rest| rest.as_secs()),
            },
            breaker: runner.breakers().of(&member.id).state(Instant::now()).as_str(),
            cache: LifetimeItem {
                fresh_s: member.lifetime.fresh.as_secs(),
                fresh_unknown_s: member.lifetime.fresh_unknown.as_secs(),
            },
            list,
        });
    }
    HttpResponse::Ok().json(ProviderList { items })
}
