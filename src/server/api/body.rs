//! JSON bodies: media type, encoding, size, depth, then one parse; every mistake is pointed at.
//!
//! The size limit holds after decompression, and no more than it is ever decompressed.

mod coding;
mod depth;
mod media;
mod pointer;

use std::{
    future::{Future, ready},
    pin::Pin,
    time::{Duration, Instant},
};

use actix_web::{
    FromRequest, HttpRequest, dev,
    error::PayloadError,
    http::header::{self, HeaderMap},
};
use bytes::{Bytes, BytesMut};
use coding::Coding;
use futures::{FutureExt as _, StreamExt as _};
pub(crate) use media::{Media, read_media};
pub(crate) use pointer::mistake_at;
use serde::de::DeserializeOwned;

use super::{
    limits::RequestLimits,
    problem::{Kind, Problem},
};

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

/// The JSON body of a request.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        if let Err(problem) = read_media(request.headers(), &[Media::Json]) {
            return ready(Err(problem)).boxed_local();
        }
        let depth = RequestLimits::of(request).json_depth;
        let limit = RequestLimits::of(request).body_bytes;
        read_bytes(request, payload, limit).map(move |bytes| parse(&bytes?, depth).map(Self)).boxed_local()
    }
}

/// The bytes of a body, decompressed, at most so many.
pub(crate) fn read_bytes(
    request: &HttpRequest,
    payload: &mut dev::Payload,
    limit: usize,
) -> impl Future<Output = Result<Vec<u8>, Problem>> + use<> {
    let coding = expect(request.headers(), limit);
    let payload = payload.take();
    async move {
        let coding = coding?;
        let mut received = Vec::new();
        receive(payload, limit, |piece| {
            received.extend_from_slice(piece);
            Ok(())
        })
        .await?;
        coding.decode(received, limit)
    }
}

/// The bytes of a body as they come, packed or not, at most so many.
pub(crate) async fn read_raw(headers: &HeaderMap, payload: dev::Payload, limit: usize) -> Result<Bytes, Problem> {
    check_announced_length(headers, limit)?;
    let mut received = BytesMut::new();
    receive(payload, limit, |piece| {
        received.extend_from_slice(piece);
        Ok(())
    })
    .await?;
    Ok(received.freeze())
}

/// Hands over the bytes of a body piece by piece as they come, at most so many; those of a packed body in one piece.
pub(crate) fn read_pieces<T, F: Fn(&mut T, &[u8]) -> Result<(), Problem>>(
    request: &HttpRequest,
    payload: &mut dev::Payload,
    limit: usize,
    mut reader: T,
    read: F,
) -> impl Future<Output = Result<T, Problem>> + use<T, F> {
    let coding = expect(request.headers(), limit);
    let payload = payload.take();
    async move {
        let coding = coding?;
        if coding == Coding::Identity {
            receive(payload, limit, |piece| read(&mut reader, piece)).await?;
        } else {
            let mut received = Vec::new();
            receive(payload, limit, |piece| {
                received.extend_from_slice(piece);
                Ok(())
            })
            .await?;
            read(&mut reader, &coding.decode(received, limit)?)?;
        }
        Ok(reader)
    }
}

/// How a body is packed, if it can fit.
fn expect(headers: &HeaderMap, limit: usize) -> Result<Coding, Problem> {
    Coding::of(headers).and_then(|coding| check_announced_length(headers, limit).map(|()| coding))
}

/// Refuses a body that says itself that it is too large, before a byte of it is read.
fn check_announced_length(headers: &HeaderMap, limit: usize) -> Result<(), Problem> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let fits = announced.is_none_or(|length| usize::try_from(length).is_ok_and(|length| length <= limit));
    if fits { Ok(()) } else { Err(too_large(limit)) }
}

/// Takes what arrives. Only waiting counts as arriving, not what is done with the pieces.
async fn receive(
    mut payload: dev::Payload,
    limit: usize,
    mut take: impl FnMut(&[u8]) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let (mut received, mut patience) = (0, PATIENCE);
    loop {
        let since = Instant::now();
        let piece = tokio::time::timeout(patience, payload.next()).await;
        let Some(piece) = piece.map_err(|_| Problem::new(Kind::RequestTimeout))? else { return Ok(()) };
        patience = patience.saturating_sub(since.elapsed());
        let piece = piece.map_err(|error| cut_off(&error))?;
        received += piece.len();
        if received > limit {
            return Err(too_large(limit));
        }
        take(&piece)?;
    }
}

fn too_large(limit: usize) -> Problem {
    Problem::new(Kind::BodyTooLarge).detail(format!("the body is larger than {limit} bytes"))
}

fn cut_off(error: &PayloadError) -> Problem {
    let detail = match error {
        PayloadError::Incomplete(_) => "the body ended before it was complete",
        PayloadError::EncodingCorrupted => "the transfer coding of the body is broken",
        _ => "the body could not be received",
    };
    Problem::new(Kind::Invalid).detail(detail)
}

/// Reads JSON text, not nested deeper than `depth`.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8], depth: usize) -> Result<T, Problem> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Problem::invalid_at("", format!("not UTF-8 after {} bytes", error.valid_up_to())))?;
    if text.trim_ascii_start().is_empty() {
        return Err(Problem::invalid_at("", "empty where JSON is expected"));
    }
    if depth::is_deeper_than(bytes, depth) {
        return Err(Problem::new(Kind::TooDeep).detail(format!("arrays and objects are nested deeper than {depth}")));
    }
    // The place of a mistake costs time to track, so only a text that has one is read with tracking.
    serde_json::from_str(text).map_err(|_| pointer::mistake::<T>(text))
}

#[cfg(test)]
mod tests;
