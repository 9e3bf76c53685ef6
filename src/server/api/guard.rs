//! What happens to every request around its handler: trace, caller, limits, method, headers, and one line in the log.
//!
//! Every failure leaves as a problem, whoever made it: a handler, the framework, a panic. This is the outermost layer, so
//! nothing is answered behind its back.

mod visit;

use std::{
    future::{Future, Ready, ready},
    panic::AssertUnwindSafe,
    pin::Pin,
    rc::Rc,
    sync::Arc,
};

use actix_web::{
    Error, HttpMessage as _, HttpRequest, HttpResponse,
    body::{EitherBody, MessageBody},
    dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready},
    http::{Method, header},
};
use futures::FutureExt as _;
use tracing::Instrument as _;
use visit::{Departing, Visit};

use super::{
    Edge,
    arrival::Arrival,
    caller::Caller,
    jobs::{AsItWas, Deferrals, Pass, Wish},
    problem::{Kind, Problem},
};

/// The middleware.
pub(crate) struct Guard(pub(crate) Arc<Edge>);

/// The middleware around a service.
pub(crate) struct Guarded<S> {
    service: Rc<S>,
    edge: Arc<Edge>,
}

impl<S, B> Transform<S, ServiceRequest> for Guard
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + Unpin + 'static,
{
    type Response = ServiceResponse<Departing<EitherBody<B>>>;
    type Error = Error;
    type Transform = Guarded<S>;
    type InitError = ();
    type Future = Ready<Result<Guarded<S>, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Guarded { service: Rc::new(service), edge: Arc::clone(&self.0) }))
    }
}

impl<S, B> Service<ServiceRequest> for Guarded<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + Unpin + 'static,
{
    type Response = ServiceResponse<Departing<EitherBody<B>>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let (service, edge) = (Rc::clone(&self.service), Arc::clone(&self.edge));
        Box::pin(async move {
            let mut visit = Visit::new(request.head(), &edge.metrics);
            let span = visit.span();
            let failure = match serve(&*service, &edge, request, &mut visit).instrument(span).await {
                Ok(response) => return Ok(visit.depart(response)),
                Err(failure) => failure,
            };
            visit.failed(&failure.problem);
            let problem = failure.problem.traced(visit.trace_id());
            match failure.request {
                Some(request) => {
                    Ok(visit.depart(ServiceResponse::new(request, problem.answer().map_into_right_body())))
                }
                None => Err(problem.header(header::X_CONTENT_TYPE_OPTIONS, "nosniff").into()),
            }
        })
    }
}

/// A request that failed. A panic, and some failures of the framework, take the request with them.
struct Failure {
    problem: Problem,
    request: Option<HttpRequest>,
}

impl Failure {
    fn of(request: ServiceRequest, problem: impl Into<Problem>) -> Self {
        Self { problem: problem.into(), request: Some(request.into_parts().0) }
    }
}

async fn serve<S, B>(
    service: &S,
    edge: &Edge,
    mut request: ServiceRequest,
    visit: &mut Visit,
) -> Result<ServiceResponse<EitherBody<B>>, Failure>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    // As the router sees it: decoded, so that no spelling of a path gets around what follows.
    let path = request.match_info().as_str();
    visit.guarded = path == "/v1" || path.starts_with("/v1/");
    visit.route = edge.routes.find(path).cloned();

    if request.method() == Method::OPTIONS
        && let Some(route) = &visit.route
    {
        let answer = HttpResponse::NoContent().insert_header((header::ALLOW, route.allow.as_str())).finish();
        return Ok(request.into_response(answer.map_into_right_body()));
    }
    let pass = request.extensions_mut().remove::<Pass>();
    let admitted = match pass {
        Some(pass) => Ok(Some(taken(pass, visit))),
        None => admit(edge, &request, visit).await,
    };
    let caller = match admitted {
        Ok(caller) => caller,
        Err(problem) => return Err(Failure::of(request, problem)),
    };
    if let Some(route) = &visit.route
        && !route.answers(request.method())
    {
        let problem = Problem::new(Kind::MethodNotAllowed).header(header::ALLOW, &route.allow);
        return Err(Failure::of(request, problem));
    }
    // The connection knows that the body is not to be sent.
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    if let Some((wish, deferrals, caller)) = deferred(&request, visit, caller.as_ref()) {
        let by = (caller, visit.permit.take(), visit.trace_id());
        return match deferrals.defer(&mut request, wish, by).await {
            Ok(answer) => Ok(request.into_response(answer.map_into_right_body())),
            Err(problem) => Err(Failure::of(request, problem)),
        };
    }
    request.extensions_mut().insert(Arrival { trace_id: visit.trace_id(), caller });

    let response = match AssertUnwindSafe(async { service.call(request).await }).catch_unwind().await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return Err(Failure { problem: Problem::of_framework(&error), request: None }),
        Err(_) => {
            let problem = Problem::new(Kind::Internal).caused_by("the handler panicked");
            return Err(Failure { problem, request: None });
        }
    };
    match problem_of(&response) {
        None => Ok(response.map_into_left_body()),
        Some(problem) => Err(Failure { problem, request: Some(response.into_parts().0) }),
    }
}

/// Finds out who calls, where that matters, and whether they may call now.
async fn admit(edge: &Edge, request: &ServiceRequest, visit: &mut Visit) -> Result<Option<Caller>, Problem> {
    if !visit.guarded {
        return Ok(None);
    }
    let rules = edge.rules.load_full();
    let caller = rules.callers.recognise(request.headers()).await?;
    visit.caller = Some(Arc::clone(&caller.id));
    // Running jobs are running requests; who looks after them must not have to wait for their end.
    let is_about_jobs = request.match_info().as_str().starts_with("/v1/jobs/");
    let limits = &rules.caller_limits;
    let (admitted, standing) = if is_about_jobs { limits.admit_beside(&caller.id) } else { limits.admit(&caller.id) };
    visit.standing = standing;
    visit.permit = admitted?;
    Ok(Some(caller))
}

/// Lets a request in that was admitted when it was taken.
fn taken(Pass { caller, permit }: Pass, visit: &mut Visit) -> Caller {
    visit.caller = Some(Arc::clone(&caller.id));
    visit.permit = permit;
    caller
}

/// Whether a request is to become a job, by whom and whose.
fn deferred(
    request: &ServiceRequest,
    visit: &Visit,
    caller: Option<&Caller>,
) -> Option<(Wish, Arc<Deferrals>, Caller)> {
    visit.route.as_ref()?;
    let wish = Wish::of(request.method(), request.match_info().as_str(), request.headers())?;
    Some((wish, Arc::clone(request.app_data::<Arc<Deferrals>>()?), caller?.clone()))
}

/// The problem that an answer stands for, if it is none of the good ones.
fn problem_of<B>(response: &ServiceResponse<B>) -> Option<Problem> {
    let status = response.status();
    let is_problem = status.is_client_error() || status.is_server_error();
    if !is_problem || response.response().extensions().contains::<AsItWas>() {
        return None;
    }
    Some(match response.response().error() {
        Some(error) => Problem::of_framework(error),
        None => Problem::of_status(status),
    })
}
