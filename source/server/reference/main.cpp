// Generates the files for users from the declarations of the options: the example file and the manual pages.
#include "manual.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace {

[[nodiscard]] std::string read(std::filesystem::path const& path)
{
    std::ifstream in{path};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    if (!in.is_open() || in.bad()) {
        throw std::runtime_error("cannot read " + path.string());
    }
    return text;
}

void write(std::filesystem::path const& path, std::string const& text)
{
    std::ofstream out{path};
    if (!(out << text << std::flush)) {
        throw std::runtime_error("cannot write " + path.string());
    }
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        fmt::print(stderr, "usage: sluice_reference SOURCES DIRECTORY\n");
        return 2;
    }
    try {
        std::filesystem::path const sources{argv[1]};
        std::filesystem::path const directory{argv[2]};
        std::filesystem::create_directories(directory);
        write(directory / "sluice.toml", sluice::server::example_file());
        for (std::string const page : {"sluice.1", "sluice.toml.5"}) {
            write(directory / page, sluice::server::manual_page(read(sources / (page + ".in"))));
        }
    } catch (std::exception const& e) {
        fmt::print(stderr, "sluice_reference: {}\n", e.what());
        return 1;
    }
    return 0;
}
