//! Models of sessions against what MSTICPy makes of the same sessions.

use proptest::prelude::*;

use super::*;

fn corpus(sessions: &[&[&str]]) -> Corpus {
    let mut corpus = Corpus::default();
    for session in sessions {
        corpus.begin_session();
        session.iter().for_each(|command| corpus.add_command(command));
    }
    corpus
}

fn assert_near(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 1e-9 * expected.abs().max(1e-9), "{what}: {found} is not {expected}");
}

#[test]
fn the_known_example_has_the_known_likelihoods() {
    let corpus = corpus(&[&["a", "b", "c"], &["a", "b", "d"], &["a", "b", "c", "c"], &["z", "a"]]);
    let model = Model::learn(&corpus, Detail::Commands, None);
    let expected = [
        (0.011900826446280993, 0.2283104),
        (0.006611570247933885, 0.1876873),
        (0.0023801652892561985, 0.2208777),
        (0.008264462809917356, 0.0909091),
    ];
    let windows = [(0.0432203, 0.0129663), (0.0288136, 0.0072034), (0.0288136, 0.0086441), (0.0277350, 0.0082645)];
    for (session, ((likelihood, mean), (two, three))) in expected.into_iter().zip(windows).enumerate() {
        let found = model.likelihood(session, true).unwrap();
        assert_near(found.log.exp(), likelihood, "likelihood");
        assert!((found.geometric_mean - mean).abs() < 1e-7);
        for (len, expected) in [(2, two), (3, three)] {
            // The reference has six digits of them.
            let found = model.rarest_window(session, len, true).unwrap().log.exp();
            assert!((found / expected - 1.0).abs() < 2e-5, "{session}: {found} is not {expected}");
        }
    }
}

/// A line of the golden file: a session, its likelihood and geometric mean, its rarest windows of two lengths.
fn golden(detail: &str, whole: bool) -> Vec<(&'static str, Vec<f64>)> {
    let prefix = format!("{detail},{},", if whole { "True" } else { "False" });
    let lines = include_str!("../golden/sequences.csv").lines().filter_map(|line| line.strip_prefix(&prefix));
    let numbers = |text: &str| text.split(',').map(|number| number.parse().unwrap()).collect();
    lines.map(|line| line.split_once(',').unwrap()).map(|(session, rest)| (session, numbers(rest))).collect()
}

fn read(sessions: &[&str]) -> Corpus {
    let mut corpus = Corpus::default();
    for session in sessions {
        corpus.begin_session();
        for command in session.split('|') {
            let mut parts = command.split(' ');
            corpus.add_command(parts.next().unwrap());
            for (name, value) in parts.map(|part| part.split_once('=').unwrap()) {
                corpus.add_parameter(name, Some(value));
            }
        }
    }
    corpus
}

#[test]
fn all_details_have_the_numbers_of_msticpy() {
    for (name, detail) in
        [("commands", Detail::Commands), ("parameters", Detail::Parameters), ("values", Detail::Values)]
    {
        for whole in [true, false] {
            let golden = golden(name, whole);
            assert_eq!(golden.len(), 40);
            let corpus = read(&golden.iter().map(|(session, _)| *session).collect::<Vec<_>>());
            let model = Model::learn(&corpus, detail, None);
            for (session, (text, numbers)) in golden.iter().enumerate() {
                let likelihood = model.likelihood(session, whole).unwrap();
                assert_near(likelihood.log.exp(), numbers[0], text);
                assert_near(likelihood.geometric_mean, numbers[1], text);
                for (len, expected) in [(2, &numbers[2..4]), (3, &numbers[4..6])] {
                    match model.rarest_window(session, len, whole) {
                        None => assert!(expected[0].is_nan(), "{text}: no window of {len}"),
                        Some(window) => {
                            assert_near(window.log.exp(), expected[0], text);
                            assert_eq!(window.len as f64, expected[1], "{text}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn parameters_make_a_difference_only_where_they_are_looked_at() {
    let corpus = read(&["Set Force=true|Set Force=true", "Set Force=true|Set Who=me"]);
    assert_eq!(corpus.detail(), Detail::Values);
    let odd = |detail, categorical: Option<&[&str]>| {
        let model = Model::learn(&corpus, detail, categorical);
        [0, 1].map(|session| model.likelihood(session, true).unwrap().log)
    };
    let [one, other] = odd(Detail::Commands, None);
    assert_eq!(one, other);
    let [one, other] = odd(Detail::Parameters, None);
    assert!(one > other);
    assert_ne!(odd(Detail::Values, Some(&["Force"])), odd(Detail::Values, None), "none is categorical by itself");
}

#[test]
fn empty_and_long_sessions_are_no_trouble() {
    let long = vec!["a"; 100_000];
    let corpus = corpus(&[&[], &long, &["a", "b"]]);
    let model = Model::learn(&corpus, Detail::Commands, None);
    assert_eq!(model.likelihood(0, true), None);
    assert_eq!(model.rarest_window(0, 2, true), None);
    assert_eq!(model.rarest_window(2, 9, true), None);
    let likelihood = model.likelihood(1, true).unwrap();
    assert!(likelihood.log.is_finite() && likelihood.geometric_mean > 0.0);
    assert_eq!(model.likelihood(7, true), None, "there is no such session");
    assert_eq!(Model::learn(&Corpus::default(), Detail::Values, None).likelihood(0, false), None);
}

proptest! {
    #[test]
    fn likelihoods_of_windows_are_no_smaller_than_those_of_sessions(
        sessions in prop::collection::vec(prop::collection::vec(0_u8..5, 1..8), 1..12), len in 1_usize..4,
    ) {
        let mut corpus = Corpus::default();
        for session in &sessions {
            corpus.begin_session();
            session.iter().for_each(|command| corpus.add_command(&command.to_string()));
        }
        let model = Model::learn(&corpus, Detail::Commands, None);
        for (session, commands) in sessions.iter().enumerate() {
            let likelihood = model.likelihood(session, true).unwrap();
            prop_assert!(likelihood.log <= 0.0 && likelihood.geometric_mean <= 1.0);
            if let Some(window) = model.rarest_window(session, len, true) {
                prop_assert!(window.log <= 0.0 && window.start + window.len <= commands.len());
            }
        }
    }
}
