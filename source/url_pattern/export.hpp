#pragma once

/// Marks what a program may link: the shared library hides everything else.
#define SLUICE_URL_PATTERN_EXPORT __attribute__((visibility("default")))
