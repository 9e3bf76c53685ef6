//! Series: lists of numbers at even steps.

/// Signatures, in the form that [`super`] describes.
pub(super) const SIGNATURES: &str = "\
series_fir(dynamic, dynamic, bool?, bool?) dynamic as _
series_stats(dynamic, bool?) (min real, min_idx long, max real, max_idx long, avg real, stdev real, variance real) as series_stats_
series_stats_dynamic(dynamic, bool?) dynamic
series_fft(dynamic, dynamic?) (real dynamic, imag dynamic) as series_fft_
series_ifft(dynamic, dynamic?) (real dynamic, imag dynamic) as series_ifft_
series_fit_line(dynamic) (rsquare real, slope real, variance real, rvariance real, interception real, line_fit dynamic) as series_fit_line_
series_fit_line_dynamic(dynamic) dynamic
series_fit_2lines(dynamic) (rsquare real, split_idx long, variance real, rvariance real, line_fit dynamic, right_rsquare real, right_slope real, right_interception real, right_variance real, right_rvariance real, left_rsquare real, left_slope real, left_interception real, left_variance real, left_rvariance real) as series_fit_2lines_
series_fit_2lines_dynamic(dynamic) dynamic
series_outliers(dynamic, string?, number?, number?, number?, whole?) first as _
series_iir(dynamic, dynamic, dynamic) dynamic as _
series_periods_detect(dynamic, number, number, long) (periods dynamic, periods_scores dynamic) as series_periods_detect_
series_periods_validate(dynamic, number+) (periods dynamic, scores dynamic) as series_periods_validate_
series_fill_backward(dynamic, number?) first as _
series_fill_forward(dynamic, number?) first as _
series_fill_const(dynamic, number?, number?) first as _
series_fill_linear(dynamic, number?, bool?, number?) first as _
series_fit_poly(dynamic, dynamic?, int?) (rsquare real, coefficients dynamic, variance real, rvariance real, poly_fit dynamic) as series_fit_poly_
series_add(any, any) dynamic
series_subtract(any, any) dynamic
series_multiply(any, any) dynamic
series_divide(any, any) dynamic
series_pow(any, any) dynamic
series_greater(any, any) dynamic
series_greater_equals(any, any) dynamic
series_less(any, any) dynamic
series_less_equals(any, any) dynamic
series_equals(any, any) dynamic
series_not_equals(any, any) dynamic
series_exp(dynamic) dynamic
series_sign(dynamic) dynamic
series_abs(dynamic) first
series_sin(dynamic) dynamic
series_asin(dynamic) dynamic
series_cos(dynamic) dynamic
series_acos(dynamic) dynamic
series_tan(dynamic) dynamic
series_atan(dynamic) dynamic
series_magnitude(dynamic) real
series_sum(dynamic) real
series_product(dynamic) real
series_log(dynamic) dynamic
series_floor(dynamic) dynamic
series_ceiling(dynamic) first
series_seasonal(dynamic, whole?, whole?) dynamic
series_decompose(dynamic, whole?, string?, whole?, number?) (baseline dynamic, seasonal dynamic, trend dynamic, residual dynamic) as series_decompose_
series_decompose_forecast(dynamic, whole, whole?, string?, number?) (baseline dynamic, seasonal dynamic, trend dynamic, residual dynamic) as series_decompose_forecast_
series_decompose_anomalies(dynamic, number?, whole?, string?, whole?, string?, number?) (ad_flag dynamic, ad_score dynamic, baseline dynamic) as series_decompose_anomalies_
series_pearson_correlation(dynamic, dynamic) real
series_dot_product(any, any) real
series_cosine_similarity(dynamic, dynamic, real?, real?) real";
