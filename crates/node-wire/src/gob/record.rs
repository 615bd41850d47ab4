//! Structs whose fields have names on the wire.

/// Fields that are not shown where a value is written to a log.
pub(crate) const SECRET: [&str; 8] = [
    "AccessKey",
    "CallbackSecret",
    "Credential",
    "KeyPlainText",
    "LockToken",
    "SecretKey",
    "SlaveKey",
    "Token",
];

/// A struct and its place on the wire: `name on the wire => field: type`, in the order of the wire.
macro_rules! record {
    ($(#[$meta:meta])* $name:ident = $wire:literal {
        $($(#[$note:meta])* $key:literal => $field:ident: $type:ty,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Default, PartialEq)]
        pub struct $name { $($(#[$note])* pub $field: $type,)* }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut shown = f.debug_struct(stringify!($name));
                $(if $crate::gob::SECRET.contains(&$key) {
                    shown.field(stringify!($field), &"…");
                } else {
                    shown.field(stringify!($field), &self.$field);
                })*
                shown.finish()
            }
        }

        impl $crate::gob::Gob for $name {
            fn shape() -> $crate::gob::Shape {
                $crate::gob::Shape::Record(
                    $wire,
                    vec![$(($key, <$type as $crate::gob::Gob>::shape()),)*],
                )
            }

            fn of(value: &$crate::gob::Value) -> Result<Self, $crate::gob::GobError> {
                let $crate::gob::Value::Record(_) = value else {
                    return Err($crate::gob::GobError::WrongKind);
                };
                Ok(Self { $($field: match value.field($key) {
                    Some(field) => <$type as $crate::gob::Gob>::of(field)?,
                    None => Default::default(),
                },)* })
            }

            fn value(&self) -> $crate::gob::Value {
                let mut fields = Vec::new();
                $(if !$crate::gob::Gob::is_zero(&self.$field) {
                    fields.push(($key.into(), $crate::gob::Gob::value(&self.$field)));
                })*
                $crate::gob::Value::Record(fields)
            }

            /// Structs are sent even if all of them is zero.
            fn is_zero(&self) -> bool {
                false
            }
        }
    };
}

pub(crate) use record;
