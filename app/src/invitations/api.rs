//! The server functions of invitations and what they send.

use domain::{invitation::InvitationStatus, role::Role, time::Moment};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    AppError,
    form::Done,
    list::{Listed, Shown},
    organizations::OrganizationChoices,
};

/// A row of the list, and the detail page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationView {
    pub id: String,
    pub email: String,
    pub role: Role,
    /// Id and name; None for somebody who is to be a Global Administrator.
    pub organization: Option<(String, String)>,
    /// None when the inviter is gone.
    pub invited_by: Option<String>,
    pub status: InvitationStatus,
    pub sent: Shown,
    pub expires: Shown,
    /// How long a new link is valid: "7 days".
    pub lifetime: String,
    pub accepted: Option<Shown>,
    /// None where no mail brings the link.
    pub delivery: Option<Delivery>,
    /// Why none does, on the invitation's own page.
    pub unmailed: Option<String>,
    pub version: i64,
}

impl InvitationView {
    /// Whether it may still be sent again.
    pub fn is_open(&self) -> bool {
        self.status != InvitationStatus::Accepted
    }
}

/// The fate of the mail that brings the link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// "Queued", "Sent" and so on.
    pub label: String,
    pub has_failed: bool,
    /// What the mail server said last; empty when nothing was tried yet.
    pub answer: String,
}

/// The fields of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InvitationForm {
    pub email: String,
    /// A role's key.
    pub role: String,
    /// An organization's id, or empty for none.
    pub organization: String,
    pub expires_in_seconds: String,
}

/// What the form needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationOffer {
    pub choices: OrganizationChoices,
    /// The server's time, from which an expiry is told: browsers' clocks differ.
    pub now: Moment,
}

#[cfg(feature = "ssr")]
mod convert {
    use backend::{
        invitations::{ListedInvitation, MailState, delivery},
        inviting::InvitationInput,
    };
    use domain::time::Moment;

    use super::{Delivery, InvitationForm, InvitationView};
    use crate::server::shown;

    impl From<InvitationForm> for InvitationInput {
        fn from(form: InvitationForm) -> Self {
            Self {
                email: form.email,
                role: form.role,
                organization: form.organization,
                expires_in_seconds: form.expires_in_seconds,
            }
        }
    }

    impl InvitationView {
        pub fn new(row: ListedInvitation, now: Moment) -> Self {
            let invitation = row.invitation;
            let organization = invitation.organization.zip(row.organization_name);
            Self {
                status: invitation.status(now),
                id: invitation.id.to_string(),
                email: invitation.email.to_string(),
                role: invitation.role,
                organization: organization.map(|(id, name)| (id.to_string(), name.to_string())),
                invited_by: row.inviter_name.map(|name| name.to_string()),
                sent: shown(invitation.sent, now),
                expires: shown(invitation.expires, now),
                lifetime: backend::show::duration(row.lifetime_seconds),
                accepted: invitation.accepted.map(|moment| shown(moment, now)),
                delivery: row.mail.map(|(state, answer)| Delivery {
                    label: delivery(state).to_owned(),
                    has_failed: state == MailState::Failed,
                    answer,
                }),
                unmailed: None,
                version: invitation.version,
            }
        }

        /// Why no mail brings the link, and what is to be done.
        pub fn unmailed(&self, has_link: bool, sends_mail: bool) -> &'static str {
            if has_link {
                "The latest link was not mailed: somebody copied it to hand it over."
            } else if !self.is_open() {
                "This invitation was imported: its link was not made here."
            } else if sends_mail {
                "This invitation was imported and has no link yet. Resend it to mail one, or copy one to hand it over."
            } else {
                "This invitation was imported and has no link yet. Copy one to hand it over."
            }
        }
    }
}

/// A page of the list, asked by the address's query.
#[server(endpoint = "invitations/list", input = server_fn::codec::GetUrl, output = crate::compact::Answer)]
pub async fn list_invitations(query: String) -> Result<Listed<InvitationView>, AppError> {
    use crate::server;

    let management = server::access().await?.management()?;
    let query = server::read_query(&query);
    let page = management.list_invitations(&query).await?;
    let now = server::backend()?.clock().now();
    Ok(server::listed(
        &query,
        page,
        |row, sort| row.place_in(sort),
        |row| InvitationView::new(row, now),
    ))
}

/// One invitation in the caller's scope.
#[server(endpoint = "invitations/get", input = server_fn::codec::GetUrl, output = crate::compact::Answer)]
pub async fn get_invitation(id: String) -> Result<InvitationView, AppError> {
    use crate::server;

    let management = server::access().await?.management()?;
    let (id, backend) = (server::parse_id(&id)?, server::backend()?);
    let found = management.invitation(id).await?;
    let mut view = InvitationView::new(found, backend.clock().now());
    if view.delivery.is_none() {
        let sends_mail = backend.settings().mail.has_server();
        view.unmailed = Some(view.unmailed(management.has_link(id).await?, sends_mail).to_owned());
    }
    Ok(view)
}

/// What a new invitation can choose from.
#[server(endpoint = "invitations/offer", input = server_fn::codec::GetUrl, output = crate::compact::Answer)]
pub async fn offer_invitation(#[server(default)] chosen: String) -> Result<InvitationOffer, AppError> {
    use crate::{organizations::offer_organizations, server};

    let choices = offer_organizations(chosen).await?;
    let now = server::backend()?.clock().now();
    Ok(InvitationOffer { choices, now })
}

/// Invites. Without a mail server the link is shown, once.
#[server(endpoint = "invitations/send", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn send_invitation(#[server(flatten)] form: InvitationForm) -> Result<Done, AppError> {
    use crate::{organizations::understood, paths, server};

    let email = form.email.trim().to_owned();
    let management = server::access().await?.management()?;
    let mut form = form;
    form.organization = understood(&management, form.organization).await?;
    let sent = management.send_invitation(&form.into()).await?;
    Ok(match sent.link {
        Some(link) => Done::reveal(link, format!("{email} is invited.")),
        None => Done::back_to(paths::INVITATIONS, format!("The invitation to {email} is on its way."))
            .with_link("Open", paths::detail(paths::INVITATIONS, &sent.id.to_string())),
    })
}

/// Mails a new link. Without a mail server it is shown, once.
#[server(endpoint = "invitations/resend", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn resend_invitation(id: String, #[server(default)] version: String) -> Result<Done, AppError> {
    use crate::{paths, server};

    let management = server::access().await?.management()?;
    let version = server::parse_version(&version)?;
    let sent = management.resend_invitation(server::parse_id(&id)?, version).await?;
    Ok(match sent.link {
        Some(link) => Done::reveal(link, "There is a new link."),
        None => Done::back_to_either(paths::INVITATIONS, &id, "The invitation is on its way again."),
    })
}

/// The same from the invitation's own page, after a mail has failed.
#[server(endpoint = "invitations/retry", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn retry_invitation(id: String, #[server(default)] version: String) -> Result<Done, AppError> {
    use crate::paths;

    let done = resend_invitation(id.clone(), version).await?;
    Ok(match done.reveal {
        Some(_) => done,
        None => Done::on_to(paths::detail(paths::INVITATIONS, &id), done.message),
    })
}

/// Makes a new link and shows it, once.
#[server(endpoint = "invitations/link", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn copy_invitation_link(id: String, #[server(default)] version: String) -> Result<Done, AppError> {
    use crate::server;

    let management = server::access().await?.management()?;
    let (id, version) = (server::parse_id(&id)?, server::parse_version(&version)?);
    let link = management.copy_invitation_link(id, version).await?;
    Ok(Done::reveal(link, "There is a new link."))
}

#[server(endpoint = "invitations/delete", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn delete_invitation(id: String, #[server(default)] version: String) -> Result<Done, AppError> {
    use crate::{paths, server};

    let management = server::access().await?.management()?;
    let (id, version) = (server::parse_id(&id)?, server::parse_version(&version)?);
    management.delete_invitation(id, version).await?;
    Ok(Done::back_to(paths::INVITATIONS, "The invitation was deleted."))
}
