#include "pst/inspect/field_printer.h"

#include <fmt/format.h>

#include <algorithm>

namespace mk::pst::inspect {

void FieldPrinter::enter(const char* field) {
  out_ += fmt::format("{:{}}{}\n", "", indent_, field);
  indent_ += 2;
}

void FieldPrinter::number(const char* field, std::uint64_t v) {
  out_ += v < 10 ? fmt::format("{:{}}{:<16} {}\n", "", indent_, field, v)
                 : fmt::format("{:{}}{:<16} {:#x} ({})\n", "", indent_, field, v, v);
}

void FieldPrinter::bytes(const char* field, Bytes v) {
  const bool is_same = std::all_of(v.begin(), v.end(), [&](std::byte b) { return b == v.front(); });
  const std::string text =
      is_same && v.size() > 4 ? fmt::format("{} times {}", v.size(), to_hex(v.first(1))) : to_hex(v);
  out_ += fmt::format("{:{}}{:<16} {}\n", "", indent_, field, text);
}

void LinePrinter::add(const char* field, std::uint64_t v) {
  out_ += fmt::format("{}{}={:#x}", out_.empty() ? "" : " ", field, v);
}

void print_hex(Bytes bytes, std::string& out, int indent) {
  constexpr std::size_t kPerLine = 16;
  for (std::size_t at = 0; at < bytes.size(); at += kPerLine) {
    const Bytes line = bytes.subspan(at, std::min(kPerLine, bytes.size() - at));
    std::string digits, characters;
    for (const std::byte b : line) {
      const auto c = std::to_integer<unsigned char>(b);
      digits += fmt::format("{:02x} ", c);
      characters += c >= 0x20 && c < 0x7F ? static_cast<char>(c) : '.';
    }
    out += fmt::format("{:{}}{:08x}  {:<48} {}\n", "", indent, at, digits, characters);
  }
}

}  // namespace mk::pst::inspect
