//! Answers that are too long to be held: the head at once, the body piece by piece as it comes, decompressed.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{
    Response, StatusCode,
    header::{ACCEPT_ENCODING, HeaderMap},
};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tracing::Instrument as _;

use super::{Call, SendError, Upstream, body::Decoder, retry};
use crate::telemetry::{CallOutcome, spans};

/// How long the other side may be silent in the middle of a body.
const IDLE: Duration = Duration::from_secs(60);

/// Compressed bytes that are unpacked at once, so that no piece becomes too large.
const PACKED_AT_ONCE: usize = 4 * 1024;

/// The most that so few bytes may become.
const UNPACKED_AT_ONCE: usize = 16 << 20;

/// The head of an answer whose body is still to come.
pub struct Opened {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: BodyStream,
    /// How often the call was sent.
    pub attempts: u32,
}

/// A body as it comes.
pub struct BodyStream {
    response: Response,
    decoder: Option<Decoder>,
    /// What came and is not unpacked yet.
    packed: Bytes,
    has_begun: bool,
    /// Bytes that may still come, unpacked.
    left: usize,
    limit: usize,
    deadline: Instant,
}

impl Upstream {
    /// Sends one call and reads the head of its answer. The deadline and the cap hold for the body, too; a body that stops
    /// coming ends sooner. What comes is not judged: neither its status nor whether it is a page. Whoever accepts no
    /// encoding but `identity` gets the bytes as they come, whatever they are labelled.
    pub async fn open(&self, call: Call) -> Result<Opened, SendError> {
        let span = spans::call(call.to, call.method.as_str());
        let mut attempts = 0;
        let opening = self.open_until_settled(&call, &mut attempts).instrument(span.clone());
        let outcome = timeout_at(call.deadline, opening).await.unwrap_or(Err(SendError::Timeout));
        let told = outcome.as_ref().map_or_else(SendError::outcome, |response| super::outcome_of(response.status()));
        spans::call_ended(&span, told, attempts, outcome.as_ref().ok().map(|response| response.status().as_u16()));
        let mut response = outcome?;
        let headers = std::mem::take(response.headers_mut());
        let is_wanted_packed = call.headers.get(ACCEPT_ENCODING).is_some_and(|accepted| accepted == "identity");
        let label = if is_wanted_packed { &HeaderMap::new() } else { &headers };
        let decoder = Some(Decoder::new(label, call.body_cap.min(UNPACKED_AT_ONCE))?);
        let body = BodyStream {
            decoder,
            packed: Bytes::new(),
            has_begun: false,
            left: call.body_cap,
            limit: call.body_cap,
            deadline: call.deadline,
            response,
        };
        Ok(Opened { status: body.response.status(), headers, body, attempts })
    }

    async fn open_until_settled(&self, call: &Call, attempts: &mut u32) -> Result<Response, SendError> {
        let mut pauses = retry::pauses(call.retries);
        loop {
            *attempts += 1;
            let outcome = self.head(call).await;
            let head = outcome.as_ref().map(|response| (response.status(), response.headers()));
            let Some(pause) = retry::may_retry(call, head, &mut pauses, Instant::now()) else { return outcome };
            sleep(pause).await;
        }
    }
}

impl Opened {
    /// What the status says, for metrics.
    pub fn outcome(&self) -> CallOutcome {
        super::outcome_of(self.status)
    }
}

impl BodyStream {
    /// The next piece, never empty; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Bytes, SendError>> {
        loop {
            let piece = self.step().await.transpose()?;
            match piece {
                Ok(piece) if piece.is_empty() => {}
                Ok(piece) if piece.len() > self.left => {
                    self.decoder = None;
                    return Some(Err(SendError::TooLarge { limit: self.limit }));
                }
                Ok(piece) => {
                    self.left -= piece.len();
                    return Some(Ok(piece));
                }
                Err(error) => {
                    self.decoder = None;
                    return Some(Err(error));
                }
            }
        }
    }

    /// The body up to its end or a cap, whichever comes first; what is lost on the way is left out.
    pub async fn beginning(&mut self, cap: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while bytes.len() < cap
            && let Some(Ok(piece)) = self.next().await
        {
            bytes.extend_from_slice(&piece);
        }
        bytes
    }

    /// Unpacks a little more; `None` at the end.
    async fn step(&mut self) -> Result<Option<Bytes>, SendError> {
        let Some(decoder) = &mut self.decoder else { return Ok(None) };
        if self.packed.is_empty() {
            let until = self.deadline;
            let chunk = timeout_at(until, timeout(IDLE, self.response.chunk())).await;
            let chunk = chunk.map_err(|_| SendError::Timeout)?.map_err(|_| SendError::Timeout)?;
            match chunk.map_err(|_| SendError::Truncated)? {
                Some(chunk) => {
                    self.has_begun |= !chunk.is_empty();
                    self.packed = chunk;
                }
                // An answer without a body may name the encoding that it would have had.
                None => {
                    let decoder = self.decoder.take().filter(|_| self.has_begun);
                    return decoder.map(Decoder::finish).transpose();
                }
            }
        }
        let at_once = if decoder.is_identity() { self.packed.len() } else { PACKED_AT_ONCE.min(self.packed.len()) };
        let packed = self.packed.split_to(at_once);
        if decoder.is_identity() {
            return Ok(Some(packed));
        }
        decoder.push(&packed)?;
        Ok(Some(decoder.take_unpacked()))
    }
}
