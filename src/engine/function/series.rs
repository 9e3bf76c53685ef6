//! Functions of series: lists of numbers in `dynamic`. What is more than a loop is in `analysis`.

use analysis::series as kernel;
use serde_json::Value as Json;

use super::{Context, RowFunction, arg, arrays::list, text::len};
use crate::cell::{Cell, real_json};

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "series_add" => |_, cells| pairs(cells, |a, b| number(a, b, i64::checked_add, |a, b| a + b)),
        "series_subtract" => |_, cells| pairs(cells, |a, b| number(a, b, i64::checked_sub, |a, b| a - b)),
        "series_multiply" => |_, cells| pairs(cells, |a, b| number(a, b, i64::checked_mul, |a, b| a * b)),
        "series_divide" => |_, cells| pairs(cells, |a, b| Some(real_json(a.as_f64()? / b.as_f64()?))),
        "series_pow" => |_, cells| pairs(cells, |a, b| Some(real_json(a.as_f64()?.powf(b.as_f64()?)))),
        "series_greater" => |_, cells| compared(cells, |a, b| a > b),
        "series_greater_equals" => |_, cells| compared(cells, |a, b| a >= b),
        "series_less" => |_, cells| compared(cells, |a, b| a < b),
        "series_less_equals" => |_, cells| compared(cells, |a, b| a <= b),
        #[expect(clippy::float_cmp, reason = "asked for")]
        "series_equals" => |_, cells| compared(cells, |a, b| a == b),
        #[expect(clippy::float_cmp, reason = "asked for")]
        "series_not_equals" => |_, cells| compared(cells, |a, b| a != b),
        "series_exp" => |_, cells| each(cells, f64::exp),
        "series_log" => |_, cells| each(cells, f64::ln),
        "series_sin" => |_, cells| each(cells, f64::sin),
        "series_cos" => |_, cells| each(cells, f64::cos),
        "series_tan" => |_, cells| each(cells, f64::tan),
        "series_asin" => |_, cells| each(cells, f64::asin),
        "series_acos" => |_, cells| each(cells, f64::acos),
        "series_atan" => |_, cells| each(cells, f64::atan),
        "series_floor" => |_, cells| each(cells, f64::floor),
        "series_ceiling" => |_, cells| each(cells, f64::ceil),
        "series_sign" => |_, cells| each(cells, |x| if x == 0.0 { 0.0 } else { x.signum() }),
        "series_abs" => |_, cells| match list(cells, 0) {
            Some(items) => Cell::of_list(
                items
                    .iter()
                    .map(|item| match item.as_i64() {
                        Some(number) => Json::from(number.wrapping_abs()),
                        None => item.as_f64().map_or(Json::Null, |number| real_json(number.abs())),
                    })
                    .collect(),
            ),
            None => Cell::Null,
        },
        "series_sum" => |_, cells| sum(cells),
        "series_product" => |_, cells| values(cells, 0).map(|values| values.iter().flatten().product::<f64>()).into(),
        "series_magnitude" => |_, cells| dot(cells, 0, 0).map(f64::sqrt).into(),
        "series_dot_product" => |_, cells| dot(cells, 0, 1).into(),
        "series_cosine_similarity" => |_, cells| {
            let sizes = dot(cells, 0, 0).zip(dot(cells, 1, 1)).map(|(a, b)| (a * b).sqrt());
            dot(cells, 0, 1).zip(sizes).map(|(dot, size)| dot / size).into()
        },
        "series_pearson_correlation" => correlation,
        "series_fill_const" => |_, cells| fill_const(cells),
        "series_fill_forward" => |_, cells| fill(cells, false),
        "series_fill_backward" => |_, cells| fill(cells, true),
        "series_fill_linear" => fill_linear,
        "series_fir" => |_, cells| {
            let (Some(values), Some(filter)) = (numbers(cells, 0), numbers(cells, 1)) else { return Cell::Null };
            reals(kernel::fir(&values, &filter, arg(cells, 2).bool(), arg(cells, 3).bool().unwrap_or(false)))
        },
        "series_iir" => |_, cells| {
            let (Some(values), Some(above), Some(below)) = (numbers(cells, 0), numbers(cells, 1), numbers(cells, 2))
            else {
                return Cell::Null;
            };
            reals(kernel::iir(&values, &above, &below))
        },
        "series_stats" => |_, cells| stats(cells, false),
        "series_stats_dynamic" => |_, cells| stats(cells, true),
        "series_fit_line" => |_, cells| fit_line(cells, false),
        "series_fit_line_dynamic" => |_, cells| fit_line(cells, true),
        "series_fit_2lines" => |_, cells| fit_2lines(cells, false),
        "series_fit_2lines_dynamic" => |_, cells| fit_2lines(cells, true),
        "series_fit_poly" => fit_polynomial,
        "series_fft" => |_, cells| fourier(cells, false),
        "series_ifft" => |_, cells| fourier(cells, true),
        "series_periods_detect" => periods_detect,
        "series_periods_validate" => periods_validate,
        "series_seasonal" => |_, cells| match numbers(cells, 0) {
            Some(values) => {
                let period =
                    arg(cells, 1).long().and_then(|period| usize::try_from(period).ok()).filter(|period| *period > 0);
                reals(Some(kernel::seasonal(&values, period)))
            }
            None => Cell::Null,
        },
        "series_outliers" => |_, cells| match values(cells, 0) {
            Some(values) => reals(Some(kernel::outliers(&values, fence(arg(cells, 1))))),
            None => Cell::Null,
        },
        "series_decompose" => |_, cells| match numbers(cells, 0) {
            Some(values) => decomposed(&kernel::decompose(&values, how(cells, 1))),
            None => Cell::Null,
        },
        "series_decompose_anomalies" => anomalies,
        "series_decompose_forecast" => forecast,
        _ => return None,
    })
}

fn values(cells: &[Cell<'_>], index: usize) -> Option<Vec<Option<f64>>> {
    Some(list(cells, index)?.iter().map(Json::as_f64).collect())
}

/// Numbers; what is none counts as zero.
fn numbers(cells: &[Cell<'_>], index: usize) -> Option<Vec<f64>> {
    Some(values(cells, index)?.into_iter().map(Option::unwrap_or_default).collect())
}

fn reals<'a>(values: Option<Vec<f64>>) -> Cell<'a> {
    values.map_or(Cell::Null, |values| Cell::of_list(values.into_iter().map(real_json).collect()))
}

fn json_reals(values: &[f64]) -> Json {
    values.iter().copied().map(real_json).collect()
}

/// The elements of two lists pair by pair; a single number stands for as many as the other has.
fn pairs<'a>(cells: &[Cell<'a>], of: impl Fn(&Json, &Json) -> Option<Json>) -> Cell<'a> {
    let side = |index: usize| list(cells, index).ok_or_else(|| arg(cells, index).json());
    let (a, b) = (side(0), side(1));
    let length = match (&a, &b) {
        (Ok(a), Ok(b)) => a.len().max(b.len()),
        (Ok(items), _) | (_, Ok(items)) => items.len(),
        _ => return Cell::Null,
    };
    let at = |side: &Result<Vec<Json>, Json>, index: usize| match side {
        Ok(items) => items.get(index).cloned().unwrap_or(Json::Null),
        Err(number) => number.clone(),
    };
    Cell::of_list((0..length).map(|index| of(&at(&a, index), &at(&b, index)).unwrap_or(Json::Null)).collect())
}

fn number(a: &Json, b: &Json, whole: fn(i64, i64) -> Option<i64>, real: fn(f64, f64) -> f64) -> Option<Json> {
    if let (Some(a), Some(b)) = (a.as_i64(), b.as_i64())
        && let Some(number) = whole(a, b)
    {
        return Some(Json::from(number));
    }
    Some(real_json(real(a.as_f64()?, b.as_f64()?)))
}

fn compared<'a>(cells: &[Cell<'a>], holds: fn(f64, f64) -> bool) -> Cell<'a> {
    pairs(cells, |a, b| Some(Json::from(holds(a.as_f64()?, b.as_f64()?))))
}

fn each<'a>(cells: &[Cell<'a>], of: fn(f64) -> f64) -> Cell<'a> {
    let Some(values) = values(cells, 0) else { return Cell::Null };
    Cell::of_list(values.into_iter().map(|value| value.map_or(Json::Null, |value| real_json(of(value)))).collect())
}

fn sum<'a>(cells: &[Cell<'a>]) -> Cell<'a> {
    values(cells, 0).map(|values| values.iter().flatten().sum::<f64>()).into()
}

fn dot(cells: &[Cell<'_>], a: usize, b: usize) -> Option<f64> {
    Some(numbers(cells, a)?.iter().zip(numbers(cells, b)?).map(|(a, b)| a * b).sum())
}

#[expect(clippy::cast_precision_loss, reason = "counts of elements")]
fn correlation<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let (Some(a), Some(b)) = (numbers(cells, 0), numbers(cells, 1)) else { return Cell::Null };
    let n = a.len().min(b.len()) as f64;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / n;
    let (mean_a, mean_b) = (mean(&a), mean(&b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(&b) {
        ab += (a - mean_a) * (b - mean_b);
        aa += (a - mean_a).powi(2);
        bb += (b - mean_b).powi(2);
    }
    Cell::Real(ab / (aa * bb).sqrt())
}

fn is_missing(item: &Json, placeholder: Option<f64>) -> bool {
    item.is_null() || placeholder.is_some_and(|placeholder| item.as_f64() == Some(placeholder))
}

fn fill_const<'a>(cells: &[Cell<'a>]) -> Cell<'a> {
    let Some(mut items) = list(cells, 0) else { return Cell::Null };
    let placeholder = arg(cells, 2).real();
    for item in &mut items {
        if is_missing(item, placeholder) {
            *item = arg(cells, 1).json();
        }
    }
    Cell::of_list(items)
}

/// What is missing becomes what stands before or behind it.
fn fill<'a>(cells: &[Cell<'a>], backward: bool) -> Cell<'a> {
    let Some(mut items) = list(cells, 0) else { return Cell::Null };
    let placeholder = arg(cells, 1).real();
    let mut last = Json::Null;
    let mut one = |item: &mut Json| {
        if is_missing(item, placeholder) { item.clone_from(&last) } else { last = item.clone() }
    };
    if backward {
        items.iter_mut().rev().for_each(&mut one);
    } else {
        items.iter_mut().for_each(&mut one);
    }
    Cell::of_list(items)
}

fn fill_linear<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let Some(items) = list(cells, 0) else { return Cell::Null };
    let placeholder = arg(cells, 1).real();
    let edges = arg(cells, 2).bool().unwrap_or(true);
    let constant = if arg(cells, 3).is_null() { Some(0.0) } else { arg(cells, 3).real() };
    // A list of whole numbers stays one.
    let known = || items.iter().filter(|item| !is_missing(item, placeholder));
    let is_whole = known().next().is_some() && known().all(Json::is_i64);
    let values: Vec<_> =
        items.iter().map(|item| if is_missing(item, placeholder) { None } else { item.as_f64() }).collect();
    let filled = kernel::fill_linear(&values, edges, constant).into_iter().map(|value| match value {
        #[expect(clippy::cast_possible_truncation, reason = "between whole numbers")]
        Some(value) if is_whole => Json::from(value as i64),
        Some(value) => real_json(value),
        None => Json::Null,
    });
    Cell::of_list(filled.collect())
}

/// Between which percentiles values are usual.
fn fence(name: &Cell<'_>) -> kernel::Fence {
    if name.text() == "tukey" { kernel::Fence::Tukey } else { kernel::Fence::default() }
}

/// Values by name, as a list in their order or as a bag.
fn named<'a>(parts: Vec<(&str, Json)>, as_bag: bool) -> Cell<'a> {
    if as_bag {
        return Cell::of_json(&Json::Object(parts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()));
    }
    Cell::of_list(parts.into_iter().map(|(_, value)| value).collect())
}

fn stats<'a>(cells: &[Cell<'a>], as_bag: bool) -> Cell<'a> {
    let Some(values) = values(cells, 0) else { return Cell::Null };
    let Some(stats) = kernel::stats(&values, arg(cells, 1).bool().unwrap_or(false)) else { return Cell::Null };
    let parts = vec![
        ("min", real_json(stats.min)),
        ("min_idx", Json::from(len(stats.min_idx))),
        ("max", real_json(stats.max)),
        ("max_idx", Json::from(len(stats.max_idx))),
        ("avg", real_json(stats.avg)),
        ("stdev", real_json(stats.stdev)),
        ("variance", real_json(stats.variance)),
    ];
    named(parts, as_bag)
}

fn fit_line<'a>(cells: &[Cell<'a>], as_bag: bool) -> Cell<'a> {
    let Some(line) = numbers(cells, 0).and_then(|values| kernel::fit_line(&values)) else { return Cell::Null };
    let parts = vec![
        ("rsquare", real_json(line.rsquare)),
        ("slope", real_json(line.slope)),
        ("variance", real_json(line.variance)),
        ("rvariance", real_json(line.rvariance)),
        ("interception", real_json(line.interception)),
        ("line_fit", json_reals(&line.line_fit)),
    ];
    named(parts, as_bag)
}

fn fit_2lines<'a>(cells: &[Cell<'a>], as_bag: bool) -> Cell<'a> {
    let Some(lines) = numbers(cells, 0).and_then(|values| kernel::fit_2lines(&values)) else { return Cell::Null };
    let parts = vec![
        ("rsquare", real_json(lines.rsquare)),
        ("split_idx", Json::from(len(lines.split_idx))),
        ("variance", real_json(lines.variance)),
        ("rvariance", real_json(lines.rvariance)),
        ("line_fit", json_reals(&lines.line_fit)),
        ("right_rsquare", real_json(lines.right.rsquare)),
        ("right_slope", real_json(lines.right.slope)),
        ("right_interception", real_json(lines.right.interception)),
        ("right_variance", real_json(lines.right.variance)),
        ("right_rvariance", real_json(lines.right.rvariance)),
        ("left_rsquare", real_json(lines.left.rsquare)),
        ("left_slope", real_json(lines.left.slope)),
        ("left_interception", real_json(lines.left.interception)),
        ("left_variance", real_json(lines.left.variance)),
        ("left_rvariance", real_json(lines.left.rvariance)),
    ];
    named(parts, as_bag)
}

/// The places are 1, 2, 3 … if none are given; a number there is the degree.
fn fit_polynomial<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let Some(values) = numbers(cells, 0) else { return Cell::Null };
    let places = numbers(cells, 1).unwrap_or_else(|| (1_u32..).map(f64::from).take(values.len()).collect());
    let degree = arg(cells, 2).long().or_else(|| arg(cells, 1).long()).unwrap_or(1);
    let degree = usize::try_from(degree).unwrap_or(usize::MAX);
    let Some(found) = kernel::fit_polynomial(&values, &places, degree) else { return Cell::Null };
    let parts = vec![
        ("rsquare", real_json(found.rsquare)),
        ("coefficients", json_reals(&found.coefficients)),
        ("variance", real_json(found.variance)),
        ("rvariance", real_json(found.rvariance)),
        ("poly_fit", json_reals(&found.fit)),
    ];
    named(parts, false)
}

fn fourier<'a>(cells: &[Cell<'a>], inverse: bool) -> Cell<'a> {
    let Some(real) = numbers(cells, 0) else { return Cell::Null };
    let (real, imaginary) = kernel::fourier(&real, &numbers(cells, 1).unwrap_or_default(), inverse);
    named(vec![("real", json_reals(&real)), ("imag", json_reals(&imaginary))], false)
}

fn periods_detect<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let (Some(values), Some(min), Some(max)) = (numbers(cells, 0), arg(cells, 1).real(), arg(cells, 2).real()) else {
        return Cell::Null;
    };
    let count = arg(cells, 3).long().and_then(|count| usize::try_from(count).ok()).unwrap_or(1);
    let mut found = kernel::periods_detect(&values, min, max, count);
    found.resize(count.min(64), (0.0, 0.0));
    let (periods, scores): (Vec<f64>, Vec<f64>) = found.into_iter().unzip();
    Cell::of_list(vec![json_reals(&periods), json_reals(&scores)])
}

fn periods_validate<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let Some(values) = numbers(cells, 0) else { return Cell::Null };
    let periods: Vec<f64> = cells.iter().skip(1).filter_map(Cell::real).collect();
    let scores = kernel::periods_validate(&values, &periods);
    Cell::of_list(vec![json_reals(&periods), json_reals(&scores)])
}

/// Seasonality, trend and test points, from an argument on.
fn how(cells: &[Cell<'_>], first: usize) -> kernel::Decomposition {
    let seasonality = match arg(cells, first).long() {
        None | Some(-1) => kernel::Decomposition::default().seasonality,
        Some(period) => match usize::try_from(period) {
            Ok(period) if period > 0 => kernel::Seasonality::Period(period),
            _ => kernel::Seasonality::None,
        },
    };
    let trend = match &*arg(cells, first + 1).text() {
        "linefit" => kernel::Trend::LineFit,
        "none" => kernel::Trend::None,
        _ => kernel::Trend::Average,
    };
    let test_points = arg(cells, first + 2).long().and_then(|points| usize::try_from(points).ok()).unwrap_or(0);
    kernel::Decomposition { seasonality, trend, test_points }
}

fn decomposed<'a>(parts: &kernel::Decomposed) -> Cell<'a> {
    let lists = [&parts.baseline, &parts.seasonal, &parts.trend, &parts.residual];
    Cell::of_list(lists.into_iter().map(|values| json_reals(values)).collect())
}

fn anomalies<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let Some(values) = numbers(cells, 0) else { return Cell::Null };
    let threshold = arg(cells, 1).real().unwrap_or(1.5);
    let found = kernel::decompose_anomalies(&values, how(cells, 2), threshold, fence(arg(cells, 5)));
    let flags = found.ad_flag.iter().map(|flag| Json::from(*flag)).collect();
    Cell::of_list(vec![flags, json_reals(&found.ad_score), json_reals(&found.baseline)])
}

fn forecast<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let Some(values) = numbers(cells, 0) else { return Cell::Null };
    let points = arg(cells, 1).long().and_then(|points| usize::try_from(points).ok()).unwrap_or(0);
    let how = how(cells, 2);
    let trend =
        if arg(cells, 3).is_null() || arg(cells, 3).text().is_empty() { kernel::Trend::LineFit } else { how.trend };
    let forecast = kernel::decompose_forecast(&values, points, how.seasonality, trend);
    let parts =
        kernel::decompose(&values, kernel::Decomposition { seasonality: how.seasonality, trend, test_points: points });
    let lists = [&forecast, &parts.seasonal, &parts.trend, &parts.residual];
    Cell::of_list(lists.into_iter().map(|values| json_reals(values)).collect())
}
