//! What the stories of invitations have in common.

use backend::{
    accepting::{Acceptance, InvitationLink},
    access::Management,
    error::Error,
    invitations::Sent,
    inviting::InvitationInput,
};
use domain::{
    audit::Action,
    id::{InvitationId, OrganizationId},
    invitation::InvitationStatus,
    role::Role,
};
use store::{audit::Event, invitation::ListedInvitation};

use crate::house::{House, PASSWORD, request};

/// An invitation as a form sends it.
pub fn input(email: &str, role: Role, organization: Option<OrganizationId>) -> InvitationInput {
    InvitationInput {
        email: email.to_owned(),
        role: role.key().to_owned(),
        organization: organization.map(|id| id.to_string()).unwrap_or_default(),
        expires_in_seconds: String::new(),
    }
}

/// Invites a User into an organization, or an Admin without one, and returns the link's token too.
pub async fn invite(inviter: &Management, email: &str, organization: Option<OrganizationId>) -> (InvitationId, String) {
    let role = if organization.is_some() {
        Role::User
    } else {
        Role::Admin
    };
    let sent = inviter
        .send_invitation(&input(email, role, organization))
        .await
        .unwrap();
    let token = token_of(&sent);
    (sent.id, token)
}

/// The stories' house has no mail server, so each link is shown.
pub fn token_of(sent: &Sent) -> String {
    token_in(sent.link.as_deref().unwrap())
}

pub fn token_in(link: &str) -> String {
    let token = link.strip_prefix("http://usher.example/accept-invitation/");
    token.unwrap().to_owned()
}

impl House {
    pub async fn accept(&self, token: &str) -> Result<Acceptance, Error> {
        self.backend
            .accept_invitation(token, "Guest", PASSWORD, &request())
            .await
    }

    pub async fn look_up(&self, token: &str) -> InvitationLink {
        self.backend.look_up_invitation(token).await.unwrap()
    }

    /// The newest event of a kind, in an organization or anywhere, and how many of it there are.
    pub async fn noted(&self, organization: Option<OrganizationId>, action: Action) -> (usize, Option<Event>) {
        let mut events = self.events(organization).await;
        events.retain(|event| event.action == action);
        (events.len(), events.pop())
    }

    pub fn status(&self, listed: &ListedInvitation) -> InvitationStatus {
        listed.invitation.status(self.clock.now())
    }
}

/// What a link says, in a word.
pub fn word(link: &InvitationLink) -> &'static str {
    match link {
        InvitationLink::Open(_) => "open",
        InvitationLink::Expired(_) => "expired",
        InvitationLink::Accepted => "accepted",
        InvitationLink::AddressTaken => "address taken",
        InvitationLink::Unknown => "unknown",
    }
}

/// What became of accepting, in a word.
pub fn outcome(acceptance: &Result<Acceptance, Error>) -> &'static str {
    match acceptance {
        Ok(Acceptance::Accepted(_)) => "welcome",
        Ok(Acceptance::Refused(link)) => word(link),
        Err(_) => "error",
    }
}
