//! What the tests of several modules use.

use sha2::{Digest as _, Sha256};

/// A text too long to keep, as a digest: golden files hold these.
pub(crate) fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}
