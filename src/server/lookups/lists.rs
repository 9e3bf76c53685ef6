//! Lists kept in memory: fetched on a schedule, swapped at once, the last good copy kept.

use std::{
    collections::HashMap,
    net::IpAddr,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwap;
use bytes::Bytes;
use ipnet::IpNet;
use model::{Evidence, Observable};
use providers::{Answer, Entry, HttpAnswer, HttpRequest, Key, ListFacts, ListSource, Listing};
use tokio::time::Instant;

use super::Member;
use crate::{
    cache::{Far, Stored},
    telemetry::Metrics,
    upstream::{Call, Expects, Upstream},
};

/// A list may be so large.
const BODY_CAP: usize = 64 * 1024 * 1024;

/// Fetching may take so long.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// After a failure the next try comes this soon, doubling up to the usual interval.
const FIRST_RETRY: Duration = Duration::from_secs(30);

/// One good copy of a list.
#[derive(Clone)]
struct Copy {
    index: Arc<Index>,
    fetched_at: SystemTime,
    tag: Option<Tag>,
    /// Of the provider that read it: one that reads otherwise does not take it for unchanged.
    revision: u32,
}

/// What tells whether there is another copy.
#[derive(Clone, PartialEq, Eq)]
enum Tag {
    /// What the publisher called it.
    Etag(String),
    /// When the file was written, and its size.
    Written(SystemTime, u64),
}

/// The entries of a list, ready to be looked up.
#[derive(Default)]
struct Index {
    by_value: HashMap<String, Evidence>,
    by_address: HashMap<IpAddr, Evidence>,
    /// The longest prefix first: it says most.
    networks: Vec<(IpNet, Evidence)>,
}

impl Index {
    fn new(entries: Vec<Entry>) -> Self {
        let mut index = Self::default();
        for Entry { key, evidence } in entries {
            match key {
                Key::Value(value) => drop(index.by_value.insert(value, evidence)),
                Key::Address(address) => drop(index.by_address.insert(address, evidence)),
                Key::Network(address, length) => {
                    if let Ok(network) = IpNet::new(address, length) {
                        index.networks.push((network.trunc(), evidence));
                    }
                }
            }
        }
        index.networks.sort_by_key(|(network, _)| std::cmp::Reverse(network.prefix_len()));
        index
    }

    fn find(&self, observable: &Observable) -> Option<&Evidence> {
        if let Some(address) = observable.address() {
            let exact = self.by_address.get(&address);
            exact.or_else(|| self.networks.iter().find(|(net, _)| net.contains(&address)).map(|(_, e)| e))
        } else {
            self.by_value.get(observable.canonical()).or_else(|| self.by_value.get(observable.host()?))
        }
    }

    fn len(&self) -> usize {
        self.by_value.len() + self.by_address.len() + self.networks.len()
    }
}

/// How a list stands, for the catalogue and metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListState {
    /// Entries in memory.
    pub entries: usize,
    /// When they were fetched.
    pub fetched_at: SystemTime,
}

/// All lists of this installation. Cheap to clone.
#[derive(Clone)]
pub struct Lists {
    copies: Arc<ArcSwap<HashMap<Arc<str>, Arc<Copy>>>>,
    upstream: Upstream,
    far: Option<Far>,
    metrics: Metrics,
}

impl Lists {
    /// No list yet: [`Self::keep_fetching`] brings them.
    pub fn new(upstream: Upstream, far: Option<Far>, metrics: Metrics) -> Self {
        Self { copies: Arc::default(), upstream, far, metrics }
    }

    /// Looks into a provider's list.
    pub fn find(&self, member: &Member, observable: &Observable, now: SystemTime) -> Listing {
        let Some(facts) = member.provider.list() else {
            return Listing::Unavailable("the provider has no list".to_owned());
        };
        let copies = self.copies.load();
        let Some(copy) = copies.get(&member.id) else {
            return Listing::Unavailable("the list has not been fetched yet".to_owned());
        };
        if now.duration_since(copy.fetched_at).is_ok_and(|age| age > facts.believed_for) {
            return Listing::Unavailable("the last good copy of the list is too old to be believed".to_owned());
        }
        copy.index.find(observable).cloned().map_or(Listing::Absent, Listing::Present)
    }

    /// How a provider's list stands; `None` before the first copy.
    pub fn state(&self, id: &str) -> Option<ListState> {
        let copies = self.copies.load();
        let copy = copies.get(id)?;
        Some(ListState { entries: copy.index.len(), fetched_at: copy.fetched_at })
    }

    /// Fetches a provider's list now and then for as long as the task lives. Failures are logged once each and retried.
    pub async fn keep_fetching(self, member: Arc<Member>) {
        let Some(facts) = member.provider.list() else { return };
        if let Some(kept) = self.kept(&member, facts).await {
            self.swap_in(&member, kept);
        }
        let mut retry = FIRST_RETRY;
        loop {
            let wait = match self.fetch(&member, facts).await {
                Ok(()) => {
                    retry = FIRST_RETRY;
                    facts.every
                }
                Err(error) => {
                    tracing::warn!(provider = %member.id, %error, "the list could not be fetched; the last good copy stands");
                    let wait = retry.min(facts.every);
                    retry = (retry * 2).min(facts.every);
                    wait
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    async fn fetch(&self, member: &Member, facts: &ListFacts) -> Result<(), ListError> {
        let known = self.copies.load().get(&member.id).filter(|copy| copy.revision == member.facts().revision).cloned();
        let known_tag = known.and_then(|copy| copy.tag.clone());
        let (fetched, now) = match facts.from {
            ListSource::Path(path) => (self.download(member, path, known_tag.as_ref()).await?, SystemTime::now()),
            ListSource::File(path) => (open(path, known_tag.as_ref()).await?, SystemTime::now()),
        };
        match fetched {
            None => self.touch(member, now),
            Some((body, tag)) => {
                let (parse, file) = (facts.parse, body.clone());
                // Large lists take a while, and other lookups wait for this thread.
                let index = tokio::task::spawn_blocking(move || parse(&file).map(Index::new));
                let index = index.await.map_err(|_| ListError::BrokeOff)??;
                if matches!(facts.from, ListSource::Path(_)) {
                    self.keep(member, facts, &body, now).await;
                }
                let revision = member.facts().revision;
                self.swap_in(member, Copy { index: Arc::new(index), fetched_at: now, tag, revision });
            }
        }
        self.metrics.list_updated(member.facts().id, now);
        Ok(())
    }

    /// The list from its publisher; `None` if it is still the known one.
    async fn download(
        &self,
        member: &Member,
        path: &str,
        known: Option<&Tag>,
    ) -> Result<Option<(Bytes, Option<Tag>)>, ListError> {
        let mut call = super::call::call(member, HttpRequest::get(path), None)?;
        if let Some(Tag::Etag(tag)) = known
            && let Ok(tag) = tag.parse()
        {
            call.headers.insert("if-none-match", tag);
        }
        let deadline = Instant::now() + TIME_LIMIT;
        let received =
            self.upstream.send(Call { deadline, body_cap: BODY_CAP, expects: Expects::Text, ..call }).await?;
        match received.status.as_u16() {
            304 => Ok(None),
            200 => {
                let etag = received.headers.get("etag").and_then(|tag| tag.to_str().ok());
                Ok(Some((received.body, etag.map(|tag| Tag::Etag(tag.to_owned())))))
            }
            status => Err(ListError::Status(status)),
        }
    }

    /// The same copy, confirmed now.
    fn touch(&self, member: &Member, now: SystemTime) {
        self.copies.rcu(|copies| {
            let mut copies = HashMap::clone(copies);
            if let Some(copy) = copies.get_mut(&member.id) {
                *copy = Arc::new(Copy { fetched_at: now, ..Copy::clone(copy) });
            }
            copies
        });
    }

    fn swap_in(&self, member: &Member, copy: Copy) {
        let copy = Arc::new(copy);
        self.copies.rcu(|copies| {
            let mut copies = HashMap::clone(copies);
            copies.insert(member.id.clone(), copy.clone());
            copies
        });
    }

    /// Leaves the file in Redis, so that a replica that starts while the publisher is away has a copy.
    async fn keep(&self, member: &Member, facts: &ListFacts, body: &Bytes, now: SystemTime) {
        let Some(far) = &self.far else { return };
        let answer = HttpAnswer { status: 200, headers: Vec::new(), body: body.clone() };
        let stored = Stored {
            answers: vec![Answer::Http(answer)],
            outcome_is_known: true,
            stored_at: now,
            fresh_for: facts.believed_for,
        };
        if let Some(encoded) = stored.encode() {
            // A copy that is not kept costs a fetch at the next start, no more.
            let _ = far.store(&list_key(far, member), &encoded, facts.believed_for).await;
        }
    }

    async fn kept(&self, member: &Member, facts: &ListFacts) -> Option<Copy> {
        let far = self.far.as_ref().filter(|_| !self.copies.load().contains_key(&member.id))?;
        let stored = Stored::decode(far.fetch(&list_key(far, member)).await.ok()??)?;
        let entries = (facts.parse)(&stored.answers.first()?.http().ok()?.body).ok()?;
        let revision = member.facts().revision;
        Some(Copy { index: Arc::new(Index::new(entries)), fetched_at: stored.stored_at, tag: None, revision })
    }
}

fn list_key(far: &Far, member: &Member) -> String {
    format!("{}:list:{}:{}", far.prefix(), member.id, member.facts().revision)
}

/// A list on disk; `None` if it is still the known one.
async fn open(path: &Path, known: Option<&Tag>) -> Result<Option<(Bytes, Option<Tag>)>, ListError> {
    let metadata = tokio::fs::metadata(path).await?;
    if metadata.len() > BODY_CAP as u64 {
        return Err(ListError::TooLarge);
    }
    let tag = metadata.modified().ok().map(|written| Tag::Written(written, metadata.len()));
    if tag.is_some() && tag.as_ref() == known {
        return Ok(None);
    }
    Ok(Some((tokio::fs::read(path).await?.into(), tag)))
}

/// Why a list could not be fetched.
#[derive(Debug, thiserror::Error)]
enum ListError {
    #[error("the file cannot be read: {0}")]
    File(#[from] std::io::Error),
    #[error("the file is too large")]
    TooLarge,
    #[error("reading it broke off")]
    BrokeOff,
    #[error("the publisher answered with status {0}")]
    Status(u16),
    #[error(transparent)]
    Send(#[from] crate::upstream::SendError),
    #[error(transparent)]
    Misread(#[from] providers::Misread),
}
