//! What a pipeline can be told: `${name}` in a step stands for a value that the caller gives, or for its default.
//!
//! What a step *is* (its type, its function, its entity) can't be a parameter: who reads a pipeline knows what it does. Where
//! it is done can be: the container of a pivot, the environment of a query.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::{
    document::ParameterDocument,
    mistake::{Mistake, push},
};

/// Bytes that values can take in all steps together: one that stands in many places is there as often.
const MOST_BYTES: usize = 8 << 20;

/// Fields of a step in which nothing stands for anything else.
const FIXED: &[&str] = &["name", "type", "step_type", "function", "entity", "comment", "on_error"];

/// The values of all parameters: those that are given, and the defaults of the others.
pub(super) fn settle(
    declared: &BTreeMap<String, ParameterDocument>,
    given: &Map<String, Value>,
) -> Result<Map<String, Value>, Vec<Mistake>> {
    let at = |name: &str| {
        let mut pointer = "/parameters".to_owned();
        push(&mut pointer, name);
        pointer
    };
    let mut mistakes = Vec::new();
    for name in given.keys().filter(|name| !declared.contains_key(*name)) {
        let known: Vec<&str> = declared.keys().map(String::as_str).collect();
        mistakes.push(Mistake::new(at(name), super::mistake::unknown("parameter", name, &known)));
    }
    let mut settled = Map::new();
    for (name, parameter) in declared {
        match given.get(name).filter(|value| !value.is_null()).or(parameter.default.as_ref()) {
            Some(value) => {
                settled.insert(name.clone(), value.clone());
            }
            None => mistakes.push(Mistake::new(at(name), format!("missing parameter `{name}`"))),
        }
    }
    if mistakes.is_empty() { Ok(settled) } else { Err(mistakes) }
}

/// The names that stand for values in steps.
pub(super) fn names(steps: &[Value]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for step in steps {
        walk(step, "", true, &mut |text, _| {
            names.extend(parts(text).filter_map(|part| part.name.map(str::to_owned)));
            None
        });
    }
    names
}

/// The steps with values in place of names. A text that is nothing but a name becomes the value itself.
pub(super) fn fill(steps: &[Value], values: &Map<String, Value>) -> Result<Vec<Value>, Vec<Mistake>> {
    let lengths: HashMap<&str, usize> =
        values.iter().map(|(name, value)| (name.as_str(), value.to_string().len())).collect();
    let (mut mistakes, mut left) = (Vec::new(), MOST_BYTES);
    let mut filled = Vec::with_capacity(steps.len());
    for (index, step) in steps.iter().enumerate() {
        filled.push(walk(step, &format!("/steps/{index}"), true, &mut |text, pointer| {
            let mut length = 0;
            for name in parts(text).filter_map(|part| part.name) {
                if let Some(own) = lengths.get(name) {
                    length += own;
                    continue;
                }
                let known: Vec<&str> = values.keys().map(String::as_str).collect();
                mistakes.push(Mistake::new(pointer, super::mistake::unknown("parameter", name, &known)));
                return None;
            }
            if length > left {
                mistakes
                    .push(Mistake::new(pointer, format!("the values in the steps are longer than {MOST_BYTES} bytes")));
                return None;
            }
            left -= length;
            written(text, values)
        }));
    }
    if mistakes.is_empty() { Ok(filled) } else { Err(mistakes) }
}

/// A copy of a value in which texts are what is made of them.
fn walk(value: &Value, pointer: &str, is_step: bool, make: &mut impl FnMut(&str, &str) -> Option<Value>) -> Value {
    match value {
        Value::String(text) => make(text, pointer).unwrap_or_else(|| value.clone()),
        Value::Array(items) => {
            let item = |(index, item)| walk(item, &format!("{pointer}/{index}"), false, make);
            items.iter().enumerate().map(item).collect()
        }
        Value::Object(members) => {
            let member = |(key, member): (&String, &Value)| {
                let mut below = pointer.to_owned();
                push(&mut below, key);
                let is_address = key == "function" && members.get("type").is_some_and(|kind| kind == "query");
                let is_fixed = is_step && FIXED.contains(&key.as_str()) && !is_address;
                (key.clone(), if is_fixed { member.clone() } else { walk(member, &below, false, make) })
            };
            Value::Object(members.iter().map(member).collect())
        }
        value => value.clone(),
    }
}

/// A piece of a text: what stands before a name, and the name.
struct Part<'t> {
    before: &'t str,
    name: Option<&'t str>,
}

fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let found = text.split_once("${").and_then(|(before, after)| Some((before, after.split_once('}')?)));
        match found {
            Some((before, (name, after))) => {
                rest = Some(after);
                Some(Part { before, name: Some(name.trim()) })
            }
            None => Some(Part { before: text, name: None }),
        }
    })
}

/// What becomes of a text; nothing if no name stands in it.
fn written(text: &str, values: &Map<String, Value>) -> Option<Value> {
    let parts: Vec<Part<'_>> = parts(text).collect();
    if let [Part { before: "", name: Some(name) }, Part { before: "", name: None }] = parts.as_slice() {
        return values.get(*name).cloned();
    }
    parts.iter().any(|part| part.name.is_some()).then(|| {
        let mut whole = String::new();
        for part in parts {
            whole.push_str(part.before);
            match part.name.and_then(|name| values.get(name)) {
                Some(Value::String(value)) => whole.push_str(value),
                Some(value) => whole.push_str(&value.to_string()),
                None => {}
            }
        }
        whole.into()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn values() -> Map<String, Value> {
        json!({ "column": "ip", "n": 7, "list": ["a", "b"] }).as_object().unwrap().clone()
    }

    #[test]
    fn names_become_values_of_their_own_type() {
        let steps = [
            json!({ "type": "head", "name": "${n}", "parameters": { "n": "${n}", "x": ["a${ column }b${n}", "${list}", "$n"] } }),
        ];
        assert_eq!(
            fill(&steps, &values()).unwrap(),
            [json!({ "type": "head", "name": "${n}", "parameters": { "n": 7, "x": ["aipb7", ["a", "b"], "$n"] } })]
        );
        assert_eq!(names(&steps).into_iter().collect::<Vec<_>>(), ["column", "list", "n"]);
    }

    #[test]
    fn what_a_step_is_cannot_be_told() {
        let steps = [json!({ "type": "${n}", "function": "${n}", "entity": "${n}", "column": "${n}" })];
        assert_eq!(
            fill(&steps, &values()).unwrap(),
            [json!({ "type": "${n}", "function": "${n}", "entity": "${n}", "column": 7 })]
        );
        let query = [json!({ "type": "query", "function": "${column}/a/b" })];
        assert_eq!(fill(&query, &values()).unwrap(), [json!({ "type": "query", "function": "ip/a/b" })]);
    }

    #[test]
    fn a_name_that_nobody_declared_is_a_mistake_at_its_place() {
        let steps = [json!({}), json!({ "parameters": { "a/b": ["x", "${colum}"] } })];
        let mistakes = fill(&steps, &values()).unwrap_err();
        assert_eq!(mistakes[0].pointer, "/steps/1/parameters/a~1b/1");
        assert!(mistakes[0].what.contains("near to it is column"), "{mistakes:?}");
    }

    #[test]
    fn values_that_stand_everywhere_are_too_long() {
        let values = Map::from_iter([("long".to_owned(), "x".repeat(1 << 20).into())]);
        assert!(fill(&[json!({ "x": "${long}${long}" })], &values).is_ok());
        let mistakes = fill(&[json!({ "x": ["y", "${long}".repeat(9)] })], &values).unwrap_err();
        assert_eq!(mistakes[0].pointer, "/steps/0/x/1");
    }

    #[test]
    fn parameters_are_given_or_have_a_default() {
        let declared = |json: Value| serde_json::from_value::<BTreeMap<String, ParameterDocument>>(json).unwrap();
        let declared = declared(json!({ "a": { "default": 1 }, "b": { "description": "needed" } }));
        let given = |json: Value| json.as_object().unwrap().clone();
        assert_eq!(settle(&declared, &given(json!({ "b": 2 }))).unwrap(), given(json!({ "a": 1, "b": 2 })));
        let mistakes = settle(&declared, &given(json!({ "c": 1 }))).unwrap_err();
        let pointers: Vec<_> = mistakes.iter().map(|mistake| mistake.pointer.as_str()).collect();
        assert_eq!(pointers, ["/parameters/c", "/parameters/b"]);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[${}a n]{0,20}") {
            let _ = (fill(&[json!({ "x": text })], &values()), names(&[json!({ "x": text })]));
        }

        #[test]
        fn texts_without_names_stay(text in "[^$]{0,20}") {
            prop_assert_eq!(written(&text, &values()), None);
        }
    }
}
