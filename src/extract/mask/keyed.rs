//! Bits that only the key and the value decide.

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// A key, ready for use. Shows nothing of it.
pub(super) struct Keyed(Hmac<Sha256>);

impl std::fmt::Debug for Keyed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyed")
    }
}

impl Keyed {
    pub(super) fn new(key: &[u8]) -> Self {
        // Every length of key is allowed, so that the second is never used.
        Self(Hmac::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&hmac::digest::Key::<Hmac<Sha256>>::default())))
    }

    /// 32 bytes for a value; `purpose` parts what must not be alike.
    pub(super) fn bytes(&self, purpose: &str, value: &[u8]) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(value);
        mac.finalize().into_bytes().into()
    }

    /// As many bytes as are asked for.
    pub(super) fn stream<'k>(&'k self, purpose: &'k str, value: &'k str) -> impl Iterator<Item = u8> + 'k {
        (0_u32..).flat_map(move |block| {
            if block == 0 {
                return self.bytes(purpose, value.as_bytes());
            }
            let mut next = block.to_be_bytes().to_vec();
            next.extend_from_slice(value.as_bytes());
            self.bytes("further", &next)
        })
    }

    /// A number below another, for a value.
    pub(super) fn below(&self, purpose: &str, value: &[u8], below: u64) -> u64 {
        let number =
            self.bytes(purpose, value).iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        number.checked_rem(below).unwrap_or(0)
    }
}
