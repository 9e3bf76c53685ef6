//! One request to ARM until it is settled: breaker, token, budget, call; pauses that Azure wants are made if there is time.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use providers::HttpAnswer;
use serde_json::Value;
use tokio::time::{Instant, sleep};
use url::Url;

use super::{Account, Arm, ArmAnswer, ArmError, ArmRequest, ID, account::Origin, request::Counted};
use crate::{
    settings::Secret,
    telemetry::CallOutcome,
    upstream::{
        Call, Expects, HeaderMap, Method, Permit, Received, SendError, name_credential, plain_header, secret_header,
    },
};

/// The largest answer: a page of a thousand incidents has some megabytes.
const BODY_CAP: usize = 64 << 20;

/// How often a request is sent again that Azure put off.
const MAX_DELAYS: u32 = 4;

/// How long it is left alone if it says "too much", but not until when.
const DEFAULT_REST: Duration = Duration::from_secs(5);

/// A request with its address.
pub(super) struct Addressed<'a> {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Option<&'a Value>,
    pub(super) if_match: Option<&'a str>,
    pub(super) may_repeat: bool,
    pub(super) counted: Counted,
    /// The subscription whose limits count.
    pub(super) subscription: &'a str,
}

impl Arm {
    /// Sends a request. An answer that is no success is an error; what was only begun is an answer.
    pub async fn send(&self, account: &Account, request: &ArmRequest, until: Instant) -> Result<ArmAnswer, ArmError> {
        let mut origin = self.origin(account, until).await?;
        if let Some(server) = &request.server {
            origin.base = server.clone();
        }
        self.settle(account, &origin, &request.addressed(&origin)?, until).await
    }

    /// Sends until there is an answer that stands.
    pub(super) async fn settle(
        &self,
        account: &Account,
        origin: &Origin,
        request: &Addressed<'_>,
        until: Instant,
    ) -> Result<ArmAnswer, ArmError> {
        // Where a link leads is asked only if it is ARM itself.
        if request.url.origin() != origin.base.origin() {
            return Err(ArmError::Elsewhere);
        }
        let budget = budget(account, origin, request);
        let (mut delays, mut is_renewed) = (0, false);
        loop {
            let permit = self.permit(origin)?;
            let token = self.0.credentials.token(&account.credential, &origin.scope, until).await?;
            self.afford(&budget, request.counted, until).await?;
            let received = self.call(request, &token, permit, until).await?;
            let status = received.status.as_u16();
            if received.status.is_success() {
                return read(received);
            }
            if status == 401 && !is_renewed {
                is_renewed = true;
                self.0.credentials.forget(&account.credential, &origin.scope, &token);
                continue;
            }
            let wished = wish(&received);
            if status == 429 || (status == 503 && wished.is_some()) {
                let rest = wished.unwrap_or(DEFAULT_REST);
                self.0.budgets.close_for(&budget, rest).await;
                if delays == MAX_DELAYS || Instant::now() + rest >= until {
                    return Err(ArmError::Throttled { retry_after: rest });
                }
                delays += 1;
                sleep(rest).await;
                continue;
            }
            return Err(ArmError::of(status, &without(&token, &received.body)));
        }
    }

    fn permit(&self, origin: &Origin) -> Result<Permit, ArmError> {
        let breaker = self.0.breakers.of(origin.base.as_str());
        breaker.allow(Instant::now()).map_err(|retry_after| ArmError::Resting { retry_after })
    }

    async fn afford(&self, budget: &str, counted: Counted, until: Instant) -> Result<(), ArmError> {
        let afforded = self.0.budgets.wait_or_give_up(budget, counted.windows(), until.into_std()).await;
        afforded.map_err(|retry_after| {
            self.0.metrics.budget_refused(ID);
            ArmError::Budget { retry_after }
        })
    }

    async fn call(
        &self,
        request: &Addressed<'_>,
        token: &Secret,
        permit: Permit,
        until: Instant,
    ) -> Result<Received, ArmError> {
        let sent_at = Instant::now();
        let received = self.0.upstream.send(request.call(token, until)?).await;
        let (outcome, attempts) = match &received {
            Ok(received) => (received.outcome(), received.attempts),
            Err(error) => (error.outcome(), 1),
        };
        self.0.metrics.call(ID, outcome, attempts, sent_at.elapsed());
        match &received {
            Ok(received) if received.status.as_u16() >= 500 => permit.failed(Instant::now()),
            Ok(_) => permit.succeeded(Instant::now()),
            // What our own settings forbid, and how long our own caller waits, says nothing about Azure.
            Err(_) if matches!(outcome, CallOutcome::Forbidden | CallOutcome::Timeout) => drop(permit),
            Err(_) => permit.failed(Instant::now()),
        }
        Ok(received?)
    }
}

impl ArmRequest {
    /// The request as it goes to an origin.
    pub(super) fn addressed(&self, origin: &Origin) -> Result<Addressed<'_>, ArmError> {
        let base = origin.base.as_str().trim_end_matches('/');
        let mut url: Url = format!("{base}{}", self.path.as_str()).parse().map_err(|_| SendError::BadUrl)?;
        url.query_pairs_mut()
            .append_pair("api-version", &self.version)
            .extend_pairs(self.query.iter().map(|(name, value)| (*name, value.as_str())));
        Ok(Addressed {
            method: self.method.clone(),
            url,
            body: self.body.as_ref(),
            if_match: self.if_match.as_deref(),
            may_repeat: self.may_repeat,
            counted: self.counted,
            subscription: self.path.counted_under(),
        })
    }
}

impl Addressed<'_> {
    fn call(&self, token: &Secret, until: Instant) -> Result<Call, SendError> {
        let mut headers = HeaderMap::new();
        plain_header(&mut headers, "accept", "application/json")?;
        secret_header(&mut headers, "authorization", &format!("Bearer {}", token.expose()))?;
        if let Some(etag) = self.if_match {
            plain_header(&mut headers, "if-match", etag)?;
        }
        let body = match self.body {
            Some(body) => {
                plain_header(&mut headers, "content-type", "application/json")?;
                body.to_string().into()
            }
            None => Bytes::new(),
        };
        if body.is_empty() && self.method != Method::GET && self.method != Method::DELETE {
            // A POST without a body is refused with 411 otherwise.
            plain_header(&mut headers, "content-length", "0")?;
        }
        Ok(Call {
            to: ID,
            method: self.method.clone(),
            url: self.url.clone(),
            headers,
            body,
            deadline: until,
            body_cap: BODY_CAP,
            expects: Expects::Anything,
            retries: 2,
            may_repeat: self.may_repeat,
        })
    }
}

/// The name under which the limits of a credential are counted.
fn budget(account: &Account, origin: &Origin, request: &Addressed<'_>) -> String {
    let kind = match request.counted {
        Counted::Read => "read",
        Counted::Write => "write",
        Counted::Delete => "delete",
        Counted::Upload => "upload",
    };
    let who = [ID, origin.base.as_str(), &account.credential, request.subscription, kind].join("\u{1f}");
    name_credential(&who, None)
}

fn read(received: Received) -> Result<ArmAnswer, ArmError> {
    let body = if received.body.trim_ascii().is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&received.body).map_err(|_| ArmError::Unreadable("it is not JSON"))?
    };
    Ok(ArmAnswer { status: received.status.as_u16(), body, headers: received.headers })
}

/// How long Azure wants to be left alone, if it says: `Retry-After`, or one of its own headers.
fn wish(received: &Received) -> Option<Duration> {
    let named = received.headers.iter();
    let headers = named.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    let answer = HttpAnswer { status: received.status.as_u16(), headers: headers.collect(), body: Bytes::new() };
    providers::retry_after(&answer, SystemTime::now())
}

/// The body without the token, should it be repeated there.
fn without(token: &Secret, body: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(body).replace(token.expose(), "[token]").into_bytes()
}
