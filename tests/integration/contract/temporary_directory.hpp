#pragma once

#include <support/failure.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace sluice::test {

/// A new directory with a short path, removed with all that is in it.
class temporary_directory {
public:
    temporary_directory() : path_((std::filesystem::temp_directory_path() / "sluice-XXXXXX").string())
    {
        if (::mkdtemp(path_.data()) == nullptr) {
            fail("a temporary directory", path_);
        }
    }
    ~temporary_directory()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;

    [[nodiscard]] std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
    /// Writes a file and returns its path.
    [[nodiscard]] std::string write(std::string_view name, std::string_view content) const
    {
        std::ofstream(file(name)) << content;
        return file(name);
    }

private:
    std::string path_;
};

} // namespace sluice::test
