//! Encodings, compression, hashes, URLs.

/// Signatures, in the form that [`super`] describes.
pub(super) const SIGNATURES: &str = "\
url_encode(string) string
url_encode_component(string) string
url_decode(string) string
base64_encode_tostring(string) string
base64_decode_toarray(string) dynamic
base64_encode_fromarray(dynamic) string
base64_decode_tostring(string) string
base64_decode_toguid(string) guid
base64_encode_fromguid(guid) string
zlib_decompress_from_base64_string(string) string
zlib_compress_to_base64_string(string) string
gzip_decompress_from_base64_string(string) string
gzip_compress_to_base64_string(string) string
hash(plain, whole?) long
hash_sha256(plain) string
hash_md5(plain) string
hash_sha1(plain) string
hash_xxhash64(plain, whole?) long
hash_combine(any, any+) long
hash_many(plain+) long
punycode_to_string(string) string
punycode_from_string(string) string
punycode_domain_from_string(string) string
punycode_domain_to_string(string) string";
