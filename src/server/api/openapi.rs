//! The documents: OpenAPI 3.1 as collected from the handlers, OpenAPI 3.0 for generators of clients, Swagger 2.0 for custom
//! connectors; and a page to read them that needs no internet.
//!
//! The two older ones are made from the first, so that all three say the same.

mod common;
mod connector;
mod schemas;
mod swagger_2;
mod v3_0;

use actix_web::{
    HttpRequest, HttpResponse, get,
    web::{Data, Redirect},
};
pub(crate) use common::complete;
use serde_json::Value;
use utoipa::openapi::OpenApi;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::etag::Tagged;

/// The three documents, ready to be sent.
pub(crate) struct Documents {
    v3_1: Tagged,
    v3_0: Tagged,
    swagger_2: Tagged,
}

impl Documents {
    /// Writes the documents of an API.
    pub(crate) fn new(api: &OpenApi) -> Self {
        let [v3_1, v3_0, swagger_2] = all_three(api).map(|(_, document)| Tagged::new(document.to_string()));
        Self { v3_1, v3_0, swagger_2 }
    }
}

/// The three documents of an API, each with the name of its file.
pub(crate) fn all_three(api: &OpenApi) -> [(&'static str, Value); 3] {
    let v3_1 = serde_json::to_value(api).unwrap_or_default();
    let v3_0 = v3_0::convert(&v3_1);
    let swagger_2 = swagger_2::convert(&v3_0);
    [("openapi.json", v3_1), ("openapi-3.0.json", v3_0), ("swagger-2.0.json", swagger_2)]
}

/// Read this API's description in OpenAPI 3.1.
#[utoipa::path(
    operation_id = "read_openapi",
    tag = "documents",
    responses((status = OK, body = Object, description = "The description."))
)]
#[get("/openapi.json")]
async fn openapi_3_1(request: HttpRequest, documents: Data<Documents>) -> HttpResponse {
    documents.v3_1.answer(&request)
}

/// Read this API's description in OpenAPI 3.0, for generators of clients.
#[utoipa::path(
    operation_id = "read_openapi_3_0",
    tag = "documents",
    responses((status = OK, body = Object, description = "The description."))
)]
#[get("/openapi-3.0.json")]
async fn openapi_3_0(request: HttpRequest, documents: Data<Documents>) -> HttpResponse {
    documents.v3_0.answer(&request)
}

/// Read this API's description in Swagger 2.0, for custom connectors.
#[utoipa::path(
    operation_id = "read_swagger_2",
    tag = "documents",
    responses((status = OK, body = Object, description = "The description."))
)]
#[get("/swagger-2.0.json")]
async fn swagger_2_0(request: HttpRequest, documents: Data<Documents>) -> HttpResponse {
    documents.swagger_2.answer(&request)
}

/// The operations of this file.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(openapi_3_1).service(openapi_3_0).service(swagger_2_0);
}

#[get("/docs")]
async fn docs() -> Redirect {
    Redirect::to("docs/").see_other()
}

/// The page for people. Its parts are compiled in; without a validator's address it calls nobody.
pub(crate) fn page(config: &mut actix_web::web::ServiceConfig) {
    let settings = Config::from("../openapi.json").validator_url("none").try_it_out_enabled(true);
    config.service(docs).service(SwaggerUi::new("/docs/{_:.*}").config(settings));
}
