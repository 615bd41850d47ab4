#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| drive::parsers::search(bytes));
