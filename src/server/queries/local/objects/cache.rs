//! Objects that were fetched: files of a folder of ours, as many as there is room for. Those that were not used for longest
//! make room; those that a query holds stay.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sources::{Trouble, TroubleKind};
use tempfile::TempDir;
use tokio::time::Instant;

use super::{arrival::Arrival, listing::Object};

/// How long an object that could not be fetched is left alone.
const REST: Duration = Duration::from_secs(60);

/// The files.
#[derive(Debug)]
pub(super) struct Cache {
    folder: TempDir,
    /// Bytes that may be kept.
    limit: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// By what tells an object from all others, and from itself when it was another.
    places: HashMap<String, Place>,
    failed: HashMap<String, Failure>,
    bytes: u64,
    /// Numbers uses and files.
    count: u64,
}

#[derive(Debug)]
struct Place {
    name: String,
    kept: Arc<Kept>,
    used: u64,
}

#[derive(Debug)]
struct Failure {
    name: String,
    at: Instant,
    trouble: Trouble,
}

/// An object that is kept, or comes. Whoever holds it can rely on its file.
#[derive(Debug)]
pub(super) struct Kept {
    bytes: u64,
    /// Its file.
    pub(super) file: Arrival<PathBuf>,
}

/// An object that was taken from the cache.
#[derive(Debug)]
pub(super) struct Taken {
    /// It.
    pub(super) kept: Arc<Kept>,
    /// Files that made room for it, and are to be removed.
    pub(super) gone: Vec<PathBuf>,
}

impl Cache {
    /// An empty one.
    pub(super) fn new(limit: u64) -> std::io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("pivotd-objects-").tempdir()?;
        Ok(Self { folder, limit, state: Mutex::default() })
    }

    /// An object, which is fetched into a new file if it is not there.
    pub(super) fn take(
        &self,
        object: &Object,
        now: Instant,
        fetch: impl FnOnce(PathBuf) -> Arrival<PathBuf>,
    ) -> Result<Taken, Trouble> {
        let mut state = self.state();
        state.count += 1;
        let count = state.count;
        if let Some(place) = state.places.get_mut(&object.key) {
            place.used = count;
            return Ok(Taken { kept: Arc::clone(&place.kept), gone: Vec::new() });
        }
        if let Some(failure) = state.failed.get(&object.key).filter(|failure| now < failure.at + REST) {
            return Err(failure.trouble.clone());
        }
        let mut gone = Vec::new();
        while state.bytes.saturating_add(object.bytes) > self.limit {
            let full = || Trouble::new(TroubleKind::Incomplete, "there is no room for it: cache_bytes is too small");
            gone.extend(state.oldest().ok_or_else(full)?);
        }
        let kept = Arc::new(Kept { bytes: object.bytes, file: fetch(self.file(count, &object.name)) });
        state.bytes += object.bytes;
        state
            .places
            .insert(object.key.clone(), Place { name: object.name.clone(), kept: Arc::clone(&kept), used: count });
        Ok(Taken { kept, gone })
    }

    /// Takes down that an object could not be fetched.
    pub(super) fn failed(&self, object: &Object, trouble: &Trouble, now: Instant) {
        let mut state = self.state();
        if let Some(place) = state.places.remove(&object.key) {
            state.bytes -= place.kept.bytes;
        }
        let failure = Failure { name: object.name.clone(), at: now, trouble: trouble.clone() };
        state.failed.insert(object.key.clone(), failure);
    }

    /// Takes down that an object was fetched.
    pub(super) fn arrived(&self, object: &Object) {
        self.state().failed.remove(&object.key);
    }

    /// Objects that could not be fetched when that was last tried, of those that are still there.
    pub(super) fn failures(&self, is_there: impl Fn(&str) -> bool) -> Vec<(String, Trouble)> {
        let mut state = self.state();
        state.failed.retain(|key, _| is_there(key));
        state.failed.values().map(|failure| (failure.name.clone(), failure.trouble.clone())).collect()
    }

    /// The files of objects that are still there, by the names of these.
    pub(super) fn files(&self, is_there: impl Fn(&str) -> bool) -> Vec<(String, PathBuf)> {
        let state = self.state();
        let there = state.places.iter().filter(|(key, _)| is_there(key));
        there.filter_map(|(_, place)| Some((place.name.clone(), place.kept.file.ended()?.ok()?))).collect()
    }

    /// A file's name says what is in it; where it lies, no object can say.
    fn file(&self, number: u64, name: &str) -> PathBuf {
        let plain = |letter: char| if letter.is_ascii_alphanumeric() || "._-".contains(letter) { letter } else { '_' };
        let name: String = name.rsplit('/').next().unwrap_or_default().chars().map(plain).collect();
        let end = name.len().saturating_sub(100);
        self.folder.path().join(format!("{number}-{}", name.get(end..).unwrap_or_default()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Gives up the object that was not used for longest, if there is one that nobody holds. Its file, if it has one.
    fn oldest(&mut self) -> Option<Option<PathBuf>> {
        let is_free = |place: &Place| Arc::strong_count(&place.kept) == 1 && !place.kept.file.is_coming();
        let free = self.places.iter().filter(|(_, place)| is_free(place));
        let key = free.min_by_key(|(_, place)| place.used).map(|(key, _)| key.clone())?;
        let place = self.places.remove(&key)?;
        self.bytes -= place.kept.bytes;
        Some(place.kept.file.ended().and_then(Result::ok))
    }
}

/// The same file under a name that says how it is packed.
pub(super) fn packed_as(file: &Path, packing: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(packing);
    name.into()
}

#[cfg(test)]
mod tests {
    use object_store::path::Path as Location;
    use tokio::runtime::Handle;

    use super::*;

    fn object(name: &str, bytes: u64) -> Object {
        Object {
            name: name.to_owned(),
            key: name.to_owned(),
            location: Location::from(name),
            bytes,
            etag: None,
            modified: chrono::DateTime::UNIX_EPOCH,
            partition: None,
        }
    }

    fn there(path: PathBuf) -> Arrival<PathBuf> {
        Arrival::begin(&Handle::current(), async move { Ok(path) })
    }

    #[tokio::test]
    async fn what_was_not_used_for_longest_makes_room_and_what_is_held_stays() {
        let cache = Cache::new(10).unwrap();
        let take = async |name: &str, bytes| {
            let taken = cache.take(&object(name, bytes), Instant::now(), there)?;
            taken.kept.file.outcome().await?;
            Ok::<_, Trouble>(taken)
        };
        for name in ["a", "b"] {
            take(name, 4).await.unwrap();
        }
        let held = take("a", 4).await.unwrap();
        let taken = take("c", 4).await.unwrap();
        assert_eq!(taken.gone.len(), 1);
        assert!(taken.gone[0].ends_with("2-b"), "{taken:?}");
        drop(taken);
        assert!(take("d", 7).await.unwrap_err().message.contains("cache_bytes"), "a is held");
        drop(held);
        assert_eq!(take("d", 10).await.unwrap().gone.len(), 1, "c went before");
        assert!(take("e", 11).await.is_err(), "nothing is that small");
    }

    #[tokio::test]
    async fn what_failed_is_left_alone_for_a_while() {
        let (cache, now) = (Cache::new(10).unwrap(), Instant::now());
        let asked = object("a", 10);
        cache.take(&asked, now, there).unwrap();
        cache.failed(&asked, &Trouble::unreadable(), now);
        assert_eq!(cache.take(&asked, now, there).unwrap_err(), Trouble::unreadable());
        assert_eq!(cache.failures(|_| true), [("a".to_owned(), Trouble::unreadable())]);
        cache.take(&asked, now + REST, there).unwrap();
        cache.arrived(&asked);
        assert_eq!(cache.failures(|_| true), []);
    }

    #[test]
    fn no_name_of_an_object_leads_out_of_the_folder() {
        let cache = Cache::new(1).unwrap();
        for name in ["../../etc/passwd", "/etc/passwd", "..", "a/..\\b", "a\0b", &"é/".repeat(200), ""] {
            let file = cache.file(7, name);
            assert_eq!(file.parent(), Some(cache.folder.path()), "{name}");
            assert!(file.file_name().is_some_and(|name| name.len() <= 104), "{name}");
        }
        assert!(cache.file(1, "x/PT1H.json.gz").ends_with("1-PT1H.json.gz"));
    }
}
