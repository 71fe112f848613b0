//! Who may call a handler, as types in its signature: a handler that takes `InWorkspace<WorkspaceArchive>` cannot be reached
//! without that permission on that workspace's project.

use std::marker::PhantomData;

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use domain::{
    permissions::Permission,
    projects::{self, Project},
    users::Person,
    workspaces::{self, Workspace},
};
use futures_util::future::LocalBoxFuture;

use super::{error::Error, next_url, visitor::Visitor};
use crate::app::{self, App};

type Extracting<T> = LocalBoxFuture<'static, Result<T, Error>>;

/// What a page asks of its visitor, and what those see who lack it: some pages admit that they exist, some do not.
pub trait Needs {
    const PERMISSION: Permission;
    const HIDDEN: bool;
}

macro_rules! needs {
    ($($(#[$doc:meta])* $name:ident = $permission:ident, hidden: $hidden:literal;)*) => {$(
        $(#[$doc])*
        pub struct $name;
        impl Needs for $name {
            const PERMISSION: Permission = Permission::$permission;
            const HIDDEN: bool = $hidden;
        }
    )*};
}

needs! {
    WorkspaceCreate = WorkspaceCreate, hidden: true;
    /// Editing shows a refusal where creating hides.
    WorkspaceEdit = WorkspaceCreate, hidden: false;
    WorkspaceArchive = WorkspaceArchive, hidden: true;
    WorkspaceToggleNotifications = WorkspaceToggleNotifications, hidden: true;
}

/// Somebody who is signed in; others are sent to sign in and come back.
pub struct SignedIn {
    pub visitor: Visitor,
    pub person: Person,
}

impl FromRequest for SignedIn {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let visitor = Visitor::of(&request).await?;
            match visitor.person().cloned() {
                Some(person) => Ok(SignedIn { visitor, person }),
                None => {
                    Err(Error::SignInFirst { location: next_url::login_first(&path_and_query(&request)) })
                }
            }
        })
    }
}

/// Somebody who holds `N` on the project in the address.
pub struct InProject<N> {
    pub visitor: Visitor,
    pub person: Person,
    pub project: Project,
    needs: PhantomData<N>,
}

impl<N: Needs> FromRequest for InProject<N> {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let visitor = Visitor::of(&request).await?;
            let project = project_of(&request, app_of(&request)?).await?;
            let person = holder::<N>(&visitor, &project)?;
            Ok(InProject { visitor, person, project, needs: PhantomData })
        })
    }
}

/// Somebody who holds `N` on the project of the workspace in the address.
pub struct InWorkspace<N> {
    pub visitor: Visitor,
    pub person: Person,
    pub workspace: Workspace,
    needs: PhantomData<N>,
}

impl<N: Needs> FromRequest for InWorkspace<N> {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let visitor = Visitor::of(&request).await?;
            let workspace = workspace_of(&request, app_of(&request)?).await?;
            let person = holder::<N>(&visitor, &workspace.project)?;
            Ok(InWorkspace { visitor, person, workspace, needs: PhantomData })
        })
    }
}

fn holder<N: Needs>(visitor: &Visitor, project: &Project) -> Result<Person, Error> {
    let refusal = || if N::HIDDEN { Error::NotFound } else { Error::Forbidden };
    visitor.person().filter(|person| person.may(N::PERMISSION, Some(project.id))).cloned().ok_or_else(refusal)
}

fn app_of(request: &HttpRequest) -> Result<&App, Error> {
    app::of(request).ok_or(Error::Misconfigured("no application state"))
}

async fn project_of(request: &HttpRequest, app: &App) -> Result<Project, Error> {
    projects::find(&app.db().await?, segment(request, "project")?).await?.ok_or(Error::NotFound)
}

async fn workspace_of(request: &HttpRequest, app: &App) -> Result<Workspace, Error> {
    let (project, name) = (segment(request, "project")?, segment(request, "workspace")?);
    workspaces::find(&app.db().await?, project, name).await?.ok_or(Error::NotFound)
}

fn segment<'a>(request: &'a HttpRequest, name: &'static str) -> Result<&'a str, Error> {
    request.match_info().get(name).ok_or(Error::NotFound)
}

fn path_and_query(request: &HttpRequest) -> String {
    request.uri().path_and_query().map_or_else(|| "/".to_owned(), |both| both.as_str().to_owned())
}
