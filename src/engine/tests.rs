//! Queries as a whole: limits, plugins, what comes together only at the end.

use std::{sync::Arc, time::Duration};

use model::{Column, ColumnSpec, ColumnType, Table, Value};

use crate::{Ask, Engine, EngineError, Limits, QueryLimits, examples::ask};

pub(crate) fn engine() -> Engine {
    Engine::start(&Limits { threads: 2, ..Limits::default() }).unwrap()
}

/// Events of three computers.
fn events() -> Table {
    let column = |name, kind, values: Vec<Value<'static>>| Column::of(name, kind, values).unwrap();
    let at = |minute: u32| Value::Datetime(format!("2024-06-01T10:{minute:02}:00Z").parse().unwrap());
    let texts = |texts: &[&'static str]| texts.iter().map(|text| Value::from(*text)).collect();
    Table::new(vec![
        column("TimeGenerated", ColumnType::Datetime, (0..6).map(|row| at(row * 10)).collect()),
        column("Computer", ColumnType::String, texts(&["a", "b", "a", "c", "b", "a"])),
        column(
            "EventID",
            ColumnType::Int,
            vec![4624.into(), 4625.into(), Value::Null, 4624.into(), 4688.into(), 4688.into()],
        ),
        column(
            "Data",
            ColumnType::Dynamic,
            [r#"{"user":"x"}"#, r#"{"user":"y"}"#, "{}", r#"{"user":"x"}"#, r#"["u"]"#, "null"]
                .map(|json| if json == "null" { Value::Null } else { Value::Dynamic(json.into()) })
                .to_vec(),
        ),
    ])
    .unwrap()
}

fn of_events(text: &str) -> Ask {
    Ask { catalog: Arc::new(vec![("Events".to_owned(), events())]), ..ask(text) }
}

/// The rows of the last result, as text.
pub(crate) async fn rows(engine: &Engine, ask: Ask) -> Result<Vec<String>, EngineError> {
    let answer = engine.ask(ask).await?.pop().unwrap();
    let table = answer.pieces.collect().await?.0.unwrap();
    let row =
        |row: usize| table.columns().iter().map(|column| column.value(row).to_text().into_owned()).collect::<Vec<_>>();
    Ok((0..table.row_count()).map(|number| row(number).join("|")).collect())
}

async fn answered(query: &str) -> Vec<String> {
    rows(&engine(), of_events(query)).await.unwrap()
}

#[tokio::test]
async fn tables_of_the_catalogue_are_filtered_and_summarized() {
    let found =
        answered("Events | where TimeGenerated >= datetime(2024-06-01 10:10) and Computer == 'a' | count").await;
    assert_eq!(found, ["2"]);
    let found =
        answered("Events | summarize n = count(), last = max(TimeGenerated) by Computer | sort by n, Computer asc")
            .await;
    assert_eq!(found, ["a|3|2024-06-01T10:50:00Z", "b|2|2024-06-01T10:40:00Z", "c|1|2024-06-01T10:30:00Z"]);
}

#[tokio::test]
async fn nothing_is_like_no_value() {
    assert_eq!(answered("Events | where EventID != 4624 | count").await, ["4"]);
    assert_eq!(answered("Events | where EventID == 4624 | count").await, ["2"]);
    assert_eq!(answered("Events | where not(EventID == 4624) | count").await, ["4"]);
    assert_eq!(answered("Events | where EventID !in (4624, 4625) | count").await, ["3"]);
    assert_eq!(answered("Events | where EventID > 1 | count").await, ["5"]);
}

#[tokio::test]
async fn parts_of_dynamic_columns_are_texts_and_groups() {
    let found = answered("Events | summarize n = count() by user = tostring(Data.user) | sort by user asc").await;
    assert_eq!(found, ["|3", "x|2", "y|1"]);
    let found = answered("Events | where Data.user == 'x' | distinct Computer | sort by Computer asc").await;
    assert_eq!(found, ["a", "c"]);
}

#[tokio::test]
async fn the_row_of_an_extreme_comes_whole() {
    let found =
        answered("Events | summarize arg_max(TimeGenerated, EventID, Data) by Computer | sort by Computer asc").await;
    assert_eq!(
        found,
        [
            "a|2024-06-01T10:50:00Z|4688|",
            r#"b|2024-06-01T10:40:00Z|4688|["u"]"#,
            r#"c|2024-06-01T10:30:00Z|4624|{"user":"x"}"#
        ]
    );
}

#[tokio::test]
async fn tables_are_sets_and_scalars() {
    let query = "let seen = Events | where EventID == 4688 | project Computer;
        let first = toscalar(Events | summarize min(TimeGenerated));
        Events | where Computer in (seen) and TimeGenerated > first | count";
    assert_eq!(answered(query).await, ["4"]);
    assert_eq!(
        answered("Events | where Computer !in ((Events | where EventID == 4688 | project Computer)) | count").await,
        ["1"]
    );
}

#[tokio::test]
async fn rows_look_at_rows_before_them_in_order() {
    let query = "Events | sort by TimeGenerated desc | extend n = row_number(), before = prev(Computer, 1, '-') | project n, Computer, before | where n <= 3";
    assert_eq!(answered(query).await, ["1|a|-", "2|b|a", "3|c|b"]);
    let lists = "Events | sort by TimeGenerated desc | summarize make_list(Computer)";
    assert_eq!(answered(lists).await, [r#"["a","b","c","a","b","a"]"#]);
}

#[tokio::test]
async fn plugins_find_their_columns_in_the_rows() {
    let pivot = "Events | where isnotnull(EventID) | evaluate pivot(EventID, count(), Computer) | sort by Computer asc";
    assert_eq!(answered(pivot).await, ["a|1|0|1", "b|0|1|1", "c|1|0|0"]);
    let unpack = "Events | where Data has 'user' | evaluate bag_unpack(Data) | where user == 'y' | project Computer";
    assert_eq!(answered(unpack).await, ["b"]);
}

#[tokio::test]
async fn elements_are_worked_on_row_by_row() {
    let query = "datatable(k:string, v:dynamic) ['a', dynamic([3,1,2]), 'b', dynamic([]), 'c', dynamic([9])]
        | mv-apply x = v to typeof(long) on (top 2 by x | summarize s = sum(x), n = count()) | project k, s, n";
    let mut found = answered(query).await;
    found.sort();
    assert_eq!(found, ["a|5|2", "b|0|1", "c|9|1"]);
    let partition = "Events | partition by Computer (top 1 by TimeGenerated desc) | project Computer, EventID | sort by Computer asc";
    assert_eq!(answered(partition).await, ["a|4688", "b|4688", "c|4624"]);
}

#[tokio::test]
async fn texts_are_parsed_by_patterns() {
    let parse = "print t = 'user=bob id=17 rest of it' | parse t with 'user=' u ' id=' id:long ' ' rest";
    assert_eq!(answered(&format!("{parse} | project u, id, rest")).await, ["bob|17|rest of it"]);
    let missing = "datatable(t:string) ['a=1', 'b'] | parse-where t with 'a=' n:int";
    assert_eq!(answered(missing).await, ["a=1|1"]);
    let absent = "print t = 'nothing' | parse t with 'a=' n:int ' ' s | project isnull(n), isempty(s)";
    assert_eq!(answered(absent).await, ["true|true"]);
}

#[tokio::test]
async fn series_have_values_at_all_steps() {
    let query = "Events | make-series n = count() default = 0 on TimeGenerated from datetime(2024-06-01 10:00) to datetime(2024-06-01 11:00) step 20m by Computer
        | sort by Computer asc | project Computer, n";
    assert_eq!(answered(query).await, ["a|[1,1,1]", "b|[1,0,1]", "c|[0,1,0]"]);
    let open = "Events | make-series n = count() on TimeGenerated step 30m | project n";
    assert_eq!(answered(open).await, ["[3,3]"]);
}

#[tokio::test]
async fn sides_without_a_pair_have_empty_texts() {
    let query = "Events | distinct Computer | join kind=leftouter (datatable(Computer:string, Owner:string, Age:long) ['a', 'x', 1]) on Computer
        | sort by Computer asc | project Computer, Owner, isnull(Age), Owner == ''";
    assert_eq!(answered(query).await, ["a|x|false|false", "b||true|true", "c||true|true"]);
}

#[tokio::test]
async fn several_results_have_names() {
    let answers = engine().ask(of_events("Events | fork big = (count) small = (take 1)")).await.unwrap();
    let names: Vec<_> = answers.iter().map(|answer| answer.name.as_deref().unwrap().to_owned()).collect();
    assert_eq!(names, ["big", "small"]);
}

#[tokio::test]
async fn further_rows_are_cut_off() {
    let limits = QueryLimits { rows: 10, ..QueryLimits::default() };
    let engine = engine();
    let answer = engine.ask(Ask { limits, ..ask("range x from 1 to 1000 step 1") }).await.unwrap().pop().unwrap();
    let (table, truncated) = answer.pieces.collect().await.unwrap();
    assert_eq!((table.unwrap().row_count(), truncated), (10, true));
    let exact = engine.ask(Ask { limits, ..ask("range x from 1 to 10 step 1") }).await.unwrap().pop().unwrap();
    assert!(!exact.pieces.collect().await.unwrap().1);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_answer_without_further_rows() {
    let engine = engine();
    let answer = engine.ask(ask(ENDLESS)).await.unwrap().pop().unwrap();
    drop(engine);
    assert!(answer.pieces.collect().await.is_err());
}

/// Pairs of all with all: longer than anybody waits.
const ENDLESS: &str =
    "let t = range x from 1 to 1000000 step 1 | extend k = 1; t | join kind=inner t on k | summarize sum(x + x1)";

#[tokio::test]
async fn a_query_that_takes_too_long_is_stopped() {
    let limits = QueryLimits { deadline: Duration::from_millis(300), ..QueryLimits::default() };
    let error = rows(&engine(), Ask { limits, ..ask(ENDLESS) }).await.unwrap_err();
    assert!(matches!(error, EngineError::TooSlow(_)), "{error}");
}

#[tokio::test]
async fn a_dropped_query_makes_room_for_the_next() {
    let engine = Engine::start(&Limits { threads: 2, concurrent: 1, ..Limits::default() }).unwrap();
    let answers = engine.ask(ask(ENDLESS)).await.unwrap();
    let limits = QueryLimits { deadline: Duration::from_millis(200), ..QueryLimits::default() };
    let error = rows(&engine, Ask { limits, ..ask("print 1") }).await.unwrap_err();
    assert!(matches!(error, EngineError::TooSlow("waiting for others")), "{error}");
    drop(answers);
    assert_eq!(rows(&engine, ask("print 1")).await.unwrap(), ["1"]);
}

#[tokio::test]
async fn memory_has_an_end() {
    let limits = Limits { threads: 2, memory_bytes: 4 << 20, spill_bytes: 1 << 20, ..Limits::default() };
    let engine = Engine::start(&limits).unwrap();
    let query = "range x from 1 to 2000000 step 1 | summarize make_list(strcat('a long text number ', x)) by x % 1000";
    let error = rows(&engine, ask(query)).await.unwrap_err();
    assert!(matches!(error, EngineError::TooLarge(_)), "{error}");
}

#[tokio::test]
async fn mistakes_have_places() {
    let EngineError::Mistakes(mistakes) =
        rows(&engine(), of_events("Events | where Computr == 'a'")).await.unwrap_err()
    else {
        panic!("not a mistake");
    };
    let mistake = mistakes.0.first().unwrap();
    assert_eq!((mistake.place.column, mistake.nearest.as_deref()), (16, Some("Computer")));
}

#[tokio::test]
async fn folders_of_logs_answer_queries() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !root.exists() {
        eprintln!("skipped: no logs in ../shared/data");
        return;
    }
    let folder: Arc<dyn crate::Catalog> =
        Arc::new(crate::local::Folder::open(root, crate::local::Layout::default()).unwrap());
    let engine = engine();
    let of_logs = |text: &str| Ask { catalog: folder.clone(), ..ask(text) };
    let all = rows(&engine, of_logs("SecurityEvent_logons | count")).await.unwrap();
    let times = "SecurityEvent_logons | summarize min(TimeGenerated), max(TimeGenerated)";
    let span = rows(&engine, of_logs(times)).await.unwrap().pop().unwrap();
    let (first, last) = span.split_once('|').unwrap();
    let within =
        format!("SecurityEvent_logons | where TimeGenerated between (datetime({first}) .. datetime({last})) | count");
    assert_eq!(rows(&engine, of_logs(&within)).await.unwrap(), all);
    let before = format!("SecurityEvent_logons | where TimeGenerated < datetime({first}) | count");
    assert_eq!(rows(&engine, of_logs(&before)).await.unwrap(), ["0"]);
    let typical = "SecurityEvent_logons | where EventID == 4624 and TargetUserName !endswith '$'
        | extend Account = tolower(strcat(TargetDomainName, '-', TargetUserName))
        | summarize Logons = count(), Types = make_set(LogonType), Last = max(TimeGenerated) by Account, Computer
        | top 5 by Logons | project Account, Computer, Logons, Types, Last";
    assert!(rows(&engine, of_logs(typical)).await.unwrap().len() <= 5);
    let found =
        rows(&engine, of_logs("search in (SecurityEvent_logons) 'logon' | take 3 | project $table")).await.unwrap();
    assert!(found.iter().all(|table| table == "SecurityEvent_logons"));
}

#[tokio::test]
async fn columns_that_nobody_looks_at_are_left_out_everywhere() {
    let other = "(Events | summarize Last = max(TimeGenerated), n = count() by Computer)";
    for (query, expected) in [
        ("Events | extend x = EventID, y = strlen(Computer) | union Events | count".to_owned(), vec!["12"]),
        ("union (Events | extend z = 1), Events | summarize sum(z), dcount(Computer)".to_owned(), vec!["6|3"]),
        (format!("Events | join kind=inner {other} on Computer | summarize sum(n)"), vec!["14"]),
        (format!("Events | join kind=leftouter {other} on Computer | where n > 2 | project Computer1"), vec!["a"; 3]),
        (format!("Events | join kind=rightsemi {other} on Computer | project n | sort by n"), vec!["3", "2", "1"]),
        (format!("Events | join {other} on Computer | where EventID == 4625 | project n"), vec!["2"]),
        ("Events | sort by TimeGenerated desc | summarize make_list(EventID)".to_owned(), vec!["[4688,4688,4624,4625,4624]"]),
        ("Events | where Computer in ((Events | where EventID == 4625 | project Computer, Data)) | count".to_owned(), vec!["2"]),
        ("Events | parse Computer with c:string | project c | distinct c | count".to_owned(), vec!["3"]),
        ("Events | serialize | extend n = row_number() | where n == 2 | project Computer".to_owned(), vec!["b"]),
        ("Events | project TimeGenerated, a = Computer, b = Computer | project-away a | summarize count() by b | count".to_owned(), vec!["3"]),
    ] {
        assert_eq!(answered(&query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn rows_of_a_partition_know_only_each_other() {
    let found = answered(
        "Events | partition by Computer (sort by TimeGenerated asc | extend n = row_number(), before = prev(EventID)) \
         | sort by TimeGenerated asc | project Computer, n, before",
    )
    .await;
    assert_eq!(found, ["a|1|", "b|1|", "a|2|4624", "c|1|", "b|2|4625", "a|3|"]);
}

#[tokio::test]
async fn what_many_rows_have_in_common_is_found() {
    let rows = "let T = datatable(a:string, b:string, n:long)['x', 'p', 1, 'x', 'p', 2, 'x', 'p', 3, 'y', 'q', 4, 'y', 'p', 5];";
    let baskets = answered(&format!(
        "{rows} T | project a, b | evaluate basket(0.5) | project-away SegmentId | sort by Count, a, b"
    ))
    .await;
    assert_eq!(baskets, ["4|80|||p", "3|60|x|p", "3|60|x|"].map(|row| row.replace("|||", "||")));
    let clusters =
        answered(&format!("{rows} T | project a, b | evaluate autocluster() | take 1 | project Count, a, b")).await;
    assert_eq!(clusters, ["3|x|p"]);
    let different =
        answered(&format!("{rows} T | project a, b | evaluate diffpatterns(b, 'p', 'q') | project CountA, CountB, a"))
            .await;
    assert_eq!(different, ["3|0|x", "1|1|y"]);
}

#[tokio::test]
async fn all_tables_can_be_asked_without_being_named() {
    assert_eq!(answered("search '4625' | count").await, ["1"]);
    assert_eq!(answered("union * | count").await, ["6"]);
    assert_eq!(
        answered("find where EventID == 4688 project Computer | sort by Computer asc | project Computer").await,
        ["a", "b"]
    );
}

#[tokio::test]
async fn rows_can_keep_the_pattern_of_their_text() {
    let query = "datatable(Text:string) ['user a1', 'user b2', 'nothing', 'user c3'] \
        | reduce kind=source by Text with threshold=0.5";
    let found = rows(&engine(), ask(query)).await.unwrap();
    let user = |text: &str| format!("{text}|user*|3|user a1");
    assert_eq!(found, [user("user a1"), user("user b2"), "nothing|others|1|".to_owned(), user("user c3")]);
}

#[tokio::test]
async fn of_no_file_a_profile_is_known() {
    let query = "Events | where EventID == 4688 | project SHA1 = Computer | invoke FileProfile(SHA1, 100) \
        | project SHA1, GlobalPrevalence, ProfileAvailability";
    assert_eq!(answered(query).await, ["b||Missing", "a||Missing"]);
    let own = "let FileProfile = (T:(SHA1:string)) { T | extend Own = 1 }; Events | project SHA1 = Computer \
        | invoke FileProfile() | take 1";
    assert_eq!(answered(own).await, ["a|1"]);
}

#[tokio::test]
async fn of_no_device_it_is_known_who_saw_it() {
    let query = "Events | distinct Computer | invoke SeenBy() | mv-expand SeenBy | where isempty(SeenBy) | count";
    assert_eq!(answered(query).await, ["3"]);
}

#[tokio::test]
async fn addresses_are_where_the_atlas_says() {
    let query = r#"datatable(Ip:string) ["192.0.2.1", "2001:db8::1", "192.0.2.300", "198.51.100.7"]
        | extend Place = geo_info_from_ip_address(Ip) | project Country = tostring(Place.country), Place.latitude, Place"#;
    let atlas = |address: std::net::IpAddr| match address.to_string().as_str() {
        "192.0.2.1" => model::Geo {
            country_name: Some("Australia".into()),
            city: Some("Sydney".into()),
            latitude: Some(-33.87),
            ..model::Geo::default()
        },
        "2001:db8::1" => model::Geo { country_name: Some("Iceland".into()), ..model::Geo::default() },
        _ => model::Geo::default(),
    };
    let found = rows(&engine().with_atlas(Arc::new(atlas)), ask(query)).await.unwrap();
    let sydney = r#"Australia|-33.87|{"country":"Australia","city":"Sydney","latitude":-33.87}"#;
    assert_eq!(found, [sydney, r#"Iceland||{"country":"Iceland"}"#, "||", "||"]);
    assert_eq!(rows(&engine(), ask(query)).await.unwrap(), ["||"; 4]);
}

#[tokio::test]
async fn what_is_in_no_top_counts_together() {
    let sales = r#"let Sales = datatable(Country:string, City:string, Sum:long) [
        "NL", "Delft", 5, "NL", "Breda", 3, "NL", "Urk", 1, "IS", "Hofn", 4, "FO", "Gjov", 2];"#;
    let query = format!(
        r#"{sales} Sales | top-nested 1 of Country with others = "elsewhere" by Total = sum(Sum),
        top-nested 1 of City with others = "other cities" by sum(Sum) | sort by Total, aggregated_City"#
    );
    let found = rows(&engine(), ask(&query)).await.unwrap();
    assert_eq!(found, ["NL|9|Delft|5", "NL|9|other cities|4", "elsewhere|6|other cities|6"]);
    // Levels that say nothing of others are empty; without others there is no row of them.
    let query = format!(
        r#"{sales} Sales | top-nested 2 of Country with others = "elsewhere" by sum(Sum),
        top-nested 1 of City by max(Sum) * 2 | sort by aggregated_Country"#
    );
    let found = rows(&engine(), ask(&query)).await.unwrap();
    assert_eq!(found, ["NL|9|Delft|10", "IS|4|Hofn|8", "elsewhere|2||"]);
    let query = format!(r#"{sales} Sales | top-nested 9 of Country with others = "elsewhere" by sum(Sum) | count"#);
    assert_eq!(rows(&engine(), ask(&query)).await.unwrap(), ["3"]);
    let query =
        format!(r#"{sales} Sales | partition by Country (top-nested 1 of City with others = "rest" by sum(Sum))"#);
    let mut found = rows(&engine(), ask(&query)).await.unwrap();
    found.sort();
    assert_eq!(found, ["Delft|5", "Gjov|2", "Hofn|4", "rest|4"]);
}

#[tokio::test]
async fn activity_is_counted_in_periods() {
    let days = |plugin: &str| {
        format!(
            "datatable(day:long, who:string) [0,'a', 0,'b', 1,'a', 1,'a', 1,'c', 3,'b', 3,'c']
            | extend t = datetime(2024-06-01) + day * 1d
            | evaluate {plugin} | project-away t*, from_t*, to_t*"
        )
    };
    let (from, to) = ("datetime(2024-06-01)", "datetime(2024-06-04)");
    let found = answered(&days(&format!("activity_counts_metrics(who, t, {from}, {to}, 1d)"))).await;
    assert_eq!(found, ["2|2|2|2", "3|2|1|3", "2|2|0|3"]);
    let found = answered(&days(&format!("activity_metrics(who, t, {from}, {to}, 1d)"))).await;
    assert_eq!(found, ["2|2|NaN|NaN", "2|1|0.5|0.5", "2|2|NaN|NaN"]);
    let found = answered(&days(&format!("activity_engagement(who, t, {from}, {to}, 1d, 2d)"))).await;
    assert_eq!(found, ["2|2|1", "2|3|0.6666666666666666", "2|2|1"]);
    let found = answered(&days(&format!("sliding_window_counts(who, t, {from}, {to}, 2d, 1d)"))).await;
    assert_eq!(found, ["2|2", "5|3", "3|2", "2|2"]);
    let found = answered(&days(&format!("session_count(who, t, {from}, {to}, 2d, 1d)"))).await;
    assert_eq!(found, ["3", "2"]);
    let found = answered(&days(&format!("active_users_count(who, t, {from}, {to}, 3d, 1d, 2, 2d)"))).await;
    assert_eq!(found, ["1", "1"]);
    let found = answered(&days(&format!("new_activity_metrics(who, t, {from}, {to}, 1d, {from})"))).await;
    assert_eq!(found, ["2|2|0|1|0", "1|1|1|0.5|0.5", "0|0|2|0|1", "1|1|1|0.5|0.5"]);
}

#[tokio::test]
async fn activity_is_counted_group_by_group() {
    let query = "datatable(n:long, who:string, where_:string) [1,'a','x', 2,'b','y', 1,'c','y']
        | evaluate activity_counts_metrics(who, n, 0, 10, 5, where_) | sort by where_ asc";
    assert_eq!(answered(query).await, ["0|x|1|1|1|1", "0|y|2|2|2|2"]);
}

#[tokio::test]
async fn rows_are_looked_at_in_their_order() {
    let near = "range n from 1 to 9 step 1 | sort by n asc | evaluate rows_near(n == 5, 1, 2)";
    assert_eq!(answered(near).await, ["4", "5", "6", "7"]);
    let rolling = "range n from 0 to 5 step 1 | extend v = n * 10 | evaluate rolling_percentile(v, 50, n, 2, 2)";
    assert_eq!(answered(rolling).await, ["0|0", "2|10", "4|30"]);
    let sequence = "Events | evaluate sequence_detect(TimeGenerated, 1h, 1h, a = (EventID == 4625), b = (EventID == 4688), Computer)
        | project Computer, Duration";
    assert_eq!(answered(sequence).await, ["b|00:30:00"]);
}

#[tokio::test]
async fn nothing_comes_out_of_what_is_consumed() {
    assert_eq!(answered("Events | consume").await, [] as [&str; 0]);
    assert_eq!(answered("print cursor_after('x'), isnull(extent_id()), cursor_current()").await, ["true|true|"]);
}

#[tokio::test]
async fn stored_functions_see_columns_that_are_known_of_a_table_and_in_no_file() {
    const KNOWN: &[(&str, ColumnType)] =
        &[("Computer", ColumnType::String), ("Account", ColumnType::String), ("Port", ColumnType::Int)];
    static COLUMNS: std::sync::LazyLock<Vec<ColumnSpec>> = std::sync::LazyLock::new(|| {
        KNOWN.iter().map(|(name, kind)| ColumnSpec { name: (*name).to_owned(), kind: *kind }).collect()
    });
    let mut functions = kql::Functions::default();
    let text =
        ".create function Of(name: string = '*') { Events | where (name == '*' or Computer == name) and isnull(Port)
        | project Computer, Account, Port, EventID }";
    kql::StoredFunction::of_commands(text).unwrap().into_iter().for_each(|function| functions.insert(function));
    let functions = Arc::new(functions);
    let of_functions = |text| Ask {
        functions: functions.clone(),
        documented: |table| (table == "Events").then_some(COLUMNS.as_slice()),
        ..of_events(text)
    };
    for (query, expected) in [
        ("Of('b')", vec!["b|||4625", "b|||4688"]),
        ("Of | where isempty(Account) and isnull(Port) | count", vec!["6"]),
        ("Of | where Account has 'x' or Port == 1 | count", vec!["0"]),
        ("union Of, (Events | project Computer) | summarize n = count() by Account", vec!["|12"]),
        ("Of | summarize make_set(Account), max(Port) by Computer | where Computer == 'c'", vec!["c|[\"\"]|"]),
    ] {
        assert_eq!(rows(&engine(), of_functions(query)).await.unwrap(), expected, "{query}");
    }
    // The table itself stays as it is.
    let columns = rows(&engine(), of_functions("Events | getschema | count")).await.unwrap();
    assert_eq!(columns, ["4"]);
}

#[tokio::test]
async fn the_first_value_that_is_there_is_found_among_constants_and_columns() {
    assert_eq!(answered("print coalesce(tolong('x'), tolong('42'), 33)").await, ["42"]);
    assert_eq!(answered("print 'a' !in ('a', 'b'), 'c' !in (dynamic(['a', 'b']))").await, ["false|true"]);
    let column = "datatable(a:string, b:long) ['1', 2, 'x', 2, 'x', long(null)] | project coalesce(tolong(a), b, 3)";
    assert_eq!(answered(column).await, ["1", "2", "3"]);
}

#[tokio::test]
async fn groups_of_a_pattern_are_no_columns() {
    let query = r#"print text = "first: (a=1, old b=2)" | parse kind=regex text with "(.*?)[a-z]+=" a:long ".*?(old )?b=" b:long @"\)"
        | project a, b"#;
    assert_eq!(answered(query).await, ["1|2"]);
}

#[tokio::test]
async fn keys_that_are_no_texts_have_no_values() {
    let bags = "print bag_zip(dynamic(['a', 8, 'b']), dynamic([1, 2, 3])), bag_zip(dynamic(['a']), dynamic(1)), bag_zip(dynamic('a'), dynamic([1]))";
    assert_eq!(answered(bags).await, [r#"{"a":1,"b":3}|{"a":null}|"#]);
}

#[tokio::test]
async fn places_find_the_shapes_they_are_in() {
    let lookup = |call: &str| {
        format!(
            r#"let shapes = datatable(name:string, shape:dynamic) [
                'square', dynamic({{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1],[0,0]]]}}),
                'way', dynamic({{"type":"LineString","coordinates":[[0,0],[1,0]]}})];
            datatable(x:real, y:real) [0.5, 0.5, 5.0, 5.0, 0.5, -0.0001] | evaluate {call} | project y, name | sort by y asc"#
        )
    };
    assert_eq!(answered(&lookup("geo_polygon_lookup(shapes, x, y, shape)")).await, ["0.5|square"]);
    let all = lookup("geo_polygon_lookup(shapes, shape, x, y, radius = 20, return_unmatched = true)");
    assert_eq!(answered(&all).await, ["-0.0001|square", "0.5|square", "5|"]);
    assert_eq!(answered(&lookup("geo_line_lookup(shapes, x, y, shape, 20)")).await, ["-0.0001|way"]);
}

#[tokio::test]
async fn columns_that_keep_their_names_go_before_those_called_after_types() {
    let query =
        "union (print x = 1), (print x = 'a'), (print x_long = 3) | summarize a = sum(x_long), b = sum(x_long1)";
    assert_eq!(answered(query).await, ["3|1"]);
}
