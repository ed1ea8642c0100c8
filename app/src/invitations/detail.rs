use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::{
    api::{Delivery, GetInvitation, InvitationView, RetryInvitation},
    dialogs::Revealed,
    marks::{DeliveryMark, StatusBadge},
};
use crate::{
    form::{Act, Form, VersionField},
    list::{When, current_search},
    paths,
    reading::{follow, show},
    session::use_session,
    ui::{Breadcrumb, Button, ButtonKind, Card, Crumb, KeyValue, KeyValues, LinkButton, PageHeader},
};

const PATH: &str = paths::INVITATIONS;

/// One invitation, with the fate of its mail.
#[component]
pub fn InvitationPage() -> impl IntoView {
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id").unwrap_or_default());
    let found = follow(move || GetInvitation { id: id() });
    view! {
        {show(found, |invitation| view! { <Detail invitation /> }.into_any())}
    }
}

#[component]
fn Detail(invitation: InvitationView) -> impl IntoView {
    let search = current_search().get_untracked();
    let act = |verb| paths::act_from_detail(PATH, &invitation.id, verb, &search);
    let delete = act("delete");
    let open = invitation.is_open().then(|| {
        view! {
            <LinkButton href=act("resend")>"Resend"</LinkButton>
            <LinkButton href=act("link")>"Copy link"</LinkButton>
        }
    });
    let email = invitation.email.clone();
    view! {
        <Title text=email.clone() />
        <Breadcrumb crumbs=vec![Crumb::link("Invitations", paths::with_query(PATH, &search)), Crumb::here(email.clone())] />
        <PageHeader title=email>
            {open}
            <LinkButton href=delete kind=ButtonKind::Danger>
                "Delete"
            </LinkButton>
        </PageHeader>
        <Facts invitation=invitation.clone() />
        <Mail invitation />
    }
    .into_any()
}

#[component]
fn Facts(invitation: InvitationView) -> impl IntoView {
    let organization = match invitation.organization {
        Some((id, name)) => view! { <a href=paths::detail(paths::ORGANIZATIONS, &id)>{name}</a> }.into_any(),
        None => "None (Global Administrator)".into_any(),
    };
    let inviter = invitation
        .invited_by
        .unwrap_or_else(|| "Somebody whose account was deleted".to_owned());
    let accepted = invitation.accepted.map(|shown| {
        view! {
            <KeyValue label="Accepted">
                <When shown />
            </KeyValue>
        }
    });
    let audit = format!("{}?object={}", paths::AUDIT, invitation.id);
    view! {
        <Card title="Invitation">
            <KeyValues>
                <KeyValue label="Status">
                    <StatusBadge status=invitation.status />
                </KeyValue>
                <KeyValue label="Role">{invitation.role.label()}</KeyValue>
                <KeyValue label="Organization">{organization}</KeyValue>
                <KeyValue label="Invited by">{inviter}</KeyValue>
                <KeyValue label="Sent">
                    <When shown=invitation.sent />
                </KeyValue>
                <KeyValue label="Expires">
                    <When shown=invitation.expires />
                </KeyValue>
                {accepted}
                <KeyValue label="History">
                    <a href=audit>"Show audit log"</a>
                </KeyValue>
                <KeyValue label="ID">
                    <code>{invitation.id}</code>
                </KeyValue>
            </KeyValues>
        </Card>
    }
}

/// What became of the mail, and after a failure the way to try again.
#[component]
fn Mail(invitation: InvitationView) -> impl IntoView {
    let Some(delivery) = invitation.delivery.clone() else {
        return view! {
            <Card title="E-mail">
                <p>{invitation.unmailed}</p>
            </Card>
        }
        .into_any();
    };
    let advice = if use_session().sends_mail {
        "Not received? Ask the recipient to check the spam or junk folder, verify that the address is right, then resend \
         the invitation."
    } else {
        "There is no mail server, so this mail was not sent. Copy the link and hand it over yourself."
    };
    let advice = invitation.is_open().then(|| view! { <p>{advice}</p> });
    let retry = (delivery.has_failed && invitation.is_open()).then(|| {
        view! {
            <Form act={Act::of::<RetryInvitation>()} refused="Nothing was sent">
                <input type="hidden" name="id" value=invitation.id.clone() />
                <VersionField version=invitation.version />
                <Revealed>
                    <div>
                        <Button kind=ButtonKind::Primary>"Retry now"</Button>
                    </div>
                </Revealed>
            </Form>
        }
    });
    view! {
        <Card title="E-mail">
            <Fate delivery />
            {advice}
            {retry}
        </Card>
    }
    .into_any()
}

#[component]
fn Fate(delivery: Delivery) -> impl IntoView {
    let answer = if delivery.answer.is_empty() {
        "None yet".to_owned()
    } else {
        delivery.answer.clone()
    };
    view! {
        <KeyValues>
            <KeyValue label="Delivery">
                <DeliveryMark delivery />
            </KeyValue>
            <KeyValue label="Answer">{answer}</KeyValue>
        </KeyValues>
    }
}
