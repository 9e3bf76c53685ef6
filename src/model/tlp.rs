//! The Traffic Light Protocol: how far an observable may travel. <https://www.first.org/tlp/>

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A TLP 2.0 label, from the least to the most restricted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, ToSchema)]
pub enum Tlp {
    /// May be shared with everybody.
    #[serde(rename = "clear")]
    Clear,
    /// May be shared within the community.
    #[serde(rename = "green")]
    Green,
    /// May be shared within the organisation and with its clients.
    #[default]
    #[serde(rename = "amber")]
    Amber,
    /// May be shared within the organisation only.
    #[serde(rename = "amber+strict")]
    AmberStrict,
    /// For the eyes of the recipients only.
    #[serde(rename = "red")]
    Red,
}

/// A text that is no TLP label.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a TLP label; allowed are clear, green, amber, amber+strict and red")]
pub struct NotATlp;

impl Tlp {
    /// The label in lower case, as in answers and settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Green => "green",
            Self::Amber => "amber",
            Self::AmberStrict => "amber+strict",
            Self::Red => "red",
        }
    }
}

impl fmt::Display for Tlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Tlp {
    type Err = NotATlp;

    /// Reads a label in any case, with or without `TLP:`; `white` is the old name of `clear`.
    fn from_str(text: &str) -> Result<Self, NotATlp> {
        let text = text.trim().to_ascii_lowercase();
        match text.strip_prefix("tlp:").unwrap_or(&text) {
            "clear" | "white" => Ok(Self::Clear),
            "green" => Ok(Self::Green),
            "amber" => Ok(Self::Amber),
            "amber+strict" | "amber_strict" => Ok(Self::AmberStrict),
            "red" => Ok(Self::Red),
            _ => Err(NotATlp),
        }
    }
}

impl<'de> Deserialize<'de> for Tlp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_reads_back_in_any_case_and_white_is_clear() {
        for tlp in [Tlp::Clear, Tlp::Green, Tlp::Amber, Tlp::AmberStrict, Tlp::Red] {
            assert_eq!(tlp.as_str().parse(), Ok(tlp));
            assert_eq!(format!("TLP:{}", tlp.as_str().to_uppercase()).parse(), Ok(tlp));
        }
        assert_eq!("WHITE".parse(), Ok(Tlp::Clear));
        assert_eq!("purple".parse::<Tlp>(), Err(NotATlp));
    }

    #[test]
    fn a_stricter_label_is_greater() {
        assert!(Tlp::Red > Tlp::AmberStrict && Tlp::AmberStrict > Tlp::Amber && Tlp::Green > Tlp::Clear);
    }
}
