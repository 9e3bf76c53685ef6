//! Azure Resource Manager (ARM): one request and its answer, lists to their end, operations until they are done.
//!
//! Sends through `upstream` only, with a token of `credentials`, to the origin of the account only: no link of an answer takes
//! the token elsewhere.

mod account;
mod error;
mod exchange;
mod operation;
mod pages;
mod path;
mod request;
pub mod versions;

use std::{fmt, sync::Arc};

use providers::Window;

pub use self::{
    account::Account,
    error::{ArmError, Said},
    pages::Page,
    path::ResourcePath,
    request::{ArmAnswer, ArmRequest},
};
use self::{account::Origins, request::Counted};
use crate::{
    credentials::Credentials,
    telemetry::Metrics,
    upstream::{Breakers, Budgets, Upstream},
};

/// What it is called in spans and metrics.
const ID: &str = "azure_resource_manager";

/// What ARM gives each principal in a subscription, in steady state: 25 reads, 10 writes, 10 deletions a second.
/// <https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling>
const READS: Window = Window { requests: 1_500, per_s: 60 };
const WRITES: Window = Window { requests: 600, per_s: 60 };

/// What the server for threat intelligence takes.
/// <https://learn.microsoft.com/azure/sentinel/stix-objects-api#throttling-limits-for-the-api>
const UPLOADS: Window = Window { requests: 100, per_s: 60 };

/// The way to ARM. Cheap to clone; all clones share tokens, budgets and breakers.
#[derive(Clone)]
pub struct Arm(Arc<Shared>);

struct Shared {
    upstream: Upstream,
    credentials: Credentials,
    budgets: Budgets,
    breakers: Breakers,
    metrics: Metrics,
    origins: Origins,
}

impl Arm {
    /// Asks nobody yet.
    pub fn new(upstream: Upstream, credentials: Credentials, budgets: Budgets, metrics: Metrics) -> Self {
        let (breakers, origins) = (Breakers::new(), Origins::default());
        Self(Arc::new(Shared { upstream, credentials, budgets, breakers, metrics, origins }))
    }
}

impl Counted {
    /// Those of the requests that count together.
    const fn windows(self) -> &'static [Window] {
        match self {
            Self::Read => &[READS],
            Self::Write | Self::Delete => &[WRITES],
            Self::Upload => &[UPLOADS],
        }
    }
}

impl fmt::Debug for Arm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arm").finish_non_exhaustive()
    }
}
