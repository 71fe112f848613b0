use domain::{level4, login_tokens::Ineligible, permissions::Role};
use serde_json::{Value, json};

use super::Db;

async fn scene() -> Db {
    let db = Db::fresh().await;
    let ada = db.user("ada").await;
    db.github_account(ada, 1).await;
    db.db
        .batch_execute(
            "INSERT INTO jobserver_backend (slug, name, is_active, auth_token, alert_timeout, created_at, updated_at,
                                            is_in_maintenance_mode)
             VALUES ('tpp', '', true, 't', '5 minutes', now(), now(), false);
             INSERT INTO jobserver_backendmembership (backend_id, user_id, created_at)
             SELECT backend.id, person.id, now() FROM jobserver_backend AS backend, jobserver_user AS person;
             INSERT INTO jobserver_org (name, slug, description, logo, github_orgs, created_at)
             VALUES ('Other', 'other', '', '', '{}', now()), ('Lead', 'lead', '', '', '{}', now());
             INSERT INTO jobserver_repo (url, has_github_outputs) VALUES ('https://github.com/o/r', false)",
        )
        .await
        .unwrap();
    for slug in ["developed", "viewed", "copiloted", "foreign"] {
        let project = db.project(slug, ada).await;
        db.db
            .execute(
                "INSERT INTO jobserver_workspace
                     (name, branch, is_archived, should_notify, purpose, uses_new_release_flow, created_at, updated_at,
                      created_by_id, updated_by_id, project_id, repo_id)
                 SELECT $1::text || suffix, 'main', suffix = '-old', false, '', true, now(), now(), $2, $2, $3, repo.id
                 FROM jobserver_repo AS repo, unnest(ARRAY['-main', '-old']) AS suffix",
                &[&slug, &ada, &project],
            )
            .await
            .unwrap();
        match slug {
            "developed" => db.member(project, ada, &[Role::ProjectDeveloper]).await,
            "viewed" => db.member(project, ada, &[Role::ProjectCollaborator]).await,
            _ => {}
        }
    }
    db.db
        .batch_execute(
            "UPDATE jobserver_project SET copilot_id = created_by_id, status = 'retired' WHERE slug = 'copiloted';
             INSERT INTO jobserver_projectcollaboration (org_id, project_id, is_lead, created_at, created_by_id,
                                                         updated_at, updated_by_id)
             SELECT org.id, project.id, org.slug = 'lead', now(), project.created_by_id, now(), project.created_by_id
             FROM jobserver_org AS org, jobserver_project AS project
             WHERE project.slug = 'developed'
             ORDER BY org.id",
        )
        .await
        .unwrap();
    db
}

async fn ada(db: &Db) -> Value {
    serde_json::to_value(level4::find(&db.db, "ada").await.unwrap().unwrap().unwrap()).unwrap()
}

#[tokio::test]
async fn members_who_may_see_unreleased_outputs_and_copilots_see_workspaces() {
    let db = scene().await;
    let details =
        |name: &str, ongoing: bool, orgs: Value| json!({"name": name, "ongoing": ongoing, "orgs": orgs});
    let developed = details("developed", true, json!(["Lead", "Other"]));
    let copiloted = details("copiloted", false, json!([]));
    let expected = json!({
        "username": "ada",
        "fullname": "Ada",
        "workspaces": {
            "developed-main": {"project_details": developed, "archived": false},
            "developed-old": {"project_details": developed, "archived": true},
        },
        "copiloted_workspaces": {
            "copiloted-main": {"project_details": copiloted, "archived": false},
            "copiloted-old": {"project_details": copiloted, "archived": true},
        },
        "output_checker": false,
        "readonly_access": false,
    });
    assert_eq!(ada(&db).await, expected);
}

#[tokio::test]
async fn an_output_checker_sees_every_project_of_which_they_are_a_member() {
    let db = scene().await;
    let roles =
        [Role::OutputChecker.stored(), Role::DeploymentAdministrator.stored(), "gone.Role".to_owned()];
    db.db.execute("UPDATE jobserver_user SET roles = $1", &[&roles.as_slice()]).await.unwrap();
    let ada = ada(&db).await;
    let names: Vec<&String> = ada["workspaces"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["developed-main", "developed-old", "viewed-main", "viewed-old"]);
    assert_eq!((&ada["output_checker"], &ada["readonly_access"]), (&json!(true), &json!(true)));
}

#[tokio::test]
async fn somebody_who_may_not_use_level_4_is_refused() {
    let db = scene().await;
    assert!(level4::find(&db.db, "nobody").await.unwrap().is_none());
    db.db.batch_execute("DELETE FROM jobserver_backendmembership").await.unwrap();
    let refusal = level4::find(&db.db, "ada").await.unwrap().unwrap().unwrap_err();
    assert_eq!(refusal, Ineligible::NoBackends("ada".to_owned()));
    db.db.batch_execute("DELETE FROM social_auth_usersocialauth").await.unwrap();
    let refusal = level4::find(&db.db, "ada").await.unwrap().unwrap().unwrap_err();
    assert_eq!(refusal, Ineligible::NotOnGitHub("ada".to_owned()));
}
