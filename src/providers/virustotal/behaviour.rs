//! What a file did in the sandboxes, all of them taken together.
//! <https://docs.virustotal.com/reference/file-all-behaviours-summary>
//!
//! There is no verdict: what looks bad to one sandbox is an installer to another. What each says stands in the grounds.

use model::{KindHint, ObservableKind};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    HttpAnswer, Misread, Question, Reading,
    lenient::{List, Number, Text, Texts},
};

#[derive(Deserialize)]
struct Summary {
    data: Option<Behaviour>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Behaviour {
    verdicts: Texts,
    verdict_labels: Texts,
    tags: Texts,
    mitre_attack_techniques: List<Technique>,
    command_executions: Texts,
    processes_created: Texts,
    processes_injected: Texts,
    processes_terminated: Texts,
    processes_tree: List<Process>,
    modules_loaded: Texts,
    services_created: Texts,
    services_started: Texts,
    mutexes_created: Texts,
    files_written: Texts,
    files_deleted: Texts,
    files_dropped: List<DroppedFile>,
    registry_keys_set: List<RegistryKey>,
    registry_keys_deleted: Texts,
    dns_lookups: List<DnsLookup>,
    ip_traffic: List<Traffic>,
    http_conversations: List<HttpConversation>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Technique {
    id: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Process {
    process_id: Text,
    name: Text,
    children: List<Process>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DroppedFile {
    path: Text,
    sha256: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RegistryKey {
    key: Text,
    value: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DnsLookup {
    hostname: Text,
    resolved_ips: Texts,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Traffic {
    transport_layer_protocol: Text,
    destination_ip: Text,
    destination_port: Number,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct HttpConversation {
    url: Text,
}

/// Reads the summary of all sandboxes.
pub(super) fn read(question: &Question<'_>, answer: &HttpAnswer) -> Result<Reading, Misread> {
    let did = answer.json::<Summary>()?.data.ok_or(Misread::Lacking("data"))?;
    let reading = grounds(&did);
    if reading.evidence.is_empty() {
        return Ok(Reading::not_found().because("the file was not run in a sandbox"));
    }
    let lookups = &did.dns_lookups.0;
    let hosts = lookups.iter().filter_map(|lookup| lookup.hostname.as_deref());
    let addresses = did.ip_traffic.0.iter().filter_map(|traffic| traffic.destination_ip.as_deref());
    let resolved = lookups.iter().flat_map(|lookup| &lookup.resolved_ips.0).map(String::as_str);
    let urls = did.http_conversations.0.iter().filter_map(|conversation| conversation.url.as_deref());
    let files = did.files_dropped.0.iter().filter_map(|file| file.sha256.as_deref());
    Ok(reading
        .relates_to(KindHint::Exactly(ObservableKind::Domain), hosts)
        .relates_to(KindHint::Address, addresses.chain(resolved))
        .relates_to(KindHint::Exactly(ObservableKind::Url), urls)
        .relates_to(KindHint::Hash, question.others(files)))
}

fn grounds(did: &Behaviour) -> Reading {
    let keys = did.registry_keys_set.0.iter().filter_map(|set| {
        let key = set.key.as_deref()?;
        Some(set.value.as_deref().map_or_else(|| key.to_owned(), |value| format!("{key} = {value}")))
    });
    let connections = did.ip_traffic.0.iter().filter_map(|traffic| {
        let protocol = traffic.transport_layer_protocol.as_deref().unwrap_or_default().to_ascii_lowercase();
        let end = match traffic.destination_port.0 {
            Some(port) => format!("{} port {port}", traffic.destination_ip.as_deref()?),
            None => traffic.destination_ip.as_deref()?.to_owned(),
        };
        Some(format!("{end} {protocol}"))
    });
    Reading::facts()
        .lists("sandbox_verdicts", &did.verdicts.0)
        .lists("verdict_labels", &did.verdict_labels.0)
        .lists("tags", &did.tags.0)
        .lists("techniques", did.mitre_attack_techniques.0.iter().filter_map(|technique| technique.id.as_deref()))
        .lists("command_executions", &did.command_executions.0)
        .lists("processes_created", &did.processes_created.0)
        .lists("processes_injected", &did.processes_injected.0)
        .lists("processes_terminated", &did.processes_terminated.0)
        .says("process_tree", did.processes_tree.0.iter().map(tree).collect::<Vec<_>>())
        .lists("modules_loaded", &did.modules_loaded.0)
        .lists("services_created", &did.services_created.0)
        .lists("services_started", &did.services_started.0)
        .lists("mutexes_created", &did.mutexes_created.0)
        .lists("files_written", &did.files_written.0)
        .lists("files_deleted", &did.files_deleted.0)
        .lists("files_dropped", did.files_dropped.0.iter().filter_map(|file| file.path.as_deref()))
        .lists("registry_keys_set", keys)
        .lists("registry_keys_deleted", &did.registry_keys_deleted.0)
        .lists("dns_lookups", did.dns_lookups.0.iter().filter_map(|lookup| lookup.hostname.as_deref()))
        .lists("connections", connections)
        .lists("urls", did.http_conversations.0.iter().filter_map(|conversation| conversation.url.as_deref()))
}

/// A process and what it started. No deeper than the answer's JSON, which its parser limits.
fn tree(process: &Process) -> Value {
    let mut node = json!({});
    let children: Vec<Value> = process.children.0.iter().map(tree).collect();
    if let Value::Object(node) = &mut node {
        node.extend(process.name.0.clone().map(|name| ("name".to_owned(), name.into())));
        node.extend(process.process_id.0.clone().map(|id| ("process_id".to_owned(), id.into())));
        node.extend((!children.is_empty()).then(|| ("children".to_owned(), children.into())));
    }
    node
}
