//! What name servers say about the addresses and names of a report. Whoever runs the name servers of a name can notice the
//! question, so that it is asked only where the profile or the request says so.

use std::time::Duration;

use futures::{StreamExt as _, stream};
use model::{Observable, Outcome};
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::{Context, Manner};
use crate::{
    dns::{Dns, Resolved, Subject},
    upstream::RecordType,
};

/// A report waits for name servers no longer than this.
const PATIENCE: Duration = Duration::from_secs(3);

/// Questions at once.
const AT_ONCE: usize = 32;

/// Where a name leads, or what an address is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Resolution {
    /// How asking ended.
    pub outcome: Outcome,
    /// Why there is no answer, when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// Addresses of the name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// Names of the address.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
}

/// Asks about all observables that name servers may know: one resolution for each row, and whether all were in time.
pub(super) async fn resolve(
    dns: Dns<'_>,
    observables: &[Observable],
    contexts: &[Context],
    manner: &Manner,
) -> (Vec<Option<Resolution>>, bool) {
    let deadline = manner.deadline.min(Instant::now() + PATIENCE);
    let asked = observables.iter().zip(contexts).map(|(observable, context)| async move {
        let subject = subject(observable, context)?;
        if subject.closed(&manner.permission, dns.dns, dns.policy).is_some() {
            return None;
        }
        Some(match &subject {
            Subject::Address(_) => {
                let found = dns.resolve(&subject, RecordType::PTR, &manner.permission, deadline).await;
                let names = records(&found, "PTR").collect();
                Resolution { outcome: found.outcome, reason: found.reason, addresses: Vec::new(), names }
            }
            Subject::Name(_) => {
                let ask = |record_type| dns.resolve(&subject, record_type, &manner.permission, deadline);
                let (four, six) = futures::join!(ask(RecordType::A), ask(RecordType::AAAA));
                let addresses = records(&four, "A").chain(records(&six, "AAAA")).collect();
                let told = if six.outcome == Outcome::Hit { six } else { four };
                Resolution { outcome: told.outcome, reason: told.reason, addresses, names: Vec::new() }
            }
        })
    });
    let resolutions: Vec<Option<Resolution>> = stream::iter(asked).buffered(AT_ONCE).collect().await;
    let complete = !resolutions.iter().flatten().any(|resolution| resolution.outcome == Outcome::Timeout);
    (resolutions, complete)
}

/// An address, or a host in a domain that can be registered.
fn subject(observable: &Observable, context: &Context) -> Option<Subject> {
    match observable.address() {
        Some(address) => Some(Subject::Address(address)),
        None => context.domain.as_ref().and(observable.host()).and_then(|host| Subject::name(host).ok()),
    }
}

fn records(found: &Resolved, record_type: &'static str) -> impl Iterator<Item = String> {
    let records = found.answer.iter().flat_map(|answer| &answer.records);
    records.filter(move |record| record.record_type == record_type).map(|record| record.data.clone())
}
