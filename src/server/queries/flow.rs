//! What comes of a query, as it is there: parts run side by side, and their rows come in the order of the parts. Nothing is
//! held back but what a part has ready while an earlier one is still read. Dropped, all that runs is told to stop.

use std::sync::Arc;

use futures::future::BoxFuture;
use model::{Column, ColumnType, Span, Table};
use sources::{Trouble, TroubleKind};
use tokio::{
    sync::{Semaphore, mpsc},
    time::timeout_at,
};

use super::{
    Query,
    run::{Ending, Event, Outlet, outlet},
};

/// Something of one part.
#[derive(Debug)]
pub struct Piece {
    /// The name of the place.
    pub connection: Arc<str>,
    /// The span of the part, if the query was split.
    pub chunk: Option<Span>,
    /// What came.
    pub event: Event,
}

/// One part that has begun.
struct Begun {
    connection: Arc<str>,
    chunk: Option<Span>,
    events: mpsc::Receiver<Event>,
}

/// What comes of a query.
pub struct Flow {
    begun: mpsc::Receiver<Begun>,
    current: Option<Begun>,
    /// The column that says where a row is from, if there are several places.
    origin_column: Option<&'static str>,
}

impl Flow {
    /// Starts the parts, as many at once as there are places.
    pub(super) fn start(origin_column: &'static str, places: Arc<Semaphore>, query: Query) -> Self {
        let names = || query.parts.iter().map(|part| part.connection.name.as_str());
        let is_split = names().any(|name| names().next().is_some_and(|first| first != name));
        let (sender, begun) = mpsc::channel(query.parts.len().max(1));
        let Query { parts, max_rows, until, ends_at } = query;
        tokio::spawn(async move {
            for part in parts {
                let connection: Arc<str> = part.connection.name.as_str().into();
                let (out, events) = outlet();
                if sender.send(Begun { connection, chunk: part.chunk, events }).await.is_err() {
                    return;
                }
                // In the order of the parts: who is read first also runs first.
                let place = tokio::select! {
                    place = timeout_at(until, Arc::clone(&places).acquire_owned()) => place,
                    () = sender.closed() => return,
                };
                let Ok(Ok(place)) = place else {
                    let failure = Trouble::new(TroubleKind::Timeout, "no free place before the deadline");
                    let _ = out.send(Event::End(Ending { truncated: false, failure: Some(failure) })).await;
                    continue;
                };
                let mut question = part.connection.question(&part.query, part.span, max_rows, until);
                if let Some(place) = &part.place {
                    question.place.clone_from(place);
                }
                let running = part.connection.run().run(question, ends_at, out);
                tokio::spawn(async move {
                    running.await;
                    drop((place, part));
                });
            }
        });
        Self { begun, current: None, origin_column: is_split.then_some(origin_column) }
    }

    /// What comes of one thing that runs; `None` if nothing does.
    pub(super) fn listen(start: impl FnOnce(Outlet) -> Option<BoxFuture<'static, ()>>) -> Option<Self> {
        let (out, events) = outlet();
        tokio::spawn(start(out)?);
        let (_, begun) = mpsc::channel(1);
        let current = Some(Begun { connection: "".into(), chunk: None, events });
        Some(Self { begun, current, origin_column: None })
    }

    /// The next piece; `None` at the end of the last part.
    pub async fn next(&mut self) -> Option<Piece> {
        loop {
            let Some(current) = &mut self.current else {
                self.current = Some(self.begun.recv().await?);
                continue;
            };
            let (connection, chunk) = (Arc::clone(&current.connection), current.chunk);
            let event = match current.events.recv().await {
                Some(Event::Rows(table)) => Event::Rows(self.with_origin(table, &connection)),
                Some(event @ Event::Trouble(_)) => event,
                Some(event @ Event::End(_)) => {
                    self.current = None;
                    event
                }
                None => {
                    self.current = None;
                    let failure = Trouble::new(TroubleKind::Failed, "the query broke off inside the service");
                    Event::End(Ending { truncated: false, failure: Some(failure) })
                }
            };
            return Some(Piece { connection, chunk, event });
        }
    }

    /// Says in a column of its own where the rows are from.
    fn with_origin(&self, mut table: Table, connection: &str) -> Table {
        let Some(name) = self.origin_column else { return table };
        let values = std::iter::repeat_n(connection, table.row_count());
        for name in [name.to_owned(), format!("{name}_"), format!("_{name}")] {
            // A query may have a column of that name already.
            if table.column(&name).is_none() {
                let column = Column::of(name, ColumnType::String, values);
                let _ = column.map(|column| table.add(column));
                break;
            }
        }
        table
    }
}
