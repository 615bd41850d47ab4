//! How folders are shown.

use drive::tree::View;
use poem_openapi::Object;
use serde::Serialize;

/// How a folder wants to be seen.
#[derive(Clone, Debug, Default, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub struct ViewBody {
    #[oai(default)]
    pub page_size: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_direction: Option<String>,
    /// `list`, `grid` or `gallery`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gallery_width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<ColumnBody>>,
}

/// A column of the list view.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub struct ColumnBody {
    pub r#type: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub props: Option<ColumnPropsBody>,
}

/// What a column of metadata shows.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub struct ColumnPropsBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_props_id: Option<String>,
}

impl ViewBody {
    /// For answers.
    pub fn of(view: View) -> Self {
        let columns: Vec<ColumnBody> = view.columns.into_iter().map(ColumnBody::of).collect();
        Self {
            page_size: view.page_size,
            order: view.order,
            order_direction: view.order_direction,
            view: view.view,
            thumbnail: view.thumbnail,
            gallery_width: view.gallery_width,
            columns: Some(columns).filter(|columns| !columns.is_empty()),
        }
    }

    /// From requests.
    pub fn into_view(self) -> View {
        View {
            page_size: self.page_size,
            order: self.order,
            order_direction: self.order_direction,
            view: self.view,
            thumbnail: self.thumbnail,
            gallery_width: self.gallery_width,
            columns: self
                .columns
                .unwrap_or_default()
                .into_iter()
                .map(ColumnBody::into)
                .collect(),
        }
    }
}

impl ColumnBody {
    fn of(column: drive::tree::Column) -> Self {
        Self {
            r#type: column.r#type,
            width: column.width,
            props: column.props.map(|props| ColumnPropsBody {
                metadata_key: props.metadata_key,
                custom_props_id: props.custom_props_id,
            }),
        }
    }

    fn into(self) -> drive::tree::Column {
        drive::tree::Column {
            r#type: self.r#type,
            width: self.width,
            props: self.props.map(|props| drive::tree::ColumnProps {
                metadata_key: props.metadata_key,
                custom_props_id: props.custom_props_id,
            }),
        }
    }
}
