use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    api::{AcceptInvitation, LinkState, LinkView, LookUpInvitation, Offer},
    renewal::RenewalForm,
};
use crate::{
    form::{Act, Form},
    paths,
    reading::{read, show},
    session::SignOut,
    ui::{Alert, Button, ButtonKind, FixedField, LinkButton, PasswordField, PlainShell, TextField, Tone},
};

/// Where an invitation's link leads.
#[component]
pub fn AcceptPage() -> impl IntoView {
    let link = read(|| LookUpInvitation {});
    view! {
        <PlainShell>
            {show(link, |link| view! { <Link link /> }.into_any())}
        </PlainShell>
    }
}

#[component]
fn Link(link: LinkView) -> impl IntoView {
    tell_status(link.state.status());
    let token = link.token;
    match (link.state, link.signed_in) {
        (LinkState::Open(offer), Some(email)) => view! { <SomebodyElse offer email /> }.into_any(),
        (LinkState::Open(offer), None) => view! { <Acceptance offer token /> }.into_any(),
        (LinkState::Expired, _) => view! {
            <Dead text="This invitation has expired.">
                <RenewalForm token />
            </Dead>
        }
        .into_any(),
        (LinkState::Accepted, _) => view! {
            <Dead text="This invitation has already been accepted.">
                <SignIn />
            </Dead>
        }
        .into_any(),
        (LinkState::AddressTaken, _) => view! {
            <Dead text="This address already has an account.">
                <SignIn />
            </Dead>
        }
        .into_any(),
        (LinkState::Unknown, _) => view! {
            <Dead text="This invitation link is not valid. It may have been withdrawn or replaced by a newer one.">
                <p>"Open the link in the newest e-mail, or ask whoever invited you."</p>
            </Dead>
        }
        .into_any(),
    }
}

fn tell_status(status: u16) {
    #[cfg(feature = "ssr")]
    if status != 200 {
        crate::server::set_status(status);
    }
    #[cfg(not(feature = "ssr"))]
    let _ = status;
}

/// Who invites whom into what, before anything is typed.
#[component]
fn Invited(offer: Offer) -> impl IntoView {
    let title = match &offer.organization {
        Some(organization) => format!("Join {organization}"),
        None => "Become an Admin".to_owned(),
    };
    let inviter = offer.inviter.unwrap_or_else(|| "An administrator".to_owned());
    let place = match offer.organization {
        Some(organization) => view! { " into " <strong>{organization}</strong> }.into_any(),
        None => view! { " into this installation" }.into_any(),
    };
    view! {
        <Title text=title.clone() />
        <h1>{title}</h1>
        <p>
            <strong>{inviter}</strong> " invites you" {place} " with the role " <strong>{offer.role.label()}</strong>
            ". The invitation is valid until " {offer.expires} "."
        </p>
    }
    .into_any()
}

#[component]
fn Acceptance(offer: Offer, token: String) -> impl IntoView {
    let email = offer.email.clone();
    view! {
        <Invited offer />
        <Form act={Act::of::<AcceptInvitation>()} refused="You have no account yet">
            <input type="hidden" name="token" value=token />
            <FixedField label="Email" value=email />
            <TextField name="name" label="Name" required=true autocomplete="name" autofocus=true />
            <PasswordField
                name="password"
                label="Password"
                required=true
                autocomplete="new-password"
                hint="At least 12 characters; several unrelated words are good."
            />
            <Button kind=ButtonKind::Primary>"Accept invitation"</Button>
        </Form>
    }
    .into_any()
}

/// Whoever is signed in here would become somebody else without noticing.
#[component]
fn SomebodyElse(offer: Offer, email: String) -> impl IntoView {
    let invited = offer.email.clone();
    view! {
        <Invited offer />
        <Alert tone=Tone::Warning title="You are signed in">
            <p>
                "You are signed in as " <strong>{email}</strong> ". This invitation is for " <strong>{invited}</strong>
                ". Sign out to accept it."
            </p>
        </Alert>
        <Form act={Act::of::<SignOut>()} address=paths::SIGN_OUT refused="You are still signed in">
            <input type="hidden" name="next" value=paths::ACCEPT_INVITATION />
            <div class="l-row">
                <Button kind=ButtonKind::Primary>"Sign out"</Button>
                <LinkButton href=paths::HOME>"Stay signed in"</LinkButton>
            </div>
        </Form>
    }
    .into_any()
}

/// A link that is no good any more, with the next step.
#[component]
fn Dead(text: &'static str, children: Children) -> impl IntoView {
    view! {
        <Title text="Invitation" />
        <h1>"Invitation"</h1>
        <p>{text}</p>
        {children()}
    }
    .into_any()
}

#[component]
fn SignIn() -> impl IntoView {
    view! {
        <div>
            <LinkButton href=paths::SIGN_IN kind=ButtonKind::Primary>
                "Sign in"
            </LinkButton>
        </div>
    }
}
