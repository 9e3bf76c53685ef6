//! A file of templates: its metadata and defaults laid under each query, each query checked by itself.
//!
//! What is wrong with the file as a whole takes all of its queries down; what is wrong with one query takes only that one.

use std::sync::Arc;

use super::{
    Template,
    mistake::{Mistake, Mistakes},
    query::Query,
    yaml::{self, MOST_NODES, Node},
};

/// What a file holds.
#[derive(Debug)]
pub struct TemplateFile {
    /// The templates that are right.
    pub templates: Vec<Arc<Template>>,
    /// How many queries the file declares.
    pub declared: usize,
    /// What is wrong, in the order of the file.
    pub mistakes: Vec<Mistake>,
}

/// Reads a file of templates. `name` is how mistakes call it.
pub fn read_file(name: &str, text: &str) -> TemplateFile {
    let file: Arc<str> = name.into();
    let mut mistakes = Mistakes::new(Arc::clone(&file));
    let mut templates = Vec::new();
    let root = yaml::read(text, &mut mistakes);
    let sources = root.as_ref().and_then(|root| check_file(root, &mut mistakes));
    if let (Some(root), Some(sources)) = (&root, sources) {
        // What the queries share is repeated by each: a small file must not become many large ones.
        let mut nodes = 0;
        for (name, source) in sources.entries() {
            let query = Query { file: &file, root, name, source, mistakes: &mut mistakes };
            nodes += query.nodes();
            if nodes > MOST_NODES {
                mistakes.tell(
                    source.line,
                    "sources",
                    format!("the queries have more than {MOST_NODES} values together"),
                );
                break;
            }
            templates.extend(query.read());
        }
    }
    let declared = sources.map_or(0, |sources| sources.entries().len());
    let mut mistakes = mistakes.into_found();
    mistakes.sort_by_key(|mistake| mistake.line);
    TemplateFile { templates, declared, mistakes }
}

/// The queries of a file whose frame is right.
fn check_file<'a>(root: &'a Node, mistakes: &mut Mistakes) -> Option<&'a Node> {
    if root.is_empty() {
        mistakes.tell(1, "", "the file is empty");
        return None;
    }
    if root.entries().is_empty() {
        mistakes.tell(root.line, "", "the file is not a map with metadata and sources");
        return None;
    }
    let before = mistakes.count();
    match root.at("metadata") {
        None => mistakes.tell(root.line, "metadata", "missing; it says data_environments and data_families"),
        Some(metadata) => {
            for key in ["data_environments", "data_families"] {
                let path = format!("metadata.{key}");
                match metadata.at(key) {
                    Some(list) if list.texts().is_some_and(|texts| !texts.is_empty()) => {}
                    Some(list) => mistakes.tell(list.line, path, "must be a list of at least one name"),
                    None => mistakes.tell(metadata.line, path, "missing; it is a list of at least one name"),
                }
            }
        }
    }
    let sources = root.at("sources");
    match sources {
        Some(sources) if !sources.entries().is_empty() => {}
        Some(sources) => mistakes.tell(sources.line, "sources", "must be a map of at least one query by its name"),
        None => mistakes.tell(root.line, "sources", "missing; it is a map of queries by their names"),
    }
    sources.filter(|_| mistakes.count() == before)
}
