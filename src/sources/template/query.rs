//! One query of a file: what it says laid over what the file says, checked, and made a template.

use std::sync::Arc;

use super::{
    Pivot, Routing, Template,
    body::{self, Body, BodyMistake},
    mistake::Mistakes,
    parameter::{Argument, Parameter, ParameterType},
    text::{LONGEST, replace_macros},
    yaml::Node,
};
use crate::{Dialect, Environment};

/// A query while it is read.
pub(super) struct Query<'a> {
    pub(super) file: &'a Arc<str>,
    pub(super) root: &'a Node,
    pub(super) name: &'a Arc<str>,
    pub(super) source: &'a Node,
    pub(super) mistakes: &'a mut Mistakes,
}

impl Query<'_> {
    fn tell(&mut self, line: usize, path: &str, what: impl Into<String>) {
        let path =
            if path.is_empty() { format!("sources.{}", self.name) } else { format!("sources.{}.{path}", self.name) };
        self.mistakes.tell(line, path, what);
    }

    /// How many nodes it is made of, with what it takes over from the file.
    pub(super) fn nodes(&self) -> usize {
        let shared = [self.root.at("metadata"), self.root.at("defaults")];
        shared.into_iter().flatten().fold(self.source.nodes, |sum, node| sum.saturating_add(node.nodes))
    }

    /// The part of the query laid over that of the defaults, and over that of the file.
    fn merged(&self, key: &str) -> Option<Node> {
        let of_file = if key == "metadata" { self.root.at(key) } else { None };
        let of_defaults = self.root.at("defaults").and_then(|defaults| defaults.at(key));
        let layers = [of_file, of_defaults, self.source.at(key)];
        layers.into_iter().flatten().cloned().reduce(|base, over| base.overlaid(&over))
    }

    /// One template for each dialect of its environments: nearly always one.
    pub(super) fn read(mut self) -> Vec<Arc<Template>> {
        let before = self.mistakes.count();
        let Some((query, text)) = self.text() else { return Vec::new() };
        let parameters = self.parameters();
        let Some(metadata) = self.merged("metadata") else { return Vec::new() };
        let families = self.names(&metadata, "data_families");
        let environments: Vec<_> =
            self.names(&metadata, "data_environments").iter().map(|name| Environment::named(name)).collect();
        let stated = metadata.at("dialect").and_then(|dialect| {
            let named = dialect.text().and_then(Dialect::named);
            if named.is_none() {
                let names: Vec<_> = Dialect::names().collect();
                self.tell(dialect.line, "metadata.dialect", format!("not a dialect; allowed are {}", names.join(", ")));
            }
            named
        });
        let mut by_dialect: Vec<(Dialect, Vec<Environment>)> = Vec::new();
        for environment in environments {
            let dialect = stated.unwrap_or_else(|| likely(environment.dialect(), &text));
            match by_dialect.iter_mut().find(|(known, _)| *known == dialect) {
                Some((_, environments)) if environments.contains(&environment) => {}
                Some((_, environments)) => environments.push(environment),
                None => by_dialect.push((dialect, vec![environment])),
            }
        }
        let Some(parameters) = parameters.filter(|_| self.mistakes.count() == before) else { return Vec::new() };
        let mut templates = Vec::new();
        for (dialect, environments) in by_dialect {
            let (described, formats): (Vec<_>, Vec<_>) =
                parameters.iter().map(|(parameter, format)| (parameter.clone(), format.clone())).unzip();
            match body::compile(dialect, &text, &described, &formats) {
                Ok(body) => templates.push(Arc::new(self.template(
                    Frame { dialect, environments, families: families.clone(), metadata: &metadata, text: &text },
                    described,
                    body,
                ))),
                Err(mistakes) => {
                    for mistake in mistakes {
                        let line = match &mistake {
                            BodyMistake::NotJson(line) => query.line + line,
                            BodyMistake::Undeclared(name) => query.line + line_of(&text, name),
                            _ => query.line,
                        };
                        self.tell(line, "args.query", mistake.to_string());
                    }
                    break;
                }
            }
        }
        templates
    }

    /// The query's text, and where it stands.
    fn text(&mut self) -> Option<(Node, String)> {
        if self.source.entries().is_empty() {
            self.tell(self.source.line, "", "must be a map with args and its query");
            return None;
        }
        let Some(args) = self.source.at("args").cloned() else {
            self.tell(self.source.line, "args", "missing; it holds the query");
            return None;
        };
        let query = args.at("query").cloned();
        match query.as_ref().and_then(Node::text) {
            Some(text) if !text.trim().is_empty() => {
                let text = replace_macros(text, self.source.at("query_macros"));
                if text.is_none() {
                    let line = query.as_ref().map_or(args.line, |query| query.line);
                    self.tell(line, "args.query", format!("longer than {LONGEST} bytes, macros replaced"));
                }
                text.and_then(|text| Some((query?, text.trim().to_owned())))
            }
            _ => {
                self.tell(
                    query.map_or(args.line, |query| query.line),
                    "args.query",
                    "missing; it is the text of the query",
                );
                None
            }
        }
    }

    fn names(&mut self, metadata: &Node, key: &str) -> Vec<Arc<str>> {
        let names = metadata.at(key).map(|node| (node.line, node.texts()));
        match names {
            Some((_, Some(names))) if !names.is_empty() => names.into_iter().map(Into::into).collect(),
            found => {
                let line = found.map_or(self.source.line, |(line, _)| line);
                self.tell(line, &format!("metadata.{key}"), "must be a list of at least one name");
                Vec::new()
            }
        }
    }

    /// The parameters with their formats; none if one of them is wrong.
    fn parameters(&mut self) -> Option<Vec<(Parameter, Option<String>)>> {
        let Some(merged) = self.merged("parameters") else { return Some(Vec::new()) };
        if merged.entries().is_empty() && !merged.is_empty() {
            self.tell(merged.line, "parameters", "must be a map of parameters by their names");
            return None;
        }
        // All are read before any mistake counts.
        let read: Vec<_> = merged.entries().iter().map(|(name, node)| self.parameter(name, node)).collect();
        read.into_iter().collect()
    }

    fn parameter(&mut self, name: &Arc<str>, node: &Node) -> Option<(Parameter, Option<String>)> {
        let before = self.mistakes.count();
        let path = |key: &str| format!("parameters.{name}.{key}");
        let type_name: Arc<str> = match node.at("type").map(|node| (node.line, node.text())) {
            Some((_, Some(text))) => text.into(),
            found => {
                self.tell(
                    found.map_or(node.line, |(line, _)| line),
                    &path("type"),
                    "missing; it is such as str, int, datetime or list",
                );
                return None;
            }
        };
        let kind = ParameterType::named(&type_name);
        let default = node.at("default").map(|default| match default.text() {
            // Of a text nothing is read into.
            Some(text) if kind == ParameterType::Text => text.into(),
            _ => default.json(),
        });
        let mut list = |key: &str| -> Vec<Arc<str>> {
            match node.at(key).map(|list| (list.line, list.texts())) {
                Some((line, None)) => {
                    self.tell(line, &path(key), "must be a list of texts");
                    Vec::new()
                }
                texts => texts.and_then(|(_, texts)| texts).into_iter().flatten().map(Into::into).collect(),
            }
        };
        let (aliases, values) = (list("aliases"), list("values"));
        let format = node.at("format").and_then(Node::text).map(str::to_owned);
        let description = node.at("description").and_then(Node::text).map(Into::into);
        let parameter =
            Parameter { name: Arc::clone(name), kind, type_name, description, default, aliases, values, is_raw: false };
        if let Some(default) = &parameter.default
            && parameter.kind == ParameterType::Instant
            && parameter.read(default, chrono::DateTime::UNIX_EPOCH).is_err()
        {
            let line = node.at("default").map_or(node.line, |node| node.line);
            self.tell(line, &path("default"), format!("must be {}", parameter.kind.expects()));
        }
        (self.mistakes.count() == before).then_some((parameter, format))
    }

    fn template(&self, frame: Frame<'_>, mut parameters: Vec<Parameter>, body: Body) -> Template {
        let Frame { dialect, environments, families, metadata, text } = frame;
        for (position, parameter) in parameters.iter_mut().enumerate() {
            parameter.is_raw =
                parameter.kind == ParameterType::Text && parameter.values.is_empty() && body.is_open(position);
        }
        let defaults = parameters
            .iter()
            .enumerate()
            .map(|(position, parameter)| match &parameter.default {
                // What nothing uses need not be given.
                None if !body.uses(position) && parameter.kind != ParameterType::Instant => {
                    Some(Argument::Text(String::new()))
                }
                None => None,
                Some(_) if parameter.kind == ParameterType::Instant => None,
                // Text is the author's, and so is what a caller may not write.
                Some(default) => {
                    let verbatim = || default.as_str().map_or_else(|| default.to_string(), str::to_owned);
                    Some(match parameter.read(default, chrono::DateTime::UNIX_EPOCH) {
                        Ok(Argument::Text(text)) => Argument::Verbatim(text),
                        Ok(argument) => argument,
                        Err(_) => Argument::Verbatim(verbatim()),
                    })
                }
            })
            .collect();
        let shared = |node: Option<&Node>| node.and_then(Node::text).map(Into::into);
        let list = |key: &str| -> Vec<Arc<str>> {
            metadata.at(key).and_then(Node::texts).into_iter().flatten().map(Into::into).collect()
        };
        let pivot = metadata.at("pivot");
        let direct = pivot.and_then(|pivot| pivot.at("direct_func_entities")).and_then(Node::texts);
        let tables = match list("tables") {
            tables if tables.is_empty() => tables_of(dialect, text, &parameters),
            tables => tables,
        };
        Template {
            name: Arc::clone(self.name),
            description: shared(self.source.at("description")),
            environments,
            families,
            dialect,
            text: text.into(),
            tables,
            pivot: Pivot {
                short_name: shared(pivot.and_then(|pivot| pivot.at("short_name"))),
                direct_entities: direct.into_iter().flatten().map(Into::into).collect(),
            },
            routing: Routing {
                database: shared(metadata.at("database")),
                cluster: shared(metadata.at("cluster")),
                clusters: list("clusters"),
                cluster_groups: list("cluster_groups"),
            },
            data_source: shared(metadata.at("data_source")),
            tags: list("tags"),
            uri: shared(self.source.at("args").and_then(|args| args.at("uri")))
                .filter(|uri: &Arc<str>| &**uri != "None"),
            file: Arc::clone(self.file),
            line: self.source.line,
            parameters,
            body,
            defaults,
        }
    }
}

/// What all templates of one query share.
struct Frame<'a> {
    dialect: Dialect,
    environments: Vec<Environment>,
    families: Vec<Arc<str>>,
    metadata: &'a Node,
    text: &'a str,
}

/// Elasticsearch takes JSON and ES|QL.
fn likely(dialect: Dialect, text: &str) -> Dialect {
    if dialect == Dialect::ElasticJson && !text.trim_start().starts_with('{') { Dialect::EsQl } else { dialect }
}

/// How far below the key of a block of text the first use of a name is.
fn line_of(text: &str, name: &str) -> usize {
    text.lines().position(|line| line.contains(&format!("{{{name}}}"))).map_or(0, |line| line + 1)
}

/// The table that the author names, or with which a KQL query begins.
fn tables_of(dialect: Dialect, text: &str, parameters: &[Parameter]) -> Vec<Arc<str>> {
    let named = parameters.iter().find(|parameter| &*parameter.name == "table");
    let named = named.and_then(|parameter| parameter.default.as_ref()?.as_str()?.split_whitespace().next());
    let is_name = |word: &&str| {
        word.starts_with(char::is_alphabetic) && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let first = || text.split_whitespace().next().filter(is_name).filter(|word| !matches!(*word, "let" | "union"));
    named.or_else(|| first().filter(|_| dialect == Dialect::Kql)).into_iter().map(Into::into).collect()
}
