//! Domain names, and the files and code that look like them.

use model::ObservableKind::Domain;

use super::{all, only};

#[test]
fn names_are_found_wherever_they_stand() {
    for text in [
        "www.evil.com",
        "see www.evil.com.",
        "www.evil.com:443",
        "www.evil.com/x.html",
        "(www.evil.com)",
        "*.www.evil.com",
        "-www.evil.com-",
        "a,www.evil.com,b",
        "/live/www.evil.com/key.pem",
        r"\\www.evil.com\share",
        r"\\www.evil.com@SSL\DavWWWRoot\x",
        r"\\\\www.evil.com\\share",
        r"first\nwww.evil.com\nlast",
        "访问www.evil.com查看",
        "x=%2Fwww.evil.com%3F",
        "WWW.EVIL.COM",
    ] {
        let found = only(Domain, text);
        assert_eq!(found.iter().map(|name| name.to_lowercase()).collect::<Vec<_>>(), ["www.evil.com"], "{text}");
    }
}

#[test]
fn defanged_names_are_found() {
    for text in ["evil[.]com", "evil(.)com", "evil{.}com", "evil[dot]com", "evil (dot) com", "evil[.]sh", "run[.]zip"] {
        assert_eq!(only(Domain, text), [text]);
    }
}

#[test]
fn names_of_other_scripts_are_found_whole() {
    for text in ["пример.рф", "münchen.de", "例え.jp", "аpple.com", "xn--e1afmkfd.xn--p1ai"] {
        assert_eq!(only(Domain, text), [text]);
    }
}

#[test]
fn words_with_dots_are_no_names() {
    for text in [
        "cmd.exe",
        "evil.com.exe",
        "a.b",
        "3.14",
        "e.g.",
        "host.local",
        "co.uk",
        "foo_bar.com",
        "evil.com-report",
        "...",
        "com.",
        "1.com-2",
    ] {
        assert_eq!(all(text), [""; 0], "{text}");
    }
}

#[test]
fn files_are_no_names() {
    for text in [
        "setup.py",
        "run.sh",
        "payload.zip",
        "README.md",
        "T1003.001.md",
        "id_rsa.pub",
        "libssl.so",
        "/src/main.rs",
        "/x/y.pl",
        "./run.sh",
        r"C:\Windows\System32\chcp.com",
        r"C:\Windows\Microsoft.NET\x",
        r"..\evil.com",
    ] {
        assert_eq!(only(Domain, text), [""; 0], "{text}");
    }
}

#[test]
fn code_is_no_name() {
    for text in [
        "System.Net",
        "Microsoft.NET",
        "Process.Id",
        "logger.info(1)",
        "$proc.id",
        r#"{"user.email":1}"#,
        "sentence ends.So does",
    ] {
        assert_eq!(only(Domain, text), [""; 0], "{text}");
    }
}

#[test]
fn a_name_with_the_suffix_of_a_file_is_one_where_its_place_says_so() {
    for (text, name) in [
        ("evil.sh:443", "evil.sh"),
        ("evil.zip/x", "evil.zip"),
        ("www.evil.sh", "www.evil.sh"),
        ("http://evil.py/x", "evil.py"),
        ("bob@evil.md", "evil.md"),
        ("evil.pl", "evil.pl"),
        ("evil.rs", "evil.rs"),
        ("evil.app", "evil.app"),
    ] {
        assert_eq!(only(Domain, text), [name], "{text}");
    }
}
