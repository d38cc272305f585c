#include "../load/token_list.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <unistd.h>

using namespace sluice::load;

namespace {

/// A file that is gone behind the test.
class text_file {
public:
    explicit text_file(std::string_view text) { std::ofstream(name_) << text; }
    text_file(const text_file&) = delete;
    text_file& operator=(const text_file&) = delete;
    ~text_file() { std::filesystem::remove(name_); }

    const std::string& name() const { return name_; }

private:
    std::string name_ = std::filesystem::temp_directory_path() / ("tokens-" + std::to_string(::getpid()));
};

} // namespace

TEST_SUITE_BEGIN("load/token_list");

TEST_CASE("tokens go round, and none is the empty text")
{
    token_list none({});
    CHECK(none.next().empty());
    const text_file file("a\n\nb\n");
    auto two = read_tokens(file.name());
    CHECK(two.next() == "a");
    CHECK(two.next() == "b");
    CHECK(two.next() == "a");
}

TEST_CASE("a file without a token is an error that names it")
{
    const text_file file("\n");
    CHECK_THROWS_WITH_AS(read_tokens(file.name()), (file.name() + ": there is no token in it").c_str(),
                         std::runtime_error);
}

TEST_SUITE_END();
