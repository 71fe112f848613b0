//! Who may enter which page of the staff area, as types in the handlers' signatures. Unlike elsewhere, somebody who is
//! not signed in is refused, not sent to sign in, and the refusal comes before anything is looked up. Only global roles
//! count: no page here belongs to one project.

use std::marker::PhantomData;

use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload, http::StatusCode};
use domain::{permissions::Permission, users::Person};
use futures_util::future::LocalBoxFuture;

use crate::http::{error::Error, visitor::Visitor};

/// What a page asks of whoever opens it.
pub trait Asks {
    const PERMISSION: Permission;
}

macro_rules! holders {
    ($($(#[$doc:meta])* $alias:ident: $marker:ident = $permission:ident;)*) => {$(
        $(#[$doc])*
        pub struct $marker;
        impl Asks for $marker {
            const PERMISSION: Permission = Permission::$permission;
        }
        $(#[$doc])*
        pub type $alias = Holder<$marker>;
    )*};
}

holders! {
    /// Somebody who may see the staff area.
    Staff: StaffArea = StaffAreaAccess;
    /// Somebody who makes backends and changes their tokens.
    BackendManager: Backends = BackendManage;
    /// Somebody who edits people and their roles.
    UserManager: Users = UserManage;
    OrgCreator: OrgCreation = OrgCreate;
    ProjectCreator: ProjectCreation = ProjectCreate;
    /// Somebody who gives people roles on projects.
    MemberManager: Members = UserEditProjectRoles;
    ApplicationLinker: ApplicationLinks = ProjectLinkToApplication;
}

/// Somebody who holds what `N` asks for.
pub struct Holder<N> {
    pub visitor: Visitor,
    pub person: Person,
    asks: PhantomData<N>,
}

impl<N: Asks> FromRequest for Holder<N> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let visitor = Visitor::of(&request).await?;
            match visitor.person().filter(|person| person.may(N::PERMISSION, None)).cloned() {
                Some(person) => Ok(Holder { visitor, person, asks: PhantomData }),
                None => Err(Error::Forbidden),
            }
        })
    }
}

/// The answer to a method that an address does not take, for those who may know that the address exists.
pub async fn wrong_method<N: Asks>(_: Holder<N>) -> HttpResponse {
    HttpResponse::build(StatusCode::METHOD_NOT_ALLOWED).finish()
}
