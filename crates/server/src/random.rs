//! The system's random generator: the one place that asks it.

use gatehouse_core::random::Random;

/// aws-lc's generator, seeded by the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system's generator")]
    fn fill(&self, bytes: &mut [u8]) {
        // A process without random bytes must not go on: every key and token hangs on them.
        aws_lc_rs::rand::fill(bytes).expect("the operating system gives random bytes");
    }
}
