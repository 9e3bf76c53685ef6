//! Azure: subscriptions, resources, networks and metrics, as they are now.

pub mod graph;
pub mod metrics;
pub mod network;
pub mod resources;
pub mod subscriptions;
pub mod versions;

use serde_json::Value as Json;
use tokio::time::Instant;

use crate::{
    arm::{Account, Arm, ArmError, ArmRequest},
    sentinel::pages::{Cutter, Page, Wanted},
};

/// As whom Azure is asked, and until when answers are waited for. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Azure {
    /// The way there.
    pub arm: Arm,
    /// As whom.
    pub account: Account,
    /// Until when.
    pub until: Instant,
}

impl Azure {
    /// Sends a request; the body of its answer.
    pub async fn send(&self, request: ArmRequest) -> Result<Json, ArmError> {
        Ok(self.arm.send(&self.account, &request, self.until).await?.body)
    }

    /// Sends a request and waits for what it begins.
    pub async fn finish(&self, request: ArmRequest) -> Result<Json, ArmError> {
        Ok(self.arm.finish(&self.account, &request, self.until).await?.body)
    }
}

/// A part of a list, put together page by page.
pub async fn gather<T, E: From<ArmError>>(
    azure: &Azure,
    request: &ArmRequest,
    wanted: Wanted,
    pick: impl Fn(Json) -> Result<Option<T>, E>,
) -> Result<Page<T>, E> {
    let mut cutter = Cutter::new(wanted);
    loop {
        let mut request = request.clone();
        if let Some(token) = cutter.token() {
            request = request.query("$skipToken", token);
        }
        let page = azure.arm.page(&azure.account, &request, azure.until).await?;
        if let Some(page) = cutter.take(page.items, page.skip_token, &pick)? {
            return Ok(page);
        }
    }
}
