//! Asking a provider: breaker, budget, a free place, the call, the reading. No cache here.

use std::time::{Duration, SystemTime};

use model::{Finding, Outcome, SkipReason};
use providers::{Answer, HttpAnswer, HttpRequest, Reading, Request};
use tokio::time::{Instant, timeout_at};

use super::{Lists, call::call, runner::Lookup};
use crate::{
    telemetry::{CallOutcome, Metrics},
    upstream::{Breakers, Budgets, HeaderMap, SendError, Taken, Upstream},
};

/// A provider may ask for so many requests to answer one question.
const MAX_STEPS: usize = 12;

/// How long a provider is left alone that says "too much" but not until when.
const DEFAULT_REST: Duration = Duration::from_secs(60);

/// Who asks. Shared by all lookups.
pub(super) struct Asker {
    pub upstream: Upstream,
    pub budgets: Budgets,
    pub breakers: Breakers,
    pub lists: Lists,
    pub metrics: Metrics,
}

impl Asker {
    /// Asks the provider, step by step. `Err` is a finding without an answer.
    pub(super) async fn ask(&self, lookup: &Lookup, until: Instant) -> Result<(Reading, Vec<Answer>), Finding> {
        let Lookup { member, .. } = lookup;
        let mut answers: Vec<Answer> = Vec::with_capacity(1);
        let mut next = Some(member.provider.ask(&lookup.question()));
        // A provider that goes on asking past the limit is read with what it has.
        while let Some(request) = next.take().filter(|_| answers.len() < MAX_STEPS) {
            if let Request::Http(HttpRequest { after, .. }) = &request
                && !after.is_zero()
            {
                // What can't be there before the deadline is not waited for: the reader sees what there is.
                if Instant::now() + *after >= until {
                    break;
                }
                tokio::time::sleep(*after).await;
            }
            answers.push(match request {
                Request::Http(request) => Answer::Http(self.exchange(lookup, request, until).await?),
                Request::Nothing => {
                    return Err(failed(lookup, Outcome::Unsupported, "the provider cannot be asked about this value"));
                }
                Request::Listed => Answer::Listing(self.lists.find(member, &lookup.observable, SystemTime::now())),
            });
            next = member.provider.follow_up(&lookup.question(), &answers);
        }
        let mut reading = read(lookup, &answers);
        if reading.outcome == Outcome::RateLimited {
            let said = answers.last().and_then(|answer| providers::retry_after(answer.http().ok()?, SystemTime::now()));
            let wait = said.or(reading.retry_after_s.map(Duration::from_secs)).unwrap_or(DEFAULT_REST);
            self.budgets.close_for(&member.credential, wait).await;
            reading.retry_after_s = Some(in_seconds(wait));
        }
        Ok((reading, answers))
    }

    /// One HTTP exchange: breaker, budget, a free place, then the call.
    async fn exchange(&self, lookup: &Lookup, request: HttpRequest, until: Instant) -> Result<HttpAnswer, Finding> {
        let Lookup { member, .. } = lookup;
        let permit = self.breakers.of(&member.id).allow(Instant::now()).map_err(|rest| {
            let mut finding = Finding::skipped(member.id.clone(), SkipReason::Breaker);
            finding.retry_after_s = Some(in_seconds(rest));
            finding
        })?;
        let _place = timeout_at(until, member.places.acquire())
            .await
            .map_err(|_| failed(lookup, Outcome::Timeout, "no free place before the deadline"))?;
        self.budgets.wait_or_give_up(&member.credential, &member.windows, until.into_std()).await.map_err(|wait| {
            self.metrics.budget_refused(member.facts().id);
            let mut finding = Finding::skipped(member.id.clone(), SkipReason::Budget);
            finding.retry_after_s = Some(in_seconds(wait));
            finding
        })?;
        let call = call(member, request).map_err(|error| failed(lookup, Outcome::Error, &error.to_string()))?;
        let sent_at = Instant::now();
        // A repetition costs the provider's budget like any request.
        let afford =
            || async { matches!(self.budgets.take(&member.credential, &member.windows).await, Taken::Granted) };
        let sent = self.upstream.send_while_affordable(call, afford).await;
        let (told, attempts) = match &sent {
            Ok(received) => (received.outcome(), received.attempts),
            Err(error) => (error.outcome(), 1),
        };
        self.metrics.call(member.facts().id, told, attempts, sent_at.elapsed());
        match sent {
            Ok(received) => {
                let answer = HttpAnswer {
                    status: received.status.as_u16(),
                    headers: kept_headers(&received.headers),
                    body: received.body,
                };
                if answer.status >= 500 {
                    permit.failed(Instant::now());
                } else {
                    permit.succeeded(Instant::now());
                }
                Ok(answer)
            }
            Err(error) => {
                // What our own settings forbid says nothing about the provider.
                if error.outcome() != CallOutcome::Forbidden
                    && !matches!(error, SendError::BadUrl | SendError::BadHeader)
                {
                    permit.failed(Instant::now());
                }
                let outcome = if error == SendError::Timeout { Outcome::Timeout } else { Outcome::Error };
                Err(failed(lookup, outcome, &error.to_string()))
            }
        }
    }
}

/// Whole seconds, rounded up: whoever waits so long waits long enough.
fn in_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

pub(super) fn failed(lookup: &Lookup, outcome: Outcome, reason: &str) -> Finding {
    Finding::without_answer(lookup.member.id.clone(), outcome, reason)
}

/// A provider's answer that cannot be read is an error of the provider, never of the request.
pub(super) fn read(lookup: &Lookup, answers: &[Answer]) -> Reading {
    lookup
        .member
        .provider
        .read(&lookup.question(), answers)
        .unwrap_or_else(|misread| Reading::failed(misread.to_string()))
}

/// The headers that readers may look at; nothing else is kept.
fn kept_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let matters = |name: &str| {
        name == "content-type"
            || name.contains("retry-after")
            || name.contains("rate")
            || name.starts_with("x-ttl")
            || name == "x-rl"
    };
    headers
        .iter()
        .filter(|(name, _)| matters(name.as_str()))
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect()
}
