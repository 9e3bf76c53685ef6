//! Instants and lengths of time.

/// Signatures, in the form that [`super`] describes.
pub(super) const SIGNATURES: &str = "\
datetime_local_to_utc(datetime, string) datetime
datetime_utc_to_local(datetime, string) datetime
datetime_list_timezones() dynamic
format_datetime(datetime, string) string as _
format_timespan(timespan, string) string as _
datetime_add(string, whole, datetime) datetime
datetime_diff(string, datetime, datetime) long
dayofweek(datetime) timespan
dayofmonth(datetime) int
dayofyear(datetime) int
hourofday(datetime) int
week_of_year(datetime) int
monthofyear(datetime) int
startofday(datetime, long?) datetime as _
startofweek(datetime, long?) datetime
startofmonth(datetime, long?) datetime
startofyear(datetime, long?) datetime
endofday(datetime, long?) datetime
endofweek(datetime, long?) datetime
endofmonth(datetime, long?) datetime
endofyear(datetime, long?) datetime
getyear(datetime) int
getmonth(datetime) int
datetime_part(string, datetime) int
now(timespan?) datetime
ago(timespan) datetime
unixtime_seconds_todatetime(number) datetime
unixtime_milliseconds_todatetime(number) datetime
unixtime_microseconds_todatetime(number) datetime
unixtime_nanoseconds_todatetime(number) datetime";
