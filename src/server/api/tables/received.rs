//! A table in a request: in JSON beside the parameters, or in a form of its own with the parameters in the query string.

use std::{
    future::{Future, ready},
    pin::Pin,
};

use actix_web::{FromRequest, HttpRequest, dev, web::Data};
use futures::FutureExt as _;
use model::{Rows, table};
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
        let parameters = (media != Media::Json).then(|| query_string::parse::<T>(request.query_string()));
        let bytes = body::read_bytes(request, payload, limits.table_bytes);
        let work = request.app_data::<Data<Services>>().map(|services| services.work.clone());
        async move {
            let parameters = parameters.transpose()?;
            let bytes = bytes.await?;
            let is_long = bytes.len() > SHORT;
            let read = move || read(media, parameters, bytes, limits).map(Self);
            match work {
                Some(work) if is_long => work.run(read).await?,
                _ => read(),
            }
        }
        .boxed_local()
    }
}

fn read<T: TakesRows>(
    media: Media,
    parameters: Option<T>,
    bytes: Vec<u8>,
    limits: RequestLimits,
) -> Result<T, Problem> {
    let Some(mut parameters) = parameters else { return body::parse(&bytes, limits.json_depth) };
    let rows = match media {
        Media::Json | Media::Ndjson => table::ndjson::read(&bytes)?,
        Media::Csv => table::csv::read(&bytes)?,
        #[cfg(feature = "engine")]
        Media::Arrow => Rows::of_table(engine::forms::read_stream(bytes, limits.table_bytes)?),
        #[cfg(feature = "engine")]
        Media::Parquet => Rows::of_table(engine::forms::read_parquet(bytes, limits.table_bytes)?),
    };
    parameters.take_rows(rows);
    Ok(parameters)
}
