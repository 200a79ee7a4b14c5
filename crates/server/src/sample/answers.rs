//! Sample answers of every type.

use gatehouse_core::results::answer::{
    Answer, Blank, Choice, Figma, FigmaScreen, Image, Matrix, MatrixRow, MultipleChoice, Nps, Point, RankOrder,
    RankedItem, RatingScale, Url, Written,
};
use gatehouse_core::results::task::TaskType;
use uuid::Uuid;

use super::dice::Dice;
use super::plan::{Ask, Ticks};

/// The type of a task.
pub(super) const fn kind(ask: &Ask) -> TaskType {
    match ask {
        Ask::Blank => TaskType::Blank,
        Ask::Rating(..) => TaskType::RatingScale,
        Ask::Choice(..) => TaskType::MultipleChoice,
        Ask::Image(..) => TaskType::Image,
        Ask::Nps => TaskType::Nps,
        Ask::Url(..) => TaskType::Url,
        Ask::Rank(..) => TaskType::RankOrder,
        Ask::Written(..) => TaskType::Written,
        Ask::Figma(..) => TaskType::Figma,
        Ask::Matrix(..) => TaskType::Matrix,
    }
}

/// One participant's answer. `id` names the options of the task, by number.
pub(super) fn answer(ask: &Ask, dice: &mut Dice, id: impl Fn(u64) -> Uuid) -> Answer {
    let mut answer = Answer::default();
    match *ask {
        Ask::Blank => answer.blank = Some(Blank {}),
        Ask::Rating(low, high) => answer.rating_scale = Some(rating(dice, low, high)),
        Ask::Choice(options, ticks) => answer.multiple_choice = Some(choice(dice, options, ticks, id)),
        Ask::Image(width, height, spot) => answer.image = Some(image(dice, width, height, spot)),
        Ask::Nps => answer.nps = Some(nps(dice)),
        Ask::Url(goal) => answer.url = Some(url(dice, goal)),
        Ask::Rank(items) => answer.rank_order = Some(rank(dice, items, id)),
        Ask::Written(texts) => answer.written = Some(Written { text: dice.pick(texts).to_owned() }),
        Ask::Figma(frames) => answer.figma = Some(figma(dice, frames)),
        Ask::Matrix(rows, columns) => answer.matrix = Some(matrix(dice, rows, columns, id)),
    }
    answer
}

/// People tend to the friendly end.
fn rating(dice: &mut Dice, low: &str, high: &str) -> RatingScale {
    let value = dice.between(1, 7).max(dice.between(1, 7));
    RatingScale {
        value: i64::try_from(value).unwrap_or(7),
        min: 1,
        max: 7,
        min_label: Some(low.to_owned()),
        max_label: Some(high.to_owned()),
    }
}

fn nps(dice: &mut Dice) -> Nps {
    Nps { score: u8::try_from(dice.between(0, 10).max(dice.between(3, 10))).unwrap_or(10) }
}

fn choice(dice: &mut Dice, options: &[&str], ticks: Ticks, id: impl Fn(u64) -> Uuid) -> MultipleChoice {
    let many = match ticks {
        Ticks::One => 1,
        Ticks::Several => dice.between(1, options.len().min(3) as u64),
    };
    let mut ticked = dice.order(options.len());
    ticked.truncate(usize::try_from(many).unwrap_or(1));
    ticked.sort_unstable();
    let options = ticked.into_iter().map(|at| option(at, options[at], &id)).collect();
    let other = ticks == Ticks::Several && dice.chance(6);
    MultipleChoice { options, other_text: other.then(|| "It depends on the day.".to_owned()) }
}

fn option(at: usize, label: &str, id: &impl Fn(u64) -> Uuid) -> Choice {
    Choice { uuid: id(2_000 + at as u64), label: label.to_owned() }
}

fn image(dice: &mut Dice, width: u32, height: u32, spot: (u32, u32)) -> Image {
    let near = |dice: &mut Dice, at: u32, end: u32| {
        let at = if dice.chance(70) { u64::from(at) + dice.below(120) } else { dice.below(end.into()) };
        u32::try_from(at).unwrap_or(0).min(end)
    };
    let clicks = (0..dice.between(1, 3))
        .map(|_| Point { x: near(dice, spot.0, width), y: near(dice, spot.1, height) })
        .collect();
    Image { width_px: width, height_px: height, clicks }
}

fn url(dice: &mut Dice, goal: &str) -> Url {
    let success = dice.chance(82);
    let home = goal.find("example/").map_or(goal, |at| &goal[..at + "example/".len()]);
    let final_url = if success { goal } else { home };
    let page_count = u32::try_from(dice.between(2, 14)).unwrap_or(2);
    Url { success: Some(success), final_url: Some(final_url.to_owned()), page_count }
}

fn rank(dice: &mut Dice, items: &[&str], id: impl Fn(u64) -> Uuid) -> RankOrder {
    let order = dice.order(items.len());
    let items = (1..).zip(order).map(|(rank, at)| {
        let Choice { uuid, label } = option(at, items[at], &id);
        RankedItem { uuid, label, rank }
    });
    RankOrder { items: items.collect() }
}

fn figma(dice: &mut Dice, frames: &[&str]) -> Figma {
    let success = dice.chance(78);
    let seen = if success { frames.len() } else { frames.len() / 2 };
    let screens = (0..seen).map(|at| FigmaScreen {
        node_id: format!("{}:{}", 12 + at, 100 + 7 * at),
        name: Some(frames[at].to_owned()),
        duration_ms: dice.between(900, 25_000),
    });
    let screens = screens.collect();
    Figma { success: Some(success), misclicks: u32::try_from(dice.below(6)).unwrap_or(0), screens }
}

fn matrix(dice: &mut Dice, rows: &[&str], columns: &[&str], id: impl Fn(u64) -> Uuid) -> Matrix {
    let row = |(at, label): (u64, &&str)| {
        let column = usize::try_from(dice.below(columns.len() as u64)).unwrap_or(0);
        let columns = vec![option(column, columns[column], &id)];
        MatrixRow { uuid: id(3_000 + at), label: (*label).to_owned(), columns }
    };
    Matrix { rows: (0..).zip(rows).map(row).collect() }
}
