//! Digests, distributions, tests.

/// Signatures, in the form that [`super`] describes.
pub(super) const SIGNATURES: &str = "\
percentile_tdigest(dynamic, real) dynamic as percentile_tdigest_
percentile_tdigest(dynamic, real, type) type as percentile_tdigest_
percentiles_array_tdigest(dynamic, real+) dynamic as percentile_tdigest_
percentiles_array_tdigest(dynamic, dynamic) dynamic as percentile_tdigest_
percentrank_tdigest(dynamic, any) real
rank_tdigest(dynamic, any) real
tdigest_merge(dynamic, dynamic+) dynamic as tdigests_merge_result
hll_merge(dynamic, dynamic+) dynamic as hll_merged_result
dcount_hll(dynamic) long as dcount_hll_
beta_cdf(number, number, number) real
beta_inv(number, number, number) real
beta_pdf(number, number, number) real
gamma(number) real as _
loggamma(number) real as _
erf(number) real as _
erfc(number) real as _
welch_test(number, number, number, number, number, number) real";
