//! One person's page in the staff area, and saving what stands in its form.

use crate::harness::{Browser, Page, Study, TestApp, a, mona};

/// A browser of Mona, who manages people.
/// Our record of what staff did: type, about, target, changes.
async fn events(app: &TestApp) -> Vec<String> {
    app.db
        .values(
            "SELECT concat_ws('|', type, created_by, about_model, about_label, target_user, changes)
             FROM staff_event
             ORDER BY id",
            &[],
        )
        .await
}

async fn post(browser: &Browser, username: &str, fields: &[(&str, &str)]) -> Page {
    browser.post_form(&format!("/staff/users/{username}/"), fields).await
}

async fn stored(app: &TestApp, username: &str) -> (String, String) {
    let row =
        app.db.rows("SELECT fullname, email FROM jobserver_user WHERE username = $1", &[&username]).await;
    (row[0].get(0), row[0].get(1))
}

#[tokio::test]
async fn a_person_who_comes_by_github_is_shown_with_all_that_is_theirs() {
    let app = TestApp::start().await;
    let browser = mona(&app).await;
    let study = Study::set_up(&app).await;
    a::github_link(&app.db, study.ada, 1).await;
    a::backend(&app.db, "emis").await;
    app.db
        .execute(
            "UPDATE jobserver_project SET number = '7', copilot_id = $1 WHERE id = $2",
            &[&study.ada, &study.project],
        )
        .await;
    let application: i32 = app
        .db
        .value(
            "INSERT INTO applications_application (status, status_comment, has_agreed_to_terms, created_at, created_by_id)
             VALUES ('submitted', '', true, now(), $1)
             RETURNING id",
            &[&study.ada],
        )
        .await;
    app.db
        .execute(
            "INSERT INTO applications_studyinformationpage (
                 notes, created_at, updated_at, study_name, study_purpose, application_id
             )
             VALUES ('', now(), now(), 'Air & lungs', '', $1)",
            &[&application],
        )
        .await;
    let request = study.job_request().insert(&app.db).await;
    let job = a::job(request, "make_table", "succeeded").insert(&app.db).await;

    let page = browser.get("/staff/users/ada/").await.expect(200);
    assert_eq!(page.title(), "User: Ada Lovelace (ada): Staff Area | OpenSAFELY Jobs");
    for text in [
        "User: Ada Lovelace (ada)",
        "ada@example.org",
        "Joined",
        "7 - Asthma reviews",
        "Bennett",
        "Air & lungs",
        "Submitted",
        "make_table",
        "Succeeded",
        "Edit roles",
        "Audit log",
        "View on Site",
        "Add to organisation",
        "View all",
    ] {
        page.shows(text);
    }
    page.hides("This person is missing");
    let hash = domain::applications::hash(application);
    for link in [
        "/staff/users/".to_owned(),
        "/staff/users/ada/roles/".to_owned(),
        "/staff/users/ada/audit-log/".to_owned(),
        "/staff/users/ada/set-orgs/".to_owned(),
        "/users/ada/".to_owned(),
        "/staff/orgs/bennett/".to_owned(),
        "/staff/projects/asthma/".to_owned(),
        "/staff/job-requests/?user=ada".to_owned(),
        format!("/staff/applications/{hash}/"),
        format!("/asthma/asthma-main/{request}/{job}/"),
    ] {
        assert!(page.links_to(&link), "no link to {link}:\n{}", page.body);
    }
    assert!(page.section("copiloted").contains("7 - Asthma reviews"));
    assert_eq!(page.field("fullname"), "Ada Lovelace");
    assert_eq!(page.offered("backends"), ["emis", "test"]);
    assert_eq!(page.ticked("backends"), ["test"]);
}

#[tokio::test]
async fn what_somebody_lacks_and_what_they_never_did_is_said() {
    let app = TestApp::start().await;
    let browser = mona(&app).await;
    let bela = a::user("bela").insert(&app.db).await;
    a::github_link(&app.db, bela, 2).await;
    let page = browser.get("/staff/users/bela/").await.expect(200);
    for text in [
        "This person is missing",
        "Backends",
        "Organisations",
        "Projects",
        "No jobs have been run",
        "No applications",
    ] {
        page.shows(text);
    }
}

#[tokio::test]
async fn a_person_without_github_has_an_address_and_no_backends() {
    let app = TestApp::start().await;
    let browser = mona(&app).await;
    a::backend(&app.db, "tpp").await;
    a::user("cara").named("Cara").email("Cara@Example.org").insert(&app.db).await;
    let page = browser.get("/staff/users/cara/").await.expect(200);
    assert_eq!(page.field("email"), "Cara@Example.org");
    assert!(page.offered("backends").is_empty());
    page.hides("This person is missing").hides("View on Site").hides("Jobs have");
    assert!(page.links_to("/staff/users/cara/set-orgs/"));
}

#[tokio::test]
async fn only_the_newest_ten_jobs_of_many_are_shown() {
    let app = TestApp::start().await;
    let browser = mona(&app).await;
    let study = Study::set_up(&app).await;
    a::github_link(&app.db, study.ada, 1).await;
    for number in 0..6 {
        let request = study.job_request().insert(&app.db).await;
        for job in 0..3 {
            let minutes = 100 - number * 10 - job;
            a::job(request, &format!("action_{number}_{job}"), "failed")
                .minutes_ago(minutes)
                .insert(&app.db)
                .await;
        }
        study.job_request().insert(&app.db).await;
    }
    let jobs = browser.get("/staff/users/ada/").await.expect(200).section("jobs");
    for shown in ["action_5_2", "action_5_0", "action_4_1", "action_3_0", "action_2_2"] {
        assert!(jobs.contains(shown), "{shown}: {jobs}");
    }
    for hidden in ["action_2_1", "action_2_0", "action_1_2", "action_0_0"] {
        assert!(!jobs.contains(hidden), "{hidden}: {jobs}");
    }
    let places = ["action_5_2", "action_5_1", "action_4_2", "action_2_2"].map(|action| jobs.find(action));
    assert!(places.is_sorted(), "newest first: {jobs}");
}

#[tokio::test]
async fn weakness_16_saving_backends_touches_only_those_that_change() {
    let app = TestApp::start().await;
    let browser = mona(&app).await;
    let db = &app.db;
    let ada = a::user("ada").named("Ada").insert(db).await;
    a::github_link(db, ada, 1).await;
    let (tpp, emis) = (a::backend(db, "tpp").await, a::backend(db, "emis").await);
    a::backend(db, "test").await;
    for backend in [tpp, emis] {
        a::backend_member(db, backend, ada).await;
    }
    let kept = "SELECT id::text || created_at::text || coalesce(created_by_id, 0)::text
                FROM jobserver_backendmembership WHERE backend_id = $1";
    let before: String = db.value(kept, &[&tpp]).await;

    let fields = [("fullname", " Ada Lovelace "), ("backends", "tpp"), ("backends", "test")];
    let answer = post(&browser, "ada", &fields).await.expect_redirect(302, "/staff/users/ada/");
    let page = browser.follow(answer).await;
    page.shows("Saved Ada");
    assert_eq!(page.ticked("backends"), ["test", "tpp"]);
    assert_eq!(stored(&app, "ada").await.0, "Ada Lovelace");
    assert_eq!(db.value::<String>(kept, &[&tpp]).await, before, "what stays keeps its date and its giver");
    let given: String = db
        .value(
            "SELECT giver.username
             FROM jobserver_backendmembership AS membership
             JOIN jobserver_backend AS backend ON backend.id = membership.backend_id
             JOIN jobserver_user AS giver ON giver.id = membership.created_by_id
             WHERE backend.slug = 'test'",
            &[],
        )
        .await;
    assert_eq!(given, "mona");
    assert_eq!(
        events(&app).await,
        [
            "user_edited|mona|jobserver.User|ada|ada|[{\"new\": \"Ada Lovelace\", \"old\": \"Ada\", \"field\": \"fullname\"}]",
            "backend_member_removed|mona|jobserver.Backend|Emis|ada|[]",
            "backend_member_added|mona|jobserver.Backend|Test|ada|[]",
        ]
    );
}

#[tokio::test]
async fn weakness_29_every_save_says_what_it_did() {
    let app = TestApp::start().await;
    let browser = mona(&app).await;
    a::user("cara").named("Cara").insert(&app.db).await;
    for (name, said) in [("Cara", "Nothing was changed."), ("Cara B", "Saved Cara (cara).")] {
        let answer = post(&browser, "cara", &[("fullname", name), ("email", "cara@example.org")]).await;
        browser.follow(answer.expect(302)).await.shows(said);
    }
    assert_eq!(events(&app).await.len(), 1, "no event for nothing");
}

#[tokio::test]
async fn weakness_18_a_blank_or_impossible_name_is_a_field_error() {
    let app = TestApp::start().await;
    let browser = mona(&app).await;
    let ada = a::user("ada").named("Ada").insert(&app.db).await;
    a::github_link(&app.db, ada, 1).await;
    a::backend(&app.db, "tpp").await;
    let long = "é".repeat(256);
    for (name, error) in [
        ("", "This field is required."),
        ("  ", "This field is required."),
        ("a\0b", "Null characters are not allowed."),
        (long.as_str(), "Ensure this value has at most 255 characters (it has 256)."),
    ] {
        let page = post(&browser, "ada", &[("fullname", name), ("backends", "tpp")]).await.expect(200);
        page.shows(error);
        assert_eq!(page.ticked("backends"), ["tpp"], "what was ticked stays ticked");
    }
    let page = post(&browser, "ada", &[("fullname", "Ada B"), ("backends", "<b>mars</b>")]).await.expect(200);
    page.shows("Select a valid choice. <b>mars</b> is not one of the available choices.")
        .lacks("<b>mars</b>");
    assert_eq!(page.field("fullname"), "Ada B", "what was typed stays");
    assert_eq!(stored(&app, "ada").await.0, "Ada");
    assert_eq!(app.db.count("jobserver_backendmembership").await, 0);

    for name in ["\"><script>alert(1)</script>", "\u{202e}ﷺ 🧪 O'Neil & Söhne", &"é".repeat(255)] {
        post(&browser, "ada", &[("fullname", name)]).await.expect(302);
        assert_eq!(stored(&app, "ada").await.0, name);
        let page = browser.get("/staff/users/ada/").await.expect(200);
        page.lacks("<script>alert(1)");
        assert_eq!(page.field("fullname"), name);
    }
}

#[tokio::test]
async fn weakness_24_addresses_are_lower_case_and_belong_to_one_person() {
    let app = TestApp::start().await;
    let browser = mona(&app).await;
    a::user("ada").email("Ada@Example.org").insert(&app.db).await;
    a::user("cara").named("Cara").insert(&app.db).await;
    post(&browser, "cara", &[("fullname", "Cara"), ("email", " Cara.New@EXAMPLE.org ")]).await.expect(302);
    assert_eq!(stored(&app, "cara").await.1, "cara.new@example.org");
    let long = format!("{}@example.org", "x".repeat(250));
    for (email, error) in [
        ("ADA@example.ORG", "User with this Email already exists."),
        ("nonsense", "Enter a valid email address."),
        ("a@b\0.org", "Null characters are not allowed."),
        (long.as_str(), "Ensure this value has at most 254 characters (it has 262)."),
    ] {
        let page = post(&browser, "cara", &[("fullname", "Cara Two"), ("email", email)]).await.expect(200);
        page.shows(error);
        assert_eq!(page.field("fullname"), "Cara Two");
        if !email.contains('\0') {
            assert_eq!(page.field("email"), email, "as it was typed");
        }
    }
    assert_eq!(stored(&app, "cara").await, ("Cara".to_owned(), "cara.new@example.org".to_owned()));

    post(&browser, "cara", &[("fullname", "Cara"), ("email", "")]).await.expect(302);
    assert_eq!(stored(&app, "cara").await.1, "");
    a::user("dora").named("Dora").insert(&app.db).await;
    let page = post(&browser, "dora", &[("fullname", "Dora"), ("email", "")]).await.expect(200);
    page.shows("User with this Email already exists.");
}

#[tokio::test]
async fn an_address_that_two_people_share_already_can_stay() {
    let app = TestApp::start().await;
    let browser = mona(&app).await;
    a::user("ada").email("same@example.org").insert(&app.db).await;
    a::user("cara").named("Cara").email("Same@example.org").insert(&app.db).await;
    post(&browser, "cara", &[("fullname", "Cara B"), ("email", "Same@example.org")]).await.expect(302);
    assert_eq!(stored(&app, "cara").await, ("Cara B".to_owned(), "Same@example.org".to_owned()));
}

#[tokio::test]
async fn nobody_overwrites_what_somebody_else_saved_meanwhile() {
    let app = TestApp::start().await;
    let browser = mona(&app).await;
    let ada = a::user("ada").named("Ada").insert(&app.db).await;
    a::github_link(&app.db, ada, 1).await;
    a::backend(&app.db, "tpp").await;
    let version = browser.get("/staff/users/ada/").await.field("version");
    post(&browser, "ada", &[("version", &version), ("fullname", "Ada L"), ("backends", "tpp")])
        .await
        .expect(302);

    let page = post(&browser, "ada", &[("version", &version), ("fullname", "Ada B")]).await.expect(200);
    page.shows("Somebody saved “Ada L” here meanwhile.").shows("Somebody saved “Tpp” here meanwhile.");
    assert_eq!(page.field("fullname"), "Ada B");
    assert!(page.ticked("backends").is_empty());
    assert_eq!(stored(&app, "ada").await.0, "Ada L");

    let again = page.field("version");
    let fields = [("version", again.as_str()), ("fullname", "Ada B")];
    post(&browser, "ada", &fields).await.expect(302);
    // Sent twice: the second time there is nothing to overwrite.
    let twice = post(&browser, "ada", &fields).await.expect(302);
    browser.follow(twice).await.shows("Nothing was changed.");
    assert_eq!(stored(&app, "ada").await.0, "Ada B");
    assert_eq!(app.db.count("jobserver_backendmembership").await, 0);
    post(&browser, "ada", &[("fullname", "Ada C")]).await.expect(302);
    assert_eq!(stored(&app, "ada").await.0, "Ada C", "scripts send no version and replace what is there");
}

#[tokio::test]
async fn a_username_with_odd_characters_has_a_page_that_its_links_lead_to() {
    let app = TestApp::start().await;
    let browser = mona(&app).await;
    a::user("o'neil & söhne?#%").insert(&app.db).await;
    let list = browser.get("/staff/users/?q=neil").await.expect(200);
    let link = list
        .tags("a")
        .into_iter()
        .filter_map(|tag| tag.get("href").cloned())
        .find(|href| href.contains("neil"));
    let page = browser.get(&link.expect("a link")).await.expect(200);
    page.shows("o'neil & söhne?#%");
    let answer = browser
        .post_form(
            &page
                .tags("form")
                .iter()
                .filter_map(|form| form.get("action").cloned())
                .find(|action| action.contains("neil"))
                .expect("a form"),
            &[("fullname", "New"), ("email", "")],
        )
        .await;
    browser.follow(answer.expect(302)).await.shows("New (o'neil & söhne?#%)");
}
