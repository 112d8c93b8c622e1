//! Tests of the suite as tests.
