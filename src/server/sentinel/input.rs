//! What is asked for, checked before it is sent: words of closed sets, times, and what is wrong with them.

use chrono::{DateTime, Utc};
use model::When;
use serde_json::{Map, Value as Json};

/// A part of a request that Azure would not take. Names the place, never the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {detail}")]
pub struct Mistake {
    /// The place, as a JSON pointer.
    pub pointer: String,
    /// What is wrong there.
    pub detail: String,
}

impl Mistake {
    /// A mistake at a place.
    pub fn at(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

/// Tactics of ATT&CK, as Sentinel writes them.
pub const TACTICS: &[&str] = &[
    "Reconnaissance",
    "ResourceDevelopment",
    "InitialAccess",
    "Execution",
    "Persistence",
    "PrivilegeEscalation",
    "DefenseEvasion",
    "CredentialAccess",
    "Discovery",
    "LateralMovement",
    "Collection",
    "CommandAndControl",
    "Exfiltration",
    "Impact",
    "PreAttack",
    "ImpairProcessControl",
    "InhibitResponseFunction",
];

/// Severities of rules.
pub const SEVERITIES: &[&str] = &["High", "Medium", "Low", "Informational"];

/// How the number of rows that a rule's query finds is compared with its threshold.
pub const OPERATORS: &[&str] = &["GreaterThan", "LessThan", "Equal", "NotEqual"];

/// The known word that is meant, as it is written there: case, blanks, hyphens and underscores do not count.
pub fn word(pointer: &str, text: &str, allowed: &'static [&'static str]) -> Result<&'static str, Mistake> {
    let bare = |text: &str| -> String {
        text.chars().filter(|c| !matches!(c, ' ' | '-' | '_')).flat_map(char::to_lowercase).collect()
    };
    let wanted = bare(text);
    let known = allowed.iter().find(|known| bare(known) == wanted);
    known.copied().ok_or_else(|| Mistake::at(pointer, format!("one of {} is needed", allowed.join(", "))))
}

/// The same for each word of a list.
pub fn words(pointer: &str, texts: &[String], allowed: &'static [&'static str]) -> Result<Vec<&'static str>, Mistake> {
    texts.iter().enumerate().map(|(place, text)| word(&format!("{pointer}/{place}"), text, allowed)).collect()
}

/// The instant that is meant, as Azure takes it.
pub fn when(pointer: &str, when: Option<When>, now: DateTime<Utc>) -> Result<Option<Json>, Mistake> {
    let instant = when.map(|when| when.resolve(now)).transpose();
    Ok(instant.map_err(|error| Mistake::at(pointer, error.to_string()))?.map(written))
}

/// An instant as Azure takes it.
pub fn written(instant: DateTime<Utc>) -> Json {
    instant.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true).into()
}

/// What is given, as members of an object; what is not, is not there.
pub fn members<const N: usize>(members: [(&str, Option<Json>); N]) -> Map<String, Json> {
    members.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

/// Whether a text is an interval of ISO 8601: numbers with the letters of their units.
pub fn is_interval(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('P') else { return false };
    let (date, time) = rest.split_once('T').map_or((rest, None), |(date, time)| (date, Some(time)));
    let has_parts = |part: &str, units: &str| {
        let mut left = part;
        let mut units = units.chars();
        while !left.is_empty() {
            let digits = left.trim_start_matches(|c: char| c.is_ascii_digit());
            let mut unit = digits.chars();
            let is_next = digits.len() < left.len() && unit.next().is_some_and(|unit| units.any(|known| known == unit));
            if !is_next {
                return false;
            }
            left = unit.as_str();
        }
        true
    };
    (!date.is_empty() || time.is_some())
        && has_parts(date, "YMWD")
        && time.is_none_or(|time| !time.is_empty() && has_parts(time, "HMS"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_understood_however_it_is_written() {
        for text in ["CommandAndControl", "commandandcontrol", "Command and Control", "command-and-control"] {
            assert_eq!(word("/tactics/0", text, TACTICS), Ok("CommandAndControl"));
        }
        let mistake = words("/tactics", &["impact".to_owned(), "magic".to_owned()], TACTICS).unwrap_err();
        assert_eq!(mistake.pointer, "/tactics/1");
        assert!(mistake.detail.starts_with("one of Reconnaissance") && !mistake.detail.contains("magic"));
    }

    #[test]
    fn times_are_written_in_utc_and_those_that_no_calendar_has_are_pointed_at() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        assert_eq!(when("/start", Some(When::days_from_now(-1.0)), now), Ok(Some("2023-11-13T22:13:20Z".into())));
        assert_eq!(when("/start", None, now), Ok(None));
        assert_eq!(when("/start", Some(When::days_from_now(1e9)), now).unwrap_err().pointer, "/start");
    }

    #[test]
    fn intervals_are_told_from_other_texts() {
        for good in ["PT5H", "P1D", "P2DT1H30M", "PT30S", "P1W"] {
            assert!(is_interval(good), "{good}");
        }
        for bad in ["", "P", "PT", "5H", "P1DT", "PTH", "P1H", "PT1D", "PT1M1H", "p1d", "PT5H "] {
            assert!(!is_interval(bad), "{bad}");
        }
    }
}
