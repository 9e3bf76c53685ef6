//! Observables, deadlines and labels as requests give them: the parts that several operations share.

use std::{fmt::Display, str::FromStr, time::Duration};

use model::{KindHint, Observable};
use providers::SideEffect;
use serde::Deserialize;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::problem::Problem;
use crate::{
    enrich::Rejected,
    lookups::{Permission, UnknownProvider},
};

/// How long a request may take when it does not say.
const DEFAULT_DEADLINE_MS: u64 = 8_000;

/// How long a request may take at most: Logic Apps give up after 120 s.
pub(crate) const MAX_DEADLINE_MS: u64 = 100_000;

/// An observable as a caller gives it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ObservableInput {
    /// The value, defanged or not.
    #[schema(example = "198.51.100[.]7", max_length = 8192)]
    pub(crate) value: String,
    /// Its kind, or an alias of MSTICPy, STIX, MISP or Cortex. Inferred when left out.
    #[serde(default)]
    #[schema(example = "ipv4", nullable = false)]
    pub(crate) kind: Option<String>,
}

impl ObservableInput {
    /// Reads it. A value that is none is data, not a failed request.
    pub(crate) fn read(&self) -> Result<Observable, Rejected> {
        let hint = match self.kind.as_deref().map(str::trim) {
            None | Some("") => Ok(None),
            Some(kind) if kind.eq_ignore_ascii_case("unknown") => Ok(None),
            Some(kind) => kind.parse::<KindHint>().map(Some),
        };
        hint.and_then(|hint| Observable::parse(&self.value, hint))
            .map_err(|rejection| Rejected { value: self.value.clone(), reason: rejection.to_string() })
    }
}

/// Reads all, the good ones and the bad ones apart.
pub(crate) fn read_all(inputs: &[ObservableInput]) -> (Vec<Observable>, Vec<Rejected>) {
    let mut observables = Vec::with_capacity(inputs.len());
    let mut rejected = Vec::new();
    for input in inputs {
        match input.read() {
            Ok(observable) => observables.push(observable),
            Err(refused) => rejected.push(refused),
        }
    }
    (observables, rejected)
}

/// When the answer is due.
pub(crate) fn deadline(deadline_ms: Option<u64>, started: Instant) -> Result<Instant, Problem> {
    let ms = deadline_ms.unwrap_or(DEFAULT_DEADLINE_MS);
    if !(1..=MAX_DEADLINE_MS).contains(&ms) {
        return Err(Problem::invalid_at("/deadline_ms", format!("must be between 1 and {MAX_DEADLINE_MS}")));
    }
    Ok(started + Duration::from_millis(ms))
}

/// Reads what a request permits: its TLP label, its PAP label and the side effects that it names.
pub(crate) fn permission(
    tlp: Option<&str>,
    pap: Option<&str>,
    side_effects: Option<Vec<SideEffectName>>,
) -> Result<Permission, Problem> {
    Ok(Permission {
        tlp: label("/tlp", tlp)?,
        pap: label("/pap", pap)?,
        side_effects: side_effects.map(|names| names.into_iter().map(Into::into).collect()),
    })
}

fn label<T: FromStr<Err: Display>>(pointer: &str, text: Option<&str>) -> Result<Option<T>, Problem> {
    text.map(str::parse).transpose().map_err(|error: T::Err| Problem::invalid_at(pointer, error.to_string()))
}

/// What asking a provider may do beyond telling it that somebody asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SideEffect)]
pub(crate) enum SideEffectName {
    /// Nothing; always allowed.
    Passive,
    /// Others can see what was asked.
    Publishes,
    /// The thing itself is contacted.
    Active,
}

impl From<SideEffectName> for SideEffect {
    fn from(name: SideEffectName) -> Self {
        match name {
            SideEffectName::Passive => Self::Passive,
            SideEffectName::Publishes => Self::Publishes,
            SideEffectName::Active => Self::Active,
        }
    }
}

/// Refuses a provider that does not exist, at its place.
pub(crate) fn unknown_provider(error: &UnknownProvider) -> Problem {
    Problem::invalid_at(format!("/providers/{}", error.position), error.to_string())
}
