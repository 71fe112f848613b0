//! Saying that a repository may become public.

use actix_web::web;
use domain::{
    permissions::{Permission, Role},
    repos::sign_off::{self, SignedOff, Signer},
    workspaces::repo_name,
};

use super::address;
use crate::{
    app::App,
    http::{
        error::{Error, PageResult},
        flash::Flash,
        redirect,
    },
    staff::{Staff, addresses},
};

/// Where the issue will be.
const TECH_SUPPORT_ISSUES: &str = "https://github.com/ebmdatalab/tech-support/issues";

/// `POST /staff/repos/{repo_url}/sign-off/`
pub async fn submit(app: App, staff: Staff, path: web::Path<String>) -> PageResult {
    let url = address::named(&path)?;
    let person = &staff.person;
    let signer = Signer {
        id: person.id,
        username: &person.username,
        fullname: &person.fullname,
        may_with_outputs: person.may(Permission::RepoSignOffWithOutputs, None),
    };
    let outcome = sign_off::sign_off(&mut app.db().await?, &url, signer).await?.ok_or(Error::NotFound)?;
    let notice = notice(outcome, repo_name(&url));
    redirect::to(&app, &staff.visitor, &addresses::repo(&url), vec![notice])
}

fn notice(outcome: SignedOff, name: &str) -> Flash {
    match outcome {
        SignedOff::Now => {
            let text = format!("{name} is signed off. Tech support are being notified by an issue in");
            Flash::success(text).with_link("ebmdatalab/tech-support", TECH_SUPPORT_ISSUES)
        }
        SignedOff::Before => Flash::info(format!("{name} had been signed off before; nothing was changed.")),
        SignedOff::TooEarly => {
            Flash::error(format!("{name} was not signed off: a researcher has to sign it off first."))
        }
        SignedOff::NotByThem => Flash::error(format!(
            "{name} was not signed off: it has outputs on GitHub, and that needs the role {}.",
            Role::SignOffRepoWithOutputs.as_str()
        )),
    }
}
