//! What holds for every operation and is therefore written once: the service's name, how callers identify themselves, and
//! the problems that can be answered.

use utoipa::{
    PartialSchema as _, ToSchema as _,
    openapi::{
        Content, ContentBuilder, HeaderBuilder, License, ObjectBuilder, OpenApi, PathItem, Ref, RefOr, Required,
        ResponseBuilder, SecurityRequirement, Server, Type,
        path::{Operation, ParameterBuilder, ParameterIn},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::{
    api::{
        jobs::JobStatus,
        problem::{self, Document as ProblemBody},
        tables::{NDJSON, TableForm},
    },
    settings::ServerSettings,
};

/// The names of the ways to identify oneself.
const API_KEY: &str = "api_key";
const BEARER: &str = "bearer";

/// The name of the answer to what becomes a job.
const ACCEPTED: &str = "Accepted";

/// The headers that make a job of a request.
const DEFERRING: [(&str, &str, &str); 2] = [
    ("Prefer", "`respond-async`: answer 202 at once (`wait=N`: after N seconds) and let it be found.", "respond-async"),
    ("Idempotency-Key", "With `Prefer`: a request that is sent again finds the same job.", "incident-3177"),
];

/// The failures that every operation documents.
const FAILURES: [&str; 3] = ["4XX", "5XX", "default"];

/// Adds what holds for every operation.
pub(crate) fn complete(api: &mut OpenApi, server: &ServerSettings) {
    api.info.title = "pivotd".to_owned();
    env!("CARGO_PKG_VERSION").clone_into(&mut api.info.version);
    api.info.description = Some(
        "Enrichment for security operations: what threat intelligence, registries and databases know about what was \
         seen. A provider that fails is an outcome in the answer, not a failed request."
            .to_owned(),
    );
    // The collector's own author.
    api.info.contact = None;
    let mut license = License::new("Apache-2.0");
    license.identifier = Some("Apache-2.0".to_owned());
    api.info.license = Some(license);
    let base = server.public_url.as_ref().map_or("/", |url| url.as_str());
    api.servers = Some(vec![Server::new(if base == "/" { base } else { base.trim_end_matches('/') })]);

    add_components(api);
    for (path, item) in &mut api.paths.paths {
        let guarded = path.starts_with("/v1/");
        if let Some(operation) = item.post.as_mut().filter(|_| guarded && !path.starts_with("/v1/admin/")) {
            complete_deferrable(operation);
        }
        operations(item).for_each(|operation| {
            complete_operation(operation, guarded);
            complete_table_forms(operation);
        });
    }
}

fn add_components(api: &mut OpenApi) {
    let components = api.components.get_or_insert_default();
    let mut schemas = vec![
        (ProblemBody::name().into_owned(), ProblemBody::schema()),
        (JobStatus::name().into_owned(), JobStatus::schema()),
    ];
    ProblemBody::schemas(&mut schemas);
    components.schemas.extend(schemas);

    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemBody::name()))).build();
    let response = ResponseBuilder::new()
        .description("The request failed; the problem says why.")
        .content(problem::MEDIA_TYPE, content)
        .build();
    components.responses.insert(ProblemBody::name().into_owned(), RefOr::T(response));

    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(JobStatus::name()))).build();
    let address = HeaderBuilder::new()
        .description(Some("Where to ask for it."))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)));
    let pause = HeaderBuilder::new()
        .description(Some("Seconds after which to ask."))
        .schema(Some(ObjectBuilder::new().schema_type(Type::Integer)));
    let response = ResponseBuilder::new()
        .description("It has become a job, since `Prefer: respond-async` asked for one.")
        .content("application/json", content)
        .header("Location", address.build())
        .header("Retry-After", pause.build())
        .build();
    components.responses.insert(ACCEPTED.to_owned(), RefOr::T(response));
    for (name, description, example) in DEFERRING {
        let header = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(description))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
            .example(Some(example.into()));
        components.parameters.insert(name.to_owned(), RefOr::T(header.build()));
    }

    let key = ApiKeyValue::with_description("X-API-Key", "A key from the settings.");
    components.add_security_scheme(API_KEY, SecurityScheme::ApiKey(ApiKey::Header(key)));
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A key from the settings, or a token of an issuer that they trust."))
        .build();
    components.add_security_scheme(BEARER, SecurityScheme::Http(bearer));
}

/// What can become a job says so: how it is asked for, and what is answered then.
fn complete_deferrable(operation: &mut Operation) {
    let accepted = RefOr::Ref(Ref::from_response_name(ACCEPTED));
    operation.responses.responses.entry("202".to_owned()).or_insert(accepted);
    let header = |(name, ..): (&str, &str, &str)| RefOr::Ref(Ref::new(format!("#/components/parameters/{name}")));
    operation.parameters.get_or_insert_default().extend(DEFERRING.map(header));
}

fn complete_operation(operation: &mut Operation, guarded: bool) {
    for failure in FAILURES {
        let response = RefOr::Ref(Ref::from_response_name(ProblemBody::name()));
        operation.responses.responses.entry(failure.to_owned()).or_insert(response);
    }
    if guarded {
        let none: [&str; 0] = [];
        operation.security =
            Some(vec![SecurityRequirement::new(API_KEY, none), SecurityRequirement::new(BEARER, none)]);
    }
}

/// Who takes or gives a table in one form takes or gives it in all: an operation names NDJSON only.
fn complete_table_forms(operation: &mut Operation) {
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        for (media, content) in other_forms(body.content.get(NDJSON)) {
            body.content.entry(media).or_insert(content);
        }
    }
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            for (media, content) in other_forms(response.content.get(NDJSON)) {
                response.content.entry(media).or_insert(content);
            }
        }
    }
}

fn other_forms(rows: Option<&RefOr<Content>>) -> Vec<(String, RefOr<Content>)> {
    let named = |rows: &RefOr<Content>| TableForm::alone().map(|(media, _)| (media.to_owned(), rows.clone())).collect();
    rows.map_or_else(Vec::new, named)
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete]
        .into_iter()
        .filter_map(Option::as_mut)
}
