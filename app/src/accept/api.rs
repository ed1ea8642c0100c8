//! The server functions behind an invitation's link.

use domain::role::Role;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AppError, form::Done};

/// What a link leads to, and who looks at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkView {
    /// For the forms of its page.
    pub token: String,
    pub state: LinkState,
    /// The address of whoever is signed in in this browser.
    pub signed_in: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkState {
    Open(Offer),
    Expired,
    Accepted,
    AddressTaken,
    Unknown,
}

impl LinkState {
    /// The status of the page that shows it.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Open(_) => 200,
            Self::Expired | Self::Accepted | Self::AddressTaken => 410,
            Self::Unknown => 404,
        }
    }
}

/// Who invites whom into what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub email: String,
    pub role: Role,
    /// None: into the installation, as an Admin.
    pub organization: Option<String>,
    /// None when the inviter is gone.
    pub inviter: Option<String>,
    /// A date.
    pub expires: String,
}

/// What the invitation's link that was followed leads to; looking uses nothing up.
#[server(endpoint = "invitation/look", input = server_fn::codec::GetUrl, output = crate::compact::Answer)]
pub async fn look_up_invitation() -> Result<LinkView, AppError> {
    use backend::{accepting::InvitationLink, show};

    use crate::server::{self, Link};

    let token = Link::Invitation.token()?;
    let state = match server::backend()?.look_up_invitation(&token).await? {
        InvitationLink::Open(view) => LinkState::Open(Offer {
            email: view.email.to_string(),
            role: view.role,
            organization: view.organization.map(|name| name.to_string()),
            inviter: view.inviter.map(|name| name.to_string()),
            expires: show::exact(view.expires),
        }),
        InvitationLink::Expired(_) => LinkState::Expired,
        InvitationLink::Accepted => LinkState::Accepted,
        InvitationLink::AddressTaken => LinkState::AddressTaken,
        InvitationLink::Unknown => LinkState::Unknown,
    };
    Ok(LinkView {
        token,
        state,
        signed_in: server::signed_in_as().await?,
    })
}

/// Makes the account and signs in. Where the link has died meanwhile, its page is loaded anew and says so.
#[server(endpoint = "invitation/accept", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn accept_invitation(
    #[server(default)] token: String,
    #[server(default)] name: String,
    #[server(default)] password: String,
) -> Result<Done, AppError> {
    use backend::accepting::Acceptance;

    use crate::{
        paths,
        server::{self, Link},
    };

    let accepted = server::backend()?
        .accept_invitation(&token, &name, &password, &server::request())
        .await?;
    match accepted {
        Acceptance::Accepted(secret) => {
            server::begin_session(&secret).await?;
            Link::Invitation.forget()?;
            Ok(Done::reload(paths::HOME, "Welcome. Your account is ready."))
        }
        Acceptance::Refused(_) => {
            Link::Invitation.keep(&token)?;
            Ok(Done::reload(paths::ACCEPT_INVITATION, ""))
        }
    }
}

/// Asks for a new link in place of an expired one. The answer is the same for every link.
#[server(endpoint = "invitation/renew", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn ask_for_renewal(#[server(default)] token: String) -> Result<Done, AppError> {
    use crate::server;

    server::backend()?.ask_for_renewal(&token, &server::request()).await?;
    Ok(Done::default())
}
