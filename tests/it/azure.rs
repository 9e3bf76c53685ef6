//! Azure: subscriptions, resources and their details, networks with the rules that hold, metrics, queries.

use serde_json::{Value, json};
use server::arm::versions;
use tests::{
    arm::{Arm, SUBSCRIPTION, no_role, refusal},
    service::{QUIET, Service, json as read},
    vendor::Reply,
};

async fn start(arm: &Arm) -> Service {
    Service::start(&format!("{QUIET}{}azure: {{ credential: soc, arm_url: '{}' }}\n", arm.credentials(), arm.base()))
        .await
}

fn group(rest: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/g/providers/{rest}")
}

fn vm() -> String {
    group("Microsoft.Compute/virtualMachines/dc01")
}

fn nic() -> String {
    group("Microsoft.Network/networkInterfaces/nic")
}

async fn get(service: &Service, path: &str) -> Value {
    let (status, answer) = read(service.get(path).send().await.unwrap()).await;
    assert_eq!(status, 200, "{answer:#}");
    answer
}

#[tokio::test]
async fn subscriptions_are_listed_and_read() {
    let arm = Arm::start();
    arm.holds(
        &format!("/subscriptions/{SUBSCRIPTION}"),
        json!({ "subscriptionId": SUBSCRIPTION, "displayName": "Production", "state": "Enabled",
        "subscriptionPolicies": { "spendingLimit": "Off" } }),
    );
    let service = start(&arm).await;
    let one = get(&service, &format!("/v1/azure/subscriptions/{SUBSCRIPTION}")).await;
    assert_eq!((&one["name"], &one["spending_limit"]), (&json!("Production"), &json!("Off")));
    assert_eq!(get(&service, "/v1/azure/subscriptions").await, json!({ "items": [one] }));
    let (status, _) = read(service.get("/v1/azure/subscriptions/none").send().await.unwrap()).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn resources_of_all_subscriptions_are_listed_and_filtered() {
    let arm = Arm::start();
    for subscription in ["s1", "s2"] {
        arm.holds(&format!("/subscriptions/{subscription}"), json!({ "subscriptionId": subscription }));
        for number in 0..70 {
            let kind =
                if number % 2 == 0 { "Microsoft.Compute/virtualMachines" } else { "Microsoft.Storage/storageAccounts" };
            arm.holds(
                &format!("/subscriptions/{subscription}/resources/r{number:02}"),
                json!({ "type": kind, "location": "westeurope",
                "tags": { "owner": if number < 10 { "soc" } else { "it" } } }),
            );
        }
    }
    let service = start(&arm).await;
    let all = get(&service, "/v1/azure/resources?subscription=s1&subscription=s2&limit=1000").await;
    assert_eq!(all["items"].as_array().unwrap().len(), 140);
    let (mut count, mut cursor) = (0, String::new());
    loop {
        let page =
            get(&service, &format!("/v1/azure/resources?subscription=s1&subscription=s2&limit=33&cursor={cursor}"))
                .await;
        count += page["items"].as_array().unwrap().len();
        let Some(next) = page["next"].as_str() else { break };
        cursor = next.to_owned();
    }
    assert_eq!(count, 140);
    let some =
        get(&service, "/v1/azure/resources?subscription=s1&type=Microsoft.Compute/virtualMachines&tag=owner:soc").await;
    assert_eq!(some["items"].as_array().unwrap().len(), 5);
    let lines = service
        .get("/v1/azure/resources?subscription=s1")
        .header("accept", "application/x-ndjson")
        .send()
        .await
        .unwrap();
    assert_eq!(lines.text().await.unwrap().lines().count(), 70);
}

fn with_machine() -> Arm {
    let arm = Arm::start();
    let types = json!([{ "resourceType": "virtualMachines", "apiVersions": ["2099-01-01-preview", versions::VIRTUAL_MACHINES, "2019-08-01"] }]);
    arm.holds(
        &format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Compute"),
        json!({ "namespace": "Microsoft.Compute", "resourceTypes": types }),
    );
    arm.holds(
        &vm(),
        json!({ "location": "westeurope", "properties": {
        "hardwareProfile": { "vmSize": "D2" }, "networkProfile": { "networkInterfaces": [{ "id": nic() }] },
        "instanceView": { "statuses": [{ "code": "PowerState/running" }] } } }),
    );
    arm
}

#[tokio::test]
async fn a_resource_is_described_in_the_newest_version_that_is_no_preview() {
    let arm = with_machine();
    let service = start(&arm).await;
    let details = service.call("/v1/azure/resources/details", &json!({ "resource_id": vm() })).await;
    assert_eq!(
        (&details["api_version"], &details["power_state"]),
        (&json!(versions::VIRTUAL_MACHINES), &json!("running")),
        "{details:#}"
    );
    assert_eq!(
        (&details["properties"]["hardwareProfile"]["vmSize"], details["properties"].get("instanceView")),
        (&json!("D2"), None)
    );
    let parts = json!({ "subscription": SUBSCRIPTION, "resource_group": "g", "provider": "Microsoft.Compute", "type": "virtualMachines", "name": "dc01" });
    assert_eq!(service.call("/v1/azure/resources/details", &json!({ "resource": parts })).await, details);
    let asked = arm.seen().iter().filter(|seen| seen.target.contains("/providers/Microsoft.Compute?")).count();
    assert_eq!(asked, 1, "the version is remembered");
    for bad in ["x", "/subscriptions/s", "https://evil.example/subscriptions/s/providers/a/b/c"] {
        assert_eq!(
            service.refused("/v1/azure/resources/details", &json!({ "resource_id": bad })).await.0,
            400,
            "{bad}"
        );
    }
}

fn with_network() -> Arm {
    let arm = with_machine();
    let (ip, subnet, nsg) = (
        group("Microsoft.Network/publicIPAddresses/ip"),
        group("Microsoft.Network/virtualNetworks/v/subnets/s"),
        group("Microsoft.Network/networkSecurityGroups/nsg"),
    );
    let rule = |name: &str, port: &str| {
        json!({ "name": name, "properties": { "protocol": "Tcp", "sourcePortRange": "*", "destinationPortRange": port,
        "sourceAddressPrefix": "*", "destinationAddressPrefix": "*", "access": "Allow", "priority": 100, "direction": "Inbound" } })
    };
    arm.holds(&nic(), json!({ "properties": { "virtualMachine": { "id": vm() }, "macAddress": "00-0D", "ipConfigurations": [{ "name": "c1", "properties": {
        "primary": true, "privateIPAddress": "10.0.0.4", "privateIPAllocationMethod": "Dynamic", "publicIPAddress": { "id": ip }, "subnet": { "id": subnet } } }] } }));
    arm.holds(&ip, json!({ "properties": { "ipAddress": "198.51.100.7", "publicIPAllocationMethod": "Static" } }));
    arm.holds(&subnet, json!({ "properties": { "networkSecurityGroup": { "id": nsg } } }));
    arm.holds(&nsg, json!({ "properties": { "securityRules": [rule("ssh", "22")], "defaultSecurityRules": [rule("AllowVnetInBound", "*")] } }));
    arm
}

/// The operation that reckons the rules that hold: begun, asked about, done.
fn reckons(arm: &Arm) {
    let place =
        format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Network/locations/westeurope/operationResults/7");
    let link = format!("{}{place}?api-version={}", arm.base(), versions::NETWORK);
    arm.acts("/effectiveNetworkSecurityGroups", move |_, _, _| {
        Reply::json("").status(202).header("location", &link).header("retry-after", "0")
    });
    arm.instead("GET", "/operationresults/7", 2, Reply::json("").status(202).header("retry-after", "0"));
    arm.holds(&place, json!({ "value": [{ "networkSecurityGroup": { "id": "nsg" }, "association": { "subnet": { "id": "s" } }, "effectiveSecurityRules": [
        { "name": "securityRules/ssh", "protocol": "Tcp", "sourcePortRange": "0-65535", "destinationPortRange": "22-22", "sourceAddressPrefix": "0.0.0.0/0",
          "destinationAddressPrefix": "0.0.0.0/0", "access": "Allow", "priority": 100, "direction": "Inbound" }] }] }));
}

#[tokio::test]
async fn a_machines_network_is_told_with_the_rules_that_groups_have_and_those_that_hold() {
    let arm = with_network();
    reckons(&arm);
    let service = start(&arm).await;
    let network = service.call("/v1/azure/network", &json!({ "resource_ids": [vm()] })).await;
    let address = &network["interfaces"][0]["addresses"][0];
    assert_eq!(
        (&address["private_ip"], &address["public_ip"]),
        (&json!("10.0.0.4"), &json!("198.51.100.7")),
        "{network:#}"
    );
    assert!(address["subnet_security_group"].as_str().is_some_and(|id| id.ends_with("/nsg")));
    let names: Vec<_> = network["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| (rule["name"].as_str().unwrap(), rule["is_default"].as_bool().unwrap()))
        .collect();
    assert_eq!(names, [("ssh", false), ("AllowVnetInBound", true)]);
    assert_eq!(
        (&network["effective_rules"][0]["destination_ports"], &network["partial_errors"]),
        (&json!(["22-22"]), &json!([]))
    );
    let asked = arm.seen().iter().filter(|seen| seen.target.contains("/operationResults/7")).count();
    assert_eq!(asked, 3, "the operation was waited for");
}

#[tokio::test]
async fn what_cannot_be_learnt_of_a_network_does_not_hide_the_rest() {
    let arm = with_network();
    arm.acts("/effectiveNetworkSecurityGroups", |_, _, _| refusal(400, "VmNotRunning", "the machine does not run"));
    arm.instead("GET", "/publicipaddresses/ip", 1, no_role("Microsoft.Network/publicIPAddresses/read"));
    let service = start(&arm).await;
    let network = service.call("/v1/azure/network", &json!({ "resource_ids": [nic()] })).await;
    let steps: Vec<_> =
        network["partial_errors"].as_array().unwrap().iter().map(|error| error["step"].as_str().unwrap()).collect();
    assert_eq!(steps, ["public_address", "effective_rules"], "{network:#}");
    assert!(
        network["partial_errors"][0]["reason"].as_str().unwrap().contains("Microsoft.Network/publicIPAddresses/read")
    );
    assert_eq!(
        (&network["interfaces"][0]["addresses"][0]["private_ip"], network["rules"].as_array().unwrap().len()),
        (&json!("10.0.0.4"), 2)
    );
    assert_eq!(
        service
            .refused("/v1/azure/network", &json!({ "resource_ids": [group("Microsoft.Storage/storageAccounts/a")] }))
            .await
            .0,
        400
    );
}

#[tokio::test]
async fn metrics_of_several_resources_are_one_table() {
    let arm = with_machine();
    arm.holds(&format!("{}/providers/Microsoft.Insights/metrics", vm()), json!({ "value": [{ "name": { "value": "Percentage CPU" }, "unit": "Percent",
        "timeseries": [{ "metadatavalues": [], "data": [{ "timeStamp": "2026-05-01T00:00:00Z", "average": 7.5 }, { "timeStamp": "2026-05-01T01:00:00Z" }] }] }] }));
    arm.instead("GET", "/networkinterfaces/nic/", 1, refusal(400, "BadRequest", "Failed to find metric configuration"));
    let service = start(&arm).await;
    let wanted = json!({ "resource_ids": [vm(), nic()], "metrics": ["Percentage CPU"], "aggregation": ["average"] });
    let table = service.call("/v1/azure/metrics", &wanted).await;
    assert_eq!(
        (&table["row_count"], &table["rows"][0]["average"], &table["rows"][0]["resource_id"]),
        (&json!(1), &json!(7.5), &json!(vm())),
        "{table:#}"
    );
    assert_eq!(table["columns"][0], json!({ "name": "time", "type": "datetime" }));
    assert_eq!(table["partial_errors"][0]["resource_id"], nic());
    let asked = arm.seen().into_iter().find(|seen| seen.target.contains("/metrics?")).unwrap().target;
    assert!(
        asked.contains("metricnames=Percentage+CPU")
            && asked.contains("aggregation=Average")
            && asked.contains("interval=PT1H"),
        "{asked}"
    );
    assert_eq!(service.refused("/v1/azure/metrics", &json!({ "resource_ids": [vm()], "metrics": [] })).await.0, 400);
}

#[tokio::test]
async fn a_query_over_resources_follows_its_pages() {
    let arm = Arm::start();
    arm.acts("/Microsoft.ResourceGraph/resources", |_, _, body| {
        let page: usize = body["options"]["$skipToken"].as_str().map_or(0, |token| token.parse().unwrap());
        let rows: Vec<Value> =
            (0..2).map(|row| json!({ "n": page * 2 + row, "q": body["query"], "tags": { "a": 1 } })).collect();
        let mut answer = json!({ "data": rows, "resultTruncated": "false" });
        if page < 2 {
            answer["$skipToken"] = json!((page + 1).to_string());
        }
        Reply::json(answer.to_string())
    });
    let service = start(&arm).await;
    let table = service.call("/v1/azure/resource-graph", &json!({ "query": "Resources" })).await;
    assert_eq!(
        (&table["row_count"], &table["rows"][5]["n"], &table["truncated"]),
        (&json!(6), &json!(5), &json!(false)),
        "{table:#}"
    );
    let some = service.call("/v1/azure/resource-graph", &json!({ "query": "Resources", "max_rows": 3 })).await;
    assert_eq!((&some["row_count"], &some["truncated"]), (&json!(3), &json!(true)));
    assert_eq!(service.refused("/v1/azure/resource-graph", &json!({ "query": " " })).await.0, 400);
}

#[tokio::test]
async fn without_a_credential_the_settings_that_lack_are_named() {
    let service = Service::start(QUIET).await;
    let (status, problem) = read(service.get("/v1/azure/subscriptions").send().await.unwrap()).await;
    assert_eq!(status, 422);
    assert!(problem["detail"].as_str().unwrap().contains("azure.credential"), "{problem}");
}
