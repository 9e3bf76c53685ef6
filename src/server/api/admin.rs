//! `/v1/admin`: taking new settings without a restart.

use std::sync::Arc;

use actix_web::{HttpResponse, post, web::Data};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Operations,
    caller::{Allowed, scope},
    problem::{Kind, Problem},
    serve::Reload,
};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(reload_settings);
}

/// The settings were read again.
#[derive(Debug, Serialize, ToSchema)]
struct Reloaded {
    /// What is in force now.
    status: &'static str,
}

/// Read the settings again
///
/// Providers, keys, budgets, limits, policy and databases are swapped; no request is dropped. Mistakes leave everything
/// as it is. The same as SIGHUP.
#[utoipa::path(
    tag = "admin",
    operation_id = "reload_settings",
    extensions(("x-scope" = json!("admin"))),
    responses((status = OK, body = Reloaded, description = "The new settings are in force.")),
)]
#[post("/v1/admin/reload")]
async fn reload_settings(_: Allowed<scope::Admin>, reload: Data<Arc<Reload>>) -> Result<HttpResponse, Problem> {
    match reload.run().await {
        Ok(()) => Ok(HttpResponse::Ok().json(Reloaded { status: "reloaded" })),
        // The operator is the caller: the mistakes name settings, and secrets do not print.
        Err(mistakes) => Err(Problem::new(Kind::Invalid).detail(mistakes)),
    }
}
