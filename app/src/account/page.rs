use leptos::prelude::*;
use leptos_meta::Title;

use super::api::{ChangeName, EndSessions, own_sessions};
use crate::{
    form::{Form, use_saves},
    layout::fail_or,
    paths,
    session::{Sessions, SignedInView, use_session},
    ui::{Actions, Button, ButtonKind, Card, KeyValue, KeyValues, LinkButton, PageHeader, TextField, ThemeSwitch},
};

#[component]
pub fn AccountPage() -> impl IntoView {
    let saves = use_saves();
    let sessions = Resource::new_blocking(move || saves.0.get(), |_| own_sessions());
    view! {
        <Title text="Account" />
        <PageHeader title="Account" />
        <Profile />
        <Card title="Password">
            <LinkButton href=paths::ACCOUNT_PASSWORD>"Change password"</LinkButton>
        </Card>
        <Card title="Sessions">
            <Transition>
                {move || Suspend::new(async move {
                    fail_or(sessions.await, |sessions| view! { <OwnSessions sessions /> }.into_any())
                })}
            </Transition>
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
    let action = ServerAction::<ChangeName>::new();
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
            <Form action address=paths::ACCOUNT>
                <TextField name="name" label="Name" value=session.name required=true maxlength=100 autocomplete="name" />
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
    let action = ServerAction::<EndSessions>::new();
    let act = |session: SignedInView| {
        let end = (!session.is_current).then(|| view! { <EndOne session=session.id /> });
        view! { <Actions>{end}</Actions> }.into_any()
    };
    let others = has_others.then(|| {
        view! {
            <Form action address=paths::ACCOUNT_SESSIONS refused="Nothing was changed">
                <input type="hidden" name="session" value="" />
                <div>
                    <Button>"Sign out everywhere else"</Button>
                </div>
            </Form>
        }
    });
    view! {
        <Sessions sessions act=Callback::new(move |(session,)| act(session)) />
        {others}
    }
    .into_any()
}

#[component]
fn EndOne(session: String) -> impl IntoView {
    let action = ServerAction::<EndSessions>::new();
    let address = paths::detail(paths::ACCOUNT_SESSIONS, &session);
    view! {
        <Form action address refused="Nothing was changed">
            <input type="hidden" name="session" value=session />
            <Button kind=ButtonKind::Quiet small=true>
                "Sign out"
            </Button>
        </Form>
    }
}
