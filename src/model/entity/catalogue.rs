//! The catalogue of entities: one constant table that says for each kind what it is called, which attributes it has in
//! each spelling, and what identifies it.
//!
//! Sources: the entity schemas of Sentinel's alerts
//! (<https://learn.microsoft.com/azure/sentinel/entities-reference>), `EntityTypes.json` of the Security Insights
//! management API, 2021-10-01, and the entity classes of MSTICPy 3.

mod alerts;
mod cloud;
mod files;
mod machines;
mod mail;
mod network;
mod people;

use super::{EntityKind, spelling::same_word};

/// What is known about the entities of one kind.
#[derive(Debug)]
pub(super) struct Class {
    /// The name in our own answers.
    pub(super) name: &'static str,
    /// The name for people.
    pub(super) title: &'static str,
    /// `Type` in Sentinel's alert schema.
    pub(super) alert: &'static str,
    /// `kind` in the management API; empty where it has none.
    pub(super) arm: &'static str,
    /// Further names.
    pub(super) aliases: &'static [&'static str],
    /// The attribute that a bare text stands for, and that names the entity when nothing better does. Empty if none.
    pub(super) main: &'static str,
    /// Sets of attributes, each of which tells the entity from all others of its kind.
    pub(super) identifiers: &'static [&'static [&'static str]],
    /// Its own attributes, beside `COMMON`.
    pub(super) attributes: &'static [Attribute],
}

/// One attribute in its three spellings.
#[derive(Debug)]
pub(super) struct Attribute {
    /// Our own name, in snake_case.
    pub(super) name: &'static str,
    /// The name in Sentinel's alert schema, or MSTICPy's where that has none.
    pub(super) alert: &'static str,
    /// The name in the management API; empty where it has none.
    pub(super) arm: &'static str,
    /// Further names.
    pub(super) aliases: &'static [&'static str],
    pub(super) holds: Holds,
    /// Whether upper and lower case tell values apart.
    pub(super) exact: bool,
}

/// What an attribute holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Text,
    Integer,
    Number,
    Bool,
    Datetime,
    List,
    Object,
    /// A reference to an entity of this kind; of any kind if unknown.
    Entity(EntityKind),
    /// References to entities of this kind; of any kind if unknown.
    Entities(EntityKind),
}

/// What every entity may have.
pub(super) const COMMON: &[Attribute] = &[
    of("friendly_name", "FriendlyName", "friendlyName", Holds::Text),
    of("additional_data", "AdditionalData", "additionalData", Holds::Object),
    of("time_generated", "TimeGenerated", "timeGenerated", Holds::Datetime),
    of("start_time", "StartTime", "", Holds::Datetime),
    of("end_time", "EndTime", "", Holds::Datetime),
];

const UNKNOWN: Class = Class {
    name: "unknown",
    title: "Unknown",
    alert: "unknown",
    arm: "",
    aliases: &["UnknownEntity"],
    main: "",
    identifiers: &[],
    attributes: &[],
};

/// An attribute: its name, its name in alerts, its name in the management API, and what it holds.
const fn of(name: &'static str, alert: &'static str, arm: &'static str, holds: Holds) -> Attribute {
    Attribute { name, alert, arm, aliases: &[], holds, exact: false }
}

impl Attribute {
    const fn also(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    const fn exact(mut self) -> Self {
        self.exact = true;
        self
    }

    /// Whether this is one of its names.
    fn is_called(&self, text: &str) -> bool {
        [self.name, self.alert, self.arm].iter().chain(self.aliases).any(|name| same_word(name, text))
    }

    /// Whether this is the name under which the management API gives the id of another entity.
    pub(super) fn is_reference(&self, text: &str) -> bool {
        self.arm.contains("EntityId") && same_word(self.arm, text)
    }
}

impl Class {
    /// Whether this is one of its names.
    pub(super) fn is_called(&self, text: &str) -> bool {
        [self.name, self.alert, self.arm].iter().chain(self.aliases).any(|name| same_word(name, text))
    }

    /// The attribute of this name, in any spelling.
    pub(super) fn attribute(&self, text: &str) -> Option<&'static Attribute> {
        self.attributes.iter().chain(COMMON).find(|attribute| attribute.is_called(text))
    }

    /// The attributes that take part in any identifier, each once, in the order of the catalogue.
    pub(super) fn identity(&self) -> impl Iterator<Item = &'static Attribute> {
        self.attributes.iter().filter(|attribute| self.identifiers.iter().any(|names| names.contains(&attribute.name)))
    }
}

/// The catalogue's entry for a kind.
pub(super) const fn class(kind: EntityKind) -> &'static Class {
    match kind {
        EntityKind::Account => &people::ACCOUNT,
        EntityKind::SecurityGroup => &people::SECURITY_GROUP,
        EntityKind::HostLogonSession => &people::HOST_LOGON_SESSION,
        EntityKind::CloudLogonSession => &people::CLOUD_LOGON_SESSION,
        EntityKind::Host => &machines::HOST,
        EntityKind::IotDevice => &machines::IOT_DEVICE,
        EntityKind::Process => &machines::PROCESS,
        EntityKind::RegistryKey => &machines::REGISTRY_KEY,
        EntityKind::RegistryValue => &machines::REGISTRY_VALUE,
        EntityKind::Ip => &network::IP,
        EntityKind::Url => &network::URL,
        EntityKind::DnsResolution => &network::DNS_RESOLUTION,
        EntityKind::NetworkConnection => &network::NETWORK_CONNECTION,
        EntityKind::GeoLocation => &network::GEO_LOCATION,
        EntityKind::File => &files::FILE,
        EntityKind::FileHash => &files::FILE_HASH,
        EntityKind::Malware => &files::MALWARE,
        EntityKind::AzureResource => &cloud::AZURE_RESOURCE,
        EntityKind::CloudApplication => &cloud::CLOUD_APPLICATION,
        EntityKind::OauthApplication => &cloud::OAUTH_APPLICATION,
        EntityKind::ServicePrincipal => &cloud::SERVICE_PRINCIPAL,
        EntityKind::Mailbox => &mail::MAILBOX,
        EntityKind::MailboxConfiguration => &mail::MAILBOX_CONFIGURATION,
        EntityKind::MailCluster => &mail::MAIL_CLUSTER,
        EntityKind::MailMessage => &mail::MAIL_MESSAGE,
        EntityKind::SubmissionMail => &mail::SUBMISSION_MAIL,
        EntityKind::Alert => &alerts::ALERT,
        EntityKind::Incident => &alerts::INCIDENT,
        EntityKind::Bookmark => &alerts::BOOKMARK,
        EntityKind::ThreatIntelligence => &alerts::THREAT_INTELLIGENCE,
        EntityKind::Unknown => &UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::spelling::snake_case;

    /// Fails if a name belongs to more than one of the rows.
    fn assert_distinct<'a>(what: &str, rows: impl Iterator<Item = Vec<&'a str>>) {
        let mut taken: Vec<(usize, &str)> = Vec::new();
        for (row, names) in rows.enumerate() {
            for name in names.into_iter().filter(|name| !name.is_empty()) {
                let other = taken.iter().find(|(taken_by, taken)| *taken_by != row && same_word(taken, name));
                assert_eq!(other, None, "{what}: {name}");
                taken.push((row, name));
            }
        }
    }

    #[test]
    fn no_name_means_two_kinds() {
        assert_distinct(
            "kinds",
            EntityKind::ALL.iter().map(|kind| {
                let class = class(*kind);
                [&[class.name, class.alert, class.arm], class.aliases].concat()
            }),
        );
    }

    #[test]
    fn no_name_means_two_attributes_of_one_kind() {
        for kind in EntityKind::ALL {
            let attributes = class(*kind).attributes.iter().chain(COMMON);
            assert_distinct(kind.as_str(), attributes.map(|a| [&[a.name, a.alert, a.arm], a.aliases].concat()));
        }
    }

    #[test]
    fn identifiers_and_main_attributes_exist_and_names_are_snake_case() {
        for kind in EntityKind::ALL {
            let class = class(*kind);
            let names: Vec<_> = class.attributes.iter().map(|a| a.name).collect();
            for name in class.identifiers.concat() {
                assert!(names.contains(&name), "{kind}: {name}");
            }
            assert!(class.main.is_empty() || names.contains(&class.main), "{kind}: {}", class.main);
            assert!(names.iter().all(|name| snake_case(name) == **name), "{kind}");
        }
    }

    #[test]
    fn references_are_spelled_as_such() {
        for kind in EntityKind::ALL {
            for attribute in class(*kind).attributes.iter().filter(|a| !a.arm.is_empty()) {
                let holds_one = attribute.arm.ends_with("EntityId");
                let holds_many = attribute.arm.ends_with("EntityIds");
                assert!(!holds_one || matches!(attribute.holds, Holds::Entity(_)), "{kind}: {}", attribute.arm);
                assert!(!holds_many || matches!(attribute.holds, Holds::Entities(_)), "{kind}: {}", attribute.arm);
            }
        }
    }
}
