//! What may still be unpacked.

use std::io::{self, Read};

use super::{Options, Outcome};

/// Small pieces may grow as they like: a file of blanks is no bomb.
const HARMLESS: usize = 1 << 20;

/// What is left of the limits.
#[derive(Debug)]
pub(super) struct Budget {
    bytes: usize,
    layers: usize,
    max_ratio: usize,
}

impl Budget {
    pub(super) const fn new(options: &Options) -> Self {
        Self { bytes: options.max_bytes, layers: options.max_layers, max_ratio: options.max_ratio }
    }

    /// Takes a layer, if there is one left.
    pub(super) const fn take_layer(&mut self) -> bool {
        let is_left = self.layers > 0;
        self.layers = self.layers.saturating_sub(1);
        is_left
    }

    /// How many layers are left.
    pub(super) const fn layers(&self) -> usize {
        self.layers
    }

    /// Takes these bytes, if there are so many left.
    pub(super) fn take(&mut self, bytes: Vec<u8>) -> Result<Vec<u8>, Outcome> {
        self.bytes = self.bytes.checked_sub(bytes.len()).ok_or(Outcome::TooLarge)?;
        Ok(bytes)
    }

    /// Reads what so many compressed bytes hold, no further than allowed.
    pub(super) fn read(&mut self, reader: impl Read, compressed: usize) -> Result<Vec<u8>, Outcome> {
        let by_ratio = compressed.saturating_mul(self.max_ratio).max(HARMLESS);
        let most = by_ratio.min(self.bytes);
        let mut bytes = Vec::new();
        let read = reader.take(u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1)).read_to_end(&mut bytes);
        if bytes.len() > most {
            return Err(if by_ratio < self.bytes { Outcome::RatioExceeded } else { Outcome::TooLarge });
        }
        match read {
            Ok(_) => self.take(bytes),
            Err(error) if error.kind() == io::ErrorKind::Unsupported => Err(Outcome::Unsupported),
            Err(_) => Err(Outcome::Corrupt),
        }
    }
}
