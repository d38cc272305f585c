// Memory that the system does not give: what needs it is refused, and the server goes on.
#include "checks.hpp"
#include <support/event_stream.hpp>

#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

using namespace sluice::test;

namespace {

/// Stands for 200 where that is no stream that was let in.
constexpr int busy_status = 0;

/// While it lives the process gets hardly any more memory from the system than it has.
class memory_limit {
public:
    explicit memory_limit(const server_process& of) : process_(of.pid())
    {
        set(RLIMIT_AS, address_bytes(process_) + slack);
    }
    ~memory_limit() { set(RLIMIT_AS, RLIM_INFINITY); }
    memory_limit(const memory_limit&) = delete;
    memory_limit& operator=(const memory_limit&) = delete;

private:
    static constexpr rlim_t slack = rlim_t{1} << 20U;

    void set(__rlimit_resource resource, rlim_t most) const
    {
        const rlimit limit{.rlim_cur = most, .rlim_max = RLIM_INFINITY};
        REQUIRE(::prlimit(process_, resource, &limit, nullptr) == 0);
    }

    /// All that the process has mapped, in bytes (proc(5)).
    static rlim_t address_bytes(pid_t process)
    {
        std::ifstream file(fmt::format("/proc/{}/statm", process));
        rlim_t pages = 0;
        file >> pages;
        REQUIRE(pages != 0);
        return pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
    }

    pid_t process_;
};

http_response publish_bytes(const server_process& server, std::size_t size)
{
    return post(server.port(), "/publish", "application/x-www-form-urlencoded", "data=" + std::string(size, 'x'));
}

/// Asks until the answer is another than 200, which must come before memory for so many requests is used up. A
/// connection for which there is no memory at all is closed without an answer, and counts as none.
template <class Ask>
http_response first_refusal(const Ask& ask)
{
    constexpr int most = 20'000;
    for (int i = 0; i < most; ++i) {
        try {
            if (auto answer = ask(); answer.status != 200) {
                return answer;
            }
        } catch (const test_failure& failure) {
            if (std::string_view{failure.what()}.find("deadline") != std::string_view::npos) {
                throw;
            }
        }
    }
    fail("a refusal", fmt::format("none within {} requests", most));
}

/// What makes a stream take more memory than its request.
std::vector<std::string> many_types()
{
    std::vector<std::string> types;
    for (int i = 0; i < 400; ++i) {
        types.push_back(fmt::format("type-{}", i));
    }
    return types;
}

/// Opens streams, which stay open, until one is refused.
http_response first_refused_stream(const server_process& server, const std::string& accept,
                                   std::vector<std::unique_ptr<http_connection>>& open)
{
    return first_refusal([&] {
        open.push_back(std::make_unique<http_connection>(server.port()));
        auto& connection = *open.back();
        connection.send(stream_options{.types = many_types(), .accept = accept}.to_request());
        auto answer = connection.read_head();
        if (!answer.headers.has("X-SSE-Session-ID")) {
            while (!connection.body().complete()) {
                (void)connection.read_body(answer.body, {});
            }
            answer.status = answer.status == 200 ? busy_status : answer.status;
        }
        return answer;
    });
}

} // namespace

TEST_SUITE("contract/short memory")
{
    TEST_CASE("short memory · what needs much is refused, what needs little served, and all when there is memory")
    {
        server_process server({"--threads", "1", "--log-bytes", "64KiB"});
        event_stream before(server.port());
        before.connected();
        {
            const memory_limit limit(server);
            const auto refused = first_refusal([&] { return publish_bytes(server, 6'000'000); });
            check_problem(refused, 503, "memory");
            CHECK(refused.headers.has("Retry-After"));
            before.barrier();
            std::vector<std::unique_ptr<http_connection>> open;
            const auto refused_stream = first_refused_stream(server, "*/*", open);
            check_problem(refused_stream, 503, "memory");
            CHECK(refused_stream.headers.has("Retry-After"));
            const auto ended_stream = first_refused_stream(server, "text/event-stream", open);
            CHECK(ended_stream.status == busy_status);
            CHECK(ended_stream.body.find("event: server-busy\n") != std::string::npos);
            CHECK(ended_stream.body.find(R"("reason":"memory")") != std::string::npos);
        }
        event_stream after(server.port());
        after.barrier();
        CHECK(publish_bytes(server, 900'000).status == 200);
        server.wait_for_log("memory is short: what needed it was given up");
    }
}
