//! Single flight across replicas: one of them takes a short lease before it calls out, the others wait for its answer.
//!
//! The lease saves calls, it guards nothing: when Redis loses it or is away, several replicas call out.

use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::{runtime::Handle, time::sleep};

use super::Far;

/// Pauses between looks grow from the first to the second.
const PAUSES: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(50));

/// What waiting for one's turn came to.
#[derive(Debug)]
pub enum Turn<T> {
    /// Nobody else is on it: call out, store the answer, then drop the lease.
    Lead(Lease),
    /// Another replica has stored an answer.
    Answered(T),
    /// Another replica is still on it, and the time is up.
    TimeUp,
}

/// The right to call out. Given back when it is dropped; lapses by itself if the process dies.
#[derive(Debug)]
pub struct Lease {
    far: Far,
    key: String,
    owner: String,
}

impl Drop for Lease {
    fn drop(&mut self) {
        // Without a runtime the process is at its end, and the lease lapses.
        let Ok(runtime) = Handle::try_current() else { return };
        let (far, key, owner) = (self.far.clone(), std::mem::take(&mut self.key), std::mem::take(&mut self.owner));
        runtime.spawn(async move {
            // Where it fails, the lease lapses.
            let _ = far.release(&key, &owner).await;
        });
    }
}

/// Waits until it is this replica's turn to fetch what is stored under `key`, until somebody else has stored it, or
/// until the time is up.
///
/// `ttl` is how long the call out may take. `read` tells whether what is stored is what is waited for: there may be an
/// old answer to refresh, or bytes that cannot be read. With Redis away it is everybody's turn.
pub async fn take_turn<T>(
    far: &Far,
    key: &str,
    ttl: Duration,
    until: Instant,
    read: impl Fn(Bytes) -> Option<T>,
) -> Turn<T> {
    let look = async || far.fetch(key).await.ok().flatten().and_then(&read);
    let (lease, owner) = (format!("{key}:lease"), format!("{:032x}", rand::random::<u128>()));
    let mut pause = PAUSES.0;
    loop {
        if far.lease(&lease, &owner, ttl).await.unwrap_or(true) {
            let lease = Lease { far: far.clone(), key: lease, owner };
            // Whoever led before may have stored its answer since this replica last looked.
            return match look().await {
                Some(answer) => Turn::Answered(answer),
                None => Turn::Lead(lease),
            };
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Turn::TimeUp;
        }
        sleep(pause.mul_f64(rand::random_range(0.5..1.0)).min(left)).await;
        pause = (pause * 2).min(PAUSES.1);
        if let Some(answer) = look().await {
            return Turn::Answered(answer);
        }
    }
}
