//! All observables to all providers at once, each lookup with its own time limit inside the request's.

use std::{collections::HashMap, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use futures::{StreamExt, stream::FuturesUnordered};
use model::{Finding, Observable, ObservableKind, Outcome, Tlp, Verdict};
use providers::Purpose;
use tokio::time::{Instant, timeout_at};

use super::{
    Member, Permission, Roster, UnknownProvider, combine, gate,
    runner::{Lookup, Runner},
};
use crate::settings::PolicySettings;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The observables; the answer has an item for each, in this order.
    pub observables: Vec<Observable>,
    /// What for.
    pub purpose: Purpose,
    /// Whom to ask; absent: every enabled provider of that purpose that answers for the kind.
    pub providers: Option<Vec<String>>,
    /// Which of the providers' questions; absent: the usual one.
    pub query_type: Option<String>,
    /// What may be done with the observables.
    pub permission: Permission,
    /// When the answer is due.
    pub deadline: Instant,
    /// Ask again whatever the cache holds.
    pub refresh: bool,
    /// Pass on the providers' answers as received.
    pub include_raw: bool,
}

/// What is known about one observable.
#[derive(Debug, Clone)]
pub struct Item {
    /// The observable.
    pub observable: Observable,
    /// The worst verdict.
    pub verdict: Verdict,
    /// The highest score of those who gave it.
    pub score: Option<u8>,
    /// What each provider says, in alphabetical order of the providers.
    pub findings: Vec<Finding>,
}

/// The answer.
#[derive(Debug, Clone)]
pub struct Answered {
    /// One item for each observable asked, in the order asked.
    pub items: Vec<Item>,
    /// Whether every lookup ended before the deadline.
    pub complete: bool,
}

/// The lookups of this installation. Cheap to clone.
#[derive(Clone)]
pub struct Lookups {
    pub(super) state: Arc<ArcSwap<State>>,
    pub(super) runner: Arc<Runner>,
}

/// What the settings decide about lookups, swapped whole.
pub(super) struct State {
    pub(super) roster: Roster,
    pub(super) policy: PolicySettings,
    /// For each purpose and kind, the enabled providers that answer it: the common case, worked out once.
    usual: HashMap<(Purpose, ObservableKind), Vec<Arc<Member>>>,
}

impl State {
    fn new(roster: Roster, policy: PolicySettings) -> Self {
        let mut usual: HashMap<_, Vec<Arc<Member>>> = HashMap::new();
        for member in roster.enabled() {
            for kind in member.facts().kinds {
                usual.entry((member.facts().purpose, *kind)).or_default().push(member.clone());
            }
        }
        Self { roster, policy, usual }
    }

    /// The enabled providers of a purpose, whatever they answer for.
    fn asked_for(&self, purpose: Purpose) -> Vec<Arc<Member>> {
        let mut members = self.roster.enabled();
        members.retain(|member| member.facts().purpose == purpose);
        members
    }
}

/// A lookup that did not end at once, and the place that its finding takes.
struct Pending {
    place: (usize, usize),
    finding: Finding,
}

impl Lookups {
    /// Lookups by this roster, run by this runner.
    pub fn new(roster: Roster, policy: PolicySettings, runner: Arc<Runner>) -> Self {
        Self { state: Arc::new(ArcSwap::from_pointee(State::new(roster, policy))), runner }
    }

    /// Takes new settings; lookups that run go on with the old ones.
    pub fn swap(&self, roster: Roster, policy: PolicySettings) {
        self.state.store(Arc::new(State::new(roster, policy)));
    }

    /// Every provider as it is run now.
    pub fn members(&self) -> Vec<Arc<Member>> {
        self.state.load().roster.members().to_vec()
    }

    /// The runner, for what it knows about budgets and breakers.
    pub fn runner(&self) -> &Runner {
        &self.runner
    }

    /// The TLP label of a request that gives none.
    pub fn default_tlp(&self) -> Tlp {
        self.state.load().policy.tlp_default
    }

    /// Asks. Returns at the deadline at the latest, with what is there; what is missing is marked `timeout`.
    pub async fn look_up(&self, ask: Ask) -> Result<Answered, UnknownProvider> {
        let state = self.state.load_full();
        let named = ask.providers.as_deref().map(|ids| state.roster.named(ids)).transpose()?;
        let started = Instant::now();
        let query_type: Option<Arc<str>> = ask.query_type.as_deref().map(Into::into);

        let mut findings: Vec<Vec<Finding>> = Vec::with_capacity(ask.observables.len());
        let mut first_seen: HashMap<(ObservableKind, &str), usize> = HashMap::new();
        let mut same_as: Vec<(usize, usize)> = Vec::new();
        let pending = FuturesUnordered::new();

        for (row, observable) in ask.observables.iter().enumerate() {
            findings.push(Vec::new());
            if ask.observables.len() > 1 {
                // What is asked twice is looked up once.
                let first = *first_seen.entry((observable.kind(), observable.canonical())).or_insert(row);
                if first != row {
                    same_as.push((row, first));
                    continue;
                }
            }
            let members = match (&named, &query_type) {
                (Some(named), _) => named,
                (None, None) => state.usual.get(&(ask.purpose, observable.kind())).unwrap_or(NOBODY),
                (None, Some(_)) => &state.asked_for(ask.purpose),
            };
            let mut shared: Option<Arc<Observable>> = None;
            for member in members {
                if !member.answers(observable.kind(), query_type.as_deref()) {
                    // Somebody asked by name is owed an answer; all others just do not apply.
                    if named.is_some() {
                        push(&mut findings, row, unsupported(member, observable.kind(), query_type.as_deref()));
                    }
                    continue;
                }
                if let Some(reason) =
                    gate::closed_to(member, observable, query_type.as_deref(), &ask.permission, &state.policy)
                {
                    push(&mut findings, row, Finding::skipped(member.id.clone(), reason));
                    continue;
                }
                let lookup = Lookup {
                    member: member.clone(),
                    observable: shared.get_or_insert_with(|| Arc::new(observable.clone())).clone(),
                    query_type: query_type.clone(),
                    refresh: ask.refresh,
                    include_raw: ask.include_raw,
                };
                if let Some(finding) = self.runner.look_near(&lookup) {
                    push(&mut findings, row, finding);
                    continue;
                }
                let column = push(
                    &mut findings,
                    row,
                    Finding::without_answer(member.id.clone(), Outcome::Timeout, "no answer before the deadline"),
                );
                let runner = self.runner.clone();
                pending.push(async move {
                    let finding = runner.look_up(lookup, ask.deadline).await;
                    Pending { place: (row, column), finding }
                });
            }
        }

        settle(&mut findings, pending, ask.deadline, started).await;
        let is_over = Instant::now() >= ask.deadline;
        let complete = !is_over || !findings.iter().flatten().any(|finding| finding.outcome == Outcome::Timeout);
        for (row, first) in same_as {
            let shared = findings.get(first).cloned().unwrap_or_default();
            if let Some(place) = findings.get_mut(row) {
                *place = shared;
            }
        }
        let items = ask.observables.into_iter().zip(findings).map(|(observable, findings)| item(observable, findings));
        Ok(Answered { items: items.collect(), complete })
    }
}

const NOBODY: &Vec<Arc<Member>> = &Vec::new();

/// Waits for the lookups that did not end at once, until the deadline.
async fn settle(
    findings: &mut [Vec<Finding>],
    mut pending: FuturesUnordered<impl Future<Output = Pending>>,
    deadline: Instant,
    started: Instant,
) {
    while !pending.is_empty() {
        let Ok(next) = timeout_at(deadline, pending.next()).await else {
            let waited = elapsed_ms(started.elapsed());
            for finding in findings.iter_mut().flatten().filter(|f| is_waiting(f)) {
                finding.elapsed_ms = waited;
            }
            return;
        };
        if let Some(Pending { place: (row, column), finding }) = next
            && let Some(place) = findings.get_mut(row).and_then(|row| row.get_mut(column))
        {
            *place = finding;
        }
    }
}

fn is_waiting(finding: &Finding) -> bool {
    finding.outcome == Outcome::Timeout && finding.cache.is_none() && finding.elapsed_ms == 0
}

/// Milliseconds, as answers give durations.
pub fn elapsed_ms(elapsed: Duration) -> u64 {
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

fn push(findings: &mut [Vec<Finding>], row: usize, finding: Finding) -> usize {
    findings.get_mut(row).map_or(0, |row| {
        row.push(finding);
        row.len() - 1
    })
}

fn unsupported(member: &Member, kind: ObservableKind, query_type: Option<&str>) -> Finding {
    let reason = match query_type {
        None => format!("does not answer for {kind}"),
        // The name is the caller's own word: not repeated here, it may be anything.
        Some(_) => format!("does not answer this query type for {kind}"),
    };
    Finding::without_answer(member.id.clone(), Outcome::Unsupported, reason)
}

fn item(observable: Observable, findings: Vec<Finding>) -> Item {
    let combined = combine(&findings);
    Item { observable, verdict: combined.verdict, score: combined.score, findings }
}
