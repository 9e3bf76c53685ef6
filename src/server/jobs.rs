//! Work that callers do not wait for: under which id it is found, how it stands, and what came of it.
//!
//! With Redis every replica finds every job; without, or while it is away, the replica that runs it. A job of a replica that
//! stopped is gone. Only who asked for a job sees that there is one.

mod callback;
mod record;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use moka::sync::Cache;
use sha2::{Digest as _, Sha256};
use tokio::{
    sync::Notify,
    task::AbortHandle,
    time::{Instant, timeout},
};
use uuid::Uuid;

pub use self::callback::{BadCallback, Callback};
pub use self::record::Outcome;
use self::record::Record;
use crate::cache::{Far, Script};

/// How long a running job is remembered after its replica was last heard of.
const LEASE: Duration = Duration::from_secs(30);

/// How often a replica says that a job still runs, and finds out that it should not.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// Bytes of answers that are kept in the process where there is no Redis.
const KEPT_BYTES: u64 = 128 << 20;

/// The longest answer that is kept.
pub const MAX_ANSWER: usize = 64 << 20;

/// Holds a running job in the store for a while longer, unless it was taken out.
static STAY: LazyLock<Script> = LazyLock::new(|| Script::new("return redis.call('PEXPIRE', KEYS[1], ARGV[1])"));

/// Puts an outcome in the place of a running job, unless that was taken out.
static END: LazyLock<Script> =
    LazyLock::new(|| Script::new("return redis.call('SET', KEYS[1], ARGV[1], 'XX', 'PX', ARGV[2]) and 1 or 0"));

/// What was asked before, as its caller names it (`Idempotency-Key`).
#[derive(Debug, Clone)]
pub struct Repeat {
    /// Caller, operation and the caller's own name for the request, as a digest.
    name: String,
    /// What was asked, as a digest.
    body: String,
}

impl Repeat {
    /// A request under a name.
    pub fn new(owner: &str, operation: &str, name: &str, body: &[u8]) -> Self {
        let named = [owner, operation, name].join("\u{1f}");
        let body = hex::encode(Sha256::digest(body));
        Self { name: hex::encode(Sha256::digest(named.as_bytes())), body }
    }
}

/// How a job stands.
#[derive(Debug, Clone)]
pub enum Standing {
    /// It runs.
    Running,
    /// It has ended with this.
    Ended(Arc<Outcome>),
}

/// What a request for a job leads to.
#[derive(Debug)]
pub enum Begun {
    /// A new job, to be run.
    New(Run),
    /// One that was asked for before.
    Known(Uuid),
    /// The caller used the same name for something else before.
    Other,
}

/// The jobs. Cheap to clone.
#[derive(Clone)]
pub struct Jobs(Arc<Inner>);

struct Inner {
    far: Option<Far>,
    /// Jobs that run here.
    running: Mutex<HashMap<Uuid, Running>>,
    /// Jobs that ended here and could not be stored elsewhere.
    ended: Cache<Uuid, Ended>,
    /// Jobs by the names that callers gave them, where they could not be stored elsewhere.
    named: Cache<String, (Uuid, String)>,
    idle: Notify,
}

#[derive(Clone)]
struct Ended {
    owner: Arc<str>,
    outcome: Arc<Outcome>,
    until: Instant,
}

struct Running {
    owner: Arc<str>,
    ended: Arc<Notify>,
    abort: Option<AbortHandle>,
}

impl Jobs {
    /// None yet.
    pub fn new(far: Option<Far>) -> Self {
        let weigh = |_: &Uuid, ended: &Ended| ended.outcome.weight();
        let ended = Cache::builder().max_capacity(KEPT_BYTES).weigher(weigh).time_to_live(Duration::from_hours(24));
        let named = Cache::builder().max_capacity(100_000).time_to_live(Duration::from_hours(24));
        Self(Arc::new(Inner {
            far,
            running: Mutex::default(),
            ended: ended.build(),
            named: named.build(),
            idle: Notify::new(),
        }))
    }

    /// Begins a job of a caller, or finds the one that was asked for under the same name. What comes of it is kept for
    /// `keep`.
    pub async fn begin(&self, owner: &Arc<str>, repeat: Option<&Repeat>, keep: Duration) -> Begun {
        // It is found before its name leads to it: who comes in between would take it for gone.
        let run = self.take_in(owner, keep).await;
        if let Some(repeat) = repeat
            && let Some((known, body)) = self.claim(repeat, run.id, keep).await
        {
            let is_same = body == repeat.body;
            if !is_same || self.find(known, owner).await.is_some() {
                self.cancel(run.id, owner).await;
                return if is_same { Begun::Known(known) } else { Begun::Other };
            }
            // It is gone, with the replica that ran it or because its time is over.
            self.name(repeat, run.id, keep).await;
        }
        Begun::New(run)
    }

    /// A new job, which is found from now on.
    async fn take_in(&self, owner: &Arc<str>, keep: Duration) -> Run {
        let id = Uuid::new_v4();
        let running = Running { owner: Arc::clone(owner), ended: Arc::default(), abort: None };
        self.running().insert(id, running);
        let mut run = Run { id, owner: Arc::clone(owner), keep, is_far: false, jobs: self.clone() };
        if let Some(far) = &self.0.far {
            run.is_far = far.store(&far_key(far, id), &Record::running(owner).encode(), LEASE).await.is_ok();
        }
        run
    }

    /// How a job of this caller stands; none if there is no such job, or it is somebody else's.
    pub async fn find(&self, id: Uuid, owner: &str) -> Option<Standing> {
        if let Some(running) = self.running().get(&id) {
            return (*running.owner == *owner).then_some(Standing::Running);
        }
        if let Some(ended) = self.0.ended.get(&id).filter(|ended| ended.until > Instant::now()) {
            return (*ended.owner == *owner).then_some(Standing::Ended(ended.outcome));
        }
        let far = self.0.far.as_ref()?;
        let stored = far.fetch(&far_key(far, id)).await.ok()??;
        let record = Record::decode(&stored)?;
        (record.owner == owner).then(|| match record.outcome {
            Some(outcome) => Standing::Ended(Arc::new(outcome)),
            None => Standing::Running,
        })
    }

    /// Waits for a job that runs here, at most so long.
    pub async fn wait(&self, id: Uuid, owner: &str, most: Duration) -> Option<Standing> {
        let ended = self.running().get(&id).map(|running| Arc::clone(&running.ended));
        if let Some(ended) = ended {
            let waiting = ended.notified();
            tokio::pin!(waiting);
            // It may end between the look and the wait.
            waiting.as_mut().enable();
            if self.running().contains_key(&id) {
                let _ = timeout(most, waiting).await;
            }
        }
        self.find(id, owner).await
    }

    /// Stops a job of this caller, or forgets what came of it; whether there was one.
    pub async fn cancel(&self, id: Uuid, owner: &str) -> bool {
        if self.find(id, owner).await.is_none() {
            return false;
        }
        if let Some(far) = &self.0.far {
            // Where it runs it is missed at the next heartbeat.
            let _ = far.forget(&far_key(far, id)).await;
        }
        self.0.ended.invalidate(&id);
        if let Some(running) = self.running().remove(&id)
            && let Some(abort) = running.abort
        {
            abort.abort();
        }
        true
    }

    /// Says how a job that runs here is stopped.
    pub fn stopped_by(&self, id: Uuid, abort: AbortHandle) {
        match self.running().get_mut(&id) {
            Some(running) => running.abort = Some(abort),
            // It has ended, or somebody stopped it before it could be.
            None => abort.abort(),
        }
    }

    /// How many run here.
    pub fn running_count(&self) -> usize {
        self.running().len()
    }

    /// Waits until none runs here, at most so long.
    pub async fn finish(&self, most: Duration) {
        let finishing = async {
            loop {
                let idle = self.0.idle.notified();
                tokio::pin!(idle);
                idle.as_mut().enable();
                if self.running_count() == 0 {
                    return;
                }
                idle.await;
            }
        };
        let _ = timeout(most, finishing).await;
    }

    fn running(&self) -> MutexGuard<'_, HashMap<Uuid, Running>> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a name for a new job, unless it has one: which, and for what it was asked.
    async fn claim(&self, repeat: &Repeat, id: Uuid, keep: Duration) -> Option<(Uuid, String)> {
        if let Some(far) = &self.0.far {
            let key = far_name(far, repeat);
            match far.lease(&key, &named(repeat, id), keep).await {
                Ok(true) => return None,
                Ok(false) => return read_named(&far.fetch(&key).await.ok()??),
                Err(_) => {}
            }
        }
        let entry = self.0.named.entry_by_ref(&repeat.name).or_insert_with(|| (id, repeat.body.clone()));
        if entry.is_fresh() { None } else { Some(entry.into_value()) }
    }

    /// Gives a name to another job.
    async fn name(&self, repeat: &Repeat, id: Uuid, keep: Duration) {
        if let Some(far) = &self.0.far
            && far.store(&far_name(far, repeat), named(repeat, id).as_bytes(), keep).await.is_ok()
        {
            return;
        }
        self.0.named.insert(repeat.name.clone(), (id, repeat.body.clone()));
    }
}

fn far_key(far: &Far, id: Uuid) -> String {
    format!("{}:job:{id}", far.prefix())
}

fn far_name(far: &Far, repeat: &Repeat) -> String {
    format!("{}:job-name:{}", far.prefix(), repeat.name)
}

fn named(repeat: &Repeat, id: Uuid) -> String {
    format!("{id} {}", repeat.body)
}

fn read_named(stored: &Bytes) -> Option<(Uuid, String)> {
    let (id, body) = std::str::from_utf8(stored).ok()?.split_once(' ')?;
    Some((id.parse().ok()?, body.to_owned()))
}

/// A job that is to be run, or runs. Dropped before its end, it is gone.
pub struct Run {
    /// Under which it is found.
    pub id: Uuid,
    owner: Arc<str>,
    keep: Duration,
    is_far: bool,
    jobs: Jobs,
}

impl Run {
    /// The jobs that it is one of.
    pub fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// Says that it still runs until somebody does not want it any more.
    pub async fn until_cancelled(&self) {
        let Some(far) = self.jobs.0.far.as_ref().filter(|_| self.is_far) else { return std::future::pending().await };
        let lease = LEASE.as_millis().to_string();
        loop {
            tokio::time::sleep(HEARTBEAT).await;
            let stays = far.run_script::<i64>(&STAY, &[far_key(far, self.id)], &[&lease]).await;
            if matches!(stays, Ok(0)) {
                return;
            }
        }
    }

    /// Keeps what came of it.
    pub async fn end(self, outcome: Outcome) {
        let record = Record::ended(&self.owner, outcome);
        let is_kept_far = match &self.jobs.0.far {
            Some(far) if self.is_far => {
                let args = [record.encode(), self.keep.as_millis().to_string().into_bytes()];
                far.run_script::<i64>(&END, &[far_key(far, self.id)], &args).await.is_ok()
            }
            Some(far) => far.store(&far_key(far, self.id), &record.encode(), self.keep).await.is_ok(),
            None => false,
        };
        if let (false, Some(outcome)) = (is_kept_far, record.outcome) {
            let (owner, outcome) = (Arc::clone(&self.owner), Arc::new(outcome));
            self.jobs.0.ended.insert(self.id, Ended { owner, outcome, until: Instant::now() + self.keep });
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if let Some(running) = self.jobs.running().remove(&self.id) {
            running.ended.notify_waiters();
        }
        if self.jobs.running_count() == 0 {
            self.jobs.0.idle.notify_waiters();
        }
    }
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("id", &self.id).finish_non_exhaustive()
    }
}
