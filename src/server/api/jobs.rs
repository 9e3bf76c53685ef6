//! `/v1/jobs`: work that a caller does not wait for, found again by whoever asked for it.
//!
//! Any operation by POST becomes a job with `Prefer: respond-async` (RFC 7240); what is asked is run as it stands, and
//! answered to whoever asks for the job.

mod deferral;
mod runner;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, LOCATION, RETRY_AFTER},
    },
    web::{Data, Path},
};
pub(super) use deferral::{Deferrals, Wish};
pub(super) use runner::{Pass, serve};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Edge, Operations,
    caller::Known,
    problem::{Kind, Problem},
};
use crate::{
    jobs::{Outcome, Standing},
    services::Services,
};

/// Seconds after which to ask again.
const ASK_AGAIN_S: u64 = 2;

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(read_job).service(cancel_job);
}

/// A job that has not ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobStatus {
    /// Its id.
    #[schema(value_type = String, example = "3f0c1b1e-6d0a-4b7e-9a53-0a5d2c9b7f11")]
    id: Uuid,
    /// How it stands: `running`.
    #[schema(example = "running")]
    status: &'static str,
}

/// Read what came of a job
///
/// 202 while it runs. Then what the operation answers: the very status, media type and body that the caller would have got
/// without `Prefer`. A job that is unknown, was cancelled, ended too long ago (`jobs.ttl_s`), belongs to another caller, or
/// ran on a replica that has stopped, is not found.
#[utoipa::path(
    tag = "jobs",
    operation_id = "read_job",
    extensions(("x-scope" = json!("any"))),
    params(("id" = String, Path, description = "The job's id.")),
    responses(
        (status = OK, body = Object, description = "What the operation answered."),
        (
            status = ACCEPTED, body = JobStatus, description = "It runs; ask again.",
            headers(
                ("Location" = String, description = "Where to ask."),
                ("Retry-After" = u64, description = "Seconds after which to ask."),
            )
        ),
    ),
)]
#[get("/v1/jobs/{id}")]
async fn read_job(
    Known(caller): Known,
    id: Path<Uuid>,
    services: Data<Services>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    match services.jobs.find(*id, &caller.id).await {
        Some(Standing::Running) => Ok(accepted(Edge::public_base(&request), *id)),
        Some(Standing::Ended(outcome)) => Ok(answered(&outcome)),
        None => Err(missing()),
    }
}

/// Cancel a job
///
/// Stops it if it runs, and forgets what came of it if it has ended.
#[utoipa::path(
    tag = "jobs",
    operation_id = "cancel_job",
    extensions(("x-scope" = json!("any"))),
    params(("id" = String, Path, description = "The job's id.")),
    responses((status = NO_CONTENT, description = "There is no such job any more.")),
)]
#[delete("/v1/jobs/{id}")]
async fn cancel_job(Known(caller): Known, id: Path<Uuid>, services: Data<Services>) -> Result<HttpResponse, Problem> {
    if services.jobs.cancel(*id, &caller.id).await { Ok(HttpResponse::NoContent().finish()) } else { Err(missing()) }
}

fn missing() -> Problem {
    Problem::new(Kind::Missing).detail("no job of this caller has this id, or not any more")
}

/// The answer to whoever asks for a job that runs.
fn accepted(base: &str, id: Uuid) -> HttpResponse {
    HttpResponse::Accepted()
        .insert_header((LOCATION, format!("{base}/v1/jobs/{id}")))
        .insert_header((RETRY_AFTER, ASK_AGAIN_S))
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(JobStatus { id, status: "running" })
}

/// What came of a job, as it would have been answered at once.
fn answered(outcome: &Arc<Outcome>) -> HttpResponse {
    let mut answer = HttpResponse::build(StatusCode::from_u16(outcome.status).unwrap_or(StatusCode::OK));
    if !outcome.content_type.is_empty() {
        answer.content_type(outcome.content_type.as_str());
    }
    let mut answer = answer.body(outcome.body.clone());
    answer.extensions_mut().insert(AsItWas);
    answer
}

/// Marks an answer that stands for itself, even if it is a problem.
pub(super) struct AsItWas;
