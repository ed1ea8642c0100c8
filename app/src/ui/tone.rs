use super::IconName;

/// What a message or mark says about its matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Info,
    Success,
    Warning,
    Danger,
    /// Says nothing: a role, a tier.
    Neutral,
}

impl Tone {
    /// The class that sets the tone's colours for a component.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Info => "t-info",
            Self::Success => "t-success",
            Self::Warning => "t-warning",
            Self::Danger => "t-danger",
            Self::Neutral => "t-neutral",
        }
    }

    /// Colour alone says nothing to many people, so a tone has a shape too.
    pub(super) fn icon(self) -> IconName {
        match self {
            Self::Info | Self::Neutral => IconName::Info,
            Self::Success => IconName::Check,
            Self::Warning | Self::Danger => IconName::Warning,
        }
    }
}
