#pragma once

/// Shows a class or function to who links the shared library, in which all else is hidden.
#define SLUICE_EXPORT __attribute__((visibility("default")))
