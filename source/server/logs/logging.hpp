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

/// Sends the log to standard error, at the level and in the format that the options name. It is written by a thread of
/// its own from a bounded queue, so that nobody who logs ever waits: when standard error takes nothing for long, the
/// oldest lines are dropped, counted, and their number is logged when it takes lines again. Once per process.
void start_logging(options const& o);

/// Lines below this level, named as the option has it, are no longer logged. Safe from any thread.
void set_log_level(std::string const& level);

/// How many lines were dropped since the start. Safe from any thread.
[[nodiscard]] std::uint64_t dropped_log_lines();

/// Ends the log when all that was logged is written. False when standard error does not take it within 200 ms: then
/// the process is to end by `std::_Exit`, because the log's thread cannot be joined.
[[nodiscard]] bool stop_logging();

/// Ends the process without further ado, but for the log, which has 200 ms to be written.
[[noreturn]] void exit_process(int status);

/// Whether lines of the level are logged: for what costs something to find out. Safe from any thread.
[[nodiscard]] bool logs(log_level level);

/// Logs what happened, with its fields: in text `message: key="value"`, in JSON each field as a member of its own.
/// Never waits. Messages are fixed texts, and what varies is in fields. Safe from any thread.
void log_event(log_level level, std::string_view message, std::initializer_list<log_field> fields = {});

/// Logs the exception that ended `who`; nothing for none.
void log_failure(std::string_view who, std::exception_ptr const& failure);

/// Makes a line of a message and its fields.
[[nodiscard]] std::unique_ptr<spdlog::formatter> make_log_formatter(log_format format);

/// A message and its fields, as the log's queue has them.
[[nodiscard]] std::string log_payload(std::string_view message, std::initializer_list<log_field> fields);

} // namespace sluice::server
