//! Threads for work that takes long: a worker that did it would hold up every request it serves.

use std::{sync::Arc, time::Duration};

use model::{Fault, Faulty};
use tokio::{sync::Semaphore, time::timeout};

/// How long work may wait for a free thread.
const PATIENCE: Duration = Duration::from_secs(5);

/// The work was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WorkError {
    /// All threads were busy for too long.
    #[error("too much heavy work is under way")]
    Busy,
    /// It broke off.
    #[error("heavy work broke off")]
    BrokeOff,
}

impl Faulty for WorkError {
    fn fault(&self) -> Fault {
        match self {
            Self::Busy => Fault::Unavailable,
            Self::BrokeOff => Fault::Internal,
        }
    }
}

/// As many pieces of heavy work at once as there are cores; the next wait their turn, but not for ever.
#[derive(Clone)]
pub struct Work {
    places: Arc<Semaphore>,
    patience: Duration,
}

impl Work {
    /// One place a core.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { places: Arc::new(Semaphore::new(cores)), patience: PATIENCE }
    }

    /// Does a piece of work on a thread of its own kind.
    pub async fn run<T: Send + 'static>(&self, piece: impl FnOnce() -> T + Send + 'static) -> Result<T, WorkError> {
        let place = timeout(self.patience, self.places.clone().acquire_owned()).await;
        let Ok(Ok(place)) = place else { return Err(WorkError::Busy) };
        tokio::task::spawn_blocking(move || {
            let done = piece();
            drop(place);
            done
        })
        .await
        .map_err(|_| WorkError::BrokeOff)
    }
}

impl Default for Work {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_that_panics_is_an_error_and_frees_its_place() {
        let work = Work { places: Arc::new(Semaphore::new(1)), patience: PATIENCE };
        assert_eq!(work.run(|| panic!("broken")).await, Err::<(), _>(WorkError::BrokeOff));
        assert_eq!(work.run(|| 1 + 1).await, Ok(2));
    }

    #[tokio::test]
    async fn work_that_finds_no_place_is_refused_in_time() {
        let work = Work { places: Arc::new(Semaphore::new(0)), patience: Duration::ZERO };
        assert_eq!(work.run(|| ()).await, Err(WorkError::Busy));
    }
}
