//! Fields as providers really send them: numbers as text, one thing where a list is documented, null for nothing.
//!
//! A field that merely describes must never spoil an answer, so what cannot be read counts as absent. A field that
//! decides a verdict may be spelled in different ways but must be there: its reader asks for it with `required`.

mod time;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
pub(crate) use time::Time;

use crate::Misread;

/// A number, or a text that is one.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(from = "Value")]
pub(crate) struct Number(pub Option<f64>);

/// A text that is not empty, or a number as text.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "Value")]
pub(crate) struct Text(pub Option<String>);

/// True or false, as such, as 0 or 1, or in words.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(from = "Value")]
pub(crate) struct Flag(pub Option<bool>);

/// An autonomous system: from its number, `AS64500`, or `AS64500 Example Hosting`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "Value")]
pub(crate) struct AutonomousSystem {
    /// Its number.
    pub number: Option<u32>,
    /// Who holds it.
    pub owner: Option<String>,
}

/// Texts: a list of them, or one alone. Objects in the list stand for their names.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "Value")]
pub(crate) struct Texts(pub Vec<String>);

/// A list of objects. Whatever is no list is an empty one, and elements of another shape are left out.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "Value", bound = "T: DeserializeOwned")]
pub(crate) struct List<T>(pub Vec<T>);

/// An object. Whatever has another shape is an empty one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "Value", bound = "T: DeserializeOwned + Default")]
pub(crate) struct Part<T>(pub T);

impl Number {
    /// The number, without which the answer cannot be understood.
    pub(crate) fn required(self, name: &'static str) -> Result<f64, Misread> {
        self.0.ok_or(Misread::Lacking(name))
    }

    /// The number, where absent means none.
    pub(crate) fn or_zero(self) -> f64 {
        self.0.unwrap_or_default()
    }
}

impl Text {
    /// The text, borrowed.
    pub(crate) fn as_deref(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Whether it is this text, in any case.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(text))
    }
}

impl Flag {
    /// Whether it is said to be true.
    pub(crate) fn is_true(self) -> bool {
        self.0 == Some(true)
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl From<Value> for Number {
    fn from(value: Value) -> Self {
        Self(match value {
            Value::Number(number) => number.as_f64(),
            // "NaN" and "inf" are numbers to the parser and to nobody else.
            Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        })
    }
}

impl From<Value> for Text {
    fn from(value: Value) -> Self {
        Self(match value {
            Value::String(text) if !text.trim().is_empty() => Some(text),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    }
}

impl From<Value> for Flag {
    fn from(value: Value) -> Self {
        Self(match value {
            Value::Bool(flag) => Some(flag),
            Value::Number(number) => number.as_f64().map(|number| number != 0.0),
            Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "yes" | "1" => Some(true),
                "false" | "no" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        })
    }
}

impl From<Value> for AutonomousSystem {
    fn from(value: Value) -> Self {
        let text = Text::from(value).0.unwrap_or_default();
        let (number, owner) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        Self {
            number: number.trim_start_matches(['A', 'S', 'a', 's']).parse().ok().filter(|number| *number != 0),
            owner: Some(owner.trim_start_matches(['-', ' ']).to_owned()).filter(|owner| !owner.is_empty()),
        }
    }
}

impl From<Value> for Texts {
    fn from(value: Value) -> Self {
        Self(match value {
            Value::Array(items) => items.into_iter().filter_map(name).collect(),
            value => name(value).into_iter().collect(),
        })
    }
}

impl<T: DeserializeOwned> From<Value> for List<T> {
    fn from(value: Value) -> Self {
        let Value::Array(items) = value else { return Self::default() };
        Self(items.into_iter().filter_map(|item| T::deserialize(item).ok()).collect())
    }
}

impl<T: DeserializeOwned + Default> From<Value> for Part<T> {
    fn from(value: Value) -> Self {
        Self(T::deserialize(value).unwrap_or_default())
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        /// Up to here every whole number is exact.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match number.0 {
            Some(whole) if whole.fract() == 0.0 && whole.abs() <= EXACT => (whole as i64).into(),
            other => other.into(),
        }
    }
}

impl From<List<Number>> for Value {
    fn from(numbers: List<Number>) -> Self {
        numbers.0.into_iter().filter(|number| number.0.is_some()).map(Value::from).collect()
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Self {
        text.0.into()
    }
}

impl From<Flag> for Value {
    fn from(flag: Flag) -> Self {
        flag.0.into()
    }
}

/// A text, or what an object calls itself.
fn name(value: Value) -> Option<String> {
    const FIELDS: [&str; 5] = ["display_name", "label", "name", "value", "id"];
    match value {
        Value::Object(mut fields) => {
            FIELDS.iter().find_map(|field| fields.get_mut(*field).and_then(|value| Text::from(value.take()).0))
        }
        value => Text::from(value).0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_may_be_text_but_nothing_else() {
        for (value, number) in [
            (json!(7.5), Some(7.5)),
            (json!(" 42 "), Some(42.0)),
            (json!("-1e3"), Some(-1000.0)),
            (json!("NaN"), None),
            (json!("inf"), None),
            (json!("1e999"), None),
            (json!("Premium required."), None),
            (json!(null), None),
            (json!(true), None),
            (json!([7]), None),
        ] {
            assert_eq!(Number::from(value.clone()).0, number, "{value}");
        }
    }

    #[test]
    fn whole_numbers_stay_whole_in_the_evidence() {
        assert_eq!(Value::from(Number(Some(13_886.0))), json!(13_886));
        assert_eq!(Value::from(Number(Some(7.63))), json!(7.63));
        assert_eq!(Value::from(Number(Some(1e300))), json!(1e300));
        assert_eq!(Value::from(Number(None)), json!(null));
    }

    #[test]
    fn an_empty_text_is_absent() {
        assert_eq!(Text::from(json!("  ")).0, None);
        assert_eq!(Text::from(json!(12)).as_deref(), Some("12"));
        assert!(Text::from(json!("Malicious")).is("malicious"));
    }

    #[test]
    fn a_flag_may_be_a_number_or_a_word() {
        for (value, flag) in [
            (json!(true), Some(true)),
            (json!("False"), Some(false)),
            (json!(1), Some(true)),
            (json!("0"), Some(false)),
            (json!("yes"), Some(true)),
            (json!("maybe"), None),
            (json!({}), None),
        ] {
            assert_eq!(Flag::from(value.clone()).0, flag, "{value}");
        }
    }

    #[test]
    fn an_autonomous_system_may_carry_its_owner() {
        for (value, number, owner) in [
            (json!(64500), Some(64_500), None),
            (json!("AS64500"), Some(64_500), None),
            (json!("AS64500 Example Hosting"), Some(64_500), Some("Example Hosting")),
            (json!("AS64500 - EXAMPLE"), Some(64_500), Some("EXAMPLE")),
            (json!("AS0"), None, None),
            (json!("Example"), None, None),
            (json!(null), None, None),
        ] {
            let system = AutonomousSystem::from(value.clone());
            assert_eq!((system.number, system.owner.as_deref()), (number, owner), "{value}");
        }
    }

    #[test]
    fn texts_may_be_one_or_none_or_objects() {
        assert_eq!(Texts::from(json!(["a", null, 3, {"id": "x", "name": "b"}, {"z": 1}, ""])).0, ["a", "3", "b"]);
        assert_eq!(Texts::from(json!("alone")).0, ["alone"]);
        assert!(Texts::from(json!(null)).0.is_empty());
    }

    #[test]
    fn what_is_no_list_or_no_object_is_an_empty_one() {
        #[derive(Deserialize, Default)]
        #[serde(default)]
        struct Port {
            port: Number,
        }
        let ports: List<Port> = List::from(json!([{"port": "80"}, null, "x", {"port": 443}]));
        assert_eq!(ports.0.iter().map(|port| port.port.or_zero()).collect::<Vec<_>>(), [80.0, 443.0]);
        assert!(List::<Port>::from(json!("none")).0.is_empty());
        assert_eq!(Part::<Port>::from(json!("none")).0.port.0, None);
        assert_eq!(Part::<Port>::from(json!({"port": 22})).0.port.0, Some(22.0));
    }
}
