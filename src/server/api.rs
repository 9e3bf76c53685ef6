//! The HTTP edge: who calls, what they may ask, how it is answered, and how it is documented.
//!
//! An operation is registered once, by its handler; the route, its documentation and the methods that its path answers all
//! come from there.

mod accept;
mod admin;
mod analysis;
mod arm;
mod arrival;
mod asn;
mod auditd;
mod azure;
mod body;
mod caller;
mod command_line;
mod context;
mod datasets;
mod decode;
mod dns;
mod enrich;
mod entities;
mod etag;
mod geo;
mod given;
mod guard;
mod health;
mod iocs;
mod ip;
mod jobs;
mod limits;
mod mask;
mod mitre;
mod names;
mod observables;
mod openapi;
mod operations;
mod page;
mod pipelines;
mod pivots;
mod plots;
mod powershell;
mod problem;
mod process_tree;
mod queries;
mod query_string;
mod route_table;
mod sentinel;
mod serve;
mod sources;
mod syslog;
mod tables;
mod ti;
mod tls;
mod whois;
mod windows_events;

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

use actix_web::{
    App, Error, HttpRequest,
    body::MessageBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::Compress,
    web::{Data, PathConfig},
};
use arc_swap::ArcSwap;
pub use body::Body;
use bytes::Bytes;
pub use caller::{Allowed, Caller, Callers, FetchJwks, OpenToAll, Permission, Scopes, Unfetched, new_key, scope};
pub use etag::Tagged;
pub use health::Health;
pub use limits::RequestLimits;
pub use operations::Operations;
pub use problem::{Kind, Problem};
pub use query_string::QueryString;
pub use serve::{Application, LoadAgain, Reload, StartError, Stop};
use url::Url;
use utoipa::openapi::{OpenApi, path::Paths};

use self::{guard::Guard, limits::CallerLimits, openapi::Documents, route_table::RouteTable};
use crate::{
    settings::{LimitSettings, ServerSettings},
    telemetry::Metrics,
};

/// Registers operations.
pub type Routes = fn(&mut Operations<'_>);

/// The operations of the service, one line for each resource.
fn resources(operations: &mut Operations<'_>) {
    operations
        .configure(enrich::routes)
        .configure(ti::routes)
        .configure(context::routes)
        .configure(ip::routes)
        .configure(whois::routes)
        .configure(asn::routes)
        .configure(dns::routes)
        .configure(names::routes)
        .configure(tls::routes)
        .configure(geo::routes)
        .configure(iocs::routes)
        .configure(queries::routes)
        .configure(decode::routes)
        .configure(process_tree::routes)
        .configure(auditd::routes)
        .configure(syslog::routes)
        .configure(command_line::routes)
        .configure(mask::routes)
        .configure(powershell::routes)
        .configure(windows_events::routes)
        .configure(entities::routes)
        .configure(analysis::routes)
        .configure(sources::routes)
        .configure(datasets::routes)
        .configure(mitre::routes)
        .configure(pivots::routes)
        .configure(pipelines::routes)
        .configure(plots::routes)
        .configure(sentinel::routes)
        .configure(azure::routes)
        .configure(jobs::routes)
        .configure(admin::routes);
}

/// The edge, from which each worker makes its own [`App`].
#[derive(Clone)]
pub struct Api {
    edge: Arc<Edge>,
    documents: Data<Documents>,
    health: Data<Health>,
    resources: Routes,
}

/// What the middleware and the extractors ask.
pub(crate) struct Edge {
    rules: ArcSwap<Rules>,
    routes: RouteTable,
    metrics: Metrics,
    /// What stands before a path in an address that callers can use.
    public_base: OnceLock<String>,
}

impl Edge {
    /// What stands before a path in an address that callers can use; nothing if nobody knows.
    fn public_base(request: &HttpRequest) -> &str {
        let edge = request.app_data::<Arc<Self>>();
        edge.and_then(|edge| edge.public_base.get()).map(String::as_str).unwrap_or_default()
    }
}

/// What can be changed while the service runs.
struct Rules {
    callers: Arc<Callers>,
    caller_limits: CallerLimits,
    request_limits: RequestLimits,
}

impl Rules {
    fn new(callers: Arc<Callers>, limits: &LimitSettings) -> Self {
        Self { callers, caller_limits: CallerLimits::new(limits), request_limits: RequestLimits::new(limits) }
    }
}

impl Api {
    /// Puts the edge together.
    pub fn new(
        server: &ServerSettings,
        limits: &LimitSettings,
        callers: Arc<Callers>,
        health: Health,
        metrics: Metrics,
    ) -> Self {
        Self::serving(resources, server, limits, callers, health, metrics)
    }

    fn serving(
        resources: Routes,
        server: &ServerSettings,
        limits: &LimitSettings,
        callers: Arc<Callers>,
        health: Health,
        metrics: Metrics,
    ) -> Self {
        let mut paths = Paths::new();
        all_routes(&mut Operations::Listed(&mut paths), resources);
        let edge = Edge {
            rules: ArcSwap::from_pointee(Rules::new(callers, limits)),
            routes: RouteTable::new(&paths),
            metrics,
            public_base: OnceLock::new(),
        };
        let server = server.clone();
        Self {
            edge: Arc::new(edge),
            documents: Data::new(Documents::new(move || document(&server, resources))),
            health: Data::new(health),
            resources,
        }
    }

    /// Says where it is served, for addresses in answers: as the settings say, or at an address that it listens on.
    pub(crate) fn served_at(&self, public_url: Option<&Url>, address: SocketAddr) {
        let base = match public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            // Nobody can call an address that stands for all.
            None if address.ip().is_unspecified() => String::new(),
            None => format!("http://{address}"),
        };
        self.edge.public_base.get_or_init(|| base);
    }

    /// Changes who may call and how much, for requests that have not arrived yet.
    pub fn replace_rules(&self, callers: Arc<Callers>, limits: &LimitSettings) {
        self.edge.rules.store(Arc::new(Rules::new(callers, limits)));
    }

    /// The application, for one worker. What handlers need is added to it as data.
    pub fn app(&self) -> App<impl Serves + use<>> {
        let resources = self.resources;
        self.bare_app()
            .app_data(Arc::clone(&self.edge))
            .app_data(PathConfig::default().error_handler(|_, _| {
                Problem::new(Kind::Invalid).detail("a part of the path is not what the operation expects").into()
            }))
            .app_data(self.documents.clone())
            .configure(|config| all_routes(&mut Operations::Served(config), resources))
            .configure(openapi::page)
            .configure(health::redirects)
    }

    /// Health and metrics alone, for a listener of their own.
    pub fn ops_app(&self) -> App<impl Serves + use<>> {
        self.bare_app().configure(|config| health::routes(&mut Operations::Served(config)))
    }

    fn bare_app(&self) -> App<impl Serves + use<>> {
        App::new().app_data(self.health.clone()).wrap(Compress::default()).wrap(Guard(Arc::clone(&self.edge)))
    }
}

fn all_routes(operations: &mut Operations<'_>, resources: Routes) {
    operations.configure(resources).configure(health::routes).configure(openapi::routes).configure(problem::routes);
}

/// The documentation of all operations.
fn document(server: &ServerSettings, resources: Routes) -> OpenApi {
    let mut collected = OpenApi::default();
    all_routes(&mut Operations::Described(&mut collected), resources);
    openapi::complete(&mut collected, server);
    collected
}

/// The documents by file name: OpenAPI 3.1, OpenAPI 3.0 and Swagger 2.0.
pub fn documents(server: &ServerSettings) -> [(&'static str, Bytes); 3] {
    openapi::files(&document(server, resources))
}

/// What an [`App`] is made of; a name for a bound that the framework spells out.
pub trait Serves:
    ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<Self::Body>, Error = Error, InitError = ()>
{
    /// The body of the answers.
    type Body: MessageBody;
}

impl<S, B> Serves for S
where
    S: ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<B>, Error = Error, InitError = ()>,
    B: MessageBody,
{
    type Body = B;
}

#[cfg(test)]
mod tests;
