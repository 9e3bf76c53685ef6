//! What can't be drawn is refused with the name of the option.

use crate::{Kind, Options, PlotError, RefTime, Style, draw, tests::gallery::sample};

fn refused(kind: Kind, file: &str, options: &Options) -> (Option<&'static str>, String) {
    let error = draw(kind, &sample(file), options).map(|_| ()).unwrap_err();
    (error.option(), error.to_string())
}

fn some(name: &str) -> Option<String> {
    Some(name.to_owned())
}

#[test]
fn a_column_that_is_not_there_is_named_and_so_are_those_that_are() {
    let options = Options { time_column: some("When"), ..Options::default() };
    let (option, text) = refused(Kind::Timeline, "events.csv", &options);
    assert_eq!(option, Some("time_column"));
    assert_eq!(text, "there is no column \"When\"; there are TimeGenerated, Computer, EventID, Activity, Account");
    for (option, options) in [
        ("group_by", Options { group_by: vec!["x".to_owned()], ..Options::default() }),
        ("color_by", Options { color_by: some("x"), ..Options::default() }),
        ("facet_by", Options { facet_by: some("x"), ..Options::default() }),
        ("source_columns", Options { source_columns: vec!["x".to_owned()], ..Options::default() }),
    ] {
        assert_eq!(refused(Kind::Timeline, "events.csv", &options).0, Some(option));
    }
}

#[test]
fn a_column_of_another_type_is_refused() {
    let options = Options { time_column: some("Computer"), ..Options::default() };
    let (option, text) = refused(Kind::Timeline, "events.csv", &options);
    assert_eq!((option, text.as_str()), (Some("time_column"), "column \"Computer\" holds no times"));
    let options = Options { value_column: some("Account"), ..Options::default() };
    let (option, text) = refused(Kind::TimelineValues, "events.csv", &options);
    assert_eq!((option, text.as_str()), (Some("value_column"), "column \"Account\" holds no numbers"));
}

#[test]
fn what_a_plot_needs_is_asked_for() {
    for (kind, file, option) in [
        (Kind::TimelineValues, "downloads.csv", "value_column"),
        (Kind::TimelineDuration, "events.csv", "group_by"),
        (Kind::Timeseries, "events.csv", "value_column"),
        (Kind::Matrix, "flows.csv", "x"),
        (Kind::Network, "flows.csv", "x"),
        (Kind::Map, "flows.csv", "latitude_column"),
        (Kind::ProcessTree, "flows.csv", "rows"),
        (Kind::Timeline, "flows.csv", "time_column"),
        (Kind::EntityGraph, "flows.csv", "entities"),
    ] {
        assert_eq!(refused(kind, file, &Options::default()).0, Some(option), "{kind:?}");
    }
}

#[test]
fn what_means_nothing_to_a_plot_is_refused() {
    let options = Options { style: vec![Style::Bar], ..Options::default() };
    assert_eq!(refused(Kind::Matrix, "flows.csv", &options), (Some("style"), "means nothing to this plot".to_owned()));
    let options = Options { facet_by: some("EventID"), ..Options::default() };
    assert_eq!(refused(Kind::ProcessTree, "processes.csv", &options).0, Some("facet_by"));
}

#[test]
fn sizes_have_limits() {
    for (options, option) in [
        (Options { width: Some(10), ..Options::default() }, "width"),
        (Options { height: Some(100_000), ..Options::default() }, "height"),
        (
            Options {
                ref_times: vec![RefTime { time: "2026-05-04T00:00:00Z".parse().unwrap(), label: None }; 101],
                ..Options::default()
            },
            "ref_times",
        ),
    ] {
        assert_eq!(refused(Kind::Timeline, "events.csv", &options).0, Some(option));
    }
    let (table, options) =
        (sample("events.csv"), Options { width: Some(4_000), height: Some(4_000), ..Options::default() });
    let plot = draw(Kind::Timeline, &table, &options).unwrap();
    assert_eq!(plot.png(4.0), Err(PlotError::TooManyPixels { most: 25 }));
    assert_eq!(plot.png(0.0).unwrap_err().option(), Some("scale"));
    assert_eq!(plot.png(f64::NAN).unwrap_err().option(), Some("scale"));
}
