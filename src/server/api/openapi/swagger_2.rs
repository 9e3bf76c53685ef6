//! OpenAPI 3.0 → Swagger 2.0: what custom connectors of Logic Apps and Power Automate import.
//!
//! Every answer has a schema, every operation a `default`, and no schema is a choice: designers show none of it otherwise.
//! <https://swagger.io/specification/v2/>

mod operation;
mod schema;

use serde_json::{Map, Value, json};
use url::Url;

use super::{
    connector::Lists,
    schemas::{Object, operations},
};

const JSON: &str = "application/json";

/// The document in Swagger 2.0.
pub(super) fn convert(v3_0: &Value) -> Value {
    let lists: Lists = operations(v3_0)
        .filter(|(_, method, _)| *method == "get")
        .filter_map(|(path, _, operation)| Some((path.to_owned(), operation.get("operationId")?.clone())))
        .collect();
    let empty = Object::new();
    let components = v3_0.get("components").and_then(Value::as_object).unwrap_or(&empty);
    let context = Context { components, lists };

    let mut document = Object::new();
    document.insert("swagger".to_owned(), "2.0".into());
    document.insert("info".to_owned(), v3_0.get("info").cloned().unwrap_or_default());
    place(v3_0, &mut document);
    document.insert("consumes".to_owned(), json!([JSON]));
    document.insert("produces".to_owned(), json!([JSON]));
    document.insert("paths".to_owned(), context.paths(v3_0).into());
    document.insert("definitions".to_owned(), context.definitions().into());
    document.insert("securityDefinitions".to_owned(), security_definitions(components).into());
    for name in ["security", "tags", "externalDocs"] {
        if let Some(value) = v3_0.get(name) {
            document.insert(name.to_owned(), value.clone());
        }
    }
    let mut document = Value::Object(document);
    move_references(&mut document);
    document
}

/// What a part of the document needs to know of the rest.
struct Context<'a> {
    components: &'a Object,
    lists: Lists,
}

impl<'a> Context<'a> {
    /// What a reference stands for, or the thing itself if it is none.
    fn resolve(&self, thing: &'a Value) -> &'a Value {
        let target = thing.get("$ref").and_then(Value::as_str).and_then(|path| {
            let (kind, name) = path.strip_prefix("#/components/")?.split_once('/')?;
            self.components.get(kind)?.get(name)
        });
        target.unwrap_or(thing)
    }

    fn definitions(&self) -> Object {
        let schemas = self.components.get("schemas").and_then(Value::as_object);
        let definition = |(name, schema): (&String, &Value)| (name.clone(), self.schema(schema));
        schemas.into_iter().flatten().map(definition).collect()
    }

    fn paths(&self, v3_0: &'a Value) -> Object {
        let mut paths = Object::new();
        for (path, method, operation) in operations(v3_0) {
            let item = paths.entry(path).or_insert_with(|| Map::new().into());
            let shared = v3_0.get("paths").and_then(|paths| paths.get(path)?.get("parameters"));
            let mut operation = self.operation(operation, shared);
            // Health and documents are of no use in a workflow.
            if !path.starts_with("/v1/") {
                operation.insert("x-ms-visibility".to_owned(), "internal".into());
            }
            if let Some(item) = item.as_object_mut() {
                item.insert(method.to_owned(), operation.into());
            }
        }
        paths
    }
}

/// `servers` → host, base path and scheme; a relative one says only the path.
fn place(v3_0: &Value, document: &mut Object) {
    let server = v3_0.pointer("/servers/0/url").and_then(Value::as_str).unwrap_or("/");
    let Ok(url) = Url::parse(server) else {
        document.insert("basePath".to_owned(), server.into());
        return;
    };
    let host = url.host_str().unwrap_or_default();
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    document.insert("host".to_owned(), host.into());
    document.insert("basePath".to_owned(), url.path().into());
    document.insert("schemes".to_owned(), json!([url.scheme()]));
}

/// 2.0 knows no bearer tokens: they are a key in `Authorization`.
fn security_definitions(components: &Object) -> Object {
    let schemes = components.get("securitySchemes").and_then(Value::as_object);
    let definition = |(name, scheme): (&String, &Value)| {
        let mut scheme = scheme.as_object()?.clone();
        if scheme.get("type").is_some_and(|kind| kind == "http") {
            scheme.retain(|field, _| field == "description");
            scheme.extend(
                [("type", "apiKey"), ("name", "Authorization"), ("in", "header")]
                    .map(|(k, v)| (k.to_owned(), v.into())),
            );
        }
        Some((name.clone(), scheme.into()))
    };
    schemes.into_iter().flatten().filter_map(definition).collect()
}

fn move_references(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(path) if name == "$ref" => {
                        *path = path.replace("#/components/schemas/", "#/definitions/");
                    }
                    _ => move_references(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(move_references),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
