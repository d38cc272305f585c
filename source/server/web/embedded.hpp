#pragma once

#include <string_view>

/// The page, assembled from the sources beside this file when the server is built.
namespace sluice::server::web {

/// The whole HTML document, with its style and script.
extern std::string_view const document;
/// The names of script and style in a `Content-Security-Policy`: `sha256-` and the hash in base64.
extern std::string_view const style_hash;
extern std::string_view const script_hash;

} // namespace sluice::server::web
