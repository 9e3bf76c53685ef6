//! Texts with values in them. What a value may do depends on where the text goes, and is decided here, not by its author:
//! in an address every value is percent-encoded; everywhere else the text is handed on as data and encoded whole.

use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior, value::Serde};
use serde_json::{Map, Value};

use super::expression::{FUEL, Names, Uncompiled, names_used, syntax, try_out};
use crate::request::encoded;

/// The one template of its environment.
const NAME: &str = "template";

/// A text with values in it, such as `/v2/{{ value }}`.
pub struct Template(Box<Environment<'static>>);

impl Template {
    /// Reads a text that is data where it goes.
    pub fn compile<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Result<Self, Uncompiled> {
        Self::new(text, known, Environment::new())
    }

    /// Reads a text that is part of an address: what stands in braces stays inside one segment of a path or one parameter.
    pub fn address<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Result<Self, Uncompiled> {
        let mut environment = Environment::new();
        environment.set_formatter(write_encoded);
        Self::new(text, known, environment)
    }

    fn new<'a>(
        text: &str,
        known: impl IntoIterator<Item = &'a str>,
        mut environment: Environment<'static>,
    ) -> Result<Self, Uncompiled> {
        environment.set_fuel(Some(FUEL));
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.add_template_owned(NAME, text.to_owned()).map_err(|error| syntax(&error))?;
        let template = environment.get_template(NAME).map_err(|error| syntax(&error))?;
        let used = names_used(template.undeclared_variables(false), known)?;
        try_out(&used, |names| template.render(names).map(drop))?;
        Ok(Self(Box::new(environment)))
    }

    /// The text for some value of a kind.
    pub fn try_out(&self, kind: &str) -> Option<String> {
        self.render(&Names::from_iter([("value".to_owned(), "x".into()), ("kind".to_owned(), kind.into())]))
    }

    /// The text with these values; `None` when there is none for them.
    pub(super) fn render(&self, names: &Names) -> Option<String> {
        self.0.get_template(NAME).ok()?.render(minijinja::Value::from(Serde(names))).ok()
    }
}

/// Writes a value so that it stays where it stands.
fn write_encoded(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &minijinja::Value) -> Result<(), Error> {
    if value.is_undefined() || value.is_none() {
        return Err(ErrorKind::UndefinedError.into());
    }
    let text = value.to_string();
    // Encoded or not, such a segment would be resolved away with the one before it.
    if matches!(text.as_str(), "." | "..") {
        return Err(ErrorKind::InvalidOperation.into());
    }
    Ok(out.write_str(&encoded(&text))?)
}

/// JSON with templates for texts, read as JSON first: no value can end the text that it stands in.
pub enum JsonTemplate {
    /// A text with values in it.
    Text(Template),
    /// A number, a flag or nothing.
    Fixed(Value),
    /// A list.
    List(Vec<Self>),
    /// An object.
    Object(Vec<(String, Self)>),
}

impl JsonTemplate {
    /// Reads it.
    pub fn compile(text: &str, known: &[&str]) -> Result<Self, Uncompiled> {
        let json = serde_json::from_str(text).map_err(|error| Uncompiled::Json(error.to_string()))?;
        Self::read(json, known)
    }

    fn read(json: Value, known: &[&str]) -> Result<Self, Uncompiled> {
        Ok(match json {
            Value::String(text) => Self::Text(Template::compile(&text, known.iter().copied())?),
            Value::Array(items) => {
                Self::List(items.into_iter().map(|item| Self::read(item, known)).collect::<Result<_, _>>()?)
            }
            Value::Object(fields) => {
                let read = |(name, field)| Ok((name, Self::read(field, known)?));
                Self::Object(fields.into_iter().map(read).collect::<Result<_, _>>()?)
            }
            fixed => Self::Fixed(fixed),
        })
    }

    /// The JSON with these values.
    pub(super) fn render(&self, names: &Names) -> Option<Value> {
        Some(match self {
            Self::Text(template) => template.render(names)?.into(),
            Self::Fixed(value) => value.clone(),
            Self::List(items) => items.iter().map(|item| item.render(names)).collect::<Option<_>>()?,
            Self::Object(fields) => {
                let render = |(name, field): &(String, Self)| Some((name.clone(), field.render(names)?));
                Value::Object(fields.iter().map(render).collect::<Option<Map<_, _>>>()?)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;
    use url::Url;

    use super::*;

    fn names(value: &str) -> Names {
        json!({ "value": value, "kind": "url" }).as_object().unwrap().clone()
    }

    #[test]
    fn constant_text_stays_and_values_are_encoded() {
        let path = "/{% if kind == 'url' %}u/v{% else %}x{% endif %}/{{ value }}/{{ value | upper }}?q={{ value }}";
        let template = Template::address(path, ["value", "kind"]).unwrap();
        assert_eq!(template.render(&names("a/b?c")).unwrap(), "/u/v/a%2Fb%3Fc/A%2FB%3FC?q=a%2Fb%3Fc");
        assert_eq!(Template::address("/{{ '../x' | safe }}", []).unwrap().render(&names("")).unwrap(), "/..%2Fx");
        assert_eq!(template.render(&names("..")), None);
    }

    #[test]
    fn mistakes_are_found_when_it_is_compiled() {
        let compiled = |text| Template::address(text, ["value"]).err().map(|error| error.to_string());
        assert_eq!(compiled("/{{ valeu }}").unwrap(), "valeu is not known here; known are value");
        assert!(compiled("/{{ value").unwrap().starts_with("not in Jinja's language"));
        assert!(compiled("/{{ value | nosuch }}").is_some());
        assert!(compiled("/{% include 'x' %}").is_none_or(|told| told.contains("Jinja")));
        assert!(JsonTemplate::compile("{\"a\": }", &[]).is_err());
        assert!(JsonTemplate::compile(r#"["{{ nosuch }}"]"#, &["value"]).is_err());
    }

    proptest! {
        #[test]
        fn no_value_leaves_its_segment_or_its_parameter(value in any::<String>()) {
            let template = Template::address("/v2/{{ value }}/details?q={{ value }}&page=1", ["value"]).unwrap();
            let Some(path) = template.render(&names(&value)) else {
                prop_assert!(matches!(value.as_str(), "." | ".."));
                return Ok(());
            };
            let url = Url::parse(&format!("https://intel.example{path}")).unwrap();
            prop_assert_eq!(url.host_str(), Some("intel.example"));
            prop_assert_eq!(url.fragment(), None);
            let segments: Vec<_> = url.path_segments().unwrap().collect();
            let inside = percent_encoding::percent_decode_str(segments[1]).decode_utf8().unwrap().into_owned();
            prop_assert_eq!((segments.len(), segments[0], inside, segments[2]), (3, "v2", value.clone(), "details"));
            let pairs: Vec<_> = url.query_pairs().into_owned().collect();
            prop_assert_eq!(pairs, [("q".to_owned(), value), ("page".to_owned(), "1".to_owned())]);
        }

        #[test]
        fn no_value_ends_the_text_that_it_stands_in(value in any::<String>()) {
            let body = JsonTemplate::compile(r#"{"search": ["x:{{ value }}"], "limit": 10}"#, &["value"]).unwrap();
            let sent = body.render(&names(&value)).unwrap().to_string();
            let read: Value = serde_json::from_str(&sent).unwrap();
            prop_assert_eq!(read, json!({ "search": [format!("x:{value}")], "limit": 10 }));
        }

        #[test]
        fn no_text_breaks_the_compiler(text in "[-a-z0-9{}%|'\" .$\\[\\]()?@<>=]{0,40}") {
            let _ = Template::address(&text, ["value"]);
            let _ = super::super::expression::Expression::compile(&text, ["value"]);
            let _ = super::super::expression::JsonPath::compile(&text);
        }
    }
}
