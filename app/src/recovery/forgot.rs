use leptos::prelude::*;
use leptos_meta::Title;

use super::api::ForgotPassword;
use crate::{
    form::{Act, Form, FormOutcome},
    paths,
    ui::{Alert, Button, ButtonKind, PlainShell, TextField, Tone},
};

#[component]
pub fn ForgotPasswordPage() -> impl IntoView {
    view! {
        <Title text="Forgot password" />
        <PlainShell>
            <h1>"Forgot your password?"</h1>
            <Form act={Act::of::<ForgotPassword>()} refused="Nothing was sent">
                <Question />
                <p>
                    <a href=paths::SIGN_IN>"Back to sign in"</a>
                </p>
            </Form>
        </PlainShell>
    }
}

/// The field, and after the answer what it was: the same for everybody.
#[component]
fn Question() -> impl IntoView {
    let outcome = expect_context::<FormOutcome>().outcome;
    let asked = Memo::new(move |_| outcome.with(|outcome| matches!(outcome, Some(Ok(_)))));
    move || {
        if asked.get() {
            view! {
                <Alert tone=Tone::Success title="Look into your mailbox">
                    <p>
                        "If there is an account with this address, a link to set a new password is on its way. It is good \
                        for 10 minutes. If you have been invited and not accepted yet, your invitation comes again."
                    </p>
                    <p>"Nothing comes? Check the spam folder and the spelling, then ask again."</p>
                </Alert>
            }
            .into_any()
        } else {
            view! {
                <p>"Enter the e-mail address that you sign in with. We send you a link to set a new password."</p>
                <TextField name="email" label="Email" kind="email" required=true autocomplete="username" autofocus=true />
                <Button kind=ButtonKind::Primary>"Send link"</Button>
            }
            .into_any()
        }
    }
}
