//! A name and its parts, after the Public Suffix List. <https://publicsuffix.org/list/>

use model::{KindHint, Observable, ObservableKind, Rejection};
use psl::Type;
use serde::Serialize;
use utoipa::ToSchema;

/// What a name is made of. `subdomain` `.` `domain` `.` `suffix` is the whole of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct DomainParts {
    /// The name: lower case, A-labels, without the dot at the end.
    #[schema(required = false, example = "www.contoso.co.uk")]
    name: String,
    /// The name as people of its script write it.
    #[schema(required = false)]
    unicode: String,
    /// Whether the two differ.
    #[schema(required = false)]
    is_idn: bool,
    /// The labels, the leftmost first.
    #[schema(required = false)]
    labels: Vec<String>,
    /// What stands before the domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "www")]
    subdomain: Option<String>,
    /// The label before the suffix.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "contoso")]
    domain: Option<String>,
    /// The public suffix.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "co.uk")]
    suffix: Option<String>,
    /// The suffix that a registry runs; differs from `suffix` where that is a company's, such as `github.io`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "co.uk")]
    registry_suffix: Option<String>,
    /// Domain and suffix: what somebody registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "contoso.co.uk")]
    registrable_domain: Option<String>,
    /// Whether the name ends in a suffix of the list.
    #[schema(required = false)]
    has_public_suffix: bool,
    /// Whether that suffix is in the list's private part.
    #[schema(required = false)]
    is_private: bool,
}

impl DomainParts {
    /// Reads a name, or the name that is the host of a URL, defanged or not.
    pub(crate) fn read(value: &str) -> Result<Self, Rejection> {
        let as_name = |text: &str| Observable::parse(text, Some(KindHint::Exactly(ObservableKind::Hostname)));
        let name = as_name(value).or_else(|rejection| {
            let other =
                Observable::parse(value, Some(KindHint::Exactly(ObservableKind::Url))).map_err(|_| rejection)?;
            as_name(other.host().ok_or(Rejection::IsAddress)?)
        })?;
        Ok(Self::of(name.canonical()))
    }

    /// Whether the name ends in a suffix of the list.
    pub(crate) const fn has_public_suffix(&self) -> bool {
        self.has_public_suffix
    }

    /// The public suffix.
    pub(crate) fn suffix(&self) -> Option<&str> {
        self.suffix.as_deref()
    }

    /// The parts of a canonical name.
    fn of(name: &str) -> Self {
        let (unicode, _) = idna::domain_to_unicode(name);
        let suffix = psl::suffix(name.as_bytes()).filter(psl::Suffix::is_known);
        let is_private = suffix.is_some_and(|suffix| suffix.typ() == Some(Type::Private));
        let suffix = suffix.and_then(|suffix| std::str::from_utf8(suffix.as_bytes()).ok());
        let before = match suffix {
            Some(suffix) => name.strip_suffix(suffix).unwrap_or_default().trim_end_matches('.'),
            None => name,
        };
        let (subdomain, domain) =
            before.rsplit_once('.').map_or(("", before), |(subdomain, domain)| (subdomain, domain));
        Self {
            name: name.to_owned(),
            is_idn: unicode != name,
            unicode,
            labels: name.split('.').map(str::to_owned).collect(),
            subdomain: said(subdomain),
            domain: said(domain),
            suffix: suffix.map(str::to_owned),
            registry_suffix: suffix.and_then(registry_suffix).map(str::to_owned),
            registrable_domain: suffix.filter(|_| !domain.is_empty()).map(|suffix| format!("{domain}.{suffix}")),
            has_public_suffix: suffix.is_some(),
            is_private,
        }
    }
}

/// What somebody registered, of a canonical name.
pub(super) fn registrable(name: &str) -> Option<String> {
    DomainParts::of(name).registrable_domain
}

/// The registry's suffix at the end of a suffix.
fn registry_suffix(suffix: &str) -> Option<&str> {
    let found = psl::suffix(suffix.as_bytes())?;
    if found.typ() == Some(Type::Icann) {
        return suffix.get(suffix.len().checked_sub(found.as_bytes().len())?..);
    }
    registry_suffix(suffix.split_once('.')?.1)
}

fn said(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(value: &str) -> (Option<String>, Option<String>, Option<String>, Option<String>, bool) {
        let parts = DomainParts::read(value).unwrap();
        (parts.subdomain, parts.domain, parts.suffix, parts.registry_suffix, parts.is_private)
    }

    fn some(text: &str) -> Option<String> {
        said(text)
    }

    #[test]
    fn a_name_ends_where_the_list_says() {
        for (value, subdomain, domain, suffix, registry, is_private) in [
            ("www.contoso.co.uk", "www", "contoso", "co.uk", "co.uk", false),
            ("A.B[.]Contoso.COM.", "a.b", "contoso", "com", "com", false),
            ("contoso.com", "", "contoso", "com", "com", false),
            ("x.y.github.io", "x", "y", "github.io", "io", true),
            ("b.s3.amazonaws.com", "", "b", "s3.amazonaws.com", "com", true),
            ("github.io", "", "", "github.io", "io", true),
            ("co.uk", "", "", "co.uk", "co.uk", false),
            ("db.intranet", "db", "intranet", "", "", false),
            ("localhost", "", "localhost", "", "", false),
            ("https://www.contoso.com:8443/a", "www", "contoso", "com", "com", false),
        ] {
            let expected = (some(subdomain), some(domain), some(suffix), some(registry), is_private);
            assert_eq!(parts(value), expected, "{value}");
        }
    }

    #[test]
    fn both_spellings_of_a_name_are_given() {
        for value in ["b\u{fc}cher.example.de", "XN--bcher-kva.example.de"] {
            let parts = DomainParts::read(value).unwrap();
            assert_eq!(parts.name, "xn--bcher-kva.example.de");
            assert_eq!((parts.unicode.as_str(), parts.is_idn), ("b\u{fc}cher.example.de", true));
            assert_eq!(parts.registrable_domain.as_deref(), Some("example.de"));
        }
    }

    #[test]
    fn what_is_no_name_is_rejected() {
        for value in ["", "a b", "-a.com", "a..com", &"a".repeat(64)] {
            assert!(DomainParts::read(value).is_err(), "{value}");
        }
        for value in ["8.8.8[.]8", "::1", "http://8.8.8.8/x"] {
            assert_eq!(DomainParts::read(value), Err(Rejection::IsAddress), "{value}");
        }
    }
}
