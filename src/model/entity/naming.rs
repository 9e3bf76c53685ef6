//! What a person calls an entity.

use super::{Entity, EntityKind};

/// Finds an entity by its id.
pub(super) type Finder<'a> = dyn Fn(&str) -> Option<&'a Entity> + 'a;

/// The name of an entity. The names of entities that it refers to may take part, but never what those refer to in turn:
/// references may run in circles.
pub(super) fn name(entity: &Entity, find: &Finder<'_>) -> String {
    let of_reference = |attribute: &str| {
        let id = entity.text(attribute)?;
        Some(find(&id).map_or(id, |other| name(other, &|_| None)))
    };
    own_name(entity, &of_reference)
        .or_else(|| entity.text(entity.kind.class().main))
        .or_else(|| entity.text("display_name"))
        .or_else(|| entity.text("friendly_name"))
        .or_else(|| entity.kind.class().identity().find_map(|attribute| entity.text(attribute.name)))
        .unwrap_or_else(|| entity.kind.class().title.to_owned())
}

fn own_name(entity: &Entity, of_reference: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let text = |attribute| entity.text(attribute);
    match entity.kind {
        EntityKind::Account => match text("name") {
            Some(name) if name.contains(['\\', '@']) => Some(name),
            Some(name) => Some(match (text("nt_domain"), text("upn_suffix"), of_reference("host")) {
                (Some(domain), ..) => format!("{domain}\\{name}"),
                (None, Some(suffix), _) => format!("{name}@{suffix}"),
                (None, None, Some(host)) => format!("{host}\\{name}"),
                (None, None, None) => name,
            }),
            None => text("upn"),
        },
        EntityKind::Host => entity.fqdn().or_else(|| text("host_name")).or_else(|| text("net_bios_name")),
        EntityKind::File => entity.full_path(),
        EntityKind::Process => of_reference("image_file")
            .or_else(|| text("command_line"))
            .or_else(|| Some(format!("process {}", text("process_id")?))),
        EntityKind::RegistryKey => Some(format!("{}\\{}", text("hive")?, text("key")?)),
        EntityKind::RegistryValue => Some(format!("{}\\{}", of_reference("key")?, text("name")?)),
        EntityKind::AzureResource => {
            text("resource_name").or_else(|| Some(text("resource_id")?.rsplit('/').next()?.to_owned()))
        }
        EntityKind::NetworkConnection => {
            let end = |address, port| Some(format!("{}:{}", of_reference(address)?, text(port)?));
            Some(format!(
                "{} → {}",
                end("source_address", "source_port").or_else(|| of_reference("source_address"))?,
                end("destination_address", "destination_port").or_else(|| of_reference("destination_address"))?
            ))
        }
        EntityKind::GeoLocation => {
            let parts: Vec<_> = ["city", "state", "country_code"].into_iter().filter_map(text).collect();
            Some(parts.join(", ")).filter(|name| !name.is_empty())
        }
        EntityKind::MailMessage | EntityKind::SubmissionMail => text("subject"),
        _ => None,
    }
}

impl Entity {
    /// The full name of a host: as given, or its name and DNS domain. A bare name is none.
    pub fn fqdn(&self) -> Option<String> {
        if self.kind != EntityKind::Host {
            return None;
        }
        let is_full = |name: &String| name.contains('.');
        let joined = || {
            let (name, domain) = (self.text("host_name")?, self.text("dns_domain")?);
            let has_domain = name.to_lowercase().ends_with(&format!(".{}", domain.to_lowercase()));
            Some(if has_domain { name } else { format!("{name}.{domain}") })
        };
        self.text("fqdn")
            .or_else(joined)
            .or_else(|| self.text("host_name").filter(is_full))
            .or_else(|| self.text("device_name").filter(is_full))
    }

    /// The full path of a file, with the separator that its directory uses.
    pub fn full_path(&self) -> Option<String> {
        if self.kind != EntityKind::File {
            return None;
        }
        let joined = || {
            let (directory, name) = (self.text("directory")?, self.text("name")?);
            let separator = if is_windows(&directory) { '\\' } else { '/' };
            Some(format!("{}{separator}{name}", directory.trim_end_matches(separator)))
        };
        self.text("full_path").or_else(joined)
    }

    /// The user principal name of an account: as given, or its name and suffix.
    pub fn upn(&self) -> Option<String> {
        if self.kind != EntityKind::Account {
            return None;
        }
        let name = || self.text("name");
        self.text("upn")
            .or_else(|| name().filter(|name| name.contains('@')))
            .or_else(|| Some(format!("{}@{}", name()?, self.text("upn_suffix")?)))
    }
}

/// Whether a path is one of Windows: it has a backslash or begins with a drive.
pub(super) fn is_windows(path: &str) -> bool {
    path.contains('\\') || path.as_bytes().get(1) == Some(&b':')
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn named(kind: EntityKind, properties: &Value) -> String {
        Entity::new("x", kind, properties.as_object().unwrap().clone()).name
    }

    #[test]
    fn people_would_call_them_so() {
        for (kind, properties, name) in [
            (
                EntityKind::Account,
                json!({"name": "ian", "nt_domain": "CONTOSO", "upn_suffix": "c.com"}),
                "CONTOSO\\ian",
            ),
            (EntityKind::Account, json!({"name": "ian", "upn_suffix": "contoso.com"}), "ian@contoso.com"),
            (EntityKind::Account, json!({"name": "CONTOSO\\ian", "nt_domain": "CONTOSO"}), "CONTOSO\\ian"),
            (EntityKind::Account, json!({"sid": "S-1-5-18"}), "S-1-5-18"),
            (EntityKind::Host, json!({"host_name": "web1", "dns_domain": "contoso.com"}), "web1.contoso.com"),
            (
                EntityKind::Host,
                json!({"host_name": "web1.contoso.com", "dns_domain": "Contoso.com"}),
                "web1.contoso.com",
            ),
            (EntityKind::Host, json!({"net_bios_name": "WEB1"}), "WEB1"),
            (EntityKind::File, json!({"directory": "c:\\windows\\", "name": "cmd.exe"}), "c:\\windows\\cmd.exe"),
            (EntityKind::File, json!({"directory": "/", "name": "init"}), "/init"),
            (EntityKind::File, json!({"name": "cmd.exe"}), "cmd.exe"),
            (EntityKind::Process, json!({"process_id": "0x4"}), "process 0x4"),
            (EntityKind::RegistryKey, json!({"hive": "HKEY_USERS", "key": "Run"}), "HKEY_USERS\\Run"),
            (EntityKind::AzureResource, json!({"resource_id": "/subscriptions/1/vm/web1"}), "web1"),
            (EntityKind::GeoLocation, json!({"city": "Kiel", "country_code": "DE"}), "Kiel, DE"),
            (EntityKind::Mailbox, json!({"display_name": "Reception"}), "Reception"),
            (EntityKind::Unknown, json!({"friendly_name": "thing"}), "thing"),
            (EntityKind::Ip, json!({}), "IP address"),
        ] {
            assert_eq!(named(kind, &properties), name);
        }
    }

    #[test]
    fn a_reference_lends_its_name() {
        let image = Entity::new("4", EntityKind::File, json!({"full_path": "/bin/sh"}).as_object().unwrap().clone());
        let process = Entity::new("5", EntityKind::Process, json!({"image_file": "4"}).as_object().unwrap().clone());
        assert_eq!(name(&process, &|id| (id == "4").then_some(&image)), "/bin/sh");
    }
}
