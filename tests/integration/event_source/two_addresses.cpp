// The resolver's answer for the name `two.test`: 127.0.0.2, and behind it 127.0.0.1. This stands before the C library's
// function of that name, which is asked for everything else.

#include <string_view>

#include <dlfcn.h>
#include <netdb.h>

extern "C" int getaddrinfo(char const* name, char const* service, addrinfo const* hints, addrinfo** result)
{
    static auto* const real = reinterpret_cast<decltype(&::getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    if (name == nullptr || std::string_view{name} != "two.test") {
        return real(name, service, hints, result);
    }
    int error = real("127.0.0.2", service, hints, result);
    if (error == 0) {
        auto* last = *result;
        while (last->ai_next != nullptr) {
            last = last->ai_next;
        }
        error = real("127.0.0.1", service, hints, &last->ai_next);
    }
    return error;
}
