//! What the designers of Logic Apps and Power Automate show: titles, what is important, and where choices come from.
//!
//! <https://learn.microsoft.com/connectors/custom-connectors/openapi-extensions>

use serde_json::{Map, Value, json};

use super::schemas::Object;

/// The extension that names the path of a list whose ids are the values of a parameter or field.
pub(super) const VALUES_FROM: &str = "x-values-from";

/// Words that are written otherwise than with a first capital.
const WORDS: [(&str, &str); 16] = [
    ("api", "API"),
    ("asn", "ASN"),
    ("dns", "DNS"),
    ("id", "ID"),
    ("ip", "IP"),
    ("ms", "(ms)"),
    ("s", "(s)"),
    ("tlp", "TLP"),
    ("tls", "TLS"),
    ("url", "URL"),
    ("utc", "UTC"),
    ("md5", "MD5"),
    ("sha1", "SHA-1"),
    ("sha256", "SHA-256"),
    ("dbot", "DBot"),
    ("ioc", "IoC"),
];

/// The operation ids of lists, by path.
pub(super) type Lists = Map<String, Value>;

/// Adds what a designer shows to a parameter or to a field of an object. What the annotations say stays.
pub(super) fn describe(thing: &mut Object, name: &str, required: bool, lists: &Lists) {
    let title = thing.remove("title").unwrap_or_else(|| title(name).into());
    thing.entry("x-ms-summary").or_insert(title);
    let visibility = if required { "important" } else { "advanced" };
    thing.entry("x-ms-visibility").or_insert(visibility.into());
    // Of a list, the choice is made item by item.
    let path = thing.remove(VALUES_FROM);
    let chosen = match thing.get_mut("items").and_then(Value::as_object_mut) {
        Some(items) => items,
        None => thing,
    };
    let path = path.or_else(|| chosen.remove(VALUES_FROM));
    if let Some(values) = path.and_then(|path| dynamic_values(&path, lists)) {
        chosen.insert("x-ms-dynamic-values".to_owned(), values);
    }
}

fn dynamic_values(path: &Value, lists: &Lists) -> Option<Value> {
    let operation = lists.get(path.as_str()?)?;
    Some(json!({"operationId": operation, "value-collection": "items", "value-path": "id", "value-title": "title"}))
}

/// `retry_after_s` → `Retry After (s)`.
fn title(name: &str) -> String {
    let words = name.split(['_', '-', '.']).filter(|word| !word.is_empty());
    words.map(title_word).collect::<Vec<_>>().join(" ")
}

fn title_word(word: &str) -> String {
    if let Some((_, written)) = WORDS.iter().find(|(known, _)| *known == word) {
        return (*written).to_owned();
    }
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(mut thing: Value, required: bool) -> Value {
        let lists = json!({"/v1/ti/providers": "list_providers"});
        describe(thing.as_object_mut().unwrap(), "deadline_ms", required, lists.as_object().unwrap());
        thing
    }

    #[test]
    fn names_become_titles() {
        for (name, expected) in [
            ("deadline_ms", "Deadline (ms)"),
            ("provider_id", "Provider ID"),
            ("X-API-Key", "X API Key"),
            ("sha256", "SHA-256"),
            ("", ""),
        ] {
            assert_eq!(title(name), expected);
        }
    }

    #[test]
    fn what_must_be_given_is_important_unless_the_annotations_say_otherwise() {
        assert_eq!(
            described(json!({}), true),
            json!({"x-ms-summary": "Deadline (ms)", "x-ms-visibility": "important"})
        );
        assert_eq!(
            described(json!({"x-ms-visibility": "internal", "title": "Wait"}), false),
            json!({"x-ms-visibility": "internal", "x-ms-summary": "Wait"})
        );
    }

    #[test]
    fn choices_come_from_the_list_that_is_named() {
        let thing = described(json!({"type": "array", "items": {}, "x-values-from": "/v1/ti/providers"}), false);
        let expected = json!({
            "operationId": "list_providers", "value-collection": "items", "value-path": "id", "value-title": "title"
        });
        assert_eq!(thing["items"]["x-ms-dynamic-values"], expected);
        let thing = described(json!({"type": "string", "x-values-from": "/v1/unknown"}), false);
        assert!(thing.get("x-ms-dynamic-values").is_none() && thing.get("x-values-from").is_none());
    }
}
