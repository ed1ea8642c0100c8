//! Signing in by e-mail and password.

mod api;

pub use api::SignIn;
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
