//! A table in a request: in JSON beside the parameters, or as NDJSON or CSV with the parameters in the query string.

use std::{
    future::{Future, ready},
    pin::Pin,
};

use actix_web::{FromRequest, HttpRequest, dev};
use futures::FutureExt as _;
use model::{Rows, table};
use serde::de::DeserializeOwned;

use crate::api::{
    body::{self, Media},
    limits::RequestLimits,
    problem::Problem,
    query_string,
};

/// A request that carries rows beside its parameters.
pub(crate) trait TakesRows: DeserializeOwned {
    /// Puts the rows where JSON would have them.
    fn take_rows(&mut self, rows: Rows);
}

/// A request with a table, in whatever form it came.
#[derive(Debug)]
pub(crate) struct TableBody<T>(pub(crate) T);

impl<T: TakesRows + 'static> FromRequest for TableBody<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let media = match body::read_media(request.headers(), Media::TABLES) {
            Ok(media) => media,
            Err(problem) => return ready(Err(problem)).boxed_local(),
        };
        let depth = RequestLimits::of(request).json_depth;
        let parameters = match media {
            Media::Json => None,
            Media::Ndjson | Media::Csv => Some(query_string::parse::<T>(request.query_string())),
        };
        let bytes = body::read_bytes(request, payload);
        async move {
            let Some(parameters) = parameters else {
                return body::parse(&bytes.await?, depth).map(Self);
            };
            let mut parameters = parameters?;
            let read = if media == Media::Csv { table::csv::read } else { table::ndjson::read };
            parameters.take_rows(read(&bytes.await?)?);
            Ok(Self(parameters))
        }
        .boxed_local()
    }
}
