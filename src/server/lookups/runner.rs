//! One lookup, from the caches to the provider and back: the same way for every provider.
//!
//! Near cache, far cache, single flight, budget, breaker, deadline, reading: here and nowhere else.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use model::{CacheStatus, CacheUse, Finding, Observable, Outcome, SkipReason};
use providers::{Answer, Body, HttpAnswer, HttpRequest, Question, Reading, Request};
use tokio::time::{Instant, timeout_at};
use tracing::Instrument;
use url::Url;

use super::{Lists, Member, fan_out::elapsed_ms, member::authorize};
use crate::{
    cache::{Far, Flights, Freshness, Key, Lease, Lifetime, Near, Role, Stored},
    telemetry::Metrics,
    upstream::{Breakers, Budgets, Call, Expects, HeaderMap, Method, SendError, Upstream},
};

/// A provider may ask for so many requests to answer one question.
const MAX_STEPS: usize = 12;

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
        Key::new(
            &self.member.id,
            self.member.facts().revision,
            self.query_type.as_deref(),
            self.observable.kind(),
            self.observable.canonical(),
        )
    }

    fn question(&self) -> Question<'_> {
        Question { observable: &self.observable, query_type: self.query_type.as_deref() }
    }
}

/// An answer as it is kept in the process: read once, served many times.
struct Kept {
    finding: Finding,
    answers: Vec<HttpAnswer>,
    life: Lifetime,
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
    upstream: Upstream,
    budgets: Budgets,
    breakers: Breakers,
    lists: Lists,
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
            flights: Flights::new(),
            upstream: parts.upstream,
            budgets: parts.budgets,
            breakers: Breakers::new(),
            lists: parts.lists,
            metrics: parts.metrics,
        }
    }

    /// Budgets, for the catalogue.
    pub fn budgets(&self) -> &Budgets {
        &self.budgets
    }

    /// Breakers, for the catalogue.
    pub fn breakers(&self) -> &Breakers {
        &self.breakers
    }

    /// Lists, for the catalogue and for fetching.
    pub fn lists(&self) -> &Lists {
        &self.lists
    }

    /// What can be said at once: from a list in memory, or from the near cache. A stale answer starts its own refresh.
    pub fn look_near(self: &Arc<Self>, lookup: &Lookup) -> Option<Finding> {
        let now = SystemTime::now();
        if lookup.member.is_list() {
            let answer = Answer::Listing(self.lists.find(&lookup.member, &lookup.observable, now));
            let mut finding = read(lookup, &[answer]).into_finding(lookup.member.id.clone());
            finding.cache = Some(CacheUse { status: CacheStatus::Bypass, age_s: None, expires_at: None });
            self.count(&finding, Duration::ZERO);
            return Some(finding);
        }
        if lookup.refresh {
            return None;
        }
        let key = lookup.key();
        let kept = self.near.find(&key)?;
        let status = match kept.life.at(now) {
            Freshness::Fresh => CacheStatus::Hit,
            Freshness::Stale => {
                self.refresh_behind(key, lookup.clone());
                CacheStatus::Stale
            }
            Freshness::Dead => return None,
        };
        let finding = serve(&kept, status, lookup.include_raw, now);
        self.count(&finding, Duration::ZERO);
        Some(finding)
    }

    /// Looks up, waiting until `until` at most. A call out that was begun goes on for those who ask next.
    pub async fn look_up(self: &Arc<Self>, lookup: Lookup, until: Instant) -> Finding {
        let started = Instant::now();
        let span = crate::telemetry::lookup_span(&lookup.member.id, lookup.observable.kind().as_str());
        let waited = timeout_at(until, self.fly(lookup.key(), lookup.clone(), until)).instrument(span.clone()).await;
        let now = SystemTime::now();
        let mut finding = match waited {
            Ok(Ok((Landed::Kept(kept, status), role))) => {
                let status = match (status, role) {
                    (CacheStatus::Miss, Role::Follower) => CacheStatus::Coalesced,
                    (status, _) => status,
                };
                if status == CacheStatus::Stale && role == Role::Leader {
                    self.refresh_behind(lookup.key(), lookup.clone());
                }
                serve(&kept, status, lookup.include_raw, now)
            }
            Ok(Ok((Landed::Failed(finding), role))) => self.fall_back(&lookup, now).unwrap_or_else(|| {
                let mut finding = Finding::clone(&finding);
                finding.cache = Some(CacheUse {
                    status: if role == Role::Leader { CacheStatus::Miss } else { CacheStatus::Coalesced },
                    age_s: None,
                    expires_at: None,
                });
                finding
            }),
            Ok(Err(_)) => failed(&lookup, Outcome::Error, "the lookup broke off inside the service"),
            Err(_) => self
                .fall_back(&lookup, now)
                .unwrap_or_else(|| failed(&lookup, Outcome::Timeout, "no answer before the deadline")),
        };
        finding.elapsed_ms = elapsed_ms(started.elapsed());
        crate::telemetry::lookup_ended(&span, &finding);
        self.count(&finding, started.elapsed());
        finding
    }

    /// An answer past its time is better than none.
    fn fall_back(&self, lookup: &Lookup, now: SystemTime) -> Option<Finding> {
        let kept = self.near.find(&lookup.key())?;
        (kept.life.at(now) != Freshness::Dead).then(|| serve(&kept, CacheStatus::Stale, lookup.include_raw, now))
    }

    fn refresh_behind(self: &Arc<Self>, key: Key, lookup: Lookup) {
        let runner = self.clone();
        let until = Instant::now() + lookup.member.timeout;
        // Whoever refreshes has nobody waiting; a failure leaves the stale answer where it is.
        tokio::spawn(async move { runner.fly(key, Lookup { refresh: true, ..lookup }, until).await });
    }

    async fn fly(
        self: &Arc<Self>,
        key: Key,
        lookup: Lookup,
        until: Instant,
    ) -> Result<(Landed, Role), crate::cache::Crashed> {
        let runner = self.clone();
        self.flights.join(key.clone(), move || async move { runner.land(&key, &lookup, until).await }).await
    }

    /// The leader's work: the shared cache, else the provider, by one replica at a time.
    async fn land(&self, key: &Key, lookup: &Lookup, until: Instant) -> Landed {
        let Some(far) = &self.far else { return self.ask_and_keep(key, lookup, until).await };
        let far_key = key.far();
        if !lookup.refresh
            && let Some(landed) = self.look_far(far, &far_key, key, lookup).await
        {
            return landed;
        }
        let lease = match Lease::take(far, &far_key, lookup.member.timeout, until).await {
            // Another replica asked; its answer has arrived, or nothing is gained by waiting longer.
            Lease::Answered => match self.look_far(far, &far_key, key, lookup).await {
                Some(landed) => return landed,
                None => None,
            },
            Lease::Held(held) => Some(held),
            Lease::Away => None,
        };
        let landed = self.ask_and_keep(key, lookup, until).await;
        if let Some(held) = lease {
            held.release().await;
        }
        landed
    }

    async fn look_far(&self, far: &Far, far_key: &str, key: &Key, lookup: &Lookup) -> Option<Landed> {
        let bytes = far.fetch(far_key).await.ok()??;
        let stored = Stored::decode(&bytes)?;
        let kept = self.read_stored(lookup, stored)?;
        let status = match kept.life.at(SystemTime::now()) {
            Freshness::Fresh => CacheStatus::Hit,
            Freshness::Stale => CacheStatus::Stale,
            Freshness::Dead => return None,
        };
        self.near.keep(key.clone(), kept.clone(), kept.size());
        Some(Landed::Kept(kept, status))
    }

    fn read_stored(&self, lookup: &Lookup, stored: Stored) -> Option<Arc<Kept>> {
        let answers: Vec<Answer> = stored.answers.iter().cloned().map(Answer::Http).collect();
        let reading = read(lookup, &answers);
        reading.outcome.is_answer().then(|| Kept::new(lookup, reading, stored))
    }

    async fn ask_and_keep(&self, key: &Key, lookup: &Lookup, until: Instant) -> Landed {
        let (reading, answers) = match self.ask(lookup, until).await {
            Ok(asked) => asked,
            Err(finding) => return Landed::Failed(Arc::new(finding)),
        };
        if !reading.outcome.is_answer() {
            return Landed::Failed(Arc::new(reading.into_finding(lookup.member.id.clone())));
        }
        let stored = Stored::new(answers, SystemTime::now());
        let encoded = self.far.as_ref().map(|_| stored.encode());
        let kept = Kept::new(lookup, reading, stored);
        self.near.keep(key.clone(), kept.clone(), kept.size());
        if let (Some(far), Some(encoded)) = (&self.far, encoded) {
            // An answer that is not shared costs a call elsewhere, no more; the store itself says that it is away.
            let _ = far.store(&key.far(), &encoded, kept.life.kept_for()).await;
        }
        Landed::Kept(kept, CacheStatus::Miss)
    }

    /// Asks the provider, step by step. `Err` is a finding without an answer.
    async fn ask(&self, lookup: &Lookup, until: Instant) -> Result<(Reading, Vec<HttpAnswer>), Finding> {
        let Lookup { member, .. } = lookup;
        let mut answers: Vec<Answer> = Vec::with_capacity(1);
        let mut next = Some(member.provider.ask(&lookup.question()));
        // A provider that goes on asking past the limit is read with what it has.
        while let Some(request) = next.take().filter(|_| answers.len() < MAX_STEPS) {
            answers.push(match request {
                Request::Http(request) => Answer::Http(self.exchange(lookup, request, until).await?),
                Request::Listed => Answer::Listing(self.lists.find(member, &lookup.observable, SystemTime::now())),
            });
            next = member.provider.follow_up(&lookup.question(), &answers);
        }
        let mut reading = read(lookup, &answers);
        let received: Vec<HttpAnswer> = answers.into_iter().filter_map(|a| a.http().ok().cloned()).collect();
        if reading.outcome == Outcome::RateLimited {
            let wait = received.last().and_then(|answer| providers::retry_after(answer, SystemTime::now()));
            let wait = wait.or(reading.retry_after_s.map(Duration::from_secs)).unwrap_or(DEFAULT_REST);
            self.budgets.close_for(&member.credential, wait).await;
            reading.retry_after_s = Some(wait.as_secs().max(1));
        }
        Ok((reading, received))
    }

    /// One HTTP exchange: breaker, budget, a free place, then the call.
    async fn exchange(&self, lookup: &Lookup, request: HttpRequest, until: Instant) -> Result<HttpAnswer, Finding> {
        let Lookup { member, .. } = lookup;
        let permit = self.breakers.of(&member.id).allow(Instant::now()).map_err(|rest| {
            let mut finding = Finding::skipped(member.id.clone(), SkipReason::Breaker);
            finding.retry_after_s = Some(rest.as_secs().max(1));
            finding
        })?;
        let _place = timeout_at(until, member.places.acquire())
            .await
            .map_err(|_| failed(lookup, Outcome::Timeout, "no free place before the deadline"))?;
        self.budgets.wait_or_give_up(&member.credential, &member.windows, until).await.map_err(|wait| {
            self.metrics.budget_refused(&member.id);
            let mut finding = Finding::skipped(member.id.clone(), SkipReason::Budget);
            finding.retry_after_s = Some(wait.as_secs().max(1));
            finding
        })?;
        let call = call(member, request).map_err(|error| failed(lookup, Outcome::Error, &error.to_string()))?;
        let sent = self.upstream.send(call).await;
        match sent {
            Ok(received) => {
                let answer = HttpAnswer {
                    status: received.status.as_u16(),
                    headers: kept_headers(&received.headers),
                    body: received.body,
                };
                if answer.status >= 500 { permit.failed(Instant::now()) } else { permit.succeeded(Instant::now()) }
                Ok(answer)
            }
            Err(error) => {
                permit.failed(Instant::now());
                let outcome = if matches!(error, SendError::Timeout) { Outcome::Timeout } else { Outcome::Error };
                Err(failed(lookup, outcome, &error.to_string()))
            }
        }
    }

    fn count(&self, finding: &Finding, elapsed: Duration) {
        let cache = finding.cache.as_ref().map_or("none", |cache| cache.status.as_str());
        self.metrics.lookup(&finding.provider, finding.outcome.as_str(), cache, elapsed);
    }
}

/// How long a provider is left alone that says "too much" but not until when.
const DEFAULT_REST: Duration = Duration::from_secs(60);

impl Kept {
    fn new(lookup: &Lookup, reading: Reading, stored: Stored) -> Arc<Self> {
        let member = &lookup.member;
        let fresh = if reading.outcome == Outcome::NotFound { member.fresh_unknown } else { member.fresh };
        let life = Lifetime::new(stored.stored_at, fresh);
        Arc::new(Self {
            finding: reading.into_finding(member.id.clone()),
            answers: stored.answers,
            expires_at: rfc3339(life.fresh_until()).into(),
            life,
        })
    }

    /// Roughly, in bytes.
    fn size(&self) -> u32 {
        let bodies: usize = self.answers.iter().map(|answer| answer.body.len() + 256).sum();
        u32::try_from(bodies * 2 + 512).unwrap_or(u32::MAX)
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
        age_s: Some(kept.life.age(now).as_secs()),
        expires_at: Some(kept.expires_at.clone()),
    });
    if include_raw {
        finding.raw = raw(&kept.answers);
    }
    finding
}

/// The answer as received; several as `{"answers": […]}`. What is no JSON is passed on as text.
fn raw(answers: &[HttpAnswer]) -> Option<serde_json::Value> {
    let value = |answer: &HttpAnswer| {
        let text = || serde_json::json!({ "text": answer.text() });
        match serde_json::from_slice(&answer.body) {
            Ok(value @ serde_json::Value::Object(_)) => value,
            Ok(value) => serde_json::json!({ "value": value }),
            Err(_) => text(),
        }
    };
    match answers {
        [] => None,
        [answer] => Some(value(answer)),
        several => Some(serde_json::json!({ "answers": several.iter().map(value).collect::<Vec<_>>() })),
    }
}

fn failed(lookup: &Lookup, outcome: Outcome, reason: &str) -> Finding {
    Finding::without_answer(lookup.member.id.clone(), outcome, reason)
}

/// A provider's answer that cannot be read is an error of the provider, never of the request.
fn read(lookup: &Lookup, answers: &[Answer]) -> Reading {
    lookup.member.provider.read(&lookup.question(), answers).unwrap_or_else(|misread| Reading::failed(misread.to_string()))
}

/// The headers that readers may look at; nothing else is kept.
fn kept_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let matters = |name: &str| {
        name == "content-type" || name.starts_with("retry-after") || name.contains("rate") || name.starts_with("x-ttl") || name == "x-rl"
    };
    headers
        .iter()
        .filter(|(name, _)| matters(name.as_str()))
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect()
}

/// The base address with a path appended, or the absolute address that a provider's answer named.
pub fn address(base: &Url, path: &str) -> Result<Url, SendError> {
    if path.starts_with("https://") || path.starts_with("http://") {
        return Url::parse(path).map_err(|_| SendError::BadUrl);
    }
    let base = base.as_str().trim_end_matches('/');
    Url::parse(&format!("{base}{path}")).map_err(|_| SendError::BadUrl)
}

fn call(member: &Member, request: HttpRequest) -> Result<Call, SendError> {
    let base = member.base_url.as_ref().ok_or(SendError::BadUrl)?;
    let mut url = address(base, &request.path)?;
    if !request.query.is_empty() {
        url.query_pairs_mut().extend_pairs(request.query.iter().map(|(name, value)| (*name, value.as_str())));
    }
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        crate::upstream::plain_header(&mut headers, name, value)?;
    }
    let body = match request.body {
        Body::Empty => Bytes::new(),
        Body::Json(value) => {
            crate::upstream::plain_header(&mut headers, "content-type", "application/json")?;
            Bytes::from(value.to_string())
        }
        Body::Form(fields) => {
            crate::upstream::plain_header(&mut headers, "content-type", "application/x-www-form-urlencoded")?;
            Bytes::from(url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish())
        }
    };
    // A key goes to the provider's own origin only, wherever an answer points.
    if url.origin() == base.origin() {
        authorize(member.facts().auth, member.key.as_ref(), member.user.as_ref(), &mut url, &mut headers)?;
    }
    Ok(Call {
        to: member.id.clone(),
        method: match request.method {
            providers::Method::Get => Method::GET,
            providers::Method::Post => Method::POST,
        },
        url,
        headers,
        body,
        deadline: Instant::now() + member.timeout,
        body_cap: member.facts().body_cap,
        expects: Expects::Anything,
        retries: 1,
        may_repeat: request.method == providers::Method::Get,
    })
}
