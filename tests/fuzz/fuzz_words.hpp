#pragma once

#include <span>

/// What has a meaning in a target's inputs: variations without a fuzzer are made of it. Each target has its own.
extern std::span<char const* const> const fuzz_words;
