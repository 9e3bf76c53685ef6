//! Operations of Swagger 2.0: the body is a parameter, and answers have one schema.

use serde_json::{Map, Value, json};

use super::{Context, JSON};
use crate::api::openapi::{connector, schemas::Object};

/// What an operation says the same way in both versions.
const KEPT: [&str; 6] = ["tags", "description", "operationId", "deprecated", "externalDocs", "security"];

impl<'a> Context<'a> {
    /// An operation in 2.0; `shared` are the parameters of its path.
    pub(super) fn operation(&self, v3_0: &'a Object, shared: Option<&'a Value>) -> Object {
        let mut operation = Object::new();
        if let Some(summary) = v3_0.get("summary").and_then(Value::as_str) {
            // Designers put it on a button.
            operation.insert("summary".to_owned(), summary.trim_end_matches('.').into());
            operation.insert("description".to_owned(), summary.into());
        }
        for (name, value) in v3_0 {
            if KEPT.contains(&name.as_str()) || name.starts_with("x-") {
                operation.insert(name.clone(), value.clone());
            }
        }
        let listed = |list: Option<&'a Value>| list.and_then(Value::as_array).into_iter().flatten();
        let parameters = listed(shared).chain(listed(v3_0.get("parameters")));
        let mut parameters: Vec<Value> = parameters.filter_map(|parameter| self.parameter(parameter)).collect();
        if let Some(body) = v3_0.get("requestBody") {
            let body = self.resolve(body);
            operation.insert("consumes".to_owned(), media_types(body));
            parameters.extend(self.body(body));
        }
        if !parameters.is_empty() {
            operation.insert("parameters".to_owned(), parameters.into());
        }
        let responses = v3_0.get("responses").and_then(Value::as_object);
        let produced = responses.into_iter().flatten().filter(|(code, _)| is_success(code));
        let produced =
            produced.filter_map(|(_, response)| media_types(self.resolve(response)).as_array().cloned()).flatten();
        let produced = produced.fold(Vec::new(), |mut all, media| {
            if !all.contains(&media) {
                all.push(media);
            }
            all
        });
        if !produced.is_empty() {
            operation.insert("produces".to_owned(), produced.into());
        }
        operation.insert("responses".to_owned(), self.responses(responses).into());
        operation
    }

    /// A parameter in the path, the query string or a header. Cookies are none in 2.0.
    fn parameter(&self, v3_0: &'a Value) -> Option<Value> {
        let v3_0 = self.resolve(v3_0).as_object()?;
        let (name, place) = (v3_0.get("name")?.as_str()?, v3_0.get("in")?.as_str()?);
        if place == "cookie" {
            return None;
        }
        let required = v3_0.get("required").and_then(Value::as_bool).unwrap_or(place == "path");
        let mut parameter = Map::new();
        for (field, value) in [("name", name.into()), ("in", place.into()), ("required", required.into())] {
            parameter.insert(field.to_owned(), value);
        }
        let says = v3_0.iter().filter(|(field, _)| *field == "description" || field.starts_with("x-"));
        parameter.extend(says.map(|(field, value)| (field.clone(), value.clone())));
        parameter.extend(self.simple(v3_0.get("schema").unwrap_or(&Value::Null)));
        if parameter.get("type").is_some_and(|kind| kind == "array") {
            let repeated = place == "query" && v3_0.get("explode") != Some(&Value::Bool(false));
            parameter.insert("collectionFormat".to_owned(), if repeated { "multi" } else { "csv" }.into());
        }
        connector::describe(&mut parameter, name, required, &self.lists);
        Some(parameter.into())
    }

    fn body(&self, v3_0: &'a Value) -> Option<Value> {
        let schema = self.schema(preferred(v3_0)?.get("schema")?);
        let required = v3_0.get("required").and_then(Value::as_bool).unwrap_or(false);
        let mut body = json!({"name": "body", "in": "body", "required": required, "schema": schema});
        if let (Some(description), Some(body)) = (v3_0.get("description"), body.as_object_mut()) {
            body.insert("description".to_owned(), description.clone());
        }
        Some(body)
    }

    /// The answers with a status; one without is the problem that every operation can end in.
    fn responses(&self, v3_0: Option<&'a Object>) -> Object {
        let has_status = |code: &str| code == "default" || code.bytes().all(|digit| digit.is_ascii_digit());
        let stated = v3_0.into_iter().flatten().filter(|(code, _)| has_status(code));
        let mut responses: Object = stated.map(|(code, response)| (code.clone(), self.response(response))).collect();
        responses
            .entry("default")
            .or_insert_with(|| json!({"description": "The request failed.", "schema": {"type": "object"}}));
        responses
    }

    fn response(&self, v3_0: &'a Value) -> Value {
        let v3_0 = self.resolve(v3_0);
        let mut response = Object::new();
        response.insert("description".to_owned(), v3_0.get("description").cloned().unwrap_or_else(|| "".into()));
        if let Some(schema) = preferred(v3_0).and_then(|content| content.get("schema")) {
            response.insert("schema".to_owned(), self.schema(schema));
        }
        let headers = v3_0.get("headers").and_then(Value::as_object).into_iter().flatten();
        let headers: Object = headers.map(|(name, header)| (name.clone(), self.header(header))).collect();
        if !headers.is_empty() {
            response.insert("headers".to_owned(), headers.into());
        }
        response.into()
    }

    fn header(&self, v3_0: &'a Value) -> Value {
        let v3_0 = self.resolve(v3_0);
        let mut header = self.simple(v3_0.get("schema").unwrap_or(&Value::Null));
        if let Some(description) = v3_0.get("description") {
            header.insert("description".to_owned(), description.clone());
        }
        header.into()
    }
}

fn is_success(code: &str) -> bool {
    code.starts_with('2')
}

fn media_types(thing: &Value) -> Value {
    let content = thing.get("content").and_then(Value::as_object);
    content.into_iter().flatten().map(|(media, _)| Value::from(media.as_str())).collect()
}

/// The content in JSON, or else the first.
fn preferred(thing: &Value) -> Option<&Value> {
    let content = thing.get("content")?.as_object()?;
    content.get(JSON).or_else(|| content.values().next())
}
