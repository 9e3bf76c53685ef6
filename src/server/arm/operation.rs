//! What takes its time in Azure: begun, then asked about until it is done or the caller waits no longer.
//!
//! <https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations>

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};
use url::Url;

use super::{
    Account, Arm, ArmAnswer, ArmError, ArmRequest, Said, account::Origin, exchange::Addressed, request::Counted,
};
use crate::upstream::{Method, SendError};

/// How often is asked if Azure does not say.
const USUAL_PAUSE: Duration = Duration::from_secs(2);

/// How a running operation is asked about.
enum Watch {
    /// A status of its own (`Azure-AsyncOperation`).
    Status(Url),
    /// The result, which is not there yet (`Location`).
    Result(Url),
}

impl Arm {
    /// Sends a request and waits for what it begins. The answer is that of the end: the resource, or what the operation gave.
    pub async fn finish(&self, account: &Account, request: &ArmRequest, until: Instant) -> Result<ArmAnswer, ArmError> {
        let origin = self.origin(account, until).await?;
        let addressed = request.addressed(&origin)?;
        let mut answer = self.settle(account, &origin, &addressed, until).await?;
        let Some(watch) = watch(&answer, &origin)? else { return Ok(answer) };
        let (result, is_status) = match &watch {
            Watch::Status(_) => (link(&answer, "location", &origin)?, true),
            Watch::Result(_) => (None, false),
        };
        let (Watch::Status(mut url) | Watch::Result(mut url)) = watch;
        loop {
            let pause = answer.header("retry-after").and_then(|text| text.trim().parse().ok());
            let pause = pause.map_or(USUAL_PAUSE, Duration::from_secs);
            if Instant::now() + pause >= until {
                return Err(SendError::Timeout.into());
            }
            sleep(pause).await;
            answer = self.settle(account, &origin, &reading(url.clone(), &addressed), until).await?;
            if !is_status {
                if answer.status != 202 {
                    return Ok(answer);
                }
            } else if is_over(&answer.body)? {
                let url = match (request.method == Method::POST, result) {
                    (true, Some(url)) => url,
                    // Of what a POST or a DELETE did there is nothing to read.
                    (true, None) => return Ok(answer),
                    _ if request.method == Method::DELETE => return Ok(answer),
                    (false, _) => addressed.url.clone(),
                };
                return self.settle(account, &origin, &reading(url, &addressed), until).await;
            }
            // An operation may move.
            let header = if is_status { "azure-asyncoperation" } else { "location" };
            url = link(&answer, header, &origin)?.unwrap_or(url);
        }
    }
}

fn reading<'a>(url: Url, request: &Addressed<'a>) -> Addressed<'a> {
    Addressed {
        method: Method::GET,
        url,
        body: None,
        if_match: None,
        may_repeat: true,
        counted: Counted::Read,
        subscription: request.subscription,
    }
}

/// How to learn of the end, if it is still to come.
fn watch(answer: &ArmAnswer, origin: &Origin) -> Result<Option<Watch>, ArmError> {
    if let Some(url) = link(answer, "azure-asyncoperation", origin)? {
        return Ok(Some(Watch::Status(url)));
    }
    if answer.status != 202 {
        return Ok(None);
    }
    match link(answer, "location", origin)? {
        Some(url) => Ok(Some(Watch::Result(url))),
        None => Err(ArmError::Unreadable("an operation does not say where it is")),
    }
}

fn link(answer: &ArmAnswer, header: &str, origin: &Origin) -> Result<Option<Url>, ArmError> {
    let Some(text) = answer.header(header) else { return Ok(None) };
    let url = origin.base.join(text).map_err(|_| ArmError::Unreadable("a link is no address"))?;
    if url.origin() == origin.base.origin() { Ok(Some(url)) } else { Err(ArmError::Elsewhere) }
}

/// Whether an operation has ended well. Any word but those for a bad end means that it runs.
fn is_over(body: &Value) -> Result<bool, ArmError> {
    let status =
        body.get("status").and_then(Value::as_str).ok_or(ArmError::Unreadable("an operation has no status"))?;
    let ended = |outcome| Err(ArmError::Ended { outcome, said: Said::of(body) });
    match status.to_ascii_lowercase().as_str() {
        "succeeded" => Ok(true),
        "failed" => ended("Failed"),
        "canceled" | "cancelled" => ended("Canceled"),
        _ => Ok(false),
    }
}
