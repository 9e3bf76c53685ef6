//! A place for one token: many may take it, one at a time fetches it, and it is renewed while the old one still holds.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::Mutex as Turn, time::Instant};

use crate::settings::Secret;

/// A token is renewed so long before it ends, or in the middle of its life if that is short.
const EARLY: Duration = Duration::from_mins(5);

/// A refusal stands for so long: those who come meanwhile are told it instead of asking again.
const REFUSAL_STANDS: Duration = Duration::from_secs(5);

/// A token that was just fetched.
#[derive(Debug, Clone)]
pub struct Fresh {
    /// The token.
    pub token: Secret,
    /// How long it holds.
    pub lifetime: Duration,
}

/// A token and when it ends.
#[derive(Clone)]
struct Held {
    token: Secret,
    renew_at: Instant,
    ends_at: Instant,
}

/// A place for one token.
pub struct Slot<E> {
    held: Arc<Mutex<Option<Held>>>,
    /// Whose turn it is to fetch, and how the last one failed.
    turn: Arc<Turn<Option<(Instant, E)>>>,
}

impl<E> Default for Slot<E> {
    fn default() -> Self {
        Self { held: Arc::default(), turn: Arc::new(Turn::new(None)) }
    }
}

impl<E: Clone + Send + 'static> Slot<E> {
    /// The token; fetched if there is none, renewed behind the caller's back if it ends soon. Its time counts from `now`, when
    /// it was asked for.
    pub async fn take<F, Fetching>(&self, now: Instant, fetch: F) -> Result<Secret, E>
    where
        F: FnOnce() -> Fetching,
        Fetching: Future<Output = Result<Fresh, E>> + Send + 'static,
    {
        if let Some(held) = self.held().filter(|held| now < held.ends_at) {
            if now >= held.renew_at
                && let Ok(mut turn) = Arc::clone(&self.turn).try_lock_owned()
                && !stands(turn.as_ref(), now)
            {
                let (place, fetching) = (Arc::clone(&self.held), fetch());
                tokio::spawn(async move { *turn = keep(&place, fetching.await, now).err().map(|error| (now, error)) });
            }
            return Ok(held.token);
        }
        let mut turn = self.turn.lock().await;
        // Whose turn it was before may have fetched it, or have been refused.
        if let Some(held) = self.held().filter(|held| now < held.ends_at) {
            return Ok(held.token);
        }
        if let Some((_, error)) = turn.as_ref().filter(|_| stands(turn.as_ref(), now)) {
            return Err(error.clone());
        }
        let kept = keep(&self.held, fetch().await, now);
        *turn = kept.as_ref().err().map(|error| (now, error.clone()));
        kept
    }

    /// Forgets this token, if it is still the one.
    pub fn forget(&self, token: &Secret) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.as_ref().is_some_and(|held| held.token.expose() == token.expose()) {
            *held = None;
        }
    }

    fn held(&self) -> Option<Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn stands<E>(refusal: Option<&(Instant, E)>, now: Instant) -> bool {
    refusal.is_some_and(|(at, _)| now < *at + REFUSAL_STANDS)
}

fn keep<E>(place: &Mutex<Option<Held>>, fetched: Result<Fresh, E>, now: Instant) -> Result<Secret, E> {
    let Fresh { token, lifetime } = fetched?;
    // No token holds for a year; a longer time is a mistake of who says it.
    let lifetime = lifetime.min(Duration::from_hours(24 * 366));
    let renew_at = now + lifetime.saturating_sub(EARLY).max(lifetime / 2);
    *place.lock().unwrap_or_else(PoisonError::into_inner) =
        Some(Held { token: token.clone(), renew_at, ends_at: now + lifetime });
    Ok(token)
}

impl<E> fmt::Debug for Slot<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use futures::future::join_all;

    #[derive(Default)]
    struct Issuer(AtomicUsize);

    impl Issuer {
        fn next(self: &Arc<Self>, lifetime: Duration) -> impl Future<Output = Result<Fresh, &'static str>> + use<> {
            let issuer = Arc::clone(self);
            async move {
                let number = issuer.0.fetch_add(1, Ordering::Relaxed) + 1;
                tokio::task::yield_now().await;
                Ok(Fresh { token: Secret::new(format!("t{number}")), lifetime })
            }
        }
    }

    const HOUR: Duration = Duration::from_hours(1);

    #[tokio::test]
    async fn many_who_need_a_token_cost_one_request() {
        let (slot, issuer) = (Slot::default(), Arc::new(Issuer::default()));
        let tokens = join_all((0..50).map(|_| slot.take(Instant::now(), || issuer.next(HOUR)))).await;
        assert!(tokens.iter().all(|token| token.as_ref().unwrap().expose() == "t1"));
        assert_eq!(issuer.0.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_token_is_renewed_while_it_holds_and_nobody_waits() {
        let (slot, issuer, now) = (Slot::default(), Arc::new(Issuer::default()), Instant::now());
        let second = Duration::from_secs(1);
        for (later, expected) in [(Duration::ZERO, "t1"), (HOUR - EARLY - second, "t1"), (HOUR - EARLY + second, "t1")]
        {
            assert_eq!(issuer.0.load(Ordering::Relaxed), usize::from(!later.is_zero()), "not yet");
            assert_eq!(slot.take(now + later, || issuer.next(HOUR)).await.unwrap().expose(), expected);
        }
        let later = now + HOUR - second;
        while slot.take(later, || issuer.next(HOUR)).await.unwrap().expose() == "t1" {
            tokio::task::yield_now().await;
        }
        assert_eq!(issuer.0.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn a_refusal_stands_for_a_moment() {
        let (slot, now): (Slot<&str>, _) = (Slot::default(), Instant::now());
        assert_eq!(slot.take(now, || async { Err("no") }).await.err(), Some("no"));
        assert_eq!(slot.take(now, || async { Err("asked again") }).await.err(), Some("no"));
        assert_eq!(slot.take(now + REFUSAL_STANDS, || async { Err("asked again") }).await.err(), Some("asked again"));
    }

    #[tokio::test]
    async fn a_forgotten_token_is_fetched_anew_and_a_newer_one_is_not_forgotten() {
        let (slot, issuer) = (Slot::default(), Arc::new(Issuer::default()));
        let first = slot.take(Instant::now(), || issuer.next(HOUR)).await.unwrap();
        slot.forget(&first);
        assert_eq!(slot.take(Instant::now(), || issuer.next(HOUR)).await.unwrap().expose(), "t2");
        slot.forget(&first);
        assert_eq!(slot.take(Instant::now(), || issuer.next(HOUR)).await.unwrap().expose(), "t2");
    }
}
