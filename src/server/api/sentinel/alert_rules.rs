//! `/v1/sentinel/{workspace}/alert-rules` and `/alert-rule-templates`: what makes alerts, and what that is made from.

use actix_web::{
    HttpResponse, delete, get, post,
    web::{Data, Path},
};

use super::{ListQuery, Listed, OfObject, OfWorkspace, Patience, answer, failed, space, tell};
use crate::{
    api::{
        Operations,
        body::Body,
        caller::{Allowed, scope},
        problem::Problem,
        query_string::QueryString,
        tables::TableForm,
    },
    sentinel::alert_rules::{AlertRule, AlertRuleTemplate, NewAlertRule, create},
    services::Services,
};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations
        .service(list_alert_rules)
        .service(read_alert_rule)
        .service(create_alert_rule)
        .service(delete_alert_rule)
        .service(list_alert_rule_templates)
        .service(read_alert_rule_template);
}

/// List the analytics rules of a workspace
///
/// Rules of every kind, those that run all the time included.
#[utoipa::path(
    tag = "sentinel",
    operation_id = "list_alert_rules",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfWorkspace, ListQuery),
    responses((status = OK, content(
        (Listed<AlertRule> = "application/json"),
        (String = "application/x-ndjson"),
    ), description = "The rules.")),
)]
#[get("/v1/sentinel/{workspace}/alert-rules")]
async fn list_alert_rules(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfWorkspace>,
    form: TableForm,
    query: QueryString<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    answer(form, space.list::<AlertRule>(query.0.wanted(form)?).await.map_err(failed)?)
}

/// Read an analytics rule
#[utoipa::path(
    tag = "sentinel",
    operation_id = "read_alert_rule",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfObject, Patience),
    responses((status = OK, body = AlertRule, description = "The rule.")),
)]
#[get("/v1/sentinel/{workspace}/alert-rules/{id}")]
async fn read_alert_rule(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    Ok(HttpResponse::Ok().json(space.find::<AlertRule>(&path.id).await.map_err(failed)?))
}

/// Create an analytics rule
///
/// Of a template by its id or name, of a query, or of a template with some of it changed.
#[utoipa::path(
    tag = "sentinel",
    operation_id = "create_alert_rule",
    extensions(("x-scope" = json!("sentinel.write"))),
    params(OfWorkspace, Patience),
    request_body = NewAlertRule,
    responses((status = CREATED, body = AlertRule, description = "The rule.")),
)]
#[post("/v1/sentinel/{workspace}/alert-rules")]
async fn create_alert_rule(
    allowed: Allowed<scope::SentinelWrite>,
    services: Data<Services>,
    path: Path<OfWorkspace>,
    query: QueryString<Patience>,
    request: Body<NewAlertRule>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    let made = create(&space, request.0).await.map_err(failed)?;
    tell(&allowed.caller, "create_alert_rule", &space, &made.id);
    Ok(HttpResponse::Created().json(made))
}

/// Delete an analytics rule
#[utoipa::path(
    tag = "sentinel",
    operation_id = "delete_alert_rule",
    extensions(("x-scope" = json!("sentinel.write"))),
    params(OfObject, Patience),
    responses((status = NO_CONTENT, description = "It is deleted.")),
)]
#[delete("/v1/sentinel/{workspace}/alert-rules/{id}")]
async fn delete_alert_rule(
    allowed: Allowed<scope::SentinelWrite>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    let id = space.delete::<AlertRule>(&path.id).await.map_err(failed)?;
    tell(&allowed.caller, "delete_alert_rule", &space, &id);
    Ok(HttpResponse::NoContent().finish())
}

/// List the templates of analytics rules
#[utoipa::path(
    tag = "sentinel",
    operation_id = "list_alert_rule_templates",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfWorkspace, ListQuery),
    responses((status = OK, content(
        (Listed<AlertRuleTemplate> = "application/json"),
        (String = "application/x-ndjson"),
    ), description = "The templates.")),
)]
#[get("/v1/sentinel/{workspace}/alert-rule-templates")]
async fn list_alert_rule_templates(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfWorkspace>,
    form: TableForm,
    query: QueryString<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    answer(form, space.list::<AlertRuleTemplate>(query.0.wanted(form)?).await.map_err(failed)?)
}

/// Read a template of analytics rules
#[utoipa::path(
    tag = "sentinel",
    operation_id = "read_alert_rule_template",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfObject, Patience),
    responses((status = OK, body = AlertRuleTemplate, description = "The template.")),
)]
#[get("/v1/sentinel/{workspace}/alert-rule-templates/{id}")]
async fn read_alert_rule_template(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    Ok(HttpResponse::Ok().json(space.find::<AlertRuleTemplate>(&path.id).await.map_err(failed)?))
}
