//! What of an entity a function is asked about.

use model::{Entity, EntityGraph, EntityKind};

/// The attribute that MSTICPy's pivots call so, in this service's words.
pub(super) fn attribute(name: &str) -> &'static str {
    match name {
        "Name" => "name",
        "fqdn" => "fqdn",
        "ProcessFilePath" => "image_path",
        "Address" => "address",
        "DomainName" => "domain_name",
        "LogonSession" => "logon_session",
        "SessionId" => "session_id",
        "LogonId" => "logon_id",
        "ProcessId" => "process_id",
        "CommandLine" => "command_line",
        "Url" => "url",
        "file_hash" => "file_hash",
        "ResourceId" => "resource_id",
        _ => "name",
    }
}

/// The values of an attribute of all entities of a kind, in their order, each once.
pub(super) fn values(graph: &EntityGraph, kind: EntityKind, attribute: &str) -> Vec<String> {
    let mut values = Vec::new();
    for entity in graph.entities.iter().filter(|entity| entity.kind() == kind) {
        if let Some(value) = value(graph, entity, attribute)
            && !values.contains(&value)
        {
            values.push(value);
        }
    }
    values
}

/// The value of an attribute, which may lie with an entity that it refers to.
pub(super) fn value(graph: &EntityGraph, entity: &Entity, attribute: &str) -> Option<String> {
    let other = |reference: &str| graph.entity(&entity.text(reference)?);
    match attribute {
        // Queries search for a part of the name where the whole is not known.
        "fqdn" => entity
            .fqdn()
            .or_else(|| entity.text("host_name"))
            .or_else(|| entity.text("net_bios_name"))
            .or_else(|| Some(entity.name().to_owned()).filter(|name| !name.is_empty())),
        "upn" => entity.upn(),
        "file_hash" => file_hash(graph, entity),
        "image_path" => {
            let file = other("image_file")?;
            file.full_path().or_else(|| file.text("name"))
        }
        "logon_session" => other("logon_session")?.text("session_id"),
        _ => entity.text(attribute),
    }
}

/// The digest of a file: its own, or that of an entity that stands for it.
fn file_hash(graph: &EntityGraph, entity: &Entity) -> Option<String> {
    let own = ["sha256", "sha1", "md5"].into_iter().find_map(|name| entity.text(name));
    own.or_else(|| {
        let hashes = entity.properties().get("file_hashes")?.as_array()?;
        hashes.iter().filter_map(|id| graph.entity(id.as_str()?)).find_map(|hash| hash.text("value"))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_asked_about_lies_with_the_entity_or_with_one_that_it_refers_to() {
        let graph = EntityGraph::from_entities(&json!([
            { "$id": "1", "Type": "process", "ProcessId": "0x4", "CommandLine": "cmd /c dir",
              "ImageFile": { "$id": "2", "Type": "file", "Directory": "c:\\windows", "Name": "cmd.exe",
                             "FileHashes": [{ "$id": "3", "Type": "filehash", "Algorithm": "SHA1", "Value": "da39a3ee5e6b4b0d3255bfef95601890afd80709" }] } },
            { "$id": "4", "Type": "host", "HostName": "web1", "DnsDomain": "contoso.com" },
            { "$id": "5", "Type": "host", "HostName": "web2" },
        ]));
        let all = |kind, attribute| values(&graph, kind, attribute);
        assert_eq!(all(EntityKind::Process, "command_line"), ["cmd /c dir"]);
        assert_eq!(all(EntityKind::Process, "image_path"), ["c:\\windows\\cmd.exe"]);
        assert_eq!(all(EntityKind::File, "file_hash"), ["da39a3ee5e6b4b0d3255bfef95601890afd80709"]);
        assert_eq!(all(EntityKind::Host, "fqdn"), ["web1.contoso.com", "web2"]);
    }
}
