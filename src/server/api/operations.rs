//! Where operations are registered: with a worker that serves them, with the table of routes, or with the documents.
//!
//! A worker takes the handlers alone: descriptions of all operations take more memory than all that it serves.

use actix_web::{dev::HttpServiceFactory, web::ServiceConfig};
use utoipa::openapi::{OpenApi, path::Paths};
use utoipa_actix_web::OpenApiFactory;

/// Takes operations, each by its handler.
pub enum Operations<'a> {
    /// Served.
    Served(&'a mut ServiceConfig),
    /// Known by path and method.
    Listed(&'a mut Paths),
    /// Described, with all that they take and answer.
    Described(&'a mut OpenApi),
}

impl Operations<'_> {
    /// Registers an operation.
    pub fn service(&mut self, operation: impl HttpServiceFactory + OpenApiFactory + 'static) -> &mut Self {
        match self {
            Self::Served(config) => {
                config.service(operation);
            }
            Self::Listed(paths) => paths.merge(operation.paths()),
            Self::Described(api) => {
                api.paths.merge(operation.paths());
                let mut schemas = Vec::new();
                operation.schemas(&mut schemas);
                api.components.get_or_insert_default().schemas.extend(schemas);
            }
        }
        self
    }

    /// Registers the operations of a resource.
    pub fn configure(&mut self, resource: impl FnOnce(&mut Operations<'_>)) -> &mut Self {
        resource(self);
        self
    }
}
