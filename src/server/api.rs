//! The HTTP edge: who calls, what they may ask, how it is answered, and how it is documented.
//!
//! An operation is registered once, by its handler; the route, its documentation and the methods that its path answers all
//! come from there.

mod admin;
mod arrival;
mod body;
mod caller;
mod enrich;
mod entities;
mod etag;
mod guard;
mod health;
mod iocs;
mod ip;
mod limits;
mod observables;
mod openapi;
mod problem;
mod query_string;
mod route_table;
mod serve;
mod ti;

use std::sync::Arc;

use actix_web::{
    App, Error,
    body::MessageBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::Compress,
    web::{Data, PathConfig},
};
use arc_swap::ArcSwap;
pub use arrival::TraceId;
pub use body::Body;
pub use caller::{Allowed, Caller, Callers, FetchJwks, OpenToAll, Permission, Scopes, Unfetched, new_key, scope};
pub use etag::Tagged;
pub use health::Health;
pub use limits::RequestLimits;
pub use problem::{Kind, Problem};
pub use query_string::QueryString;
pub use serve::{Application, LoadAgain, Reload, StartError, Stop};
use utoipa::openapi::OpenApi;
use utoipa_actix_web::{AppExt as _, service_config::ServiceConfig};

use self::{guard::Guard, limits::CallerLimits, openapi::Documents, route_table::RouteTable};
use crate::settings::{LimitSettings, ServerSettings};

/// Registers operations.
pub type Routes = fn(&mut ServiceConfig<'_>);

/// The operations of the service, one line for each resource.
fn resources(config: &mut ServiceConfig<'_>) {
    config
        .configure(enrich::routes)
        .configure(ti::routes)
        .configure(ip::routes)
        .configure(iocs::routes)
        .configure(entities::routes)
        .configure(admin::routes);
}

/// The edge, from which each worker makes its own [`App`].
#[derive(Clone)]
pub struct Api {
    edge: Arc<Edge>,
    request_limits: RequestLimits,
    documents: Data<Documents>,
    health: Data<Health>,
    resources: Routes,
}

/// What the middleware asks.
pub(crate) struct Edge {
    callers: ArcSwap<Callers>,
    limits: CallerLimits,
    routes: RouteTable,
}

impl Api {
    /// Puts the edge together.
    pub fn new(server: &ServerSettings, limits: &LimitSettings, callers: Arc<Callers>, health: Health) -> Self {
        Self::with_resources(server, limits, callers, health, resources)
    }

    fn with_resources(
        server: &ServerSettings,
        limits: &LimitSettings,
        callers: Arc<Callers>,
        health: Health,
        resources: Routes,
    ) -> Self {
        let mut documentation = collect(resources);
        openapi::complete(&mut documentation, server);
        let edge = Edge {
            callers: ArcSwap::new(callers),
            limits: CallerLimits::new(limits),
            routes: RouteTable::new(&documentation),
        };
        Self {
            edge: Arc::new(edge),
            request_limits: RequestLimits::new(limits),
            documents: Data::new(Documents::new(&documentation)),
            health: Data::new(health),
            resources,
        }
    }

    /// Changes who may call, for requests that have not arrived yet.
    pub fn replace_callers(&self, callers: Arc<Callers>) {
        self.edge.callers.store(callers);
    }

    /// The application, for one worker. What handlers need is added to it as data.
    pub fn app(&self) -> App<impl Serves + use<>> {
        let resources = self.resources;
        self.bare_app()
            .app_data(self.request_limits)
            .app_data(PathConfig::default().error_handler(|_, _| {
                Problem::new(Kind::Invalid).detail("a part of the path is not what the operation expects").into()
            }))
            .app_data(self.documents.clone())
            .configure(|config| all_routes(&mut ServiceConfig::new(config), resources))
            .configure(openapi::page)
            .configure(health::redirects)
    }

    /// Health and metrics alone, for a listener of their own.
    pub fn ops_app(&self) -> App<impl Serves + use<>> {
        self.bare_app().configure(|config| health::routes(&mut ServiceConfig::new(config)))
    }

    fn bare_app(&self) -> App<impl Serves + use<>> {
        App::new().app_data(self.health.clone()).wrap(Compress::default()).wrap(Guard(Arc::clone(&self.edge)))
    }
}

/// The three documents for a service with these settings: the name of each file and its text.
pub fn documents(server: &ServerSettings) -> Vec<(&'static str, String)> {
    let mut documentation = collect(resources);
    openapi::complete(&mut documentation, server);
    let text = |document| format!("{document:#}\n");
    openapi::all_three(&documentation).map(|(name, document)| (name, text(document))).to_vec()
}

fn all_routes(config: &mut ServiceConfig<'_>, resources: Routes) {
    config.configure(resources).configure(health::routes).configure(openapi::routes).configure(problem::routes);
}

/// The documentation of all operations.
fn collect(resources: Routes) -> OpenApi {
    App::new().into_utoipa_app().configure(|config| all_routes(config, resources)).split_for_parts().1
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
