//! Observables as STIX cyber-observable objects, with the ids that the standard gives them, and as patterns.
//!
//! <https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html#_64yvzeku5a5c>

use model::{Observable, ObservableKind};
use serde_json::{Map, Value, json};
use uuid::{Uuid, uuid};

/// Where the standard puts the ids of cyber-observable objects (section 2.9).
const STANDARD: Uuid = uuid!("00abedb4-aa42-466c-9c01-fed23315a9b7");

/// An observable in STIX.
pub(super) struct Objects {
    /// The id of the object that is the observable.
    pub(super) id: String,
    /// That object and those that it refers to.
    pub(super) objects: Vec<Value>,
    /// What finds it.
    pub(super) pattern: String,
}

/// An observable as objects.
pub(super) fn observe(observable: &Observable) -> Objects {
    let value = observable.canonical();
    match observable.kind() {
        ObservableKind::Ipv4 => simple("ipv4-addr", value),
        ObservableKind::Ipv6 => simple("ipv6-addr", value),
        ObservableKind::Domain | ObservableKind::Hostname => simple("domain-name", value),
        ObservableKind::Url => simple("url", value),
        ObservableKind::Email => simple("email-addr", value),
        ObservableKind::Md5 => digest("MD5", value),
        ObservableKind::Sha1 => digest("SHA-1", value),
        ObservableKind::Sha256 => digest("SHA-256", value),
        ObservableKind::WindowsPath => path(value, '\\'),
        ObservableKind::LinuxPath => path(value, '/'),
    }
}

fn simple(kind: &str, value: &str) -> Objects {
    let pattern = format!("[{kind}:value = '{}']", escaped(value));
    alone(object(kind, json!({ "value": value })), pattern)
}

fn digest(algorithm: &str, value: &str) -> Objects {
    let pattern = format!("[file:hashes.'{algorithm}' = '{value}']");
    alone(object("file", json!({ "hashes": { algorithm: value } })), pattern)
}

/// A file in its folder; a path that ends with the separator is a folder only.
fn path(value: &str, separator: char) -> Objects {
    let Some((folder, name)) = value.rsplit_once(separator) else {
        let pattern = format!("[file:name = '{}']", escaped(value));
        return alone(object("file", json!({ "name": value })), pattern);
    };
    // The root keeps its separator: without it, it is another place.
    let is_root = folder.is_empty() || folder.ends_with(':');
    let folder = if is_root { format!("{folder}{separator}") } else { folder.to_owned() };
    let directory = object("directory", json!({ "path": folder }));
    if name.is_empty() {
        return alone(directory, format!("[directory:path = '{}']", escaped(&folder)));
    }
    let folder_id = directory.get("id").cloned().unwrap_or_default();
    let file = object("file", json!({ "name": name, "parent_directory_ref": folder_id }));
    let pattern =
        format!("[file:name = '{}' AND file:parent_directory_ref.path = '{}']", escaped(name), escaped(&folder));
    let mut objects = alone(file, pattern);
    objects.objects.insert(0, directory);
    objects
}

fn alone(object: Value, pattern: String) -> Objects {
    let id = object.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    Objects { id, objects: vec![object], pattern }
}

/// An object whose members all contribute to its id. They must be in alphabetical order: the id is made of their canonical
/// JSON (RFC 8785), which for such simple members is what the serialiser writes.
fn object(kind: &str, members: Value) -> Value {
    let number = Uuid::new_v5(&STANDARD, members.to_string().as_bytes());
    let mut object = Map::new();
    object.insert("type".to_owned(), kind.into());
    object.insert("spec_version".to_owned(), "2.1".into());
    object.insert("id".to_owned(), format!("{kind}--{number}").into());
    if let Value::Object(members) = members {
        object.extend(members);
    }
    object.into()
}

/// A text between the quotes of a pattern.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(value: &str) -> Objects {
        observe(&Observable::parse(value, None).unwrap())
    }

    #[test]
    fn ids_are_those_of_the_standard() {
        // What OASIS's own library for Python gives them.
        for (value, id) in [
            ("198.51.100.3", "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"),
            ("2001:db8::7", "ipv6-addr--9ed76cd5-ab3b-55a5-b6ec-b55c3efb0be2"),
            ("example.org", "domain-name--3500c14b-9bde-5393-b4e5-b260aea7e058"),
            ("http://example.org/o'brien?a=%7B,%7D", "url--15aa8508-af4e-5223-97be-e867ee5823d8"),
            ("someone@example.org", "email-addr--6c8da77d-e9c8-545c-b65d-09358a426582"),
            ("d41d8cd98f00b204e9800998ecf8427e", "file--02fff920-f614-527c-81d1-6353633a6d21"),
            ("da39a3ee5e6b4b0d3255bfef95601890afd80709", "file--fa6e66a5-f019-51f9-8ab5-812023e58c6e"),
            (
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "file--22f8ff52-8f62-5f03-a53a-6f50f54fd74c",
            ),
            (r"c:\users\o'brien\a.exe", "file--db6ccfae-d6cc-59e7-bc51-188948e4a22a"),
            ("/usr/bin/", "directory--f4f0869b-430a-594d-b01d-307cd4d341a8"),
        ] {
            assert_eq!(observed(value).id, id, "{value}");
        }
    }

    #[test]
    fn the_same_thing_is_the_same_object_however_it_is_written() {
        assert_eq!(observed("hxxp://EXAMPLE[.]com/a").id, observed("http://example.com/a").id);
        assert_ne!(observed("http://example.com/a").id, observed("http://example.com/A").id);
    }

    #[test]
    fn no_value_ends_the_literal_of_its_pattern() {
        let pattern = observed("http://example.com/a'%5D").pattern;
        assert_eq!(pattern, r"[url:value = 'http://example.com/a\'%5D']");
        let pattern = observed(r"C:\Users\o'brien\a.exe").pattern;
        assert_eq!(pattern, r"[file:name = 'a.exe' AND file:parent_directory_ref.path = 'c:\\users\\o\'brien']");
    }
}
