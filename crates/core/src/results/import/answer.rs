//! Answers: the member must be the one of the task's type.

use super::fields::{LONG, Object, SHORT};
use crate::results::answer::{
    Answer, Blank, Choice, Figma, FigmaScreen, Image, Matrix, MatrixRow, MultipleChoice, Nps, Point, RankOrder,
    RankedItem, RatingScale, Url, Written,
};
use crate::results::task::TaskType;

/// Widest picture in pixels, highest count of pages, clicks, ranks.
const MAX_COUNT: i64 = 1_000_000;
/// Longest stay on a screen: a day.
const MAX_MS: i64 = 86_400_000;

pub(super) fn read(kind: TaskType, mut object: Object<'_>) -> Option<Answer> {
    let member = match kind.answer_member() {
        Some(member) => object.object(member),
        None => None,
    };
    // The other members may be there as null, as the API writes them.
    for other in TaskType::ALL.iter().filter(|other| **other != kind).filter_map(|other| other.answer_member()) {
        if object.object_opt(other).is_some() {
            object.fault(other, format!("does not belong to a task of type {kind}"));
        }
    }
    object.end();
    if kind == TaskType::Unrecognized {
        return Some(Answer::default());
    }
    fill(kind, member?)
}

fn fill(kind: TaskType, member: Object<'_>) -> Option<Answer> {
    let mut answer = Answer::default();
    match kind {
        TaskType::Blank => answer.blank = Some(blank(member)),
        TaskType::RatingScale => answer.rating_scale = Some(rating_scale(member)?),
        TaskType::MultipleChoice => answer.multiple_choice = Some(multiple_choice(member)),
        TaskType::Image => answer.image = Some(image(member)?),
        TaskType::Nps => answer.nps = Some(nps(member)?),
        TaskType::Url => answer.url = Some(url(member)?),
        TaskType::RankOrder => answer.rank_order = Some(rank_order(member)),
        TaskType::Written => answer.written = Some(written(member)?),
        TaskType::Figma => answer.figma = Some(figma(member)?),
        TaskType::Matrix => answer.matrix = Some(matrix(member)),
        TaskType::Unrecognized => {}
    }
    Some(answer)
}

fn blank(object: Object<'_>) -> Blank {
    object.end();
    Blank {}
}

fn rating_scale(mut object: Object<'_>) -> Option<RatingScale> {
    let min = object.integer("min", -1_000..=1_000);
    let max = object.integer("max", -1_000..=1_000);
    let value = object.integer("value", -1_000..=1_000);
    if let (Some(min), Some(max), Some(value)) = (min, max, value)
        && !(min..=max).contains(&value)
    {
        object.fault("value", format!("must be between {min} and {max}"));
    }
    let min_label = object.text_opt("minLabel", SHORT);
    let max_label = object.text_opt("maxLabel", SHORT);
    object.end();
    Some(RatingScale { value: value?, min: min?, max: max?, min_label, max_label })
}

fn multiple_choice(mut object: Object<'_>) -> MultipleChoice {
    let options = object.objects("options", choice);
    let other_text = object.text_opt("otherText", LONG);
    object.end();
    MultipleChoice { options, other_text }
}

fn choice(mut object: Object<'_>) -> Option<Choice> {
    let uuid = object.uuid("uuid");
    let label = object.text("label", LONG);
    object.end();
    Some(Choice { uuid: uuid?, label: label? })
}

fn image(mut object: Object<'_>) -> Option<Image> {
    let width_px = object.count("widthPx", MAX_COUNT);
    let height_px = object.count("heightPx", MAX_COUNT);
    let clicks = object.objects("clicks", |object| point(object, width_px?, height_px?));
    object.end();
    Some(Image { width_px: width_px?, height_px: height_px?, clicks })
}

fn point(mut object: Object<'_>, width: u32, height: u32) -> Option<Point> {
    let x = object.count("x", width.into());
    let y = object.count("y", height.into());
    object.end();
    Some(Point { x: x?, y: y? })
}

fn nps(mut object: Object<'_>) -> Option<Nps> {
    let score = object.count("score", 10);
    object.end();
    Some(Nps { score: score? })
}

fn url(mut object: Object<'_>) -> Option<Url> {
    let success = object.flag_opt("success");
    let final_url = object.text_opt("finalUrl", LONG);
    let page_count = object.count("pageCount", MAX_COUNT);
    object.end();
    Some(Url { success, final_url, page_count: page_count? })
}

fn rank_order(mut object: Object<'_>) -> RankOrder {
    let items: Vec<RankedItem> = object.objects("items", ranked_item);
    if items.iter().zip(1_u32..).any(|(item, rank)| item.rank != rank) {
        object.fault("items", "must be ranked 1, 2, 3, … in this order");
    }
    object.end();
    RankOrder { items }
}

fn ranked_item(mut object: Object<'_>) -> Option<RankedItem> {
    let uuid = object.uuid("uuid");
    let label = object.text("label", LONG);
    let rank = object.count("rank", MAX_COUNT);
    object.end();
    Some(RankedItem { uuid: uuid?, label: label?, rank: rank? })
}

fn written(mut object: Object<'_>) -> Option<Written> {
    let text = object.text_opt("text", LONG);
    if text.is_none() {
        object.fault("text", "is missing");
    }
    object.end();
    Some(Written { text: text? })
}

fn figma(mut object: Object<'_>) -> Option<Figma> {
    let success = object.flag_opt("success");
    let misclicks = object.count("misclicks", MAX_COUNT);
    let screens = object.objects("screens", figma_screen);
    object.end();
    Some(Figma { success, misclicks: misclicks?, screens })
}

fn figma_screen(mut object: Object<'_>) -> Option<FigmaScreen> {
    let node_id = object.text("nodeId", SHORT);
    let name = object.text_opt("name", SHORT);
    let duration_ms = object.count("durationMs", MAX_MS);
    object.end();
    Some(FigmaScreen { node_id: node_id?, name, duration_ms: duration_ms? })
}

fn matrix(mut object: Object<'_>) -> Matrix {
    let rows = object.objects("rows", matrix_row);
    object.end();
    Matrix { rows }
}

fn matrix_row(mut object: Object<'_>) -> Option<MatrixRow> {
    let uuid = object.uuid("uuid");
    let label = object.text("label", LONG);
    let columns = object.objects("columns", choice);
    object.end();
    Some(MatrixRow { uuid: uuid?, label: label?, columns })
}
