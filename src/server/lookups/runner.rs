//! One lookup, from the caches to the provider and back: the same way for every provider.
//!
//! Near cache, shared cache, single flight here; breaker, budget, call and reading in `asker.rs`; nowhere else.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use model::{CacheStatus, CacheUse, Finding, Observable, Outcome};
use providers::{Answer, Question, Reading};
use tokio::time::{Instant, timeout_at};
use tracing::Instrument;

use super::{
    Lists, Member,
    asker::{Asker, failed, read},
    fan_out::elapsed_ms,
    guides::Guides,
    systems::Systems,
};
use crate::{
    cache::{Crashed, Far, Flights, Freshness, Key, Near, Role, Stored, Turn, take_turn},
    credentials::Credentials,
    telemetry::{CacheRead, CacheTier, Metrics, spans},
    upstream::{Breakers, Budgets, Upstream},
};

/// One provider asked about one observable.
#[derive(Clone)]
pub struct Lookup {
    /// Whom.
    pub member: Arc<Member>,
    /// About what.
    pub observable: Arc<Observable>,
    /// Which of its questions.
    pub query_type: Option<Arc<str>>,
    /// Whatever the cache holds.
    pub refresh: bool,
    /// With the answers as received.
    pub include_raw: bool,
}

impl Lookup {
    fn key(&self) -> Key {
        Key::new(self.member.facts(), &self.question())
    }

    /// What is asked.
    pub fn question(&self) -> Question<'_> {
        Question {
            observable: &self.observable,
            query_type: self.query_type.as_deref(),
            own_server: self.member.own_server,
        }
    }
}

/// An answer as it is kept in the process: read once, served many times.
struct Kept {
    finding: Finding,
    stored: Stored,
    expires_at: Arc<str>,
}

/// How a flight ended.
#[derive(Clone)]
enum Landed {
    /// With an answer, asked now or found in the shared cache.
    Kept(Arc<Kept>, CacheStatus),
    /// Without one.
    Failed(Arc<Finding>),
}

/// Everything that lookups share.
pub struct Runner {
    near: Near<Arc<Kept>>,
    far: Option<Far>,
    flights: Flights<Key, Landed>,
    pub(super) asker: Asker,
    pub(super) systems: Systems,
    pub(super) guides: Guides,
    metrics: Metrics,
}

/// What a [`Runner`] is made of.
pub struct Parts {
    /// Size of the cache in the process, in bytes.
    pub near_bytes: u64,
    /// The shared cache.
    pub far: Option<Far>,
    /// Who sends.
    pub upstream: Upstream,
    /// As whom providers are asked that want tokens.
    pub credentials: Credentials,
    /// What may be sent.
    pub budgets: Budgets,
    /// Lists in memory.
    pub lists: Lists,
    /// Where it is counted.
    pub metrics: Metrics,
}

impl Runner {
    /// A runner with an empty near cache.
    pub fn new(parts: Parts) -> Self {
        Self {
            near: Near::new(parts.near_bytes),
            far: parts.far,
            flights: Flights::default(),
            systems: Systems::new(),
            guides: Guides::default(),
            metrics: parts.metrics.clone(),
            asker: Asker {
                upstream: parts.upstream,
                credentials: parts.credentials,
                budgets: parts.budgets,
                breakers: Breakers::new(),
                lists: parts.lists,
                metrics: parts.metrics,
            },
        }
    }

    /// Budgets, for the catalogue.
    pub fn budgets(&self) -> &Budgets {
        &self.asker.budgets
    }

    /// Breakers, for the catalogue.
    pub fn breakers(&self) -> &Breakers {
        &self.asker.breakers
    }

    /// Lists, for the catalogue and for fetching.
    pub fn lists(&self) -> &Lists {
        &self.asker.lists
    }

    /// What can be said at once: from a list in memory, or from the near cache. A stale answer starts its own refresh.
    pub fn look_near(self: &Arc<Self>, lookup: &Lookup) -> Option<Finding> {
        let now = SystemTime::now();
        if lookup.member.is_list() {
            let answer = Answer::Listing(self.asker.lists.find(&lookup.member, &lookup.observable, now));
            let mut finding = read(lookup, &[answer]).into_finding(lookup.member.id.clone());
            finding.cache = Some(CacheUse { status: CacheStatus::Bypass, age_s: None, expires_at: None });
            self.count(lookup, &finding, Duration::ZERO);
            return Some(finding);
        }
        if lookup.refresh {
            return None;
        }
        let key = lookup.key();
        let kept = self.near.fetch(&key);
        let freshness = kept.as_ref().map_or(Freshness::Dead, |kept| kept.stored.freshness(now));
        let status = match freshness {
            Freshness::Fresh => CacheStatus::Hit,
            Freshness::Stale => {
                self.refresh_behind(key, lookup.clone());
                CacheStatus::Stale
            }
            Freshness::Spare | Freshness::Dead => {
                self.metrics.cache_read(CacheTier::Near, CacheRead::Miss);
                return None;
            }
        };
        self.metrics.cache_read(CacheTier::Near, CacheRead::Hit);
        let finding = serve(&*kept?, status, lookup.include_raw, now);
        self.count(lookup, &finding, Duration::ZERO);
        Some(finding)
    }

    /// Looks up, waiting until `until` at most. A call out that was begun goes on for those who ask next.
    pub async fn look_up(self: &Arc<Self>, lookup: Lookup, until: Instant) -> Finding {
        let started = Instant::now();
        let key = lookup.key();
        let span = spans::lookup(lookup.member.facts().id, lookup.observable.kind().as_str());
        let waited = timeout_at(until, self.fly(key.clone(), lookup.clone(), until)).instrument(span.clone()).await;
        let now = SystemTime::now();
        let mut finding = match waited {
            Ok(Ok((Landed::Kept(kept, status), role))) => {
                if status == CacheStatus::Stale && role == Role::Leader {
                    self.refresh_behind(key, lookup.clone());
                }
                serve(&kept, shared(status, role), lookup.include_raw, now)
            }
            Ok(Ok((Landed::Failed(finding), role))) => self.fall_back(&key, &lookup, now).unwrap_or_else(|| {
                let mut finding = Finding::clone(&finding);
                let status = shared(CacheStatus::Miss, role);
                finding.cache = Some(CacheUse { status, age_s: None, expires_at: None });
                finding
            }),
            Ok(Err(Crashed)) => failed(&lookup.member, Outcome::Error, "the lookup broke off inside the service"),
            Err(_) => self
                .fall_back(&key, &lookup, now)
                .unwrap_or_else(|| failed(&lookup.member, Outcome::Timeout, "no answer before the deadline")),
        };
        finding.elapsed_ms = elapsed_ms(started.elapsed());
        spans::lookup_ended(&span, finding.outcome, finding.cache.as_ref().map(|cache| cache.status));
        self.count(&lookup, &finding, started.elapsed());
        finding
    }

    /// An answer past its time is better than none.
    fn fall_back(&self, key: &Key, lookup: &Lookup, now: SystemTime) -> Option<Finding> {
        let kept = self.near.fetch(key)?;
        let usable = kept.stored.freshness(now) != Freshness::Dead;
        usable.then(|| serve(&kept, CacheStatus::Stale, lookup.include_raw, now))
    }

    /// Asks again with nobody waiting; a failure leaves the stale answer where it is.
    fn refresh_behind(self: &Arc<Self>, key: Key, lookup: Lookup) {
        let runner = self.clone();
        let until = Instant::now() + lookup.member.timeout;
        self.flights.spawn(async move {
            let _ = runner.fly(key, Lookup { refresh: true, ..lookup }, until).await;
        });
    }

    async fn fly(self: &Arc<Self>, key: Key, lookup: Lookup, until: Instant) -> Result<(Landed, Role), Crashed> {
        let runner = self.clone();
        let taken = key.clone();
        self.flights.join(&key, move || async move { runner.land(&taken, &lookup, until).await }).await
    }

    /// The leader's work: the shared cache, else the provider, by one replica at a time.
    async fn land(&self, key: &Key, lookup: &Lookup, until: Instant) -> Landed {
        let Some(far) = &self.far else { return self.ask_and_keep(key, None, lookup, until).await };
        let far_key = key.far(far.prefix());
        if !lookup.refresh {
            let found = far.fetch(&far_key).await.ok().flatten().and_then(|bytes| self.take_in(key, lookup, bytes));
            self.metrics.cache_read(CacheTier::Far, if found.is_some() { CacheRead::Hit } else { CacheRead::Miss });
            match found {
                Some((kept, Freshness::Fresh)) => return Landed::Kept(kept, CacheStatus::Hit),
                Some((kept, Freshness::Stale)) => return Landed::Kept(kept, CacheStatus::Stale),
                // Near now: served as stale if the provider fails.
                Some(_) | None => {}
            }
        }
        // What was there before the refresh is not what it waits for.
        let asked_at = SystemTime::now();
        let arrived = |bytes| {
            let (kept, freshness) = self.take_in(key, lookup, bytes)?;
            let is_new = !lookup.refresh || kept.stored.stored_at >= asked_at;
            (is_new && freshness == Freshness::Fresh).then_some(kept)
        };
        let turn = take_turn(far, &far_key, lookup.member.timeout + LEASE_MARGIN, until.into_std(), arrived).await;
        match turn {
            Turn::Answered(kept) => Landed::Kept(kept, CacheStatus::Coalesced),
            Turn::TimeUp => {
                Landed::Failed(Arc::new(failed(&lookup.member, Outcome::Timeout, "no answer before the deadline")))
            }
            Turn::Lead(lease) => {
                let landed = self.ask_and_keep(key, Some((far, &far_key)), lookup, until).await;
                drop(lease);
                landed
            }
        }
    }

    /// Takes an answer from the shared cache into the near one. What this version cannot read is not there.
    fn take_in(&self, key: &Key, lookup: &Lookup, bytes: Bytes) -> Option<(Arc<Kept>, Freshness)> {
        let stored = Stored::decode(bytes)?;
        let freshness = stored.freshness(SystemTime::now());
        let reading = read(lookup, &stored.answers);
        if !reading.outcome.is_answer() || freshness == Freshness::Dead {
            return None;
        }
        Some((self.keep_near(key, lookup, reading, stored), freshness))
    }

    fn keep_near(&self, key: &Key, lookup: &Lookup, reading: Reading, stored: Stored) -> Arc<Kept> {
        let kept = Arc::new(Kept {
            finding: reading.into_finding(lookup.member.id.clone()),
            expires_at: rfc3339(stored.expires_at()).into(),
            stored,
        });
        // The finding repeats part of the answer.
        let bytes = kept.stored.size() * 2;
        self.near.store(key.clone(), kept.clone(), bytes, kept.stored.keep_for(SystemTime::now()));
        kept
    }

    async fn ask_and_keep(&self, key: &Key, far: Option<(&Far, &str)>, lookup: &Lookup, until: Instant) -> Landed {
        let (reading, answers) = match self.asker.ask(lookup, until).await {
            Ok(asked) => asked,
            Err(finding) => return Landed::Failed(Arc::new(finding)),
        };
        if !reading.outcome.is_answer() {
            return Landed::Failed(Arc::new(reading.into_finding(lookup.member.id.clone())));
        }
        let kept = self.keep(key, far, lookup, reading, answers).await;
        Landed::Kept(kept, CacheStatus::Miss)
    }

    /// Takes in the answer about one of many that were asked about at once; what is no answer is not kept.
    pub(super) async fn take_part(&self, lookup: &Lookup, part: Answer) {
        let answers = vec![part];
        let reading = read(lookup, &answers);
        if reading.outcome.is_answer() {
            let key = lookup.key();
            let far_key = self.far.as_ref().map(|far| (far, key.far(far.prefix())));
            let far = far_key.as_ref().map(|(far, far_key)| (*far, far_key.as_str()));
            self.keep(&key, far, lookup, reading, answers).await;
        }
    }

    /// Whether the near cache has an answer that will do.
    pub(super) fn has_near(&self, lookup: &Lookup) -> bool {
        let kept = self.near.fetch(&lookup.key());
        !lookup.refresh && kept.is_some_and(|kept| kept.stored.freshness(SystemTime::now()) == Freshness::Fresh)
    }

    /// Keeps an answer in the caches.
    async fn keep(
        &self,
        key: &Key,
        far: Option<(&Far, &str)>,
        lookup: &Lookup,
        reading: Reading,
        answers: Vec<Answer>,
    ) -> Arc<Kept> {
        let outcome_is_known = reading.outcome != Outcome::NotFound;
        let stored = Stored {
            answers,
            outcome_is_known,
            stored_at: SystemTime::now(),
            fresh_for: lookup.member.lifetime.fresh_for(outcome_is_known),
        };
        if let Some((far, far_key)) = far
            && let Some(encoded) = stored.encode()
        {
            // An answer that is not shared costs a call elsewhere, no more; the store itself says that it is away.
            let _ = far.store(far_key, &encoded, stored.keep_for(SystemTime::now())).await;
        }
        self.keep_near(key, lookup, reading, stored)
    }

    fn count(&self, lookup: &Lookup, finding: &Finding, elapsed: Duration) {
        let cache = finding.cache.as_ref().map(|cache| cache.status);
        self.metrics.lookup(lookup.member.facts().id, finding.outcome, cache, elapsed);
    }
}

/// A lease outlasts the lookup that it stands for by so much.
const LEASE_MARGIN: Duration = Duration::from_secs(2);

/// Who shared somebody else's call did not make one.
const fn shared(status: CacheStatus, role: Role) -> CacheStatus {
    match (status, role) {
        (CacheStatus::Miss, Role::Follower) => CacheStatus::Coalesced,
        (status, _) => status,
    }
}

/// Seconds precision, UTC.
fn rfc3339(time: SystemTime) -> String {
    chrono::DateTime::<chrono::Utc>::from(time).to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

fn serve(kept: &Kept, status: CacheStatus, include_raw: bool, now: SystemTime) -> Finding {
    let mut finding = kept.finding.clone();
    finding.cache = Some(CacheUse {
        status,
        age_s: Some(kept.stored.age(now).as_secs()),
        expires_at: Some(kept.expires_at.clone()),
    });
    if include_raw {
        finding.raw = raw(&kept.stored.answers);
    }
    finding
}

/// The answer as received; several as `{"answers": […]}`. What is no JSON is passed on as text.
fn raw(answers: &[Answer]) -> Option<serde_json::Value> {
    let value = |answer: &Answer| match answer {
        Answer::Http(answer) => Some(match serde_json::from_slice(&answer.body) {
            Ok(value @ serde_json::Value::Object(_)) => value,
            Ok(value) => serde_json::json!({ "value": value }),
            Err(_) => serde_json::json!({ "text": answer.text() }),
        }),
        Answer::Text(_) => Some(serde_json::json!({ "text": answer.text().ok()? })),
        Answer::Txt(records) => Some(serde_json::json!({ "records": records })),
        Answer::Listing(_) => None,
    };
    let mut answers: Vec<serde_json::Value> = answers.iter().filter_map(value).collect();
    if answers.len() > 1 { Some(serde_json::json!({ "answers": answers })) } else { answers.pop() }
}
