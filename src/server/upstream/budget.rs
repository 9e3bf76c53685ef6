//! How often a credential may be used: several windows at once, counted by all replicas together in Redis, by each for
//! itself without it. Never one request too many in any window, and none left unused.
//!
//! Windows slide: of any span of time as long as the window, all requests count. For that the times of the last requests
//! are listed, newest first; the one before the last `n` tells whether a window of `n` has room. Windows of more than
//! [`LISTED`] requests would make long lists; they are counted from their first request to their end instead, as most
//! vendors count them, and two of them may meet back to back.
//!
//! A replica also keeps its own list beside Redis, so that one replica alone stays exact when Redis goes away and comes
//! back empty; several may then spend up to one budget each.

mod ledger;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use ledger::Ledger;
use providers::Window;
use sha2::{Digest, Sha256};
use tokio::time::sleep;

use crate::{
    cache::{Far, FarError, Script},
    settings::Secret,
};

/// The largest window whose requests are listed one by one.
const LISTED: u32 = 20_000;

/// No provider closes the gate for longer, whatever it says.
const LONGEST_PAUSE: Duration = Duration::from_hours(31 * 24);

static TAKE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("budget.lua")));

/// Closes the gate, unless it is closed for longer already.
static CLOSE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], 1, 'PX', ARGV[1]) end",
    )
});

/// Whether a request may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Now. It counts, whether it is sent or not.
    Granted,
    /// Not before so long.
    Wait(Duration),
}

/// What is left of a credential's budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetState {
    /// Each window, in the order in which they were given.
    pub windows: Vec<WindowState>,
    /// How long the provider has asked for a pause.
    pub closed_for: Option<Duration>,
}

/// What is left of one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowState {
    /// Requests that the window allows.
    pub requests: u32,
    /// Its length in seconds.
    pub per_s: u32,
    /// Requests left now.
    pub left: u32,
    /// Seconds, rounded up, until all are left again if none is sent.
    pub resets_in_s: u64,
}

impl WindowState {
    fn new(window: &Window, left: u32, whole_in: Duration) -> Self {
        let resets_in_s = whole_in.as_secs() + u64::from(whole_in.subsec_nanos() > 0);
        Self { requests: window.requests, per_s: window.per_s, left, resets_in_s }
    }
}

/// The name of a credential in budgets: says nothing about the key, and is the same wherever the key is used.
pub fn name_credential(provider: &str, key: Option<&Secret>) -> String {
    let mut digest = Sha256::new_with_prefix(provider);
    digest.update([0x1f]);
    digest.update(key.map_or("", Secret::expose));
    hex::encode(digest.finalize())
}

/// The budgets of all credentials. Cheap to clone; all clones count together.
///
/// A credential must always come with the same windows; its name must not give it away, see [`name_credential`].
#[derive(Debug, Clone)]
pub struct Budgets {
    far: Option<Far>,
    local: Arc<Mutex<HashMap<String, Ledger>>>,
}

impl Budgets {
    /// Counts in the shared store, if there is one.
    pub fn new(far: Option<Far>) -> Self {
        Self { far, local: Arc::default() }
    }

    /// Takes one request from every window, or from none.
    pub async fn take(&self, credential: &str, windows: &[Window]) -> Taken {
        // The earlier time: Redis counts the request later than this replica does, never sooner.
        let now = Instant::now();
        let full_for = self.with(credential, |ledger| ledger.surely_full_for(windows, now));
        if !full_for.is_zero() {
            return Taken::Wait(full_for);
        }
        match self.ask(credential, windows, true).await {
            Some(Ok(Reply { wait: Duration::ZERO, .. })) => {
                self.with(credential, |ledger| ledger.note(windows, now));
                Taken::Granted
            }
            Some(Ok(Reply { wait, .. })) => Taken::Wait(wait),
            // Redis does without us, and we without it.
            Some(Err(_)) | None => match self.with(credential, |ledger| ledger.take(windows, Instant::now())) {
                Ok(()) => Taken::Granted,
                Err(wait) => Taken::Wait(wait),
            },
        }
    }

    /// Takes one request, waiting for it if that ends in time. Else tells at once how long it would be.
    pub async fn wait_or_give_up(&self, credential: &str, windows: &[Window], until: Instant) -> Result<(), Duration> {
        loop {
            let Taken::Wait(wait) = self.take(credential, windows).await else { return Ok(()) };
            if wait > until.saturating_duration_since(Instant::now()) {
                return Err(wait);
            }
            sleep(wait).await;
        }
    }

    /// Closes the gate for a while, in all replicas: the provider has asked for a pause.
    pub async fn close_for(&self, credential: &str, pause: Duration) {
        let now = Instant::now();
        self.with(credential, |ledger| ledger.close_until(now + pause.min(LONGEST_PAUSE)));
        if let Some(far) = &self.far {
            let pause = pause.min(LONGEST_PAUSE).as_millis();
            // Where it fails, the gate is closed in this replica alone.
            let _: Result<(), FarError> =
                far.run_script(&CLOSE, &[key(far, credential, "gate")], &[pause.to_string()]).await;
        }
    }

    /// What is left.
    pub async fn state(&self, credential: &str, windows: &[Window]) -> BudgetState {
        let own = self.with(credential, |ledger| ledger.state(windows, Instant::now()));
        match self.ask(credential, windows, false).await {
            Some(Ok(reply)) => reply.state(windows, own.closed_for),
            Some(Err(_)) | None => own,
        }
    }

    /// Never holds the lock for longer than a look into one ledger.
    fn with<T>(&self, credential: &str, look: impl FnOnce(&mut Ledger) -> T) -> T {
        let mut ledgers: MutexGuard<'_, _> = self.local.lock().unwrap_or_else(PoisonError::into_inner);
        match ledgers.get_mut(credential) {
            Some(ledger) => look(ledger),
            None => look(ledgers.entry(credential.to_owned()).or_default()),
        }
    }

    async fn ask(&self, credential: &str, windows: &[Window], take: bool) -> Option<Result<Reply, FarError>> {
        let far = self.far.as_ref()?;
        let mut keys = vec![key(far, credential, "gate"), key(far, credential, "sent")];
        let mut args = vec![i64::from(take), LISTED.into()];
        for window in windows {
            if window.requests > LISTED {
                keys.push(key(far, credential, &window.per_s.to_string()));
            }
            args.extend([i64::from(window.requests), i64::from(window.per_s)]);
        }
        Some(far.run_script::<Vec<u64>>(&TAKE, &keys, &args).await.and_then(|reply| Reply::read(&reply)))
    }
}

/// What the script answers.
struct Reply {
    wait: Duration,
    closed_for: Duration,
    /// For each window: requests left, and how long until it is whole again.
    windows: Vec<(u32, Duration)>,
}

impl Reply {
    fn read(numbers: &[u64]) -> Result<Self, FarError> {
        let [wait, closed_for, windows @ ..] = numbers else { return Err(FarError::Refused) };
        let (pairs, _) = windows.as_chunks();
        Ok(Self {
            wait: Duration::from_micros(*wait),
            closed_for: Duration::from_micros(*closed_for),
            windows: pairs
                .iter()
                .map(|[left, whole_in]| (u32::try_from(*left).unwrap_or(u32::MAX), Duration::from_micros(*whole_in)))
                .collect(),
        })
    }

    fn state(self, windows: &[Window], closed_here: Option<Duration>) -> BudgetState {
        let closed = self.closed_for.max(closed_here.unwrap_or_default());
        let windows = windows.iter().zip(self.windows);
        BudgetState {
            windows: windows.map(|(window, (left, whole_in))| WindowState::new(window, left, whole_in)).collect(),
            closed_for: (!closed.is_zero()).then_some(closed),
        }
    }
}

/// All keys of a credential fall into one slot of a cluster.
fn key(far: &Far, credential: &str, part: &str) -> String {
    format!("{}:budget:{{{credential}}}:{part}", far.prefix())
}
