//! What the servers of a report show. They notice that they are called, so that they are only where the settings allow it and
//! the profile or the request says so.

use std::time::Duration;

use futures::{StreamExt as _, stream};
use model::{Observable, Outcome};
use tokio::time::Instant;

use super::Manner;
use crate::tls::{Shown, Target, Tls};

/// A report waits for servers no longer than this.
const PATIENCE: Duration = Duration::from_secs(5);

/// Servers that are called at once.
const AT_ONCE: usize = 16;

/// Calls all hosts that may be: one row for each observable, and whether all were in time.
pub(super) async fn look_at(tls: Tls<'_>, observables: &[Observable], manner: &Manner) -> (Vec<Option<Shown>>, bool) {
    let deadline = manner.deadline.min(Instant::now() + PATIENCE);
    let called = observables.iter().map(|observable| async move {
        let has_host = observable.address().is_some() || observable.host().is_some();
        let target = has_host.then(|| Target::read(observable.canonical()).ok()).flatten()?;
        if target.closed(&manner.permission, tls.dns, tls.policy).is_some() {
            return None;
        }
        let shown = tls.look_at(target, &manner.permission, deadline).await;
        // An address that may not be called is not told again: its kind says it.
        (shown.outcome != Outcome::Skipped).then_some(shown)
    });
    let shown: Vec<Option<Shown>> = stream::iter(called).buffered(AT_ONCE).collect().await;
    let complete = !shown.iter().flatten().any(|shown| shown.outcome == Outcome::Timeout);
    (shown, complete)
}
