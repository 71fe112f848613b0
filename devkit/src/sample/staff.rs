//! What staff have done: co-pilots and notes on projects, a person who comes by e-mail, redirects, sign-offs, and the audit
//! log of all of it.

use serde_json::{Value, json};
use tokio_postgres::Transaction;

use super::repositories::email_of;
use crate::Result;

/// Makes organisations and projects.
const SERVICE: &str = "kim-everything";
const STAFF: &str = "finn-staff";

/// Has no account at GitHub: signs in by a link in a mail, and reads outputs.
pub const MAIL_PERSON: (&str, &str) = ("orla-reader", "Orla Byrne");

/// Slug of the project, username of the co-pilot, days from now on which their support ends, notes.
struct Copiloting(&'static str, &'static str, i32, &'static str);

const COPILOTING: &[Copiloting] = &[
    Copiloting(
        "long-covid-and-work",
        "finn-staff",
        9,
        "Weekly call on Tuesdays.\nAsked for a longer window; decide by its end.",
    ),
    Copiloting("opioid-trends", "jonas-signoff", 120, "New to Git: a first pull request was made together."),
    Copiloting("asthma-reviews", "finn-staff", -30, ""),
];

/// Slug and Markdown.
const STATUS_DESCRIPTIONS: &[(&str, &str)] = &[
    (
        "asthma-reviews",
        "The paper is **under review**.\n\n- [Protocol](https://example.org/protocol)\n- Code is public once it is accepted",
    ),
    ("vaccine-coverage", "Retired: the weekly report ended with the campaign."),
];

/// The kind of the target, its slug or name, the address that it had, and days from now on which the redirect ends.
const REDIRECTS: &[(&str, &str, &str, i32)] = &[
    ("org", "harbour", "/orgs/harbour-data/", 65),
    ("project", "asthma-reviews", "/asthma-review-recall/", 200),
    ("workspace", "opioid-trends-2026", "/opioid-trends-pilot/opioid-trends-2026/", 9),
];

/// Kind, who, days ago, model and what it is called there, whom it concerns, slug of the project, changes.
type StaffEvent = (
    &'static str,
    &'static str,
    i32,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str, &'static str)],
);

const STAFF_EVENTS: &[StaffEvent] = &[
    ("org_created", SERVICE, 580, "jobserver.Org", "Harbour Analytics", "", "", &[]),
    ("backend_created", "command:create_backend", 579, "jobserver.Backend", "TPP", "", "", &[]),
    ("org_member_added", SERVICE, 570, "jobserver.Org", "Northford University", "ada-researcher", "", &[]),
    ("backend_member_added", STAFF, 569, "jobserver.Backend", "TPP", "bela-researcher", "", &[]),
    (
        "org_edited",
        SERVICE,
        300,
        "jobserver.Org",
        "Harbour Analytics",
        "",
        "",
        &[("name", "Harbour Data", "Harbour Analytics"), ("slug", "harbour-data", "harbour")],
    ),
    (
        "org_github_org_added",
        SERVICE,
        299,
        "jobserver.Org",
        "Harbour Analytics",
        "",
        "",
        &[("github_org", "", "harbour-analytics")],
    ),
    (
        "project_edited",
        SERVICE,
        165,
        "jobserver.Project",
        "156 - Asthma reviews in primary care",
        "",
        "asthma-reviews",
        &[("slug", "asthma-review-recall", "asthma-reviews"), ("copilot", "", "finn-staff")],
    ),
    ("user_created", STAFF, 120, "jobserver.User", "orla-reader", "orla-reader", "", &[]),
    (
        "project_edited",
        STAFF,
        90,
        "jobserver.Project",
        "91 - Vaccine coverage report",
        "",
        "vaccine-coverage",
        &[
            ("status", "ongoing", "retired"),
            ("status_description", "", "Retired: the weekly report ended with the campaign."),
        ],
    ),
    ("backend_token_rotated", STAFF, 45, "jobserver.Backend", "EMIS", "", "", &[]),
    ("repo_signed_off", "jonas-signoff", 33, "jobserver.Repo", "vaccine-coverage", "", "", &[]),
    (
        "job_request_cancelled",
        "ines-deployer",
        25,
        "jobserver.JobRequest",
        "9",
        "bela-researcher",
        "long-covid-and-work",
        &[],
    ),
    (
        "user_edited",
        STAFF,
        11,
        "jobserver.User",
        "lou-nobody",
        "lou-nobody",
        "",
        &[("fullname", "lou", "Lou Martin")],
    ),
    (
        "site_alert_created",
        "kim-everything",
        0,
        "jobserver.SiteAlert",
        "Sample data",
        "",
        "",
        &[("level", "", "info"), ("title", "", "Sample data")],
    ),
];

pub(super) async fn insert(transaction: &Transaction<'_>) -> Result<()> {
    describe_projects(transaction).await?;
    insert_mail_person(transaction).await?;
    insert_redirects(transaction).await?;
    sign_off(transaction).await?;
    insert_events_of_rows(transaction).await?;
    insert_staff_events(transaction).await
}

async fn describe_projects(transaction: &Transaction<'_>) -> Result<()> {
    let copiloting: Vec<Value> = COPILOTING
        .iter()
        .map(|Copiloting(project, copilot, days, notes)| {
            json!({"project": project, "copilot": copilot, "days": days, "notes": notes})
        })
        .collect();
    transaction
        .execute(
            "UPDATE jobserver_project
                SET copilot_id = copilot.id,
                    copilot_support_ends_at = date_trunc('day', now()) + make_interval(days => days),
                    copilot_notes = notes
               FROM jsonb_to_recordset($1) AS given (project text, copilot text, days int, notes text)
               JOIN jobserver_user AS copilot ON copilot.username = given.copilot
              WHERE slug = project",
            &[&Value::Array(copiloting)],
        )
        .await?;
    let (slugs, texts): (Vec<&str>, Vec<&str>) = STATUS_DESCRIPTIONS.iter().copied().unzip();
    transaction
        .execute(
            "UPDATE jobserver_project
                SET status_description = description
               FROM unnest($1::text[], $2::text[]) AS given (project, description)
              WHERE slug = project",
            &[&slugs, &texts],
        )
        .await?;
    transaction
        .execute(
            "UPDATE jobserver_org
                SET github_orgs = github_orgs || ARRAY['harbour-analytics']
              WHERE slug = 'harbour'",
            &[],
        )
        .await?;
    Ok(())
}

async fn insert_mail_person(transaction: &Transaction<'_>) -> Result<()> {
    let (username, fullname) = MAIL_PERSON;
    transaction
        .execute(
            "WITH person AS (
                 INSERT INTO jobserver_user
                   (password, username, email, fullname, date_joined, roles, created_by_id)
                 SELECT '', $1, $2, $3, now() - interval '120 days', '{}', maker.id
                   FROM jobserver_user AS maker
                  WHERE maker.username = $4
                 RETURNING id, created_by_id
             )
             INSERT INTO jobserver_projectmembership
               (roles, created_at, created_by_id, project_id, user_id)
             SELECT ARRAY['jobserver.authorization.roles.ProjectCollaborator'], now() - interval '120 days',
                    person.created_by_id, jobserver_project.id, person.id
               FROM person
               JOIN jobserver_project ON slug = 'long-covid-and-work'",
            &[&username, &email_of(username), &fullname, &STAFF],
        )
        .await?;
    Ok(())
}

async fn insert_redirects(transaction: &Transaction<'_>) -> Result<()> {
    let redirects: Vec<Value> = REDIRECTS
        .iter()
        .map(|(kind, target, old_url, days)| json!({"kind": kind, "target": target, "old_url": old_url, "days": days}))
        .collect();
    transaction
        .execute(
            "INSERT INTO redirects_redirect
               (old_url, created_at, updated_at, expires_at, created_by_id, org_id, project_id, workspace_id)
             SELECT old_url, made.at, made.at, made.at + interval '365 days', maker.id, org.id, project.id, workspace.id
               FROM jsonb_to_recordset($1) AS given (kind text, target text, old_url text, days int)
              CROSS JOIN LATERAL (SELECT now() - make_interval(days => 365 - days) AS at) AS made
               JOIN jobserver_user AS maker ON maker.username = $2
               LEFT JOIN jobserver_org AS org ON kind = 'org' AND org.slug = target
               LEFT JOIN jobserver_project AS project ON kind = 'project' AND project.slug = target
               LEFT JOIN jobserver_workspace AS workspace ON kind = 'workspace' AND workspace.name = target",
            &[&Value::Array(redirects), &SERVICE],
        )
        .await?;
    Ok(())
}

/// One repository has been signed off by all, one only by its researcher, and one in part.
async fn sign_off(transaction: &Transaction<'_>) -> Result<()> {
    transaction
        .execute(
            "UPDATE jobserver_workspace
                SET signed_off_at = now() - interval '40 days',
                    signed_off_by_id = created_by_id
              WHERE name IN ('vaccine-coverage-2024', 'opioid-trends-2026', 'opioid-lost-branch', 'asthma-reviews-main')",
            &[],
        )
        .await?;
    transaction
        .execute(
            "UPDATE jobserver_repo
                SET researcher_signed_off_at = now() - interval '40 days',
                    researcher_signed_off_by_id = researcher.id,
                    internal_signed_off_at = CASE WHEN is_public THEN now() - interval '33 days' END,
                    internal_signed_off_by_id = CASE WHEN is_public THEN staff.id END
               FROM (VALUES ('vaccine-coverage', true), ('opioid-trends', false), ('opioid-codelists', false))
                    AS given (name, is_public)
               JOIN jobserver_user AS researcher ON researcher.username = 'ada-researcher'
               JOIN jobserver_user AS staff ON staff.username = 'jonas-signoff'
              WHERE url LIKE '%/' || name",
            &[],
        )
        .await?;
    Ok(())
}

/// The events that go with projects, memberships and roles that are there.
async fn insert_events_of_rows(transaction: &Transaction<'_>) -> Result<()> {
    transaction
        .execute(
            "INSERT INTO jobserver_auditableevent
               (type, target_model, target_field, target_id, target_user, parent_model, parent_id, old, new,
                created_at, created_by)
             SELECT type, model, field, id::text, target_user, parent_model, parent::text, '', roles, created_at, created_by
               FROM (
                    SELECT 'project_created' AS type, 'jobserver.Project' AS model, '' AS field, project.id,
                           maker.username AS target_user, 'jobserver.Project' AS parent_model, project.id AS parent,
                           '' AS roles, project.created_at, maker.username AS created_by, 1 AS place
                      FROM jobserver_project AS project
                      JOIN jobserver_user AS maker ON maker.id = project.created_by_id
                     UNION ALL
                    SELECT kind.type, 'jobserver.ProjectMembership', kind.field, membership.id, member.username,
                           'jobserver.Project', membership.project_id,
                           CASE WHEN kind.field = '' THEN '' ELSE array_to_string(membership.roles, ',') END,
                           membership.created_at, maker.username, kind.place
                      FROM jobserver_projectmembership AS membership
                      JOIN jobserver_user AS member ON member.id = membership.user_id
                      JOIN jobserver_user AS maker ON maker.id = membership.created_by_id
                     CROSS JOIN (VALUES ('project_member_added', '', 2), ('project_member_updated_roles', 'roles', 3))
                           AS kind (type, field, place)
                     UNION ALL
                    SELECT 'user_updated_roles', 'jobserver.User', 'roles', person.id, person.username, 'jobserver.User',
                           person.id, array_to_string(person.roles, ','), person.date_joined + interval '1 day', $1, 4
                      FROM jobserver_user AS person
                     WHERE person.roles <> '{}'
                    ) AS event
              ORDER BY created_at, id, place",
            &[&STAFF],
        )
        .await?;
    Ok(())
}

async fn insert_staff_events(transaction: &Transaction<'_>) -> Result<()> {
    let events: Vec<Value> = STAFF_EVENTS
        .iter()
        .map(|(kind, by, days, model, label, user, project, changes)| {
            let changes: Vec<Value> = changes
                .iter()
                .map(|(field, old, new)| json!({"field": field, "old": old, "new": new}))
                .collect();
            json!({
                "kind": kind, "by": by, "days": days, "model": model, "label": label, "whom": user,
                "project": project, "changes": changes,
            })
        })
        .collect();
    transaction
        .execute(
            "INSERT INTO staff_event
               (type, created_at, created_by, about_model, about_id, about_label, target_user, project_id, changes)
             SELECT kind, now() - make_interval(days => days), by, model,
                    COALESCE(org.id, backend.id, person.id, repo.id, alert.id, request.id, project.id, 0)::text,
                    label, whom, project.id, changes
               FROM jsonb_to_recordset($1)
                    AS given (kind text, by text, days int, model text, label text, whom text, project text,
                              changes jsonb)
               LEFT JOIN jobserver_org AS org ON model = 'jobserver.Org' AND org.name = label
               LEFT JOIN jobserver_backend AS backend ON model = 'jobserver.Backend' AND backend.name = label
               LEFT JOIN jobserver_user AS person ON model = 'jobserver.User' AND person.username = label
               LEFT JOIN jobserver_repo AS repo ON model = 'jobserver.Repo' AND repo.url LIKE '%/' || label
               LEFT JOIN jobserver_sitealert AS alert ON model = 'jobserver.SiteAlert' AND alert.title = label
               LEFT JOIN jobserver_jobrequest AS request
                      ON model = 'jobserver.JobRequest' AND request.id::text = label
               LEFT JOIN jobserver_project AS project ON project.slug = given.project
              ORDER BY days DESC",
            &[&Value::Array(events)],
        )
        .await?;
    transaction
        .execute(
            "INSERT INTO staff_event
               (type, created_at, created_by, about_model, about_id, about_label, project_id, changes)
             SELECT 'application_approved', approved_at, approver.username, 'applications.Application',
                    application.id::text, '', project_id, '[]'
               FROM applications_application AS application
               JOIN jobserver_user AS approver ON approver.id = approved_by_id
              ORDER BY approved_at",
            &[],
        )
        .await?;
    Ok(())
}
