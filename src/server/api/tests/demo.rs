//! A resource as resources are written, for tests of everything around it.

use actix_web::{
    HttpResponse, get, post,
    web::{Json, Path},
};
use model::{Fault, Faulty, Outcome, Verdict};
use serde::{Deserialize, Serialize};
use utoipa::{
    ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type, extensions::Extensions},
};

use crate::{
    api::{Allowed, Body, Operations, Problem, QueryString, RequestLimits, scope},
    telemetry::TraceId,
};

/// What to look up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only shown")]
pub(super) struct LookupRequest {
    /// The observables, defanged or not.
    observables: Vec<Seen>,
    /// Whom to ask; everybody if left out.
    #[serde(default)]
    #[schema(extensions(("x-values-from" = json!("/v1/demo/providers"))))]
    providers: Vec<String>,
    /// How long to wait at most.
    #[schema(nullable = false, minimum = 1, extensions(("x-ms-visibility" = json!("internal"))))]
    deadline_ms: Option<u32>,
}

/// One observable.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only shown")]
struct Seen {
    /// The value.
    #[schema(example = "198.51.100[.]7")]
    value: String,
    /// What it is; found out if left out.
    #[schema(nullable = false)]
    kind: Option<String>,
}

/// What to look up, in a query string.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only shown")]
struct LookupQuery {
    /// The value.
    value: String,
    /// How long to wait at most.
    #[param(nullable = false)]
    deadline_ms: Option<u32>,
    /// Whom to ask.
    #[serde(default)]
    #[param(value_type = Vec<ProviderId>, inline)]
    provider: Vec<String>,
}

/// The id of one whom one can ask. Where designers find all of them is a part of its schema.
struct ProviderId;

impl utoipa::PartialSchema for ProviderId {
    fn schema() -> RefOr<Schema> {
        let choices = Extensions::builder().add("x-values-from", "/v1/demo/providers").build();
        ObjectBuilder::new().schema_type(Type::String).extensions(Some(choices)).into()
    }
}

impl ToSchema for ProviderId {}

/// What is known.
#[derive(Serialize, ToSchema)]
struct Report {
    /// Under which the log knows the request.
    trace_id: String,
    /// Who asked.
    caller: String,
    /// What was understood.
    understood: String,
    /// How it ended.
    outcome: Outcome,
    /// How bad it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    verdict: Option<Verdict>,
    /// Perhaps a reason, perhaps null.
    reason: Option<Reason>,
}

/// A reason.
#[derive(Serialize, ToSchema)]
struct Reason {
    /// In words.
    text: Option<String>,
}

/// Whom one can ask.
#[derive(Serialize, ToSchema)]
struct Providers {
    /// By id.
    items: Vec<String>,
}

/// A failure on our side.
#[derive(Debug, thiserror::Error)]
#[error("the shelf fell down")]
struct ShelfFell;

impl Faulty for ShelfFell {
    fn fault(&self) -> Fault {
        Fault::Internal
    }
}

fn report(allowed: &Allowed<scope::Lookup>, trace_id: TraceId, understood: String) -> Json<Report> {
    Json(Report {
        trace_id: trace_id.to_string(),
        caller: allowed.caller.id.to_string(),
        understood,
        outcome: Outcome::Hit,
        verdict: None,
        reason: None,
    })
}

/// Look up many.
#[utoipa::path(
    operation_id = "look_up_demo",
    tag = "demo",
    request_body = LookupRequest,
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, body = Report, description = "What is known."))
)]
#[post("/v1/demo/lookup")]
async fn look_up(
    allowed: Allowed<scope::Lookup>,
    trace_id: TraceId,
    limits: RequestLimits,
    request: Body<LookupRequest>,
) -> Result<Json<Report>, Problem> {
    limits.check_items("/observables", request.0.observables.len())?;
    Ok(report(&allowed, trace_id, format!("{:?}", request.0)))
}

/// Look up one.
#[utoipa::path(
    operation_id = "look_up_one_demo",
    tag = "demo",
    params(LookupQuery),
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, body = Report, description = "What is known."))
)]
#[get("/v1/demo/lookup")]
async fn look_up_one(
    allowed: Allowed<scope::Lookup>,
    trace_id: TraceId,
    query: QueryString<LookupQuery>,
) -> Result<Json<Report>, Problem> {
    match query.0.value.as_str() {
        "panic" => panic!("198.51.100.7 is in this message"),
        "fell" => Err(ShelfFell.into()),
        _ => Ok(report(&allowed, trace_id, format!("{:?}", query.0))),
    }
}

/// List whom one can ask.
#[utoipa::path(
    operation_id = "list_demo_providers",
    tag = "demo",
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, body = Providers, description = "All of them."))
)]
#[get("/v1/demo/providers")]
async fn list_providers(_: Allowed<scope::Lookup>) -> Json<Providers> {
    Json(Providers { items: vec!["one".to_owned()] })
}

/// Say something long about a number.
#[utoipa::path(
    operation_id = "describe_number",
    tag = "demo",
    params(("number" = u32, Path, description = "The number.")),
    extensions(("x-scope" = json!("admin"))),
    responses((status = OK, body = String, content_type = "text/plain", description = "Something long."))
)]
#[get("/v1/demo/numbers/{number}")]
async fn describe_number(_: Allowed<scope::Admin>, number: Path<u32>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body(format!("{number} ").repeat(1_000))
}

/// The operations of this file.
pub(super) fn routes(operations: &mut Operations<'_>) {
    operations.service(look_up).service(look_up_one).service(list_providers).service(describe_number);
}
