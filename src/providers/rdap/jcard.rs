//! Contacts as jCard (RFC 7095), read leniently: servers leave parts out, nest them oddly and put redaction notes in them.

use serde::Deserialize;
use serde_json::Value;

/// A person, a role or an organisation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Value")]
pub(super) struct Contact {
    /// `fn`
    pub name: Option<String>,
    /// `org`
    pub organization: Option<String>,
    /// `adr`: as it is labelled, else its parts from the street to the country.
    pub address: Option<String>,
    /// The country: of the structured address, as it is written there, else its ISO code in a parameter.
    pub country: Option<String>,
    /// `email`
    pub emails: Vec<String>,
    /// `tel`
    pub phones: Vec<String>,
}

impl From<Value> for Contact {
    fn from(card: Value) -> Self {
        let mut contact = Self::default();
        // ["vcard", [[name, parameters, type, value, …], …]]
        let properties = card.get(1).and_then(Value::as_array);
        for property in properties.into_iter().flatten() {
            let (Some(name), Some(value)) = (property.get(0).and_then(Value::as_str), property.get(3)) else { continue };
            let parameter = |name: &str| property.get(1).and_then(|parameters| parameters.get(name));
            match name.to_ascii_lowercase().as_str() {
                "fn" => contact.name = contact.name.or_else(|| text(value)),
                "org" => contact.organization = contact.organization.or_else(|| text(value)),
                "adr" => {
                    contact.address = contact.address.or_else(|| parameter("label").and_then(text)).or_else(|| text(value));
                    contact.country =
                        contact.country.or_else(|| value.get(6).and_then(text)).or_else(|| parameter("cc").and_then(text));
                }
                "email" => contact.emails.extend(text(value).filter(|address| address.contains('@'))),
                "tel" => contact.phones.extend(text(value).map(|number| number.trim_start_matches("tel:").to_owned())),
                _ => {}
            }
        }
        contact
    }
}

/// All texts in a value, in their order, separated by commas. What stands there in place of a text is none.
fn text(value: &Value) -> Option<String> {
    let mut parts = Vec::new();
    collect(value, &mut parts);
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn collect<'a>(value: &'a Value, parts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => parts.extend(text.lines().map(str::trim).filter(|line| !line.is_empty() && !is_redacted(line))),
        Value::Array(items) => items.iter().for_each(|item| collect(item, parts)),
        _ => {}
    }
}

/// Notes in place of what was taken out, from before there was a form for them (RFC 9537).
pub(super) fn is_redacted(text: &str) -> bool {
    let text = text.to_ascii_uppercase();
    ["REDACTED", "DATA PROTECTED", "NOT DISCLOSED", "STATUTORY MASKING"].iter().any(|note| text.contains(note))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_contact_is_read_from_its_properties() {
        let contact = Contact::from(json!(["vcard", [
            ["version", {}, "text", "4.0"],
            ["fn", {}, "text", "Example Registrar"],
            ["org", {}, "text", ["Example", "Department"]],
            ["adr", {"cc": "FR"}, "text", ["", "", ["1, rue A", "Bâtiment B"], "Paris", "", "75000", ""]],
            ["tel", {"type": "voice"}, "uri", "tel:+33.1"],
            ["EMAIL", {}, "text", "abuse@example.net"],
            ["email", {}, "text", "see the form on the web"],
        ]]));
        assert_eq!(contact.name.as_deref(), Some("Example Registrar"));
        assert_eq!(contact.organization.as_deref(), Some("Example, Department"));
        assert_eq!(contact.address.as_deref(), Some("1, rue A, Bâtiment B, Paris, 75000"));
        assert_eq!(contact.country.as_deref(), Some("FR"));
        assert_eq!((contact.phones, contact.emails), (vec!["+33.1".to_owned()], vec!["abuse@example.net".to_owned()]));
    }

    #[test]
    fn a_labelled_address_is_taken_as_it_is_written() {
        let card = json!(["vcard", [["adr", {"label": "1600 Amphitheatre\nMountain View\nCA"}, "text", ["", "", "", "", "", "", ""]]]]);
        assert_eq!(Contact::from(card).address.as_deref(), Some("1600 Amphitheatre, Mountain View, CA"));
    }

    #[test]
    fn what_was_taken_out_is_absent() {
        let card = json!(["vcard", [
            ["fn", {}, "text", "REDACTED FOR PRIVACY"],
            ["org", {}, "text", "Redacted for Privacy"],
            ["adr", {}, "text", ["", "", "", "", "WA", "", "US"]],
            ["email", {}, "text", ""],
        ]]);
        let contact = Contact::from(card);
        assert_eq!((contact.name, contact.organization, contact.emails), (None, None, vec![]));
        assert_eq!(contact.address.as_deref(), Some("WA, US"));
    }

    #[test]
    fn whatever_is_no_card_is_an_empty_contact() {
        for value in [json!(null), json!([]), json!(["vcard"]), json!(["vcard", {}]), json!(["vcard", [7, [], ["fn"], ["fn", {}, "text", 7]]])] {
            assert_eq!(Contact::from(value.clone()), Contact::default(), "{value}");
        }
    }
}
