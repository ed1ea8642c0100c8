use leptos::prelude::*;
use leptos_meta::Title;

use super::api::{AskForRenewal, LookUpInvitation};
use crate::{
    form::{Act, Form, FormOutcome},
    paths,
    reading::{read, show},
    ui::{Alert, Button, ButtonKind, PlainShell, Tone},
};

/// Where the form posts to without script: the link's own page would say that the link has been replaced.
#[component]
pub fn RenewalPage() -> impl IntoView {
    let link = read(|| LookUpInvitation {});
    view! {
        <Title text="Invitation" />
        <PlainShell>
            <h1>"Invitation"</h1>
            {show(link, |link| view! { <RenewalForm token=link.token /> }.into_any())}
        </PlainShell>
    }
}

#[component]
pub(super) fn RenewalForm(token: String) -> impl IntoView {
    view! {
        <Form act={Act::of::<AskForRenewal>()} address=paths::RENEW_INVITATION refused="Nothing was sent">
            <input type="hidden" name="token" value=token />
            <Question />
        </Form>
    }
    .into_any()
}

/// The button, and after the answer what it was: the same for every link.
#[component]
fn Question() -> impl IntoView {
    let outcome = expect_context::<FormOutcome>().outcome;
    let asked = Memo::new(move |_| outcome.with(|outcome| matches!(outcome, Some(Ok(_)))));
    move || {
        if asked.get() {
            view! {
                <Alert tone=Tone::Success title="Look into your mailbox">
                    <p>
                        "If this invitation can be renewed, a new link is on its way to the address that was invited, and \
                        whoever invited you is told."
                    </p>
                    <p>"Nothing comes? Check the spam folder, then ask whoever invited you."</p>
                </Alert>
            }
            .into_any()
        } else {
            view! {
                <p>"A new link goes to the address that was invited, and nowhere else."</p>
                <div>
                    <Button kind=ButtonKind::Primary>"Ask for a new invitation"</Button>
                </div>
            }
            .into_any()
        }
    }
}
