//! PostgreSQL, in its own protocol: one connection for each query, rows as they come, only reading.

mod reading;
mod tls;

use std::{
    pin::pin,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use futures::{
    FutureExt as _, StreamExt as _,
    future::{BoxFuture, ready},
};
use model::Table;
use sources::{Gatherer, Question, Trouble, TroubleKind};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};
use tokio_postgres::{CancelToken, Client, Config, SimpleQueryMessage, config::SslMode};

use self::{
    reading::{columns, put, trouble},
    tls::Secure,
};
use super::{
    Connection,
    exchange::{Exchanges, unreached},
    run::{Ending, Event, Outlet, Run},
};
use crate::settings::Secret;

/// The port of PostgreSQL.
const PORT: u16 = 5432;

/// How long telling the server to stop may take.
const CANCEL_TIME: Duration = Duration::from_secs(5);

/// What lists tables and columns.
const SCHEMA: &str = "SELECT table_schema || '.' || table_name AS \"table\", column_name AS \"column\", data_type AS \"type\" \
     FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema') \
     ORDER BY 1, ordinal_position";

/// A PostgreSQL server behind one connection of the settings.
pub(super) struct Postgres {
    pub(super) connection: Weak<Connection>,
    pub(super) exchanges: Arc<Exchanges>,
}

impl Run for Postgres {
    fn run(self: Arc<Self>, question: Question, until: Instant, out: Outlet) -> BoxFuture<'static, ()> {
        let Some(connection) = self.connection.upgrade() else { return ready(()).boxed() };
        let exchanges = Arc::clone(&self.exchanges);
        async move {
            let mut cancel = None;
            let asked = {
                let asking = pin!(ask(&exchanges, &connection, &question, until, &out, &mut cancel));
                tokio::select! {
                    ended = timeout_at(until, asking) => Some(ended),
                    () = out.closed() => None,
                }
            };
            let late = || Trouble::new(TroubleKind::Timeout, "the deadline passed");
            let ending = match asked {
                Some(Ok(Ok(truncated))) => Some(Ending { truncated, failure: None }),
                Some(Ok(Err(trouble))) => Some(Ending { truncated: false, failure: Some(trouble) }),
                Some(Err(_)) => Some(Ending { truncated: false, failure: Some(late()) }),
                None => None,
            };
            let is_done = ending.as_ref().is_some_and(|ending| ending.failure.is_none() && !ending.truncated);
            if let Some(token) = cancel.filter(|_| !is_done) {
                tell_to_stop(&exchanges, &connection, &token).await;
            }
            if let Some(ending) = ending {
                let _ = out.send(Event::End(ending)).await;
            }
        }
        .boxed()
    }

    fn run_schema(self: Arc<Self>, question: Question, until: Instant, out: Outlet) -> Option<BoxFuture<'static, ()>> {
        Some(self.run(Question { query: SCHEMA.to_owned(), ..question }, until, out))
    }
}

/// Connects, asks and passes rows on. Says whether there were more than were wanted.
async fn ask(
    exchanges: &Exchanges,
    connection: &Connection,
    question: &Question,
    until: Instant,
    out: &Outlet,
    cancel: &mut Option<CancelToken>,
) -> Result<bool, Trouble> {
    let permit = exchanges.admit(connection, until).await?;
    let client = match connect(exchanges, connection, question, until).await {
        Ok(client) => {
            permit.succeeded(Instant::now());
            client
        }
        Err(trouble) => {
            if trouble.kind == TroubleKind::Failed {
                permit.failed(Instant::now());
            }
            return Err(trouble);
        }
    };
    *cancel = Some(client.cancel_token());
    // What is prepared knows its types; what is asked for as text needs no reader for each of them.
    let query = question.query.trim().trim_end_matches(';');
    let prepared = client.prepare(query).await.map_err(|error| trouble(&error))?;
    let types: Vec<_> = prepared.columns().iter().map(|column| column.type_().clone()).collect();
    let ready: Arc<Mutex<Vec<Table>>> = Arc::default();
    let filled = Arc::clone(&ready);
    let mut rows = Gatherer::new(
        question.max_rows,
        Box::new(move |table| {
            filled.lock().unwrap_or_else(PoisonError::into_inner).push(table);
            true
        }),
    );
    let take = || std::mem::take(&mut *ready.lock().unwrap_or_else(PoisonError::into_inner));
    let _ = rows.columns(columns(prepared.columns()));
    let mut lines = pin!(client.simple_query_raw(query).await.map_err(|error| trouble(&error))?);
    let mut failure = None;
    while let Some(line) = lines.next().await {
        match line {
            Ok(SimpleQueryMessage::Row(row)) => {
                if put(&row, &types, &mut rows).is_err() {
                    break;
                }
            }
            Ok(_) => {}
            Err(error) => {
                failure = Some(trouble(&error));
                break;
            }
        }
        for table in take() {
            if out.send(Event::Rows(table)).await.is_err() {
                return Ok(true);
            }
        }
    }
    let (troubles, truncated) = (rows.finish(), rows.is_truncated());
    let tables = take().into_iter().map(Event::Rows);
    for event in tables.chain(troubles.into_iter().map(Event::Trouble)) {
        if out.send(event).await.is_err() {
            break;
        }
    }
    match failure {
        Some(trouble) => Err(trouble),
        None => Ok(truncated),
    }
}

/// Where the server is.
fn server(connection: &Connection) -> Result<(&str, u16), Trouble> {
    let url = connection.base_url.as_ref();
    let host = url.and_then(|url| url.host_str());
    let host = host.ok_or_else(|| Trouble::new(TroubleKind::Failed, "the source has no address"))?;
    Ok((host, url.and_then(url::Url::port).unwrap_or(PORT)))
}

/// What a connection is secured with, if it is.
fn secure(exchanges: &Exchanges, connection: &Connection, host: &str) -> Result<Option<Secure>, Trouble> {
    let tls = connection.tls.then(|| exchanges.upstream.wire_tls(host));
    Ok(tls.transpose().map_err(|error| unreached(&error))?.map(Secure))
}

async fn connect(
    exchanges: &Exchanges,
    connection: &Connection,
    question: &Question,
    until: Instant,
) -> Result<Client, Trouble> {
    let (host, port) = server(connection)?;
    let stream = exchanges.upstream.dial(host, port, until).await.map_err(|error| unreached(&error))?;
    let text = |secret: &Option<Secret>| secret.as_ref().map_or(String::new(), |secret| secret.expose().to_owned());
    let patience = question.patience.as_millis();
    let mut config = Config::new();
    config
        .user(text(&connection.user))
        .password(text(&connection.password))
        .dbname(question.first_place())
        .application_name("pivotd")
        .options(format!(
            "-c default_transaction_read_only=on -c statement_timeout={patience} -c datestyle=ISO -c timezone=UTC \
             -c intervalstyle=iso_8601 -c bytea_output=hex"
        ));
    match secure(exchanges, connection, host)? {
        Some(tls) => begin(config.ssl_mode(SslMode::Require), stream, tls).await,
        None => begin(config.ssl_mode(SslMode::Disable), stream, tokio_postgres::NoTls).await,
    }
}

async fn begin<T>(config: &Config, stream: TcpStream, tls: T) -> Result<Client, Trouble>
where
    T: tokio_postgres::tls::TlsConnect<TcpStream>,
    T::Stream: Send + 'static,
{
    let (client, speaking) = config.connect_raw(stream, tls).await.map_err(|error| trouble(&error))?;
    // It ends with the client, and what ends it sooner the client tells.
    tokio::spawn(async move { drop(speaking.await) });
    Ok(client)
}

/// Tells the server over a connection of its own that nobody waits any more.
async fn tell_to_stop(exchanges: &Exchanges, connection: &Connection, token: &CancelToken) {
    let Ok((host, port)) = server(connection) else { return };
    let telling = async {
        let stream = exchanges.upstream.dial(host, port, Instant::now() + CANCEL_TIME).await.ok()?;
        match secure(exchanges, connection, host).ok()? {
            Some(tls) => token.cancel_query_raw(stream, tls).await.ok(),
            None => token.cancel_query_raw(stream, tokio_postgres::NoTls).await.ok(),
        }
    };
    // A server that cannot be told ends the query by its own limit.
    let _ = timeout(CANCEL_TIME, telling).await;
}
