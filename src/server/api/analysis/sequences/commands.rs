//! Sessions as callers write them: lists of commands, each a name or an object with a name and parameters.

use std::{borrow::Cow, fmt};

use analysis::sequences::Corpus;
use model::Value;
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

/// A cell holds no session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a list of commands, each a name or an object with `name` and `params`")]
pub(super) struct NoSession;

/// The JSON of a cell, which may be a text that holds it.
fn json<'v>(session: &'v Value<'_>) -> Option<&'v str> {
    match session {
        Value::Dynamic(text) | Value::String(text) => Some(text),
        Value::Null => Some("null"),
        _ => None,
    }
}

/// Adds the session of a cell. Nothing is an empty session.
pub(super) fn read(session: &Value<'_>, corpus: &mut Corpus) -> Result<(), NoSession> {
    corpus.begin_session();
    let json = json(session).ok_or(NoSession)?;
    if json == "null" {
        return Ok(());
    }
    let mut deserializer = serde_json::Deserializer::from_str(json);
    Session(corpus).deserialize(&mut deserializer).and_then(|()| deserializer.end()).map_err(|_| NoSession)
}

/// So many commands of a session in a row, as they were sent.
pub(super) fn part(session: &Value<'_>, start: usize, len: usize) -> Value<'static> {
    let commands: Vec<&RawValue> = json(session).and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    let commands = commands.get(start..start.saturating_add(len)).unwrap_or_default();
    let texts: Vec<&str> = commands.iter().map(|command| command.get()).collect();
    Value::Dynamic(format!("[{}]", texts.join(",")).into())
}

struct Session<'c>(&'c mut Corpus);

impl<'de> DeserializeSeed<'de> for Session<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Session<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of commands")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(command) = seq.next_element::<Command<'de>>()? {
            self.0.add_command(&command.name);
            for (name, value) in &command.params.0 {
                self.0.add_parameter(name, value.as_deref());
            }
        }
        Ok(())
    }
}

/// A command.
struct Command<'a> {
    name: Cow<'a, str>,
    params: Params,
}

/// Its parameters, with values where they have some.
#[derive(Default)]
struct Params(Vec<(String, Option<String>)>);

/// A command that is an object.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Described<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(default)]
    params: Params,
}

impl<'de> Deserialize<'de> for Command<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyCommand;
        impl<'de> Visitor<'de> for AnyCommand {
            type Value = Command<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a command")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Command<'de>, E> {
                Ok(Command { name: name.into(), params: Params::default() })
            }

            fn visit_str<E>(self, name: &str) -> Result<Command<'de>, E> {
                Ok(Command { name: name.to_owned().into(), params: Params::default() })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Command<'de>, A::Error> {
                let Described { name, params } = Described::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(Command { name, params })
            }
        }
        deserializer.deserialize_any(AnyCommand)
    }
}

impl<'de> Deserialize<'de> for Params {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyParams;
        impl<'de> Visitor<'de> for AnyParams {
            type Value = Params;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("parameters")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Params, A::Error> {
                let mut params = Vec::new();
                while let Some(name) = seq.next_element()? {
                    params.push((name, None));
                }
                Ok(Params(params))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Params, A::Error> {
                let mut params = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                    params.push((name, text(value)));
                }
                Ok(Params(params))
            }
        }
        deserializer.deserialize_any(AnyParams)
    }
}

/// The value of a parameter as text; none for what is no value: null, false, 0, and what is empty.
fn text(value: &RawValue) -> Option<String> {
    match value.get() {
        "null" | "false" | "0" | "\"\"" | "[]" | "{}" => None,
        json => Some(serde_json::from_str(json).unwrap_or_else(|_| json.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use analysis::sequences::Detail;

    use super::*;

    fn read_json(json: &str) -> Result<Corpus, NoSession> {
        let mut corpus = Corpus::default();
        read(&Value::Dynamic(json.into()), &mut corpus).map(|()| corpus)
    }

    #[test]
    fn commands_are_names_or_objects() {
        for (json, detail) in [
            (r#"["a", "b\n"]"#, Detail::Commands),
            (r#"["a", {"name": "b"}]"#, Detail::Commands),
            (r#"[{"name": "a", "params": ["x", "y\u0041"]}, "b"]"#, Detail::Parameters),
            (r#"[{"name": "a", "params": {"x": "1", "y": true, "z": null}}, "b"]"#, Detail::Values),
            (r#"[{"name": "a", "params": {"x": "", "y": false}}, "b"]"#, Detail::Parameters),
        ] {
            let corpus = read_json(json).unwrap();
            assert_eq!((corpus.detail(), corpus.event_count()), (detail, 2), "{json}");
        }
        assert_eq!(read_json("[]").unwrap().event_count(), 0);
    }

    #[test]
    fn everything_else_is_refused() {
        for json in
            ["\"a\"", "5", "[1]", "[[\"a\"]]", r#"[{"nme": "a"}]"#, r#"[{"name": "a", "params": "x"}]"#, "[\"a\"", ""]
        {
            assert_eq!(read_json(json).unwrap_err(), NoSession, "{json}");
        }
    }

    #[test]
    fn a_part_is_what_was_sent() {
        let session = Value::from(r#"["a", {"name":"b", "params":["x"]}, "c"]"#);
        assert_eq!(part(&session, 1, 2), Value::Dynamic(r#"[{"name":"b", "params":["x"]},"c"]"#.into()));
        assert_eq!(part(&session, 2, 9), Value::Dynamic("[]".into()));
    }
}
