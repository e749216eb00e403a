#include "source/address_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/file.h"
#include "base/text.h"

namespace mk::source {
namespace {

constexpr std::uint64_t kMaxFileBytes = 64 << 20;
constexpr std::size_t kMaxAddressBytes = 254;
constexpr std::size_t kMaxFields = 1000;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

std::string trimmed(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return std::string(s);
}

struct Row {
  std::size_t line = 0;
  std::vector<std::string> fields;
  std::string why;  // it is no row
};

/// Takes a CSV text apart, row by row.
class Rows {
 public:
  explicit Rows(std::string_view text) : left_(text) {
    if (left_.starts_with("\xEF\xBB\xBF")) left_.remove_prefix(3);
    const std::size_t first = left_.find_first_of(",;");
    separator_ = first != std::string_view::npos ? left_[first] : ',';
  }

  /// Empty rows and comments are passed over.
  std::optional<Row> next() {
    for (;;) {
      while (!left_.empty() && (left_[0] == '\n' || left_[0] == '\r')) take();
      if (left_.empty()) return std::nullopt;
      if (left_[0] != '#') return read();
      skip_line();
    }
  }

 private:
  char take() {
    const char c = left_[0];
    if (c == '\n') ++line_;
    left_.remove_prefix(1);
    return c;
  }
  bool at_end() const { return left_.empty() || left_[0] == '\n' || left_.starts_with("\r\n"); }
  void skip_line() { left_.remove_prefix(std::min(left_.find('\n'), left_.size())); }

  Row read() {
    Row row{line_, {}, {}};
    for (;;) {
      std::string field;
      while (!left_.empty() && (left_[0] == ' ' || left_[0] == '\t')) take();
      const bool quoted = !left_.empty() && left_[0] == '"';
      if (quoted && !read_quoted(field)) {
        row.why = "a quote is opened and not closed in the same row";
        return row;
      }
      while (!at_end() && left_[0] != separator_) field.push_back(take());
      row.fields.push_back(trimmed(field));
      if (row.fields.size() > kMaxFields) row.why = "it has more than 1000 fields";
      if (at_end() || !row.why.empty()) break;
      take();  // the separator
    }
    skip_line();
    return row;
  }

  /// A quoted field may not go over the end of a line: else one forgotten quote would swallow the file.
  bool read_quoted(std::string& field) {
    take();
    while (!at_end()) {
      const char c = take();
      if (c != '"') {
        field.push_back(c);
      } else if (!left_.empty() && left_[0] == '"') {
        field.push_back(take());
      } else {
        return true;
      }
    }
    skip_line();
    return false;
  }

  std::string_view left_;
  char separator_ = ',';
  std::size_t line_ = 1;
};

struct Columns {
  std::size_t address = 0, name = 1;
};

/// Of a row that names columns; nothing: it is a row like the others.
std::optional<Columns> columns_of(const Row& row) {
  const auto find = [&](std::initializer_list<std::string_view> names) {
    for (std::size_t i = 0; i < row.fields.size(); ++i)
      if (std::find(names.begin(), names.end(), lower(row.fields[i])) != names.end()) return i;
    return row.fields.size();
  };
  const std::size_t address =
      find({"address", "email", "e-mail", "mail", "emailaddress", "primarysmtpaddress", "smtp"});
  if (address == row.fields.size()) return std::nullopt;
  return Columns{address, find({"name", "displayname", "display name"})};
}

std::string wrong(const Row& row, std::size_t column) {
  if (!row.why.empty()) return row.why;
  if (column >= row.fields.size() || row.fields[column].empty()) return "there is no address";
  return fmt::format("\"{}\" is not an address",
                     printable(std::string_view(row.fields[column]).substr(0, 100)));
}

}  // namespace

bool is_address(std::string_view text) {
  const std::size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.size() <= kMaxAddressBytes &&
         text.find('@', at + 1) == std::string_view::npos &&
         std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F || c == '<' || c == '>' || c == ',' ||
                  c == ';' || c == '*' || c == '?';
         });
}

AddressList parse_address_list(std::string_view csv) {
  AddressList list;
  Columns columns;
  Rows rows(csv);
  bool first = true;
  while (const auto row = rows.next()) {
    const auto named = first ? columns_of(*row) : std::nullopt;
    first = false;
    if (named) {
      columns = *named;
      continue;
    }
    if (!row->why.empty() || columns.address >= row->fields.size() ||
        !is_address(row->fields[columns.address])) {
      ++list.n_faults;
      if (list.faults.size() < AddressList::kMaxFaults)
        list.faults.push_back({row->line, wrong(*row, columns.address)});
      continue;
    }
    list.people.push_back({row->fields[columns.address],
                           columns.name < row->fields.size() ? printable(row->fields[columns.name]) : ""});
  }
  return list;
}

Result<AddressList> read_address_list(const std::filesystem::path& file) {
  TRY_ASSIGN(const ByteString text, read_file(file, kMaxFileBytes));
  if (xml_characters(text) != text)
    return Error{Code::kInvalid,
                 fmt::format("{}: not UTF-8 text; save it as UTF-8 (CSV UTF-8 in Excel)", file.string())};
  return parse_address_list(text);
}

}  // namespace mk::source
