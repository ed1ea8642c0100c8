use leptos::prelude::*;
use leptos_meta::Title;

use super::api::{ChangeName, OwnSessions};
use crate::{
    form::{Act, Form},
    paths,
    reading::{follow, show},
    session::{Sessions, SignedInView, use_session},
    ui::{
        Button, ButtonKind, Card, Icon, IconName, KeyValue, KeyValues, LinkButton, PageHeader, TextField, ThemeSwitch,
    },
};

#[component]
pub fn AccountPage() -> impl IntoView {
    let sessions = follow(|| OwnSessions {});
    view! {
        <Title text="Account" />
        <PageHeader title="Account" />
        <Profile />
        <Card title="Password">
            <div>
                <LinkButton href=paths::ACCOUNT_PASSWORD>"Change password"</LinkButton>
            </div>
        </Card>
        <Card title="Second factor">
            <p>"A code of your authenticator at each sign-in, so that a stolen password opens nothing."</p>
            <div>
                <LinkButton href=paths::SECOND_FACTOR>"Second factor"</LinkButton>
            </div>
        </Card>
        <Card title="Sessions">
            {show(sessions, |sessions| view! { <OwnSessions sessions /> }.into_any())}
        </Card>
        <Card title="Your data">
            <p>"What this installation keeps about you, as a file that programs can read."</p>
            <div>
                <a class="c-button c-button--secondary" href=paths::ACCOUNT_DATA download rel="external">
                    <Icon name=IconName::Download />
                    "Download your data"
                </a>
            </div>
        </Card>
        <Card title="Appearance">
            <p>"The theme is kept in this browser."</p>
            <ThemeSwitch />
        </Card>
    }
}

#[component]
fn Profile() -> impl IntoView {
    let session = use_session();
    let organization = session
        .organization
        .map_or_else(|| "None (Global Administrator)".to_owned(), |(_, name)| name);
    view! {
        <Card title="Profile">
            <KeyValues>
                <KeyValue label="Email">{session.email}</KeyValue>
                <KeyValue label="Role">{session.role.label()}</KeyValue>
                <KeyValue label="Organization">{organization}</KeyValue>
            </KeyValues>
            <Form act={Act::of::<ChangeName>()} address=paths::ACCOUNT>
                <TextField name="name" label="Name" value=session.name required=true autocomplete="name" />
                <div>
                    <Button kind=ButtonKind::Primary>"Save"</Button>
                </div>
            </Form>
        </Card>
    }
}

#[component]
fn OwnSessions(sessions: Vec<SignedInView>) -> impl IntoView {
    let has_others = sessions.len() > 1;
    let others = has_others.then(|| {
        view! {
            <div>
                <LinkButton href=paths::ACCOUNT_SESSIONS>"Sign out everywhere else"</LinkButton>
            </div>
        }
    });
    view! {
        <Sessions sessions end=|id: &str| paths::detail(paths::ACCOUNT_SESSIONS, id) />
        {others}
    }
    .into_any()
}
