//! People, what they may do, and what they can change about themselves.

use domain::{
    permissions::{Permission, Role},
    users::{self, Person, Settings, SettingsErrors},
};

use super::Db;

async fn person(db: &Db, username: &str) -> Person {
    users::find_by_username(&db.db, username).await.unwrap().unwrap()
}

fn settings(fullname: &str, email: &str) -> Settings {
    Settings { fullname: fullname.to_owned(), email: email.to_owned() }
}

#[tokio::test]
async fn a_person_comes_with_roles_memberships_and_links() {
    let db = Db::fresh().await;
    let ada = db.user_with("ada", "ada@example.com", &[&Role::OutputChecker.stored(), "nonsense"]).await;
    let (first, second) = (db.project("first", ada).await, db.project("second", ada).await);
    db.member(second, ada, &[]).await;
    db.member(first, ada, &[Role::ProjectDeveloper]).await;
    db.github_account(ada, 1).await;

    let person = users::find(&db.db, ada).await.unwrap().unwrap();
    assert_eq!((person.username.as_str(), person.fullname.as_str()), ("ada", "Ada"));
    assert_eq!(person.display_name(), "Ada (ada)");
    assert!(person.uses_github);
    assert!(!person.has_backends);
    assert!(person.has_any_roles());
    assert!(person.is_member_of(first) && person.is_member_of(second));
    let projects = person.project_roles.iter().map(|(project, _)| *project).collect::<Vec<_>>();
    assert_eq!(projects, [first, second]);

    assert!(person.may(Permission::JobRun, Some(first)), "by the role on the project");
    assert!(!person.may(Permission::JobRun, Some(second)), "a membership without roles gives nothing");
    assert!(!person.may(Permission::JobRun, None), "a project's role does not count elsewhere");
    assert!(person.may(Permission::ReleaseFileView, Some(second)), "a global role counts on every project");
}

#[tokio::test]
async fn a_member_of_a_backend_is_known_as_one() {
    let db = Db::fresh().await;
    let ada = db.user("ada").await;
    db.db
        .batch_execute(
            "INSERT INTO jobserver_backend (
                 slug, name, is_active, auth_token, alert_timeout, created_at, updated_at, is_in_maintenance_mode
             )
             VALUES ('tpp', 'TPP', true, 'token', interval '5 minutes', now(), now(), false);
             INSERT INTO jobserver_backendmembership (backend_id, user_id, created_at)
             SELECT backend.id, person.id, now() FROM jobserver_backend AS backend, jobserver_user AS person;",
        )
        .await
        .unwrap();
    assert!(users::find(&db.db, ada).await.unwrap().unwrap().has_backends);
}

#[tokio::test]
async fn memberships_without_roles_are_no_roles() {
    let db = Db::fresh().await;
    let ada = db.user("ada").await;
    let project = db.project("first", ada).await;
    db.member(project, ada, &[]).await;
    assert!(!person(&db, "ada").await.has_any_roles());
}

#[tokio::test]
async fn usernames_are_found_exactly_or_not_at_all() {
    let db = Db::fresh().await;
    db.user("ada").await;
    for unknown in ["Ada", "ad", "", "ada\0", "ada "] {
        assert!(users::find_by_username(&db.db, unknown).await.unwrap().is_none(), "{unknown:?}");
    }
}

#[tokio::test]
async fn settings_are_trimmed_and_saved_with_the_case_of_the_address() {
    let db = Db::fresh().await;
    let ada = db.user("ada").await;
    let saved =
        users::update_settings(&db.db, ada, &settings("  Ada King ", " Ada@Example.com ")).await.unwrap();
    assert_eq!(saved, Ok(settings("Ada King", "Ada@Example.com")));
    let person = person(&db, "ada").await;
    assert_eq!((person.fullname.as_str(), person.email.as_str()), ("Ada King", "Ada@Example.com"));
}

#[tokio::test]
async fn wrong_settings_are_named_field_by_field_and_nothing_is_saved() {
    let db = Db::fresh().await;
    let ada = db.user("ada").await;
    let long_name = "é".repeat(256);
    let long_email = format!("{}@example.com", "a".repeat(243));
    for (fullname, email, wrong_name, wrong_email) in [
        ("", "", true, true),
        (" \t ", "ada@example.com", true, false),
        ("Ada\0", "ada@example.com", true, false),
        (long_name.as_str(), "ada@example.com", true, false),
        ("Ada", long_email.as_str(), false, true),
        ("Ada", "ada", false, true),
        ("Ada", "ada@localhost", false, true),
        ("Ada", "a da@example.com", false, true),
        ("Ada", "ada@example..com", false, true),
        ("Ada", "ada@exa\0mple.com", false, true),
        ("Ada", "ada@example.com\r\nBcc: b@example.com", false, true),
    ] {
        let errors =
            users::update_settings(&db.db, ada, &settings(fullname, email)).await.unwrap().unwrap_err();
        assert_eq!(
            (errors.fullname.is_some(), errors.email.is_some()),
            (wrong_name, wrong_email),
            "{fullname:?} {email:?}"
        );
    }
    assert_eq!(person(&db, "ada").await.email, "ada@example.com");
}

#[tokio::test]
async fn the_longest_name_and_address_that_fit_are_saved() {
    let db = Db::fresh().await;
    let ada = db.user("ada").await;
    let longest = settings(&"é".repeat(255), &format!("{}@example.com", "a".repeat(242)));
    assert_eq!(longest.email.len(), 254);
    assert!(users::update_settings(&db.db, ada, &longest).await.unwrap().is_ok());
}

#[tokio::test]
async fn an_address_that_somebody_else_has_in_whatever_case_is_refused() {
    let db = Db::fresh().await;
    let ada = db.user("ada").await;
    db.user_with("grace", "Grace@example.com", &[]).await;
    for email in ["Grace@example.com", "grace@example.com"] {
        let errors = users::update_settings(&db.db, ada, &settings("Ada", email)).await.unwrap().unwrap_err();
        assert!(matches!(errors, SettingsErrors { fullname: None, email: Some(_) }));
    }
}

#[tokio::test]
async fn people_whose_addresses_differ_by_case_already_can_still_change_their_names() {
    let db = Db::fresh().await;
    let ada = db.user_with("ada", "Same@example.com", &[]).await;
    db.user_with("grace", "same@example.com", &[]).await;
    assert!(
        users::update_settings(&db.db, ada, &settings("Ada L.", "Same@example.com")).await.unwrap().is_ok()
    );
}
