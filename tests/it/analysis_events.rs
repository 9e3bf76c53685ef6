//! Sessions, sequences, clusters, outliers and beacons at the HTTP boundary.

use serde_json::{Value, json};
use tests::service::{QUIET, Service, client, json as read};

use crate::analysis::{pointer, shared};

const SEQUENCES: &str = "/v1/analysis/sequences";
const SESSIONIZE: &str = "/v1/analysis/sessionize";
const CLUSTERS: &str = "/v1/analysis/clusters";
const OUTLIERS: &str = "/v1/analysis/outliers";
const BEACONS: &str = "/v1/analysis/beacons";

fn rows(answer: &Value) -> &Vec<Value> {
    answer["rows"].as_array().expect("rows")
}

#[tokio::test]
async fn the_known_sessions_have_the_known_likelihoods() {
    let service = Service::start(QUIET).await;
    let sessions = json!([["a", "b", "c"], ["a", "b", "d"], ["a", "b", "c", "c"], ["z", "a"]]);
    let answer = service.call(SEQUENCES, &json!({ "sessions": sessions })).await;
    let expected = [
        (0.011900826446280993, 0.2283104, 0.0432203, json!(["b", "c"])),
        (0.006611570247933885, 0.1876873, 0.0288136, json!(["b", "d"])),
        (0.0023801652892561985, 0.2208777, 0.0288136, json!(["c", "c"])),
        (0.008264462809917356, 0.0909091, 0.0277350, json!(["a"])),
    ];
    for (row, (likelihood, mean, rarest, window)) in rows(&answer).iter().zip(expected) {
        assert!((row["likelihood"].as_f64().unwrap() - likelihood).abs() < 1e-15, "{row}");
        assert!((row["geometric_mean"].as_f64().unwrap() - mean).abs() < 1e-7, "{row}");
        assert!((row["rarest_window2_likelihood"].as_f64().unwrap() / rarest - 1.0).abs() < 2e-5, "{row}");
        assert_eq!(row["rarest_window2"], window);
    }
    assert_eq!(
        (&answer["model"], &answer["sessions"], &answer["commands"]),
        (&json!("commands"), &json!(4), &json!(12))
    );
}

#[tokio::test]
async fn parameters_and_values_count_where_they_are_sent() {
    let service = Service::start(QUIET).await;
    let command = |params: Value| json!({ "name": "Set-Mailbox", "params": params });
    let usual = json!({ "Identity": "a", "AuditEnabled": "true" });
    let mut sessions: Vec<Value> = (0..30).map(|_| json!([command(usual.clone()), "Get-User"])).collect();
    sessions.push(json!([command(json!({ "Identity": "a", "ForwardingAddress": "x@example.org" })), "Get-User"]));
    sessions.push(json!([command(json!({ "Identity": "a", "AuditEnabled": "false" })), "Get-User"]));
    let odd = |model: &str| json!({ "sessions": sessions, "model": model, "window_lengths": [1] });
    let means = |answer: &Value| -> Vec<f64> {
        rows(answer).iter().map(|row| row["geometric_mean"].as_f64().unwrap()).collect()
    };
    let commands = means(&service.call(SEQUENCES, &odd("commands")).await);
    assert!(commands.iter().all(|mean| *mean == commands[0]));
    let params = means(&service.call(SEQUENCES, &odd("commands_params")).await);
    assert!(params[30] < params[0] && params[31] == params[0]);
    let answer = service.call(SEQUENCES, &json!({ "sessions": sessions })).await;
    assert_eq!(answer["model"], "commands_params_values", "all that is sent");
    let values = means(&answer);
    assert!(values[30] < values[0] && values[31] < values[0]);
}

#[tokio::test]
async fn what_is_no_session_is_refused_where_it_is() {
    let service = Service::start(QUIET).await;
    for (body, expected) in [
        (json!({ "sessions": [["a"], "b"] }), "/rows/1/session"),
        (json!({ "sessions": [["a"]], "rows": [] }), ""),
        (json!({}), ""),
        (json!({ "sessions": [["a"]], "window_lengths": [2, 0] }), "/window_lengths/1"),
        (json!({ "sessions": [["a"]], "model": "lstm" }), "/model"),
        (json!({ "rows": [{ "x": ["a"] }], "session_column": "y" }), "/session_column"),
        (json!({ "rows": [{ "x": 5 }], "session_column": "x" }), "/rows/0/x"),
    ] {
        assert_eq!(pointer(&service, SEQUENCES, &body).await, expected);
    }
    let answer = service.call(SEQUENCES, &json!({ "sessions": [[], ["a"], null] })).await;
    assert_eq!((&answer["empty_sessions"], &rows(&answer)[0]["likelihood"]), (&json!(2), &Value::Null));
    assert_eq!(rows(&service.call(SEQUENCES, &json!({ "sessions": [] })).await).len(), 0);
}

#[tokio::test]
async fn events_of_exchange_become_sessions_that_are_scored() {
    let Some(csv) = shared("demo_exchange_data.csv") else { return };
    let service = Service::start(QUIET).await;
    let query = "?time_column=TimeGenerated&group_by=UserId&group_by=ClientIP&event_column=Operation\
                 &max_session_s=1200&max_separation_s=120";
    let request = client().post(format!("{}{SESSIONIZE}{query}", service.base())).header("content-type", "text/csv");
    let (status, sessions) = read(request.body(csv).send().await.unwrap()).await;
    assert_eq!(status, 200, "{sessions:#}");
    let events: i64 = rows(&sessions).iter().map(|row| row["number_events"].as_i64().unwrap()).sum();
    assert_eq!((events, &sessions["skipped_rows"]), (1_334, &json!(0)));
    assert_eq!((&sessions["sessions"], rows(&sessions).len()), (&json!(400), 400), "as MSTICPy has them");
    let first = &rows(&sessions)[0];
    assert_eq!(first["Operation_list"].as_array().unwrap().len() as u64, first["number_events"].as_u64().unwrap());
    let body = json!({ "rows": rows(&sessions), "session_column": "Operation_list", "window_lengths": [3] });
    let scored = service.call(SEQUENCES, &body).await;
    assert_eq!(scored["commands"], 1_334);
    let rarest = |row: &Value| row["rarest_window3_likelihood"].as_f64();
    assert!(rows(&scored).iter().filter_map(rarest).all(|likelihood| likelihood > 0.0 && likelihood < 1.0));
}

#[tokio::test]
async fn sessions_end_after_a_pause_or_a_long_time_or_with_the_user() {
    let service = Service::start(QUIET).await;
    let event = |who: Value, minute: i64, what: &str| json!({ "Who": who, "Time": 60 * minute, "What": what });
    let body = json!({
        "rows": [event(json!("b"), 1, "x"), event(json!("a"), 3, "d"), event(json!("a"), 0, "c"), event(json!("a"), 9, "e"),
            event(Value::Null, 0, "n"), event(Value::Null, 1, "o"), json!({ "Who": "a", "What": "timeless" })],
        "time_column": "Time", "group_by": ["Who"], "event_column": "What", "max_separation_s": 300,
    });
    let answer = service.call(SESSIONIZE, &body).await;
    let lists: Vec<_> = rows(&answer).iter().map(|row| (row["Who"].clone(), row["What_list"].clone())).collect();
    let expected = [("b", vec!["x"]), ("a", vec!["c", "d"]), ("a", vec!["e"]), ("", vec!["n", "o"])];
    let expected = expected.map(|(who, list)| (if who.is_empty() { Value::Null } else { json!(who) }, json!(list)));
    assert_eq!(lists, expected);
    let second = &rows(&answer)[1];
    assert_eq!(
        (&second["Time_min"], &second["Time_max"]),
        (&json!("1970-01-01T00:00:00Z"), &json!("1970-01-01T00:03:00Z"))
    );
    assert_eq!((&second["duration"], &second["number_events"]), (&json!("00:03:00"), &json!(2)));
    assert_eq!(answer["skipped_rows"], 1);
    let mut events = body.clone();
    events["output"] = json!("events");
    let events = service.call(SESSIONIZE, &events).await;
    let numbers: Vec<_> = rows(&events).iter().map(|row| row["session_ind"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [0, 1, 1, 2, 3, 3]);
    for (name, value, expected) in [
        ("time_column", json!("When"), "/time_column"),
        ("time_column", json!("What"), "/rows/0/What"),
        ("event_column", json!("Which"), "/event_column"),
        ("group_by", json!(["Whose"]), "/group_by"),
        ("max_session_s", json!(-1), "/max_session_s"),
    ] {
        let mut body = body.clone();
        body[name] = value;
        assert_eq!(pointer(&service, SESSIONIZE, &body).await, expected);
    }
}

#[tokio::test]
async fn processes_that_are_alike_are_one_cluster() {
    let Some(ndjson) = shared("SecurityEvent_processes.ndjson") else { return };
    let service = Service::start(QUIET).await;
    let ask = |query: &str| {
        let request = client().post(format!("{}{CLUSTERS}?time_column=TimeGenerated{query}", service.base()));
        request.header("content-type", "application/x-ndjson").body(ndjson.clone())
    };
    let (status, answer) = read(ask("&max_cluster_distance=0.0001").send().await.unwrap()).await;
    assert_eq!(status, 200, "{answer:#}");
    let (clusters, noise) = (answer["clusters"].as_u64().unwrap(), answer["noise"].as_u64().unwrap());
    assert_eq!((clusters, noise, rows(&answer).len()), (54, 12, 66), "as MSTICPy has them");
    let sizes: u64 = rows(&answer).iter().map(|row| row["cluster_size"].as_u64().unwrap()).sum();
    assert_eq!(sizes, ndjson.lines().count() as u64, "each event is counted once");
    for row in rows(&answer) {
        assert_eq!(row["TimeGenerated"], row["first_event_time"], "the earliest of its cluster, and of noise itself");
    }
    let (_, all) = read(ask("&max_cluster_distance=0.0001&output=events").send().await.unwrap()).await;
    assert_eq!(all["row_count"], ndjson.lines().count());
    let (_, one) = read(ask("").send().await.unwrap()).await;
    assert_eq!(
        (&one["clusters"], &one["noise"]),
        (&json!(1), &json!(0)),
        "the usual distance is a hundred times as wide"
    );
}

#[tokio::test]
async fn chosen_columns_make_clusters_too() {
    let service = Service::start(QUIET).await;
    let body = json!({
        "rows": [{ "x": 1.0, "y": 1 }, { "x": 1.1, "y": 1 }, { "x": 9.0, "y": 9 }, { "x": null, "y": 1 }, { "x": 1.0, "y": 1 }],
        "features": ["x", "y"], "normalize": false, "max_cluster_distance": 0.5,
    });
    let answer = service.call(CLUSTERS, &body).await;
    assert_eq!((&answer["clusters"], &answer["noise"], &answer["incomplete_rows"]), (&json!(1), &json!(1), &json!(1)));
    let found: Vec<_> =
        rows(&answer).iter().map(|row| (row["cluster_id"].clone(), row["cluster_size"].clone())).collect();
    assert_eq!(found, [(json!(0), json!(3)), (Value::Null, json!(1)), (Value::Null, json!(1))]);
    for (name, value, expected) in [
        ("features", json!([]), "/features"),
        ("features", json!(["x", "z"]), "/features/1"),
        ("features", json!(["path_score"]), "/path_column"),
        ("max_cluster_distance", json!(0), "/max_cluster_distance"),
        ("min_cluster_samples", json!(0), "/min_cluster_samples"),
        ("time_column", json!("t"), "/time_column"),
    ] {
        let mut body = body.clone();
        body[name] = value;
        assert_eq!(pointer(&service, CLUSTERS, &body).await, expected);
    }
}

#[tokio::test]
async fn flows_that_are_unlike_the_others_are_outliers_every_time() {
    let Some(csv) = shared("az_net_flows.csv") else { return };
    let service = Service::start(QUIET).await;
    let query = "?features=AllowedOutFlows&features=AllowedInFlows&features=TotalAllowedFlows&max_features=3";
    let ask = || {
        let request = client().post(format!("{}{OUTLIERS}{query}", service.base()));
        request.header("content-type", "text/csv").body(csv.clone())
    };
    let (status, answer) = read(ask().send().await.unwrap()).await;
    assert_eq!(status, 200, "{answer:#}");
    let outliers = rows(&answer).iter().filter(|row| row["outlier"] == true).count();
    assert_eq!((outliers as u64, rows(&answer).len()), (answer["outliers"].as_u64().unwrap(), 460));
    assert!((1..=23).contains(&outliers), "at most the share that was asked for: {outliers}");
    let score = |row: &Value| row["score"].as_f64().unwrap();
    let most = rows(&answer).iter().max_by(|one, other| score(one).total_cmp(&score(other))).unwrap();
    assert!(score(most) > 0.6 && most["TotalAllowedFlows"].as_f64().unwrap() > 30.0, "{most}");
    assert_eq!(read(ask().send().await.unwrap()).await.1, answer);
}

#[tokio::test]
async fn rows_without_a_number_are_not_scored_and_bad_parameters_refused() {
    let service = Service::start(QUIET).await;
    let mut sent: Vec<Value> = (0..50).map(|place| json!({ "x": place % 5, "t": "text" })).collect();
    sent.extend([json!({ "x": 1000 }), json!({ "x": null })]);
    let body = json!({ "rows": sent, "features": ["x"], "contamination": 0.02 });
    let answer = service.call(OUTLIERS, &body).await;
    assert_eq!((&answer["outliers"], &answer["incomplete_rows"]), (&json!(1), &json!(1)));
    assert_eq!((&rows(&answer)[50]["outlier"], &rows(&answer)[51]["score"]), (&json!(true), &Value::Null));
    assert_eq!(service.call(OUTLIERS, &json!({ "rows": [], "features": ["x"] })).await["outliers"], 0);
    for (name, value, expected) in [
        ("features", json!(["y"]), "/features/0"),
        ("features", json!(["t"]), "/rows/0/t"),
        ("features", json!([]), "/features"),
        ("contamination", json!(0.7), "/contamination"),
        ("trees", json!(0), "/trees"),
        ("max_samples", json!(1), "/max_samples"),
        ("max_features", json!(0), "/max_features"),
        ("seed", json!(-1), "/seed"),
    ] {
        let mut body = body.clone();
        body[name] = value;
        assert_eq!(pointer(&service, OUTLIERS, &body).await, expected);
    }
}

#[tokio::test]
async fn a_beacon_is_told_from_chance_and_by_its_interval() {
    let service = Service::start(QUIET).await;
    let beat = |minute: i64| json!({ "Time": 1_700_000_000 + 60 * minute, "Source": "beacon" });
    let random = std::iter::successors(Some(1_i64), |seed| Some((1_103_515_245 * seed + 12_345) % (1 << 31)));
    let chance = random.skip(1).map(|number| json!({ "Time": 1_700_000_000 + number % 14_437, "Source": "chance" }));
    let few = |minute: i64| json!({ "Time": 1_700_000_000 + 60 * minute, "Source": "few" });
    let sent: Vec<_> = chance.take(240).chain((0..240).map(beat)).chain((0..3).map(few)).collect();
    let body = json!({ "rows": sent, "time_column": "Time", "group_by": ["Source"], "significance": 1e-4 });
    let answer = service.call(BEACONS, &body).await;
    let by_source = |source: &str| rows(&answer).iter().find(|row| row["Source"] == source).unwrap().clone();
    let beacon = by_source("beacon");
    assert_eq!((&beacon["dominant_interval"], &beacon["beacon"]), (&json!(60.0), &json!(true)), "{beacon}");
    assert_eq!((&beacon["events"], &beacon["bin_s"], &beacon["outcome"]), (&json!(240), &json!(1.0), &json!("ok")));
    assert_eq!(rows(&answer)[0], beacon, "the least likely comes first");
    assert_eq!(by_source("chance")["beacon"], false, "{answer:#}");
    let few = by_source("few");
    assert_eq!((&few["outcome"], &few["p_value"], &few["beacon"]), (&json!("too_short"), &Value::Null, &json!(false)));
    assert_eq!(answer["beacons"], 1);
}

#[tokio::test]
async fn events_without_an_interval_say_why() {
    let service = Service::start(QUIET).await;
    let sent = |times: Vec<i64>| {
        let rows: Vec<_> = times.into_iter().map(|time| json!({ "Time": time })).collect();
        json!({ "rows": rows, "time_column": "Time" })
    };
    let with = |mut body: Value, name: &str, value: Value| {
        body[name] = value;
        body
    };
    for (body, expected) in [
        (sent(vec![1, 2, 3]), "/rows"),
        (sent(vec![5; 9]), "/rows"),
        (sent((0..60).collect()), "/bin"),
        (with(sent((0..60).map(|beat| beat * 1_000_000).collect()), "bin", json!("1s")), "/bin"),
        (with(sent((0..60).collect()), "bin", json!(0)), "/bin"),
        (with(sent((0..60).collect()), "significance", json!(2)), "/significance"),
        (with(sent((0..60).collect()), "time_column", json!("When")), "/time_column"),
        (json!({ "rows": [{ "Time": true }], "time_column": "Time" }), "/rows/0/Time"),
    ] {
        assert_eq!(pointer(&service, BEACONS, &body).await, expected);
    }
    let days = sent((0..200).map(|day| day * 86_400).collect());
    let answer = service.call(BEACONS, &days).await;
    assert!((rows(&answer)[0]["dominant_interval"].as_f64().unwrap() / 86_400.0 - 1.0).abs() < 0.01, "{answer:#}");
    assert!(rows(&answer)[0]["bin_s"].as_f64().unwrap() > 1.0, "so long a time is looked at more coarsely");
    assert_eq!(rows(&service.call(BEACONS, &json!({ "rows": [], "time_column": "Time" })).await).len(), 0);
}
