//! The documents: OpenAPI 3.1 as collected from the handlers, OpenAPI 3.0 for generators of clients, Swagger 2.0 for custom
//! connectors; and a page to read them that needs no internet.
//!
//! The two older ones are made from the first, so that all three say the same.

mod common;
mod connector;
mod provider_id;
mod schemas;
mod swagger_2;
mod v3_0;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, get,
    web::{Data, Redirect},
};
use bytes::Bytes;
pub(crate) use common::complete;
pub(crate) use provider_id::ProviderId;
use serde_json::Value;
use tokio::sync::OnceCell;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::{
    Operations,
    etag::Tagged,
    problem::{Kind, Problem},
};

/// The three documents. They are written when somebody first asks for one: few do, and they take time and memory.
pub(crate) struct Documents {
    describe: Arc<dyn Fn() -> OpenApi + Send + Sync>,
    written: OnceCell<Written>,
}

/// The documents, ready to be sent.
struct Written {
    v3_1: Tagged,
    v3_0: Tagged,
    swagger_2: Tagged,
}

impl Documents {
    /// The documents of an API.
    pub(crate) fn new(describe: impl Fn() -> OpenApi + Send + Sync + 'static) -> Self {
        Self { describe: Arc::new(describe), written: OnceCell::new() }
    }

    async fn written(&self) -> Result<&Written, Problem> {
        let write = || async {
            let describe = Arc::clone(&self.describe);
            let written = tokio::task::spawn_blocking(move || Written::new(&describe())).await;
            written.map_err(|error| Problem::new(Kind::Internal).caused_by(error.to_string()))
        };
        self.written.get_or_try_init(write).await
    }
}

impl Written {
    fn new(api: &OpenApi) -> Self {
        let mut v3_1 = serde_json::to_value(api).unwrap_or_default();
        drop_null_defaults(&mut v3_1);
        let v3_0 = v3_0::convert(&v3_1);
        let swagger_2 = swagger_2::convert(&v3_0);
        // For people, too: they are read in reviews.
        let tagged = |document: &Value| Tagged::new(format!("{document:#}\n"));
        Self { v3_1: tagged(&v3_1), v3_0: tagged(&v3_0), swagger_2: tagged(&swagger_2) }
    }
}

/// The documents of an API by file name.
pub(crate) fn files(api: &OpenApi) -> [(&'static str, Bytes); 3] {
    let Written { v3_1, v3_0, swagger_2 } = Written::new(api);
    [("openapi.json", v3_1), ("openapi-3.0.json", v3_0), ("swagger-2.0.json", swagger_2)]
        .map(|(name, document)| (name, document.json()))
}

/// "Left out when nothing is known" is no default, and `null` is of none of our types.
fn drop_null_defaults(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, value| name != "default" || !value.is_null());
            fields.values_mut().for_each(drop_null_defaults);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_null_defaults),
        _ => {}
    }
}

/// Read this API's description in OpenAPI 3.1.
#[utoipa::path(
    operation_id = "read_openapi",
    tag = "documents",
    responses((status = OK, body = Object, description = "The description."))
)]
#[get("/openapi.json")]
async fn read_openapi(request: HttpRequest, documents: Data<Documents>) -> Result<HttpResponse, Problem> {
    Ok(documents.written().await?.v3_1.answer(&request))
}

/// Read this API's description in OpenAPI 3.0, for generators of clients.
#[utoipa::path(
    operation_id = "read_previous_openapi",
    tag = "documents",
    responses((status = OK, body = Object, description = "The description."))
)]
#[get("/openapi-3.0.json")]
async fn read_previous_openapi(request: HttpRequest, documents: Data<Documents>) -> Result<HttpResponse, Problem> {
    Ok(documents.written().await?.v3_0.answer(&request))
}

/// Read this API's description in Swagger 2.0, for custom connectors.
#[utoipa::path(
    operation_id = "read_swagger",
    tag = "documents",
    responses((status = OK, body = Object, description = "The description."))
)]
#[get("/swagger-2.0.json")]
async fn read_swagger(request: HttpRequest, documents: Data<Documents>) -> Result<HttpResponse, Problem> {
    Ok(documents.written().await?.swagger_2.answer(&request))
}

/// The operations of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(read_openapi).service(read_previous_openapi).service(read_swagger);
}

#[get("/docs")]
async fn lead_to_page() -> Redirect {
    Redirect::to("docs/").see_other()
}

/// The page for people. Its parts are compiled in; without a validator's address it calls nobody.
pub(crate) fn page(config: &mut actix_web::web::ServiceConfig) {
    let settings = Config::from("../openapi.json").validator_url("none").try_it_out_enabled(true);
    config.service(lead_to_page).service(SwaggerUi::new("/docs/{_:.*}").config(settings));
}
