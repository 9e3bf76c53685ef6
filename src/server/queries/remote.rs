//! A source that is asked over HTTP: one request after the other, each answer read while it comes.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use futures::{
    FutureExt as _,
    future::{BoxFuture, ready},
};
use sources::{Answer, Conversation, Gatherer, Question, Request, Source, Trouble, TroubleKind};
use tokio::{task::spawn_blocking, time::Instant};

use super::{
    Connection,
    exchange::{Exchanges, Refusal, unreached},
    pieces::pipe,
    run::{Ending, Event, Outlet, Run},
};
use crate::upstream::{HeaderMap, Opened};

/// A query may take so many requests: pages of a large answer, polls of a long one.
const MAX_STEPS: usize = 10_000;

/// How long telling a source to stop may take.
const CANCEL_TIME: Duration = Duration::from_secs(5);

/// A source behind one connection.
pub(super) struct Remote {
    pub(super) source: &'static dyn Source,
    pub(super) connection: Weak<Connection>,
    pub(super) exchanges: Arc<Exchanges>,
}

impl Run for Remote {
    fn run(self: Arc<Self>, question: Question, until: Instant, out: Outlet) -> BoxFuture<'static, ()> {
        let max_rows = question.max_rows;
        self.converse(self.source.ask(question), max_rows, until, out)
    }

    fn run_schema(self: Arc<Self>, question: Question, until: Instant, out: Outlet) -> Option<BoxFuture<'static, ()>> {
        Some(self.converse(self.source.ask_for_schema(question.place)?, None, until, out))
    }
}

impl Remote {
    fn converse(
        &self,
        conversation: Box<dyn Conversation>,
        max_rows: Option<u64>,
        until: Instant,
        out: Outlet,
    ) -> BoxFuture<'static, ()> {
        let Some(connection) = self.connection.upgrade() else { return ready(()).boxed() };
        let exchanges = Arc::clone(&self.exchanges);
        async move {
            let mut cancel = None;
            let talk = talk(&exchanges, &connection, conversation, max_rows, until, &out, &mut cancel);
            let is_abandoned = tokio::select! {
                () = talk => false,
                () = out.closed() => true,
            };
            // At the deadline, too, what runs there runs in vain.
            if let Some(request) = cancel.filter(|_| is_abandoned || Instant::now() >= until) {
                exchanges.tell(&connection, &request, Instant::now() + CANCEL_TIME).await;
            }
        }
        .boxed()
    }
}

/// Asks until there is nothing more to ask. `cancel` is what ends the query at the source, as long as it runs there.
async fn talk(
    exchanges: &Exchanges,
    connection: &Connection,
    mut conversation: Box<dyn Conversation>,
    max_rows: Option<u64>,
    until: Instant,
    out: &Outlet,
    cancel: &mut Option<Request>,
) {
    let handed = out.clone();
    let hand_on = Box::new(move |table| handed.blocking_send(Event::Rows(table)).is_ok());
    let mut rows = Gatherer::new(max_rows, hand_on);
    let mut failure = None;
    for _ in 0..MAX_STEPS {
        let Some(request) = conversation.next() else { break };
        *cancel = conversation.cancel();
        match step(exchanges, connection, conversation, rows, request, until).await {
            Ok(Stepped { conversation: again, rows: filled, ended }) => {
                (conversation, rows) = (again, filled);
                *cancel = conversation.cancel();
                if let Err(trouble) = ended {
                    failure = Some(trouble);
                    break;
                }
                if rows.is_full() {
                    break;
                }
            }
            Err(crashed) => {
                let _ = out.send(Event::End(Ending { truncated: false, failure: Some(crashed) })).await;
                return;
            }
        }
    }
    // The last rows are handed on as the others were.
    let Ok((troubles, truncated)) = spawn_blocking(move || (rows.finish(), rows.is_truncated())).await else { return };
    for trouble in troubles {
        if out.send(Event::Trouble(trouble)).await.is_err() {
            return;
        }
    }
    // Of what runs to its end or to its failure nothing is left there; of what has enough rows, there is.
    if failure.is_none() && !truncated {
        *cancel = None;
    }
    if truncated && let Some(request) = cancel.take() {
        exchanges.tell(connection, &request, Instant::now() + CANCEL_TIME).await;
    }
    let _ = out.send(Event::End(Ending { truncated, failure })).await;
}

/// A conversation after one more step.
struct Stepped {
    conversation: Box<dyn Conversation>,
    rows: Gatherer,
    ended: Result<(), Trouble>,
}

/// One request and its answer. `Err` if reading broke off inside the service.
async fn step(
    exchanges: &Exchanges,
    connection: &Connection,
    mut conversation: Box<dyn Conversation>,
    mut rows: Gatherer,
    request: Request,
    until: Instant,
) -> Result<Stepped, Trouble> {
    let late = Trouble::new(TroubleKind::Timeout, "the deadline passed");
    if !request.after.is_zero() {
        if Instant::now() + request.after >= until {
            tokio::time::sleep_until(until).await;
            return Ok(Stepped { conversation, rows, ended: Err(late) });
        }
        tokio::time::sleep(request.after).await;
    }
    let Opened { status, headers, body, .. } = match exchanges.exchange(connection, &request, until).await {
        Ok(opened) => opened,
        Err(Refusal::Silent(trouble)) => return Ok(Stepped { conversation, rows, ended: Err(trouble) }),
        Err(Refusal::Said { status, body, retry_after }) => {
            let trouble = conversation.refused(status, &body);
            let retry_after = trouble.retry_after.or(retry_after);
            return Ok(Stepped { conversation, rows, ended: Err(Trouble { retry_after, ..trouble }) });
        }
    };
    let (filler, mut pieces) = pipe();
    let headers = kept(&headers);
    let mut reading = spawn_blocking(move || {
        let mut answer = Answer { status: status.as_u16(), headers: &headers, body: &mut pieces };
        let ended = conversation.read(&mut answer, &mut rows);
        // What broke the body off is known better than by who read it.
        let ended = match pieces.failure() {
            Some(error) if ended.is_err() => Err(unreached(error)),
            _ => ended,
        };
        Stepped { conversation, rows, ended }
    });
    let stepped = tokio::select! {
        stepped = &mut reading => stepped,
        () = filler.fill(body) => reading.await,
    };
    stepped.map_err(|_| Trouble::new(TroubleKind::Failed, "reading the answer broke off inside the service"))
}

/// The headers that readers may look at.
fn kept(headers: &HeaderMap) -> Vec<(String, String)> {
    let named = headers.iter().filter(|(name, _)| name.as_str() != "set-cookie");
    named.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))).collect()
}
