//! The one connection to the shared store: whether it is up, when it counts as lost, who opens it again. A store that is
//! away costs one wait, not one for each operation, and one line in the log.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use redis::{ErrorKind, RedisError, RedisResult, ServerErrorKind};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use super::{
    FarError,
    link::{Door, Link},
};
use crate::settings::RedisSettings;

/// Time limit of one operation.
pub(super) const LIMIT: Duration = Duration::from_millis(300);

/// Time limit of one attempt to connect, everything included.
const ATTEMPT: Duration = Duration::from_secs(3);

/// Pauses between attempts double from the first to the second.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// A link that did not hold for so long counts as one more failed attempt, lest a server that accepts connections but
/// serves nobody is dialled without pause.
const HOLDS: Duration = Duration::from_secs(10);

/// How often the store is asked for a sign of life, so that its loss is noticed when nobody asks for anything.
const BEAT: Duration = Duration::from_secs(2);

/// The connection, up or not.
pub(super) struct Line {
    link: watch::Sender<Option<Link>>,
    born: Instant,
    /// When the store last answered anything, in microseconds since `born`.
    answered: AtomicU64,
    refusal_told: AtomicBool,
}

impl Line {
    /// Makes one attempt, and leaves further ones to a task that ends with the line.
    pub(super) async fn open(settings: &RedisSettings) -> Arc<Self> {
        let line = Arc::new(Self {
            link: watch::Sender::new(None),
            born: Instant::now(),
            answered: AtomicU64::new(0),
            refusal_told: AtomicBool::new(false),
        });
        match Door::new(settings) {
            Ok(mut door) => {
                match dial(&mut door).await {
                    Ok(link) => line.put_to_use(link),
                    Err(reason) => tell_away(&reason),
                }
                tokio::spawn(keep_up(door, Arc::downgrade(&line), line.link.subscribe()));
            }
            Err(error) => {
                tracing::error!(reason = reason(&error), "the addresses of the shared store cannot be used");
            }
        }
        line
    }

    pub(super) fn is_up(&self) -> bool {
        self.link.borrow().is_some()
    }

    /// Carries out an operation, in time or not at all.
    pub(super) async fn run<T>(&self, operation: impl AsyncFnOnce(Link) -> RedisResult<T>) -> Result<T, FarError> {
        let link = self.link.borrow().clone().ok_or(FarError::Away)?;
        let sent = self.now();
        let error = match timeout(LIMIT, operation(link)).await {
            Ok(Ok(value)) => {
                self.answered.fetch_max(self.now(), Ordering::Relaxed);
                return Ok(value);
            }
            Ok(Err(error)) if is_away(&error) => FarError::Away,
            Ok(Err(error)) => {
                self.answered.fetch_max(self.now(), Ordering::Relaxed);
                self.tell_refusal(&error);
                return Err(FarError::Refused);
            }
            Err(_) => FarError::Slow,
        };
        // One slow answer, or one node of many that is down, is no reason to hang up while others are served.
        if self.answered.load(Ordering::Relaxed) <= sent {
            self.link.send_if_modified(|link| link.take().is_some());
        }
        Err(error)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Told once for each link: a store without memory or permission would fill the log.
    fn tell_refusal(&self, error: &RedisError) {
        if !self.refusal_told.swap(true, Ordering::Relaxed) {
            tracing::warn!(reason = reason(error), "the shared store refuses operations");
        }
    }

    fn put_to_use(&self, link: Link) {
        self.answered.fetch_max(self.now(), Ordering::Relaxed);
        self.refusal_told.store(false, Ordering::Relaxed);
        self.link.send_replace(Some(link));
    }
}

/// Opens a new link whenever the last one is lost, until nobody needs one.
async fn keep_up(mut door: Door, line: Weak<Line>, mut link: watch::Receiver<Option<Link>>) {
    let mut pause = PAUSES.0;
    loop {
        let since = Instant::now();
        while link.borrow().is_some() {
            let lost = timeout(BEAT, link.wait_for(Option::is_none)).await.map(|lost| lost.is_ok());
            match lost {
                Ok(true) => {
                    tell_away("no answer");
                    if since.elapsed() >= HOLDS {
                        pause = PAUSES.0;
                    }
                }
                Ok(false) => return,
                Err(_) => {
                    let Some(line) = line.upgrade() else { return };
                    // Without an answer the line hangs up by itself.
                    let _ = line.run(async |mut link| link.ping().await).await;
                }
            }
        }
        sleep(pause.mul_f64(rand::random_range(0.5..1.0))).await;
        pause = (pause * 2).min(PAUSES.1);
        let dialled = dial(&mut door).await;
        let Some(line) = line.upgrade() else { return };
        if let Ok(link) = dialled {
            line.put_to_use(link);
            tracing::info!("the shared store is back");
        }
    }
}

async fn dial(door: &mut Door) -> Result<Link, String> {
    match timeout(ATTEMPT, door.open()).await {
        Ok(opened) => opened.map_err(|error| reason(&error).to_owned()),
        Err(_) => Err("time limit".to_owned()),
    }
}

fn tell_away(reason: &str) {
    tracing::warn!(reason, "the shared store is away: each replica caches and counts for itself");
}

/// A word for the log: the server's own code or the crate's name for the kind of error. Other texts of errors may hold
/// addresses and keys.
fn reason(error: &RedisError) -> &str {
    error.code().unwrap_or_else(|| error.category())
}

/// Whether the error means that nobody is there to serve: not connected, or connected to a server that is starting,
/// has lost its leader, or follows another one.
fn is_away(error: &RedisError) -> bool {
    error.is_io_error()
        || error.is_unrecoverable_error()
        || error.is_cluster_error()
        || matches!(
            error.kind(),
            ErrorKind::Server(ServerErrorKind::BusyLoading | ServerErrorKind::MasterDown | ServerErrorKind::ReadOnly)
        )
}
