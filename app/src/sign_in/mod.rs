//! Signing in by e-mail and password, and by a code where there is a second factor.

mod api;

pub use api::{SignIn, SignInWithCode};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    form::{Act, Form},
    list::initial,
    paths,
    ui::{Button, ButtonKind, PasswordField, PlainShell, TextField},
};

#[component]
pub fn SignInPage() -> impl IntoView {
    view! {
        <Title text="Sign in" />
        <PlainShell>
            <h1>"Sign in"</h1>
            <Form act={Act::of::<SignIn>()} refused="You are not signed in">
                <input type="hidden" name="next" value=initial("next") />
                <TextField name="email" label="Email" kind="email" required=true autocomplete="username" autofocus=true />
                <PasswordField name="password" label="Password" required=true autocomplete="current-password" />
                <Button kind=ButtonKind::Primary>"Sign in"</Button>
                <p>
                    <a href=paths::FORGOT_PASSWORD>"Forgot your password?"</a>
                </p>
            </Form>
        </PlainShell>
    }
}

/// The second step. It is the same for everybody, whether or not there was a first.
#[component]
pub fn CodePage() -> impl IntoView {
    view! {
        <Title text="Enter your code" />
        <PlainShell>
            <h1>"Enter your code"</h1>
            <Form act={Act::of::<SignInWithCode>()} refused="You are not signed in">
                <input type="hidden" name="next" value=initial("next") />
                <TextField
                    name="code"
                    label="Code"
                    required=true
                    autocomplete="one-time-code"
                    autofocus=true
                    hint="The six digits that your authenticator shows, or one of your recovery codes."
                />
                <Button kind=ButtonKind::Primary>"Sign in"</Button>
                <p>
                    <a href=paths::SIGN_IN>"Back to sign in"</a>
                </p>
            </Form>
        </PlainShell>
    }
}
