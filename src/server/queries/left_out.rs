//! What stands for folders of logs in a build without the engine: it says so.

use std::sync::{Arc, Weak};

use futures::{FutureExt as _, future::BoxFuture};
use sources::{Question, Trouble, TroubleKind};
use tokio::time::Instant;

use super::{
    Connection,
    exchange::Exchanges,
    run::{Ending, Event, Outlet, Run},
};
use crate::{geo::GeoDatabases, settings::ConnectionSettings};

/// No engine.
pub(super) struct SharedEngine;

impl SharedEngine {
    pub(super) fn new(_: GeoDatabases) -> Self {
        Self
    }
}

/// A folder that nobody reads.
pub(super) struct Local;

impl Local {
    pub(super) fn new(_: &ConnectionSettings, _: Weak<Connection>, _: Arc<Exchanges>, _: Arc<SharedEngine>) -> Self {
        Self
    }
}

impl Run for Local {
    fn run(self: Arc<Self>, _: Question, _: Instant, out: Outlet) -> BoxFuture<'static, ()> {
        let failure = Trouble::new(TroubleKind::Failed, "local queries are left out of this build");
        async move {
            let _ = out.send(Event::End(Ending { truncated: false, failure: Some(failure) })).await;
        }
        .boxed()
    }

    fn run_schema(self: Arc<Self>, question: Question, until: Instant, out: Outlet) -> Option<BoxFuture<'static, ()>> {
        Some(self.run(question, until, out))
    }
}
