//! The Permissible Actions Protocol: what may be done with an observable, as those on its other end might notice it.
//! <https://www.misp-project.org/taxonomies.html#_pap>

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A PAP label, from the least to the most restricted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pap {
    /// Anything may be done.
    Clear,
    /// The thing itself may be contacted.
    Green,
    /// Third parties may be asked what they know, the thing itself is left alone.
    Amber,
    /// Only what nobody outside can notice.
    Red,
}

/// A text that is no PAP label.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a PAP label; allowed are clear, green, amber and red")]
pub struct NotAPap;

impl Pap {
    /// The label in lower case, as in requests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Red => "red",
        }
    }
}

impl fmt::Display for Pap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Pap {
    type Err = NotAPap;

    /// Reads a label in any case, with or without `PAP:`; `white` is the old name of `clear`.
    fn from_str(text: &str) -> Result<Self, NotAPap> {
        let text = text.trim().to_ascii_lowercase();
        match text.strip_prefix("pap:").unwrap_or(&text) {
            "clear" | "white" => Ok(Self::Clear),
            "green" => Ok(Self::Green),
            "amber" => Ok(Self::Amber),
            "red" => Ok(Self::Red),
            _ => Err(NotAPap),
        }
    }
}

impl<'de> Deserialize<'de> for Pap {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_reads_back_in_any_case_and_white_is_clear() {
        for pap in [Pap::Clear, Pap::Green, Pap::Amber, Pap::Red] {
            assert_eq!(pap.as_str().parse(), Ok(pap));
            assert_eq!(format!(" PAP:{}", pap.as_str().to_uppercase()).parse(), Ok(pap));
        }
        assert_eq!("white".parse(), Ok(Pap::Clear));
        assert_eq!("amber+strict".parse::<Pap>(), Err(NotAPap));
    }

    #[test]
    fn a_stricter_label_is_greater() {
        assert!(Pap::Red > Pap::Amber && Pap::Amber > Pap::Green && Pap::Green > Pap::Clear);
    }
}
