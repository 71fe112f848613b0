//! The description of the API, for programs and for people.

use crate::harness::TestApp;

#[tokio::test]
async fn the_document_describes_what_clients_use() {
    let app = TestApp::start().await;
    let page = app.get("/api/v2/openapi.json").await.expect(200);
    assert_eq!(page.header("content-type"), Some("application/json"));
    assert_eq!(page.header("vary"), Some("Accept"));
    let document = page.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    let create = &document["paths"]["/api/v2/releases/workspace/{name}"]["post"];
    assert_eq!(create["responses"]["201"]["headers"]["Release-Id"]["schema"]["type"], "string");
    assert!(document["components"]["securitySchemes"]["backend"].is_object());
}

#[tokio::test]
async fn the_page_for_people_needs_nothing_from_elsewhere() {
    let app = TestApp::start().await;
    let page = app.get("/api/v2/docs").await.expect(200);
    page.shows("POST /api/v2/releases/workspace/{name}").shows("the token of a backend");
    assert!(page.links_to("/api/v2/openapi.json"));
    assert!(
        page.header("content-security-policy").is_some_and(|policy| policy.contains("default-src 'none'"))
    );
    let loaded = [("script", "src"), ("link", "href"), ("img", "src")]
        .map(|(element, attribute)| page.attributes(element, attribute))
        .concat();
    assert!(!loaded.is_empty(), "not even a script of our own");
    for address in loaded {
        assert!(address.starts_with('/') && !address.starts_with("//"), "{address} is loaded from elsewhere");
    }
    app.get("/api/v2/docs/").await.expect(200);
}
