//! A body that comes piece by piece, for readers that read bytes: the one side waits without a thread, the other with one.

use std::io::{self, Read};

use bytes::{Buf as _, Bytes};
use tokio::sync::mpsc;

use crate::upstream::{BodyStream, SendError};

/// Pieces that may wait for the reader.
const WAITING: usize = 4;

/// The end of the pipe that is read. Blocks: only for threads that may.
pub(super) struct Pieces {
    pieces: mpsc::Receiver<Result<Bytes, SendError>>,
    piece: Bytes,
    failure: Option<SendError>,
}

/// The end into which a body is put.
pub(super) struct Filler(mpsc::Sender<Result<Bytes, SendError>>);

/// Both ends.
pub(super) fn pipe() -> (Filler, Pieces) {
    let (filler, pieces) = mpsc::channel(WAITING);
    (Filler(filler), Pieces { pieces, piece: Bytes::new(), failure: None })
}

impl Filler {
    /// Puts a whole body in, as long as somebody reads it.
    pub(super) async fn fill(self, mut body: BodyStream) {
        while let Some(piece) = body.next().await {
            if self.0.send(piece).await.is_err() {
                return;
            }
        }
    }
}

impl Pieces {
    /// Why the body did not come to its end, if so.
    pub(super) fn failure(&self) -> Option<&SendError> {
        self.failure.as_ref()
    }
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.failure.is_some() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        while self.piece.is_empty() {
            match self.pieces.blocking_recv() {
                Some(Ok(piece)) => self.piece = piece,
                Some(Err(error)) => {
                    self.failure = Some(error);
                    return Err(io::ErrorKind::ConnectionAborted.into());
                }
                None => return Ok(0),
            }
        }
        let length = self.piece.len().min(into.len());
        self.piece.copy_to_slice(into.get_mut(..length).unwrap_or_default());
        Ok(length)
    }
}
