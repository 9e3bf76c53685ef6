//! Filling a template: names to parameters, values to arguments, arguments into their places.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use model::{Span, When};
use serde_json::{Map, Value as Json};

use super::{
    ParameterType, Refusal, Template,
    body::{Body, Gap, Part},
    lines::Lines,
    parameter::{Argument, Item},
};
use crate::{
    Dialect,
    dialect::{Spot, Unwritable},
};

/// How far back a query goes that nobody gave a time.
const WINDOW: TimeDelta = TimeDelta::days(1);

/// What a caller gives a template.
#[derive(Debug, Clone, Copy)]
pub struct Arguments<'a> {
    /// Values by the names or aliases of parameters.
    pub parameters: &'a Map<String, Json>,
    /// When the query begins: what `start` is unless it is among the parameters.
    pub start: Option<When>,
    /// When it ends.
    pub end: Option<When>,
    /// Whether values may be part of the query: see [`Parameter::is_raw`].
    pub allow_raw: bool,
}

/// A query, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Its text.
    pub query: String,
    /// The time that it is about, if the template or the caller speaks of one.
    pub span: Option<Span>,
    /// The raw parameters that the caller gave.
    pub raw: Vec<Arc<str>>,
}

impl Template {
    /// Fills the template, or says everything that stands against it.
    pub fn render(&self, given: Arguments<'_>, now: DateTime<Utc>) -> Result<Rendered, Vec<Refusal>> {
        let mut refusals = Vec::new();
        let mut arguments: Vec<Option<Argument>> = vec![None; self.parameters.len()];
        let mut raw = Vec::new();
        for (name, value) in given.parameters {
            let found = self.position(name).and_then(|position| Some((position, self.parameters.get(position)?)));
            let Some((position, parameter)) = found else {
                refusals.push(Refusal::Unknown(self.known_names(), name.clone()));
                continue;
            };
            if parameter.kind == ParameterType::Text && parameter.default.as_ref() == Some(value) {
                // Like giving nothing: then the text is the author's, not the caller's.
                continue;
            }
            if parameter.is_raw && !value.is_array() {
                raw.push(Arc::clone(&parameter.name));
                if !given.allow_raw {
                    refusals.push(Refusal::Raw { name: Arc::clone(&parameter.name) });
                    continue;
                }
            }
            match (parameter.read(value, now), arguments.get_mut(position)) {
                (Ok(argument), Some(slot)) => *slot = Some(argument),
                (Err(unfit), _) => refusals.push(parameter.refusal(unfit)),
                (Ok(_), None) => {}
            }
        }
        let span = self.settle_times(given, &mut arguments, now, &mut refusals);
        for ((slot, default), parameter) in arguments.iter_mut().zip(&self.defaults).zip(&self.parameters) {
            if slot.is_some() {
                continue;
            }
            *slot = match (&parameter.default, default) {
                (Some(default), None) => parameter.read(default, now).ok(),
                (_, default) => default.clone(),
            };
            let is_refused = refusals.iter().any(|refusal| refusal.parameter() == &*parameter.name);
            if slot.is_none() && !is_refused {
                refusals.push(Refusal::Missing {
                    name: Arc::clone(&parameter.name),
                    expects: parameter.kind.expects(),
                    type_name: Arc::clone(&parameter.type_name),
                });
            }
        }
        if !refusals.is_empty() {
            return Err(refusals);
        }
        let arguments: Vec<Argument> = arguments.into_iter().flatten().collect();
        let query = self.fill(&arguments).map_err(|refusal| vec![refusal])?;
        Ok(Rendered { query, span, raw })
    }

    fn known_names(&self) -> String {
        let names: Vec<&str> = self.parameters.iter().map(|parameter| &*parameter.name).collect();
        if names.is_empty() { "it has none".to_owned() } else { format!("it has {}", names.join(", ")) }
    }

    /// Puts `start` and `end` in their places, and says which span the query is about.
    fn settle_times(
        &self,
        given: Arguments<'_>,
        arguments: &mut [Option<Argument>],
        now: DateTime<Utc>,
        refusals: &mut Vec<Refusal>,
    ) -> Option<Span> {
        let position =
            |name: &str| self.parameters.iter().position(|it| &*it.name == name && it.kind == ParameterType::Instant);
        let (start_at, end_at) = (position("start"), position("end"));
        let mut end = |name: &str, at: Option<usize>, asked: Option<When>, otherwise: Option<DateTime<Utc>>| {
            let argument = at.and_then(|at| arguments.get(at)).and_then(Option::as_ref);
            if let Some(Argument::Instant(instant)) = argument {
                return Some(*instant);
            }
            let default = || {
                let default = self.parameters.get(at?)?.default.as_ref()?;
                match self.parameters.get(at?)?.read(default, now) {
                    Ok(Argument::Instant(instant)) => Some(Ok(instant)),
                    _ => None,
                }
            };
            let settled = asked.map(|asked| asked.resolve(now)).or_else(default);
            let settled = settled.or_else(|| otherwise.map(Ok))?;
            match settled {
                Ok(instant) => Some(instant),
                Err(error) => {
                    refusals.push(Refusal::Time { name: name.into(), error });
                    None
                }
            }
        };
        let is_asked = given.start.is_some() || given.end.is_some();
        if !is_asked && start_at.is_none() && end_at.is_none() {
            return None;
        }
        let end_instant = end("end", end_at, given.end, Some(now))?;
        let start_instant = end("start", start_at, given.start, end_instant.checked_sub_signed(WINDOW))?;
        for (at, instant) in [(start_at, start_instant), (end_at, end_instant)] {
            if let Some(slot) = at.and_then(|at| arguments.get_mut(at)) {
                *slot = Some(Argument::Instant(instant));
            }
        }
        let span = Span::between(start_instant, end_instant);
        span.map_err(|error| refusals.push(Refusal::Time { name: "end".into(), error })).ok()
    }

    fn fill(&self, arguments: &[Argument]) -> Result<String, Refusal> {
        let parts = match &self.body {
            Body::Document(document) => return Ok(document.fill(arguments)),
            Body::Text(parts) => parts,
        };
        let mut lines = Lines::with_capacity(self.text.len() * 2);
        for part in parts {
            match part {
                Part::Text(text) => lines.push_text(text),
                Part::Gap(gap) => {
                    let Some(argument) = arguments.get(gap.parameter) else { continue };
                    gap.fill(self.dialect, argument, &mut lines).map_err(|Unwritable| Refusal::Unwritable {
                        name: self.parameters.get(gap.parameter).map(|it| Arc::clone(&it.name)).unwrap_or_default(),
                    })?;
                }
            }
        }
        Ok(lines.finish())
    }
}

impl Gap {
    fn fill(&self, dialect: Dialect, argument: &Argument, lines: &mut Lines) -> Result<(), Unwritable> {
        let text = match argument {
            Argument::Verbatim(text) => {
                lines.push_text(text);
                return Ok(());
            }
            Argument::Text(text) | Argument::Word(text) if self.place.is_open() => {
                let mut wrapped = String::new();
                self.place.write(text, &mut wrapped)?;
                // A raw text may be several lines.
                lines.push_text(&wrapped);
                return Ok(());
            }
            Argument::Text(text) | Argument::Word(text) => text,
            Argument::Instant(instant) => {
                let mut text = String::new();
                match &self.format {
                    Some(format) => text.push_str(&instant.format(format).to_string()),
                    None => {
                        let is_bare = self.place.is_open() || self.place.spot == Spot::Text;
                        dialect.write_instant(*instant, is_bare, &mut text);
                    }
                }
                return lines.push_value(|out| self.place.write(&text, out));
            }
            Argument::List(items) => {
                let text = list(dialect, items)?;
                return lines.push_value(|out| self.place.write(&text, out));
            }
        };
        lines.push_value(|out| self.place.write(text, out))
    }
}

fn list(dialect: Dialect, items: &[Item]) -> Result<String, Unwritable> {
    let mut text = String::new();
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            text.push_str(dialect.separator());
        }
        match item {
            Item::Word(word) if !dialect.lists_texts_only() => text.push_str(word),
            Item::Word(value) | Item::Text(value) => dialect.quote(value, &mut text)?,
        }
    }
    Ok(text)
}
