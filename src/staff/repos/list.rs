//! All repositories, by address.

use actix_web::HttpRequest;
use domain::{
    views::{
        staff_chosen::{self, Chosen},
        staff_repos::{self, RepoLine, Wanted},
    },
    workspaces::repo_parts,
};
use serde::Serialize;

use super::PATH;
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        page_links::PageLinks,
        shell::Page,
    },
    staff::{
        Staff, addresses,
        listing::{Asked, Choice, ListTools},
    },
};

#[derive(Serialize)]
struct ListPage<'a> {
    tools: ListTools<'a>,
    lines: Vec<Line>,
    pages: PageLinks,
    total: String,
    /// Nothing was searched or filtered: there are none at all.
    is_whole: bool,
}

#[derive(Serialize)]
struct Line {
    url: String,
    name: String,
    owner: String,
    has_outputs: bool,
    signed_off: &'static str,
}

/// `GET /staff/repos/?q=&orgs=&has_outputs=&page=`
pub async fn show(app: App, staff: Staff, request: HttpRequest) -> PageResult {
    let asked = Asked::of(&request)?;
    let wanted =
        Wanted { q: asked.q().map(str::to_owned), orgs: asked.all("orgs"), has_outputs: has_outputs(&asked) };
    let chosen = Chosen { orgs: &wanted.orgs, ..Chosen::default() };
    let db = app.db().await?;
    let rows = asked.part(&app, staff_repos::count(&db, &wanted), async |offset| {
        staff_repos::page(&db, &wanted, offset).await
    });
    let labels = async { Ok::<_, Error>(staff_chosen::labels(&db, chosen).await?) };
    let ((slice, rows), labels) = tokio::try_join!(rows, labels)?;
    drop(db);
    let tools = asked
        .tools(PATH, "Search by address")
        .toggle("has_outputs", "Outputs on GitHub", vec![Choice::new("yes", "Yes"), Choice::new("no", "No")])
        .picker(
            "orgs",
            "Organisation",
            "orgs",
            labels.orgs.into_iter().map(|(slug, name)| Choice::new(slug, name)).collect(),
        );
    let view = ListPage {
        is_whole: wanted.q.is_none() && wanted.orgs.is_empty() && wanted.has_outputs.is_none(),
        tools,
        lines: rows.iter().map(line).collect(),
        pages: asked.links(slice),
        total: match slice.total {
            1 => "1 repository".to_owned(),
            total => format!("{total} repositories"),
        },
    };
    staff.visitor.render(&app, "staff/repos/list", Page::staff("Repos"), &view)
}

/// Both answers ticked ask for everything, as none does.
fn has_outputs(asked: &Asked) -> Option<bool> {
    match (asked.has("has_outputs", "yes"), asked.has("has_outputs", "no")) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

fn line(row: &RepoLine) -> Line {
    let (owner, name) = repo_parts(&row.url).unwrap_or(("", &row.url));
    Line {
        url: addresses::repo(&row.url),
        name: name.to_owned(),
        owner: owner.to_owned(),
        has_outputs: row.has_github_outputs,
        signed_off: match (row.internal_signed_off_at, row.researcher_signed_off_at) {
            (Some(_), _) => "Signed off",
            (None, Some(_)) => "By a researcher",
            (None, None) => "",
        },
    }
}
