//! Digests, and the digits that look like them.

use super::all;

const MD5: &str = "d41d8cd98f00b204e9800998ecf8427e";
const SHA1: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn digests_are_told_apart_by_their_length() {
    for (kind, digest) in [("md5", MD5), ("sha1", SHA1), ("sha256", SHA256)] {
        for text in [
            digest.to_owned(),
            digest.to_uppercase(),
            format!("{kind}:{digest},"),
            format!("0x{digest}"),
            format!("\"{digest}\""),
            format!("{digest}.exe"),
            format!("sample_{digest}_1"),
            format!("x.{digest}.bin"),
            format!(r"\n{digest}\n"),
        ] {
            let found = all(&text);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(found[0].to_lowercase(), format!("{kind} {digest}"), "{text}");
        }
    }
}

#[test]
fn a_digest_in_a_path_a_name_or_a_url_is_found() {
    assert_eq!(all(&format!("/opt/{MD5}/x")), [format!("linux_path /opt/{MD5}/x"), format!("md5 {MD5}")]);
    assert_eq!(all(&format!("{MD5}.evil.com")), [format!("md5 {MD5}"), format!("domain {MD5}.evil.com")]);
    assert_eq!(
        all(&format!("http://a.com/{MD5}")),
        [format!("url http://a.com/{MD5}"), "domain a.com".into(), format!("md5 {MD5}")]
    );
}

#[test]
fn digits_that_go_on_are_no_digest() {
    for text in [format!("{MD5}0"), format!("{MD5}a"), format!("0{SHA1}"), format!("{SHA256}{SHA256}"), MD5[1..].into()]
    {
        assert_eq!(all(&text), [""; 0], "{text}");
    }
}

#[test]
fn patterns_numbers_and_encoded_text_are_no_digests() {
    for text in [
        "00000000000000000000000000000000",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "31415926535897932384626433832795",
        "67726570002D69006F6D736167656E74",
        "636174002F70726F632F7379732F6B65726E656C2F72616E646F6D2F75756964",
    ] {
        assert_eq!(all(text), [""; 0], "{text}");
    }
}
