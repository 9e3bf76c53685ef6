//! Which of the forms that an operation offers the caller would rather have: `Accept`, RFC 9110 §12.5.1.

use actix_web::{
    HttpRequest,
    http::header::{Accept, Header, Quality},
};

use super::problem::{Kind, Problem};

/// The offer that `Accept` likes best, the first of those that it likes as well; the first when it says nothing.
///
/// Parameters of media types are not compared: nobody offers two forms that differ by them.
pub(crate) fn choose<T: Copy>(request: &HttpRequest, offers: &[(&'static str, T)]) -> Result<T, Problem> {
    let accepted = Accept::parse(request).map_or_else(|_| Vec::new(), |accept| accept.0);
    let quality = |media: &str| {
        if accepted.is_empty() {
            return Quality::MAX;
        }
        let fitting = accepted.iter().filter_map(|range| Some((specificity(range.item.essence_str(), media)?, range)));
        fitting.max_by_key(|(specificity, _)| *specificity).map_or(Quality::ZERO, |(_, range)| range.quality)
    };
    let mut best = None;
    for (media, offer) in offers {
        let quality = quality(media);
        if quality > best.map_or(Quality::ZERO, |(best, _)| best) {
            best = Some((quality, *offer));
        }
    }
    best.map(|(_, offer)| offer).ok_or_else(|| {
        let offered: Vec<_> = offers.iter().map(|(media, _)| *media).collect();
        Problem::new(Kind::NotAcceptable).detail(format!("the answer can be {}", offered.join(", ")))
    })
}

/// How closely a range like `text/*` names a media type, if it does.
fn specificity(range: &str, media: &str) -> Option<u8> {
    match range.split_once('/')? {
        _ if range == media => Some(2),
        (kind, "*") if media.split_once('/').is_some_and(|(of, _)| of == kind) => Some(1),
        ("*", "*") => Some(0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn chosen(accept: &[&str]) -> Option<&'static str> {
        let mut request = TestRequest::default();
        for value in accept {
            request = request.append_header(("accept", *value));
        }
        let offers = ["application/json", "application/x-ndjson", "text/csv"].map(|media| (media, media));
        choose(&request.to_http_request(), &offers).ok()
    }

    #[test]
    fn the_first_offer_is_for_those_who_do_not_mind() {
        for accept in [&[][..], &["*/*"], &["application/*"], &[""], &["text/html", "*/*;q=0.1"]] {
            assert_eq!(chosen(accept), Some("application/json"), "{accept:?}");
        }
    }

    #[test]
    fn the_best_quality_wins_and_the_closest_range_says_it() {
        for (accept, expected) in [
            ("text/csv", "text/csv"),
            ("Text/CSV; charset=utf-8", "text/csv"),
            ("application/json;q=0.5, text/csv;q=0.9", "text/csv"),
            ("application/json;odata.metadata=minimal", "application/json"),
            ("text/csv;q=0.5, */*", "application/json"),
            ("application/json;q=0, */*;q=0.5", "application/x-ndjson"),
            ("application/*;q=0.2, text/csv;q=0.3", "text/csv"),
            ("nonsense, text/csv", "text/csv"),
        ] {
            assert_eq!(chosen(&[accept]), Some(expected), "{accept}");
        }
        assert_eq!(chosen(&["application/json;q=0.1", "text/csv"]), Some("text/csv"));
    }

    #[test]
    fn nothing_fits_those_who_want_something_else() {
        for accept in ["image/png", "application/json;q=0", "text/html, image/*", "*/*;q=0"] {
            assert_eq!(chosen(&[accept]), None, "{accept}");
        }
    }
}
