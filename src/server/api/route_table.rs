//! Which paths exist and which methods they answer, taken from what the handlers document.
//!
//! The names of paths in logs come from here: templates, never what a caller wrote.

use std::{collections::HashMap, sync::Arc};

use actix_web::{dev::ResourceDef, http::Method};
use utoipa::openapi::{PathItem, path::Paths};

/// All paths that are documented.
pub(crate) struct RouteTable {
    exact: HashMap<String, Arc<Route>>,
    templates: Vec<(ResourceDef, Arc<Route>)>,
}

/// One path and what it answers.
#[derive(Debug)]
pub(crate) struct Route {
    /// The path, with names in braces for its variable parts.
    pub(crate) template: String,
    methods: Vec<Method>,
    /// The value of `Allow`.
    pub(crate) allow: String,
}

impl RouteTable {
    pub(crate) fn new(paths: &Paths) -> Self {
        let mut table = Self { exact: HashMap::new(), templates: Vec::new() };
        for (template, item) in &paths.paths {
            let route = Arc::new(Route::new(template, methods(item)));
            if template.contains('{') {
                table.templates.push((ResourceDef::new(template.as_str()), route));
            } else {
                table.exact.insert(template.clone(), route);
            }
        }
        table
    }

    /// The route of a path without its query string.
    pub(crate) fn find(&self, path: &str) -> Option<&Arc<Route>> {
        let template = || self.templates.iter().find(|(template, _)| template.is_match(path)).map(|(_, route)| route);
        self.exact.get(path).or_else(template)
    }
}

impl Route {
    fn new(template: &str, mut methods: Vec<Method>) -> Self {
        if methods.contains(&Method::GET) {
            methods.push(Method::HEAD);
        }
        methods.push(Method::OPTIONS);
        let allow = methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
        Self { template: template.to_owned(), methods, allow }
    }

    pub(crate) fn answers(&self, method: &Method) -> bool {
        self.methods.contains(method)
    }
}

fn methods(item: &PathItem) -> Vec<Method> {
    let operations = [
        (&item.get, Method::GET),
        (&item.post, Method::POST),
        (&item.put, Method::PUT),
        (&item.patch, Method::PATCH),
        (&item.delete, Method::DELETE),
    ];
    operations.into_iter().filter(|(operation, _)| operation.is_some()).map(|(_, method)| method).collect()
}

#[cfg(test)]
mod tests {
    use utoipa::openapi::{HttpMethod, PathsBuilder, path::Operation};

    use super::*;

    fn table() -> RouteTable {
        let paths = [
            ("/v1/things", HttpMethod::Get),
            ("/v1/things", HttpMethod::Post),
            ("/v1/things/{id}", HttpMethod::Delete),
            ("/v1/things/all", HttpMethod::Get),
        ];
        let paths = paths.into_iter().fold(PathsBuilder::new(), |paths, (path, method)| {
            paths.path(path, PathItem::new(method, Operation::new()))
        });
        RouteTable::new(&paths.build())
    }

    #[test]
    fn a_path_is_found_by_its_template_and_exact_ones_come_first() {
        let table = table();
        let template = |path| table.find(path).map(|route| route.template.as_str());
        assert_eq!(template("/v1/things"), Some("/v1/things"));
        assert_eq!(template("/v1/things/all"), Some("/v1/things/all"));
        assert_eq!(template("/v1/things/7"), Some("/v1/things/{id}"));
        assert_eq!(template("/v1/things/7/more"), None);
        assert_eq!(template("/v1/things/"), None);
    }

    #[test]
    fn what_a_path_answers_is_what_is_documented_and_what_follows_from_it() {
        let table = table();
        assert_eq!(table.find("/v1/things").unwrap().allow, "GET, POST, HEAD, OPTIONS");
        assert_eq!(table.find("/v1/things/7").unwrap().allow, "DELETE, OPTIONS");
        assert!(!table.find("/v1/things/7").unwrap().answers(&Method::GET));
    }
}
