//! `/problems`: what each problem means, for people (HTML) and programs (JSON). Made from the table.

use std::fmt::Write as _;

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{self, Accept, Header as _},
    web::Path,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Kind, Problem};
use crate::api::Operations;

/// What one problem means.
#[derive(Serialize, ToSchema)]
#[schema(as = ProblemExplanation)]
struct Explanation {
    /// The address of this explanation; the `type` of the problem.
    #[serde(rename = "type")]
    #[schema(format = UriReference, example = "/problems/invalid")]
    address: &'static str,
    /// The same words for every occurrence.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What the caller can do about it.
    explanation: &'static str,
}

/// What every problem means.
#[derive(Serialize, ToSchema)]
#[schema(as = ProblemExplanations)]
struct Explanations {
    /// In the order of their statuses.
    items: Vec<Explanation>,
}

impl Explanation {
    fn of(kind: Kind) -> Self {
        let row = kind.row();
        Self { address: row.address, title: row.title, status: row.status, explanation: row.explanation }
    }

    /// As a part of a page. Every text comes from the table: nothing needs escaping but what the table holds.
    fn write_html(&self, page: &mut String) {
        let Self { address, title, status, explanation } = self;
        // Writing to a string cannot fail.
        let _ = write!(page, "<h2><a href=\"{address}\">{title}</a></h2><p><b>{status}</b> {explanation}</p>");
    }
}

fn html_page(title: &str, explanations: &[Explanation]) -> HttpResponse {
    let mut page = format!("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><body>");
    for explanation in explanations {
        explanation.write_html(&mut page);
    }
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'"))
        .body(page)
}

/// Browsers name HTML; everybody else gets JSON.
fn wants_html(request: &HttpRequest) -> bool {
    Accept::parse(request).is_ok_and(|accept| accept.ranked().iter().any(|media| media.essence_str() == "text/html"))
}

/// List the problems that operations can answer with.
#[utoipa::path(
    operation_id = "list_problems",
    tag = "documents",
    responses((status = OK, body = Explanations, description = "Every problem, with what can be done about it."))
)]
#[get("/problems")]
async fn list_problems(request: HttpRequest) -> HttpResponse {
    let items: Vec<_> = Kind::ALL.iter().copied().map(Explanation::of).collect();
    if wants_html(&request) { html_page("Problems", &items) } else { HttpResponse::Ok().json(Explanations { items }) }
}

/// Explain one problem.
#[utoipa::path(
    operation_id = "explain_problem",
    tag = "documents",
    params(("name" = String, Path, description = "The last part of the problem's `type`.", example = "invalid")),
    responses((status = OK, body = Explanation, description = "What it means and what can be done about it."))
)]
#[get("/problems/{name}")]
async fn explain_problem(request: HttpRequest, name: Path<String>) -> Result<HttpResponse, Problem> {
    let kind = Kind::ALL.iter().copied().find(|kind| kind.name() == name.as_str());
    let explanation = Explanation::of(kind.ok_or(Problem::new(Kind::Missing))?);
    if wants_html(&request) {
        Ok(html_page(explanation.title, &[explanation]))
    } else {
        Ok(HttpResponse::Ok().json(explanation))
    }
}

/// The operations of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(list_problems).service(explain_problem);
}
