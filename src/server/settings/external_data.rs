//! What `externaldata` of a query may read: nothing, unless the settings name where it lies.

use url::Url;

use super::kinds::{self, Wrong};

/// A place that `externaldata` may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExternalPlace {
    /// Whatever is served over HTTPS.
    Anywhere,
    /// What lies at an address, or below it.
    Below(Url),
}

impl ExternalPlace {
    /// Whether something lies here.
    pub fn holds(&self, url: &Url) -> bool {
        match self {
            Self::Anywhere => url.scheme() == "https",
            Self::Below(base) => {
                let rest = url.path().strip_prefix(base.path());
                let is_below =
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || base.path().ends_with('/'));
                url.origin() == base.origin() && is_below
            }
        }
    }
}

/// An address below which all may be read, or `https://*`.
pub(super) fn external_place(text: &str) -> Result<ExternalPlace, Wrong> {
    if text == "https://*" {
        return Ok(ExternalPlace::Anywhere);
    }
    let base = kinds::web_address(text).map_err(|wrong| Wrong {
        allowed: "an http or https address without user name, password, query and fragment, or https://*".to_owned(),
        ..wrong
    })?;
    Ok(ExternalPlace::Below(base))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_holds_what_lies_at_or_below_it_and_nothing_beside_it() {
        let holds = |place: &str, url: &str| external_place(place).unwrap().holds(&url.parse().unwrap());
        for (place, inside, outside) in [
            ("https://lists.example/soc", "https://lists.example/soc/a.csv?x=1", "https://lists.example/society/a.csv"),
            ("https://lists.example/soc/", "https://lists.example/soc/a.csv", "https://lists.example/soc/../a.csv"),
            ("https://lists.example/soc/", "https://lists.example:443/soc/b/c", "https://lists.example/soc/%2e%2e/a"),
            ("https://lists.example", "https://LISTS.example/a.csv", "https://lists.example.evil.example/a.csv"),
            ("http://lists.example:8080/a.csv", "http://lists.example:8080/a.csv", "http://lists.example/a.csv"),
            ("https://*", "https://anything.example/a.csv", "http://anything.example/a.csv"),
        ] {
            assert!(holds(place, inside), "{place}: {inside}");
            assert!(!holds(place, outside), "{place}: {outside}");
        }
    }

    #[test]
    fn only_addresses_are_places() {
        for text in ["*", "file:///etc", "https://u:p@lists.example/", "lists.example", ""] {
            assert!(external_place(text).unwrap_err().allowed.contains("https://*"), "{text}");
        }
    }
}
