//! The pack loads without a mistake, and every query of it renders to what stands beside its file.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use serde_json::{Map, Value, json};

use super::PACK;
use crate::{Arguments, ParameterType, Template, read_file};

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../queries"))
}

/// A value of each type, where one has to be given.
fn samples(template: &Template) -> Map<String, Value> {
    let needed = template.parameters.iter().filter(|parameter| parameter.default.is_none());
    let sample = |name: &str, kind: &ParameterType| match kind {
        ParameterType::Text => json!(format!("some {name}")),
        ParameterType::Integer => json!(443),
        ParameterType::Real => json!(2.5),
        ParameterType::Boolean => json!(true),
        ParameterType::List => json!(["one", "two"]),
        ParameterType::Timespan => json!("1h"),
        ParameterType::Identifier => json!("SecurityEvent"),
        ParameterType::Instant if name == "start" => json!("2024-05-01T00:00:00Z"),
        ParameterType::Instant => json!("2024-05-02T00:00:00Z"),
    };
    needed.map(|parameter| (parameter.name.to_string(), sample(&parameter.name, &parameter.kind))).collect()
}

fn render(template: &Template) -> String {
    let parameters = samples(template);
    // Times that have defaults are seen from here.
    let now = "2024-05-08T00:00:00Z".parse().unwrap();
    let given = Arguments { parameters: &parameters, start: None, end: None, allow_raw: true };
    template.render(given, now).unwrap_or_else(|refusals| panic!("{}: {refusals:#?}", template.name)).query
}

#[test]
fn the_list_names_every_file_of_the_folder() {
    let mut found = BTreeSet::new();
    for environment in fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for file in fs::read_dir(&environment).unwrap().map(|entry| entry.unwrap().path()) {
            if file.extension().is_some_and(|extension| extension == "yaml") {
                found.insert(file.strip_prefix(folder()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    assert_eq!(PACK.iter().map(|(name, _)| (*name).to_owned()).collect::<BTreeSet<_>>(), found);
}

#[test]
fn every_file_loads_without_a_mistake() {
    let mistakes: Vec<String> =
        PACK.iter().flat_map(|(name, text)| read_file(name, text).mistakes).map(|it| it.to_string()).collect();
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn no_two_queries_have_one_address() {
    let mut seen = BTreeMap::new();
    for (file, text) in PACK {
        for template in read_file(file, text).templates {
            for environment in &template.environments {
                for family in &template.families {
                    let address = format!("{environment}/{family}/{}", template.name);
                    assert_eq!(seen.insert(address.clone(), *file), None, "{address} is in {file} and elsewhere");
                }
            }
        }
    }
    assert!(seen.len() > 600, "{}", seen.len());
}

#[test]
fn every_query_is_described_and_so_is_every_parameter() {
    for (file, text) in PACK {
        for template in read_file(file, text).templates {
            assert!(template.description.is_some(), "{file}: {}", template.name);
            for parameter in &template.parameters {
                assert!(parameter.description.is_some(), "{file}: {}: {}", template.name, parameter.name);
            }
        }
    }
}

#[test]
fn what_has_to_be_given_is_never_part_of_the_query() {
    // The queries whose purpose it is to take one.
    let whole = ["query_condition", "selectasset"];
    for (file, text) in PACK {
        for template in read_file(file, text).templates {
            for parameter in template.parameters.iter().filter(|it| it.is_raw && it.default.is_none()) {
                assert!(whole.contains(&&*parameter.name), "{file}: {}: {}", template.name, parameter.name);
            }
        }
    }
}

#[test]
fn every_query_renders_to_what_stands_beside_its_file() {
    for (file, text) in PACK {
        let mut golden = String::new();
        for template in read_file(file, text).templates {
            let rendered = render(&template);
            writeln!(golden, "=== {} {}\n{rendered}\n", template.name, template.dialect.name()).unwrap();
        }
        let (environment, family) = file.trim_end_matches(".yaml").split_once('/').unwrap();
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(folder().join(environment));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(family, golden));
    }
}
