//! Numbers.

/// Signatures, in the form that [`super`] describes.
pub(super) const SIGNATURES: &str = "\
bin(number, number) widest as _
bin(timespan, timespan) timespan as _
bin(datetime, datetime) datetime as _
bin(datetime, timespan) datetime as _
bin_at(number, number, number) widest as _
bin_at(timespan, number, timespan) timespan as _
bin_at(timespan, timespan, timespan) timespan as _
bin_at(datetime, summable, datetime) datetime as _
binary_and(whole, whole) long as _
binary_or(whole, whole) long as _
binary_xor(whole, whole) long as _
binary_not(whole) long as _
binary_shift_right(whole, whole) long as _
binary_shift_left(whole, whole) long as _
bitset_count_ones(whole) long as _
round(number, long?) first as _
ceiling(number) first as _
pow(number, number) real as _
sqrt(number) real as _
log(number) real as _
log2(number) real as _
log10(number) real as _
exp(number) real as _
exp2(number) real as _
exp10(number) real as _
pi() real
cos(number) real as _
sin(number) real as _
tan(number) real as _
acos(number) real as _
asin(number) real as _
atan(number) real as _
atan2(number, number) real as _
abs(whole) long as _
abs(number) first as _
abs(timespan) timespan as _
cot(number) real
degrees(number) real
radians(number) real
sign(number) real
rand(whole?) real as _
convert_angle(real, string, string) real
convert_energy(real, string, string) real
convert_force(real, string, string) real
convert_length(real, string, string) real
convert_mass(real, string, string) real
convert_speed(real, string, string) real
convert_temperature(real, string, string) real
convert_volume(real, string, string) real";
