//! Variables of the environment to values: `PIVOTD__SECTION__KEY=value`.
//!
//! Two underscores separate levels, numbers are places in a list, case does not matter. Names with one underscore are not
//! looked at: Kubernetes makes such names for a service that is called pivotd.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    mistake::{Mistake, Origin},
    node::{Map, Node, Value},
    yaml,
};

const PREFIX: &str = "PIVOTD__";

/// Reads all variables of ours.
pub(super) fn read(environment: &BTreeMap<String, String>) -> Result<Node, Vec<Mistake>> {
    let mut root = Map::new();
    let mut mistakes = Vec::new();
    for (name, text) in environment {
        let Some(path) = name.get(..PREFIX.len()).filter(|start| start.eq_ignore_ascii_case(PREFIX)) else { continue };
        let path = name.get(path.len()..).unwrap_or_default().to_lowercase();
        let origin = Origin::Environment(Arc::from(name.as_str()));
        let told = value(text, &origin).and_then(|node| {
            let parts: Vec<&str> = path.split("__").collect();
            insert(&mut root, &parts, node).map_err(|what| {
                vec![Mistake {
                    key: path.replace("__", "."),
                    what: what.to_owned(),
                    origin,
                    allowed: "PIVOTD__SECTION__KEY, each once".to_owned(),
                }]
            })
        });
        mistakes.extend(told.err().unwrap_or_default());
    }
    let mut root = Node { value: Value::Map(root), origin: Origin::Environment(PREFIX.into()) };
    make_lists(&mut root, "", &mut mistakes);
    if mistakes.is_empty() { Ok(root) } else { Err(mistakes) }
}

/// Text as it is, unless it begins as YAML's lists, maps and quoted texts do. So keys need no quoting.
fn value(text: &str, origin: &Origin) -> Result<Node, Vec<Mistake>> {
    let text = text.trim();
    if text.starts_with(['[', '{', '"', '\'']) {
        return yaml::read(text, &|_| origin.clone());
    }
    let value = match text {
        "" | "~" | "null" => Value::Null,
        text => Value::Text(text.to_owned()),
    };
    Ok(Node { value, origin: origin.clone() })
}

fn insert(map: &mut Map, path: &[&str], node: Node) -> Result<(), &'static str> {
    match path {
        [] | ["", ..] => Err("the name of the variable has an empty part"),
        [key] => match map.insert((*key).to_owned(), node) {
            None => Ok(()),
            Some(_) => Err("set by two variables, or whole and in parts"),
        },
        [key, rest @ ..] => {
            let inner = Node { value: Value::Map(Map::new()), origin: node.origin.clone() };
            match &mut map.entry((*key).to_owned()).or_insert(inner).value {
                Value::Map(inner) => insert(inner, rest, node),
                _ => Err("set by two variables, or whole and in parts"),
            }
        }
    }
}

/// Maps whose keys are all numbers become lists.
fn make_lists(node: &mut Node, path: &str, mistakes: &mut Vec<Mistake>) {
    let Value::Map(map) = &mut node.value else { return };
    for (key, inner) in map.iter_mut() {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        make_lists(inner, &path, mistakes);
    }
    let places: Option<BTreeMap<usize, &Node>> =
        map.iter().map(|(key, node)| Some((key.parse().ok()?, node))).collect();
    let Some(places) = places.filter(|places| !places.is_empty()) else { return };
    if places.keys().copied().eq(0..map.len()) {
        node.value = Value::List(places.into_values().cloned().collect());
    } else {
        mistakes.push(Mistake {
            key: path.to_owned(),
            what: "the places in the list have gaps".to_owned(),
            origin: node.origin.clone(),
            allowed: "places from 0 on, each once: …__0, …__1".to_owned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables<const N: usize>(variables: [(&str, &str); N]) -> BTreeMap<String, String> {
        variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    fn at<'a>(mut node: &'a Node, path: &[&str]) -> &'a Node {
        for key in path {
            node = match &node.value {
                Value::Map(map) => &map[*key],
                Value::List(items) => &items[key.parse::<usize>().unwrap()],
                _ => panic!("no {key}"),
            };
        }
        node
    }

    fn text(node: &Node) -> &str {
        match &node.value {
            Value::Text(text) => text,
            _ => panic!("no text"),
        }
    }

    #[test]
    fn names_are_paths_and_numbers_are_places() {
        let root = read(&variables([
            ("PIVOTD__SERVER__DRAIN_S", "5"),
            ("pivotd__auth__api_keys__1__id", "b"),
            ("PIVOTD__AUTH__API_KEYS__0__ID", "a"),
            ("PIVOTD__PROVIDERS__X", "{ key: { env: K } }"),
            ("PIVOTD_PORT", "tcp://10.0.0.1:80"),
            ("PATH", "/bin"),
        ]))
        .unwrap_or_else(|_| panic!("read"));
        assert_eq!(text(at(&root, &["server", "drain_s"])), "5");
        assert_eq!(text(at(&root, &["auth", "api_keys", "0", "id"])), "a");
        assert_eq!(text(at(&root, &["auth", "api_keys", "1", "id"])), "b");
        assert_eq!(text(at(&root, &["providers", "x", "key", "env"])), "K");
        let origin = &at(&root, &["server", "drain_s"]).origin;
        assert_eq!(origin.to_string(), "environment PIVOTD__SERVER__DRAIN_S");
        assert!(matches!(&root.value, Value::Map(map) if map.len() == 3));
    }

    #[test]
    fn a_value_is_its_text_however_it_looks_to_yaml() {
        for odd in ["a: b", "x #y", "*star", "&and", "!bang", "yes", "0777", "%d"] {
            let root = read(&variables([("PIVOTD__K", odd)])).unwrap_or_else(|_| panic!("read"));
            assert_eq!(text(at(&root, &["k"])), odd);
        }
        let root = read(&variables([("PIVOTD__K", "\"[x]\"")])).unwrap_or_else(|_| panic!("read"));
        assert_eq!(text(at(&root, &["k"])), "[x]");
        let root = read(&variables([("PIVOTD__K", "")])).unwrap_or_else(|_| panic!("read"));
        assert!(at(&root, &["k"]).value == Value::Null);
    }

    #[test]
    fn contradictions_and_gaps_are_mistakes() {
        let told = |variables: BTreeMap<_, _>| read(&variables).err().unwrap()[0].to_string();
        assert!(told(variables([("PIVOTD__A", "1"), ("PIVOTD__A__B", "2")])).contains("whole and in parts"));
        assert!(told(variables([("PIVOTD__A", "1"), ("pivotd__a", "2")])).contains("two variables"));
        assert!(told(variables([("PIVOTD__L__0", "1"), ("PIVOTD__L__2", "2")])).starts_with("l: the places"));
        assert!(told(variables([("PIVOTD__", "1")])).contains("empty part"));
        assert!(told(variables([("PIVOTD__A__", "1")])).contains("empty part"));
        assert!(told(variables([("PIVOTD__K", "{s3cret")])).contains("not valid YAML"));
    }
}
