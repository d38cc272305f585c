# Assembles the page's sources into one document and writes it as C++, with the hashes of its style and script for the
# Content-Security-Policy:
# cmake -D "MODULES=a;b" -D VERSION=1.2.3 -D OUTPUT=embedded.cpp -P embed.cmake
# The modules share no names, and each comes after those that it imports, so imports and exports can be removed.
cmake_minimum_required(VERSION 3.25)

# The SHA-256 of the text in base64. CMake gives it as hexadecimal digits, of which three become two of base64.
function(hash_of text result)
    set(alphabet "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    string(SHA256 digits "${text}")
    string(REGEX MATCHALL "..." groups "${digits}00")
    set(base64 "")
    foreach(group IN LISTS groups)
        math(EXPR first "0x${group} >> 6")
        math(EXPR second "0x${group} & 63")
        string(SUBSTRING "${alphabet}" ${first} 1 first)
        string(SUBSTRING "${alphabet}" ${second} 1 second)
        string(APPEND base64 "${first}${second}")
    endforeach()
    # The last of 44 stands for what was appended.
    string(SUBSTRING "${base64}" 0 43 base64)
    set(${result} "sha256-${base64}=" PARENT_SCOPE)
endfunction()

set(script "\n")
foreach(name IN LISTS MODULES)
    file(READ "${CMAKE_CURRENT_LIST_DIR}/${name}.mjs" module)
    string(PREPEND module "\n")
    string(REGEX REPLACE "\nimport [^\n]*;" "" module "${module}")
    string(REPLACE "\nexport " "\n" module "${module}")
    string(APPEND script "${module}")
endforeach()
file(READ "${CMAKE_CURRENT_LIST_DIR}/style.css" style)
file(READ "${CMAKE_CURRENT_LIST_DIR}/index.html" page)
string(REPLACE "{version}" "${VERSION}" page "${page}")
hash_of("${style}" style_hash)
hash_of("${script}" script_hash)
string(REPLACE "<link rel=\"stylesheet\" href=\"style.css\">" "<style>${style}</style>" page "${page}")
string(REPLACE "<script type=\"module\" src=\"main.mjs\"></script>" "<script type=\"module\">${script}</script>" page "${page}")

# As single characters, because compilers need not accept string literals of more than 65,536.
string(LENGTH "${page}" length)
string(HEX "${page}" characters)
string(REGEX REPLACE "(..)" "'\\\\x\\1'," characters "${characters}")
file(WRITE "${OUTPUT}" "// Made by embed.cmake from the sources in source/server/web.
#include \"web/embedded.hpp\"

#include <array>

namespace sluice::server::web {

namespace {

constexpr std::array<char, ${length}> characters{${characters}};

} // namespace

std::string_view const style_hash = \"${style_hash}\";
std::string_view const script_hash = \"${script_hash}\";
std::string_view const document{characters.data(), characters.size()};

} // namespace sluice::server::web
")
