//! The first page of a new installation: the one-time link from the server's log makes the first Admin.

mod api;

pub use api::{CheckSetupLink, SetUp};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    form::{Act, Form},
    reading::{read, show},
    ui::{Button, ButtonKind, PasswordField, PlainShell, TextField},
};

#[component]
pub fn SetupPage() -> impl IntoView {
    let link = read(|| CheckSetupLink {});
    view! {
        <PlainShell>
            {show(link, |token| view! { <SetupForm token /> }.into_any())}
        </PlainShell>
    }
}

#[component]
fn SetupForm(token: String) -> impl IntoView {
    view! {
        <Title text="Set up Usher" />
        <h1>"Set up Usher"</h1>
        <p>"Make the first Admin of this installation. This link works once."</p>
        <Form act={Act::of::<SetUp>()} refused="Usher is not set up">
            <input type="hidden" name="token" value=token />
            <TextField name="name" label="Name" required=true autocomplete="name" autofocus=true />
            <TextField name="email" label="Email" kind="email" required=true autocomplete="username" />
            <PasswordField
                name="password"
                label="Password"
                required=true
                autocomplete="new-password"
                hint="At least 12 characters; several unrelated words are good."
            />
            <Button kind=ButtonKind::Primary>"Create Admin"</Button>
        </Form>
    }
}
