//! Azure Resource Manager: tokens, pages, pauses, operations, refusals.

use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, future::join_all};
use serde_json::json;
use server::{
    arm::{Account, Arm, ArmError, ArmRequest, ResourcePath, versions},
    credentials::Credentials,
    settings::Settings,
    telemetry::Metrics,
    upstream::{Budgets, Upstream},
};
use tests::{
    arm::{self, GROUP, SUBSCRIPTION, WORKSPACE, incident},
    service::QUIET,
    vendor::{Reply, Vendor},
};
use tokio::time::Instant;

/// The client as the service builds it, and the account that asks the fake.
fn client(fake: &arm::Arm) -> (Arm, Account) {
    let settings = Settings::from_text(Some(("test.yaml", &format!("{QUIET}{}", fake.settings()))), &[]).unwrap();
    let upstream = Upstream::new(&settings.egress, &settings.dns).unwrap();
    let credentials = Credentials::new(upstream.clone(), &settings.credentials).unwrap();
    let metrics = Metrics::new().unwrap();
    let arm_url = Some(fake.base().parse().unwrap());
    (Arm::new(upstream, credentials, Budgets::new(None), metrics), Account { credential: "soc".to_owned(), arm_url })
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(5)
}

fn incidents() -> ResourcePath {
    let workspace = ResourcePath::workspace(SUBSCRIPTION, GROUP, WORKSPACE);
    workspace.then("/providers/Microsoft.SecurityInsights/incidents")
}

fn get(name: &str) -> ArmRequest {
    ArmRequest::get(incidents().segment(name), versions::SECURITY_INSIGHTS)
}

fn with_incidents(count: u32) -> arm::Arm {
    let fake = arm::Arm::start();
    for number in 0..count {
        fake.has(&format!("incidents/i{number:05}"), incident(number, "Title", "High"));
    }
    fake
}

#[tokio::test]
async fn a_resource_is_read_with_a_token_for_the_audience_that_the_metadata_name() {
    let fake = with_incidents(1);
    let (arm, account) = client(&fake);
    let answer = arm.send(&account, &get("i00000"), soon()).await.unwrap();
    assert_eq!((answer.status, &answer.body["properties"]["title"]), (200, &json!("Title")));
    arm.send(&account, &get("I00000"), soon()).await.unwrap();
    assert_eq!((fake.tokens_issued(), fake.seen().len()), (1, 2));
    assert!(fake.seen()[0].target.ends_with("/incidents/i00000?api-version=2025-09-01"), "{}", fake.seen()[0].target);
}

#[tokio::test]
async fn a_token_that_ended_is_renewed_by_one_request_for_all() {
    let fake = with_incidents(1);
    let (arm, account) = client(&fake);
    arm.send(&account, &get("i00000"), soon()).await.unwrap();
    fake.end_tokens();
    let request = get("i00000");
    let answers = join_all((0..20).map(|_| arm.send(&account, &request, soon()))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(fake.tokens_issued(), 2);
    fake.end_tokens().mistake_audience();
    let error = arm.send(&account, &get("i00000"), soon()).await.unwrap_err();
    let ArmError::Unauthorized(said) = &error else { panic!("{error}") };
    assert_eq!((said.code.as_str(), fake.tokens_issued()), ("InvalidAuthenticationTokenAudience", 3));
}

#[tokio::test]
async fn a_list_is_read_to_its_end_page_by_page() {
    let fake = with_incidents(125);
    let (arm, account) = client(&fake);
    let list = ArmRequest::get(incidents(), versions::SECURITY_INSIGHTS);
    let pages: Vec<_> = arm.pages(account.clone(), list.clone(), soon()).try_collect().await.unwrap();
    assert_eq!(pages.iter().map(|page| page.items.len()).collect::<Vec<_>>(), [50, 50, 25]);
    assert!(pages[0].skip_token.is_some() && pages[2].skip_token.is_none());
    assert_eq!(arm.list(&account, list.clone(), 60, soon()).await.unwrap().len(), 60);
    assert_eq!(fake.seen().len(), 5, "no page is fetched that nobody wants");
    let second = list.query("$skipToken", pages[0].skip_token.clone().unwrap());
    assert_eq!(arm.page(&account, &second, soon()).await.unwrap().items, pages[1].items);
}

#[tokio::test]
async fn a_token_that_ends_between_two_pages_is_renewed() {
    let fake = with_incidents(60);
    let (arm, account) = client(&fake);
    let list = ArmRequest::get(incidents(), versions::SECURITY_INSIGHTS);
    let mut pages = Box::pin(arm.pages(account, list, soon()));
    assert_eq!(pages.next().await.unwrap().unwrap().items.len(), 50);
    fake.end_tokens();
    assert_eq!(pages.next().await.unwrap().unwrap().items.len(), 10);
    assert!(pages.next().await.is_none());
}

#[tokio::test]
async fn a_link_that_leads_elsewhere_or_in_circles_is_not_followed() {
    let (fake, elsewhere) = (with_incidents(1), Vendor::start());
    let (arm, account) = client(&fake);
    let list = || ArmRequest::get(incidents(), versions::SECURITY_INSIGHTS);
    let page = |link: &str| Reply::json(json!({ "value": [], "nextLink": link }).to_string());
    fake.instead("GET", "/incidents", 1, page(&format!("{}/x", elsewhere.base())));
    assert_eq!(arm.list(&account, list(), 10, soon()).await.err(), Some(ArmError::Elsewhere));
    assert_eq!(elsewhere.calls(), 0);
    fake.instead("GET", "/incidents", 1, Reply::json(r#"{"items":[]}"#));
    assert!(matches!(arm.list(&account, list(), 10, soon()).await, Err(ArmError::Unreadable(_))));
    let circle = format!("{}/subscriptions/x/incidents?api-version=2025-09-01", fake.base());
    fake.instead("GET", "/incidents", 5, page(&circle));
    assert_eq!(arm.list(&account, list(), 10, soon()).await.err(), Some(ArmError::Endless));
}

#[tokio::test]
async fn a_pause_that_azure_wants_is_made_if_there_is_time() {
    let fake = with_incidents(1);
    let (arm, account) = client(&fake);
    let throttled = arm::refusal(429, "TooManyRequests", "slow down");
    let header = "x-ms-ratelimit-microsoft.securityinsights-retry-after";
    fake.instead("GET", "i00000", 1, throttled.clone().header("retry-after", "1"));
    let begun = Instant::now();
    assert!(arm.send(&account, &get("i00000"), soon()).await.is_ok());
    assert!(begun.elapsed() >= Duration::from_millis(900), "{:?}", begun.elapsed());
    fake.instead("GET", "i00000", 1, throttled.header(header, "3600"));
    let begun = Instant::now();
    let error = arm.send(&account, &get("i00000"), soon()).await.unwrap_err();
    assert!(error.retry_after().is_some_and(|wait| wait > Duration::from_secs(3500)), "{error}");
    let calls = fake.seen().len();
    let again = arm.send(&account, &get("i00000"), soon()).await.unwrap_err();
    assert!(matches!(again, ArmError::Budget { .. }), "{again}");
    assert_eq!(
        (fake.seen().len(), begun.elapsed() < Duration::from_secs(2)),
        (calls, true),
        "not asked, not waited for"
    );
    let other = ArmRequest::delete(incidents().segment("i00000"), versions::SECURITY_INSIGHTS);
    assert!(arm.send(&account, &other, soon()).await.is_ok(), "another limit is not used up");
}

#[tokio::test]
async fn a_refusal_keeps_azures_code_and_names_the_missing_permission() {
    let fake = with_incidents(1);
    let (arm, account) = client(&fake);
    let action = "Microsoft.SecurityInsights/incidents/read";
    fake.instead("GET", "i00000", 1, arm::no_role(action));
    let error = arm.send(&account, &get("i00000"), soon()).await.unwrap_err();
    assert!(matches!(&error, ArmError::Denied { permission: Some(named), .. } if named == action), "{error}");
    assert!(
        matches!(arm.send(&account, &get("nobody"), soon()).await, Err(ArmError::Missing(said)) if said.code == "NotFound")
    );
    let put = |body| ArmRequest::put(incidents().segment("i00000"), versions::SECURITY_INSIGHTS, body);
    let error = arm.send(&account, &put(json!({ "properties": { "titel": "x" } })), soon()).await.unwrap_err();
    assert!(matches!(&error, ArmError::Rejected(said) if said.message.contains("titel")), "{error}");
    let body = json!({ "properties": { "title": "x", "severity": "Low", "status": "New" } });
    let error = arm.send(&account, &put(body.clone()).if_match("\"old\""), soon()).await.unwrap_err();
    assert!(matches!(error, ArmError::Stale(_)), "{error}");
    assert_eq!(arm.send(&account, &put(body), soon()).await.unwrap().status, 200);
    let old = ArmRequest::get(incidents(), "2020-01-01");
    assert!(matches!(arm.send(&account, &old, soon()).await, Err(ArmError::Rejected(_))), "old versions are not known");
}

#[tokio::test]
async fn what_azure_begins_is_waited_for_within_the_deadline() {
    let fake = arm::Arm::start();
    let (arm, account) = client(&fake);
    let tables = ResourcePath::workspace(SUBSCRIPTION, GROUP, WORKSPACE).then("/tables");
    for (name, has_status) in [("a_SRCH", true), ("b_SRCH", false)] {
        fake.takes_its_time(name, 2, has_status);
        let body = json!({ "properties": { "searchResults": { "query": "T" } } });
        let request = ArmRequest::put(tables.clone().segment(name), versions::OPERATIONAL_INSIGHTS, body);
        let begun = arm.send(&account, &request, soon()).await.unwrap();
        assert_eq!(begun.status, 202, "it may also be left to itself");
        let done = arm.finish(&account, &request, soon()).await.unwrap();
        assert_eq!(done.body["properties"]["searchResults"]["query"], "T", "{name}");
        let late = arm.finish(&account, &request, Instant::now()).await.unwrap_err();
        assert!(late.to_string().contains("deadline"), "{late}");
    }
    fake.takes_its_time("c_SRCH", 0, true);
    let body = json!({ "properties": { "fail": true } });
    let request = ArmRequest::put(tables.segment("c_SRCH"), versions::OPERATIONAL_INSIGHTS, body);
    let error = arm.finish(&account, &request, soon()).await.unwrap_err();
    assert!(matches!(&error, ArmError::Ended { outcome: "Failed", said } if said.code == "OperationFailed"), "{error}");
}

#[tokio::test]
async fn an_address_without_metadata_takes_the_tokens_of_the_credentials_cloud() {
    let proxy = Vendor::start();
    proxy.says("/tenant/oauth2/v2.0/token", Reply::json(r#"{"access_token":"t","expires_in":3599}"#));
    proxy.says("/subscriptions", Reply::json(r#"{"value":[]}"#));
    let credential = format!(
        "credentials: {{ soc: {{ kind: client_secret, cloud: government, tenant_id: tenant, client_id: app, secret: s, \
         authority: '{}' }} }}",
        proxy.base()
    );
    let settings = Settings::from_text(Some(("test.yaml", &format!("{QUIET}{credential}"))), &[]).unwrap();
    let upstream = Upstream::new(&settings.egress, &settings.dns).unwrap();
    let credentials = Credentials::new(upstream.clone(), &settings.credentials).unwrap();
    let arm = Arm::new(upstream, credentials, Budgets::new(None), Metrics::new().unwrap());
    let account = Account { credential: "soc".to_owned(), arm_url: Some(proxy.base().parse().unwrap()) };
    let list = ArmRequest::get(ResourcePath::root("/subscriptions"), versions::SUBSCRIPTIONS);
    assert_eq!(arm.list(&account, list.clone(), 1, soon()).await, Ok(Vec::new()));
    arm.list(&account, list, 1, soon()).await.unwrap();
    let seen = proxy.seen();
    let targets: Vec<&str> = seen.iter().map(|seen| seen.target.split('?').next().unwrap()).collect();
    assert_eq!(targets, ["/metadata/endpoints", "/tenant/oauth2/v2.0/token", "/subscriptions", "/subscriptions"]);
    let form = String::from_utf8_lossy(&seen[1].body).into_owned();
    assert!(form.contains("scope=https%3A%2F%2Fmanagement.usgovcloudapi.net%2F.default"), "{form}");
}
