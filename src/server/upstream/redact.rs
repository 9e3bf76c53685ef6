//! What may be said about where a call goes: not what it carries.

use std::fmt;

use url::Url;

/// Scheme, host and port of an address. Paths and queries hold observables and keys, and are never written.
pub struct Redacted<'a>(pub &'a Url);

impl fmt::Display for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.0.host_str().unwrap_or_default())?;
        self.0.port().map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_written_without_what_it_carries() {
        for (url, written) in [
            ("https://user:pass@a.example/KEY/198.51.100.7?key=secret#x", "https://a.example"),
            ("http://[2001:db8::1]:8080/x", "http://[2001:db8::1]:8080"),
            ("data:secret", "data://"),
        ] {
            let url = url.parse().unwrap();
            assert_eq!(Redacted(&url).to_string(), written);
            assert_eq!(format!("{:?}", Redacted(&url)), written);
        }
    }
}
