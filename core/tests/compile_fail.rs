//! No way round the proof compiles: each file in `compile_fail/` tries one, and its error is pinned beside it.

#[test]
fn refuses_every_way_round_the_proof() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
