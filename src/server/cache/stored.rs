//! What is kept of a lookup: the answers as received and when. Written compactly; bytes that cannot be read are a miss,
//! never an error, and never unpack to more than a bound.
//!
//! The form, all numbers big-endian: version (1 byte), flags (1), time in Unix milliseconds (8), freshness in
//! milliseconds (8), length of the unpacked answers (4), then the answers, packed with Zstandard when that pays.
//! An answer: status (2), number of headers (2), each with name and value, body; each text after its length (4). Answers
//! that are no HTTP have a status that HTTP does not know.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::{Buf, BufMut, Bytes};
use providers::{Answer, HttpAnswer};

use super::lifetime::{self, Freshness};

/// Raised whenever the form changes; others are not read.
const VERSION: u8 = 1;

/// In place of a status: plain text, and the strings of TXT records as headers without values.
const TEXT: u16 = 1;
const TXT: u16 = 2;

const KNOWN: u8 = 1;
const PACKED: u8 = 2;

/// Below so many bytes packing does not pay.
const PACK_FROM: usize = 512;

/// Answers that take up more than this are not kept, and no stored bytes unpack to more.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// The answers of one lookup, and how long they serve.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// As received, in the order of the requests; out of no list.
    pub answers: Vec<Answer>,
    /// Whether the provider knew something: decides how long the answers stay fresh.
    pub outcome_is_known: bool,
    /// When they were received; kept to the millisecond.
    pub stored_at: SystemTime,
    /// How long from then they stay fresh; kept to the millisecond.
    pub fresh_for: Duration,
}

impl Stored {
    /// How old they are. Zero for a clock that runs behind the one that stored them.
    pub fn age(&self, now: SystemTime) -> Duration {
        now.duration_since(self.stored_at).unwrap_or_default()
    }

    /// What they are good for now.
    pub fn freshness(&self, now: SystemTime) -> Freshness {
        Freshness::at(self.age(now), self.fresh_for)
    }

    /// When they stop being fresh.
    pub fn expires_at(&self) -> SystemTime {
        self.stored_at.checked_add(self.fresh_for).unwrap_or(self.stored_at)
    }

    /// How much longer they are worth keeping; zero: not at all.
    pub fn keep_for(&self, now: SystemTime) -> Duration {
        lifetime::keep_for(self.fresh_for).saturating_sub(self.age(now))
    }

    /// Bytes that they take up in memory, roughly.
    pub fn size(&self) -> usize {
        self.answers.iter().map(size).sum::<usize>() + size_of::<Self>()
    }

    /// The bytes to store. `None` for answers that are not kept: too large, or out of a list that is in memory anyway.
    pub fn encode(&self) -> Option<Vec<u8>> {
        let mut plain = Vec::with_capacity(self.size());
        for answer in &self.answers {
            put_answer(&mut plain, answer)?;
        }
        let length = u32::try_from(plain.len()).ok().filter(|_| plain.len() <= MOST_BYTES)?;
        let packed = if plain.len() < PACK_FROM { None } else { zstd::bulk::compress(&plain, 1).ok() };
        let packed = packed.filter(|packed| packed.len() < plain.len());

        let mut out = Vec::with_capacity(22 + packed.as_ref().map_or(plain.len(), Vec::len));
        out.put_u8(VERSION);
        out.put_u8(if self.outcome_is_known { KNOWN } else { 0 } | if packed.is_some() { PACKED } else { 0 });
        out.put_u64(milliseconds(self.stored_at.duration_since(UNIX_EPOCH).unwrap_or_default()));
        out.put_u64(milliseconds(self.fresh_for));
        out.put_u32(length);
        out.extend_from_slice(&packed.unwrap_or(plain));
        Some(out)
    }

    /// Reads stored bytes. `None` for anything that [`Self::encode`] of this version would not have written.
    pub fn decode(mut bytes: Bytes) -> Option<Self> {
        if bytes.try_get_u8().ok()? != VERSION {
            return None;
        }
        let flags = bytes.try_get_u8().ok()?;
        let stored_at = UNIX_EPOCH.checked_add(Duration::from_millis(bytes.try_get_u64().ok()?))?;
        let fresh_for = Duration::from_millis(bytes.try_get_u64().ok()?);
        let length = usize::try_from(bytes.try_get_u32().ok()?).ok().filter(|length| *length <= MOST_BYTES)?;
        let mut plain = match flags & PACKED {
            0 => bytes,
            _ => zstd::bulk::decompress(&bytes, length).ok()?.into(),
        };
        if plain.len() != length {
            return None;
        }
        let mut answers = Vec::new();
        while plain.has_remaining() {
            answers.push(take_answer(&mut plain)?);
        }
        Some(Self { answers, outcome_is_known: flags & KNOWN != 0, stored_at, fresh_for })
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn size(answer: &Answer) -> usize {
    let variable: usize = match answer {
        Answer::Http(HttpAnswer { headers, body, .. }) => {
            headers.iter().map(|(name, value)| name.len() + value.len() + 8).sum::<usize>() + body.len()
        }
        Answer::Text(text) => text.len(),
        Answer::Txt(records) => records.iter().map(|record| record.len() + 8).sum(),
        Answer::Listing(_) => 0,
    };
    variable + 8
}

fn put_answer(out: &mut Vec<u8>, answer: &Answer) -> Option<()> {
    match answer {
        Answer::Http(HttpAnswer { status, headers, body }) => {
            put_parts(out, *status, headers.iter().map(|(name, value)| (name.as_str(), value.as_str())), body)
        }
        Answer::Text(text) => put_parts(out, TEXT, std::iter::empty(), text),
        Answer::Txt(records) => put_parts(out, TXT, records.iter().map(|record| (record.as_str(), "")), &[]),
        Answer::Listing(_) => None,
    }
}

fn put_parts<'a>(
    out: &mut Vec<u8>,
    status: u16,
    headers: impl ExactSizeIterator<Item = (&'a str, &'a str)>,
    body: &[u8],
) -> Option<()> {
    out.put_u16(status);
    out.put_u16(u16::try_from(headers.len()).ok()?);
    for (name, value) in headers {
        put(out, name.as_bytes())?;
        put(out, value.as_bytes())?;
    }
    put(out, body)
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) -> Option<()> {
    out.put_u32(u32::try_from(bytes.len()).ok()?);
    out.extend_from_slice(bytes);
    Some(())
}

fn take_answer(bytes: &mut Bytes) -> Option<Answer> {
    let status = bytes.try_get_u16().ok()?;
    let headers = (0..bytes.try_get_u16().ok()?)
        .map(|_| Some((take_text(bytes)?, take_text(bytes)?)))
        .collect::<Option<Vec<(String, String)>>>()?;
    let body = take(bytes)?;
    Some(match status {
        TEXT => Answer::Text(body),
        TXT => Answer::Txt(headers.into_iter().map(|(record, _)| record).collect()),
        _ => Answer::Http(HttpAnswer { status, headers, body }),
    })
}

fn take_text(bytes: &mut Bytes) -> Option<String> {
    String::from_utf8(take(bytes)?.into()).ok()
}

fn take(bytes: &mut Bytes) -> Option<Bytes> {
    let length = usize::try_from(bytes.try_get_u32().ok()?).ok()?;
    (length <= bytes.len()).then(|| bytes.split_to(length))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use providers::Listing;

    use super::*;

    fn stored(body: impl Into<Bytes>) -> Stored {
        Stored {
            answers: vec![Answer::Http(HttpAnswer {
                status: 200,
                headers: vec![("content-type".into(), "application/json".into())],
                body: body.into(),
            })],
            outcome_is_known: true,
            stored_at: UNIX_EPOCH + Duration::from_secs(1_700_000_000),
            fresh_for: Duration::from_hours(6),
        }
    }

    fn any_stored() -> impl Strategy<Value = Stored> {
        let header = ("[a-z-]{1,20}", ".{0,40}");
        let body = prop_oneof![
            prop::collection::vec(any::<u8>(), 0..2_000),
            (0usize..20_000).prop_map(|length| b"the same again ".iter().copied().cycle().take(length).collect()),
        ];
        let answer = prop_oneof![
            (100_u16.., prop::collection::vec(header, 0..4), body)
                .prop_map(|(status, headers, body)| Answer::Http(HttpAnswer { status, headers, body: body.into() })),
            prop::collection::vec(any::<u8>(), 0..200).prop_map(|text| Answer::Text(text.into())),
            prop::collection::vec(".{0,40}", 0..4).prop_map(Answer::Txt),
        ];
        (prop::collection::vec(answer, 0..4), any::<bool>(), any::<u32>(), any::<u32>()).prop_map(
            |(answers, outcome_is_known, seconds, fresh)| Stored {
                answers,
                outcome_is_known,
                stored_at: UNIX_EPOCH + Duration::from_millis(u64::from(seconds) * 999),
                fresh_for: Duration::from_millis(fresh.into()),
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_stored_is_read_back(stored in any_stored()) {
            let bytes = stored.encode().unwrap();
            prop_assert_eq!(Stored::decode(bytes.into()), Some(stored));
        }

        #[test]
        fn damaged_bytes_are_a_miss_and_never_a_panic(
            stored in any_stored(), cut in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), flip in 1u8..,
        ) {
            let bytes = stored.encode().unwrap();
            prop_assert_eq!(Stored::decode(Bytes::copy_from_slice(&bytes[..cut.index(bytes.len())])), None);
            let mut damaged = bytes;
            let at = at.index(damaged.len());
            damaged[at] ^= flip;
            let _ = Stored::decode(damaged.into());
        }

        #[test]
        fn arbitrary_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..200), ours in any::<bool>()) {
            if ours && let Some(version) = bytes.first_mut() {
                *version = VERSION;
            }
            let _ = Stored::decode(bytes.into());
        }
    }

    #[test]
    fn large_answers_are_packed() {
        let plain = "{\"reports\": 0}".repeat(1_000);
        let bytes = stored(plain.clone()).encode().unwrap();
        assert!(bytes.len() < plain.len() / 10, "{} bytes", bytes.len());
    }

    #[test]
    fn a_bomb_does_not_unpack() {
        let mut bomb = stored("x".repeat(1_000)).encode().unwrap();
        let header = 22;
        bomb.truncate(header);
        bomb.extend(zstd::bulk::compress(&vec![0; 4 * MOST_BYTES], 1).unwrap());
        assert!(bomb.len() < 100_000);
        assert_eq!(Stored::decode(bomb.clone().into()), None, "more than it says");
        bomb[header - 4..header].copy_from_slice(&(4 * MOST_BYTES as u32).to_be_bytes());
        assert_eq!(Stored::decode(bomb.into()), None, "more than is allowed");
    }

    #[test]
    fn another_version_is_a_miss() {
        let mut bytes = stored("{}").encode().unwrap();
        bytes[0] = VERSION + 1;
        assert_eq!(Stored::decode(bytes.into()), None);
    }

    #[test]
    fn neither_giants_nor_lists_are_stored() {
        assert_eq!(stored(vec![b'x'; MOST_BYTES]).encode(), None);
        let listed = Stored { answers: vec![Answer::Listing(Listing::Absent)], ..stored("") };
        assert_eq!(listed.encode(), None);
    }

    #[test]
    fn age_and_expiry_follow_the_clock_that_is_given() {
        let stored = stored("{}");
        let hour = Duration::from_hours(1);
        let now = stored.stored_at + 7 * hour;
        assert_eq!(stored.age(now), 7 * hour);
        assert_eq!(stored.freshness(now), Freshness::Stale);
        assert_eq!(stored.expires_at(), stored.stored_at + 6 * hour);
        assert_eq!(stored.keep_for(now), 17 * hour);
        assert_eq!(stored.keep_for(now + 30 * hour), Duration::ZERO);
        let behind = stored.stored_at - hour;
        assert_eq!((stored.age(behind), stored.freshness(behind)), (Duration::ZERO, Freshness::Fresh));
    }

    #[test]
    fn a_time_beyond_all_clocks_is_no_panic() {
        let mut bytes = stored("{}").encode().unwrap();
        bytes[2..18].fill(0xff);
        if let Some(odd) = Stored::decode(bytes.into()) {
            let _ = (odd.expires_at(), odd.keep_for(UNIX_EPOCH), odd.freshness(UNIX_EPOCH));
        }
    }
}
