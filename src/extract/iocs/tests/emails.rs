//! E-mail addresses and their domains.

use model::ObservableKind::{Domain, Email};

use super::{all, only};

#[test]
fn addresses_are_found_with_their_whole_local_part() {
    for (text, address) in [
        ("bob@evil.com", "bob@evil.com"),
        ("<bob@evil.com>;", "bob@evil.com"),
        ("mailto:bob@evil.com?subject=x", "bob@evil.com"),
        ("first.last+tag@evil.co.uk", "first.last+tag@evil.co.uk"),
        ("user=bob_1-a@evil.com", "bob_1-a@evil.com"),
        ("o'brien@evil.com", "o'brien@evil.com"),
        ("'bob@evil.com'", "bob@evil.com"),
        ("...bob@evil.com.", "bob@evil.com"),
        (r"\r\nbob@evil.com\n", "bob@evil.com"),
        ("<bounce+7.x-bob=corp.com@evil.com>", "bounce+7.x-bob=corp.com@evil.com"),
        ("from=to=bob@evil.com", "bob@evil.com"),
        ("admin@corp.local", "admin@corp.local"),
        ("%20bob@evil.com", "bob@evil.com"),
        ("to=bob%40evil.com&x=1", "bob%40evil.com"),
        ("bob[at]evil[.]com", "bob[at]evil[.]com"),
        ("bob (at) evil (dot) com", "bob (at) evil (dot) com"),
        ("bob[@]evil.com", "bob[@]evil.com"),
    ] {
        assert_eq!(only(Email, text), [address], "{text}");
    }
}

#[test]
fn the_domain_of_an_address_is_found_once() {
    assert_eq!(all("bob@evil.com, eve@evil.com"), ["email bob@evil.com", "domain evil.com", "email eve@evil.com"]);
    assert_eq!(all("admin@corp.local"), ["email admin@corp.local"]);
}

#[test]
fn a_local_part_is_no_domain() {
    for text in ["first.name@evil.com", "first.name+tag@evil.com", "first.name@host"] {
        assert!(!only(Domain, text).contains(&"first.name"), "{text}");
    }
}

#[test]
fn other_at_signs_make_no_address() {
    for text in
        ["logo@2x.png", "lodash@4.17.21", "@types/node", "a @ b.com", "bob@host", "@evil.com", "bob@", "x@1.2.3.4"]
    {
        assert_eq!(only(Email, text), [""; 0], "{text}");
    }
}
