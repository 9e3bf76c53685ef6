//! A table in a request: in JSON beside the parameters, or in a form of its own with the parameters in the query string.

use std::{
    future::{Future, ready},
    pin::Pin,
};

use actix_web::{FromRequest, HttpRequest, dev, web::Data};
use futures::FutureExt as _;
use model::{
    Rows,
    table::{csv, ndjson},
};
use serde::de::DeserializeOwned;

use crate::{
    api::{
        body::{self, Media},
        limits::RequestLimits,
        problem::Problem,
        query_string,
    },
    services::Services,
};

/// Bodies up to this size are read at once; longer ones would hold up the worker.
const SHORT: usize = 64 * 1024;

/// A request that carries rows beside its parameters.
pub(crate) trait TakesRows: DeserializeOwned {
    /// Puts the rows where JSON would have them.
    fn take_rows(&mut self, rows: Rows);
}

/// A request with a table, in whatever form it came.
#[derive(Debug)]
pub(crate) struct TableBody<T>(pub(crate) T);

impl<T: TakesRows + Send + 'static> FromRequest for TableBody<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let media = match body::read_media(request.headers(), Media::TABLES) {
            Ok(media) => media,
            Err(problem) => return ready(Err(problem)).boxed_local(),
        };
        let limits = RequestLimits::of(request);
        let limit = limits.table_bytes;
        let parameters = || query_string::parse::<T>(request.query_string());
        // Lines are read as they come, so that their text is never there as a whole beside the rows.
        match media {
            Media::Json => {
                let bytes = whole(request, payload, limit, move |bytes| body::parse(&bytes, limits.json_depth));
                async move { bytes.await.map(Self) }.boxed_local()
            }
            Media::Ndjson => {
                let read = |reader: &mut ndjson::Reader, piece: &[u8]| Ok(reader.read(piece)?);
                let reader = body::read_pieces(request, payload, limit, ndjson::Reader::default(), read);
                beside(parameters(), async move { Ok(reader.await?.end()?) })
            }
            Media::Csv => {
                let read = |reader: &mut csv::Reader, piece: &[u8]| Ok(reader.read(piece)?);
                let reader = body::read_pieces(request, payload, limit, csv::Reader::default(), read);
                beside(parameters(), async move { Ok(reader.await?.end()?) })
            }
            #[cfg(feature = "engine")]
            Media::Arrow => {
                let read = move |bytes| Ok(Rows::of_table(engine::forms::read_stream(bytes, limit)?));
                beside(parameters(), whole(request, payload, limit, read))
            }
            #[cfg(feature = "engine")]
            Media::Parquet => {
                let read = move |bytes| Ok(Rows::of_table(engine::forms::read_parquet(bytes, limit)?));
                beside(parameters(), whole(request, payload, limit, read))
            }
        }
    }
}

/// The parameters, which stand in the query string, with the rows of the body.
fn beside<T: TakesRows + 'static>(
    parameters: Result<T, Problem>,
    rows: impl Future<Output = Result<Rows, Problem>> + 'static,
) -> Pin<Box<dyn Future<Output = Result<TableBody<T>, Problem>>>> {
    async move {
        let mut parameters = parameters?;
        parameters.take_rows(rows.await?);
        Ok(TableBody(parameters))
    }
    .boxed_local()
}

/// Reads a body that must be there as a whole; a long one on a thread of its own kind.
fn whole<T: Send + 'static, F: FnOnce(Vec<u8>) -> Result<T, Problem> + Send + 'static>(
    request: &HttpRequest,
    payload: &mut dev::Payload,
    limit: usize,
    read: F,
) -> impl Future<Output = Result<T, Problem>> + use<T, F> {
    let bytes = body::read_bytes(request, payload, limit);
    let work = request.app_data::<Data<Services>>().map(|services| services.work.clone());
    async move {
        let bytes = bytes.await?;
        let is_long = bytes.len() > SHORT;
        match work {
            Some(work) if is_long => work.run(move || read(bytes)).await?,
            _ => read(bytes),
        }
    }
}
