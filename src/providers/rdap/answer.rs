//! What a registry answers (RFC 9083), and the facts in it under the names of MSTICPy's whois columns.
//!
//! Registries differ in what they leave out, so only the class of the object must be there. What was taken out for
//! privacy is named in `redacted` (RFC 9537, and the remarks that went before it).

use model::Evidence;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    cidr,
    jcard::{Contact, is_redacted},
};
use crate::{
    Reading,
    lenient::{Flag, List, Number, Part, Text, Texts, Time},
};

/// Contacts inside contacts are read so deep.
const MAX_DEPTH: usize = 4;

/// A network, a domain or an autonomous system.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Object {
    pub object_class_name: Text,
    pub error_code: Number,
    pub links: List<Link>,
    handle: Text,
    name: Text,
    r#type: Text,
    country: Text,
    start_address: Text,
    end_address: Text,
    parent_handle: Text,
    cidr0_cidrs: List<Cidr>,
    start_autnum: Number,
    end_autnum: Number,
    ldh_name: Text,
    unicode_name: Text,
    status: Texts,
    port43: Text,
    events: List<Event>,
    entities: List<Entity>,
    nameservers: List<NameServer>,
    #[serde(rename = "secureDNS")]
    secure_dns: Part<SecureDns>,
    redacted: List<Redaction>,
}

/// Where more is to be found.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Link {
    pub rel: Text,
    pub href: Text,
    pub r#type: Text,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Cidr {
    v4prefix: Text,
    v6prefix: Text,
    length: Number,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Event {
    event_action: Text,
    event_date: Time,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Entity {
    handle: Text,
    roles: Texts,
    vcard_array: Contact,
    public_ids: List<PublicId>,
    remarks: List<Remark>,
    entities: List<Entity>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct PublicId {
    r#type: Text,
    identifier: Text,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Remark {
    title: Text,
    description: Texts,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct NameServer {
    ldh_name: Text,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SecureDns {
    delegation_signed: Flag,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Redaction {
    name: Part<RedactedName>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct RedactedName {
    r#type: Text,
    description: Text,
}

/// A contact and what it is a contact for.
struct Role<'a> {
    entity: &'a Entity,
    roles: &'a [String],
}

impl Object {
    /// The facts about a network, with those of the networks around it.
    pub(super) fn network(&self, around: &[Self]) -> Reading {
        let nets: Vec<Value> = std::iter::once(self).chain(around).map(|object| Value::Object(object.net())).collect();
        self.said_of_all(Reading::facts())
            .says("name", self.name.clone())
            .says("start_address", self.start_address.clone())
            .says("end_address", self.end_address.clone())
            .says("cidr", self.cidrs())
            .says("type", self.r#type.clone())
            .says("parent_handle", self.parent_handle.clone())
            .says("nets", nets)
    }

    /// The facts about a domain. The registrar's own answer, where there is one, fills what the registry leaves out.
    pub(super) fn domain(&self, registrar: Option<&Self>) -> Reading {
        let contacts = self.contacts();
        let sponsor = contacts.iter().find(|contact| contact.is("registrar"));
        let iana_id = sponsor.and_then(|role| {
            let ids = &role.entity.public_ids.0;
            ids.iter().find(|id| id.r#type.is("IANA Registrar ID")).map(|id| id.identifier.clone())
        });
        let own = self
            .said_of_all(Reading::facts())
            .says("domain", self.ldh_name.as_deref().map(str::to_ascii_lowercase))
            .says("unicode_name", self.unicode_name.clone())
            .says("registrar", sponsor.and_then(Role::title))
            .says("registrar_iana_id", iana_id.and_then(|id| id.0))
            .lists("name_servers", self.nameservers.0.iter().filter_map(|server| server.ldh_name.as_deref()).map(lower))
            .says("dnssec", self.secure_dns.0.delegation_signed);
        let Some(registrar) = registrar else { return own };
        let more = registrar.domain(None).evidence;
        more.into_iter().fold(own, |reading, (name, value)| match reading.evidence.contains_key(&name) {
            true => reading,
            false => reading.says(&name, value),
        })
    }

    /// The facts about an autonomous system.
    pub(super) fn system(&self) -> Reading {
        self.said_of_all(Reading::facts())
            .says("name", self.name.clone())
            .says("type", self.r#type.clone())
            .says("first_asn", self.start_autnum)
            .says("last_asn", self.end_autnum)
    }

    fn said_of_all(&self, reading: Reading) -> Reading {
        let contacts = self.contacts();
        let registrant = contacts.iter().find(|contact| contact.is("registrant"));
        let abuse = contacts.iter().find(|contact| contact.is("abuse")).map(|role| &role.entity.vcard_array);
        let entities: Vec<Value> = contacts.iter().map(Role::facts).filter(|facts| facts != &json!({})).collect();
        reading
            .says("handle", self.handle.clone())
            .says("country_code", self.country.clone())
            .says("registrant", registrant.and_then(Role::title))
            .says("registrant_country", registrant.and_then(|role| role.entity.vcard_array.country.clone()))
            .says("created", self.when("registration"))
            .says("updated", self.when("last changed"))
            .says("expires", self.when("expiration"))
            .lists("status", &self.status.0)
            .says("address", self.address())
            .lists("emails", self.emails())
            .says("abuse_email", abuse.and_then(|contact| contact.emails.first().cloned()))
            .says("abuse_phone", abuse.and_then(|contact| contact.phones.first().cloned()))
            .says("whois_server", self.port43.clone())
            .says("entities", entities)
            .lists("redacted", self.redactions())
    }

    /// The columns of one of MSTICPy's `nets`.
    fn net(&self) -> Evidence {
        Reading::facts()
            .says("cidr", self.cidrs().join(", "))
            .says("handle", self.handle.clone())
            .says("name", self.name.clone())
            .says("start_address", self.start_address.clone())
            .says("end_address", self.end_address.clone())
            .says("created", self.when("registration"))
            .says("updated", self.when("last changed"))
            .says("address", self.address())
            .lists("emails", self.emails())
            .evidence
    }

    /// The prefixes as the registry gives them, else those that make up the range.
    fn cidrs(&self) -> Vec<String> {
        let given = self.cidr0_cidrs.0.iter().filter_map(|cidr| {
            let prefix = cidr.v4prefix.as_deref().or(cidr.v6prefix.as_deref())?;
            Some(format!("{prefix}/{}", cidr.length.0?))
        });
        let given: Vec<String> = given.collect();
        let (first, last) = (self.start_address.as_deref(), self.end_address.as_deref());
        if given.is_empty() { cidr::of_range(first, last) } else { given }
    }

    /// The earliest time of something; a registry may tell of several transfers, but of one beginning.
    fn when(&self, action: &str) -> Option<String> {
        let times = self.events.0.iter().filter(|event| event.event_action.is(action));
        times.filter_map(|event| event.event_date.0.clone()).min()
    }

    fn contacts(&self) -> Vec<Role<'_>> {
        let mut contacts = Vec::new();
        collect(&self.entities.0, &mut contacts, MAX_DEPTH);
        contacts
    }

    /// Where the holder is, else whoever says where he is.
    fn address(&self) -> Option<String> {
        let contacts = self.contacts();
        let of_holder = contacts.iter().find(|contact| contact.is("registrant") && contact.address().is_some());
        of_holder.or_else(|| contacts.iter().find(|contact| contact.address().is_some())).and_then(Role::address)
    }

    fn emails(&self) -> Vec<String> {
        self.contacts().iter().flat_map(|contact| contact.entity.vcard_array.emails.clone()).collect()
    }

    fn redactions(&self) -> Vec<String> {
        let named = self.redacted.0.iter().map(|redaction| &redaction.name.0);
        let named = named.filter_map(|name| name.r#type.0.clone().or_else(|| name.description.0.clone()));
        let contacts = self.contacts();
        let remarked = contacts.iter().filter(|contact| contact.is_redacted()).flat_map(|contact| contact.roles.to_vec());
        named.chain(remarked).collect()
    }
}

impl Role<'_> {
    fn is(&self, role: &str) -> bool {
        self.roles.iter().any(|own| own.eq_ignore_ascii_case(role))
    }

    /// The organisation, else the person.
    fn title(&self) -> Option<String> {
        let contact = &self.entity.vcard_array;
        contact.organization.clone().or_else(|| contact.name.clone())
    }

    fn address(&self) -> Option<String> {
        self.entity.vcard_array.address.clone()
    }

    fn is_redacted(&self) -> bool {
        self.entity.remarks.0.iter().any(|remark| {
            remark.title.as_deref().is_some_and(is_redacted) || remark.description.0.iter().any(|text| is_redacted(text))
        })
    }

    fn facts(&self) -> Value {
        let Contact { name, organization, address, emails, phones, .. } = &self.entity.vcard_array;
        let facts = Reading::facts()
            .lists("roles", self.roles)
            .says("handle", self.entity.handle.clone())
            .says("name", name.clone())
            .says("organization", organization.clone())
            .says("address", address.clone())
            .lists("emails", emails)
            .lists("phones", phones);
        Value::Object(facts.evidence)
    }
}

fn collect<'a>(entities: &'a [Entity], contacts: &mut Vec<Role<'a>>, depth: usize) {
    for entity in entities {
        contacts.push(Role { entity, roles: &entity.roles.0 });
        if depth > 0 {
            collect(&entity.entities.0, contacts, depth - 1);
        }
    }
}

fn lower(text: &str) -> String {
    text.trim_end_matches('.').to_ascii_lowercase()
}
