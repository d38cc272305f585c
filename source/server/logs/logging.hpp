#pragma once

#include "log_line.hpp"
#include "options/options.hpp"

#include <spdlog/common.h>
#include <spdlog/formatter.h>

#include <cstdint>
#include <exception>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::server {

using log_level = spdlog::level::level_enum;

/// Sends the log to standard error, at the level and in the format of the options. A separate thread writes it from a
/// bounded queue, so that logging never waits. If standard error takes nothing for long, the oldest lines are dropped
/// and counted, and their number is logged when it takes lines again. Called once per process.
void start_logging(options const& o);

/// From now on, lines below this level are not logged. The level is named as in the option. Safe from any thread.
void set_log_level(std::string const& level);

/// How many lines were dropped since the start. Safe from any thread.
[[nodiscard]] std::uint64_t dropped_log_lines();

/// Ends the log after writing everything that was logged. Returns false if standard error does not take it within 200
/// ms; the process must then end with `std::_Exit`, because the log's thread cannot be joined.
[[nodiscard]] bool stop_logging();

/// Ends the process immediately, except that the log has 200 ms to be written.
[[noreturn]] void exit_process(int status);

/// Whether lines of this level are logged: for lines whose fields are expensive to compute. Safe from any thread.
[[nodiscard]] bool logs(log_level level);

/// Logs a message with fields: in text as `message: key="value"`, in JSON with each field as a member. Never waits.
/// Messages are fixed texts; everything that varies is in fields. Safe from any thread.
void log_event(log_level level, std::string_view message, std::initializer_list<log_field> fields = {});

/// Logs the exception that ended `who`, if there is one.
void log_failure(std::string_view who, std::exception_ptr const& failure);

/// Makes a line from a message and its fields.
[[nodiscard]] std::unique_ptr<spdlog::formatter> make_log_formatter(log_format format);

/// A message and its fields, in the form that the log's queue holds.
[[nodiscard]] std::string log_payload(std::string_view message, std::initializer_list<log_field> fields);

} // namespace sluice::server
