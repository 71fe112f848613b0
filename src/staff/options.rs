//! Choices that forms and filters fetch while somebody types. Each answer is a piece of HTML: at most twenty boxes to
//! tick, which the component `picker` puts into the page.

use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload, http::StatusCode, web};
use domain::{
    permissions::Permission,
    views::options::{self, Offer, UserKey, Without},
};
use futures_util::future::LocalBoxFuture;
use serde::Serialize;

use super::{fragment, listing::Asked};
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        visitor::Visitor,
    },
};

/// Somebody who may open one of the pages that offer these choices.
pub struct Chooser {
    visitor: Visitor,
}

const ONE_OF: [Permission; 3] =
    [Permission::StaffAreaAccess, Permission::UserEditProjectRoles, Permission::UserManage];

impl FromRequest for Chooser {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let visitor = Visitor::of(&request).await?;
            if ONE_OF.iter().any(|&permission| visitor.may(permission, None)) {
                Ok(Chooser { visitor })
            } else {
                Err(Error::Forbidden)
            }
        })
    }
}

#[derive(Serialize)]
struct Boxes<'a> {
    name: &'a str,
    #[serde(flatten)]
    offer: Offer,
}

/// `GET /staff/options/{kind}/?find=&name=&by=&without_org=&without_project=`: boxes called `name`. The value of a
/// project or an organisation is its slug, of a workspace its name, of an applicant the username, of any other person
/// the id, or with `by=username` that.
pub async fn find(app: App, chooser: Chooser, kind: web::Path<String>, request: HttpRequest) -> PageResult {
    let asked = Asked::of(&request)?;
    let find = asked.last("find").unwrap_or_default().trim();
    let db = app.db().await?;
    let offer = match kind.as_str() {
        "applicants" => options::applicants(&db, find).await?,
        "users" => options::users(&db, find, key(&asked), without(&asked)).await?,
        "projects" => options::projects(&db, find).await?,
        "workspaces" => options::workspaces(&db, find).await?,
        "orgs" => options::orgs(&db, find).await?,
        _ => return Err(Error::NotFound),
    };
    drop(db);
    let name = asked.last("name").unwrap_or_default();
    fragment::render(&app, &chooser.visitor, "staff/options", &Boxes { name, offer })
}

/// The answer to another method than `GET`.
pub async fn wrong_method(_: Chooser) -> HttpResponse {
    HttpResponse::build(StatusCode::METHOD_NOT_ALLOWED).finish()
}

fn key(asked: &Asked) -> UserKey {
    if asked.has("by", "username") { UserKey::Username } else { UserKey::Id }
}

fn without(asked: &Asked) -> Without<'_> {
    Without { org: asked.last("without_org"), project: asked.last("without_project") }
}
