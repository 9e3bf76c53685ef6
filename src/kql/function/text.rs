//! Functions of texts.

/// Signatures, in the form that [`super`] describes.
pub(super) const SIGNATURES: &str = "\
strcat(any+) string
strcat_array(dynamic, any) string
strcat_delim(any, any, any+) string
strcmp(any, any) long
strrep(any, long, any?) string
strlen(text) long as strlen_
string_size(text) long as string_size_
toupper(any) string
tolower(any) string
unicode_codepoints_from_string(any) dynamic
substring(any, whole, whole?) string
regex_quote(any) string
indexof(any, any, whole?, whole?, whole?) long
indexof_regex(any, any, whole?, whole?, whole?) long
has_any_index(text, dynamic) long
reverse(any) string
split(any, string, whole?) dynamic as _
parse_command_line(any, string) dynamic
extract(string, long, string) string
extract(string, long, string, type) type
extract_all(string, string) dynamic
extract_all(string, dynamic, string) dynamic
extractjson(string, string) string
extractjson(string, string, type) type
replace(string, string, string) string
replace_regex(string, string, string) string
replace_string(string, string, string) string
replace_strings(string, dynamic, dynamic) string
trim_start(string, string) string
trim_end(string, string) string
trim(string, string) string
countof(string, string, string?) long
translate(string, string, string) string
unicode_codepoints_to_string(any+) string
parse_csv(text) dynamic as _
parse_xml(text) dynamic as _
parse_url(string) dynamic
parse_urlquery(string) dynamic
parse_path(string) dynamic
parse_user_agent(string, any?) dynamic
parse_version(string) decimal
around(any, any, any) bool
format_bytes(number, number?, string?) string as _";
