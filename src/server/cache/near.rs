//! The cache in the process: bounded in bytes, with a lifetime for each entry. Holds nothing back when it is full.

use std::time::{Duration, Instant};

use moka::{Expiry, sync::Cache};

use super::Key;

/// What the cache itself needs for an entry, roughly.
const OVERHEAD: usize = 200;

/// The cache in the process. Cheap to clone; all clones share the entries.
///
/// How long an entry lives here only bounds memory: whether it is still fresh is for its reader to judge.
#[derive(Clone)]
pub struct Near<V> {
    entries: Cache<Key, Entry<V>>,
}

#[derive(Clone)]
struct Entry<V> {
    value: V,
    bytes: usize,
    keep_for: Duration,
}

impl<V: Clone + Send + Sync + 'static> Near<V> {
    /// A cache of at most so many bytes; none of them: nothing is kept.
    pub fn new(bytes: u64) -> Self {
        let entries = Cache::builder()
            .max_capacity(bytes)
            .weigher(|key: &Key, entry: &Entry<V>| {
                u32::try_from(key.size().saturating_add(entry.bytes).saturating_add(OVERHEAD)).unwrap_or(u32::MAX)
            })
            .expire_after(OwnLifetime)
            .build();
        Self { entries }
    }

    /// What is kept under the key.
    pub fn fetch(&self, key: &Key) -> Option<V> {
        self.entries.get(key).map(|entry| entry.value)
    }

    /// Keeps a value that takes up so many bytes, in place of an older one.
    pub fn store(&self, key: Key, value: V, bytes: usize, keep_for: Duration) {
        self.entries.insert(key, Entry { value, bytes, keep_for });
    }

    /// Bytes in use, roughly.
    pub fn bytes(&self) -> u64 {
        self.entries.weighted_size()
    }
}

/// Every entry brings its own lifetime, also when it replaces another.
struct OwnLifetime;

impl<V> Expiry<Key, Entry<V>> for OwnLifetime {
    fn expire_after_create(&self, _: &Key, entry: &Entry<V>, _: Instant) -> Option<Duration> {
        Some(entry.keep_for)
    }

    fn expire_after_update(&self, _: &Key, entry: &Entry<V>, _: Instant, _: Option<Duration>) -> Option<Duration> {
        Some(entry.keep_for)
    }
}

#[cfg(test)]
mod tests {
    use model::Observable;
    use providers::{Facts, Question};

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    fn key(n: usize) -> Key {
        let observable = Observable::parse(&format!("198.51.{}.{}", n / 256, n % 256), None).unwrap();
        Key::new(&Facts { id: "alpha", ..Facts::DEFAULT }, &Question::usual(&observable))
    }

    #[test]
    fn a_later_value_replaces_an_earlier_one_with_its_own_lifetime() {
        let near = Near::new(1 << 20);
        near.store(key(1), "old", 10, Duration::ZERO);
        assert_eq!(near.fetch(&key(1)), None, "its life is over at once");
        near.store(key(1), "new", 10, HOUR);
        assert_eq!(near.fetch(&key(1)), Some("new"));
        assert_eq!(near.fetch(&key(2)), None);
        near.store(key(1), "newest", 10, Duration::ZERO);
        assert_eq!(near.fetch(&key(1)), None, "the lifetime of what was replaced does not linger");
    }

    #[test]
    fn it_never_grows_beyond_its_bytes() {
        let near = Near::new(100_000);
        for n in 0..1_000 {
            near.store(key(n), n, 1_000, HOUR);
        }
        near.entries.run_pending_tasks();
        assert!(near.bytes() <= 100_000, "{} bytes", near.bytes());
        assert!(near.bytes() > 0);
        let nothing = Near::new(0);
        nothing.store(key(1), 1, 1, HOUR);
        nothing.entries.run_pending_tasks();
        assert_eq!(nothing.fetch(&key(1)), None);
    }
}
