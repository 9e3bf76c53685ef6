//! Addresses and networks.

/// Signatures, in the form that [`super`] describes.
pub(super) const SIGNATURES: &str = "\
parse_ipv4(string) long
parse_ipv4_mask(string, long) long
parse_ipv6(string) string
parse_ipv6_mask(string, long) string
ipv4_compare(string, string, long?) long
ipv4_is_match(string, string, long?) bool
ipv6_compare(string, string, long?) long
ipv4_is_private(string) bool
ipv6_is_match(string, string, long?) bool
ipv6_is_in_range(string, string) bool
ipv6_is_in_any_range(text, string+) bool
ipv6_is_in_any_range(text, dynamic) bool
ipv4_is_in_range(string, string) bool
ipv4_is_in_any_range(text, string+) bool
ipv4_is_in_any_range(text, dynamic) bool
ipv4_netmask_suffix(string) long
format_ipv4(any, long?) string
format_ipv4_mask(any, long) string
has_ipv4(text, string) bool
has_ipv4_prefix(text, string) bool
has_any_ipv4(text, string+) bool
has_any_ipv4(text, dynamic) bool
has_any_ipv4_prefix(text, string+) bool
has_any_ipv4_prefix(text, dynamic) bool
ipv4_range_to_cidr_list(string, string) dynamic";
