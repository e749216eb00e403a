#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mk::source {

/// Whose mailbox it may be.
struct Person {
  std::string address;  // SMTP
  std::string name;     // to show; may be empty
  bool operator==(const Person&) const = default;
};

struct AddressList {
  std::vector<Person> people;  // as the file has them, doubles too
  struct Fault {
    std::size_t line = 0;  // from 1, where the row begins
    std::string why;
  };
  std::vector<Fault> faults;  // rows left out; the first kMaxFaults
  std::size_t n_faults = 0;
  static constexpr std::size_t kMaxFaults = 100;
};

/// Reads a CSV text: an address and, if there is one, a name in each row.
///
/// Shape:  UTF-8 with or without BOM; LF or CRLF; fields separated by comma or semicolon (what the first row
///         has), quoted or not, a quote within quotes doubled; rows that begin with # and empty ones are
///         passed over. A first row without any address names the columns: address, email, mail or
///         PrimarySmtpAddress; name or DisplayName. Without it they are the first and the second.
/// Bounds: a row that is wrong costs itself only
AddressList parse_address_list(std::string_view csv);

/// Errors: those of reading the file; kExhausted  larger than 64 MiB; kInvalid  not UTF-8
Result<AddressList> read_address_list(const std::filesystem::path& file);

/// name@domain without white space and control characters, up to 254 bytes.
bool is_address(std::string_view text);

}  // namespace mk::source
