//! A URL and its parts, as the URL standard reads them. <https://url.spec.whatwg.org/>

use model::{KindHint, MAX_VALUE_BYTES, Observable, ObservableKind, Rejection, refang};
use serde::Serialize;
use url::{Host, Url};
use utoipa::ToSchema;

use super::domain;

/// What a URL is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct UrlParts {
    /// The scheme, if one is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "https")]
    scheme: Option<String>,
    /// User name and password, as they are written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    auth: Option<String>,
    /// The host: a name in lower case, or an address in its usual spelling.
    #[schema(required = false, example = "www.contoso.com")]
    host: String,
    /// What the host is: name, ipv4 or ipv6.
    #[schema(required = false, example = "name")]
    host_kind: &'static str,
    /// What somebody registered of the host's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "contoso.com")]
    registrable_domain: Option<String>,
    /// The port, if one is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    port: Option<u16>,
    /// The port that is connected to: the one that is written, or the one that the scheme implies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    effective_port: Option<u16>,
    /// The path.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    path: Option<String>,
    /// What follows the question mark.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    query: Option<String>,
    /// The parameters in the query, decoded, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    query_parameters: Vec<QueryParameter>,
    /// What follows the number sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    fragment: Option<String>,
    /// The URL as it is looked up: without the fragment. Absent for schemes that name nothing on a network.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    canonical: Option<String>,
    /// The value with what was broken on purpose mended.
    #[schema(required = false)]
    refanged: String,
    /// The URL in a spelling that nobody clicks on.
    #[schema(required = false, example = "hxxps://www[.]contoso[.]com/")]
    defanged: String,
}

/// One parameter of a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct QueryParameter {
    /// Its name.
    name: String,
    /// Its value.
    value: String,
}

impl UrlParts {
    /// Reads a URL, defanged or not. One without a scheme is read as a host and what follows it.
    pub(crate) fn read(value: &str) -> Result<Self, Rejection> {
        const MISMATCH: Rejection = Rejection::Mismatch(KindHint::Exactly(ObservableKind::Url));
        if value.len() > MAX_VALUE_BYTES {
            return Err(Rejection::TooLong);
        }
        let refanged = refang(value.trim()).into_owned();
        if refanged.is_empty() {
            return Err(Rejection::Empty);
        }
        if refanged.chars().any(char::is_control) {
            return Err(Rejection::ControlCharacters);
        }
        let has_scheme = refanged.contains("://");
        if !has_scheme && is_opaque(&refanged) {
            return Err(Rejection::NoHost);
        }
        let text = if has_scheme { refanged.clone() } else { format!("http://{}", refanged.trim_start_matches('/')) };
        let url = Url::parse(&text).map_err(|error| match error {
            url::ParseError::EmptyHost => Rejection::NoHost,
            url::ParseError::InvalidIpv4Address | url::ParseError::InvalidIpv6Address => Rejection::InvalidAddress,
            _ => MISMATCH,
        })?;
        let (host, host_kind) = match url.host().ok_or(Rejection::NoHost)? {
            Host::Ipv4(address) => (address.to_string(), "ipv4"),
            Host::Ipv6(address) => (address.to_string(), "ipv6"),
            // The standard leaves the hosts of unknown schemes as they are.
            Host::Domain(name) => (name.to_ascii_lowercase(), "name"),
        };
        let kind = Some(KindHint::Exactly(ObservableKind::Url));
        Ok(Self {
            scheme: has_scheme.then(|| url.scheme().to_owned()),
            auth: auth(&url),
            registrable_domain: (host_kind == "name")
                .then(|| domain::registrable(host.trim_end_matches('.')))
                .flatten(),
            host,
            host_kind,
            port: written_port(&text),
            effective_port: url.port_or_known_default().filter(|_| has_scheme || url.port().is_some()),
            path: said(url.path()),
            query: url.query().and_then(said),
            query_parameters: url
                .query_pairs()
                .map(|(name, value)| QueryParameter { name: name.into_owned(), value: value.into_owned() })
                .collect(),
            fragment: url.fragment().and_then(said),
            canonical: Observable::parse(&text, kind).ok().map(|url| url.canonical().to_owned()),
            defanged: defanged(&url, has_scheme),
            refanged,
        })
    }
}

/// Whether a text has a scheme that no host follows, such as `mailto:` or `javascript:`; a port is no such thing.
fn is_opaque(text: &str) -> bool {
    text.split_once(':').is_some_and(|(before, after)| {
        let is_scheme = !before.is_empty() && before.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
        is_scheme && !after.starts_with(|c: char| c.is_ascii_digit()) && !after.starts_with(':')
    })
}

fn auth(url: &Url) -> Option<String> {
    match (url.username(), url.password()) {
        ("", None) => None,
        (user, None) => Some(user.to_owned()),
        (user, Some(password)) => Some(format!("{user}:{password}")),
    }
}

/// The port as it stands in the text: the parser drops one that the scheme implies.
fn written_port(text: &str) -> Option<u16> {
    let (_, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '\\', '?', '#']).next()?;
    let host_and_port = authority.rsplit('@').next()?;
    let (_, port) = host_and_port.rsplit_once(':')?;
    port.parse().ok()
}

/// The URL with a broken scheme and bracketed dots in its host.
fn defanged(url: &Url, has_scheme: bool) -> String {
    let Some(host) = url.host_str() else { return String::new() };
    let broken_host = host.replace('.', "[.]");
    let (before, after) = (&url[..url::Position::BeforeHost], &url[url::Position::AfterHost..]);
    let Some((scheme, rest)) = before.split_once("://").filter(|_| has_scheme) else {
        let auth = before.split_once("://").map_or(before, |(_, auth)| auth);
        return format!("{auth}{broken_host}{after}");
    };
    let broken_scheme = match scheme {
        "http" => "hxxp://".to_owned(),
        "https" => "hxxps://".to_owned(),
        "ftp" => "fxp://".to_owned(),
        other => format!("{other}[://]"),
    };
    format!("{broken_scheme}{rest}{broken_host}{after}")
}

fn said(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> UrlParts {
        UrlParts::read(value).unwrap_or_else(|rejection| panic!("{value}: {rejection}"))
    }

    #[test]
    fn every_part_is_told() {
        let parts = read("hxxps://User:p%40ss@WWW.contoso[.]co[.]uk:8443/a/b%20c?q=x%20y&q=&r#top");
        assert_eq!(parts.scheme.as_deref(), Some("https"));
        assert_eq!(parts.auth.as_deref(), Some("User:p%40ss"));
        assert_eq!((parts.host.as_str(), parts.host_kind), ("www.contoso.co.uk", "name"));
        assert_eq!(parts.registrable_domain.as_deref(), Some("contoso.co.uk"));
        assert_eq!((parts.port, parts.effective_port), (Some(8443), Some(8443)));
        assert_eq!(parts.path.as_deref(), Some("/a/b%20c"));
        assert_eq!(parts.query.as_deref(), Some("q=x%20y&q=&r"));
        let pairs: Vec<_> = parts.query_parameters.iter().map(|p| (p.name.as_str(), p.value.as_str())).collect();
        assert_eq!(pairs, [("q", "x y"), ("q", ""), ("r", "")]);
        assert_eq!(parts.fragment.as_deref(), Some("top"));
        assert!(parts.canonical.unwrap().ends_with("q=x%20y&q=&r"));
        assert!(parts.refanged.starts_with("https://User"));
        assert!(parts.defanged.starts_with("hxxps://User:p%40ss@www[.]contoso[.]co[.]uk:8443/"), "{}", parts.defanged);
    }

    #[test]
    fn a_port_is_told_when_it_is_written() {
        for (value, port, effective) in [
            ("https://contoso.com/", None, Some(443)),
            ("https://contoso.com:443/", Some(443), Some(443)),
            ("ssh://contoso.com:22", Some(22), Some(22)),
            ("contoso.com:8080/a", Some(8080), Some(8080)),
            ("contoso.com", None, None),
            ("http://[::1]/a:7", None, Some(80)),
            ("http://[::1]:7/", Some(7), Some(7)),
        ] {
            let parts = read(value);
            assert_eq!((parts.port, parts.effective_port), (port, effective), "{value}");
        }
    }

    #[test]
    fn a_host_is_enough() {
        let parts = read("foo");
        assert_eq!((parts.scheme, parts.host.as_str(), parts.defanged.as_str()), (None, "foo", "foo/"));
        assert_eq!(read("http://2130706433/").host, "127.0.0.1");
        assert_eq!(read("http://[2001:DB8::1]/").host, "2001:db8::1");
        assert_eq!(read("http://8.8.8[.]8/").host_kind, "ipv4");
    }

    #[test]
    fn what_is_defanged_reads_back() {
        for value in
            ["http://contoso.com/a.b?c=d.e", "https://u:p@a.contoso.com:8443/#x", "ftp://8.8.8.8/", "ws://a.b.com/"]
        {
            let parts = read(value);
            assert_ne!(parts.defanged, parts.refanged);
            assert_eq!(refang(&parts.defanged), refang(value), "{}", parts.defanged);
        }
    }

    #[test]
    fn what_has_no_host_is_rejected() {
        for value in ["", "mailto:a@contoso.com", "javascript:alert(1)", "http://", "http://a b/", "data:,x", "a\u{7}b"]
        {
            assert!(UrlParts::read(value).is_err(), "{value}");
        }
        assert_eq!(UrlParts::read(&"a".repeat(MAX_VALUE_BYTES + 1)), Err(Rejection::TooLong));
    }
}
