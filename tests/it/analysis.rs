//! Time series at the HTTP boundary: the known numbers, every form of bad input, every form of a table.

use std::{fs, path::Path};

use serde_json::{Value, json};
use tests::service::{QUIET, Service, client, json as read};

const TIMESERIES: &str = "/v1/analysis/timeseries";
const PERIODS: &str = "/v1/analysis/timeseries/periods";

/// Shared data, if this is a place that has them.
pub fn shared(file: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(file);
    let text = fs::read_to_string(path).ok();
    if text.is_none() {
        eprintln!("skipped: {file} is not here");
    }
    text
}

/// The pointer of the first mistake of a call that must fail.
pub async fn pointer(service: &Service, path: &str, body: &Value) -> String {
    let (status, problem) = service.refused(path, body).await;
    assert_eq!(status, 400, "{problem:#}");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{problem:#}");
    problem["errors"][0]["pointer"].as_str().expect("a pointer").to_owned()
}

fn hour(place: usize) -> String {
    format!("2024-05-{:02}T{:02}:00:00Z", 1 + place / 24, place % 24)
}

/// A week by the hour, with a peak in the third day.
fn week() -> Vec<Value> {
    let value = |place: usize| (place % 24) as f64 + 0.25 + if place == 60 { 50.5 } else { 0.0 };
    (0..168).map(|place| json!({ "Time": hour(place), "Bytes": value(place), "Who": "a" })).collect()
}

fn asked(rows: impl Into<Value>) -> Value {
    json!({ "rows": rows.into(), "time_column": "Time", "value_column": "Bytes" })
}

fn with(mut body: Value, name: &str, value: impl Into<Value>) -> Value {
    body[name] = value.into();
    body
}

#[tokio::test]
async fn bytes_by_the_hour_have_the_known_anomalies_and_periods() {
    let Some(csv) = shared("TimeSeriesDemo.csv") else { return };
    let service = Service::start(QUIET).await;
    let query = "?time_column=TimeGenerated&value_column=TotalBytesSent";
    let send =
        client().post(format!("{}{TIMESERIES}{query}", service.base())).header("content-type", "text/csv").body(csv);
    let (status, answer) = read(send.send().await.unwrap()).await;
    assert_eq!((status.as_u16(), &answer["row_count"]), (200, &json!(840)), "{answer:#}");
    let rows = answer["rows"].as_array().unwrap();
    assert_near(&rows[0]["trend"], 791_813_560.490_608_1);
    assert_near(&rows[0]["seasonal"], 93_515_986.750_200_84);
    assert_near(&rows[0]["residual"], -11_615_960.240_808_964);
    assert_near(&rows[1]["residual"], -1_950_242.165_703_535);

    // What MSTICPy cut to whole numbers has its fractions here; what it never looked at are the values that are too low.
    let high: Vec<&Value> = rows.iter().filter(|row| row["anomaly"] == 1).collect();
    let expected = [
        ("2019-05-13T17:00:00Z", 261_330_284.0, 552_491_681.0, 102_945_427.0, 655_437_109.0, 3.153_751),
        ("2019-05-17T21:00:00Z", 295_773_799.0, 1_131_650_647.0, 127_862_255.0, 1_259_512_902.0, 3.569_475),
        ("2019-05-26T05:00:00Z", 353_181_952.0, 1_294_866_863.0, 120_862_671.0, 1_415_729_535.0, 4.262_376),
    ];
    assert_eq!(high.len(), expected.len());
    for (row, (time, residual, trend, seasonal, baseline, score)) in high.iter().zip(expected) {
        assert_eq!(row["TimeGenerated"], time);
        for (name, expected) in
            [("residual", residual), ("trend", trend), ("seasonal", seasonal), ("baseline", baseline)]
        {
            assert!((row[name].as_f64().unwrap() - expected).abs() < 1.0, "{name}: {row}");
        }
        assert!((row["score"].as_f64().unwrap() - score).abs() < 1e-6, "{row}");
        assert_eq!((&row["weights"], &row["filled"]), (&json!(1.0), &json!(false)));
    }
    assert_eq!(rows.iter().filter(|row| row["anomaly"] == -1).count(), 5);
    assert!(rows.iter().any(|row| row["residual"].as_f64().unwrap().fract().abs() > 0.1));

    let periods = service.call(PERIODS, &json!({ "rows": rows, "time_column": "TimeGenerated" })).await;
    let expected = json!([
        { "start": "2019-05-13T16:00:00Z", "end": "2019-05-13T18:00:00Z", "anomalies": 1 },
        { "start": "2019-05-17T20:00:00Z", "end": "2019-05-17T22:00:00Z", "anomalies": 1 },
        { "start": "2019-05-26T04:00:00Z", "end": "2019-05-26T06:00:00Z", "anomalies": 1 },
    ]);
    assert_eq!((&periods["periods"], &periods["left_out"]), (&expected, &json!(5)));
}

fn assert_near(found: &Value, expected: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - expected).abs() < 1e-5, "{found} is not {expected}");
}

#[tokio::test]
async fn order_does_not_matter_and_fractions_stay() {
    let service = Service::start(QUIET).await;
    let sorted = service.call(TIMESERIES, &asked(week())).await;
    let mut shuffled = week();
    shuffled.reverse();
    assert_eq!(service.call(TIMESERIES, &asked(shuffled)).await, sorted);
    let rows = sorted["rows"].as_array().unwrap();
    let high: Vec<_> = rows.iter().filter(|row| row["anomaly"] == 1).collect();
    assert_eq!((high.len(), &high[0]["Time"], &high[0]["Bytes"]), (1, &json!(hour(60)), &json!(62.75)));
    assert_eq!(high[0]["Who"], "a", "other columns stay");
    let anomalies = rows.iter().filter(|row| row["anomaly"] != 0).count();
    let group =
        json!({ "group": {}, "outcome": "ok", "points": 168, "filled": 0, "anomalies": anomalies, "step_s": 3600.0 });
    assert_eq!(sorted["groups"], json!([group]));
}

#[tokio::test]
async fn gaps_are_filled_by_rule_and_marked() {
    let service = Service::start(QUIET).await;
    let mut rows = week();
    rows.remove(30);
    rows[20]["Bytes"] = Value::Null;
    for (rule, expected) in [("zero", [0.0, 0.0]), ("linear", [20.25, 6.25]), ("previous", [19.25, 5.25])] {
        let answer = service.call(TIMESERIES, &with(asked(rows.clone()), "fill", rule)).await;
        let filled: Vec<_> = answer["rows"].as_array().unwrap().iter().filter(|row| row["filled"] == true).collect();
        let values: Vec<_> = filled.iter().map(|row| row["Bytes"].as_f64().unwrap()).collect();
        assert_eq!(values, expected, "{rule}");
        assert_eq!((&filled[1]["Time"], &filled[1]["Who"]), (&json!(hour(30)), &Value::Null));
        assert_eq!((&answer["groups"][0]["filled"], &answer["row_count"]), (&json!(2), &json!(168)));
    }
}

#[tokio::test]
async fn bins_put_rows_together() {
    let service = Service::start(QUIET).await;
    let halves = |place: usize| {
        ["00", "30"].map(|minute| {
            let time = hour(place).replace(":00:00Z", &format!(":{minute}:00Z"));
            json!({ "Time": time, "Bytes": place % 24, "Who": "a" })
        })
    };
    let rows: Vec<Value> = (0..96).flat_map(halves).collect();
    let sums = service.call(TIMESERIES, &with(asked(rows.clone()), "bin", "1h")).await;
    assert_eq!((&sums["row_count"], &sums["rows"][5]["Bytes"]), (&json!(96), &json!(10.0)));
    assert!(sums["rows"][5].get("Who").is_none(), "what was put together has no other columns");
    let means = with(with(asked(rows.clone()), "bin", "PT1H"), "aggregate", "mean");
    assert_eq!(service.call(TIMESERIES, &means).await["rows"][5]["Bytes"], 5.0);
    let counts = json!({ "rows": rows, "time_column": "Time", "bin": 3600, "aggregate": "count" });
    assert_eq!(service.call(TIMESERIES, &counts).await["rows"][5]["count"], 2.0);
}

#[tokio::test]
async fn each_group_has_its_outcome() {
    let service = Service::start(QUIET).await;
    let mut rows = week();
    let other = |who: &str, count: usize, value: f64| {
        let row = |place| json!({ "Time": hour(place), "Bytes": value, "Who": who });
        (0..count).map(row).collect::<Vec<_>>()
    };
    rows.extend(other("short", 30, 1.5));
    rows.extend(other("constant", 48, 2.5));
    rows.extend(other("twice", 48, 1.0).into_iter().chain(other("twice", 1, 1.0)));
    rows.push(json!({ "Time": null, "Bytes": 1.0, "Who": "nowhen" }));
    let uneven = [0, 1, 2, 5].map(|minute| json!({ "Time": 60 * minute + minute / 5, "Bytes": 1.0, "Who": "uneven" }));
    rows.extend(
        uneven.map(|row| {
            with(row.clone(), "Time", format!("2024-05-01T00:00:{:02}Z", row["Time"].as_i64().unwrap() % 60))
        }),
    );
    rows.extend(other("large", 48, 1e308));
    let answer = service.call(TIMESERIES, &with(asked(rows), "group_by", json!(["Who"]))).await;
    let groups = answer["groups"].as_array().unwrap();
    let outcomes: Vec<_> = groups
        .iter()
        .map(|group| (group["group"]["Who"].as_str().unwrap(), group["outcome"].as_str().unwrap()))
        .collect();
    let expected = [
        ("a", "ok"),
        ("short", "too_short"),
        ("constant", "constant"),
        ("twice", "duplicate_times"),
        ("uneven", "duplicate_times"),
        ("large", "out_of_range"),
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(answer["skipped_rows"], 1);
    let rows = answer["rows"].as_array().unwrap();
    let short: Vec<_> = rows.iter().filter(|row| row["Who"] == "short").collect();
    assert_eq!((short.len(), &short[0]["outcome"], &short[0]["trend"]), (30, &json!("too_short"), &Value::Null));
    assert!(groups[1]["reason"].as_str().unwrap().contains("two periods of 24"));
    assert!(rows.iter().filter(|row| row["Who"] == "constant").all(|row| row["score"] == 0.0 && row["anomaly"] == 0));
}

#[tokio::test]
async fn one_series_that_cannot_be_analysed_is_a_problem_that_names_the_field() {
    let service = Service::start(QUIET).await;
    let row = |time: &str, value: f64| json!({ "Time": time, "Bytes": value });
    let times = |times: &[&str]| times.iter().map(|time| row(time, 1.0)).collect::<Vec<_>>();
    let twice: Vec<_> = week().into_iter().chain(week()).collect();
    let uneven =
        times(&["2024-05-01T00:00:00Z", "2024-05-01T01:00:00Z", "2024-05-01T02:00:00Z", "2024-05-01T02:59:00Z"]);
    let apart = times(&["1970-01-01T00:00:00Z", "2024-05-01T00:00:00Z"]);
    for (body, expected) in [
        (asked(week()[..30].to_vec()), "/period"),
        (asked(week()[..1].to_vec()), "/time_column"),
        (asked(twice), "/time_column"),
        (asked(uneven), "/time_column"),
        (with(asked(apart), "bin", "1s"), "/bin"),
        (with(asked(week()), "bin", "0s"), "/bin"),
        (with(asked(week()), "bin", "soon"), "/bin"),
        (with(asked(week()), "time_column", "When"), "/time_column"),
        (with(asked(week()), "value_column", "What"), "/value_column"),
        (with(asked(week()), "value_column", "Time"), "/value_column"),
        (with(asked(week()), "value_column", "Who"), "/rows/0/Who"),
        (with(asked(week()), "time_column", "Who"), "/rows/0/Who"),
        (with(asked(week()), "group_by", json!(["What"])), "/group_by"),
        (with(asked(week()), "seasonal", 8), "/seasonal"),
        (with(asked(week()), "period", 1), "/period"),
        (with(asked(week()), "period", u64::MAX), "/period"),
        (with(asked(week()), "score_threshold", -1.0), "/score_threshold"),
        (with(asked(week()), "method", "arima"), "/method"),
        (with(asked(week()), "periods", json!([24])), "/periods"),
        (with(asked(week()), "aggregate", "mean"), "/aggregate"),
        (with(asked(week()), "perod", 24), "/perod"),
        (json!({ "rows": week(), "time_column": "Time" }), "/value_column"),
        (json!({ "time_column": "Time", "value_column": "Bytes" }), "/rows"),
    ] {
        assert_eq!(pointer(&service, TIMESERIES, &body).await, expected);
    }
    let answer = service.call(TIMESERIES, &with(asked(week()), "seasonal", u64::MAX)).await;
    assert_eq!(
        answer["groups"][0]["outcome"], "ok",
        "a season that is smoothed over all of time is the same each time"
    );
    let large: Vec<_> = (0..60).map(|place| row(&hour(place), 1e308)).collect();
    assert_eq!(pointer(&service, TIMESERIES, &asked(large)).await, "/value_column");
}

#[tokio::test]
async fn what_is_not_a_number_is_missing() {
    let service = Service::start(QUIET).await;
    let mut csv = String::from("Time,Bytes\n");
    for place in 0..72 {
        let value = if place % 10 == 3 { "NaN".to_owned() } else { (place % 24).to_string() };
        csv.push_str(&format!("{},{value}\n", hour(place)));
    }
    let address = format!("{}{TIMESERIES}?time_column=Time&value_column=Bytes", service.base());
    let request = tests::service::client().post(address).header("content-type", "text/csv").body(csv);
    let (status, answer) = tests::service::json(request.send().await.unwrap()).await;
    assert_eq!((status.as_u16(), &answer["groups"][0]["filled"]), (200, &json!(7)), "{:#}", answer["groups"]);
    assert_eq!(pointer(&service, TIMESERIES, &with(asked(week()), "value_column", Value::Null)).await, "/value_column");
}

#[tokio::test]
async fn nothing_is_answered_with_nothing() {
    let service = Service::start(QUIET).await;
    let answer = service.call(TIMESERIES, &asked(json!([]))).await;
    assert_eq!((&answer["rows"], &answer["groups"]), (&json!([]), &json!([])));
    let answer = service.call(PERIODS, &json!({ "rows": [], "time_column": "Time" })).await;
    assert_eq!(answer["periods"], json!([]));
}

#[tokio::test]
async fn several_periods_have_a_season_each() {
    let service = Service::start(QUIET).await;
    let value = |place: usize| (place % 12) as f64 + 3.0 * (place % 60) as f64;
    let rows: Vec<_> = (0..240).map(|place| json!({ "Time": 3600 * place, "Bytes": value(place) })).collect();
    let body = with(with(asked(rows), "method", "mstl"), "periods", json!([60, 12]));
    let answer = service.call(TIMESERIES, &body).await;
    let row = &answer["rows"][100];
    let number = |name: &str| row[name].as_f64().unwrap();
    assert!((number("seasonal_12") + number("seasonal_60") - number("seasonal")).abs() < 1e-9, "{row}");
    assert_eq!(row["Time"], "1970-01-05T04:00:00Z");
    let single = with(with(asked(week()), "method", "mstl"), "periods", json!([24]));
    assert_eq!(service.call(TIMESERIES, &single).await["groups"][0]["outcome"], "ok");
    let too_long = with(asked(week()), "method", "mstl");
    assert_eq!(pointer(&service, TIMESERIES, &too_long).await, "/period");
}

#[tokio::test]
async fn tables_come_and_go_in_all_forms() {
    let service = Service::start(QUIET).await;
    let expected = service.call(TIMESERIES, &with(asked(week()), "group_by", json!(["Who"]))).await;
    let lines: Vec<String> = week().iter().map(Value::to_string).collect();
    let query = "?time_column=Time&value_column=Bytes&group_by=Who&robust=false&period=24";
    let send = || {
        let request = client().post(format!("{}{TIMESERIES}{query}", service.base()));
        request.header("content-type", "application/x-ndjson").body(lines.join("\n"))
    };
    let (status, answer) = read(send().send().await.unwrap()).await;
    assert_eq!((status.as_u16(), &answer), (200, &expected));
    let csv = send().header("accept", "text/csv").send().await.unwrap().text().await.unwrap();
    assert!(
        csv.starts_with("Time,Bytes,Who,filled,trend,seasonal,residual,weights,baseline,score,anomaly,outcome\r\n")
    );
    assert_eq!(csv.lines().count(), 169);
    for media in ["application/vnd.apache.arrow.stream", "application/vnd.apache.parquet"] {
        let answer = send().header("accept", media).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], media);
        let bytes = answer.bytes().await.unwrap();
        let request = client().post(format!("{}{TIMESERIES}{query}", service.base())).header("content-type", media);
        let (status, again) = read(request.body(bytes).send().await.unwrap()).await;
        assert_eq!((status.as_u16(), &again["groups"]), (200, &expected["groups"]), "{media}");
    }
}

#[tokio::test]
async fn periods_are_those_of_their_series_and_direction() {
    let service = Service::start(QUIET).await;
    let row = |who: &str, place: usize, anomaly: i64| json!({ "Time": hour(place), "Who": who, "anomaly": anomaly });
    let rows = json!([row("a", 1, 1), row("b", 2, 1), row("a", 3, 1), row("a", 9, -1), row("a", 20, 0)]);
    let body = json!({ "rows": rows, "time_column": "Time", "group_by": "Who" });
    let periods = service.call(PERIODS, &body).await["periods"].clone();
    assert_eq!(
        periods,
        json!([
            { "start": hour(0), "end": hour(4), "anomalies": 2, "group": { "Who": "a" } },
            { "start": hour(1), "end": hour(3), "anomalies": 1, "group": { "Who": "b" } },
        ])
    );
    let low = with(with(body.clone(), "direction", "low"), "margin", "30m");
    assert_eq!(service.call(PERIODS, &low).await["periods"][0]["start"], "2024-05-01T08:30:00Z");
    let both = with(body.clone(), "direction", "both");
    assert_eq!(service.call(PERIODS, &both).await["periods"].as_array().unwrap().len(), 3);

    let bare = json!({ "rows": [{ "Time": hour(5) }, { "Time": null }], "time_column": "Time" });
    let answer = service.call(PERIODS, &bare).await;
    assert_eq!((&answer["periods"][0]["start"], &answer["skipped_rows"]), (&json!(hour(4)), &json!(1)));
    for (name, value, expected) in [
        ("anomaly_column", "odd", "/anomaly_column"),
        ("anomaly_column", "Who", "/rows/0/Who"),
        ("time_column", "When", "/time_column"),
        ("margin", "-1h", "/margin"),
        ("direction", "up", "/direction"),
    ] {
        assert_eq!(pointer(&service, PERIODS, &with(body.clone(), name, value)).await, expected, "{value}");
    }
}
