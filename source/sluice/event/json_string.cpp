#include <sluice/event/json_string.hpp>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

namespace sluice {

std::string json_string(std::string_view text)
{
    return boost::json::serialize(boost::json::string_view{text.data(), text.size()});
}

} // namespace sluice
