//! Functions that make a value of another type.

/// Signatures, in the form that [`super`] describes.
pub(super) const SIGNATURES: &str = "\
tostring(any) string as _
tohex(whole, whole?) string as _
tolong(any) long as _
toint(any) int as _
toreal(any) real as _
todatetime(any) datetime as _
totimespan(any) timespan as _
tobool(any) bool as _
todecimal(any) decimal as _
toguid(text) guid as _
gettype(any) string as type_
parse_json(text) dynamic as _
make_datetime(number, number, number, number?, number?, number?) datetime as _
make_datetime(any) datetime as _
make_timespan(whole, whole, whole, number) timespan as _
make_timespan(whole, whole, number?) timespan as _
make_timespan(any) timespan as _
dynamic_to_json(any) string";
