//! When two entities are the same one.

use std::{
    collections::{BTreeMap, HashSet},
    net::IpAddr,
};

use serde_json::Value;

use super::{Entity, EntityKind, catalogue::Attribute, text_of};

/// Stands between the parts of a compound value; it occurs in no value that matters.
const BETWEEN: &str = "\u{1f}";

impl Entity {
    /// The attributes that identify it, in a form that can be compared: without regard to case where case does not
    /// matter, addresses as RFC 5952 has them.
    pub fn identity(&self) -> BTreeMap<&'static str, String> {
        self.kind
            .class()
            .identity()
            .filter_map(|attribute| Some((attribute.name, self.comparable(attribute)?)))
            .collect()
    }

    /// Whether the two are of one kind and no attribute that both have differs.
    pub fn is_equivalent(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self
                .properties
                .iter()
                .all(|(name, value)| other.properties.get(name).is_none_or(|theirs| theirs == value))
    }

    /// Whether the two are one thing: of one kind, without contradiction in what identifies them, and either sharing a
    /// full identifier or identified by the very same attributes.
    pub fn can_merge(&self, other: &Self) -> bool {
        if self.kind != other.kind {
            return false;
        }
        let (mine, theirs) = (self.identity(), other.identity());
        if mine.is_empty() || theirs.is_empty() {
            return false;
        }
        let contradicts = mine.iter().any(|(name, value)| theirs.get(name).is_some_and(|other| other != value));
        let shares_identifier = || {
            let has_both = |name| mine.contains_key(name) && theirs.contains_key(name);
            self.kind.class().identifiers.iter().any(|names| names.iter().all(has_both))
        };
        !contradicts && (mine == theirs || shares_identifier())
    }

    /// Takes from `other` what is not known here. Lists are united.
    pub fn merge(&mut self, other: Self) {
        for (name, theirs) in other.properties {
            match (self.properties.get_mut(&name), theirs) {
                (Some(Value::Array(mine)), Value::Array(theirs)) => unite(mine, theirs),
                (Some(_), _) => {}
                (None, theirs) => {
                    self.properties.insert(name, theirs);
                }
            }
        }
    }

    /// Everything under which another record of the same thing may be found: one key for each full identifier and one
    /// for the identity as a whole.
    pub(super) fn keys(&self) -> Vec<String> {
        let identity = self.identity();
        if identity.is_empty() {
            return Vec::new();
        }
        let key = |names: &[&str]| {
            let parts = names.iter().map(|name| identity.get(name).map(|value| format!("{name}{BETWEEN}{value}")));
            Some(parts.collect::<Option<Vec<_>>>()?.join(BETWEEN))
        };
        let whole = key(&identity.keys().copied().collect::<Vec<_>>());
        self.kind.class().identifiers.iter().filter_map(|names| key(names)).chain(whole).collect()
    }

    fn comparable(&self, attribute: &Attribute) -> Option<String> {
        match self.properties.get(attribute.name)? {
            Value::Array(values) => {
                let mut texts: Vec<_> = values.iter().filter_map(text_of).collect();
                texts.sort();
                Some(texts.join(BETWEEN)).filter(|text| !text.is_empty())
            }
            value => {
                let text = text_of(value)?;
                Some(match text.parse::<IpAddr>() {
                    Ok(address) => address.to_string(),
                    Err(_) if attribute.exact && !self.is_windows_file() => text,
                    Err(_) => text.to_lowercase(),
                })
            }
        }
    }

    /// Whether it is a file on a file system that does not tell upper from lower case.
    fn is_windows_file(&self) -> bool {
        self.kind == EntityKind::File
            && ["directory", "full_path"].iter().filter_map(|name| self.text(name)).any(|path| path.contains('\\'))
    }
}

fn unite(mine: &mut Vec<Value>, theirs: Vec<Value>) {
    let known: HashSet<String> = mine.iter().map(Value::to_string).collect();
    mine.extend(theirs.into_iter().filter(|value| !known.contains(&value.to_string())));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entity(kind: EntityKind, properties: &Value) -> Entity {
        Entity::new("x", kind, properties.as_object().unwrap().clone())
    }

    #[test]
    fn one_shared_identifier_is_enough() {
        let known =
            entity(EntityKind::Host, &json!({"host_name": "WEB1", "dns_domain": "contoso.com", "azure_id": "/a"}));
        let seen = entity(EntityKind::Host, &json!({"host_name": "web1", "dns_domain": "Contoso.com"}));
        assert!(known.can_merge(&seen) && seen.can_merge(&known));
    }

    #[test]
    fn a_contradiction_keeps_them_apart() {
        let here = entity(EntityKind::Account, &json!({"name": "ian", "nt_domain": "WORKGROUP", "host": "host-1"}));
        let there = entity(EntityKind::Account, &json!({"name": "ian", "nt_domain": "WORKGROUP", "host": "host-2"}));
        assert!(!here.can_merge(&there));
    }

    #[test]
    fn a_weak_name_alone_merges_only_with_the_very_same() {
        let bare = entity(EntityKind::Host, &json!({"host_name": "web1"}));
        let full = entity(EntityKind::Host, &json!({"host_name": "web1", "dns_domain": "contoso.com"}));
        assert!(bare.can_merge(&bare.clone()));
        assert!(!bare.can_merge(&full));
        let attachment = |hash| entity(EntityKind::File, &json!({"name": "invoice.pdf", "file_hashes": [hash]}));
        assert!(!attachment("hash-1").can_merge(&attachment("hash-2")));
    }

    #[test]
    fn case_matters_only_where_it_does() {
        let url = |url: &str| entity(EntityKind::Url, &json!({"url": url}));
        assert!(!url("http://a.example/X").can_merge(&url("http://a.example/x")));
        let file = |directory: &str| entity(EntityKind::File, &json!({"directory": directory, "name": "a.exe"}));
        assert!(file("C:\\Temp").can_merge(&file("c:\\temp")));
        assert!(!file("/Temp").can_merge(&file("/temp")));
    }

    #[test]
    fn addresses_are_compared_in_canonical_form() {
        let ip = |address: &str| entity(EntityKind::Ip, &json!({"address": address}));
        assert!(ip("2001:db8:0:0::1").can_merge(&ip("2001:DB8::1")));
        assert!(!ip("192.0.2.1").can_merge(&ip("192.0.2.2")));
    }

    #[test]
    fn entities_without_identity_never_merge() {
        let nothing = entity(EntityKind::Ip, &json!({"location": {}}));
        assert!(!nothing.can_merge(&nothing.clone()));
        let unknown = entity(EntityKind::Unknown, &json!({"x": 1}));
        assert!(!unknown.can_merge(&unknown.clone()));
    }

    #[test]
    fn merging_fills_blanks_and_unites_lists() {
        let mut mine =
            entity(EntityKind::DnsResolution, &json!({"domain_name": "a.example", "ip_addresses": ["ip-1"]}));
        mine.merge(entity(
            EntityKind::DnsResolution,
            &json!({"domain_name": "A.EXAMPLE", "ip_addresses": ["ip-1", "ip-2"], "x": 1}),
        ));
        assert_eq!(
            mine.properties,
            *json!({"domain_name": "a.example", "ip_addresses": ["ip-1", "ip-2"], "x": 1}).as_object().unwrap()
        );
    }

    #[test]
    fn equivalence_ignores_what_is_not_set() {
        let some = entity(EntityKind::Ip, &json!({"address": "192.0.2.1"}));
        let more = entity(EntityKind::Ip, &json!({"address": "192.0.2.1", "os_name": "x"}));
        assert!(some.is_equivalent(&more) && more.is_equivalent(&some));
        assert!(!some.is_equivalent(&entity(EntityKind::Ip, &json!({"address": "192.0.2.2"}))));
    }
}
