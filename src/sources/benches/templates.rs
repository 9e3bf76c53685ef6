//! How fast the pack is loaded, and how fast a template is rendered.

use divan::{Bencher, black_box};
use serde_json::json;
use sources::{Arguments, PACK, Template, read_file};

fn main() {
    divan::main();
}

/// The whole pack, as at the start of the service.
#[divan::bench]
fn load_the_pack() -> usize {
    PACK.iter().map(|(name, text)| read_file(name, text).templates.len()).sum()
}

/// A query of the usual size, and the largest.
#[divan::bench(args = ["list_host_logons", "get_process_tree"])]
fn render(bencher: Bencher<'_, '_>, name: &str) {
    let template = template(name);
    let parameters = json!({
        "host_name": "web01.corp.example",
        "process_name": "C:\\Windows\\System32\\cmd.exe",
        "process_id": "0x1a4",
        "logon_session_id": "0x3e7",
        "start": "-1d",
    });
    let mut parameters = parameters.as_object().cloned().unwrap_or_default();
    parameters.retain(|name, _| template.parameter(name).is_some());
    let now = chrono::DateTime::UNIX_EPOCH;
    bencher.bench_local(|| {
        let given = Arguments { parameters: black_box(&parameters), start: None, end: None, allow_raw: false };
        template.render(given, now)
    });
}

fn template(name: &str) -> std::sync::Arc<Template> {
    let files = PACK.iter().filter(|(file, _)| file.starts_with("mssentinel/windows_security"));
    let mut templates = files.flat_map(|(file, text)| read_file(file, text).templates);
    templates.find(|template| *template.name == *name).unwrap_or_else(|| std::process::abort())
}
