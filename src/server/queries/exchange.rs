//! One request to a source: breaker, budget, credentials, then the call; its body is read by whoever asked.
//!
//! A source that wants a pause gets it, if there is time for it. Credentials go to the source's own origin only.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use providers::HttpAnswer;
use sources::{Body, Request, Trouble, TroubleKind};
use tokio::time::Instant;
use url::Url;

use super::{Connection, access::Shown};
use crate::{
    credentials::Credentials,
    settings::Secret,
    telemetry::{CallOutcome, Metrics},
    upstream::{
        Breaker, Breakers, Budgets, Call, Expects, HeaderMap, Method, Opened, Permit, SendError, Upstream, plain_header,
    },
};

/// The largest answer that is taken, row by row.
const BODY_CAP: usize = 8 << 30;

/// The largest body of an answer that is not a success.
const WORDS_CAP: usize = 64 * 1024;

/// How often a request is sent again that the source put off.
const MAX_DELAYS: u32 = 3;

/// How long a source is left alone that says "too much" but not until when.
const DEFAULT_REST: Duration = Duration::from_secs(10);

/// Who sends. Shared by all sources.
pub(super) struct Exchanges {
    pub(super) upstream: Upstream,
    pub(super) credentials: Credentials,
    budgets: Budgets,
    breakers: Breakers,
    metrics: Metrics,
}

/// A source that gave no answer.
pub(super) enum Refusal {
    /// It said so.
    Said {
        /// With this status.
        status: u16,
        /// In these words, maybe cut off.
        body: Vec<u8>,
        /// When asking again makes sense.
        retry_after: Option<Duration>,
    },
    /// It was not asked, or did not answer.
    Silent(Trouble),
}

impl Exchanges {
    pub(super) const fn new(
        upstream: Upstream,
        credentials: Credentials,
        budgets: Budgets,
        breakers: Breakers,
        metrics: Metrics,
    ) -> Self {
        Self { upstream, credentials, budgets, breakers, metrics }
    }

    pub(super) fn breaker(&self, connection: &Connection) -> Breaker {
        self.breakers.of(&connection.breaker)
    }

    /// Sends a request and reads the head of the answer, which is a success.
    pub(super) async fn exchange(
        &self,
        connection: &Connection,
        request: &Request,
        until: Instant,
    ) -> Result<Opened, Refusal> {
        let (mut delays, mut is_renewed) = (0, false);
        loop {
            let (mut opened, shown) = self.once(connection, request, until).await.map_err(Refusal::Silent)?;
            let status = opened.status.as_u16();
            if opened.status.is_success() {
                return Ok(opened);
            }
            if status == 401 && !is_renewed && self.forget(connection, &shown) {
                is_renewed = true;
                continue;
            }
            let wished = wish(status, &opened.headers);
            let is_put_off = status == 429 || (status == 503 && wished.is_some());
            if is_put_off {
                let rest = wished.unwrap_or(DEFAULT_REST);
                self.budgets.close_for(&connection.budget, rest).await;
                if delays < MAX_DELAYS && Instant::now() + rest < until {
                    delays += 1;
                    tokio::time::sleep(rest).await;
                    continue;
                }
            }
            let body = without_secrets(
                opened.body.beginning(WORDS_CAP).await,
                &[connection.key.as_ref(), connection.password.as_ref(), shown.secret()],
            );
            return Err(Refusal::Said { status, body, retry_after: wished.or(is_put_off.then_some(DEFAULT_REST)) });
        }
    }

    /// Sends a request that nobody waits for.
    pub(super) async fn tell(&self, connection: &Connection, request: &Request, until: Instant) {
        // Who cannot be told works on in vain; nothing is lost.
        let _ = self.once(connection, request, until).await;
    }

    async fn once(
        &self,
        connection: &Connection,
        request: &Request,
        until: Instant,
    ) -> Result<(Opened, Shown), Trouble> {
        let permit = self.ready(connection)?;
        let base = self.base(connection)?;
        let url = address(&base, &request.path).map_err(|error| unreached(&error))?;
        // Where an answer points is asked only if it is the source itself.
        if url.origin() != base.origin() {
            return Err(Trouble::new(TroubleKind::Unreadable, "the next page is not on the source's own server"));
        }
        let mut headers = HeaderMap::new();
        let shown = self.authorize(connection, &base, &mut headers, until).await?;
        self.afford(connection, until).await?;
        let call = call(connection.facts.id, url, headers, request, until).map_err(|error| unreached(&error))?;
        self.send(connection, call, permit).await.map(|opened| (opened, shown))
    }

    /// Leave for one question over a connection of its own: as for requests, settings, breaker and budget allow it.
    pub(super) async fn admit(&self, connection: &Connection, until: Instant) -> Result<Permit, Trouble> {
        let permit = self.ready(connection)?;
        self.afford(connection, until).await?;
        Ok(permit)
    }

    /// Sends a call that says itself who asks, and reads the head of its answer, whatever that is; beside it, how long the
    /// source wants to be left alone.
    #[cfg_attr(not(feature = "engine"), expect(dead_code, reason = "only the engine reads logs"))]
    pub(super) async fn pass(
        &self,
        connection: &Connection,
        call: Call,
    ) -> Result<(Opened, Option<Duration>), Trouble> {
        let permit = self.ready(connection)?;
        self.afford(connection, call.deadline).await?;
        let opened = self.send(connection, call, permit).await?;
        let status = opened.status.as_u16();
        let rest = wish(status, &opened.headers).filter(|_| matches!(status, 429 | 503));
        if let Some(rest) = rest {
            self.budgets.close_for(&connection.budget, rest).await;
        }
        Ok((opened, rest))
    }

    /// Fetches a text that others serve than the source: its budget counts, but whether it rests does not.
    #[cfg_attr(not(feature = "engine"), expect(dead_code, reason = "only the engine reads logs"))]
    pub(super) async fn fetch(&self, connection: &Connection, call: Call) -> Result<Bytes, Trouble> {
        self.afford(connection, call.deadline).await?;
        let (to, sent_at) = (call.to, Instant::now());
        let received = self.upstream.send(call).await;
        let (outcome, attempts) = match &received {
            Ok(received) => (received.outcome(), received.attempts),
            Err(error) => (error.outcome(), 1),
        };
        self.metrics.call(to, outcome, attempts, sent_at.elapsed());
        let received = received.map_err(|error| unreached(&error))?;
        match received.status.as_u16() {
            200 => Ok(received.body),
            status => Err(Trouble::new(TroubleKind::Failed, format!("status {status}"))),
        }
    }

    /// Whether the settings say all that is needed to ask.
    pub(super) fn lacks_nothing(&self, connection: &Connection) -> Result<(), Trouble> {
        if connection.needs.is_empty() {
            return Ok(());
        }
        let needs = connection.needs.join(", ");
        Err(Trouble::new(TroubleKind::Unauthorized, format!("the settings lack {needs}")))
    }

    fn ready(&self, connection: &Connection) -> Result<Permit, Trouble> {
        self.lacks_nothing(connection)?;
        self.breaker(connection).allow(Instant::now()).map_err(resting)
    }

    async fn afford(&self, connection: &Connection, until: Instant) -> Result<(), Trouble> {
        let windows = &connection.windows;
        self.budgets.wait_or_give_up(&connection.budget, windows, until.into_std()).await.map_err(|wait| {
            self.metrics.budget_refused(connection.facts.id);
            let trouble = Trouble::new(TroubleKind::RateLimited, "the budget of requests to the source is used up");
            Trouble { retry_after: Some(wait), ..trouble.code(Some("budget")) }
        })
    }

    async fn send(&self, connection: &Connection, call: Call, permit: Permit) -> Result<Opened, Trouble> {
        let sent_at = Instant::now();
        let opened = self.upstream.open(call).await;
        let (outcome, attempts) = match &opened {
            Ok(opened) => (opened.outcome(), opened.attempts),
            Err(error) => (error.outcome(), 1),
        };
        self.metrics.call(connection.facts.id, outcome, attempts, sent_at.elapsed());
        match &opened {
            Ok(opened) if opened.status.as_u16() >= 500 => permit.failed(Instant::now()),
            Ok(_) => permit.succeeded(Instant::now()),
            // What our own settings forbid, and how long our own caller waits, says nothing about the source.
            Err(_) if matches!(outcome, CallOutcome::Forbidden | CallOutcome::Timeout) => drop(permit),
            Err(_) => permit.failed(Instant::now()),
        }
        opened.map_err(|error| unreached(&error))
    }
}

/// What a source said, without what we told it in confidence.
pub(super) fn without_secrets(said: Vec<u8>, secrets: &[Option<&Secret>]) -> Vec<u8> {
    let Ok(mut text) = String::from_utf8(said) else { return Vec::new() };
    for secret in secrets.iter().flatten().map(|secret| secret.expose()).filter(|secret| secret.len() >= 4) {
        if text.contains(secret) {
            text = text.replace(secret, "[secret]");
        }
    }
    text.into_bytes()
}

/// A server that is left alone for a while.
fn resting(rest: Duration) -> Trouble {
    let trouble = Trouble::new(TroubleKind::Failed, "the source failed too often and is left alone for a while");
    Trouble { retry_after: Some(rest), ..trouble.code(Some("breaker")) }
}

/// A source that could not be reached.
pub(super) fn unreached(error: &SendError) -> Trouble {
    let kind = match error {
        SendError::Timeout => TroubleKind::Timeout,
        SendError::TooLarge { .. } | SendError::NotDecodable | SendError::ContentType => TroubleKind::Unreadable,
        _ => TroubleKind::Failed,
    };
    Trouble::new(kind, error.to_string())
}

/// The base address with a path appended, or the absolute address that an answer named.
pub(super) fn address(base: &Url, path: &str) -> Result<Url, SendError> {
    let text =
        if path.starts_with('/') { format!("{}{path}", base.as_str().trim_end_matches('/')) } else { path.to_owned() };
    text.parse().map_err(|_| SendError::BadUrl)
}

pub(super) fn body(body: Body) -> Bytes {
    match body {
        Body::Empty => Bytes::new(),
        Body::Json(value) => value.to_string().into(),
        Body::Text(text) => text.into(),
        Body::Form(fields) => url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into(),
    }
}

fn call(
    to: &'static str,
    mut url: Url,
    mut headers: HeaderMap,
    request: &Request,
    until: Instant,
) -> Result<Call, SendError> {
    if !request.query.is_empty() {
        url.query_pairs_mut().extend_pairs(request.query.iter().map(|(name, value)| (*name, value.as_str())));
    }
    let media = match &request.body {
        Body::Empty => None,
        Body::Json(_) => Some("application/json"),
        Body::Form(_) => Some("application/x-www-form-urlencoded"),
        Body::Text(_) => Some("text/plain; charset=utf-8"),
    };
    if let Some(media) = media {
        plain_header(&mut headers, "content-type", media)?;
    }
    plain_header(&mut headers, "accept", "application/json")?;
    for (name, value) in &request.headers {
        plain_header(&mut headers, name, value)?;
    }
    Ok(Call {
        to,
        method: match request.method {
            sources::Method::Get => Method::GET,
            sources::Method::Post => Method::POST,
            sources::Method::Delete => Method::DELETE,
        },
        url,
        headers,
        body: body(request.body.clone()),
        deadline: until,
        body_cap: BODY_CAP,
        expects: Expects::Anything,
        retries: 2,
        // A query changes nothing.
        may_repeat: true,
    })
}

/// How long a source wants to be left alone, if it says.
fn wish(status: u16, headers: &HeaderMap) -> Option<Duration> {
    if let Some(clock) = headers.get("x-ms-user-quota-resets-after").and_then(|value| value.to_str().ok()) {
        let parts: Vec<u64> = clock.split(':').filter_map(|part| part.parse().ok()).collect();
        if let [hours, minutes, seconds] = parts.as_slice() {
            return Some(Duration::from_secs((hours * 60 + minutes) * 60 + seconds));
        }
    }
    let named = headers.iter();
    let headers = named.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    let answer = HttpAnswer { status, headers: headers.collect(), body: Bytes::new() };
    providers::retry_after(&answer, SystemTime::now())
}
