// What the library says of a table of patterns and topics, for a comparison with what others say.
// usage: url_pattern_verdicts cases.json
// Writes a JSON array: for each case, in order, `{"error": …, "matches": […]}`, where `error` is null for a pattern.

#include <url_pattern/pattern.hpp>

#include <boost/json.hpp>

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

namespace json = boost::json;

namespace {

json::object verdict(json::array const& row, sluice::url_pattern::base_url const& base)
{
    auto const compiled = sluice::url_pattern::compile(row.at(0).as_string(), base);
    if (!compiled) {
        return {{"error", compiled.error()}, {"matches", json::array{}}};
    }
    json::array matches;
    for (std::size_t i = 1; i != row.size(); ++i) {
        matches.emplace_back(compiled->matches({row.at(i).as_string(), base}));
    }
    return {{"error", nullptr}, {"matches", std::move(matches)}};
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::cerr << "usage: url_pattern_verdicts cases.json\n";
        return 2;
    }
    std::ifstream in{argv[1]};
    auto const table = json::parse(std::string{std::istreambuf_iterator<char>{in}, {}});
    json::array verdicts;
    for (auto const& group : table.at("groups").as_array()) {
        auto const base = sluice::url_pattern::base_url::parse(group.at("base").as_string());
        for (auto const& row : group.at("cases").as_array()) {
            verdicts.push_back(verdict(row.as_array(), *base));
        }
    }
    std::cout << json::serialize(verdicts) << '\n';
}
