//! Audit logs, narrowed down by type, person, name and day, and as a file.

use jiff::{Timestamp, ToSpan};

use crate::{
    harness::{Study, TestApp, a, encoded, finn},
    staff_audit_log::{ALL, OF_ADA, OF_ASTHMA, event, lines, ours},
};

#[tokio::test]
async fn the_log_is_filtered_by_type_person_name_and_day() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let browser = finn(&app).await;
    a::user("grace").named("Grace Hopper").insert(&app.db).await;
    event("project_member_added", "finn", "ada").on(study.project).ago(1).insert(&app.db).await;
    event("project_member_removed", "grace", "ada").on(study.project).ago(2).insert(&app.db).await;
    event("user_updated_roles", "grace", "finn").ago(3 * 24 * 60).insert(&app.db).await;
    ours(&app.db, "org_edited", "Bennett Institute", "", None, 4).await;
    let today = Timestamp::now().strftime("%Y-%m-%d").to_string();
    let before = (Timestamp::now() - (3 * 24).hours()).strftime("%Y-%m-%d").to_string();
    for (query, count) in [
        ("types=project_member_added".to_owned(), 1),
        ("types=project_member_added&types=org_edited".to_owned(), 2),
        ("types=no_such_type".to_owned(), 0),
        ("by=grace".to_owned(), 2),
        ("by=grace&by=finn".to_owned(), 4),
        ("whom=ada".to_owned(), 2),
        ("by=grace&whom=ada".to_owned(), 1),
        ("by=nobody".to_owned(), 0),
        ("q=asthma".to_owned(), 2),
        ("q=BENNETT".to_owned(), 1),
        ("q=%25".to_owned(), 0),
        ("q=institute".to_owned(), 0),
        (format!("to={before}"), 1),
        (format!("from={before}&to={before}"), 1),
        (format!("from={before}&types=org_edited"), 1),
        ("from=2999-01-01".to_owned(), 0),
        (format!("from={today}&to={before}"), 0),
    ] {
        let page = browser.get(&format!("{ALL}?{query}")).await.expect(200);
        assert_eq!(lines(&page).len(), count, "{query}: {:#?}", lines(&page));
        if count == 0 {
            page.shows("No logs found");
            assert!(page.links_to(ALL), "no way back");
        }
    }
    let page = browser.get(&format!("{ALL}?by=grace&types=user_updated_roles&q=x")).await.expect(200);
    page.shows("Done by: Grace Hopper (grace)").shows("Type: User's global roles updated");
    assert_eq!(page.ticked("types"), ["user_updated_roles"]);
    assert!(page.offered("q").iter().any(|q| q == "x"));
    let narrowed = browser.get(&format!("{OF_ASTHMA}?by=grace")).await.expect(200);
    assert_eq!(lines(&narrowed).len(), 1);
}

#[tokio::test]
async fn a_day_that_is_none_is_complained_about() {
    let app = TestApp::start().await;
    let browser = finn(&app).await;
    event("user_updated_roles", "finn", "finn").insert(&app.db).await;
    for day in ["yesterday", "2026-02-30", "-9999-01-01", "99999-12-31", "\"><script>"] {
        let page = browser.get(&format!("{ALL}?from={}", encoded(day))).await.expect(200);
        page.shows(&format!("“{day}” is not a day.")).lacks("<script>\"");
        assert_eq!(lines(&page).len(), 1);
        assert_eq!(page.field("from"), day);
    }
    browser.get(&format!("{ALL}?q=%00")).await.expect(400);
    browser.get(&format!("{ALL}?by=%00")).await.expect(400);
    browser.get(&format!("{ALL}?q={}", "x".repeat(10_000))).await.expect(200).shows("No logs found");
}

#[tokio::test]
async fn the_filtered_log_is_a_csv_file_without_formulas() {
    let app = TestApp::start().await;
    let study = Study::set_up(&app).await;
    let browser = finn(&app).await;
    for minutes in 1..=30 {
        event("project_member_added", "finn", "ada").on(study.project).ago(minutes).insert(&app.db).await;
    }
    event("user_updated_roles", "=HYPERLINK(\"x\")", "-1+1").insert(&app.db).await;
    let page = browser.get(&format!("{ALL}?types=user_updated_roles&page=7")).await;
    page.expect(404);
    let link = format!("{ALL}?types=project_member_added&types=user_updated_roles&format=csv");
    let shown =
        browser.get(&format!("{ALL}?types=project_member_added&types=user_updated_roles")).await.expect(200);
    assert!(shown.links_to(&link), "{}", shown.excerpt());
    let file = browser.get(&link).await.expect(200);
    let mut reader = csv::Reader::from_reader(file.body.as_bytes());
    let headings = reader.headers().unwrap().clone();
    assert_eq!(&headings[0], "time");
    let records: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
    assert_eq!(records.len(), 31);
    assert_eq!(&records[0][2], "'=HYPERLINK(\"x\")");
    assert_eq!(&records[0][4], "'-1+1");
    assert!(records[0][3].starts_with("'="), "{:?}", &records[0]);
    assert_eq!(&records[1][3], "Finn Staff (finn) added Ada Lovelace (ada) to Asthma reviews");
    let of_ada = browser.get(&format!("{OF_ADA}?format=csv")).await.expect(200);
    assert_eq!(of_ada.body.lines().count(), 31);
}

#[tokio::test]
async fn an_empty_log_says_so() {
    let app = TestApp::start().await;
    Study::set_up(&app).await;
    let browser = finn(&app).await;
    for path in [ALL, OF_ASTHMA, OF_ADA] {
        browser.get(path).await.expect(200).shows("No logs found");
        browser.get(&format!("{path}?page=last")).await.expect(200).shows("No logs found");
    }
}
