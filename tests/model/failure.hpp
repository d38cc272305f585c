#pragma once

#include <stdexcept>

namespace sluice::model {

/// The hub did what the reference says it must not.
class failure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

} // namespace sluice::model
