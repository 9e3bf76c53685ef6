//! Aggregates of rows.

/// Signatures, in the form that [`super`] describes.
pub(super) const SIGNATURES: &str = "\
sum(summable) promoted as sum_
count() long as count_
count(any) long as count_
dcount(any, plain?) long as dcount_
tdigest(summable, whole?) dynamic as tdigest_
tdigest_merge(dynamic) dynamic as merge_tdigests_
hll(plain, whole?) dynamic as hll_
hll_merge(dynamic) dynamic as hll_merge_
min(orderable) first as min_
max(orderable) first as max_
avg(number) average as avg_
avg(timespan) timespan as avg_
avg(datetime) datetime as avg_
make_list(any, whole?) dynamic as list_
make_list_with_nulls(any) dynamic as list_
make_set(any, whole?) dynamic as set_
make_bag(dynamic, whole?) dynamic as bag_
buildschema(dynamic) dynamic as schema_
percentile(any, number) first
percentiles(any, number+) first
percentiles_array(any, number+) dynamic as percentiles_
percentiles_array(any, dynamic) dynamic as percentiles_
percentilew(any, number, number) first
percentilesw(any, number, number+) first
percentilesw_array(any, number, number+) dynamic as percentile_
percentilesw_array(any, number, dynamic) dynamic as percentile_
stdev(summable) real as stdev_
stdevp(summable) real as stdevp_
variance(summable) real as variance_
variancep(summable) real as variancep_
covariance(summable, summable) real as covariance_
covariancep(summable, summable) real as covariancep_
take_any(any+) first
arg_min(orderable, any*) first
arg_max(orderable, any*) first
binary_all_or(whole) first as _
binary_all_and(whole) first as _
binary_all_xor(whole) first as _
count_distinct(plain) long as count_distinct_";

/// Aggregates of some of the rows: how they are called, the aggregate, and which argument is the condition.
pub(super) const WITH_CONDITION: [(&str, &str, usize); 19] = [
    ("sumif", "sum", 1),
    ("countif", "count", 0),
    ("dcountif", "dcount", 1),
    ("hll_if", "hll", 1),
    ("minif", "min", 1),
    ("maxif", "max", 1),
    ("avgif", "avg", 1),
    ("make_list_if", "make_list", 1),
    ("make_set_if", "make_set", 1),
    ("make_bag_if", "make_bag", 1),
    ("stdevif", "stdev", 1),
    ("varianceif", "variance", 1),
    ("variancepif", "variancep", 1),
    ("covarianceif", "covariance", 2),
    ("covariancepif", "covariancep", 2),
    ("anyif", "take_any", 1),
    ("take_anyif", "take_any", 1),
    ("percentileif", "percentile", 1),
    ("count_distinctif", "count_distinct", 1),
];

/// Older names.
pub(super) const ALIASES: [(&str, &str); 8] = [
    ("makelist", "make_list"),
    ("makeset", "make_set"),
    ("make_dictionary", "make_bag"),
    ("any", "take_any"),
    ("argmin", "arg_min"),
    ("argmax", "arg_max"),
    ("merge_tdigest", "tdigest_merge"),
    ("cnt", "count"),
];
