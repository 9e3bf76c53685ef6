//! Where jobs run: an application of its own on a thread of its own, to which requests come that were taken elsewhere.

use std::{panic::AssertUnwindSafe, rc::Rc, sync::Arc};

use actix_http::{HttpMessage as _, Request, h1};
use actix_service::IntoServiceFactory as _;
use actix_web::{
    App, Error, HttpResponse,
    body::{MessageBody, to_bytes_limited},
    dev::{AppConfig, Service, ServiceFactory as _, ServiceResponse},
    http::{
        Method, Uri,
        header::{CONTENT_TYPE, HeaderMap},
    },
    rt::System,
};
use bytes::Bytes;
use futures::{FutureExt as _, future::LocalBoxFuture};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinSet,
};

use crate::{
    api::{
        Serves,
        caller::Caller,
        limits::Permit,
        problem::{Kind, Problem},
    },
    jobs::{Callback, MAX_ANSWER, Outcome, Run},
    upstream::Upstream,
};

/// Serves the requests that come through a channel.
pub(in crate::api) type MakeApp =
    Box<dyn Fn(UnboundedReceiver<Deferred>, Upstream) -> LocalBoxFuture<'static, ()> + Send + Sync>;

/// A request that was taken, and the job that it has become.
pub(crate) struct Deferred {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) pass: Pass,
    pub(super) run: Run,
    pub(super) callback: Option<Callback>,
}

/// Who asked, found out when the request was taken; the job counts as one of its running requests. An extension of a
/// request that only this module makes.
pub(crate) struct Pass {
    pub(in crate::api) caller: Caller,
    pub(in crate::api) permit: Option<Permit>,
}

/// Starts the thread. It ends when nobody can send to it any more.
pub(super) fn start(make_app: &Arc<MakeApp>, upstream: &Upstream) -> UnboundedSender<Deferred> {
    let (sender, queue) = unbounded_channel();
    let (make_app, upstream) = (Arc::clone(make_app), upstream.clone());
    let started = std::thread::Builder::new().name("jobs".to_owned()).spawn(move || {
        System::new().block_on(make_app(queue, upstream));
    });
    if let Err(error) = started {
        tracing::error!(%error, "jobs cannot be run");
    }
    sender
}

/// Runs what comes through the queue by an application.
pub(in crate::api) async fn serve<T: Serves + 'static>(
    app: App<T>,
    mut queue: UnboundedReceiver<Deferred>,
    upstream: Upstream,
) {
    let Ok(service) = app.into_factory().new_service(AppConfig::default()).await else {
        tracing::error!("jobs cannot be run: the application does not start");
        return;
    };
    let service = Rc::new(service);
    let mut running = JoinSet::new();
    loop {
        let deferred = tokio::select! {
            deferred = queue.recv() => deferred,
            Some(_) = running.join_next() => continue,
        };
        // When nothing comes any more, what runs is still finished.
        let Some(deferred) = deferred else { break };
        let (jobs, id) = (deferred.run.jobs().clone(), deferred.run.id);
        let abort = running.spawn_local(run(Rc::clone(&service), deferred, upstream.clone()));
        jobs.stopped_by(id, abort);
    }
    while running.join_next().await.is_some() {}
}

/// Runs one job to its end, or until nobody wants it any more.
async fn run<S, B>(service: Rc<S>, deferred: Deferred, upstream: Upstream)
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let Deferred { method, uri, headers, body, pass, run, callback } = deferred;
    let (_, mut payload) = h1::Payload::create(true);
    payload.unread_data(body);
    let mut request = Request::with_payload(payload.into());
    let head = request.head_mut();
    (head.method, head.uri, head.headers) = (method, uri, headers);
    request.extensions_mut().insert(pass);

    let answering = AssertUnwindSafe(answer(&*service, request)).catch_unwind();
    let outcome = tokio::select! {
        answered = answering => answered.unwrap_or_else(|_| Err(Problem::new(Kind::Internal))),
        () = run.until_cancelled() => return,
    };
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(problem) => of_response(problem.answer().map_into_boxed_body()).await.unwrap_or_else(|_| Outcome {
            status: problem.kind().status().as_u16(),
            content_type: String::new(),
            body: Bytes::new(),
        }),
    };
    let (id, told) = (run.id, callback.map(|callback| (callback, outcome.clone())));
    run.end(outcome).await;
    if let Some((callback, outcome)) = told {
        callback.tell(&upstream, id, &outcome).await;
    }
}

async fn answer<S, B>(service: &S, request: Request) -> Result<Outcome, Problem>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    match service.call(request).await {
        Ok(response) => of_response(response.into_parts().1).await,
        Err(error) => of_response(error.error_response()).await,
    }
}

/// What is kept of an answer.
async fn of_response<B: MessageBody>(response: HttpResponse<B>) -> Result<Outcome, Problem> {
    let status = response.status().as_u16();
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_owned();
    match to_bytes_limited(response.into_body(), MAX_ANSWER).await {
        Ok(Ok(body)) => Ok(Outcome { status, content_type, body }),
        Ok(Err(_)) => Err(Problem::new(Kind::Internal).caused_by("the answer broke off")),
        Err(_) => {
            let detail =
                format!("the answer is longer than the {MAX_ANSWER} bytes that are kept of a job: wait for it");
            Err(Problem::new(Kind::BodyTooLarge).detail(detail))
        }
    }
}
