//! Asking a provider: breaker, budget, a free place, the call, the reading. No cache here.

use std::time::{Duration, SystemTime};

use model::{Finding, Observable, Outcome, SkipReason};
use providers::{Answer, Bulk, HttpAnswer, HttpRequest, Reading, Request, Search, SearchReading, SystemRegistry};
use tokio::time::{Instant, timeout_at};

use super::{
    Lists, Member,
    call::{Sent, elsewhere, send},
    pass::Pass,
    runner::Lookup,
};
use crate::{
    credentials::Credentials,
    telemetry::{CallOutcome, Metrics},
    upstream::{Breakers, Budgets, SendError, Taken, Upstream},
};

/// A provider may ask for so many requests to answer one question.
const MAX_STEPS: usize = 12;

/// How long a provider is left alone that says "too much" but not until when.
const DEFAULT_REST: Duration = Duration::from_secs(60);

/// Who asks. Shared by all lookups.
pub(super) struct Asker {
    pub upstream: Upstream,
    pub credentials: Credentials,
    pub budgets: Budgets,
    pub breakers: Breakers,
    pub lists: Lists,
    pub metrics: Metrics,
}

impl Asker {
    /// Asks the provider, step by step. `Err` is a finding without an answer.
    pub(super) async fn ask(&self, lookup: &Lookup, until: Instant) -> Result<(Reading, Vec<Answer>), Finding> {
        let Lookup { member, observable, .. } = lookup;
        let question = lookup.question();
        if member.is_list() {
            let answers = vec![Answer::Listing(self.lists.find(member, observable, SystemTime::now()))];
            return Ok((read(lookup, &answers), answers));
        }
        let step = |answers: &[Answer]| match answers {
            [] => Some(member.provider.ask(&question)),
            answers => member.provider.follow_up(&question, answers),
        };
        let (answers, party) = self.converse(member, step, until).await?;
        let reading = self.rest_if_asked(member, &party, read(lookup, &answers), &answers).await;
        Ok((reading, answers))
    }

    /// Asks about an autonomous system.
    pub(super) async fn ask_system(
        &self,
        member: &Member,
        registry: &dyn SystemRegistry,
        asn: u32,
        until: Instant,
    ) -> Finding {
        let step = |answers: &[Answer]| registry.ask_system(asn, member.own_server, answers);
        let (answers, party) = match self.converse(member, step, until).await {
            Ok(conversation) => conversation,
            Err(finding) => return finding,
        };
        let reading =
            registry.read_system(asn, &answers).unwrap_or_else(|misread| Reading::failed(misread.to_string()));
        self.rest_if_asked(member, &party, reading, &answers).await.into_finding(member.id.clone())
    }

    /// Searches a provider: how it ended, and what was found.
    pub(super) async fn search(
        &self,
        member: &Member,
        search: &dyn Search,
        query: &str,
        limit: usize,
        until: Instant,
    ) -> (Finding, Vec<(Observable, Finding)>) {
        let step = |answers: &[Answer]| search.ask_search(query, limit, answers);
        let (answers, party) = match self.converse(member, step, until).await {
            Ok(conversation) => conversation,
            Err(finding) => return (finding, Vec::new()),
        };
        let SearchReading { reading, found } =
            search.read_search(limit, &answers).unwrap_or_else(|misread| Reading::failed(misread.to_string()).into());
        let reading = self.rest_if_asked(member, &party, reading, &answers).await;
        let found =
            found.into_iter().map(|(observable, reading)| (observable, reading.into_finding(member.id.clone())));
        (reading.into_finding(member.id.clone()), found.collect())
    }

    /// Asks about many observables at once.
    pub(super) async fn ask_all(
        &self,
        member: &Member,
        bulk: &dyn Bulk,
        observables: &[&Observable],
        until: Instant,
    ) -> Result<Answer, Finding> {
        self.exchange(member, &Party::of(member, None), bulk.ask_all(observables), until).await
    }

    /// Sends one request after the other. `Err` is a finding without an answer.
    async fn converse(
        &self,
        member: &Member,
        step: impl Fn(&[Answer]) -> Option<Request>,
        until: Instant,
    ) -> Result<(Vec<Answer>, Party), Finding> {
        let mut answers: Vec<Answer> = Vec::with_capacity(1);
        let mut party = Party::of(member, None);
        // A provider that goes on asking past the limit is read with what it has.
        while answers.len() < MAX_STEPS
            && let Some(request) = step(&answers)
        {
            if let Request::Http(HttpRequest { after, .. }) = &request
                && !after.is_zero()
            {
                // What can't be there before the deadline is not waited for: the reader sees what there is.
                if Instant::now() + *after >= until {
                    break;
                }
                tokio::time::sleep(*after).await;
            }
            if request == Request::Nothing {
                let reason = "the provider cannot be asked about this value";
                return Err(failed(member, Outcome::Unsupported, reason));
            }
            party = Party::of(member, elsewhere(member, &request));
            match self.exchange(member, &party, request, until).await {
                Ok(answer) => answers.push(answer),
                Err(_) if member.provider.can_do_without(&answers) => break,
                Err(finding) => return Err(finding),
            }
        }
        if answers.is_empty() {
            return Err(failed(member, Outcome::Timeout, "no answer before the deadline"));
        }
        Ok((answers, party))
    }

    /// A provider that says "too much" is left alone for as long as it says.
    async fn rest_if_asked(&self, member: &Member, party: &Party, mut reading: Reading, answers: &[Answer]) -> Reading {
        if reading.outcome == Outcome::RateLimited {
            let said = answers.last().and_then(|answer| providers::retry_after(answer.http().ok()?, SystemTime::now()));
            let wait = said.or(reading.retry_after_s.map(Duration::from_secs)).unwrap_or(DEFAULT_REST);
            self.budgets.close_for(party.credential(member), wait).await;
            reading.retry_after_s = Some(in_seconds(wait));
        }
        reading
    }

    /// One request: breaker, budget, a free place, then the call.
    async fn exchange(
        &self,
        member: &Member,
        party: &Party,
        request: Request,
        until: Instant,
    ) -> Result<Answer, Finding> {
        let pass = Pass::obtain(&self.credentials, member, until).await?;
        let permit = self.breakers.of(party.name(member)).allow(Instant::now()).map_err(|rest| {
            let mut finding = Finding::skipped(member.id.clone(), SkipReason::Breaker);
            finding.retry_after_s = Some(in_seconds(rest));
            finding
        })?;
        let _place = timeout_at(until, member.places.acquire())
            .await
            .map_err(|_| failed(member, Outcome::Timeout, "no free place before the deadline"))?;
        let credential = party.credential(member);
        self.budgets.wait_or_give_up(credential, &member.windows, until.into_std()).await.map_err(|wait| {
            self.metrics.budget_refused(member.facts().id);
            let mut finding = Finding::skipped(member.id.clone(), SkipReason::Budget);
            finding.retry_after_s = Some(in_seconds(wait));
            finding
        })?;
        let sent_at = Instant::now();
        // A repetition costs the provider's budget like any request.
        let afford = || async { matches!(self.budgets.take(credential, &member.windows).await, Taken::Granted) };
        let token = pass.as_ref().map(|pass| &pass.token);
        let Sent { answer, outcome, attempts } = send(&self.upstream, member, request, token, afford).await;
        if attempts > 0 {
            self.metrics.call(member.facts().id, outcome, attempts, sent_at.elapsed());
        }
        match answer {
            Ok(answer) => {
                if let (Some(pass), Answer::Http(HttpAnswer { status: 401, .. })) = (&pass, &answer) {
                    self.credentials.forget(pass.identity, &pass.scope, &pass.token);
                }
                if matches!(&answer, Answer::Http(answer) if answer.status >= 500) {
                    permit.failed(Instant::now());
                } else {
                    permit.succeeded(Instant::now());
                }
                Ok(answer)
            }
            Err(error) => {
                // What our own settings forbid says nothing about the provider.
                if outcome != CallOutcome::Forbidden {
                    permit.failed(Instant::now());
                }
                let outcome = if error == SendError::Timeout { Outcome::Timeout } else { Outcome::Error };
                Err(failed(member, outcome, &error.to_string()))
            }
        }
    }
}

/// Whom a request goes to, as breakers and budgets tell them apart: registries fail and limit each for themselves.
struct Party {
    /// Names of the breaker and of the budget of a server that is not the provider's own.
    elsewhere: Option<(String, String)>,
}

impl Party {
    fn of(member: &Member, host: Option<String>) -> Self {
        let names = |host| (format!("{}@{host}", member.id), format!("{}@{host}", member.credential));
        Self { elsewhere: host.map(names) }
    }

    fn name<'a>(&'a self, member: &'a Member) -> &'a str {
        self.elsewhere.as_ref().map_or(&member.id, |(name, _)| name)
    }

    fn credential<'a>(&'a self, member: &'a Member) -> &'a str {
        self.elsewhere.as_ref().map_or(&member.credential, |(_, credential)| credential)
    }
}

/// Whole seconds, rounded up: whoever waits so long waits long enough.
fn in_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

pub(super) fn failed(member: &Member, outcome: Outcome, reason: &str) -> Finding {
    Finding::without_answer(member.id.clone(), outcome, reason)
}

/// A provider's answer that cannot be read is an error of the provider, never of the request.
pub(super) fn read(lookup: &Lookup, answers: &[Answer]) -> Reading {
    let reading = lookup.member.provider.read(&lookup.question(), answers);
    let mut reading = reading.unwrap_or_else(|misread| Reading::failed(misread.to_string()));
    if let Some(path) = reading.reference.take_if(|page| page.starts_with('/')) {
        let server = lookup.member.base_url.as_ref();
        reading.reference = server.and_then(|server| server.join(&path).ok()).map(Into::into);
    }
    reading
}
