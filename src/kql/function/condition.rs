//! Choices, and what is or is not there.

/// Signatures, in the form that [`super`] describes.
pub(super) const SIGNATURES: &str = "\
iff(bool, common, common) common
case(bool+, common+, common) common
assert(bool, string) bool
not(bool) bool
isnotnull(any) bool
isnull(any) bool
isascii(any) bool
isutf8(any) bool
isnotempty(any) bool
isempty(any) bool
isnan(real) bool
isinf(real) bool
isfinite(real) bool
coalesce(common, common+) common
max_of(common, common+) common
min_of(common, common+) common";
