//! The six sample tests.

use gatehouse_core::results::details::TaskGroupType;
use gatehouse_core::results::import::TestType;
use uuid::Uuid;

use super::plan::{Ask, Plan, TaskPlan, Ticks};
use super::{SESSION_ID, TEST_ID};

const AGREEMENT: &[&str] = &["Disagree", "Neither", "Agree"];

const fn task(text: &'static str, ask: Ask) -> TaskPlan {
    TaskPlan { text, ask }
}

/// In the order in which they are loaded.
pub(super) const ALL: [Plan; 6] = [
    Plan {
        test_id: TEST_ID,
        seed: 1,
        first_session: Some(SESSION_ID),
        title: "Checkout on the phone: from basket to order",
        kind: TestType::ThinkOutLoud,
        workspace: 0,
        sessions: 320,
        groups: &[TaskGroupType::QxScore, TaskGroupType::BalancedComparison],
        tasks: CHECKOUT,
    },
    Plan {
        test_id: Uuid::from_u128(0x7e57_0002_0000_4000_8000_0000_0000_0002),
        seed: 2,
        first_session: None,
        title: "What people expect of our delivery",
        kind: TestType::Survey,
        workspace: 0,
        sessions: 260,
        groups: &[],
        tasks: DELIVERY,
    },
    Plan {
        test_id: Uuid::from_u128(0x7e57_0003_0000_4000_8000_0000_0000_0003),
        seed: 3,
        first_session: None,
        title: "New home page, first impression",
        kind: TestType::NonThinkOutLoud,
        workspace: 0,
        sessions: 220,
        groups: &[TaskGroupType::BalancedComparison],
        tasks: HOME_PAGE,
    },
    Plan {
        test_id: Uuid::from_u128(0x7e57_0004_0000_4000_8000_0000_0000_0004),
        seed: 4,
        first_session: None,
        title: "Sending money to a friend",
        kind: TestType::NonThinkOutLoud,
        workspace: 1,
        sessions: 180,
        groups: &[TaskGroupType::QxScore],
        tasks: TRANSFER,
    },
    Plan {
        test_id: Uuid::from_u128(0x7e57_0005_0000_4000_8000_0000_0000_0005),
        seed: 5,
        first_session: None,
        title: "Opening an account: talks with new customers",
        kind: TestType::LiveConversation,
        workspace: 1,
        sessions: 140,
        groups: &[],
        tasks: ACCOUNT,
    },
    Plan {
        test_id: Uuid::from_u128(0x7e57_0006_0000_4000_8000_0000_0000_0006),
        seed: 6,
        first_session: None,
        title: "Names for the savings goals",
        kind: TestType::Survey,
        workspace: 1,
        sessions: 80,
        groups: &[],
        tasks: SAVINGS,
    },
];

const CHECKOUT: &[TaskPlan] = &[
    task("Imagine you need a rain jacket for next week. Go to the shop and look around for a minute.", Ask::Blank),
    task(
        "Put a jacket into the basket and go as far as the payment page.",
        Ask::Url("https://shop.nimbus.example/checkout/payment"),
    ),
    task("How easy or difficult was it to get to the payment page?", Ask::Rating("Very difficult", "Very easy")),
    task("Where would you click to change the delivery address?", Ask::Image(1170, 2532, (880, 640))),
    task(
        "Use the prototype to choose delivery to a parcel locker.",
        Ask::Figma(&["Basket", "Delivery", "Lockers", "Summary"]),
    ),
    task(
        "Which ways of paying do you expect to find here?",
        Ask::Choice(&["Credit card", "Invoice", "PayPal", "Apple Pay or Google Pay", "Instalments"], Ticks::Several),
    ),
    task(
        "Put these in the order in which they matter to you.",
        Ask::Rank(&["Price", "Delivery time", "Free returns", "Known brand"]),
    ),
    task(
        "How far do you agree?",
        Ask::Matrix(
            &["I knew what each step wanted from me", "I felt safe giving my data", "The costs were clear early on"],
            AGREEMENT,
        ),
    ),
    task("What, if anything, was confusing or annoying?", Ask::Written(CHECKOUT_WORDS)),
    task("How likely are you to recommend this shop to a friend or colleague?", Ask::Nps),
];

const CHECKOUT_WORDS: &[&str] = &[
    "The delivery costs only showed up on the last page. I would like to see them in the basket already.",
    "Nothing really, it was quick. The locker map took a moment to load.",
    "I was asked to make an account before I could pay. I nearly left at that point.",
    "The button for the voucher is bigger than the one for going on, so I pressed the wrong one first.",
    "I could not tell whether the jacket was in my size until the summary.",
    "Typing the address on the phone is a pain; it should find the street by itself.",
    "It was all fine. I liked that the steps are numbered.",
    "The error under the card number said \"invalid\" without saying what was wrong.",
];

const DELIVERY: &[TaskPlan] = &[
    task(
        "How often do you order clothes online?",
        Ask::Choice(&["Weekly", "Monthly", "A few times a year", "Hardly ever"], Ticks::One),
    ),
    task(
        "How long may a delivery take before you would look elsewhere?",
        Ask::Choice(&["1 day", "2–3 days", "A week", "I do not mind"], Ticks::One),
    ),
    task(
        "Put these in order, most wanted first.",
        Ask::Rank(&["A time slot", "Parcel locker", "Evening delivery", "Carbon-neutral delivery", "Same day"]),
    ),
    task(
        "How far do you agree?",
        Ask::Matrix(
            &[
                "I pay more for a faster delivery",
                "I follow my parcels on a map",
                "I want to change the address on the way",
            ],
            AGREEMENT,
        ),
    ),
    task("How content were you with your last delivery?", Ask::Rating("Not at all", "Completely")),
    task(
        "Tell us about a delivery that went wrong. What would have helped?",
        Ask::Written(&[
            "It was left in the rain. A photo of the place would have helped me find it in time.",
            "The driver rang once and left. Let me say which neighbour may take it.",
            "They said Tuesday and it came on Friday, without a word in between.",
            "Nothing has gone wrong so far, touch wood.",
            "The box was four times the size of the T-shirt. I felt bad about the waste.",
            "I had to print the return label at a copy shop. A code on the phone would do.",
        ]),
    ),
    task("How likely are you to recommend our delivery?", Ask::Nps),
];

const HOME_PAGE: &[TaskPlan] = &[
    task("Look at this page for a few seconds.", Ask::Blank),
    task("Where do you look first?", Ask::Image(1440, 900, (420, 310))),
    task(
        "What is this shop about, in your own words?",
        Ask::Written(&[
            "Outdoor clothes for people who live in a city and still get wet.",
            "Jackets and bags, I think rather expensive ones.",
            "Something with weather? It looks nice but I am not sure what they sell.",
            "Sustainable rain wear. The green badge gives it away.",
        ]),
    ),
    task("Find out how returns work.", Ask::Url("https://shop.nimbus.example/help/returns")),
    task(
        "Walk through the new menu until you find children's boots.",
        Ask::Figma(&["Home", "Menu", "Children", "Boots"]),
    ),
    task(
        "Which words fit this page?",
        Ask::Choice(&["Modern", "Crowded", "Trustworthy", "Cheap", "Warm", "Cold"], Ticks::Several),
    ),
    task("How appealing is this page?", Ask::Rating("Not appealing", "Very appealing")),
];

const TRANSFER: &[TaskPlan] = &[
    task(
        "You owe a friend 20 euros for a concert ticket. Send the money with the prototype.",
        Ask::Figma(&["Accounts", "Send", "Amount", "Confirm", "Done"]),
    ),
    task("How sure are you that the money will arrive?", Ask::Rating("Not sure", "Very sure")),
    task("Where would you look for a payment that you made last month?", Ask::Image(1170, 2532, (585, 2380))),
    task(
        "What do you call this kind of payment?",
        Ask::Choice(&["Transfer", "Send money", "Instant payment", "Pay a friend"], Ticks::One),
    ),
    task(
        "What would have made this easier?",
        Ask::Written(&[
            "Picking my friend from my contacts instead of typing that endless number.",
            "I was not sure whether the limit is per day or per payment.",
            "A fingerprint instead of the code by text message.",
            "Nothing, that was the fastest bank app I have used.",
            "Show me the fee (or that there is none) before I confirm.",
        ]),
    ),
    task("How likely are you to recommend this app?", Ask::Nps),
];

const ACCOUNT: &[TaskPlan] = &[
    task("Thank you for taking the time. Please share your screen when you are ready.", Ask::Blank),
    task("Open an account as far as you would on your own.", Ask::Url("https://www.harbour.example/open/identify")),
    task(
        "What kept you from going on?",
        Ask::Written(&[
            "The video call. I would have to tidy up first.",
            "I did not have my tax number at hand and there was no way to save and come back.",
            "I do not upload my passport to a bank I do not know yet.",
            "Nothing, I would have finished it in one go.",
        ]),
    ),
    task(
        "Which of these did you have at hand?",
        Ask::Choice(&["Passport", "Driving licence", "Tax number", "Payslip"], Ticks::Several),
    ),
    task(
        "How far do you agree?",
        Ask::Matrix(&["I understood why each question was asked", "I would trust this bank with my salary"], AGREEMENT),
    ),
    task("How likely are you to open this account?", Ask::Rating("Surely not", "Surely")),
];

const SAVINGS: &[TaskPlan] = &[
    task(
        "What are you saving for at the moment?",
        Ask::Choice(&["Holiday", "Home", "Car", "Rainy days", "Nothing"], Ticks::Several),
    ),
    task("Put the names in order, best first.", Ask::Rank(&["Pots", "Goals", "Jars", "Piggies", "Shelves"])),
    task(
        "Why is your first the best?",
        Ask::Written(&[
            "It says what it is. I do not want to learn the bank's private language.",
            "It makes me smile, and money rarely does.",
            "I can picture putting a bit into each of them.",
            "My old bank called it that.",
        ]),
    ),
    task("How childish does your last one sound?", Ask::Rating("Not at all", "Very")),
    task("How likely are you to recommend saving with us?", Ask::Nps),
];
