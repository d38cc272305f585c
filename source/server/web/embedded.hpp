#pragma once

#include <string_view>

/// The page, put together from the sources beside this file when the server is built.
namespace sluice::server::web {

/// The whole HTML document, with its style and script.
extern std::string_view const document;
/// What a `Content-Security-Policy` knows them by: `sha256-` and the hash in base64.
extern std::string_view const style_hash;
extern std::string_view const script_hash;

} // namespace sluice::server::web
