// Runs a fuzz target without a fuzzer: on each seed of the corpus, and on a fixed number of random variations of them,
// the same each time.
// usage: <program> <corpus directory> <variations>

#include "fuzz_words.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer names it
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace {

using seeds = std::vector<std::string>;

seeds read_corpus(std::filesystem::path const& directory)
{
    std::vector<std::filesystem::path> files;
    for (auto const& entry : std::filesystem::directory_iterator{directory}) {
        files.push_back(entry.path());
    }
    std::ranges::sort(files);
    seeds all;
    for (auto const& file : files) {
        std::ifstream in{file, std::ios::binary};
        all.emplace_back(std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{});
    }
    return all;
}

class variator {
public:
    explicit variator(seeds const& from) : seeds_{from} {}

    std::string next()
    {
        auto text = pick();
        for (std::size_t changes = below(8) + 1; changes != 0; --changes) {
            change(text);
        }
        return text;
    }

private:
    void change(std::string& text)
    {
        auto const at = below(text.size() + 1);
        switch (below(5)) {
        case 0:
            text.insert(at, fuzz_words[below(fuzz_words.size())]);
            break;
        case 1:
            text.insert(at, 1, static_cast<char>(below(256)));
            break;
        case 2:
            text.erase(at, below(8) + 1);
            break;
        case 3: {
            auto const& other = pick();
            auto const from = below(other.size() + 1);
            text.insert(at, other, from, below(64));
            break;
        }
        default:
            if (at < text.size()) {
                text[at] = static_cast<char>(below(256));
            }
        }
    }

    std::string const& pick() { return seeds_[below(seeds_.size())]; }
    // Not a distribution of the library: those differ between libraries.
    std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }

    seeds const& seeds_;
    std::mt19937_64 random_{20240601};
};

void run(std::string const& input)
{
    LLVMFuzzerTestOneInput(reinterpret_cast<std::uint8_t const*>(input.data()), input.size());
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::fputs("usage: <program> <corpus directory> <variations>\n", stderr);
        return 2;
    }
    auto const corpus = read_corpus(argv[1]);
    if (corpus.empty()) {
        std::fputs("the corpus is empty\n", stderr);
        return 1;
    }
    for (auto const& seed : corpus) {
        run(seed);
    }
    auto const variations = std::strtoul(argv[2], nullptr, 10);
    variator vary{corpus};
    for (unsigned long i = 0; i != variations; ++i) {
        run(vary.next());
    }
    std::printf("%zu seeds and %lu variations\n", corpus.size(), variations);
    return 0;
}
