// What the application's word and the cookie decide of a claim: whose stream it is, and what of the events it may have.
#include "application.hpp"
#include "connections.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {
namespace {

using namespace test;

/// A stream that a client has opened by `Kind`.
template <class Kind = tcp_socket>
class opened {
public:
    opened(application& app, stream_request request)
        : serving_{serve(app, std::move(request))},
          head_{peer_->read_until("\r\n\r\n")},
          connected_{peer_->read_until("\n\n")}
    {
    }

    [[nodiscard]] std::string session() const { return field_of(head_, "X-SSE-Session-ID"); }
    [[nodiscard]] std::string cookie() const { return field_of(head_, "Set-Cookie"); }
    [[nodiscard]] bool resumed() const { return connected_.find("\"resumed\":true") != std::string::npos; }
    /// What comes before an event of a type that everybody in the test has.
    [[nodiscard]] std::string got_before(application& app)
    {
        REQUIRE(app.broker().broadcast({.type = "end", .data = "end"}).has_value());
        return peer_->read_until("data: end\n");
    }
    [[nodiscard]] std::string end() { return peer_->read_to_end(); }
    void drop()
    {
        boost::beast::get_lowest_layer(peer_->stream()).close();
        CHECK_FALSE(serving_.wait().has_value());
    }

private:
    application::serving serve(application& app, stream_request request)
    {
        auto [server, client] = Kind::connect(app.connection_executor(), context_);
        peer_.emplace(context_, std::move(client));
        return app.serve(std::move(server), std::move(request));
    }

    boost::asio::io_context context_;
    std::optional<peer<typename Kind::client>> peer_;
    application::serving serving_;
    std::string head_;
    std::string connected_;
};

/// The application's word is in the request: `X-User`, and `X-May` with the one type that this one may have beside
/// `end`, or `nothing`.
[[nodiscard]] expected<grant> by_user_and_may(subscribe_request const& /*wanted*/,
                                              boost::beast::http::request_header<> const& r)
{
    grant who{.subject = std::string{r["X-User"]}};
    if (auto const may = r["X-May"]; may.empty()) {
        who.may_subscribe = selection::everything();
    } else if (may != "nothing") {
        who.may_subscribe = selection::of_types({std::string{may}, "end"});
    }
    return who;
}

struct asking {
    std::string types{};
    std::string may{};
    std::string session{};
    std::string cookie{};
    std::string user = "ann";
};

[[nodiscard]] stream_request request_of(asking const& a)
{
    auto r = request_for_stream(a.session);
    r.target(a.types.empty() ? "/events" : "/events?types=" + a.types);
    r.set("X-User", a.user);
    r.set("X-May", a.may);
    if (!a.cookie.empty()) {
        r.set("Cookie", "sse-session-id=" + a.cookie);
    }
    return r;
}

void publish_all(application& app)
{
    for (auto const* type : {"public", "secret"}) {
        REQUIRE(app.broker().broadcast({.type = type, .data = std::string{"a "} + type}).has_value());
    }
}

[[nodiscard]] bool has(std::string const& body, std::string_view text) { return body.find(text) != std::string::npos; }

TEST_SUITE_BEGIN("embedding/claims");

TEST_CASE("types · a new stream gets what it asks for and may have; nothing means nothing")
{
    application app{arrangement::one_context, {.authorize = by_user_and_may}};
    opened<> allowed{app, request_of({.may = "public"})};
    opened<> widening{app, request_of({.types = "secret,public,end", .may = "public"})};
    opened<> asking_less{app, request_of({.types = "end", .may = "public"})};
    opened<> nothing{app, request_of({.types = "public,secret", .may = "nothing"})};
    opened<> all{app, request_of({})};
    publish_all(app);
    auto const got = all.got_before(app);
    CHECK(has(got, "a public"));
    CHECK(has(got, "a secret"));
    for (auto* const stream : {&allowed, &widening}) {
        auto const some = stream->got_before(app);
        CHECK(has(some, "a public"));
        CHECK_FALSE(has(some, "a secret"));
    }
    CHECK_FALSE(has(asking_less.got_before(app), "a public"));
    // Its end in good order is all that it is told.
    auto stopped = app.broker().async_disconnect(*parse_session_id(nothing.session()), boost::asio::use_future);
    CHECK(stopped.get());
    auto const told = nothing.end();
    CHECK_FALSE(has(told, "data:"));
}

TEST_CASE("grant · one of nothing gives nothing, and nothing is left of the one before")
{
    application app{arrangement::context_per_thread, {.authorize = by_user_and_may}};
    opened<> first{app, request_of({.types = "public,secret"})};
    asking again{.may = "nothing", .user = ""};
    bool resumes = true;
    SUBCASE("on a resume")
    {
        first.drop();
        again.session = first.session();
    }
    SUBCASE("on a takeover") { again.session = first.session(); }
    SUBCASE("on a claim by the cookie")
    {
        first.drop();
        again.types = "public,secret";
        again.cookie = first.session();
    }
    SUBCASE("of a new session") { resumes = false; }
    SUBCASE("of a minted session")
    {
        again.session = to_string(app.broker().async_mint(boost::asio::use_future).get());
        resumes = false;
    }
    publish_all(app);
    opened<> bare{app, request_of(again)};
    CHECK(bare.resumed() == resumes);
    auto const id = *parse_session_id(bare.session());
    publish_all(app);
    message m{.event = {.type = "secret", .data = "to it alone"}, .targets = {id}};
    CHECK_FALSE(app.broker().async_send(std::move(m), boost::asio::use_future).get().id.empty());
    CHECK(app.broker().async_find(id, boost::asio::use_future).get().subject.empty());
    CHECK(app.broker().async_disconnect(id, boost::asio::use_future).get());
    CHECK_FALSE(has(bare.end(), "data:"));
}

TEST_CASE("types · a resume has what the newest answer allows, for what is replayed too")
{
    application app{arrangement::context_per_thread, {.authorize = by_user_and_may}};
    opened<> first{app, request_of({.may = "secret"})};
    first.drop();
    publish_all(app);
    opened<> second{app, request_of({.types = "secret,public,end", .may = "public", .session = first.session()})};
    CHECK(second.resumed());
    auto const got = second.got_before(app);
    CHECK(has(got, "a public"));
    CHECK_FALSE(has(got, "a secret"));
    second.drop();
    publish_all(app);
    opened<> none{app, request_of({.may = "nothing", .session = first.session()})};
    CHECK(none.resumed());
    none.drop();
    publish_all(app);
    // An answer of everything takes nothing over from the one before, but what was asked for.
    opened<> all{app, request_of({.session = first.session()})};
    auto const everything = all.got_before(app);
    CHECK(has(everything, "a public"));
    CHECK(has(everything, "a secret"));
}

TEST_CASE("types · a stream that is taken over has what the newest answer allows")
{
    application app{arrangement::strands_of_a_pool, {.authorize = by_user_and_may}};
    opened<> first{app, request_of({})};
    opened<> taker{app, request_of({.types = "secret,end", .may = "public", .session = first.session()})};
    CHECK(taker.resumed());
    publish_all(app);
    auto const got = taker.got_before(app);
    CHECK_FALSE(has(got, "a secret"));
    CHECK_FALSE(has(got, "a public"));
}

TEST_CASE("types · an ambient claim has what the newest answer allows")
{
    application app{arrangement::one_context, {.authorize = by_user_and_may}};
    opened<> first{app, request_of({.may = "secret"})};
    CHECK(first.cookie().starts_with("sse-session-id=" + first.session() + "; Path=/; HttpOnly; SameSite=Strict"));
    first.drop();
    publish_all(app);
    opened<> second{app, request_of({.may = "public", .cookie = first.session()})};
    CHECK(second.session() == first.session());
    CHECK(second.cookie().empty());
    auto const got = second.got_before(app);
    CHECK(has(got, "a public"));
    CHECK_FALSE(has(got, "a secret"));
}

TEST_CASE("a change of user · begins a new session where the cookie alone claims the old one")
{
    broker_config config;
    config.sessions.ownership = {.user_agent = false, .address = false, .token = true};
    application app{arrangement::context_per_thread, {.authorize = by_user_and_may}, config};
    opened<> ann{app, request_of({.user = "ann"})};
    ann.drop();
    REQUIRE(app.broker().broadcast({.data = "for ann"}).has_value());
    opened<> bob{app, request_of({.cookie = ann.session(), .user = "bob"})};
    CHECK(bob.session() != ann.session());
    CHECK_FALSE(bob.resumed());
    CHECK_FALSE(has(bob.got_before(app), "for ann"));
    CHECK(app.broker().session_stats().rejected_claims == 0);
    opened<> again{app, request_of({.cookie = ann.session(), .user = "ann"})};
    CHECK(again.session() == ann.session());
    CHECK(has(again.got_before(app), "for ann"));
}

TEST_CASE("the cookie · is Secure over TLS by itself, and not otherwise")
{
    application app{arrangement::one_context};
    CHECK_FALSE(has(opened<tcp_socket>{app, request_of({})}.cookie(), "Secure"));
    CHECK_FALSE(has(opened<beast_tcp_stream>{app, request_of({})}.cookie(), "Secure"));
    CHECK(opened<asio_tls>{app, request_of({})}.cookie().ends_with("; Secure"));
    CHECK(opened<beast_tls>{app, request_of({})}.cookie().ends_with("; Secure"));
}

TEST_CASE("the cookie · of two brokers behind one origin each has its name, and none is set where there is to be none")
{
    application news{arrangement::one_context, {.cookie = {.name = "news", .path = "/news"}}};
    application chat{arrangement::one_context, {.cookie = {.name = "__Host-chat", .same_site = same_site::lax}}};
    application bare{arrangement::one_context, {.cookie = {.enabled = false}}};
    opened<> first{news, request_of({})};
    opened<> second{chat, request_of({})};
    CHECK(first.cookie() == "news=" + first.session() + "; Path=/news; HttpOnly; SameSite=Strict; Max-Age=86400");
    CHECK(second.cookie() ==
          "__Host-chat=" + second.session() + "; Path=/; HttpOnly; SameSite=Lax; Max-Age=86400; Secure");
    first.drop();
    second.drop();
    auto both = request_of({});
    both.set("Cookie", "news=" + first.session() + "; __Host-chat=" + second.session());
    CHECK(opened<>{news, both}.session() == first.session());
    CHECK(opened<>{chat, both}.session() == second.session());
    opened<> without{bare, request_of({.cookie = first.session()})};
    CHECK(without.cookie().empty());
    CHECK(without.session() != first.session());
}

TEST_SUITE_END();

} // namespace
} // namespace sluice
