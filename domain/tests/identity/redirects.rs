//! Old addresses lead to new ones, and never round in circles.

use domain::{ids::UserId, redirects};

use super::Db;

struct Site {
    db: Db,
    staff: UserId,
}

impl Site {
    async fn new() -> Site {
        let db = Db::fresh().await;
        let staff = db.user("staff").await;
        Site { db, staff }
    }

    /// A redirect to a new project with this slug.
    async fn project_moved(&self, old_url: &str, slug: &str) {
        self.project_moved_until(old_url, slug, "now() + interval '1 day'", false).await;
    }

    async fn project_moved_until(&self, old_url: &str, slug: &str, expires: &str, deleted: bool) {
        let project = self.db.project(slug, self.staff).await;
        let deleted = if deleted { "now(), $3" } else { "NULL, NULL" };
        self.db
            .db
            .execute(
                &format!(
                    "INSERT INTO redirects_redirect (
                         old_url, project_id, created_by_id, created_at, updated_at, expires_at, deleted_at, deleted_by_id
                     )
                     VALUES ($1, $2, $3, now(), now(), {expires}, {deleted})"
                ),
                &[&old_url, &project, &self.staff],
            )
            .await
            .unwrap();
    }

    async fn target(&self, path: &str) -> Option<String> {
        redirects::target(&self.db.db, path).await.unwrap()
    }
}

#[tokio::test]
async fn an_old_address_and_everything_below_it_leads_to_the_new_one() {
    let site = Site::new().await;
    site.project_moved("/old/", "new").await;
    assert_eq!(site.target("/old/").await.as_deref(), Some("/new/"));
    assert_eq!(site.target("/old/workspace/1/").await.as_deref(), Some("/new/workspace/1/"));
    assert_eq!(
        site.target("/old/old/old/").await.as_deref(),
        Some("/new/old/old/"),
        "only the start is replaced"
    );
    for elsewhere in ["/old", "/older/", "/x/old/", "/", "", "old/", "/new/", "/old\0/"] {
        assert_eq!(site.target(elsewhere).await, None, "{elsewhere:?}");
    }
}

#[tokio::test]
async fn the_longest_old_address_wins_and_wildcards_are_letters() {
    let site = Site::new().await;
    site.project_moved("/old/", "short").await;
    site.project_moved("/old/deep/", "long").await;
    site.project_moved("/a_b%/", "wild").await;
    assert_eq!(site.target("/old/deep/er/").await.as_deref(), Some("/long/er/"));
    assert_eq!(site.target("/old/deeper/").await.as_deref(), Some("/short/deeper/"));
    assert_eq!(site.target("/a_b%/").await.as_deref(), Some("/wild/"));
    assert_eq!(site.target("/axbcd/").await, None);
}

#[tokio::test]
async fn organisations_and_workspaces_have_old_addresses_too() {
    let site = Site::new().await;
    let project = site.db.project("home", site.staff).await;
    site.db
        .db
        .batch_execute(&format!(
            "INSERT INTO jobserver_org (name, slug, description, logo, github_orgs, created_at)
             VALUES ('Org', 'org', '', '', '{{}}', now());
             INSERT INTO jobserver_repo (url, has_github_outputs) VALUES ('https://github.com/o/r', false);
             INSERT INTO jobserver_workspace (
                 project_id, repo_id, name, branch, is_archived, should_notify, purpose, uses_new_release_flow,
                 created_at, created_by_id, updated_at, updated_by_id
             )
             SELECT {project}, repo.id, 'work', 'main', false, false, '', true, now(), {staff}, now(), {staff}
             FROM jobserver_repo AS repo;
             INSERT INTO redirects_redirect (
                 old_url, org_id, workspace_id, created_by_id, created_at, updated_at, expires_at
             )
             SELECT '/orgs/old/', id, NULL::int, {staff}, now(), now(), now() + interval '1 day' FROM jobserver_org
             UNION ALL
             SELECT '/away/work/', NULL, id, {staff}, now(), now(), now() + interval '1 day' FROM jobserver_workspace",
            staff = site.staff
        ))
        .await
        .unwrap();
    assert_eq!(site.target("/orgs/old/logs/").await.as_deref(), Some("/orgs/org/logs/"));
    assert_eq!(site.target("/away/work/12/").await.as_deref(), Some("/home/work/12/"));
}

#[tokio::test]
async fn expired_and_deleted_redirects_do_not_count() {
    let site = Site::new().await;
    site.project_moved_until("/expired/", "one", "now() - interval '1 second'", false).await;
    site.project_moved_until("/deleted/", "two", "now() + interval '1 day'", true).await;
    assert_eq!(site.target("/expired/").await, None);
    assert_eq!(site.target("/deleted/").await, None);
}

#[tokio::test]
async fn a_name_that_was_changed_and_changed_back_does_not_lead_to_itself() {
    let site = Site::new().await;
    site.project_moved("/same/", "same").await;
    assert_eq!(site.target("/same/").await, None);
    assert_eq!(site.target("/same/deep/").await, None);
}

#[tokio::test]
async fn names_that_two_projects_exchanged_do_not_lead_round_in_circles() {
    let site = Site::new().await;
    site.project_moved("/a/", "b").await;
    site.project_moved("/b/", "a").await;
    assert_eq!(site.target("/a/nothing/").await, None);
    assert_eq!(site.target("/b/nothing/").await, None);
}

#[tokio::test]
async fn a_redirect_to_below_its_own_old_address_does_not_grow_for_ever() {
    let site = Site::new().await;
    site.project_moved("/", "a").await;
    assert_eq!(site.target("/x/").await, None);
}

#[tokio::test]
async fn a_chain_of_moves_is_followed_step_by_step() {
    let site = Site::new().await;
    site.project_moved("/first/", "second").await;
    site.project_moved("/second/", "third").await;
    assert_eq!(site.target("/first/x/").await.as_deref(), Some("/second/x/"));
    assert_eq!(site.target("/second/x/").await.as_deref(), Some("/third/x/"));
}
