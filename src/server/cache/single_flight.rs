//! Single flight: many who ask the same thing at once share one piece of work. Never holds a lock across an await.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{FutureExt, future::Shared};
use model::{Fault, Faulty};
use tokio::{runtime::Handle, sync::oneshot};
use tracing::Instrument;

/// The work of a flight ended without a result: it panicked, or the runtime stopped. Everybody aboard gets this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the shared work ended without a result")]
pub struct Crashed;

impl Faulty for Crashed {
    fn fault(&self) -> Fault {
        Fault::Internal
    }
}

/// Who did the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// This call started it.
    Leader,
    /// Another call had started it already.
    Follower,
}

/// The flights that are under way, by key. Cheap to clone; all clones share them.
#[derive(Debug)]
pub struct Flights<K, V> {
    under_way: Arc<Mutex<Departures<K, V>>>,
    runtime: Option<Handle>,
}

type Departures<K, V> = HashMap<K, Shared<oneshot::Receiver<V>>>;

impl<K, V> Clone for Flights<K, V> {
    fn clone(&self) -> Self {
        Self { under_way: Arc::clone(&self.under_way), runtime: self.runtime.clone() }
    }
}

impl<K, V> Default for Flights<K, V> {
    /// Work will run in the runtime that this is called in, if there is one: a worker that stops takes no flight down.
    fn default() -> Self {
        Self { under_way: Arc::default(), runtime: Handle::try_current().ok() }
    }
}

impl<K, V> Flights<K, V>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Waits for the work under this key, which `make` begins if nobody has.
    ///
    /// The work runs in a task of its own: whoever stops waiting, even the leader, stops it for nobody. Who comes
    /// after it has ended begins anew, so the work itself must first look whether its result is there by now.
    pub async fn join<F>(&self, key: &K, make: impl FnOnce() -> F) -> Result<(V, Role), Crashed>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let (landing, role) = self.board(key, make);
        landing.await.map(|value| (value, role)).map_err(|_| Crashed)
    }

    fn board<F>(&self, key: &K, make: impl FnOnce() -> F) -> (Shared<oneshot::Receiver<V>>, Role)
    where
        F: Future<Output = V> + Send + 'static,
    {
        let (land, landing) = oneshot::channel();
        let landing = {
            let mut under_way = lock(&self.under_way);
            if let Some(landing) = under_way.get(key) {
                return (landing.clone(), Role::Follower);
            }
            let landing = landing.shared();
            under_way.insert(key.clone(), landing.clone());
            landing
        };
        // Frees the key however the work ends.
        let departure = Departure { under_way: Arc::clone(&self.under_way), key: key.clone() };
        let work = make();
        self.spawn(async move {
            let _departure = departure;
            let value = work.await;
            // Fails only when nobody waits any more.
            let _ = land.send(value);
        });
        (landing, Role::Leader)
    }

    /// Begins work that nobody waits for.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let work = work.in_current_span();
        match &self.runtime {
            Some(runtime) => drop(runtime.spawn(work)),
            None => drop(tokio::spawn(work)),
        }
    }
}

struct Departure<K: Eq + Hash, V> {
    under_way: Arc<Mutex<Departures<K, V>>>,
    key: K,
}

impl<K: Eq + Hash, V> Drop for Departure<K, V> {
    fn drop(&mut self) {
        lock(&self.under_way).remove(&self.key);
    }
}

/// No code that holds the lock can panic and leave the map half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::join_all;
    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn a_thousand_at_once_make_one_call() {
        let flights: Flights<u8, usize> = Flights::default();
        let calls = Arc::new(AtomicUsize::new(0));
        let gate = Arc::new(Semaphore::new(0));
        let mut aboard = Vec::new();
        for _ in 0..1_000 {
            let (calls, gate) = (Arc::clone(&calls), Arc::clone(&gate));
            let mut waiting = Box::pin(flights.join(&7, || async move {
                let call = calls.fetch_add(1, Ordering::SeqCst);
                let _open = gate.acquire().await;
                call
            }));
            assert!(futures::poll!(&mut waiting).is_pending());
            aboard.push(waiting);
        }
        gate.add_permits(1);
        let landed = join_all(aboard).await;
        assert_eq!(calls.load(Ordering::SeqCst), 1);
        assert_eq!(landed.iter().filter(|one| **one == Ok((0, Role::Leader))).count(), 1);
        assert_eq!(landed.iter().filter(|one| **one == Ok((0, Role::Follower))).count(), 999);
        assert!(lock(&flights.under_way).is_empty(), "the key is free again");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn threads_never_fly_the_same_key_at_once() {
        let flights: Flights<u8, ()> = Flights::default();
        let (under_way, calls) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let travellers = (0..4_000u16).map(|n| {
            let (flights, under_way, calls) = (flights.clone(), Arc::clone(&under_way), Arc::clone(&calls));
            tokio::spawn(async move {
                let work = || async move {
                    assert_eq!(under_way.fetch_add(1, Ordering::SeqCst), 0, "two flights at once");
                    calls.fetch_add(1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                    under_way.fetch_sub(1, Ordering::SeqCst);
                };
                assert!(flights.join(&0, work).await.is_ok(), "traveller {n}");
            })
        });
        for traveller in join_all(travellers).await {
            traveller.unwrap();
        }
        assert!(calls.load(Ordering::SeqCst) >= 1);
    }

    #[tokio::test]
    async fn a_leader_that_gives_up_takes_nobody_down() {
        let flights: Flights<u8, &str> = Flights::default();
        let gate = Arc::new(Semaphore::new(0));
        let held = Arc::clone(&gate);
        let work = || async move {
            let _open = held.acquire().await;
            "done"
        };
        let mut leader = Box::pin(flights.join(&1, work));
        assert!(futures::poll!(&mut leader).is_pending());
        let mut follower = Box::pin(flights.join(&1, || async { "never begun" }));
        assert!(futures::poll!(&mut follower).is_pending());
        drop(leader);
        gate.add_permits(1);
        assert_eq!(follower.await, Ok(("done", Role::Follower)));
    }

    #[tokio::test]
    async fn a_panic_is_an_error_for_all_and_frees_the_key() {
        let flights: Flights<u8, u8> = Flights::default();
        let (leader, follower) =
            tokio::join!(flights.join(&1, || async { panic!("on purpose") }), flights.join(&1, || async { 2 }));
        assert_eq!((leader, follower), (Err(Crashed), Err(Crashed)));
        assert_eq!(flights.join(&1, || async { 3 }).await, Ok((3, Role::Leader)));
    }

    #[tokio::test]
    async fn different_keys_do_not_wait_for_each_other() {
        let flights: Flights<u8, u8> = Flights::default();
        let mut never = Box::pin(flights.join(&1, std::future::pending));
        assert!(futures::poll!(&mut never).is_pending());
        assert_eq!(flights.join(&2, || async { 2 }).await, Ok((2, Role::Leader)));
    }
}
