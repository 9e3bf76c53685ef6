//! The store that all replicas share: Redis. It may be away; then every operation says so at once, and a task of its own
//! goes on trying. No error, log line or `Debug` shows an address, a key or a value.

mod line;
mod link;

use std::{
    fmt,
    sync::{Arc, LazyLock},
    time::Duration,
};

use bytes::Bytes;
use line::Line;
use model::{Fault, Faulty};
pub use redis::Script;
use redis::{Cmd, FromRedisValue, ToRedisArgs, cmd};

use crate::settings::RedisSettings;

/// Keys of one MGET: a command with thousands of large values would keep all others waiting.
const AT_ONCE: usize = 256;

/// Gives a lease back unless it has passed to somebody else.
static RELEASE: LazyLock<Script> = LazyLock::new(|| {
    Script::new("if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0")
});

/// Why the shared store gave no answer. Callers make do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FarError {
    /// There is no connection.
    #[error("the shared store is away")]
    Away,
    /// No answer in time.
    #[error("the shared store did not answer in time")]
    Slow,
    /// It answered with an error: no memory left, no permission, a key of another type.
    #[error("the shared store refused the operation")]
    Refused,
}

impl Faulty for FarError {
    fn fault(&self) -> Fault {
        match self {
            Self::Away => Fault::Unavailable,
            Self::Slow => Fault::Timeout,
            Self::Refused => Fault::Upstream,
        }
    }
}

/// The shared store. Cheap to clone; all clones share one connection.
#[derive(Clone)]
pub struct Far {
    prefix: Arc<str>,
    line: Arc<Line>,
}

impl Far {
    /// Connects, or gives up after a short while and goes on trying behind the caller's back, for as long as a clone of
    /// this lives.
    pub async fn connect(settings: &RedisSettings) -> Self {
        Self { prefix: settings.prefix.as_str().into(), line: Line::open(settings).await }
    }

    /// The first part of every key.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Whether there is a connection, as far as is known.
    pub fn is_up(&self) -> bool {
        self.line.is_up()
    }

    /// What is stored under a key.
    pub async fn fetch(&self, key: &str) -> Result<Option<Bytes>, FarError> {
        self.ask(cmd("GET").arg(key)).await
    }

    /// What is stored under each of the keys, in their order.
    pub async fn fetch_many(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, FarError> {
        let mut values = Vec::with_capacity(keys.len());
        for some in keys.chunks(AT_ONCE) {
            let fetched: Vec<Option<Bytes>> = self.ask(cmd("MGET").arg(some)).await?;
            if fetched.len() != some.len() {
                return Err(FarError::Refused);
            }
            values.extend(fetched);
        }
        Ok(values)
    }

    /// Stores a value for a while.
    pub async fn store(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), FarError> {
        self.ask(cmd("SET").arg(key).arg(value).arg("PX").arg(milliseconds(ttl))).await
    }

    /// Takes out what is stored under a key.
    pub async fn forget(&self, key: &str) -> Result<(), FarError> {
        self.ask(cmd("DEL").arg(key)).await
    }

    /// Takes a lease unless somebody holds it: whether it was taken.
    pub async fn lease(&self, key: &str, owner: &str, ttl: Duration) -> Result<bool, FarError> {
        let taken: Option<String> =
            self.ask(cmd("SET").arg(key).arg(owner).arg("NX").arg("PX").arg(milliseconds(ttl))).await?;
        Ok(taken.is_some())
    }

    /// Gives a lease back, if this owner still holds it.
    pub async fn release(&self, key: &str, owner: &str) -> Result<(), FarError> {
        self.run_script(&RELEASE, &[key.to_owned()], &[owner]).await
    }

    /// Runs a script on the server; it is sent whole only when the server does not know it yet. In a cluster all keys
    /// must fall into one slot.
    pub async fn run_script<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[String],
        args: &[impl ToRedisArgs],
    ) -> Result<T, FarError> {
        let mut call = script.prepare_invoke();
        for key in keys {
            call.key(key);
        }
        for arg in args {
            call.arg(arg);
        }
        self.line.run(async |mut link| call.invoke_async(&mut link).await).await
    }

    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, FarError> {
        self.line.run(async |mut link| command.query_async(&mut link).await).await
    }
}

impl fmt::Debug for Far {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Far").field("is_up", &self.is_up()).finish_non_exhaustive()
    }
}

/// Redis takes no lifetime of zero, and none beyond its clock.
fn milliseconds(ttl: Duration) -> u64 {
    u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).clamp(1, u64::MAX >> 4)
}
