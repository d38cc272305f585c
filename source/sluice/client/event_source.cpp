#include <sluice/client/event_source.hpp>

#include <sluice/client/core.hpp>
#include <sluice/client/error.hpp>
#include <sluice/client/request.hpp>
#include <sluice/client/target.hpp>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/system/system_error.hpp>
#include <boost/url/parse.hpp>

namespace sluice {
namespace {

void require(error_code ec, char const* what)
{
    if (ec) {
        throw boost::system::system_error{ec, what};
    }
}

[[nodiscard]] boost::urls::url_view parse(std::string_view url)
{
    auto const parsed = boost::urls::parse_uri({url.data(), url.size()});
    require(parsed ? error_code{} : event_source_errc::unsupported_url, "event_source");
    return *parsed;
}

} // namespace

event_source::event_source(executor_type executor, boost::urls::url_view const& url,
                           event_source_options const& options)
{
    require(validate_url(url, options.tls != nullptr), "event_source");
    require(validate_headers(options.headers), "event_source");
    require(validate_last_event_id(options.last_event_id), "event_source");
    (void)boost::asio::local::stream_protocol::endpoint{options.unix_socket}; // throws if the path is too long
    core_ = std::make_shared<event_source_core>(std::move(executor), url, options);
}

event_source::event_source(executor_type executor, std::string_view url, event_source_options const& options)
    : event_source{std::move(executor), parse(url), options}
{
}

event_source_options const& event_source::default_options() noexcept
{
    static event_source_options const defaults;
    return defaults;
}

event_source& event_source::operator=(event_source&& other) noexcept
{
    if (this != &other) {
        if (core_) {
            core_->abandon();
        }
        core_ = std::move(other.core_);
    }
    return *this;
}

event_source::~event_source()
{
    if (core_) {
        core_->abandon();
    }
}

event_source::executor_type event_source::get_executor() const { return core_->executor(); }
bool event_source::try_receive(received_event& out) { return core_->try_receive(out); }
void event_source::close() { core_->close(); }
event_source_state event_source::state() const noexcept { return core_->state(); }
std::string const& event_source::why() const noexcept { return core_->why(); }
int event_source::status() const noexcept { return core_->status(); }
std::string const& event_source::last_event_id() const noexcept { return core_->last_event_id(); }
std::string event_source::session_id() const { return core_->session_id(); }

void event_source::start_receive(std::shared_ptr<event_source_core> const& core, pending_receive::pointer waiter)
{
    core->receive(std::move(waiter));
}

event_source::executor_type const& event_source::executor_of(event_source_core const& core) noexcept
{
    return core.executor();
}

} // namespace sluice
