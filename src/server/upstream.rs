//! Calls to others: the only module of the service that sends.
//!
//! Each call has a deadline and a cap on its answer, and goes only to an address that was checked on the way to connecting
//! to it. Budgets and caches are the caller's. No error, span or log line of this module names an address, a header or a
//! body.

mod address_policy;
mod body;
mod breaker;
mod budget;
mod client;
mod error;
mod handshake;
mod headers;
mod key_set;
mod name_servers;
mod platform;
mod records;
mod redact;
mod redirect;
mod resolver;
mod retry;
mod stream;
mod text;
mod wire;

use std::{fmt, future::ready, sync::Arc, time::Duration};

use bytes::Bytes;
pub use reqwest::{Method, StatusCode, header::HeaderMap};
use tokio::time::{Instant, sleep, timeout_at};
use tracing::Instrument as _;
use url::Url;

pub use self::{
    address_policy::AddressPolicy,
    breaker::{Breaker, Breakers, Permit},
    budget::{BudgetState, Budgets, Taken, WindowState, name_credential},
    client::install_tls,
    error::{SendError, UpstreamError},
    handshake::{Distrust, Handshake},
    headers::{plain_header, secret_header},
    records::{DnsAnswer, DnsError, DnsRecord, Presence, RecordType, record_type},
    redact::Redacted,
    resolver::Resolver,
    stream::{BodyStream, Opened},
    text::TextCall,
    wire::WireTls,
};
use self::{body::read, client::Client, handshake::Handshakes, redirect::Hop};
use crate::{
    settings::{DnsSettings, EgressSettings},
    telemetry::{CallOutcome, spans},
};

/// Redirects that are followed in one attempt.
const MAX_REDIRECTS: u32 = 5;

/// The way out. Cheap to clone.
#[derive(Clone)]
pub struct Upstream(Arc<Inner>);

struct Inner {
    client: Client,
    resolver: Resolver,
    handshakes: Handshakes,
    policy: Arc<AddressPolicy>,
    connect_timeout: Duration,
    has_proxy: bool,
}

/// One call to somebody else.
#[derive(Clone)]
pub struct Call {
    /// Who is called, for spans and metrics: the id of a provider, never an address.
    pub to: &'static str,
    /// Method.
    pub method: Method,
    /// The whole address: `http` or `https`, without user name and password.
    pub url: Url,
    /// Headers. Those that carry a credential are flagged as sensitive: they stay with the origin of `url`.
    pub headers: HeaderMap,
    /// Body; empty for none.
    pub body: Bytes,
    /// When the caller stops waiting. Resolving, connecting, redirects, pauses and the body all count.
    pub deadline: Instant,
    /// The longest body that is accepted, in bytes, after decompression.
    pub body_cap: usize,
    /// What the body of a successful answer should be.
    pub expects: Expects,
    /// How often the call may be repeated after the first attempt.
    pub retries: u8,
    /// Whether receiving the call twice does the same as receiving it once. If not, it is sent once.
    pub may_repeat: bool,
}

/// What the body of a successful answer should be. Providers are lax about content types; only what is surely a page
/// for people, such as a captive portal or a login form, is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expects {
    /// JSON, whatever it is labelled.
    Json,
    /// Text that is not a page.
    Text,
    /// Anything.
    Anything,
}

/// What came back, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, decompressed.
    pub body: Bytes,
    /// How often the call was sent.
    pub attempts: u32,
}

impl Upstream {
    /// Reads the certificate file and the system's name servers, as the settings say; connects to nobody.
    pub fn new(egress: &EgressSettings, dns: &DnsSettings) -> Result<Self, UpstreamError> {
        let policy = Arc::new(AddressPolicy::new(egress.allow_ranges.clone()));
        let resolver = Resolver::new(dns, Arc::clone(&policy))?;
        let client = Client::new(egress, resolver.clone())?;
        let handshakes = Handshakes::new(egress)?;
        let (connect_timeout, has_proxy) = (egress.connect_timeout, egress.proxy.is_some());
        Ok(Self(Arc::new(Inner { client, resolver, handshakes, policy, connect_timeout, has_proxy })))
    }

    /// Sends one call and reads the answer. Never takes longer than the deadline.
    pub async fn send(&self, call: Call) -> Result<Received, SendError> {
        self.send_while_affordable(call, || ready(true)).await
    }

    /// Sends one call once, and takes a redirect for the answer: it is how pages for people answer to a login.
    pub async fn send_and_stay(&self, call: Call) -> Result<Received, SendError> {
        let span = spans::call(call.to, call.method.as_str());
        let sending = async {
            let hop = Hop::first(&call)?;
            self.0.policy.check(&hop.url)?;
            read(self.0.client.send(&hop).await?, &call).await
        };
        let outcome =
            timeout_at(call.deadline, sending.instrument(span.clone())).await.unwrap_or(Err(SendError::Timeout));
        let told = outcome.as_ref().map_or_else(SendError::outcome, Received::outcome);
        spans::call_ended(&span, told, 1, outcome.as_ref().ok().map(|received| received.status.as_u16()));
        outcome.map(|received| Received { attempts: 1, ..received })
    }

    /// As [`Self::send`], for calls that are counted: `afford` is asked before each repetition, and a no ends it.
    pub async fn send_while_affordable<F: Future<Output = bool>>(
        &self,
        call: Call,
        afford: impl Fn() -> F,
    ) -> Result<Received, SendError> {
        let span = spans::call(call.to, call.method.as_str());
        let mut attempts = 0;
        let sending = self.try_until_settled(&call, &mut attempts, afford).instrument(span.clone());
        let outcome = timeout_at(call.deadline, sending).await.unwrap_or(Err(SendError::Timeout));
        let (told, status) = match &outcome {
            Ok(received) => (received.outcome(), Some(received.status.as_u16())),
            Err(error) => (error.outcome(), None),
        };
        spans::call_ended(&span, told, attempts, status);
        outcome
    }

    /// Connects to a host and a port to see which certificates it shows, trusted or not, and sends nothing.
    ///
    /// The host learns of it: ask only where that is allowed. Where a proxy is set, there is no such way out.
    pub async fn certificates(&self, host: &str, port: u16, deadline: Instant) -> Result<Handshake, SendError> {
        let span = spans::call("tls", "CONNECT");
        let handshake = self.0.handshakes.with(&self.0.resolver, host, port, deadline).instrument(span.clone()).await;
        let told = handshake.as_ref().map_or_else(SendError::outcome, |_| CallOutcome::Answered);
        spans::call_ended(&span, told, 1, None);
        handshake
    }

    /// Where names are looked up.
    pub fn resolver(&self) -> &Resolver {
        &self.0.resolver
    }

    async fn try_until_settled<F: Future<Output = bool>>(
        &self,
        call: &Call,
        attempts: &mut u32,
        afford: impl Fn() -> F,
    ) -> Result<Received, SendError> {
        let mut pauses = retry::pauses(call.retries);
        loop {
            *attempts += 1;
            let outcome = self.attempt(call).await;
            let head = outcome.as_ref().map(|received| (received.status, &received.headers));
            let pause = retry::may_retry(call, head, &mut pauses, Instant::now());
            let Some(pause) = pause else {
                return outcome.map(|received| Received { attempts: *attempts, ..received });
            };
            sleep(pause).await;
            if !afford().await {
                return outcome.map(|received| Received { attempts: *attempts, ..received });
            }
        }
    }

    /// One attempt, with the redirects that it takes.
    async fn attempt(&self, call: &Call) -> Result<Received, SendError> {
        read(self.head(call).await?, call).await
    }

    /// The head of the answer at the end of the redirects.
    async fn head(&self, call: &Call) -> Result<reqwest::Response, SendError> {
        let mut hop = Hop::first(call)?;
        for _ in 0..=MAX_REDIRECTS {
            self.0.policy.check(&hop.url)?;
            let response = self.0.client.send(&hop).await?;
            match hop.next(response.status(), response.headers())? {
                Some(next) => hop = next,
                None => return Ok(response),
            }
        }
        Err(SendError::TooManyRedirects)
    }
}

impl Received {
    /// What the status says, for metrics and spans. Readers of bodies may know better.
    pub fn outcome(&self) -> CallOutcome {
        outcome_of(self.status)
    }
}

fn outcome_of(status: StatusCode) -> CallOutcome {
    match status.as_u16() {
        401 | 403 => CallOutcome::Unauthorized,
        402 | 429 => CallOutcome::RateLimited,
        404 | 410 => CallOutcome::Answered,
        400..500 => CallOutcome::Rejected,
        500.. => CallOutcome::Failed,
        _ => CallOutcome::Answered,
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream").finish_non_exhaustive()
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("to", &self.to)
            .field("method", &self.method)
            .field("url", &Redacted(&self.url))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
