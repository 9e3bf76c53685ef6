//! The observables that an entity stands for, and in which role.

use std::collections::HashSet;

use super::{
    Entity, EntityKind,
    naming::is_windows,
    spelling::{same_word, snake_case},
};
use crate::{KindHint, Observable, ObservableKind};

/// Account names that exist everywhere and so tell nothing. Sentinel drops entities that have only such a name.
const BUILT_IN_ACCOUNTS: &[&str] = &[
    "ADMIN",
    "ADMINISTRATOR",
    "ANONYMOUS",
    "ANONYMOUS LOGON",
    "AUTHENTICATED USER",
    "AUTHENTICATED USERS",
    "GUEST",
    "LOCAL SERVICE",
    "LOCAL SYSTEM",
    "NETWORK",
    "NETWORK SERVICE",
    "NULL",
    "ROOT",
    "SYSTEM",
];

impl Entity {
    /// The observables that it stands for, each with its role. What can't be read as an observable is left out, and so
    /// are: a bare host name, an Authenticode digest (which no provider knows), and built-in accounts.
    ///
    /// Roles: `address`, `url`, `domain`, `host`, `file_hash`, `path`; `sender`, `sender_ip` and `mail_url` of mails; `upn`
    /// for the addresses of accounts and mailboxes, which are personal data that a caller may want to leave out.
    pub fn observables(&self) -> Vec<(Observable, &'static str)> {
        use ObservableKind::{Domain, Email, Hostname, LinuxPath, Md5, Sha1, Sha256, Url, WindowsPath};

        let mut seen = Seen::default();
        let exactly = |kind| [KindHint::Exactly(kind)];
        match self.kind {
            EntityKind::Ip => seen.add("address", &[KindHint::Address], self.text("address")),
            EntityKind::Url => seen.add("url", &exactly(Url), self.text("url")),
            EntityKind::DnsResolution => {
                let hints = [KindHint::Exactly(Domain), KindHint::Exactly(Hostname)];
                seen.add("domain", &hints, self.text("domain_name"));
            }
            EntityKind::Host => seen.add("host", &exactly(Hostname), self.fqdn()),
            EntityKind::FileHash if !self.is_authenticode() => {
                seen.add("file_hash", &[KindHint::Hash], self.text("value"));
            }
            EntityKind::File => {
                for (attribute, kind) in [("sha256", Sha256), ("sha1", Sha1), ("md5", Md5)] {
                    seen.add("file_hash", &exactly(kind), self.text(attribute));
                }
                let path = self.full_path();
                let kind = if path.as_deref().is_some_and(is_windows) { WindowsPath } else { LinuxPath };
                seen.add("path", &exactly(kind), path);
            }
            EntityKind::MailMessage | EntityKind::SubmissionMail => {
                seen.add("sender_ip", &[KindHint::Address], self.text("sender_ip"));
                for attribute in ["sender", "p1_sender", "p2_sender"] {
                    seen.add("sender", &exactly(Email), self.text(attribute));
                }
                seen.add("mail_url", &exactly(Url), self.texts("urls"));
            }
            EntityKind::Account if !self.is_built_in_account() => seen.add("upn", &exactly(Email), self.upn()),
            EntityKind::Mailbox => {
                for attribute in ["mailbox_primary_address", "upn"] {
                    seen.add("upn", &exactly(Email), self.text(attribute));
                }
            }
            _ => {}
        }
        seen.observables
    }

    /// Whether it is an account that exists on every machine (`SYSTEM`, `root`, …).
    pub fn is_built_in_account(&self) -> bool {
        self.kind == EntityKind::Account
            && self.text("name").is_some_and(|name| {
                let name = name.rsplit('\\').next().unwrap_or_default();
                BUILT_IN_ACCOUNTS.iter().any(|built_in| same_word(built_in, name))
            })
    }

    /// Whether it is a digest of a signed file's contents without its signature. It looks like a SHA-256 and is none.
    fn is_authenticode(&self) -> bool {
        // 4 is its number in the enumeration of algorithms.
        self.text("algorithm").is_some_and(|name| matches!(snake_case(&name).as_str(), "sha256_ac" | "sha256ac" | "4"))
    }
}

/// Observables in the order in which they were seen, each once.
#[derive(Default)]
struct Seen {
    observables: Vec<(Observable, &'static str)>,
    known: HashSet<Observable>,
}

impl Seen {
    /// Adds the values that can be read with one of the hints; the first that fits wins.
    fn add(&mut self, role: &'static str, hints: &[KindHint], values: impl IntoIterator<Item = String>) {
        for value in values {
            let read = hints.iter().find_map(|hint| Observable::parse(&value, Some(*hint)).ok());
            if let Some(observable) = read
                && self.known.insert(observable.clone())
            {
                self.observables.push((observable, role));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Role and value of each observable.
    fn seen(kind: EntityKind, properties: &Value) -> Vec<(&'static str, String)> {
        Entity::new("x", kind, properties.as_object().unwrap().clone())
            .observables()
            .into_iter()
            .map(|(observable, role)| (role, observable.value().to_owned()))
            .collect()
    }

    const SHA256: &str = "094fd325049b8a9cf6d3e5ef2a6d4cc6a567d7d49c35f8bb8dd9e3c6acf3d78d";

    #[test]
    fn entities_give_their_observables() {
        for (kind, properties, role, value) in [
            (EntityKind::Ip, json!({"address": "185.220.101.46"}), "address", "185.220.101.46"),
            (EntityKind::Url, json!({"url": "http://vektorex.com/a"}), "url", "http://vektorex.com/a"),
            (EntityKind::DnsResolution, json!({"domain_name": "vektorex.com"}), "domain", "vektorex.com"),
            (EntityKind::Host, json!({"host_name": "web1", "dns_domain": "contoso.com"}), "host", "web1.contoso.com"),
            (EntityKind::FileHash, json!({"algorithm": "SHA256", "value": SHA256}), "file_hash", SHA256),
            (EntityKind::File, json!({"directory": "C:\\Temp", "name": "a.exe"}), "path", "C:\\Temp\\a.exe"),
            (EntityKind::File, json!({"directory": "/tmp", "name": "a"}), "path", "/tmp/a"),
            (EntityKind::Account, json!({"name": "ian", "upn_suffix": "contoso.com"}), "upn", "ian@contoso.com"),
            (EntityKind::Mailbox, json!({"mailbox_primary_address": "i@contoso.com"}), "upn", "i@contoso.com"),
        ] {
            assert_eq!(seen(kind, &properties), [(role, value.to_owned())], "{kind}");
        }
    }

    #[test]
    fn they_are_of_the_kind_that_the_entity_says() {
        use ObservableKind::{Domain, Email, Hostname, Ipv6, LinuxPath, Md5, Sha256, Url, WindowsPath};
        for (kind, properties, expected) in [
            (EntityKind::Ip, json!({"address": "2001:db8::1"}), Some(Ipv6)),
            (EntityKind::Ip, json!({"address": "web1"}), None),
            (EntityKind::Url, json!({"url": "hxxp://a[.]example.com/x"}), Some(Url)),
            (EntityKind::Url, json!({"url": "/relative"}), None),
            (EntityKind::DnsResolution, json!({"domain_name": "example.com"}), Some(Domain)),
            (EntityKind::DnsResolution, json!({"domain_name": "db1.corp.internal"}), Some(Hostname)),
            (EntityKind::Host, json!({"fqdn": "web1.contoso.com"}), Some(Hostname)),
            (EntityKind::FileHash, json!({"value": SHA256}), Some(Sha256)),
            (EntityKind::File, json!({"md5": "d41d8cd98f00b204e9800998ecf8427e"}), Some(Md5)),
            (EntityKind::File, json!({"full_path": "D:/x/y.exe"}), Some(WindowsPath)),
            (EntityKind::File, json!({"full_path": "/x/y"}), Some(LinuxPath)),
            (EntityKind::Account, json!({"upn": "ian@contoso.com"}), Some(Email)),
        ] {
            let entity = Entity::new("x", kind, properties.as_object().unwrap().clone());
            let seen = entity.observables();
            assert_eq!(seen.first().map(|(observable, _)| observable.kind()), expected, "{properties}");
        }
    }

    #[test]
    fn a_mail_gives_its_sender_and_its_links_once() {
        let mail = json!({
            "sender": "eve@example.com", "p1_sender": "eve@example.com", "sender_ip": "192.0.2.9",
            "urls": ["http://a.example/1", "http://a.example/2"], "recipient": "ian@contoso.com"
        });
        let roles: Vec<_> = seen(EntityKind::MailMessage, &mail).into_iter().map(|(role, _)| role).collect();
        assert_eq!(roles, ["sender_ip", "sender", "mail_url", "mail_url"]);
    }

    #[test]
    fn what_no_provider_should_see_gives_none() {
        for (kind, properties) in [
            (EntityKind::Host, json!({"host_name": "WEB1"})),
            (EntityKind::FileHash, json!({"algorithm": "SHA256AC", "value": SHA256})),
            (EntityKind::FileHash, json!({"algorithm": 4, "value": SHA256})),
            (EntityKind::Account, json!({"name": "Administrator", "upn_suffix": "contoso.com"})),
            (EntityKind::Account, json!({"name": "NT AUTHORITY\\NETWORK SERVICE", "upn_suffix": "x.com"})),
            (EntityKind::Account, json!({"name": "LocalSystem", "upn": "system@contoso.com"})),
            (EntityKind::Process, json!({"command_line": "curl http://a.example"})),
            (EntityKind::Malware, json!({"name": "Win32/Toga!rfn"})),
        ] {
            assert_eq!(seen(kind, &properties), [], "{kind}");
        }
    }
}
