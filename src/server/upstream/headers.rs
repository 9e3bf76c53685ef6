//! Headers of calls: which carry credentials, so that those neither print nor leave their origin.

use reqwest::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHORIZATION};

use super::SendError;

/// Sets a header that is no secret.
pub fn plain_header(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), SendError> {
    set(headers, name, value, false)
}

/// Sets a header that carries a credential.
pub fn secret_header(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), SendError> {
    set(headers, name, value, true)
}

fn set(headers: &mut HeaderMap, name: &str, value: &str, secret: bool) -> Result<(), SendError> {
    let name: HeaderName = name.parse().map_err(|_| SendError::BadHeader)?;
    let mut value: HeaderValue = value.parse().map_err(|_| SendError::BadHeader)?;
    value.set_sensitive(secret);
    headers.insert(name, value);
    Ok(())
}

/// The headers without their credentials: those that are flagged, and those that are known to be.
pub(super) fn without_credentials(headers: &HeaderMap) -> HeaderMap {
    let known = [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE];
    let kept = headers.iter().filter(|(name, value)| !value.is_sensitive() && !known.contains(name));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_do_not_print_and_are_left_out() {
        let mut headers = HeaderMap::new();
        plain_header(&mut headers, "accept", "application/json").unwrap();
        plain_header(&mut headers, "Authorization", "Basic eA==").unwrap();
        secret_header(&mut headers, "X-ApiKey", "s3cret").unwrap();
        assert!(!format!("{headers:?}").contains("s3cret"));
        assert_eq!(without_credentials(&headers).keys().collect::<Vec<_>>(), ["accept"]);
    }

    #[test]
    fn what_is_no_header_is_refused() {
        let mut headers = HeaderMap::new();
        for (name, value) in [("", "x"), ("a b", "x"), ("a", "x\r\nb: y"), ("a", "\0")] {
            assert_eq!(secret_header(&mut headers, name, value), Err(SendError::BadHeader), "{name:?} {value:?}");
        }
        assert!(headers.is_empty());
    }
}
