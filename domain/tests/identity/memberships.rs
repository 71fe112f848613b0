//! Members are added together with their audit events.

use domain::{
    Error,
    ids::{ProjectId, UserId},
    memberships::{self, NewMembership},
    permissions::{Role, RoleSet},
};

use super::Db;

async fn events(db: &Db) -> Vec<String> {
    let rows = db
        .db
        .query(
            "SELECT concat_ws(
                 '|', type, target_model, target_field, target_id, target_user, parent_model, parent_id, old, new, created_by
             )
             FROM jobserver_auditableevent
             ORDER BY id",
            &[],
        )
        .await
        .unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn a_member_with_roles_leaves_two_events_of_the_same_moment() {
    let db = Db::fresh().await;
    let (ada, staff) = (db.user("ada").await, db.user("staff").await);
    let project = db.project("first", staff).await;
    let roles = RoleSet::from_iter([Role::ProjectDeveloper, Role::ProjectCollaborator]);
    let id = memberships::add(&db.db, &NewMembership { project, user: ada, roles: &roles, by: staff })
        .await
        .unwrap();

    let new =
        "jobserver.authorization.roles.ProjectCollaborator,jobserver.authorization.roles.ProjectDeveloper";
    assert_eq!(
        events(&db).await,
        [
            format!(
                "project_member_added|jobserver.ProjectMembership||{id}|ada|jobserver.Project|{project}|||staff"
            ),
            format!(
                "project_member_updated_roles|jobserver.ProjectMembership|roles|{id}|ada|jobserver.Project|{project}||{new}|staff"
            ),
        ]
    );
    let moments = db
        .db
        .query_one(
            "SELECT count(DISTINCT moment)
             FROM (
                 SELECT created_at FROM jobserver_auditableevent
                 UNION ALL SELECT created_at FROM jobserver_projectmembership
             ) AS moments (moment)",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(moments.get::<_, i64>(0), 1);
    let person = domain::users::find(&db.db, ada).await.unwrap().unwrap();
    assert_eq!(person.project_roles, [(project, roles)]);
}

#[tokio::test]
async fn a_member_without_roles_leaves_one_event() {
    let db = Db::fresh().await;
    let ada = db.user("ada").await;
    let project = db.project("first", ada).await;
    let roles = RoleSet::default();
    memberships::add(&db.db, &NewMembership { project, user: ada, roles: &roles, by: ada }).await.unwrap();
    assert_eq!(events(&db).await.len(), 1);
    assert!(events(&db).await[0].starts_with("project_member_added|"));
}

#[tokio::test]
async fn nobody_becomes_a_member_twice_or_of_nothing_and_no_event_says_so() {
    let db = Db::fresh().await;
    let ada = db.user("ada").await;
    let project = db.project("first", ada).await;
    db.member(project, ada, &[]).await;
    let roles = RoleSet::default();
    for (project, user) in [(project, ada), (ProjectId(999), ada), (project, UserId(999))] {
        let refused =
            memberships::add(&db.db, &NewMembership { project, user, roles: &roles, by: ada }).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    }
    assert!(events(&db).await.is_empty());
}

const COLLABORATOR: &str = "jobserver.authorization.roles.ProjectCollaborator";
const DEVELOPER: &str = "jobserver.authorization.roles.ProjectDeveloper";

/// Ada, a developer of a project, and the id of her membership.
async fn developer(db: &Db) -> (UserId, UserId, ProjectId, i32) {
    let (ada, staff) = (db.user("ada").await, db.user("staff").await);
    let project = db.project("first", staff).await;
    db.member(project, ada, &[Role::ProjectDeveloper]).await;
    let membership = db.db.query_one("SELECT id FROM jobserver_projectmembership", &[]).await.unwrap().get(0);
    (ada, staff, project, membership)
}

#[tokio::test]
async fn changed_roles_leave_an_event_also_when_they_are_the_same() {
    let db = Db::fresh().await;
    let (_, staff, project, id) = developer(&db).await;
    for roles in [&[Role::ProjectCollaborator][..], &[Role::ProjectCollaborator], &[]] {
        memberships::update_roles(&db.db, id, &roles.iter().copied().collect(), staff).await.unwrap();
    }
    let event = |old: &str, new: &str| {
        format!(
            "project_member_updated_roles|jobserver.ProjectMembership|roles|{id}|ada|jobserver.Project|{project}|{old}|{new}|staff"
        )
    };
    assert_eq!(
        events(&db).await,
        [event(DEVELOPER, COLLABORATOR), event(COLLABORATOR, COLLABORATOR), event(COLLABORATOR, "")]
    );
    assert_eq!(db.count("jobserver_projectmembership WHERE roles = '{}'").await, 1);
}

#[tokio::test]
async fn a_removed_member_leaves_two_events_and_no_row() {
    let db = Db::fresh().await;
    let (_, staff, project, id) = developer(&db).await;
    memberships::remove(&db.db, id, staff).await.unwrap();
    let about = format!("{id}|ada|jobserver.Project|{project}");
    assert_eq!(
        events(&db).await,
        [
            format!(
                "project_member_updated_roles|jobserver.ProjectMembership|roles|{about}|{DEVELOPER}||staff"
            ),
            format!("project_member_removed|jobserver.ProjectMembership||{about}|||staff"),
        ]
    );
    assert_eq!(db.count("jobserver_projectmembership").await, 0);
}

#[tokio::test]
async fn a_membership_that_has_gone_is_said_and_leaves_no_event() {
    let db = Db::fresh().await;
    let (ada, staff, _, id) = developer(&db).await;
    for (membership, by) in [(id + 1, staff), (id, UserId(ada.0 + 1_000))] {
        let roles = RoleSet::default();
        let updated = memberships::update_roles(&db.db, membership, &roles, by).await;
        assert!(matches!(updated, Err(Error::Invalid(_))), "{updated:?}");
        assert!(events(&db).await.is_empty());
    }
    let removed = memberships::remove(&db.db, id + 1, staff).await;
    assert!(matches!(removed, Err(Error::Invalid(_))), "{removed:?}");
}
