//! Who may enter the staff area. Unlike elsewhere, somebody who is not signed in is refused, not sent to sign in.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use domain::users::Person;
use futures_util::future::LocalBoxFuture;

use crate::http::{error::Error, visitor::Visitor};

/// Somebody who may see the staff area.
pub struct Staff {
    pub visitor: Visitor,
    pub person: Person,
}

impl FromRequest for Staff {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let visitor = Visitor::of(&request).await?;
            match visitor.person().filter(|_| visitor.is_staff()).cloned() {
                Some(person) => Ok(Staff { visitor, person }),
                None => Err(Error::Forbidden),
            }
        })
    }
}
