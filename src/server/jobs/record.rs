//! What is kept of a job: whose it is, and what came of it. A line of JSON, then the answer's body as it was sent, packed
//! with Zstandard where that pays. What cannot be read is no job.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::MAX_ANSWER;

/// Below so many bytes packing does not pay.
const PACK_FROM: usize = 512;

/// What came of a job: what the caller would have been answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The HTTP status.
    pub status: u16,
    /// The media type of the body.
    pub content_type: String,
    /// The body.
    pub body: Bytes,
}

impl Outcome {
    /// Bytes that it takes up, roughly.
    pub(super) fn weight(&self) -> u32 {
        u32::try_from(self.body.len() + self.content_type.len() + size_of::<Self>()).unwrap_or(u32::MAX)
    }
}

/// A job as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) owner: String,
    pub(super) outcome: Option<Outcome>,
}

/// What stands in the first line.
#[derive(Serialize, Deserialize)]
struct Head {
    owner: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default)]
    content_type: String,
    #[serde(default)]
    packed: bool,
}

impl Record {
    pub(super) fn running(owner: &str) -> Self {
        Self { owner: owner.to_owned(), outcome: None }
    }

    pub(super) fn ended(owner: &str, outcome: Outcome) -> Self {
        Self { owner: owner.to_owned(), outcome: Some(outcome) }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let body = self.outcome.as_ref().map(|outcome| outcome.body.as_ref()).unwrap_or_default();
        let packed = if body.len() < PACK_FROM { None } else { zstd::bulk::compress(body, 1).ok() };
        let packed = packed.filter(|packed| packed.len() < body.len());
        let head = Head {
            owner: self.owner.clone(),
            status: self.outcome.as_ref().map(|outcome| outcome.status),
            content_type: self.outcome.as_ref().map(|outcome| outcome.content_type.clone()).unwrap_or_default(),
            packed: packed.is_some(),
        };
        // Texts and numbers always become JSON.
        let mut bytes = serde_json::to_vec(&head).unwrap_or_default();
        bytes.push(b'\n');
        bytes.extend_from_slice(packed.as_deref().unwrap_or(body));
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let (head, body) = bytes.split_at_checked(end)?;
        let body = body.get(1..)?;
        let Head { owner, status, content_type, packed } = serde_json::from_slice(head).ok()?;
        let body = if packed { zstd::bulk::decompress(body, MAX_ANSWER).ok()? } else { body.to_vec() };
        Some(Self { owner, outcome: status.map(|status| Outcome { status, content_type, body: body.into() }) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_stored_comes_back(owner: String, status in 100_u16..600, content_type: String, body: Vec<u8>, times in 1_usize..50) {
            let body = body.repeat(times).into();
            let ended = Record::ended(&owner, Outcome { status, content_type, body });
            prop_assert_eq!(Record::decode(&ended.encode()), Some(ended));
            let running = Record::running(&owner);
            prop_assert_eq!(Record::decode(&running.encode()), Some(running));
        }

        #[test]
        fn no_bytes_break_it(bytes: Vec<u8>) {
            let _ = Record::decode(&bytes);
        }
    }

    #[test]
    fn what_unpacks_to_more_than_an_answer_may_be_is_no_job() {
        let bomb = zstd::bulk::compress(&vec![0; MAX_ANSWER + 1], 1).unwrap();
        let head = b"{\"owner\":\"soar\",\"status\":200,\"packed\":true}\n";
        assert_eq!(Record::decode(&[head.as_slice(), &bomb].concat()), None);
    }
}
