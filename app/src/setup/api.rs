use leptos::prelude::*;

use crate::{AppError, form::Done};

/// The token of the setup link that was followed, if it is still good; looking uses nothing up.
#[server(endpoint = "setup/check", input = server_fn::codec::GetUrl, output = crate::compact::Answer)]
pub async fn check_setup_link() -> Result<String, AppError> {
    use backend::error::Error;

    use crate::server::{self, Link};

    let token = Link::Setup.token()?;
    if server::backend()?.is_setup_link(&token).await? {
        Ok(token)
    } else {
        Err(Error::NotFound.into())
    }
}

/// Makes the first Admin and signs them in.
#[server(endpoint = "setup", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn set_up(
    #[server(default)] token: String,
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] password: String,
) -> Result<Done, AppError> {
    use crate::{
        paths,
        server::{self, Link},
    };

    let secret = server::backend()?
        .set_up(&token, &name, &email, &password, &server::request())
        .await?;
    server::begin_session(&secret).await?;
    Link::Setup.forget()?;
    Ok(Done::reload(paths::HOME, "Usher is set up."))
}
