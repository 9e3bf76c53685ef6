//! What is read as what: samples by kind.

use super::*;

fn read(value: &str, hint: &str) -> Result<(&'static str, String), Rejection> {
    let hint = if hint.is_empty() { None } else { Some(hint.parse().unwrap()) };
    Observable::parse(value, hint).map(|found| (found.kind().as_str(), found.canonical().to_owned()))
}

fn inferred(value: &str) -> Observable {
    Observable::parse(value, None).unwrap_or_else(|rejection| panic!("{value}: {rejection}"))
}

/// The value, so read, has this kind and canonical form, with the hint and without.
fn holds(value: &str, kind: &'static str, canonical: &str) {
    assert_eq!(read(value, kind), Ok((kind, canonical.to_owned())), "{value} as {kind}");
    assert_eq!(read(value, ""), Ok((kind, canonical.to_owned())), "{value}");
}

fn mismatch(kind: ObservableKind) -> Rejection {
    Rejection::Mismatch(kind.into())
}

#[test]
fn the_kind_is_inferred_as_msticpy_does() {
    for (value, kind) in [
        ("8.8.8.8", "ipv4"),
        ("8[.]8[.]8[.]8", "ipv4"),
        ("www.contoso.com", "domain"),
        ("https://a.com/x", "url"),
        ("a@b.com", "email"),
        ("d41d8cd98f00b204e9800998ecf8427e", "md5"),
        ("da39a3ee5e6b4b0d3255bfef95601890afd80709", "sha1"),
        ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "sha256"),
        ("/etc/passwd", "linux_path"),
        (r"C:\a\b.exe", "windows_path"),
        ("2001:db8::1", "ipv6"),
        ("hXXp://a[.]com", "url"),
    ] {
        assert_eq!(inferred(value).kind().as_str(), kind, "{value}");
    }
    assert_eq!(read("foo", ""), Err(Rejection::NoKindFits));
}

#[test]
fn addresses_are_strict_and_written_one_way() {
    holds(" 198.51.100[.]7 ", "ipv4", "198.51.100.7");
    holds("2001:DB8:0:0:0:0:0:1", "ipv6", "2001:db8::1");
    holds("[2001:db8::1]", "ipv6", "2001:db8::1");
    holds("fe80::1%eth0", "ipv6", "fe80::1");
    holds("fe80::", "ipv6", "fe80::");
    for value in ["1.2.3", "1.2.3.256", "01.2.3.4", "0x7f.1", "1.2.3.4.5", "10.0.0.0/8", "1.2.3.4%eth0", "example.com"]
    {
        assert_eq!(read(value, "ipv4"), Err(Rejection::InvalidAddress), "{value}");
        assert!(read(value, "").is_ok_and(|(kind, _)| kind == "domain") || read(value, "").is_err(), "{value}");
    }
    assert_eq!(
        read("::1", "ipv4"),
        Err(Rejection::WrongVersion { expected: ObservableKind::Ipv4, found: ObservableKind::Ipv6 })
    );
    assert_eq!(
        read("1.2.3.4", "ipv6").unwrap_err().to_string(),
        "observable is an ipv4 address where ipv6 is expected"
    );
    assert_eq!(read("1.2.3.4", "ip").unwrap().0, "ipv4");
    assert_eq!(read("::1", "ip-src").unwrap().0, "ipv6");
}

#[test]
fn a_mapped_address_is_the_ipv4_address_unless_ipv6_is_asked_for() {
    assert_eq!(read("::ffff:192.0.2.1", ""), Ok(("ipv4", "192.0.2.1".to_owned())));
    assert_eq!(read("::ffff:c000:201", "ip"), Ok(("ipv4", "192.0.2.1".to_owned())));
    assert_eq!(read("::FFFF:c000:201", "ipv6"), Ok(("ipv6", "::ffff:192.0.2.1".to_owned())));
}

#[test]
fn a_domain_has_a_public_suffix_and_is_written_in_a_labels() {
    holds("WWW.Example.COM.", "domain", "www.example.com");
    holds("bücher.example.com", "domain", "xn--bcher-kva.example.com");
    holds("пример.рф", "domain", "xn--e1afmkfd.xn--p1ai");
    holds("例え。jp", "domain", "xn--r8jz45g.jp");
    holds("_dmarc.example[dot]co.uk", "domain", "_dmarc.example.co.uk");
    holds("co.uk", "domain", "co.uk");
    assert_eq!(read("cmd.exe", "dns"), Err(Rejection::UnknownSuffix));
    assert_eq!(read("foo", "dns"), Err(Rejection::Unqualified));
    assert_eq!(read("com", "dns"), Err(Rejection::Unqualified));
    assert_eq!(read("1.2.3.4", "dns"), Err(Rejection::IsAddress));
    let long = format!("{}.com", "a".repeat(64));
    let very_long = format!("{}com", "abcdefghi.".repeat(26));
    for name in ["a..com", "-a.com", "a-.com", "a b.com", "a$.com", "xn--a.com", ".com", &long, &very_long] {
        assert_eq!(read(name, "domain"), Err(mismatch(ObservableKind::Domain)), "{name}");
    }
}

#[test]
fn a_hostname_needs_no_public_suffix() {
    assert_eq!(read("DC01", "hostname"), Ok(("hostname", "dc01".to_owned())));
    assert_eq!(read("www.example.com", "fqdn").unwrap().0, "hostname");
    holds("dc01.corp.local", "hostname", "dc01.corp.local");
    for name in ["10.1", "4711", "a.0x7f", "a/b", "srv_01-"] {
        assert_eq!(read(name, "hostname"), Err(mismatch(ObservableKind::Hostname)), "{name}");
    }
    assert_eq!(read("::1", "hostname"), Err(Rejection::IsAddress));
}

#[test]
fn a_file_name_is_no_host_unless_the_caller_says_so() {
    assert_eq!(read("cmd.exe", ""), Err(Rejection::UnknownSuffix));
    assert_eq!(read("invoice.pdf", ""), Err(Rejection::UnknownSuffix));
    assert_eq!(read("cmd.exe", "hostname").unwrap().0, "hostname");
    holds("archive.zip", "domain", "archive.zip");
}

#[test]
fn a_url_has_a_canonical_host_and_no_fragment() {
    holds("hxxps[://]EVIL[.]example[.]com:443/A?b=C#d", "url", "https://evil.example.com/A?b=C");
    holds("http://bücher.example.com", "url", "http://xn--bcher-kva.example.com/");
    holds("http://0x7f.1/", "url", "http://127.0.0.1/");
    holds("http://[2001:DB8:0::1]:8080/x", "url", "http://[2001:db8::1]:8080/x");
    holds("http://user:pw@example.com./", "url", "http://user:pw@example.com/");
    holds(r"http:\\example.com\x", "url", "http://example.com/x");
    holds("http://localhost/x.,", "url", "http://localhost/x");
    holds("example.com/login", "url", "http://example.com/login");
    holds("meow://example.com/x y", "url", "http://example.com/x%20y");
    holds("LDAP://EXAMPLE.com:389/dc=x", "url", "ldap://example.com/dc=x");
    holds("sftp://BÜCHER.example.com/", "url", "sftp://xn--bcher-kva.example.com/");
    holds("telnet://192.0.2.1:23", "url", "telnet://192.0.2.1");
    holds("fxp://example.com/x", "url", "ftp://example.com/x");
    for (value, rejection) in [
        ("file:///etc/passwd", Rejection::FileUrl),
        ("http://", Rejection::NoHost),
        ("ldap:///dc=x", Rejection::NoHost),
        ("chrome-extension://abc/x", Rejection::UnsupportedScheme),
        ("http://999.1.1.1/", Rejection::InvalidAddress),
        ("http://a..b/", mismatch(ObservableKind::Url)),
        ("http://a b/", mismatch(ObservableKind::Url)),
    ] {
        assert_eq!(read(value, "url"), Err(rejection), "{value}");
        assert_eq!(read(value, ""), Err(rejection), "{value}");
    }
    for value in ["javascript:alert(1)", "example.com", "/login", "text/html"] {
        assert_eq!(read(value, "url"), Err(mismatch(ObservableKind::Url)), "{value}");
    }
}

#[test]
fn an_email_address_keeps_the_case_of_its_local_part() {
    holds("First.Last+tag[at]Example[.]COM", "email", "First.Last+tag@example.com");
    holds("mailto:bob@example.com", "email", "bob@example.com");
    holds("<bob@example.com>,", "email", "bob@example.com");
    holds("jürgen@bücher.example.com", "email", "jürgen@xn--bcher-kva.example.com");
    holds("bob@corp.local", "email", "bob@corp.local");
    assert_eq!(read("bob@localhost", ""), Err(Rejection::Unqualified));
    let long = format!("{}@example.com", "a".repeat(65));
    for value in
        ["@example.com", "a..b@example.com", ".a@example.com", "a b@example.com", "a@b@c.com", "a@1.2.3.4", &long]
    {
        assert_eq!(read(value, "email"), Err(mismatch(ObservableKind::Email)), "{value}");
    }
}

#[test]
fn a_digest_is_lower_case_and_no_pattern() {
    holds("D41D8CD98F00B204E9800998ECF8427E", "md5", "d41d8cd98f00b204e9800998ecf8427e");
    assert_eq!(read("D41D8CD98F00B204E9800998ECF8427E", "file_hash").unwrap().0, "md5");
    assert_eq!(read(&"0".repeat(32), "md5"), Err(Rejection::LowEntropy));
    assert_eq!(read(&"0123456".repeat(10)[..64], ""), Err(Rejection::LowEntropy));
    assert_eq!(read("da39a3ee5e6b4b0d3255bfef95601890afd80709", "md5"), Err(mismatch(ObservableKind::Md5)));
    assert_eq!(read("abc", "hash"), Err(Rejection::Mismatch(KindHint::Hash)));
}

#[test]
fn paths_are_not_refanged() {
    holds(r"C:\Users\Bob\.ssh\id", "windows_path", r"c:\users\bob\.ssh\id");
    holds(r#""C:/Program Files/x.exe""#, "windows_path", r"c:\program files\x.exe");
    holds(r"\\srv\share$\x.dll", "windows_path", r"\\srv\share$\x.dll");
    holds(r"\\.\pipe\x", "windows_path", r"\\.\pipe\x");
    holds(r"\\?\C:\x", "windows_path", r"\\?\c:\x");
    holds(r".\run.ps1", "windows_path", r".\run.ps1");
    holds(r"%AppData%\x.exe", "windows_path", r"%appdata%\x.exe");
    holds("/opt/a[.]b/.x.", "linux_path", "/opt/a[.]b/.x.");
    assert_eq!(read("/usr/bin/env", "filename").unwrap().0, "linux_path");
    for value in ["run.ps1", r"C:\a*", "C:x", r"a\b"] {
        assert_eq!(read(value, "windows_path"), Err(mismatch(ObservableKind::WindowsPath)), "{value}");
    }
    for value in ["/", "etc/passwd", "~/x"] {
        assert_eq!(read(value, "linux_path"), Err(mismatch(ObservableKind::LinuxPath)), "{value}");
    }
    assert_eq!(read("cmd.exe", "filename"), Err(Rejection::Mismatch(KindHint::Path)));
}

#[test]
fn what_is_no_text_of_an_observable_is_rejected_whatever_the_kind() {
    for hint in ["", "url", "ip", "linux_path"] {
        assert_eq!(read(" \t", hint), Err(Rejection::Empty));
        assert_eq!(read("/a\u{7}b.com", hint), Err(Rejection::ControlCharacters));
        assert_eq!(read("http://a.com/\r\nHost: b", hint), Err(Rejection::ControlCharacters));
        assert_eq!(read(&format!("/{}", "a".repeat(MAX_VALUE_BYTES)), hint), Err(Rejection::TooLong));
    }
    // It would outgrow the limit when encoded.
    assert_eq!(read(&format!("http://a.com/{}", "é".repeat(4000)), "url"), Err(Rejection::TooLong));
}

#[test]
fn address_and_host_are_those_that_the_value_names() {
    let named = |value: &str| {
        let observable = inferred(value);
        (observable.address().map(|address| address.to_string()), observable.host().map(str::to_owned))
    };
    let address = |text: &str| (Some(text.to_owned()), None);
    let host = |text: &str| (None, Some(text.to_owned()));
    assert_eq!(named("192.0.2.1"), address("192.0.2.1"));
    assert_eq!(named("http://u:p@192.0.2.1:8080/@x"), address("192.0.2.1"));
    assert_eq!(named("http://[::ffff:127.0.0.1]?x"), address("::ffff:127.0.0.1"));
    assert_eq!(named("ssh://192.0.2.1"), address("192.0.2.1"));
    assert_eq!(named("https://u@Example.com:8443/a@b"), host("example.com"));
    assert_eq!(named("example.com"), host("example.com"));
    assert_eq!(named("bob@Example.com"), host("example.com"));
    assert_eq!(named("/etc/passwd"), (None, None));
    assert_eq!(named("d41d8cd98f00b204e9800998ecf8427e"), (None, None));
}

#[test]
fn only_what_can_mean_the_same_to_everybody_is_global() {
    for value in [
        "8.8.8.8",
        "2606:4700::1111",
        "example.com",
        "www.example.co.uk",
        "https://8.8.8.8/x",
        "https://example.com/x",
        "bob@example.com",
        "duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion",
        "d41d8cd98f00b204e9800998ecf8427e",
    ] {
        assert!(inferred(value).is_global(), "{value}");
    }
    for value in [
        "10.0.0.1",
        "::1",
        "::ffff:10.0.0.1",
        "http://10.0.0.1/x",
        "http://0x0a000001/x",
        "http://[fd00::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://localhost:8080/",
        "http://intranet/x",
        "http://wiki.corp/",
        "https://dc01.contoso.local/",
        "ldap://dc01/dc=x",
        "printer.local",
        "db.internal",
        "host.lan",
        "a.localhost",
        "a.test",
        "a.example",
        "a.invalid",
        "router.home.arpa",
        "bob@corp.local",
        "/etc/passwd",
        r"C:\a\b.exe",
    ] {
        assert!(!inferred(value).is_global(), "{value}");
    }
    assert!(!Observable::parse("dc01", Some(ObservableKind::Hostname.into())).unwrap().is_global());
    assert!(!Observable::parse("com", Some(ObservableKind::Hostname.into())).unwrap().is_global());
}

#[test]
fn observables_are_equal_however_they_were_written() {
    let defanged = inferred("hxxp://EXAMPLE[.]com");
    assert_eq!(defanged, inferred("http://example.com/#x"));
    assert_ne!(inferred("example.com"), Observable::parse("example.com", Some("fqdn".parse().unwrap())).unwrap());
    assert_eq!(
        serde_json::to_value(&defanged).unwrap(),
        serde_json::json!({"value": "hxxp://EXAMPLE[.]com", "kind": "url", "canonical": "http://example.com/"})
    );
}
