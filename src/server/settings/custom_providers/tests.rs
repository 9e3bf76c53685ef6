//! What operators can rely on: the definitions that are shipped work, every mistake is told with its line, and what has not
//! changed is the same provider as before.

use std::{collections::BTreeMap, fs};

use proptest::prelude::*;
use tempfile::TempDir;

use super::super::{Disk, Mistakes, Settings};
use super::*;

const SMALL: &str = "id: small
title: Small
kinds: [ipv4]
base_url: https://small.example
ask: { path: '/{{ value }}' }
read: { fields: { score: $.score }, verdicts: [{ when: score > 5, verdict: malicious }] }
";

fn load(path: &Path) -> Result<Settings, Mistakes> {
    let settings = format!("custom_providers: {{ path: {path:?} }}");
    Settings::from_layers(Some(("pivotd.yaml", &settings)), &BTreeMap::new(), &Disk, &["other"])
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// The mistakes of one definition: line, key and what is wrong or right.
fn told(text: &str) -> Vec<String> {
    let folder = folder(&[("x.yaml", text)]);
    let mistakes = load(folder.path()).expect_err("mistakes");
    let shown = mistakes.iter().map(|mistake| {
        let Origin::File { name, line } = &mistake.origin else { panic!("a file: {mistake}") };
        assert!(name.ends_with("x.yaml"), "{name}");
        format!("{line} {} | {} | {}", mistake.key, mistake.what, mistake.allowed)
    });
    shown.collect()
}

#[test]
fn the_definitions_that_are_shipped_read_their_examples_as_they_should() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/custom-providers");
    let settings = load(&shipped).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let ids: Vec<_> = settings.custom_providers.iter().map(|custom| custom.facts().id).collect();
    assert_eq!(ids, ["assets", "corp_block_list", "corp_intel"]);
    for custom in settings.custom_providers {
        assert!(custom.examples() >= 3, "{custom:?}");
        assert_eq!(custom.failures(), [""; 0], "{custom:?}");
    }
}

#[test]
fn every_mistake_is_told_with_its_line() {
    let mistakes = told(
        "id: Bad Id
title: X
kinds: [ipv4, colour]
base_url: https://u:p@x.example
colour: red
ask:
  path: '{{ valeu }}'
  headers: { Host: x, 'a b': y }
  json: '{ \"a\": }'
  form: { a: b }
read:
  fields: { score: '$.a[', value: $.b }
examples:
  - { name: x, value: 999.1.1.1, kind: ipv4, outcome: hut, answers: [{ status: 20 }] }
",
    );
    for part in [
        "1 id | \"Bad Id\" is not allowed | lower-case letters",
        "3 kinds[1] | \"colour\" is not allowed | ipv4, ipv6",
        "4 base_url | what is set is not allowed",
        "5 colour | not a known key",
        "7 ask.path | \"{{ valeu }}\" is not allowed | a text without this mistake: valeu is not known here; known are kind",
        "8 ask.headers.Host | \"x\" is not allowed | the name of a header",
        "8 ask.headers.a b | \"y\" is not allowed | the name of a header",
        "9 ask.json | \"{ \\\"a\\\": }\" is not allowed | a text without this mistake: not JSON",
        "12 read.fields.score | \"$.a[\" is not allowed | a text without this mistake: not a JSONPath",
        "12 read.fields.value | \"$.b\" is not allowed | under a name",
        "14 examples[0].value | \"999.1.1.1\" is not allowed | an observable",
        "14 examples[0].outcome | \"hut\" is not allowed | hit, clean",
        "14 examples[0].answers[0].status | \"20\" is not allowed | a whole number from 100 to 599",
    ] {
        assert!(mistakes.iter().any(|told| told.starts_with(part)), "{part}\n{mistakes:#?}");
    }
}

#[test]
fn what_does_not_go_together_is_told() {
    let with = |from: &str, to: &str| told(&SMALL.replace(from, to)).join("\n");
    assert!(with("score > 5", "scroe > 5").contains("6 read.verdicts[0].when"));
    assert!(with("score > 5", "score | nosuch").contains("nosuch"));
    assert!(with("'/{{ value }}'", "'{{ value }}'").contains("a path that begins with / for every kind"));
    assert!(with("title: Small", "title: Small\npurpose: context").contains("gets no verdict"));
    assert!(with("ask: {", "list: { file: x, format: lines }\nask: {").contains("either ask and read, or list"));
    assert!(with("ask: {", "ask: { form: { a: b }, ").contains("no method that sends one"));
    assert!(with("id: small", "id: virustotal").contains("another provider is called"));
    assert!(with("id: small", "id: other").contains("another provider is called"));
    assert!(with("kinds: [ipv4]", "kinds: []").contains("missing"));
    assert!(with("id: small", "id: [a").contains("not valid YAML"));
}

#[test]
fn lists_lie_in_one_place_and_have_what_their_form_needs() {
    let list = |list: &str| told(&format!("id: l\ntitle: L\nkinds: [ipv4]\nlist: {{ {list} }}\n")).join("\n");
    assert!(list("format: lines, verdict: benign").contains("either file or url"));
    assert!(list("file: a, url: https://x.example, format: lines, verdict: benign").contains("either file or url"));
    assert!(list("file: a, format: csv, verdict: benign").contains("the columns that a row is found by"));
    assert!(list("file: a, format: lines, columns: [a], verdict: benign").contains("with format csv or json"));
    assert!(list("file: a, format: lines").contains("list.verdict | missing"));
    let secret = list("url: 'https://user:s3cret@x.example/', format: lines, verdict: benign");
    assert!(secret.contains("without user name") && !secret.contains("s3cret"), "{secret}");
}

#[test]
fn mistakes_of_several_files_are_told_together_and_a_name_is_given_once() {
    let folder = folder(&[("a.yaml", "id: 1"), ("b.yaml", SMALL), ("c.yaml", SMALL), ("d.txt", "not ours")]);
    let mistakes = load(folder.path()).unwrap_err().to_string();
    assert!(mistakes.contains("a.yaml line 1") && mistakes.contains("c.yaml line 1"), "{mistakes}");
    assert!(!mistakes.contains("b.yaml") && !mistakes.contains("d.txt"), "{mistakes}");
    assert!(load(Path::new("/nowhere")).unwrap_err().to_string().contains("custom_providers.path"));
}

#[test]
fn what_has_not_changed_is_the_same_provider() {
    let folder = folder(&[("a.yaml", SMALL)]);
    let one = || load(folder.path()).unwrap().custom_providers[0];
    let (first, again) = (one(), one());
    assert!(std::ptr::eq(first, again));
    fs::write(folder.path().join("a.yaml"), SMALL.replace("score > 5", "score > 7")).unwrap();
    let changed = one();
    assert!(!std::ptr::eq(first, changed));
    assert_ne!(first.facts().revision, changed.facts().revision);
}

#[test]
fn the_settings_know_the_providers_that_are_described() {
    let folder = folder(&[("a.yaml", SMALL)]);
    let more = "providers: { small: { timeout_ms: 5 } }\nprofiles: { x: { lookups: [small] } }";
    let settings = format!("custom_providers: {{ path: {:?} }}\n{more}", folder.path());
    let layers = |text: &str| Settings::from_layers(Some(("p", text)), &BTreeMap::new(), &Disk, &[]);
    assert!(layers(&settings).is_ok());
    assert!(layers(more).unwrap_err().to_string().contains("providers.small"));
}

proptest! {
    #[test]
    fn no_definition_breaks_the_reader(line in 0_usize..6, text in "[-a-z0-9:{}%|'\" .$\\[\\]?@]{0,30}") {
        let lines: Vec<&str> = SMALL.lines().collect();
        let mut broken: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        broken[line] = format!("{}{text}", lines[line].split_at(lines[line].len() / 2).0);
        let folder = folder(&[("x.yaml", &broken.join("\n"))]);
        let _ = load(folder.path());
    }
}
