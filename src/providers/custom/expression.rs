//! The two languages of definitions, compiled when they are loaded: JSONPath (RFC 9535) finds values in an answer, Jinja
//! expressions reckon with them.
//!
//! Neither can loop for ever or touch anything outside: an expression has so much fuel and sees only the names it is given.

use std::{collections::BTreeSet, sync::LazyLock};

use minijinja::{Environment, ErrorKind, UndefinedBehavior, value::Serde};
use serde_json::{Map, Value};

use crate::Misread;

/// Steps that an expression or template may take: thousands of times what one needs.
pub(super) const FUEL: u64 = 100_000;

/// A text that is not in its language, or names something that is not there. The text says what, for the one who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Uncompiled {
    /// Not a JSONPath.
    #[error("not a JSONPath (RFC 9535): {0}")]
    Path(String),
    /// Not a Jinja expression or template.
    #[error("not in Jinja's language: {0}")]
    Syntax(String),
    /// A name that has no value there.
    #[error("{name} is not known here; known are {known}")]
    Name {
        /// The name.
        name: String,
        /// The names that are known.
        known: String,
    },
    /// The body of a request is not JSON.
    #[error("not JSON: {0}")]
    Json(String),
}

/// The values that expressions and templates see, by name.
pub(super) type Names = Map<String, Value>;

/// Whether a name has no value.
pub(super) fn is_absent(names: &Names, name: &str) -> bool {
    names.get(name).is_none_or(Value::is_null)
}

/// Tries a text out, with something and with nothing behind its names: Jinja notices a filter, test or function that does
/// not exist only on its way to it. Whatever else goes wrong says nothing, since the values are made up.
pub(super) fn try_out(
    used: &BTreeSet<String>,
    run: impl Fn(minijinja::Value) -> Result<(), minijinja::Error>,
) -> Result<(), Uncompiled> {
    for value in [Value::from(1), Value::from("1"), Value::from("")] {
        let names: Names = used.iter().map(|name| (name.clone(), value.clone())).collect();
        if let Err(error) = run(minijinja::Value::from(Serde(&names)))
            && matches!(error.kind(), ErrorKind::UnknownFilter | ErrorKind::UnknownTest | ErrorKind::UnknownFunction)
        {
            return Err(syntax(&error));
        }
    }
    Ok(())
}

/// The names that a text uses, functions aside; they have to be known.
pub(super) fn names_used<'a>(
    undeclared: impl IntoIterator<Item = String>,
    known: impl IntoIterator<Item = &'a str>,
) -> Result<BTreeSet<String>, Uncompiled> {
    let used: BTreeSet<String> = undeclared.into_iter().filter(|name| !is_function(name)).collect();
    let known: BTreeSet<&str> = known.into_iter().collect();
    match used.iter().find(|name| !known.contains(name.as_str())) {
        None => Ok(used),
        Some(name) => {
            let known = known.into_iter().collect::<Vec<_>>().join(", ");
            Err(Uncompiled::Name { name: name.clone(), known })
        }
    }
}

/// What Jinja says of a mistake.
pub(super) fn syntax(error: &minijinja::Error) -> Uncompiled {
    Uncompiled::Syntax(error.detail().map_or_else(|| error.kind().to_string(), str::to_owned))
}

/// A path to values in JSON.
#[derive(Debug)]
pub struct JsonPath(serde_json_path::JsonPath);

impl JsonPath {
    /// Reads it.
    pub fn compile(text: &str) -> Result<Self, Uncompiled> {
        serde_json_path::JsonPath::parse(text).map(Self).map_err(|error| Uncompiled::Path(error.to_string()))
    }

    /// The first value that it leads to.
    pub(super) fn first<'a>(&self, document: &'a Value) -> Option<&'a Value> {
        self.0.query(document).first()
    }

    /// All values that it leads to.
    pub(super) fn all<'a>(&self, document: &'a Value) -> Vec<&'a Value> {
        self.0.query(document).all()
    }
}

/// A Jinja expression, such as `score > 75 and not whitelisted`.
pub struct Expression {
    text: String,
    code: minijinja::Expression<'static, 'static>,
    used: BTreeSet<String>,
}

impl Expression {
    /// Reads it; `known` are the names that it may use.
    pub fn compile<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Result<Self, Uncompiled> {
        static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
            let mut environment = Environment::new();
            environment.set_fuel(Some(FUEL));
            environment.set_undefined_behavior(UndefinedBehavior::Strict);
            environment
        });
        let code = ENVIRONMENT.compile_expression_owned(text.to_owned()).map_err(|error| syntax(&error))?;
        let used = names_used(code.undeclared_variables(false), known)?;
        try_out(&used, |names| code.eval(names).map(drop))?;
        Ok(Self { text: text.to_owned(), code, used })
    }

    /// Its value; nothing when a name that it uses has none. Jinja would take an absent score for one below every number.
    pub(super) fn evaluate(&self, names: &Names) -> Result<Option<Value>, Misread> {
        if self.used.iter().any(|name| is_absent(names, name)) {
            return Ok(None);
        }
        let failed = || Misread::Rule(self.text.clone());
        let value = self.code.eval(minijinja::Value::from(Serde(names))).map_err(|_| failed())?;
        serde_json::to_value(&value).map(Some).map_err(|_| failed())
    }

    /// Whether it holds: not when a name that it uses has no value.
    pub(super) fn holds(&self, names: &Names) -> Result<bool, Misread> {
        Ok(match self.evaluate(names)? {
            None | Some(Value::Null) => false,
            Some(Value::Bool(holds)) => holds,
            Some(Value::Number(number)) => number.as_f64() != Some(0.0),
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Array(items)) => !items.is_empty(),
            Some(Value::Object(fields)) => !fields.is_empty(),
        })
    }
}

/// Jinja's own functions.
fn is_function(name: &str) -> bool {
    matches!(name, "range" | "dict" | "namespace" | "debug")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(value: &Value) -> Names {
        value.as_object().unwrap().clone()
    }

    fn holds(text: &str, values: &Value) -> Result<bool, Misread> {
        let values = names(values);
        Expression::compile(text, ["score", "tags", "status"]).unwrap().holds(&values)
    }

    #[test]
    fn what_is_absent_proves_nothing() {
        for text in ["score > 50", "score < 50", "score == none", "not score", "status == 200 or score < 50"] {
            assert_eq!(holds(text, &json!({ "status": 200, "score": null })), Ok(false), "{text}");
            assert_eq!(holds(text, &json!({ "status": 200 })), Ok(false), "{text}");
        }
        assert_eq!(holds("score < 50", &json!({ "score": 0 })), Ok(true));
        assert_eq!(holds("'c2' in tags and tags | length > 1", &json!({ "tags": ["c2", "x"] })), Ok(true));
    }

    #[test]
    fn what_cannot_be_reckoned_is_a_misreading_without_values() {
        let told = holds("score | float > 50", &json!({ "score": "s3cret" })).unwrap_err().to_string();
        assert!(told.contains("score | float > 50") && !told.contains("s3cret"), "{told}");
    }

    #[test]
    fn mistakes_are_found_when_it_is_compiled() {
        let compiled = |text| Expression::compile(text, ["score", "tags"]).err().map(|error| error.to_string());
        assert_eq!(compiled("scroe > 5").unwrap(), "scroe is not known here; known are score, tags");
        assert!(compiled("score >").unwrap().starts_with("not in Jinja's language"));
        assert!(compiled("score > 5 and score | nosuch").unwrap().contains("nosuch"));
        assert!(compiled("range(score)").is_none());
        assert!(JsonPath::compile("$.a[").unwrap_err().to_string().starts_with("not a JSONPath"));
    }

    #[test]
    fn an_expression_ends_however_much_it_asks_for() {
        let endless = "range(10000) | map('string') | join | length + (range(10000) | list | length)";
        let compiled = Expression::compile(endless, []).unwrap();
        let _ = compiled.evaluate(&Names::new());
        assert!(Expression::compile("range(99999999)", []).unwrap().evaluate(&Names::new()).is_err());
    }
}
