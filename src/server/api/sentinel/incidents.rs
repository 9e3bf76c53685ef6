//! `/v1/sentinel/{workspace}/incidents`: what analysts work on.

use actix_web::{
    HttpResponse, get, patch, post,
    web::{Data, Path},
};
use chrono::Utc;
use futures::future::join_all;
use model::EntityGraph;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::{IntoParams, ToSchema};

use super::{OfObject, OfWorkspace, Patience, failed, space, tell};
use crate::{
    api::{
        Operations,
        body::Body,
        caller::{Allowed, scope},
        observables::deadline,
        problem::{Kind, Problem},
        query_string::QueryString,
    },
    arm::ArmError,
    sentinel::{
        bookmarks::Bookmark,
        incidents::{
            Incident,
            change::{IncidentChange, NewIncident, create, update},
            comments::Comment,
            find,
            parts::{self, Alert, NewRelation, relate},
        },
        named::is_id,
        object::read,
        space::SentinelError,
    },
    services::Services,
};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(read_incident).service(create_incident).service(update_incident);
}

/// What of an incident is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ExpandQuery {
    /// What belongs to it: any of entities, alerts, comments and bookmarks, divided by commas.
    #[param(example = "entities,alerts,comments")]
    expand: Option<String>,
    /// When the answer is due, in milliseconds. At most 100000.
    #[param(minimum = 1, maximum = 100_000, default = 8000)]
    deadline_ms: Option<u64>,
}

/// An incident and what belongs to it.
#[derive(Debug, Serialize, ToSchema)]
struct ExpandedIncident {
    #[serde(flatten)]
    incident: Incident,
    /// Its entities and how they refer to each other.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    entities: Option<EntityGraph>,
    /// Its alerts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    alerts: Option<Vec<Alert>>,
    /// Its comments, the newest last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    comments: Option<Vec<Comment>>,
    /// Its bookmarks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    bookmarks: Option<Vec<Bookmark>>,
    /// What could not be had, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<FailedPart>,
}

/// Something that could not be had or done.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FailedPart {
    /// What.
    #[schema(example = "alerts")]
    pub(super) part: String,
    /// Why.
    pub(super) reason: String,
    /// The action that the installation's credential has no role for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Microsoft.SecurityInsights/incidents/comments/write")]
    pub(super) permission: Option<String>,
}

impl FailedPart {
    pub(super) fn new(part: impl Into<String>, error: &SentinelError) -> Self {
        let (permission, said) = match error {
            SentinelError::Arm(error @ ArmError::Denied { permission, .. }) => (permission.clone(), error.said()),
            SentinelError::Arm(error) => (None, error.said()),
            _ => (None, None),
        };
        let message = said.map(|said| said.message.as_str()).filter(|message| !message.is_empty());
        let reason = message.map_or_else(|| error.to_string(), |message| format!("{error}: {message}"));
        Self { part: part.into(), reason, permission }
    }
}

/// Read an incident
///
/// By its id, its number, or its title if no other has it. What else is asked for is fetched at the same time; what of it cannot
/// be had is named in `failed`.
#[utoipa::path(
    tag = "sentinel",
    operation_id = "read_incident",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfObject, ExpandQuery),
    responses((status = OK, body = ExpandedIncident, description = "The incident.")),
)]
#[get("/v1/sentinel/{workspace}/incidents/{id}")]
async fn read_incident(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<ExpandQuery>,
) -> Result<HttpResponse, Problem> {
    let ExpandQuery { expand, deadline_ms } = query.0;
    let words: Vec<&str> = expand.iter().flat_map(|expand| expand.split(',')).map(str::trim).collect();
    if words.iter().any(|word| !["entities", "alerts", "comments", "bookmarks", ""].contains(word)) {
        return Err(Problem::invalid_at("/expand", "any of entities, alerts, comments and bookmarks"));
    }
    let space = space(&services, &path.workspace, deadline(deadline_ms, tokio::time::Instant::now())?)?;
    // What belongs to it can be asked for at once only if its id is known.
    let (known, id) = if is_id(&path.id) {
        (None, path.id.clone())
    } else {
        let incident: Incident = read_one(find(&space, &path.id).await)?;
        let id = incident.id.clone();
        (Some(incident), id)
    };
    let wanted = |word: &str| words.contains(&word);
    let (incident, entities, alerts, comments, bookmarks) = futures::join!(
        async {
            match known {
                Some(incident) => Ok(incident),
                None => read_one(find(&space, &id).await),
            }
        },
        async { if wanted("entities") { Some(parts::entities(&space, &id).await) } else { None } },
        async { if wanted("alerts") { Some(parts::alerts(&space, &id).await) } else { None } },
        async { if wanted("comments") { Some(parts::comments(&space, &id).await) } else { None } },
        async { if wanted("bookmarks") { Some(parts::bookmarks(&space, &id).await) } else { None } },
    );
    let mut failed = Vec::new();
    Ok(HttpResponse::Ok().json(ExpandedIncident {
        incident: incident?,
        entities: had("entities", entities, &mut failed),
        alerts: had("alerts", alerts, &mut failed),
        comments: had("comments", comments, &mut failed),
        bookmarks: had("bookmarks", bookmarks, &mut failed),
        failed,
    }))
}

fn read_one(found: Result<Json, SentinelError>) -> Result<Incident, Problem> {
    found.and_then(|incident| Ok(read(incident)?)).map_err(failed)
}

/// A part, or else a word about why it is not there.
fn had<T>(part: &str, result: Option<Result<T, SentinelError>>, failed: &mut Vec<FailedPart>) -> Option<T> {
    result?.map_err(|error| failed.push(FailedPart::new(part, &error))).ok()
}

/// An incident that was made.
#[derive(Debug, Serialize, ToSchema)]
struct CreatedIncident {
    #[serde(flatten)]
    incident: Incident,
    /// Bookmarks that could not be attached, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<FailedPart>,
}

/// Create an incident
///
/// With bookmarks, if it is to have some: one that cannot be attached is named in `failed`.
#[utoipa::path(
    tag = "sentinel",
    operation_id = "create_incident",
    extensions(("x-scope" = json!("sentinel.write"))),
    params(OfWorkspace, Patience),
    request_body = NewIncident,
    responses((status = CREATED, body = CreatedIncident, description = "The incident.")),
)]
#[post("/v1/sentinel/{workspace}/incidents")]
async fn create_incident(
    allowed: Allowed<scope::SentinelWrite>,
    services: Data<Services>,
    path: Path<OfWorkspace>,
    query: QueryString<Patience>,
    request: Body<NewIncident>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    let Body(mut new) = request;
    let bookmarks = std::mem::take(&mut new.bookmarks);
    let incident = create(&space, new, Utc::now()).await.map_err(failed)?;
    tell(&allowed.caller, "create_incident", &space, &incident.id);
    let (space, id) = (&space, incident.id.as_str());
    let relate = |bookmark: String| async move {
        let to = NewRelation { bookmark: Some(bookmark.clone()), resource_id: None };
        relate(space, id, to).await.map_err(|error| FailedPart::new(bookmark, &error)).err()
    };
    let failed = join_all(bookmarks.into_iter().map(relate)).await.into_iter().flatten().collect();
    Ok(HttpResponse::Created().json(CreatedIncident { incident, failed }))
}

/// Change an incident
///
/// What is not named stays as it is. With an `etag`, only if the incident is still in that state: else the problem
/// `changed-meanwhile`. Without one, what somebody else changes at the same moment is kept.
#[utoipa::path(
    tag = "sentinel",
    operation_id = "update_incident",
    extensions(("x-scope" = json!("sentinel.write"))),
    params(OfObject, Patience),
    request_body = IncidentChange,
    responses((status = OK, body = Incident, description = "The incident as it is now.")),
)]
#[patch("/v1/sentinel/{workspace}/incidents/{id}")]
async fn update_incident(
    allowed: Allowed<scope::SentinelWrite>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
    request: Body<IncidentChange>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    let (incident, is_changed) = update(&space, &path.id, &request.0, None).await.map_err(failed)?;
    let incident: Incident = read(incident).map_err(|_| Problem::new(Kind::Upstream))?;
    if is_changed {
        tell(&allowed.caller, "update_incident", &space, &incident.id);
    }
    Ok(HttpResponse::Ok().json(incident))
}
