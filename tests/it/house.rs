//! The layering of the house, checked from the manifests and the sources.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Which members a member may depend on.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("providers", &["model"]),
    ("extract", &["model"]),
    ("sources", &["model"]),
    ("kql", &["model"]),
    ("engine", &["model", "kql", "extract", "analysis"]),
    ("analysis", &["model"]),
    ("plots", &["model"]),
    ("server", &["model", "providers", "sources", "kql", "engine", "extract", "analysis", "plots"]),
    ("tests", &["model", "providers", "engine", "extract", "server"]),
];

/// What the pure members must never depend on.
const IMPURE: &[&str] = &["tokio", "reqwest", "actix-web", "redis", "hyper", "async-trait", "futures", "rand"];

/// Lines of the server, the highest first. A module may import from its own line and from those below.
const LINES: &[&[&str]] = &[
    &["api"],
    &["services"],
    &["enrich"],
    &["pivots", "datasets", "sentinel", "azure"],
    &["lookups", "queries", "jobs", "registries", "geo", "dns", "tls", "templates", "names", "addresses", "arm"],
    &["credentials"],
    &["cache", "upstream"],
    &["settings", "telemetry"],
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the root").to_owned()
}

/// The source files of a folder, tests aside.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let is_test = |path: &Path| path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs");
    files(folder).into_iter().filter(|(path, _)| !is_test(path.strip_prefix(folder).unwrap_or(path))).collect()
}

fn files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of sources").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&entry).expect("a source file");
                found.push((entry, text));
            }
        }
    }
    found
}

/// The code of a file without comments and tests, so that a word in either breaks no rule.
fn code(text: &str) -> String {
    text.lines()
        .take_while(|line| line.trim() != "#[cfg(test)]")
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn members_know_only_whom_they_may() {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().expect("metadata");
    let members: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    assert_eq!(members, MAY_KNOW.iter().map(|(name, _)| *name).collect(), "a member without a rule");
    for package in &metadata.packages {
        let (_, may_know) = MAY_KNOW.iter().find(|(name, _)| *name == package.name.as_str()).expect("a rule");
        let normal = package.dependencies.iter().filter(|d| d.kind != DependencyKind::Development);
        for dependency in normal {
            let name = dependency.name.as_str();
            assert!(!members.contains(name) || may_know.contains(&name), "{} must not know {name}", package.name);
            let pure = !matches!(package.name.as_str(), "engine" | "server" | "tests");
            assert!(!pure || !IMPURE.contains(&name), "{} is pure and must not depend on {name}", package.name);
        }
    }
}

#[test]
fn pure_members_have_no_async_no_clock_and_no_io() {
    for member in ["model", "providers", "sources", "kql", "extract", "analysis", "plots"] {
        for (path, text) in sources(&root().join("src").join(member)) {
            if path.components().any(|part| part.as_os_str() == "benches") {
                continue;
            }
            for word in [
                "async fn",
                ".await",
                "std::net::Tcp",
                "std::fs",
                "std::env",
                "SystemTime::now",
                "Instant::now",
                "Utc::now",
            ] {
                assert!(!code(&text).contains(word), "{} says {word}", path.display());
            }
        }
    }
}

#[test]
fn only_their_own_room_names_actix_reqwest_and_the_environment() {
    let server = root().join("src/server");
    for (path, text) in sources(&server) {
        let inside = path.strip_prefix(&server).expect("a path inside").to_string_lossy().into_owned();
        let code = code(&text);
        let rules: &[(&str, &[&str])] =
            &[("actix", &["api", "main.rs"]), ("reqwest::", &["upstream"]), ("std::env", &["settings", "main.rs"])];
        for (word, rooms) in rules {
            let at_home = rooms.iter().any(|room| inside.starts_with(room));
            assert!(at_home || !code.contains(word), "{inside} says {word}; only {rooms:?} may");
        }
    }
}

#[test]
fn a_module_imports_only_from_its_own_line_or_below() {
    let server = root().join("src/server");
    let line_of = |module: &str| LINES.iter().position(|line| line.contains(&module));
    for (path, text) in sources(&server) {
        let inside = path.strip_prefix(&server).expect("a path inside");
        let first = inside.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
        let Some(own) = line_of(first.trim_end_matches(".rs")) else { continue };
        for import in code(&text).split("crate::").skip(1) {
            let names = import.strip_prefix('{').map_or_else(
                || vec![import],
                |group| group.split('}').next().unwrap_or_default().split(',').map(str::trim).collect(),
            );
            for name in names {
                let module: String = name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if let Some(line) = line_of(&module) {
                    assert!(line >= own, "{} imports from {module}, which lies above it", inside.display());
                }
            }
        }
    }
}

#[test]
fn every_file_says_first_what_it_is() {
    for folder in ["src", "tests"] {
        for (path, text) in files(&root().join(folder)) {
            assert!(text.starts_with("//! "), "{} does not begin with a sentence about itself", path.display());
        }
    }
}
